"""METADATA and PKG-INFO on their way into the form."""

from __future__ import annotations

import gzip
from email._policybase import compat32
from email.header import Header
from email.parser import BytesParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.helpers import PKG_INFO, only, story, values, write_sdist
from tests.support.wheels import make_wheel
from weft.publish.errors import Unfit
from weft.publish.metadata import form_fields, parse

FULL = """Metadata-Version: 2.4
Name: De.mo
Version: 1.0
Summary: A demo
  that is folded
Author: UNKNOWN
Author-email: a@example.org
License-Expression: MIT
License-File: LICENSE
License-File: more/LICENSE
Keywords: oil,wick
Classifier: Programming Language :: Python
Classifier: Programming Language :: Python :: 3
Supported-Platform: linux
Requires-Python: >=3.8
Requires-Dist: wick>=1
Requires-Dist: oil; extra == "x"
Provides-Extra: x
Project-URL: Home, https://example.org
Import-Name: demo
Unheard-Of: thing

# Überschrift

body
"""


def fields_of(dist: Path) -> list[tuple[str, str]]:
    distribution = only(dist)
    return form_fields(distribution, str(dist / distribution.filename))


def refusal(dist: Path) -> list[str]:
    with pytest.raises(Unfit) as raised:
        fields_of(dist)
    return story(raised.value)


def test_every_known_header_becomes_its_field(dist: Path) -> None:
    make_wheel(dist, "de.mo", "1.0", metadata=FULL)
    fields = fields_of(dist)
    assert fields[:7] == [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("metadata_version", "2.4"),
        ("name", "De.mo"),
        ("version", "1.0"),
        ("filetype", "bdist_wheel"),
        ("pyversion", "py3"),
    ]
    assert values(fields, "summary") == ["A demo that is folded"]
    assert values(fields, "description") == ["# Überschrift\n\nbody\n"]
    assert values(fields, "license_file") == ["LICENSE", "more/LICENSE"]
    assert values(fields, "classifiers") == [
        "Programming Language :: Python",
        "Programming Language :: Python :: 3",
    ]
    assert values(fields, "requires_dist") == ["wick>=1", 'oil; extra == "x"']
    assert values(fields, "project_urls") == ["Home, https://example.org"]
    assert values(fields, "supported_platform") == ["linux"]
    assert values(fields, "import_names") == ["demo"]
    known = {name for name, _ in fields}
    assert "author" not in known, "UNKNOWN means that there is none"
    assert not {name for name in known if "unheard" in name.lower()}


def test_a_source_distribution_says_it_in_its_pkg_info(dist: Path) -> None:
    write_sdist(dist, ("demo-1.0/setup.py", b""), ("demo-1.0/PKG-INFO", PKG_INFO + b"\nbody\n"))
    fields = fields_of(dist)
    assert values(fields, "filetype") == ["sdist"]
    assert values(fields, "pyversion") == ["source"]
    assert values(fields, "description") == ["body\n"]


def test_a_description_in_the_header_keeps_its_lines(dist: Path) -> None:
    text = PKG_INFO + b"Description: one\n        two\n        \n       |  three\n"
    write_sdist(dist, ("demo-1.0/PKG-INFO", text))
    assert values(fields_of(dist), "description") == ["one\ntwo\n\n  three"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("demo-1.0/setup.py", b"")], "No `PKG-INFO` file found"),
        ([("PKG-INFO", PKG_INFO)], "No `PKG-INFO` file found"),
        ([("demo-1.0/demo.egg-info/PKG-INFO", PKG_INFO)], "No `PKG-INFO` file found"),
        (
            [("demo-1.0/PKG-INFO", PKG_INFO), ("b/PKG-INFO", PKG_INFO)],
            "Multiple `PKG-INFO` files found: `b/PKG-INFO`, `demo-1.0/PKG-INFO`",
        ),
        (
            [("demo-1.0/PKG-INFO", PKG_INFO.replace(b"demo", b"other"))],
            "The metadata is of `other`, but the filename of `demo`",
        ),
        (
            [("demo-1.0/PKG-INFO", PKG_INFO.replace(b"1.0", b"2.0"))],
            "The metadata is of version `2.0`, but the filename of version `1.0`",
        ),
    ],
)
def test_a_source_distribution_that_cannot_be_published_says_why(
    dist: Path, members: list[tuple[str, bytes]], reason: str
) -> None:
    write_sdist(dist, *members)
    assert refusal(dist) == ["Failed to publish: dist/demo-1.0.tar.gz", reason]


@pytest.mark.parametrize("field", ["Metadata-Version", "Name", "Version"])
def test_a_needed_field_that_is_missing_is_named(dist: Path, field: str) -> None:
    kept = [line for line in PKG_INFO.splitlines(True) if not line.startswith(field.encode())]
    write_sdist(dist, ("demo-1.0/PKG-INFO", b"".join(kept)))
    assert refusal(dist)[1:] == ["Failed to read metadata", f"Metadata field {field} not found"]


@pytest.mark.parametrize(
    "content", [b"", b"no archive", gzip.compress(b"no tar" * 200), b"\x1f\x8b"]
)
def test_a_broken_archive_is_no_crash(dist: Path, content: bytes) -> None:
    (dist / "demo-1.0.tar.gz").write_bytes(content)
    assert refusal(dist)[1] == "Failed to decode source distribution"


def test_an_archive_that_was_cut_is_no_crash(dist: Path) -> None:
    path = write_sdist(dist, ("demo-1.0/PKG-INFO", PKG_INFO), ("demo-1.0/a", b"x" * 100_000))
    path.write_bytes(path.read_bytes()[:-40])
    assert refusal(dist)[1] == "Failed to decode source distribution"


def test_only_tar_gz_is_a_source_distribution_for_indexes(dist: Path) -> None:
    (dist / "demo-1.0.zip").write_bytes(b"")
    assert refusal(dist)[1] == (
        "Only files ending in `.tar.gz` are valid source distributions: demo-1.0.zip"
    )


@pytest.mark.parametrize(
    ("wheel", "reason"),
    [
        ({"dist_info": "other-1.0.dist-info"}, "does not start with the normalized package name"),
        ({"files": {"x-1.0.dist-info/METADATA": "x"}}, "Multiple .dist-info directories found"),
        ({"metadata_name": "other"}, "The metadata is of `other`"),
        ({"metadata_version": "3"}, "The metadata is of version `3`"),
        ({"metadata": "nothing"}, "Metadata field Metadata-Version not found"),
    ],
)
def test_a_wheel_that_cannot_be_published_says_why(
    dist: Path, wheel: dict[str, object], reason: str
) -> None:
    make_wheel(dist, "demo", "1.0", **wheel)  # type: ignore[arg-type]
    assert reason in refusal(dist)[-1]


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"not a zip file at all"])
def test_a_broken_wheel_is_no_crash(dist: Path, content: bytes) -> None:
    (dist / "demo-1.0-py3-none-any.whl").write_bytes(content)
    assert refusal(dist)[1:3] == ["Failed to read metadata", "Failed to read from zip file"]


NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1).filter(lambda text: text[0] != "-")
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20
)


@given(
    headers=st.lists(st.tuples(NAMES, st.lists(TEXTS, min_size=1, max_size=3)), min_size=1),
    body=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40),
)
def test_headers_are_read_as_the_standard_library_reads_them(
    headers: list[tuple[str, list[str]]], body: str
) -> None:
    written = [f"{name}: " + "\n  ".join(lines) for name, lines in headers]
    data = ("\n".join(written) + f"\n\n{body}").encode()
    found, rest = parse(data)
    expected = BytesParser(policy=compat32).parsebytes(data)
    assert rest == body
    assert sum(map(len, found.values())) == len(headers)
    for name in {name for name, _ in headers}:
        theirs = [_text(each) for each in expected.get_all(name, [])]
        assert [text.split() for text in found[name]] == [text.split() for text in theirs]


def _text(header: object) -> str:
    """A header that the library read as bytes of an unknown encoding."""
    if isinstance(header, Header):
        raw = "".join(part for part, _ in header._chunks)  # type: ignore[attr-defined]
        return str(raw).encode("ascii", "surrogateescape").decode()
    return str(header)


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_to_something(data: bytes) -> None:
    headers, body = parse(data)
    assert all(isinstance(text, str) for texts in headers.values() for text in texts)
    assert isinstance(body, str)
