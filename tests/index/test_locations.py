"""Words of options become places to look."""

from __future__ import annotations

import pytest

from weft.core.defaults import DEFAULT_INDEX
from weft.index.auth import Login
from weft.index.locations import IndexLocation, LocationError, Locations


def parse(text: str, **options: bool | str) -> IndexLocation:
    return IndexLocation.parse(text, cwd="/work dir", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("https://a.example/simple", "", "https://a.example/simple"),
        ("https://a.example/simple/", "", "https://a.example/simple/"),
        ("mine=https://a.example/simple", "mine", "https://a.example/simple"),
        ("my_own.index-1=https://a.example/", "my_own.index-1", "https://a.example/"),
        ("https://a.example/?x=y", "", "https://a.example/?x=y"),
        ("./dir", "", "file:///work%20dir/dir"),
        ("/abs/dir", "", "file:///abs/dir"),
        ("mine=../dir", "mine", "file:///dir"),
        ("file:///abs/dir", "", "file:///abs/dir"),
    ],
)
def test_names_urls_and_paths_are_told_apart(text: str, name: str, url: str) -> None:
    found = parse(text)
    assert (found.name, found.url) == (name, url)


def test_credentials_are_kept_apart_from_the_url() -> None:
    found = parse("mine=https://user:secret@a.example/simple")
    assert found.url == "https://a.example/simple"
    assert found.login == Login("user", "secret")
    assert found.shown == "https://user:****@a.example/simple"


def test_directories_are_shown_as_paths() -> None:
    assert parse("./dir").shown == "/work dir/dir"


@pytest.mark.parametrize("text", ["mine=", "", "http://[bad"])
def test_words_that_name_no_place_are_refused(text: str) -> None:
    with pytest.raises(LocationError):
        parse(text)


def test_a_refusal_shows_no_password() -> None:
    with pytest.raises(LocationError) as caught:
        parse("http://user:secret@[bad")
    assert "secret" not in caught.value.message


def test_the_default_index_comes_last() -> None:
    first, default = parse("https://a.example/"), parse("https://b.example/", default=True)
    assert Locations.of([default, first]).indexes == (first, default)
    assert Locations.of([first]).indexes == (first, IndexLocation(DEFAULT_INDEX, default=True))


def test_of_several_with_one_name_the_first_counts() -> None:
    first, second = parse("x=https://a.example/"), parse("x=https://b.example/")
    assert Locations.of([first, second]).indexes[:-1] == (first,)


def test_pages_lie_below_the_index() -> None:
    assert parse("https://a.example/simple").page_url("demo") == "https://a.example/simple/demo/"
    assert parse("https://a.example/s/?k=v").page_url("demo") == "https://a.example/s/demo/?k=v"
