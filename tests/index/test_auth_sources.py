"""Stored credentials reach the servers that they were stored for, in the stated order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.index.helpers import Rig
from tests.index.test_auth import asked_of_keyring, authorizations, fake_keyring, use
from tests.support.index_server import IndexServer
from weft.core.events import Warned
from weft.index.auth import Keychain, Login
from weft.index.auth_keyring import Keyring, KeyringFailure
from weft.index.auth_sources import Netrc
from weft.index.auth_store import CredentialsFile, Entry
from weft.index.failures import FetchFailure, IndexRefused
from weft.index.urls import Url

KNOCK = Login("user", "secret").header


@pytest.fixture
def guarded(wheels: str) -> IndexServer:
    return IndexServer(wheels, auth=("user", "secret"))


def stored(root: Path, *entries: Entry, variable: str = "WEFT_CREDENTIALS_DIR") -> dict[str, str]:
    """Variables of a person who is logged in."""
    directory = root / variable
    file = CredentialsFile(str(directory))
    for entry in entries:
        file.insert(entry)
    names = ("WEFT_CREDENTIALS_DIR", "UV_CREDENTIALS_DIR")
    return {"HOME": str(root), **{name: str(root / name) for name in names}}


def warnings(rig: Rig) -> list[Warned]:
    return [event for event in rig.events if isinstance(event, Warned)]


@pytest.mark.parametrize("variable", ["WEFT_CREDENTIALS_DIR", "UV_CREDENTIALS_DIR"])
def test_the_file_is_asked_when_a_server_refuses(
    guarded: IndexServer, tmp_path: Path, variable: str
) -> None:
    with guarded as server:
        entry = Entry(server.origin + "/", Login("user", "secret"))
        environ = stored(tmp_path, entry, variable=variable)
        with Rig(tmp_path, server.url, environ=environ) as rig:
            use(rig, tmp_path)
            assert warnings(rig) == []
        assert authorizations(server) == [None, KNOCK, KNOCK, KNOCK]


def test_a_name_gets_its_own_password_without_a_refusal(
    guarded: IndexServer, tmp_path: Path
) -> None:
    with guarded as server:
        environ = stored(
            tmp_path,
            Entry(server.origin + "/", Login("other", "wrong")),
            Entry(server.origin + "/", Login("user", "secret")),
        )
        with Rig(tmp_path, server.url_with("user"), environ=environ) as rig:
            use(rig, tmp_path)
        assert authorizations(server) == [KNOCK] * 3


def test_netrc_goes_first_and_ours_before_the_other_tools(
    guarded: IndexServer, tmp_path: Path
) -> None:
    with guarded as server:
        service = server.origin + "/"
        environ = stored(
            tmp_path, Entry(service, Login("user", "uv")), variable="UV_CREDENTIALS_DIR"
        )
        url = Url.parse(server.url)
        header = Keychain((), environ).challenged(url, 401)
        assert header == Login("user", "uv").header
        stored(tmp_path, Entry(service, Login("user", "weft")))
        assert Keychain((), environ).challenged(url, 401) == Login("user", "weft").header
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
        (tmp_path / ".netrc").chmod(0o600)
        assert Keychain((), environ).challenged(url, 401) == KNOCK


def test_teams_of_one_server_do_not_get_each_others_credentials(tmp_path: Path) -> None:
    red, blue = Login("red", "1"), Login("blue", "2")
    environ = stored(
        tmp_path, Entry("https://h.example/red", red), Entry("https://h.example/blue", blue)
    )
    keychain = Keychain((), environ)

    def url(path: str) -> Url:
        return Url.parse(f"https://h.example/{path}")

    assert keychain.known(url("red/simple/")) is None
    assert keychain.challenged(url("red/simple/"), 401) == red.header
    assert keychain.known(url("red/simple/x/")) == red.header
    assert keychain.known(url("blue/simple/")) is None
    assert keychain.known(url("redder/")) is None
    assert keychain.challenged(url("blue/simple/"), 401) == blue.header
    assert keychain.known(url("blue/x")) == blue.header
    assert keychain.challenged(Url.parse("https://h.example:8443/red/"), 401) is None
    assert keychain.challenged(Url.parse("http://h.example/red/"), 401) is None


def test_files_beside_the_index_get_what_the_server_took(tmp_path: Path) -> None:
    login = Login("u", "p")
    keychain = Keychain((), stored(tmp_path, Entry("https://h.example/index", login)))
    files = Url.parse("https://h.example/files/x.whl")
    assert keychain.challenged(files, 401) is None
    assert keychain.challenged(Url.parse("https://h.example/index/simple/"), 401) == login.header
    assert keychain.challenged(files, 401) == login.header
    assert keychain.known(Url.parse("https://h.example/files/y.whl")) == login.header
    assert keychain.challenged(Url.parse("https://other.example/files/x.whl"), 401) is None


def test_an_index_that_always_wants_credentials_is_not_asked_without(
    guarded: IndexServer, tmp_path: Path
) -> None:
    options = {"authenticate": "always"}
    with guarded as server:
        environ = stored(tmp_path)
        with Rig(tmp_path, server.url, environ=environ, options=options) as rig:
            with pytest.raises(FetchFailure) as caught:
                rig.page()
            place = f"{server.url}/demo/"
            assert caught.value.message == f"Failed to fetch: {place}"
            assert str(caught.value.__cause__) == f"Missing credentials for: {place}"
        assert server.count() == 0
        environ = stored(tmp_path, Entry(server.origin + "/", Login("user", "secret")))
        with Rig(tmp_path, server.url, environ=environ, options=options) as rig:
            use(rig, tmp_path)
        assert authorizations(server) == [KNOCK] * 3


def test_nobody_is_taken_of_several_users(guarded: IndexServer, tmp_path: Path) -> None:
    with guarded as server:
        service = server.origin + "/"
        environ = stored(
            tmp_path, Entry(service, Login("user", "secret")), Entry(service, Login("b", "x"))
        )
        with Rig(tmp_path, server.url, environ=environ) as rig:
            with pytest.raises(IndexRefused):
                rig.page()
            (warning,) = warnings(rig)
            assert warning.text == f"More than one user is logged in to `{service}`: `b`, `user`"


@pytest.mark.parametrize("state", ["corrupt", "directory", "open"])
def test_a_file_in_disorder_is_said_and_shows_nothing(
    guarded: IndexServer, tmp_path: Path, state: str
) -> None:
    with guarded as server:
        environ = stored(tmp_path, Entry(server.origin + "/", Login("user", "secret")))
        path = tmp_path / "WEFT_CREDENTIALS_DIR" / "credentials.toml"
        if state == "corrupt":
            path.write_text(path.read_text() + 'password = "secret')
        elif state == "directory":
            path.unlink()
            path.mkdir()
        else:
            path.chmod(0o644)
        with Rig(tmp_path, server.url, environ=environ) as rig:
            if state == "open":
                use(rig, tmp_path)
            else:
                with pytest.raises(IndexRefused):
                    rig.page()
            (warning,) = warnings(rig)
    told = f"{warning.text} {warning.hints} {warning.cause}"
    assert str(path) in warning.text
    assert "secret" not in told
    if state == "open":
        assert warning.hints == (f"Run `chmod 600 {path}`",)


def test_an_entry_without_a_password_has_it_in_the_keyring(
    guarded: IndexServer, tmp_path: Path
) -> None:
    environ = fake_keyring(tmp_path, "echo secret")
    with guarded as server:
        service = server.origin + "/"
        environ |= stored(tmp_path, Entry(service, Login("user")))
        with Rig(tmp_path, server.url, environ=environ) as rig:
            use(rig, tmp_path)
        assert authorizations(server) == [None, KNOCK, KNOCK, KNOCK]
        assert asked_of_keyring(tmp_path) == [f"get {service} user"]


def test_a_keyring_that_hangs_is_ended_and_not_asked_again(tmp_path: Path) -> None:
    environ = fake_keyring(tmp_path, "sleep 60")
    events: list[object] = []
    keyring = Keyring(environ, events.append, seconds=0.2)
    assert keyring.get(("https://a.example/", "a.example"), "u") is None
    assert keyring.get(("https://b.example/",), "u") is None
    assert len(asked_of_keyring(tmp_path)) == 1
    (warning,) = events
    assert isinstance(warning, Warned)
    assert warning.text == "Process `keyring` did not end within 0.2s and was killed"


def test_an_old_keyring_is_told_apart_from_an_empty_one(tmp_path: Path) -> None:
    said = "keyring: error: unrecognized arguments: --mode"
    environ = fake_keyring(tmp_path, f"echo '{said}' >&2; exit 2")
    events: list[object] = []
    assert Keyring(environ, events.append).get(("https://a.example/",), "") is None
    (warning,) = events
    assert isinstance(warning, Warned)
    assert "upgrade to `keyring>=v25.2.1`" in warning.text


def test_the_keyring_hears_passwords_on_its_standard_input_alone(tmp_path: Path) -> None:
    environ = fake_keyring(tmp_path, f'cat > "{tmp_path}/heard"')
    Keyring(environ).set("https://a.example/", Login("u", "s3cret ä"))
    assert asked_of_keyring(tmp_path) == ["set https://a.example/ u"]
    assert (tmp_path / "heard").read_text() == "s3cret ä\n"
    Keyring(environ).delete("https://a.example/", "u")
    assert asked_of_keyring(tmp_path)[1:] == ["del https://a.example/ u"]


def test_a_keyring_that_fails_is_an_error_that_hides_the_password(tmp_path: Path) -> None:
    environ = fake_keyring(tmp_path, 'read word; echo "no backend for $word" >&2; exit 1')
    with pytest.raises(KeyringFailure) as caught:
        Keyring(environ).set("https://a.example/", Login("u", "s3cret"))
    assert caught.value.message.startswith("The `keyring` command failed to store credentials")
    assert str(caught.value.__cause__) == "no backend for ****"


def test_netrc_is_that_of_the_person_also_where_nothing_tells_the_home() -> None:
    assert Netrc({}).place == str(Path.home() / ".netrc")
    assert Netrc({"HOME": ""}).place == str(Path.home() / ".netrc")
    assert Netrc({"HOME": "/h"}).place == "/h/.netrc"
