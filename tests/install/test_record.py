"""RECORD rows and launcher texts."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.install.launcher import EntryPointError, launcher, rewritten, shebang
from weft.install.record import RecordError, format_row, parse_record

PATHS = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1, max_size=20
)


@given(st.lists(st.tuples(PATHS, st.binary(min_size=32, max_size=32) | st.none())))
def test_rows_come_back_as_they_were(rows: list[tuple[str, bytes | None]]) -> None:
    data = "".join(format_row(path, digest, 7) for path, digest in rows).encode()
    assert [(path, bool(digest), bool(size)) for path, digest, size in parse_record(data)] == [
        (path, digest is not None, digest is not None) for path, digest in rows
    ]


# Python 3.11's `csv` does not quote a carriage return where lines end otherwise.
@given(
    st.lists(
        st.tuples(PATHS.filter(lambda path: "\r" not in path), st.just("sha256=x"), st.just("1"))
    )
)
def test_what_the_csv_module_writes_is_read(rows: list[tuple[str, str, str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    assert parse_record(stream.getvalue().encode()) == rows


def test_odd_records_are_read() -> None:
    data = b"a.py,sha256=x,1\r\nb.py\r\n\r\n\xff.py,,\n"
    assert parse_record(data) == [
        ("a.py", "sha256=x", "1"),
        ("b.py", "", ""),
        ("\udcff.py", "", ""),
    ]


def test_a_record_that_is_no_csv_is_refused() -> None:
    with pytest.raises(RecordError, match=r"Invalid `RECORD` file at `here`"):
        parse_record(b'"a.py,\n', "here")


def test_plain_paths_get_a_plain_first_line() -> None:
    assert shebang("/env/bin/python") == b"#!/env/bin/python\n"
    longest = "/" + "x" * 124
    assert shebang(longest) == f"#!{longest}\n".encode()
    assert shebang(longest + "x").startswith(b"#!/bin/sh\n")


@given(st.text("ab' \"$`\\!x", min_size=1, max_size=12))
def test_the_shell_lines_are_a_string_to_python(name: str) -> None:
    text = shebang(f"/{name} /python").decode()
    if "\\" not in name:
        compile(text + "x = 1\n", "script", "exec")
    assert text.count("\n") == 3


def test_only_identifiers_become_code() -> None:
    text = launcher("n", "a.b", "c.d", first_line=b"#!x\n").decode()
    assert text.startswith("#!x\n")
    assert "from a.b import c\n" in text
    assert "sys.exit(c.d())" in text
    for module, attribute in [("a b", "c"), ("a", ""), ("", "c"), ("a;x", "c"), ("a", "c()")]:
        with pytest.raises(EntryPointError):
            launcher("n", module, attribute, first_line=b"#!x\n")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (b"#!python\nbody\n", b"#!new\nbody\n"),
        (b"#!pythonw -E\r\nbody", b"#!new\nbody"),
        (b"#!python", b"#!new\n"),
    ],
)
def test_the_first_line_of_a_script_is_replaced(script: bytes, expected: bytes) -> None:
    assert rewritten(script, first_line=b"#!new\n") == expected
