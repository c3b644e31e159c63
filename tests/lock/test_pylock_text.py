"""The text of lock files, byte by byte."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given

from tests.lock.documents import DIGEST, texts
from weft.core.distribution import File
from weft.lock.model import (
    LockedDirectory,
    LockedFile,
    LockedPackage,
    LockedVcs,
    Pylock,
)
from weft.lock.pylock_text import pylock_text
from weft.lock.quoting import quoted

SHA = (("sha256", "ab"),)


def test_the_layout_is_that_of_uv() -> None:
    wheel = LockedFile("https://h/oil-1-py3-none-any.whl", size=5, upload_time=0, hashes=SHA)
    document = Pylock(
        (
            LockedPackage("coal", "1.0", sdist=LockedFile("https://h/c.zip", name="coal-1.0.zip",
                          hashes=(("sha512", "cd"), ("md5", "00"), ("sha256", "ab")))),
            LockedPackage("mirror", archive=LockedFile(path="m.zip", size=1, upload_time=1,
                          subdirectory="in", hashes=SHA)),
            LockedPackage("oil", "1", "os_name == 'nt'", ">=3.9", "https://h/simple",
                          wheels=(wheel,)),
            LockedPackage("proj", directory=LockedDirectory("../proj", True, "x")),
            LockedPackage("tallow", vcs=LockedVcs("git", "a" * 40, "https://h/t", "", "v1", "s")),
            LockedPackage("wick", "2.0", wheels=(wheel, wheel)),
        ),
        requires_python=">=3.11",
    )  # fmt: skip
    assert (
        pylock_text(document)
        == f"""\
lock-version = "1.0"
created-by = "weft"
requires-python = ">=3.11"

[[packages]]
name = "coal"
version = "1.0"
sdist = {{ name = "coal-1.0.zip", url = "https://h/c.zip", hashes = {{ md5 = "00", \
sha256 = "ab", sha512 = "cd" }} }}

[[packages]]
name = "mirror"
archive = {{ path = "m.zip", size = 1, upload-time = 1970-01-01T00:00:01Z, \
subdirectory = "in", hashes = {{ sha256 = "ab" }} }}

[[packages]]
name = "oil"
version = "1"
marker = "os_name == 'nt'"
requires-python = ">=3.9"
index = "https://h/simple"
wheels = [{{ url = "https://h/oil-1-py3-none-any.whl", upload-time = 1970-01-01T00:00:00Z, \
size = 5, hashes = {{ sha256 = "ab" }} }}]

[[packages]]
name = "proj"
directory = {{ path = "../proj", editable = true, subdirectory = "x" }}

[[packages]]
name = "tallow"
vcs = {{ type = "git", url = "https://h/t", requested-revision = "v1", commit-id = "{"a" * 40}", \
subdirectory = "s" }}

[[packages]]
name = "wick"
version = "2.0"
wheels = [
    {{ url = "https://h/oil-1-py3-none-any.whl", upload-time = 1970-01-01T00:00:00Z, \
size = 5, hashes = {{ sha256 = "ab" }} }},
    {{ url = "https://h/oil-1-py3-none-any.whl", upload-time = 1970-01-01T00:00:00Z, \
size = 5, hashes = {{ sha256 = "ab" }} }},
]
"""
    )


def test_without_packages_the_required_key_is_still_there() -> None:
    assert pylock_text(Pylock((), extras=("a", "b"))) == (
        'lock-version = "1.0"\ncreated-by = "weft"\nextras = [\n    "a",\n    "b",\n]\n'
        "packages = []\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", '"a"'),
        ("a'b", '''"a'b"'''),
        ('c"d', """'c"d'"""),
        ("e\\f", "'e\\f'"),
        ("a'b\"c", '''"""a'b"c"""'''),
        ("a'b\\c", "'''a'b\\c'''"),
        ("t\tb", '"t\\tb"'),
        ("é\nx", '"""\né\nx"""'),
        ("a'''\\b", "\"a'''\\\\b\""),
        ("\x07", '"\\u0007"'),
        ("\x7f", '"\\u007F"'),
    ],
)
def test_strings_are_quoted_as_uv_quotes_them(text: str, written: str) -> None:
    assert quoted(text) == written


@given(texts)
def test_quoted_strings_mean_what_they_meant(text: str) -> None:
    assert tomllib.loads(f"x = {quoted(text)}")["x"] == text


def test_files_of_an_index_are_named_only_where_the_url_does_not() -> None:
    plain = File("a-1.zip", "https://h/a%2D1.zip?x=1#y", hashes=(("sha256", DIGEST),), size=3)
    other = File("a-1.zip", "https://h/download", upload_time=7)
    assert LockedFile.of(plain) == LockedFile(plain.url, size=3, hashes=plain.hashes)
    assert LockedFile.of(other) == LockedFile(other.url, name="a-1.zip", upload_time=7)
    assert LockedFile.of(plain).filename == LockedFile.of(other).filename == "a-1.zip"
