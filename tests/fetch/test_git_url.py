"""Addresses of Git repositories: what they name, and what is refused."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.fetch.git_url import GitUrl, GitUrlError, parse_git_url

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git+https://h.test/a/b.git", GitUrl("https://h.test/a/b.git")),
        ("git+https://h.test/a/b.git@v1", GitUrl("https://h.test/a/b.git", "v1")),
        ("git+https://h.test/a/b@feat/x", GitUrl("https://h.test/a/b", "feat/x")),
        (
            "git+https://h.test/a/b@refs/pull/1/head",
            GitUrl("https://h.test/a/b", "refs/pull/1/head"),
        ),
        ("git+https://h.test/b@pkg%401.0", GitUrl("https://h.test/b", "pkg@1.0")),
        ("git+https://h.test/b@", GitUrl("https://h.test/b", "")),
        ("git+https://H.Test:443/b", GitUrl("https://h.test/b")),
        ("git+https://h.test:8443/b", GitUrl("https://h.test:8443/b")),
        ("git+http://h.test", GitUrl("http://h.test/")),
        ("git+https://h.test/b?x=1@v1", GitUrl("https://h.test/b")),
        ("git+https://u:p@h.test/b@v1", GitUrl("https://h.test/b", "v1", login="u:p")),
        ("git+https://token@h.test/b", GitUrl("https://h.test/b", login="token")),
        ("git+ssh://git@h.test/a/b.git@v1", GitUrl("ssh://git@h.test/a/b.git", "v1")),
        ("git+ssh://git:secret@h.test:22/b", GitUrl("ssh://git@h.test/b")),
        ("git+ssh://[::1]:2222/b", GitUrl("ssh://[::1]:2222/b")),
        ("git+file:///tmp/a", GitUrl("file:///tmp/a")),
        ("git+file:///tmp/a b@v1", GitUrl("file:///tmp/a%20b", "v1")),
        ("git+file://localhost/tmp/a", GitUrl("file:///tmp/a")),
        ("git+file:a", GitUrl("file:///a")),
        ("https://h.test/b", GitUrl("https://h.test/b")),
        ("git+https://h.test/b#subdirectory=a/b", GitUrl("https://h.test/b", None, "a/b")),
        ("git+https://h.test/b#egg=demo", GitUrl("https://h.test/b", egg="demo")),
        ("git+https://h.test/b#lfs=true", GitUrl("https://h.test/b", lfs=True)),
        ("git+https://h.test/b#lfs=other&new=1", GitUrl("https://h.test/b")),
        (
            "git+https://h.test/b@v1#egg=demo&subdirectory=sub%20dir&lfs=true",
            GitUrl("https://h.test/b", "v1", "sub dir", True, "demo"),
        ),
    ],
)
def test_an_address_is_taken_apart(text: str, expected: GitUrl) -> None:
    assert parse_git_url(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "git+https://h.test/b@pkg@1.0",
            "Ambiguous Git URL `https://h.test/b@pkg@1.0`: the path contains multiple `@` "
            "characters. If the Git revision contains `@`, percent-encode it as `%40`",
        ),
        (
            "git+ext::sh -c true",
            "Unsupported Git URL scheme `ext:` in `ext::sh -c true` (expected one of `https:`, "
            "`ssh:`, or `file:`)",
        ),
        (
            "git+git://h.test/b",
            "Unsupported Git URL scheme `git:` in `git://h.test/b` (expected one of `https:`, "
            "`ssh:`, or `file:`)",
        ),
        ("git+ssh://h.test:x/y.git", "invalid port number"),
        ("git+https://h.test:65536/y", "invalid port number"),
        ("git+https://", "Not a valid URL: https://"),
        ("git+ssh://-oProxyCommand=x/y", "Not a valid URL: ssh://-oproxycommand=x"),
        ("git+git@h.test:a/b.git", "Not a valid URL: git@h.test:a/b.git"),
        ("git+--upload-pack=x", "Not a valid URL: --upload-pack=x"),
    ],
)
def test_what_names_no_repository_is_refused(text: str, reason: str) -> None:
    with pytest.raises(GitUrlError) as caught:
        parse_git_url(text)
    assert caught.value.message == f"Failed to parse: `{text}`"
    assert isinstance(caught.value.__cause__, Exception)
    assert str(caught.value.__cause__).startswith(f"{reason}\n{text}")


def test_a_user_cannot_be_an_option() -> None:
    with pytest.raises(GitUrlError):
        parse_git_url("git+ssh://-oProxyCommand=x@h.test/y")


def test_control_characters_are_refused_and_not_printed() -> None:
    with pytest.raises(GitUrlError) as caught:
        parse_git_url("git+https://h.test/b\x1b[2J")
    assert caught.value.message == "Failed to parse: `git+https://h.test/b\ufffd[2J`"
    assert str(caught.value.__cause__).startswith("A URL cannot contain control characters\n")


@pytest.mark.parametrize("text", ["git+git@h.test:a/b.git", "git+ssh://git@h.test:a/b.git"])
def test_the_short_form_of_ssh_is_shown_as_a_url(text: str) -> None:
    with pytest.raises(GitUrlError) as caught:
        parse_git_url(text)
    assert caught.value.hints == ("Write the address as a URL: `git+ssh://git@h.test/a/b.git`",)


def test_credentials_are_never_shown() -> None:
    url = parse_git_url("git+https://user:geheim@h.test/b@v1#subdirectory=sub")
    assert url.text == "git+https://user:****@h.test/b@v1#subdirectory=sub"
    assert url.shown == "https://user:****@h.test/b"
    assert "geheim" not in repr(url)
    assert parse_git_url("git+https://geheim@h.test/b").shown == "https://****@h.test/b"
    with pytest.raises(GitUrlError) as caught:
        parse_git_url("git+https://user:geheim@h.test/b@c@d")
    assert "geheim" not in caught.value.message + str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("reference", "commit", "may_be"),
    [
        (COMMIT, COMMIT, True),
        (COMMIT.upper(), COMMIT, True),
        (COMMIT[:7], None, True),
        (COMMIT[:6], None, False),
        (COMMIT[:-1] + "g", None, False),
        ("main", None, False),
    ],
)
def test_a_reference_can_be_a_commit(reference: str, commit: str | None, may_be: bool) -> None:
    url = parse_git_url(f"git+https://h.test/b@{reference}")
    assert (url.commit, url.may_be_commit) == (commit, may_be)


WORDS = st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=8)


@given(
    host=st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True),
    path=st.lists(WORDS, min_size=1, max_size=3),
    reference=st.none() | WORDS,
    subdirectory=st.none() | WORDS,
    lfs=st.booleans(),
)
def test_the_text_of_an_address_means_the_same(
    host: str, path: list[str], reference: str | None, subdirectory: str | None, lfs: bool
) -> None:
    url = GitUrl(f"https://{host}/{'/'.join(path)}", reference, subdirectory, lfs)
    assert parse_git_url(url.text) == url


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    try:
        url = parse_git_url(f"git+{text}")
    except GitUrlError:
        return
    assert url.repository.split(":")[0] in ("https", "http", "ssh", "file")
    assert not url.repository.partition("://")[2].startswith("-")
