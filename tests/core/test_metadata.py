"""`packaging.metadata` is the oracle for the scan of headers."""

from __future__ import annotations

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import parse_email

from weft.core.metadata import Metadata, MetadataError, pack, unpack, with_packed

WORDS = st.text(alphabet="ab1 .-_:;é日", max_size=12).map(lambda text: " ".join(text.split()))
FIELDS = st.sampled_from(
    [
        *("Summary", "summary", "Requires-Dist", "REQUIRES-DIST", "Provides-Extra", "Author"),
        *("Requires-Python", "Dynamic", "Classifier", "License"),
    ]
)


@st.composite
def headers(draw: st.DrawFn) -> str:
    """A header section; values are folded now and then."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = ["Metadata-Version: 2.1", "Name: Some.Name", "Version: 1.0"]
    once: set[str] = set()
    for field in draw(st.lists(FIELDS, max_size=8)):
        if field.lower() in ("summary", "requires-python", "author", "license"):
            if field.lower() in once:
                continue
            once.add(field.lower())
        value = draw(WORDS)
        folded = draw(st.sampled_from(["", "", "x", "y z"]))
        lines.append(f"{field}: {value}" + (f"{end}    {folded}" if value and folded else ""))
    body = draw(st.sampled_from(["", f"{end}{end}Requires-Dist: body", f"{end}{end}text"]))
    return end.join(lines) + body


def joined(value: str) -> str:
    return " ".join(value.split())


@given(headers())
def test_the_scan_agrees_with_packaging(text: str) -> None:
    raw, _ = parse_email(text.encode())
    mine = Metadata.parse(text.encode())
    assert mine.name == raw["name"]
    assert mine.version == raw["version"]
    assert mine.metadata_version == raw["metadata_version"]
    assert joined(mine.summary) == joined(raw.get("summary", ""))
    assert [joined(item) for item in mine.requires_dist] == [
        joined(item) for item in raw.get("requires_dist", [])
    ]
    assert len(mine.provides_extra) == len(raw.get("provides_extra", []))
    assert [joined(item) for item in mine.dynamic] == [
        joined(item).lower() for item in raw.get("dynamic", [])
    ]
    assert joined(mine.requires_python or "") == joined(raw.get("requires_python", ""))


SAMPLE = b"""Metadata-Version: 2.4
Name: Foo.Bar
Version: 1.0-rc1
Summary: one line
Requires-Dist: a (>=1.0.*)
Requires-Dist: b[x] >=2;
   extra == 'Y_y'
Requires-Python: >=3.8
Provides-Extra: Y_y
Dynamic: Requires-Dist

Requires-Dist: not-a-header
"""


def test_a_whole_file() -> None:
    metadata = Metadata.parse(SAMPLE)
    assert metadata.name == "Foo.Bar"
    assert metadata.normalized_name == "foo-bar"
    assert metadata.version == "1.0rc1"
    assert metadata.requires_python == ">=3.8"
    assert metadata.provides_extra == ("y-y",)
    assert metadata.dynamic == ("requires-dist",)
    assert [requirement.text for requirement in metadata.requirements] == [
        "a>=1.0",
        "b[x]>=2 ; extra == 'y-y'",
    ]


def test_packing_keeps_everything_and_parses_once() -> None:
    metadata = Metadata.parse(SAMPLE)
    again = unpack(marshal.loads(marshal.dumps(pack(metadata))))
    assert again.requirements == metadata.requirements
    assert again == with_packed(metadata)
    assert pack(again) == pack(metadata)
    assert with_packed(again) is again


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Metadata field Name not found"),
        (b"Name: a\n", "Metadata field Version not found"),
        (b"Name: a\n\nVersion: 1\n", "Metadata field Version not found"),
        (b"Name: a\nno header\nVersion: 1\n", "Metadata field Version not found"),
        (b"Name: -\nVersion: 1\n", "Not a valid package or extra name: `-`"),
        (
            b"Name: a\nVersion: 1.x\n",
            "after parsing `1`, found `.x`, which is not part of a valid version",
        ),
    ],
)
def test_unusable_metadata_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        Metadata.parse(data)
    assert caught.value.message == message


def test_a_broken_requirement_is_named() -> None:
    metadata = Metadata.parse(b"Name: a\nVersion: 1\nRequires-Dist: b c\n")
    with pytest.raises(MetadataError, match="Failed to parse: `b c`"):
        pack(metadata)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        Metadata.parse(b"Name: a\nVersion: 1\n" + data)
    except MetadataError:
        pass


def test_a_byte_order_mark_and_bad_utf8_do_not_matter() -> None:
    found = Metadata.parse(b"\xef\xbb\xbfName: a\nVersion: 1\nSummary: \xff\n")
    assert (found.name, found.summary) == ("a", "�")
