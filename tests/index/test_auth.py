"""Credentials reach the servers that they are for, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.index.helpers import Rig, story
from tests.support.index_server import IndexServer, status
from weft.core.events import Warned
from weft.index.auth import Login, environment_login
from weft.index.failures import IndexRefused, StatusFailure
from weft.index.locations import IndexLocation
from weft.index.urls import Url, file_url, local_path, redact, without_credentials

KNOCK = Login("user", "secret").header


def authorizations(server: IndexServer) -> list[str | None]:
    return [asked.headers.get("authorization") for asked in server.requests]


def use(rig: Rig, directory: Path) -> None:
    """Everything that a run asks of an index for one wheel."""
    file = rig.file()
    rig.client.metadata(file)
    rig.client.download(file, str(directory))


@pytest.fixture
def guarded(wheels: str) -> IndexServer:
    return IndexServer(wheels, auth=("user", "secret"))


def test_credentials_of_the_url_are_sent_at_once(guarded: IndexServer, tmp_path: Path) -> None:
    with guarded as server, Rig(tmp_path, server.url_with("user", "secret")) as rig:
        use(rig, tmp_path)
        assert authorizations(server) == [KNOCK] * 3
        assert rig.file().url == server.file_url("demo-2.0-py3-none-any.whl")


def test_special_characters_in_a_url_are_decoded(wheels: str, tmp_path: Path) -> None:
    with (
        IndexServer(wheels, auth=("me@work", "p:/ä")) as server,
        Rig(tmp_path, server.url_with("me@work", "p:/ä")) as rig,
    ):
        assert rig.texts() == ("1.0", "2.0")


def test_credentials_are_never_kept_or_shown(guarded: IndexServer, tmp_path: Path) -> None:
    with guarded as server, Rig(tmp_path, server.url_with("user", "secret")) as rig:
        use(rig, tmp_path)
        server.fail("/simple/other/", status(500), always=True)
        with pytest.raises(StatusFailure) as caught:
            rig.page("other")
        assert "secret" not in " ".join(story(caught.value))
        assert "secret" not in repr(rig.location)
        assert rig.location.shown == server.url.replace("://", "://user:****@")
        for path in (tmp_path / "store").rglob("*"):
            assert not path.is_file() or b"secret" not in path.read_bytes()


def test_no_credentials_are_a_refusal(guarded: IndexServer, tmp_path: Path) -> None:
    with guarded as server, Rig(tmp_path, server.url) as rig:
        with pytest.raises(IndexRefused):
            rig.page()
        assert authorizations(server) == [None]


def test_wrong_credentials_are_a_refusal(guarded: IndexServer, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password secret\n")
    environ = {"NETRC": str(netrc)}
    with guarded as server, Rig(tmp_path, server.url_with("user", "no"), environ=environ) as rig:
        with pytest.raises(IndexRefused):
            rig.page()
        assert server.count() == 1


@pytest.mark.parametrize("where", ["NETRC", "HOME"])
def test_netrc_is_asked_when_a_server_refuses(
    guarded: IndexServer, tmp_path: Path, where: str
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine elsewhere.example login x password y\n")
    with netrc.open("a") as file:
        file.write("machine 127.0.0.1 login user password secret\n")
    netrc.chmod(0o600)
    environ = {where: str(netrc if where == "NETRC" else tmp_path)}
    with guarded as server, Rig(tmp_path, server.url, environ=environ) as rig:
        use(rig, tmp_path)
        assert authorizations(server) == [None, KNOCK, KNOCK, KNOCK]


def test_netrc_is_not_for_other_hosts(guarded: IndexServer, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine elsewhere.example login user password secret\n")
    with (
        guarded as server,
        Rig(tmp_path, server.url, environ={"NETRC": str(tmp_path / "netrc")}) as rig,
    ):
        with pytest.raises(IndexRefused):
            rig.page()
        assert authorizations(server) == [None]


def test_netrc_completes_a_name_only_with_its_own_password(
    guarded: IndexServer, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password secret\n")
    environ = {"NETRC": str(tmp_path / "netrc")}
    with guarded as server, Rig(tmp_path, server.url_with("user"), environ=environ) as rig:
        with pytest.raises(IndexRefused):
            rig.page()
        assert server.count() == 1


def test_a_broken_netrc_knows_nobody(guarded: IndexServer, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("this is no netrc\n")
    environ = {"NETRC": str(tmp_path / "netrc")}
    with (
        guarded as server,
        Rig(tmp_path, server.url, environ=environ) as rig,
        pytest.raises(IndexRefused),
    ):
        rig.page()


def fake_keyring(directory: Path, body: str) -> dict[str, str]:
    """A `keyring` on the PATH that notes what it is asked; `body` is shell."""
    command = directory / "bin" / "keyring"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\necho "$*" >> "{directory}/asked"\n{body}\n')
    command.chmod(0o755)
    return {"PATH": f"{command.parent}:/usr/bin:/bin"}


def asked_of_keyring(directory: Path) -> list[str]:
    asked = directory / "asked"
    return asked.read_text().splitlines() if asked.exists() else []


def test_keyring_completes_a_name(guarded: IndexServer, tmp_path: Path) -> None:
    environ = fake_keyring(tmp_path, "echo secret")
    with guarded as server:
        url = server.url_with("user")
        with Rig(tmp_path, url, environ=environ, keyring=True) as rig:
            use(rig, tmp_path)
        assert authorizations(server) == [KNOCK] * 3
        assert asked_of_keyring(tmp_path)[0] == f"get {server.url} user"


def test_keyring_is_asked_about_index_server_and_origin(
    guarded: IndexServer, tmp_path: Path
) -> None:
    environ = fake_keyring(tmp_path, "exit 1")
    with guarded as server:
        with Rig(tmp_path, server.url_with("user"), environ=environ, keyring=True) as rig:
            for project in ("demo", "other"):
                with pytest.raises(IndexRefused):
                    rig.page(project)
        place = server.origin.removeprefix("http://")
        assert asked_of_keyring(tmp_path) == [
            f"get {server.url} user",
            f"get {place} user",
            f"get {server.origin} user",
        ]


def test_keyring_is_not_asked_for_names_unless_told_so(
    guarded: IndexServer, tmp_path: Path
) -> None:
    environ = fake_keyring(tmp_path, "printf 'user\\nsecret\\n'")
    with guarded as server:
        with (
            Rig(tmp_path, server.url, environ=environ, keyring=True) as rig,
            pytest.raises(IndexRefused),
        ):
            rig.page()
        assert asked_of_keyring(tmp_path) == []
        options = {"authenticate": "always"}
        with Rig(tmp_path, server.url, environ=environ, keyring=True, options=options) as rig:
            assert rig.texts() == ("1.0", "2.0")
        assert asked_of_keyring(tmp_path) == [f"--mode creds get {server.url}"]


def test_keyring_is_left_alone_when_disabled(guarded: IndexServer, tmp_path: Path) -> None:
    environ = fake_keyring(tmp_path, "echo secret")
    with guarded as server, Rig(tmp_path, server.url_with("user"), environ=environ) as rig:
        with pytest.raises(IndexRefused):
            rig.page()
        assert asked_of_keyring(tmp_path) == []


def test_a_keyring_that_is_not_installed_is_said_once(guarded: IndexServer, tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path)}
    with (
        guarded as server,
        Rig(tmp_path, server.url_with("user"), environ=environ, keyring=True) as rig,
    ):
        for project in ("demo", "other"):
            with pytest.raises(IndexRefused):
                rig.page(project)
        warnings = [event for event in rig.events if isinstance(event, Warned)]
        assert [warning.text for warning in warnings] == ["Failed to run `keyring`"]


def test_an_index_may_be_told_never_to_authenticate(guarded: IndexServer, tmp_path: Path) -> None:
    options = {"authenticate": "never"}
    with guarded as server:
        url = server.url_with("user", "secret")
        with Rig(tmp_path, url, options=options) as rig, pytest.raises(IndexRefused):
            rig.page()
        assert authorizations(server) == [None]


def test_named_indexes_have_credentials_in_the_environment(
    guarded: IndexServer, tmp_path: Path
) -> None:
    environ = {"WEFT_INDEX_MY_INDEX_USERNAME": "user", "WEFT_INDEX_MY_INDEX_PASSWORD": "secret"}
    with guarded as server:
        text = f"my-index={server.url_with('other', 'wrong')}"
        named = IndexLocation.parse(text, cwd="/", environ=environ)
        with Rig(tmp_path, "http://127.0.0.1:1/simple", index=(named,)) as rig:
            page = rig.client.page(named, "demo")
            assert page is not None
        assert authorizations(server) == [KNOCK]


def test_the_other_tools_variables_are_read_after_ours() -> None:
    theirs = {"UV_INDEX_A_B_USERNAME": "them", "UV_INDEX_A_B_PASSWORD": "x"}
    assert environment_login(theirs, "a.b") == Login("them", "x")
    assert environment_login({**theirs, "WEFT_INDEX_A_B_PASSWORD": "y"}, "a.b") == Login("", "y")
    assert environment_login({}, "a.b") is None


def test_two_indexes_of_one_server_keep_their_credentials(wheels: str, tmp_path: Path) -> None:
    pages = {
        f"/{team}/demo/": ("text/html", f'<a href="demo-{n}.0-py3-none-any.whl">x</a>'.encode())
        for n, team in enumerate(("red", "blue"))
    }
    with IndexServer(wheels, pages=pages) as server:
        red, blue = (
            IndexLocation.parse(f"{server.origin}/{team}".replace("://", f"://{team}:1@"), cwd="/")
            for team in ("red", "blue")
        )
        with Rig(tmp_path, "http://127.0.0.1:1/simple", index=(red, blue)) as rig:
            rig.client.page(blue, "demo")
            rig.client.page(red, "demo")
        assert authorizations(server) == [Login("blue", "1").header, Login("red", "1").header]


def test_logins_show_nothing() -> None:
    assert "secret" not in repr(Login("user", "secret"))
    assert "user" not in repr(Login("user", "secret"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://user:secret@a.example/x?y#z", "https://user:****@a.example/x?y#z"),
        ("https://token@a.example/", "https://****@a.example/"),
        ("https://:secret@a.example/", "https://:****@a.example/"),
        ("https://a.example/@scope", "https://a.example/@scope"),
        ("/some/path@x", "/some/path@x"),
    ],
)
def test_urls_are_shown_without_secrets(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_urls_are_taken_apart() -> None:
    url = Url.parse("HTTPS://us%20er:p%3A@[::1]:8443/a?b=c#d")
    assert url == Url("https", "us er", "p:", "[::1]", 8443, "/a?b=c")
    assert url.origin == "https://[::1]:8443"
    assert repr(url) == "Url('https://[::1]:8443/a?b=c')"
    assert Url.parse("https://A.example:443?x").origin == "https://a.example"
    assert without_credentials("https://u:p@a.example/x#sha256=0") == "https://a.example/x#sha256=0"


def test_paths_and_urls_are_turned_into_each_other(tmp_path: Path) -> None:
    path = str(tmp_path / "a b%ä#?.whl")
    assert local_path(file_url(path)) == path
    assert local_path(Path(path).as_uri()) == path
    assert local_path("https://a.example/x") is None
