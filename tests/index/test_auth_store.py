"""The credentials file keeps what it was told, shows none of it, and survives its writers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.commands import SOURCE
from weft.core.errors import SystemFailure, WeftError
from weft.index.auth import Login
from weft.index.auth_store import (
    Ambiguous,
    CredentialsFile,
    CredentialsFileError,
    Entry,
    ServiceError,
    best,
    directory_of,
    other_directory,
    service_of,
)
from weft.index.urls import Url

UV = Path(sys.executable).with_name("uv")
NOW = 1_800_000_000.0


def entry(service: str, user: str = "u", password: str | None = "p") -> Entry:
    return Entry(service, Login(user, password))


def written(root: Path, text: str, mode: int = 0o600) -> CredentialsFile:
    path = root / "credentials.toml"
    path.write_text(text)
    path.chmod(mode)
    return CredentialsFile(str(root))


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("example.com", "https://example.com/"),
        ("https://u:p@Example.com:443", "https://example.com/"),
        ("https://a.example/b/simple", "https://a.example/b"),
        ("https://a.example/b/+simple/", "https://a.example/b"),
        ("https://a.example/simple/", "https://a.example/"),
        ("https://a.example/b/?x=1#f", "https://a.example/b/"),
        ("https://a.example/c/../d", "https://a.example/d"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://[::1]:8000", "http://[::1]:8000/"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
    ],
)
def test_services_have_one_spelling(text: str, service: str) -> None:
    assert service_of(text) == service
    assert service_of(service) == service


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty host"),
        ("https://", "empty host"),
        ("ftp://a.example", "Unsupported scheme: ftp"),
        ("http://a.example", "HTTPS is required for non-local hosts"),
        ("a b", "invalid international domain name"),
    ],
)
def test_other_words_are_no_services(text: str, reason: str) -> None:
    with pytest.raises(ServiceError) as caught:
        service_of(text)
    assert caught.value.message == reason


def test_entries_come_back_and_the_later_of_two_counts(tmp_path: Path) -> None:
    file = CredentialsFile(str(tmp_path / "new" / "credentials"))
    file.insert(entry("https://a.example/", "one", 'x"\\\n\x7fä'))
    file.insert(entry("https://a.example/", "two", "y"))
    file.insert(entry("https://a.example/", "two", "z"))
    assert file.entries() == [
        entry("https://a.example/", "one", 'x"\\\n\x7fä'),
        entry("https://a.example/", "two", "z"),
    ]
    assert file.remove("https://a.example/", "one") is not None
    assert file.remove("https://a.example/", "one") is None
    assert [each.login.user for each in file.entries()] == ["two"]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "credentials"
    file = CredentialsFile(str(directory))
    before = os.umask(0)
    try:
        file.insert(entry("https://a.example/"))
    finally:
        os.umask(before)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "credentials.toml").stat().st_mode & 0o777 == 0o600
    assert not file.is_open()
    (directory / "credentials.toml").chmod(0o640)
    assert file.is_open()
    file.insert(entry("https://b.example/"))
    assert not file.is_open()


def test_removing_from_nothing_makes_nothing(tmp_path: Path) -> None:
    assert CredentialsFile(str(tmp_path / "none")).remove("https://a.example/", "u") is None
    assert not (tmp_path / "none").exists()


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "credentials.toml").symlink_to(tmp_path / "elsewhere" / "mine.toml")
    CredentialsFile(str(tmp_path)).insert(entry("https://a.example/"))
    assert (tmp_path / "credentials.toml").is_symlink()
    assert "a.example" in (tmp_path / "elsewhere" / "mine.toml").read_text()


def test_keys_of_others_are_kept(tmp_path: Path) -> None:
    text = (
        '[[credential]]\nservice = "https://a.example/"\nscheme = "bearer"\ntoken = "t"\n'
        'expires-at = "2100-01-01T00:00:00Z"\nnumber = 3\nyes = true\nlist = ["a", 1]\n'
        'table = { "x y" = 1.5 }\nwhen = 2100-01-01T00:00:00Z\n'
    )
    file = written(tmp_path, text)
    file.insert(entry("https://b.example/"))
    document = tomllib.loads((tmp_path / "credentials.toml").read_text())
    assert document["credential"][0] == tomllib.loads(text)["credential"][0]
    assert file.entries()[0].login.header == "Bearer t"


def test_the_other_tool_reads_the_file_and_we_read_its_own(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    CredentialsFile(str(ours)).insert(entry("https://a.example/", "me", 'p"ä'))

    def uv(directory: Path, *words: str) -> str:
        environ = {"HOME": str(tmp_path), "UV_CREDENTIALS_DIR": str(directory)}
        done = subprocess.run(
            [UV, "auth", *words], env=environ, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert uv(ours, "token", "a.example", "-u", "me") == 'p"ä\n'
    uv(theirs, "login", "https://b.example/x/simple", "--token", "t'\"")
    assert CredentialsFile(str(theirs)).entries() == [
        entry("https://b.example/x", "__token__", "t'\"")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('password = "s3cret', "TOML parse error at "),
        ("[[credential]]\nusername = 's3cret", "TOML parse error at "),
        ("credential = 's3cret'", "`credential` is not an array of tables"),
        ("credential = ['s3cret']", "`credential` is not an array of tables"),
        ("[[credential]]\nservice = 1", "`service` is not a string"),
        ("[[credential]]\npassword = 's3cret'", "`username` is required with `scheme = basic`"),
        ("[[credential]]\nusername = 'u'\npassword = 's3cret'", "`service` is missing"),
        ("[[credential]]\nscheme = 's3cret'", "`scheme` is neither `basic` nor `bearer`"),
        (
            "[[credential]]\nscheme = 'bearer'\nusername = 's3cret'",
            "`username` cannot be provided with `scheme = bearer`",
        ),
        (
            "[[credential]]\nusername = 'u'\nservice = 'http://u:s3cret@h.example'",
            "`service` is not valid: HTTPS is required for non-local hosts",
        ),
    ],
)
def test_nonsense_is_named_without_what_it_holds(tmp_path: Path, text: str, reason: str) -> None:
    file = written(tmp_path, text)
    for act in (file.entries, lambda: file.insert(entry("https://a.example/"))):
        with pytest.raises(CredentialsFileError) as caught:
            act()
        told = f"{caught.value.message}\n{caught.value.__cause__}\n{caught.value.hints}"
        assert reason in told
        assert "s3cret" not in told
    assert (tmp_path / "credentials.toml").read_text() == text


def test_files_that_cannot_be_read_or_written_are_said(tmp_path: Path) -> None:
    (tmp_path / "credentials.toml").mkdir()
    with pytest.raises(SystemFailure):
        CredentialsFile(str(tmp_path)).entries()
    (tmp_path / "file").write_text("")
    with pytest.raises(WeftError):
        CredentialsFile(str(tmp_path / "file" / "below")).insert(entry("https://a.example/"))
    (tmp_path / "file2").mkdir()
    (tmp_path / "file2" / "credentials.toml").write_bytes(b"\xff")
    with pytest.raises(CredentialsFileError) as caught:
        CredentialsFile(str(tmp_path / "file2")).entries()
    assert str(caught.value.__cause__) == "stream did not contain valid UTF-8"


def test_the_closest_service_above_is_taken() -> None:
    entries = [
        entry("https://a.example/", "root"),
        entry("https://a.example/team", "team"),
        entry("https://a.example:8443/team", "port"),
    ]

    def user(url: str, name: str = "") -> str | None:
        found = best(entries, Url.parse(url), user=name, now=NOW)
        return None if found is None else found.login.user

    assert user("https://a.example/team/simple/x/") == "team"
    assert user("https://a.example/team?x") == "team"
    assert user("https://a.example/teams") == "root"
    assert user("https://a.example") == "root"
    assert user("https://a.example:8443/team/") == "port"
    assert user("https://a.example:8443/") is None
    assert user("http://a.example/team") is None
    assert user("https://a.example/team/x", "root") == "root"
    assert user("https://a.example/team/x", "nobody") is None


@given(st.lists(st.sampled_from(["", "/a", "/a/b", "/a/b/c", "/ab"]), unique=True), st.data())
def test_whoever_is_taken_lies_above_and_nothing_lies_between(
    paths: list[str], data: st.DataObject
) -> None:
    entries = [entry(service_of(f"https://h.example{path}"), path or "root") for path in paths]
    path = data.draw(st.sampled_from(["/", "/a", "/a/b/x", "/ab/", "/abc", "/a/b/c"]))
    found = best(entries, Url.parse(f"https://h.example{path}"), now=NOW)
    above = [each for each in paths if path == each or path.startswith(each + "/")]
    if not above:
        assert found is None
    else:
        assert found is not None
        assert found.login.user == (max(above, key=len) or "root")


def test_two_users_of_one_service_are_ambiguous() -> None:
    entries = [entry("https://a.example/", "x"), entry("https://a.example/", "y")]
    with pytest.raises(Ambiguous) as caught:
        best(entries, Url.parse("https://a.example/z"), now=NOW)
    assert "`x`, `y`" in caught.value.message


@pytest.mark.parametrize(
    ("until", "counts"),
    [("2100-01-01T00:00:00Z", True), ("2020-01-01T00:00:00", False), ("soon", False)],
)
def test_what_has_ended_does_not_count(tmp_path: Path, until: str, counts: bool) -> None:
    text = (
        "[[credential]]\nservice = 'https://a.example/'\nscheme = 'bearer'\ntoken = 't'\n"
        f"expires-at = '{until}'\n"
    )
    entries = written(tmp_path, text).entries()
    found = best(entries, Url.parse("https://a.example/"), now=NOW)
    assert (found is not None) is counts


def test_places_of_both_tools() -> None:
    environ = {"HOME": "/home/me"}
    assert directory_of(environ, "linux") == "/home/me/.local/share/weft/credentials"
    assert other_directory(environ, "linux") == "/home/me/.local/share/uv/credentials"
    environ |= {"XDG_DATA_HOME": "/data", "UV_CREDENTIALS_DIR": "/theirs"}
    assert directory_of(environ, "linux") == "/data/weft/credentials"
    assert other_directory(environ, "linux") == "/theirs"
    assert directory_of({**environ, "WEFT_CREDENTIALS_DIR": "x"}, "linux") == "x"


_WRITER = """
import sys
from weft.index.auth import Login
from weft.index.auth_store import CredentialsFile, Entry
file = CredentialsFile(sys.argv[1])
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    file.insert(Entry(f"https://{sys.argv[2]}{number}.example/", Login("u", "p" * 2000)))
"""


def writer(directory: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(directory), name, str(count)],
        env={"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_logins_at_once_lose_nothing(tmp_path: Path) -> None:
    writers = [writer(tmp_path, name, 15) for name in "abc"]
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = {each.service for each in CredentialsFile(str(tmp_path)).entries()}
    assert found == {f"https://{name}{number}.example/" for name in "abc" for number in range(15)}


def test_a_kill_in_the_middle_leaves_a_whole_file(tmp_path: Path) -> None:
    file = CredentialsFile(str(tmp_path))
    file.insert(entry("https://kept.example/"))
    for number in range(4):
        process = writer(tmp_path, f"r{number}x", 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        seen = len(file.entries())
        deadline = time.monotonic() + 30
        while len(file.entries()) < seen + 2:
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        process.communicate()
        entries = file.entries()
        assert entries[0] == entry("https://kept.example/")
        assert all(each.login.password for each in entries)
    (tmp_path / ".tmp-0123456789abcdef").write_text("what a killed writer leaves")
    file.insert(entry("https://after.example/"))  # nobody holds the lock
    assert not [path for path in tmp_path.glob(".tmp-*") if path.stat().st_size]
    assert file.entries()[-1] == entry("https://after.example/")
