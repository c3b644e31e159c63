"""`weft publish` as people run it, against pypiserver and against a server that refuses."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.helpers import PKG_INFO, write_sdist
from tests.support.commands import Weft
from tests.support.pypi_server import PASSWORD, USER, PypiServer
from tests.support.terminal import talk
from tests.support.upload_server import Reply, UploadServer
from tests.support.wheels import make_wheel

WHEEL = "demo-1.0-py3-none-any.whl"
OTHER_HASH = "0" * 64


@pytest.fixture
def publisher(tmp_path: Path) -> Weft:
    """A project with a wheel in `dist`."""
    machine = Weft(tmp_path)
    make_wheel(machine.cwd / "dist", "demo", "1.0")
    return machine


@pytest.fixture
def server() -> Iterator[UploadServer]:
    with UploadServer() as running:
        yield running


def digest(publisher: Weft) -> str:
    return hashlib.sha256((publisher.cwd / "dist" / WHEEL).read_bytes()).hexdigest()


def sizes(lines: list[str]) -> list[str]:
    """Lines without the sizes of files and the port of the server."""
    return [line.partition(" (")[0] for line in lines]


# pypiserver: an index that others wrote.


def test_pypiserver_takes_what_can_then_be_installed(publisher: Weft, tmp_path: Path) -> None:
    write_sdist(publisher.cwd / "dist", ("demo-1.0/PKG-INFO", PKG_INFO))
    with PypiServer(tmp_path / "index") as index:
        done = publisher.ok("publish", "--publish-url", index.url, "-u", USER, "-p", PASSWORD)
        assert sizes(done.lines) == [
            f"Publishing 2 files to {index.url}",
            f"Hashing {WHEEL}",
            f"Uploading {WHEEL}",
            "Hashing demo-1.0.tar.gz",
            "Uploading demo-1.0.tar.gz",
        ]
        assert done.out == ""
        assert index.files == [WHEEL, "demo-1.0.tar.gz"]
        for name in index.files:
            sent = (publisher.cwd / "dist" / name).read_bytes()
            assert (index.directory / name).read_bytes() == sent
        publisher.venv()
        publisher.ok("pip", "install", "--default-index", index.simple, "demo")
        assert publisher.python(".venv", "import demo; print(demo.version)") == "1.0"


def test_pypiserver_refuses_what_it_has_and_the_check_url_skips_it(
    publisher: Weft, tmp_path: Path
) -> None:
    with PypiServer(tmp_path / "index") as index:
        words = ("publish", "--publish-url", index.url, "-u", USER, "-p", PASSWORD)
        publisher.ok(*words)
        again = publisher(*words)
        assert again.code == 2
        assert f"error: Failed to publish `dist/{WHEEL}` to `{index.url}`" in again.err
        assert "cause: Server returned status code 409 Conflict. Server says: " in again.err
        assert f"Package '{WHEEL}' already exists!" in again.err
        assert "hint: If the file was uploaded before, use `--check-url`" in again.err
        skipped = publisher.ok(*words, "--check-url", index.simple)
        assert skipped.lines[1:] == [f"File {WHEEL} already exists, skipping"]
        make_wheel(publisher.cwd / "dist", "demo", "1.0", files={"demo.py": "changed = True\n"})
        other = publisher(*words, "--check-url", index.simple)
        assert other.code == 2
        assert f"Local file and index file do not match for `{WHEEL}`" in other.err


def test_pypiserver_wants_the_right_password(publisher: Weft, tmp_path: Path) -> None:
    with PypiServer(tmp_path / "index") as index:
        wrong = publisher("publish", "--publish-url", index.url, "-u", USER, "-p", "wrong")
        assert wrong.code == 2
        assert "Server returned status code 403 Forbidden" in wrong.err
        assert "hint: Check that the token or password" in wrong.err
        assert index.files == []


# Where to, and as whom.


def test_an_index_of_the_settings_gives_both_urls_and_its_variables_the_login(
    publisher: Weft, server: UploadServer
) -> None:
    (publisher.cwd / "uv.toml").write_text(
        f'[[index]]\nname = "mine"\nurl = "{server.simple}"\npublish-url = "{server.url}"\n'
        f'[[index]]\nname = "other"\nurl = "{server.simple}"\n'
    )
    login = {"UV_INDEX_MINE_USERNAME": "u", "UV_INDEX_MINE_PASSWORD": "p"}
    publisher.ok("publish", "--index", "mine", **login)
    assert [upload.login for upload in server.uploads] == ["u:p"]
    server.hold(WHEEL, sha256=digest(publisher))
    again = publisher.ok("publish", UV_PUBLISH_INDEX="mine", UV_PUBLISH_TOKEN="t")
    assert again.lines[-1] == f"File {WHEEL} already exists, skipping"
    for name, message in (
        ("other", "error: Index is missing a publish URL: `other`"),
        ("none", "error: Index not found: `none`. Found indexes: `mine`, `other`"),
    ):
        failed = publisher("publish", "--index", name, "--token", "t")
        assert (failed.code, failed.lines[0]) == (2, message)


def test_settings_files_name_the_urls_and_bad_ones_are_shown_where_they_stand(
    publisher: Weft, server: UploadServer
) -> None:
    settings = publisher.cwd / "weft.toml"
    settings.write_text(f'publish-url = "{server.url}"\ncheck-url = "{server.simple}"\n')
    server.hold(WHEEL, sha256=digest(publisher))
    assert "already exists" in publisher.ok("publish", "--token", "t").err
    for line, reason in (
        ('publish-url = "foo"', "relative URL without a base"),
        ('trusted-publishing = "foo"', "unknown variant `foo`"),
    ):
        settings.write_text(line)
        failed = publisher("publish", "--token", "t")
        assert failed.code == 2 and reason in failed.err


@pytest.mark.parametrize(
    ("words", "variables", "login"),
    [
        (["--token", "t"], {}, "__token__:t"),
        (["--username", "u", "--password", "p"], {}, "u:p"),
        (["-u", "u"], {}, "u:"),
        ([], {"UV_PUBLISH_TOKEN": "t"}, "__token__:t"),
        ([], {"WEFT_PUBLISH_TOKEN": "t", "UV_PUBLISH_TOKEN": "other"}, "__token__:t"),
        ([], {"UV_PUBLISH_USERNAME": "u", "UV_PUBLISH_PASSWORD": "p"}, "u:p"),
    ],
)
def test_credentials_come_from_options_and_variables(
    publisher: Weft,
    server: UploadServer,
    words: list[str],
    variables: dict[str, str],
    login: str,
) -> None:
    publisher.ok("publish", *words, UV_PUBLISH_URL=server.url, **variables)
    assert [upload.login for upload in server.uploads] == [login]


def test_the_url_may_hold_credentials_and_never_shows_them(
    publisher: Weft, server: UploadServer
) -> None:
    url = server.url.replace("://", "://user:s3cret@")
    done = publisher.ok("publish", "--publish-url", url, "-v")
    assert server.uploads[0].login == "user:s3cret"
    assert "s3cret" not in done.err
    assert f"Publishing 1 file to {url.replace('s3cret', '****')}" in done.lines


def test_settings_are_shown_without_what_is_secret(publisher: Weft) -> None:
    url = "https://user:s3cret@example.org/legacy/"
    done = publisher.ok(
        "publish",
        "--show-settings",
        "--publish-url",
        url,
        "-p",
        "s3cret",
        UV_PUBLISH_TOKEN="s3cret",
    )
    assert "s3cret" not in done.out
    assert 'publish_token = "****"  # environment variable `UV_PUBLISH_TOKEN`' in done.out
    assert 'publish_url = "https://user:****@example.org/legacy/"' in done.out


@pytest.mark.parametrize(
    ("words", "variables", "message"),
    [
        (
            ["--token", "t", "--username", "u"],
            {},
            "'--token <TOKEN>' cannot be used with '--username <USERNAME>'",
        ),
        (
            ["--username", "u"],
            {"UV_PUBLISH_TOKEN": "t"},
            "'--username <USERNAME>' cannot be used with '--token <TOKEN>'",
        ),
        (
            ["--index", "x", "--token", "t"],
            {},
            "'--publish-url <PUBLISH_URL>' cannot be used with '--index <INDEX>'",
        ),
        (["--password", "p"], {}, "with a password, but no username"),
        (
            ["--publish-url", "foo"],
            {},
            "invalid value 'foo' for '--publish-url <PUBLISH_URL>': relative URL without a base",
        ),
        (
            ["--trusted-publishing", "always", "-u", "u", "-p", "p"],
            {},
            "error: a username and a password are not allowed when using trusted publishing",
        ),
        (
            ["--trusted-publishing", "always", "--keyring-provider", "subprocess"],
            {},
            "error: the keyring are not allowed when using trusted publishing",
        ),
        (["--token", "t", "--skip-existing"], {}, "does not support `--skip-existing`"),
        (["--token", "t", "--offline"], {}, "error: Unable to publish files in offline mode"),
        (["--token", "t", "nope.whl"], {}, "error: No files found to publish"),
        (["--token", "t", "a["], {}, "error: The publish path `a[` is not a valid glob pattern"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2_before_anything_is_sent(
    publisher: Weft,
    server: UploadServer,
    words: list[str],
    variables: dict[str, str],
    message: str,
) -> None:
    url = () if "--publish-url" in words else ("--publish-url", server.url)
    failed = publisher("publish", *url, *words, **variables)
    assert failed.code == 2
    assert message in failed.err
    assert not server.requests


def test_nobody_to_upload_as_is_told_with_the_ways_to_say_it(
    publisher: Weft, server: UploadServer
) -> None:
    failed = publisher("publish", "--publish-url", server.url)
    assert failed.code == 2
    assert failed.lines[3:6] == [
        f"error: Failed to publish `dist/{WHEEL}` to `{server.url}`",
        "  cause: Failed to send POST request",
        f"  cause: Missing credentials for: {server.url}",
    ]
    assert "hint: Give a token with `--token`" in failed.err
    assert not server.requests


def test_netrc_and_keyring_are_asked(publisher: Weft, server: UploadServer) -> None:
    netrc = publisher.home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login keeper password oil\n")
    netrc.chmod(0o600)
    publisher.ok("publish", "--publish-url", server.url)
    keyring = publisher.home / "keyring"
    keyring.write_text("#!/bin/sh\necho ring\n")
    keyring.chmod(0o755)
    path = f"{publisher.home}{os.pathsep}{os.environ['PATH']}"
    words = ("publish", "--publish-url", server.url, "--keyring-provider", "subprocess")
    publisher.ok(*words, "-u", "u", PATH=path)
    assert [upload.login for upload in server.uploads] == ["keeper:oil", "u:ring"]
    told = publisher.ok(*words, "--token", "t", PATH=path)
    assert "Using `--keyring-provider` with a password or token and no check URL" in told.err


def test_a_person_at_a_terminal_is_asked(publisher: Weft, server: UploadServer) -> None:
    words = ("publish", "--publish-url", server.url)
    said, code = talk(
        publisher, *words, answers=[("if using a token): ", "keeper"), ("Enter password: ", "oil")]
    )
    assert code == 0, said
    assert server.uploads[0].login == "keeper:oil"
    assert "oil" not in said, "a password is not echoed"


# What is there already.


def test_a_dry_run_uploads_nothing_and_counts_what_is_wrong(
    publisher: Weft, server: UploadServer
) -> None:
    dist = publisher.cwd / "dist"
    write_sdist(dist, ("x/setup.py", b""))
    write_sdist(dist, ("Other-1.0/PKG-INFO", PKG_INFO), filename="Other-1.0.tar.gz")
    done = publisher("publish", "--publish-url", server.url, "--dry-run")
    assert done.code == 1
    assert sizes(done.lines) == [
        f"Checking 3 files against {server.url}",
        "warning: `Other-1.0.tar.gz` has a non-normalized filename",
        f"Checking {WHEEL}",
        "Checking demo-1.0.tar.gz",
        "error: Failed to publish: dist/demo-1.0.tar.gz",
        "  cause: No `PKG-INFO` file found",
        "Found issues with 1 file",
    ]
    assert not server.requests
    (dist / "demo-1.0.tar.gz").unlink()
    assert publisher.ok("publish", "--publish-url", server.url, "--dry-run")


def test_a_dry_run_asks_the_index(publisher: Weft, server: UploadServer) -> None:
    server.hold(WHEEL, sha256=OTHER_HASH)
    words = ("--publish-url", server.url, "--check-url", server.simple, "--dry-run")
    done = publisher("publish", *words)
    assert done.code == 1
    assert f"Local: sha256={digest(publisher)}, Remote: sha256={OTHER_HASH}" in done.err
    assert "hint: An index keeps the files it has" in done.err
    assert not server.uploads


@pytest.mark.parametrize(
    ("hashes", "code", "words"),
    [
        ({"sha256": OTHER_HASH}, 2, "Local file and index file do not match"),
        ({}, 2, "Hash is missing in index for"),
        ({"md5": "0" * 32}, 2, "Remote: md5="),
    ],
)
def test_another_file_of_that_name_is_never_overwritten(
    publisher: Weft, server: UploadServer, hashes: dict[str, str], code: int, words: str
) -> None:
    server.hold(WHEEL, **hashes)
    done = publisher(
        "publish", "--publish-url", server.url, "--check-url", server.simple, "--token", "t"
    )
    assert (done.code, words in done.err) == (code, True)
    assert not server.uploads


def test_an_index_that_has_other_files_of_the_project_gets_this_one(
    publisher: Weft, server: UploadServer
) -> None:
    server.hold("demo-0.9-py3-none-any.whl", sha256=OTHER_HASH)
    server.hold("demo-1.0.tar.gz", sha256=OTHER_HASH)
    publisher.ok(
        "publish", "--publish-url", server.url, "--check-url", server.simple, "--token", "t"
    )
    assert [upload.filename for upload in server.uploads] == [WHEEL]


@pytest.mark.parametrize("status", [400, 409])
def test_a_file_that_somebody_else_uploads_meanwhile_is_no_error_if_it_is_the_same(
    publisher: Weft, server: UploadServer, status: int
) -> None:
    words = ("publish", "--publish-url", server.url, "--check-url", server.simple, "--token", "t")
    server.on_upload = lambda: server.hold(WHEEL, sha256=digest(publisher))
    server.answer(Reply(status, b"File exists"))
    assert publisher.ok(*words).lines[-1] == "File already exists, skipping"
    server.index.clear()
    server.on_upload = lambda: server.hold(WHEEL, sha256=OTHER_HASH)
    server.answer(Reply(status, b"File exists"))
    other = publisher(*words)
    assert other.code == 2 and "Local file and index file do not match" in other.err
    server.index.clear()
    server.on_upload = None
    server.answer(Reply(status, b"File exists"))
    refused = publisher(*words)
    assert refused.code == 2 and f"status code {status}" in refused.err


def test_an_index_in_trouble_stops_and_one_that_keeps_secrets_warns(
    publisher: Weft, server: UploadServer
) -> None:
    words = ("publish", "--publish-url", server.url, "--check-url", server.simple, "--token", "t")
    server.pages["/simple/demo/"] = Reply(500)
    failed = publisher(*words)
    assert failed.code == 2 and "error: Failed to query check URL" in failed.err
    assert not server.uploads
    server.pages["/simple/demo/"] = Reply(403)
    done = publisher.ok(*words)
    assert "warning: Cannot tell which files are on the index" in done.err
    assert len(server.uploads) == 1


def test_a_failed_upload_is_told_even_if_the_index_fails_too(
    publisher: Weft, server: UploadServer
) -> None:
    server.on_upload = lambda: server.pages.update({"/simple/demo/": Reply(500)})
    server.answer(Reply(400, b"the real reason"))
    words = ("publish", "--publish-url", server.url, "--check-url", server.simple, "--token", "t")
    failed = publisher(*words)
    assert failed.code == 2
    assert "Server says: the real reason" in failed.err


def test_the_first_refusal_ends_the_command(publisher: Weft, server: UploadServer) -> None:
    make_wheel(publisher.cwd / "dist", "other", "1.0")
    server.answer(400)
    failed = publisher("publish", "--publish-url", server.url, "--token", "t")
    assert failed.code == 2
    assert [upload.filename for upload in server.uploads] == [WHEEL]


def test_attestations_are_sent_with_their_file_and_broken_ones_stop_it(
    publisher: Weft, server: UploadServer
) -> None:
    signed = publisher.cwd / "dist" / f"{WHEEL}.publish.attestation"
    signed.write_text('{"version": 1,\n "é": []}')
    words = ("publish", "--publish-url", server.url, "--token", "t")
    publisher.ok(*words)
    publisher.ok(*words, "--no-attestations")
    sent = [upload.fields.get("attestations") for upload in server.uploads]
    assert sent == [['[{"version":1,"é":[]}]'], None]
    signed.write_text("nothing")
    failed = publisher(*words)
    assert failed.code == 2
    assert f"cause: Invalid PEP 740 attestation (not JSON): dist/{signed.name}" in failed.err
    assert len(server.uploads) == 2


# Trusted publishing.


def test_a_ci_job_uploads_with_a_minted_token_and_gives_it_back(
    publisher: Weft, server: UploadServer
) -> None:
    job = server.actions_environment()
    done = publisher.ok("publish", "--publish-url", server.url, **job)
    assert server.uploads[0].login == "__token__:minted-token"
    assert done.out == "::add-mask::minted-token\n"
    assert "minted-token" not in done.err
    assert [path.partition("?")[0] for _, path in server.requests] == [
        "/_/oidc/audience",
        "/actions/token",
        "/_/oidc/mint-token",
        "/legacy/",
        "/_/oidc/burn-token",
    ]


def test_a_token_is_given_back_after_a_failure_too(publisher: Weft, server: UploadServer) -> None:
    server.answer(400)
    server.pages["/_/oidc/burn-token"] = Reply(404)
    job = server.actions_environment()
    failed = publisher("publish", "--publish-url", server.url, **job)
    assert failed.code == 2
    assert server.bodies["/_/oidc/burn-token"] == [b'{"token":"minted-token"}']
    assert (
        "warning: Failed to invalidate trusted publishing token. It will expire naturally. "
        f"Cause: Failed to fetch: {server.origin}/_/oidc/burn-token" in failed.err
    )


def test_outside_of_ci_jobs_nobody_is_asked_for_a_token(
    publisher: Weft, server: UploadServer
) -> None:
    publisher("publish", "--publish-url", server.url)
    assert not server.requests
    failed = publisher("publish", "--publish-url", server.url, "--trusted-publishing", "always")
    assert failed.code == 2
    assert failed.lines[1:] == [
        "error: Failed to obtain token for trusted publishing",
        "  cause: No OIDC token discovered: are you in a supported trusted publishing environment?",
    ]


def test_a_job_that_is_not_set_up_is_told_why_beside_the_missing_credentials(
    publisher: Weft, server: UploadServer
) -> None:
    failed = publisher("publish", "--publish-url", server.url, GITHUB_ACTIONS="true")
    assert failed.code == 2
    assert failed.lines[3:6] == [
        "Note: Trusted publishing also failed. To use it, check the error below.",
        "error: Trusted publishing failed",
        "  cause: Failed to obtain OIDC token: is the `id-token: write` permission missing?",
    ]
    assert f"Missing credentials for: {server.url}" in failed.err


@pytest.mark.parametrize("words", [["--token", "t"], ["--trusted-publishing", "never", "-u", "u"]])
def test_what_is_given_goes_before_trusted_publishing(
    publisher: Weft, server: UploadServer, words: list[str]
) -> None:
    publisher.ok("publish", "--publish-url", server.url, *words, **server.actions_environment())
    assert [path for _, path in server.requests] == ["/legacy/"]
