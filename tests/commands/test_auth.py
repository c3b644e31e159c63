"""`weft auth` as people run it, beside uv, and every command that then asks an index."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import SOURCE, Finished, Weft
from tests.support.index_server import IndexServer, status
from tests.support.terminal import talk
from tests.support.upload_server import UploadServer
from tests.support.wheels import make_wheel

UV = Path(sys.executable).with_name("uv")


class Both:
    """Weft and uv, each with a home of its own, on the same words and the same input."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for tool in ("weft", "uv"):
            (root / tool).mkdir()

    def run(self, tool: str, *words: str, typed: str = "") -> Finished:
        program = [str(UV)] if tool == "uv" else [sys.executable, "-m", "weft"]
        environ = {
            "HOME": str(self.root / tool), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "error", "UV_NO_SYSTEM_CONFIG": "1",
        }  # fmt: skip
        done = subprocess.run(
            [*program, *words], env=environ, input=typed, cwd=self.root, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
        out, err = (text.replace("/uv", "/weft") for text in (done.stdout, done.stderr))
        err = err.partition("\n\nhint: ")[0].rstrip("\n")  # advice that only weft gives
        return Finished(done.returncode, out, err.replace("uv auth", "weft auth"))

    def same(self, *words: str, typed: str = "") -> Finished:
        theirs = self.run("uv", *words, typed=typed)
        ours = self.run("weft", *words, typed=typed)
        assert ours == theirs, words
        return ours


def test_logins_are_kept_shown_and_forgotten_as_with_uv(tmp_path: Path) -> None:
    both = Both(tmp_path)
    for words in (
        "login example.com --username a --password b",
        "login https://example.com/simple/ --token tok",
        "login http://localhost:8000 --token tok",
        "login https://u:p@h.example",
        "login https://a.example/b/+simple/ --token t2",
        "login https://A.example:443/c/../d --token t3",
        "token example.com",
        "token example.com --username a",
        "token https://example.com/some/where",
        "token https://a.example/b/c",
        "token https://a.example/bc",
        "token https://u@h.example",
        "token https://h.example",
        "token nope.example",
        "token nope.example -u me",
        "-q token example.com",
        "logout nope.example",
        "logout h.example",
        "logout https://example.com/simple/",
        "logout example.com",
        "logout example.com -u a",
        "token example.com -u a",
        "-q login q.example --token q",
        "token q.example",
    ):
        both.same(*_auth(words))
    both.same("auth", "login", "in.example", "-u", "v", "--password", "-", typed="sec ret \nmore")
    assert both.same("auth", "token", "in.example", "-u", "v").out == "sec ret\n"
    both.same("auth", "login", "in.example", "--token", "-", typed="t\n")
    # uv keeps the user as part of the service here, and does not find it again.
    assert both.run("weft", "auth", "logout", "https://u@h.example/").code == 0


def _auth(words: str) -> list[str]:
    listed = words.split()
    listed.insert(1 if listed[0] == "-q" else 0, "auth")
    return listed


@pytest.mark.parametrize(
    "words",
    [
        "login http://example.com --token x",
        "login ftp://x.example --token x",
        "login ::bad --token x",
        "login https://u@h.example --username v --password x",
        "login https://h.example --username v",
        "login https://h.example",
        "login https://:p@h.example",
        "login https://u:p@h.example --password a",
        "logout https://u@h.example --username v",
        "token https://u@h.example --username v",
        "login https://h.example --username v --token x",
        "login",
        "dir x",
    ],
)
def test_wrong_words_are_answered_as_by_uv(tmp_path: Path, words: str) -> None:
    both = Both(tmp_path)
    theirs, ours = (both.run(tool, *_auth(words)) for tool in ("uv", "weft"))
    assert (ours.code, ours.out) == (theirs.code, theirs.out)
    assert ours.err.splitlines()[0] == theirs.err.splitlines()[0]
    assert not (tmp_path / "weft" / ".local").exists()


@pytest.mark.parametrize("given", [["--username", "", "--password", "x"], ["--token", ""]])
def test_nobody_is_called_nothing(tmp_path: Path, given: list[str]) -> None:
    assert Both(tmp_path).same("auth", "login", "h.example", *given).code == 2


def test_what_no_header_can_hold_is_refused(weft: Weft) -> None:
    done = weft("auth", "login", "h.example", "-u", "a:b", "--password", "x")
    assert done.lines == ["error: Username cannot contain a colon"]
    done = weft("auth", "login", "h.example", "--token", "a\nb")
    assert done.lines[0].startswith("error: Password cannot contain control characters")


def test_the_directory(weft: Weft, tmp_path: Path) -> None:
    assert weft.ok("auth", "dir").out == f"{weft.home}/.local/share/weft/credentials\n"
    given = weft.ok("auth", "dir", WEFT_CREDENTIALS_DIR="x", UV_CREDENTIALS_DIR="y")
    assert given.out == "x\n"
    assert not (weft.home / ".local").exists()


def test_a_person_at_a_terminal_is_asked(weft: Weft) -> None:
    answers = [("username: ", "me"), ("password: ", "s3cret")]
    said, code = talk(weft, "auth", "login", "h.example", answers=answers)
    assert code == 0, said
    assert "Stored credentials for me@https://h.example/" in said
    assert "s3cret" not in said
    assert weft.ok("auth", "token", "h.example", "-u", "me").out == "s3cret\n"


def test_the_other_tools_login_is_used_and_left_alone(weft: Weft) -> None:
    environ = {**weft.environ, "PATH": "/usr/bin:/bin"}
    words = [str(UV), "auth", "login", "h.example", "--token", "theirs"]
    subprocess.run(words, env=environ, capture_output=True, check=True)
    assert weft.ok("auth", "token", "h.example").out == "theirs\n"
    done = weft("auth", "logout", "h.example")
    assert done.code == 2
    assert done.lines[-1] == "hint: uv keeps it: run `uv auth logout https://h.example/`"
    weft.ok("auth", "login", "h.example", "--token", "ours")
    assert weft.ok("auth", "token", "h.example").out == "ours\n"
    weft.ok("auth", "logout", "h.example")
    assert weft.ok("auth", "token", "h.example").out == "theirs\n"


def fake_keyring(weft: Weft) -> str:
    """A `PATH` with a `keyring` that keeps passwords in files of its home."""
    directory = weft.root / "keyring"
    directory.mkdir()
    (directory / "keyring").write_text(
        "#!/bin/sh\n"
        f'cd "{directory}"\n'
        'name=$(echo "$2 $3" | tr / _)\n'
        "case $1 in\n"
        'set) cat > "$name";;\n'
        'get) cat "$name" 2>/dev/null;;\n'
        'del) rm "$name" 2>/dev/null || { echo "no such password" >&2; exit 1; };;\n'
        "*) exit 2;;\n"
        "esac\n"
    )
    (directory / "keyring").chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def test_the_keyring_keeps_what_the_file_does_not(weft: Weft, guarded: IndexServer) -> None:
    path = fake_keyring(weft)
    words = ("auth", "login", guarded.url, "-u", "user", "--keyring-provider", "subprocess")
    done = weft.ok(*words, "--password", "s3cret", PATH=path)
    assert done.lines == [f"Stored credentials for user@{guarded.origin}/ in the keyring"]
    file = weft.home / ".local/share/weft/credentials/credentials.toml"
    assert "s3cret" not in file.read_text()
    # Whoever logged in so needs no option later.
    assert weft.ok("auth", "token", guarded.url, "-u", "user", PATH=path).out == "s3cret\n"
    weft.venv()
    weft.ok("pip", "install", "wick", PATH=path)
    done = weft.ok("auth", "logout", guarded.url, "-u", "user", PATH=path)
    assert done.lines == [f"Removed credentials for user@{guarded.origin}/ from the keyring"]
    assert weft("auth", "token", guarded.url, "-u", "user", PATH=path).code == 2


def test_a_password_that_the_keyring_has_lost_can_be_forgotten(weft: Weft) -> None:
    path = fake_keyring(weft)
    words = ("h.example", "-u", "me")
    weft.ok(
        "auth", "login", *words, "--password", "x", "--keyring-provider", "subprocess", PATH=path
    )
    done = weft("auth", "logout", *words, PATH="/nowhere")
    assert done.code == 2
    assert done.lines[0] == "error: Failed to run `keyring`"
    (weft.root / "keyring" / "https:__h.example_ me").unlink()
    assert weft("auth", "token", *words, PATH=path).code == 2
    done = weft.ok("auth", "logout", *words, PATH=path)
    assert done.lines == [
        "warning: The `keyring` command failed to remove credentials for `https://h.example/`",
        "  cause: no such password",
        "Removed credentials for me@https://h.example/ from the keyring",
    ]
    assert weft("auth", "logout", *words, PATH=path).code == 2


def test_a_keyring_that_cannot_keep_leaves_nothing(weft: Weft) -> None:
    words = ("auth", "login", "h.example", "--token", "s3cret", "--keyring-provider", "subprocess")
    done = weft(*words, PATH="/nowhere")
    assert done.code == 2
    assert done.lines[:2] == [
        "error: Failed to run `keyring`",
        "  cause: No such file or directory (os error 2)",
    ]
    assert not (weft.home / ".local").exists()


def test_a_directory_that_cannot_be_written_is_said(weft: Weft) -> None:
    (weft.home / ".local").write_text("a file")
    done = weft("auth", "login", "h.example", "--token", "s3cret")
    assert done.code == 2
    assert done.lines[0].startswith("error: Failed to create directory `")
    assert "s3cret" not in done.err
    (weft.home / ".local").unlink()
    weft.ok("auth", "login", "h.example", "--token", "s3cret")
    file = weft.home / ".local/share/weft/credentials/credentials.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text('[[credential]]\npassword = "s3cret')
    for verb in (["token"], ["logout"], ["login", "--token", "x"]):
        done = weft("auth", *verb, "h.example")
        assert done.code == 2
        assert done.lines[0] == f"error: Failed to parse TOML credential file `{file}`"
        assert "weft auth login" in done.lines[-1]
        assert "s3cret" not in done.err


# The helper.


def test_the_helper_answers_other_programs(tmp_path: Path) -> None:
    both = Both(tmp_path)
    both.same("auth", "login", "h.example/x", "--token", "t")
    words = ("--preview-features", "auth-helper", "auth", "helper", "--protocol", "bazel", "get")
    for uri in ("https://h.example/x/y", "https://h.example/", "https://__token__@h.example/x"):
        both.same(*words, typed=json.dumps({"uri": uri}))
    both.same(*words[2:], typed=json.dumps({"uri": "https://h.example/x"}))
    both.same("-q", *words, typed=json.dumps({"uri": "https://h.example/x"}))
    for typed in ("nonsense", "{}", "[]", ""):
        theirs, ours = (both.run(tool, *words, typed=typed) for tool in ("uv", "weft"))
        assert (ours.code, ours.out) == (theirs.code, theirs.out) == (2, "")
        first = ours.err.splitlines()[0]
        assert first == "error: Failed to parse credential request as JSON"
    assert both.run("weft", "auth", "helper", "--protocol", "bazel").code == 2


# Every command asks the file.


@pytest.fixture
def guarded(wheels: Path) -> Iterator[IndexServer]:
    with IndexServer(wheels, auth=("user", "s3cret")) as server:
        yield server


@pytest.fixture
def weft(tmp_path: Path, guarded: IndexServer) -> Weft:
    return Weft(tmp_path, guarded.url)


def log_in(weft: Weft, server: IndexServer) -> None:
    weft.ok("auth", "login", server.url, "-u", "user", "--password", "s3cret")


PROJECT = """[project]
name = "mine"
version = "1"
requires-python = ">=3.8"
dependencies = ["wick<2"]
"""
COMMANDS = (
    ("lock",),
    ("sync",),
    ("add", "oil<4"),
    ("tree", "--outdated"),
    ("export",),
    ("run", "--with", "oil", "python", "-c", "import wick"),
    ("pip", "install", "wick"),
    ("pip", "list", "--outdated"),
    ("pip", "compile", "-v", "--emit-index-url", "--emit-index-annotation", "pyproject.toml"),
    ("pip", "download", "wick", "--dest", "here"),
    ("tool", "run", "--from", "wick", "python", "-c", "import wick"),
)


@pytest.mark.parametrize("where", ["file", "url", "variables"])
def test_commands_use_credentials_and_show_none(
    weft: Weft, guarded: IndexServer, where: str
) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    weft.venv()
    environ: dict[str, Any] = {}
    if where == "file":
        log_in(weft, guarded)
    elif where == "url":
        environ["WEFT_DEFAULT_INDEX"] = guarded.url_with("user", "s3cret")
    else:
        environ["WEFT_DEFAULT_INDEX"] = f"priv={guarded.url}"
        environ |= {"UV_INDEX_PRIV_USERNAME": "user", "UV_INDEX_PRIV_PASSWORD": "s3cret"}
    commands = [
        command if command[0] in ("run", "tool") else (*command, "-v") for command in COMMANDS
    ]
    if where == "url":
        commands.append(
            ("add", "mirror", "-v", "--index", f"n={guarded.url_with('user', 's3cret')}")
        )
        commands.append(("pip", "install", "--show-settings", "x"))
    for command in commands:
        done = weft(*command, **environ)
        told = f"{command}\n{done.err}"
        assert done.code == 0, told
        assert "s3cret" not in done.out + done.err, told
    assert_kept_nowhere(weft)


def assert_kept_nowhere(weft: Weft) -> None:
    for path in (weft.cwd, weft.cache):
        for file in path.rglob("*"):
            if file.is_file():
                assert b"s3cret" not in file.read_bytes(), file


def test_failures_and_nothing_kept_show_no_secret(weft: Weft, guarded: IndexServer) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    weft.venv()
    url = guarded.url_with("user", "s3cret")
    guarded.fail("/simple/oil/", status(500), always=True)
    guarded.fail("/files/wick-1.0-py3-none-any.whl", status(403), always=True)
    for words in (
        ("pip", "install", "oil"),
        ("pip", "install", f"{url.replace('/simple', '/files')}/wick-1.0-py3-none-any.whl"),
        (
            "pip",
            "install",
            f"nosuch @ {url.replace('/simple', '/files')}/nosuch-1.0-py3-none-any.whl",
        ),
        ("pip", "install", "-r", f"{url}/requirements.txt"),
        ("pip", "install", f"git+{url}/repo.git"),
        ("pip", "install", "nosuch"),
        ("add", "oil<4"),
        ("add", f"git+{url}/repo"),
        ("lock", "--index", "x=https://user:s3cret@127.0.0.1:1/simple"),
        ("auth", "login", url.replace("127.0.0.1", "elsewhere.example")),
        ("pip", "install", "wick", "--link-mode", "https://user:s3cret@h/"),
        ("https://user:s3cret@h/",),
    ):
        done = weft(*words, *(("-v",) if len(words) > 1 else ()), WEFT_DEFAULT_INDEX=url)
        assert done.code != 0, words
        assert "s3cret" not in done.out + done.err, f"{words}\n{done.err}"
    assert_kept_nowhere(weft)


def test_addresses_with_a_password_are_kept_without(weft: Weft, guarded: IndexServer) -> None:
    weft.venv()
    address = guarded.file_url("wick-1.5-py3-none-any.whl").replace("://", "://user:s3cret@")
    for words in (
        ("pip", "install", f"wick @ {address}", "-v"),
        ("pip", "freeze"),
        ("pip", "install", "--reinstall", address),
        ("tool", "install", f"lantern @ {address.replace('wick-1.5', 'lantern-1.0')}", "-v"),
        ("tool", "list", "--show-version-specifiers"),
    ):
        url = guarded.url_with("user", "s3cret")
        done = weft.ok(*words, WEFT_DEFAULT_INDEX=url)
        assert "s3cret" not in done.out + done.err, words
    assert_kept_nowhere(weft)
    for file in (weft.home / ".local").rglob("*"):
        assert not file.is_file() or b"s3cret" not in file.read_bytes(), file


def test_uploads_use_the_file(weft: Weft) -> None:
    make_wheel(weft.cwd / "dist", "demo", "1.0")
    with UploadServer() as server:
        weft.ok("auth", "login", server.url, "--token", "s3cret")
        weft.ok("publish", "--publish-url", server.url)
        assert [upload.login for upload in server.uploads] == ["__token__:s3cret"]


# The explanation.


def test_explain_lists_every_place_in_order(weft: Weft, guarded: IndexServer) -> None:
    done = weft("auth", "explain", guarded.url, "--output-format", "json")
    assert done.code == 1
    told = json.loads(done.out)
    assert [row["source"] for row in told["sources"]] == [
        "url", "index-url", "netrc", "weft-auth", "uv-auth", "keyring",
    ]  # fmt: skip
    assert not any(row["found"] for row in told["sources"])
    assert (told["sent"], told["authenticate"]) == ("never", "auto")
    log_in(weft, guarded)
    done = weft.ok("auth", "explain", f"{guarded.url}/wick/")
    file = weft.home / ".local/share/weft/credentials/credentials.toml"
    assert f"* `weft auth login` ({file}): user `user`, password ****" in done.out.splitlines()
    assert done.out.splitlines()[-1] == (
        "Requests send those of `weft auth login` when the server asks for some"
    )
    assert "s3cret" not in done.out


def test_explain_finds_indexes_by_name_and_tells_their_variables(weft: Weft) -> None:
    text = (
        '[[index]]\nname = "my-own"\nurl = "https://u:s3cret@h.example/simple"\n'
        'authenticate = "always"\n'
    )
    (weft.cwd / "weft.toml").write_text(text)
    words = ("auth", "explain", "my-own", "--output-format", "json")
    told = json.loads(weft.ok(*words).out)
    assert told["index"] == {"name": "my-own", "url": "https://h.example/simple"}
    used = [row for row in told["sources"] if row["used"]]
    assert [(row["source"], row["username"]) for row in used] == [("index-url", "u")]
    done = weft.ok(*words, UV_INDEX_MY_OWN_USERNAME="v", UV_INDEX_MY_OWN_PASSWORD="s3cret")
    used = [row for row in json.loads(done.out)["sources"] if row["used"]]
    assert [(row["source"], row["username"]) for row in used] == [("index-variables", "v")]
    assert "s3cret" not in done.out
    done = weft.ok("auth", "explain", "https://w:s3cret@h.example/simple", *words[3:])
    used = [row for row in json.loads(done.out)["sources"] if row["used"]]
    assert [(row["source"], row["username"]) for row in used] == [("url", "w")]
    done = weft("auth", "explain", "your-own")
    assert done.code == 2
    assert done.lines[-1] == "hint: The settings name these indexes: `my-own`"


def test_explain_asks_the_server_only_when_told(weft: Weft, guarded: IndexServer) -> None:
    weft.ok("auth", "login", guarded.url, "-u", "user", "--password", "wrong")
    weft.ok("auth", "explain", f"{guarded.url}/wick/")
    assert guarded.count() == 0
    done = weft.ok("auth", "explain", f"{guarded.url}/wick/", "--check")
    assert done.out.splitlines()[-2:] == [
        "The server says without credentials: 401 Unauthorized",
        "The server says with them: 401 Unauthorized",
    ]
    log_in(weft, guarded)
    done = weft.ok("auth", "explain", f"{guarded.url}/wick/", "--check")
    assert done.out.splitlines()[-1] == "The server says with them: 200 OK"
    done = weft.ok("auth", "explain", guarded.url, "--check", "--output-format", "json")
    assert json.loads(done.out)["server"]["anonymous"] == "401 Unauthorized"


def test_explain_names_an_index_that_gets_nothing(weft: Weft, guarded: IndexServer) -> None:
    log_in(weft, guarded)
    text = f'[[index]]\nname = "n"\nurl = "{guarded.url}"\nauthenticate = "never"\n'
    (weft.cwd / "weft.toml").write_text(text)
    done = weft("auth", "explain", "n")
    assert done.code == 1
    assert 'Nothing is sent: the index has `authenticate = "never"`' in done.out
