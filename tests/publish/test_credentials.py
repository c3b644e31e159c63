"""As whom to upload: what goes before what."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from weft.core.errors import WeftError
from weft.core.events import Warned
from weft.index.auth import Login
from weft.publish.credentials import Destination, authorization, chosen

URL = "http://127.0.0.1:8080/legacy/"
KEYRING = """#!/bin/sh
echo "$@" >> "{log}"
[ "$2" = "{service}" ] && [ "$3" = "known" ] && echo secret && exit 0
[ "$1" = "--mode" ] && [ "$4" = "{service}" ] && echo somebody && echo hidden && exit 0
exit 1
"""


class Home:
    """A home directory with netrc and a `keyring` command that writes down its questions."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "keyring.log"
        self.told: list[object] = []
        self.environ = {"HOME": str(directory), "PATH": f"{directory}{os.pathsep}/usr/bin:/bin"}

    def netrc(self, text: str) -> None:
        (self.directory / ".netrc").write_text(text)
        (self.directory / ".netrc").chmod(0o600)

    def install_keyring(self, service: str = URL) -> None:
        script = self.directory / "keyring"
        script.write_text(KEYRING.format(log=self.log, service=service))
        script.chmod(0o755)

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def login(self, login: Login | None, *, keyring: bool = False) -> str | None:
        header = authorization(
            URL, login, environ=self.environ, keyring=keyring, sink=self.told.append
        )
        return None if header is None else base64.b64decode(header.removeprefix("Basic ")).decode()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_url_is_cut_into_what_is_shown_and_who_it_names() -> None:
    found = Destination.parse("https://user:p%40ss@host.example/legacy/")
    assert found.url == "https://host.example/legacy/"
    assert found.shown == "https://user:****@host.example/legacy/"
    assert found.login == Login("user", "p@ss")
    assert "p@ss" not in repr(found)
    assert Destination.parse("https://host.example").url == "https://host.example/"


def test_the_url_and_the_options_may_complete_but_not_contradict_each_other() -> None:
    named = Destination.parse("http://user@host/")
    assert chosen(named, user=None, password="p") == Login("user", "p")
    both = Destination.parse("http://user:p@host/")
    assert chosen(both, user="user", password="p") == Login("user", "p")
    for user, password, what in ((None, "q", "password"), ("other", None, "username")):
        with pytest.raises(WeftError, match=f"The {what} can't be set both in the publish URL"):
            chosen(both, user=user, password=password)


def test_a_password_needs_a_name(home: Home) -> None:
    login = chosen(Destination.parse(URL), user=None, password="p")
    with pytest.raises(WeftError, match="with a password, but no username"):
        home.login(login)


def test_what_is_given_asks_nobody(home: Home) -> None:
    home.netrc("machine 127.0.0.1 login other password wrong\n")
    home.install_keyring()
    assert home.login(Login("known", "given"), keyring=True) == "known:given"
    assert home.asked() == []


def test_netrc_knows_name_and_password_or_the_password_of_a_name(home: Home) -> None:
    home.netrc("machine 127.0.0.1 login keeper password oil\n")
    assert home.login(None) == "keeper:oil"
    assert home.login(Login("keeper")) == "keeper:oil"
    assert home.login(Login("somebody")) == "somebody:"


def test_keyring_is_asked_only_when_allowed(home: Home) -> None:
    home.install_keyring()
    assert home.login(Login("known")) == "known:"
    assert home.asked() == []
    assert home.login(Login("known"), keyring=True) == "known:secret"
    assert home.asked() == [f"get {URL} known"]


def test_keyring_is_asked_about_the_url_then_the_server(home: Home) -> None:
    home.install_keyring("127.0.0.1:8080")
    assert home.login(Login("known"), keyring=True) == "known:secret"
    assert home.asked() == [f"get {URL} known", "get 127.0.0.1:8080 known"]


def test_keyring_may_know_the_name_too(home: Home) -> None:
    home.install_keyring()
    assert home.login(None, keyring=True) == "somebody:hidden"


def test_a_keyring_without_the_password_is_told(home: Home) -> None:
    home.install_keyring()
    assert home.login(Login("stranger"), keyring=True) == "stranger:"
    assert home.told == [Warned(f"Keyring has no password for URL `{URL}` and username `stranger`")]


def test_nobody_is_nobody(home: Home) -> None:
    assert home.login(None) is None
