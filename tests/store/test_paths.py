"""Names: the rules for one name agree with what a file system would do with it."""

from __future__ import annotations

import os
import tempfile
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as some

from weft.store.errors import Refused, shown
from weft.store.paths import check_paths, path_fault
from weft.store.record import quoted
from weft.store.scripts import is_interpreter_name, parse_entry_points, script_fault

names = some.lists(
    some.sampled_from(
        [b"a", b"b", b"A", b"..", b".", b"", b"c:", b"x\0", b"\\", "é".encode(), b"\xff"]
    ),
    min_size=1,
    max_size=4,
).map(b"/".join)


@given(names)
def test_a_name_without_fault_stays_below_its_root(name: bytes) -> None:
    if path_fault(name):
        return
    root = b"/root/of/tree"
    joined = os.path.normpath(os.path.join(root, name))
    assert joined == root + b"/" + name
    assert len(PurePosixPath(os.fsdecode(name)).parts) == name.count(b"/") + 1


@given(some.lists(names, min_size=1, max_size=6))
def test_all_names_together_are_as_good_as_each(paths: list[bytes]) -> None:
    """What passes can be written to a real directory; what has a fault never passes."""
    try:
        directories = check_paths(paths)
    except Refused:
        return
    assert not any(map(path_fault, paths))
    with tempfile.TemporaryDirectory() as root:
        for directory in directories:
            os.mkdir(os.path.join(os.fsencode(root), directory))
        for path in paths:
            with open(os.path.join(os.fsencode(root), path), "xb"):
                pass


@given(some.lists(names, min_size=1, max_size=6))
def test_one_bad_name_spoils_the_wheel(paths: list[bytes]) -> None:
    if any(map(path_fault, paths)):
        with pytest.raises(Refused):
            check_paths(paths)


def test_colons_are_fine_where_they_name_no_drive() -> None:
    assert check_paths([b"1:2.txt", b"share/man/Foo::Bar.3pm"]) == [b"share", b"share/man"]


def test_a_forest_of_directories_is_refused() -> None:
    paths = [b"%d/" % number + b"d/" * 400 + b"file" for number in range(400)]
    with pytest.raises(Refused, match="more than 100000 directories"):
        check_paths(paths)


def test_explicit_directories_are_checked_but_not_needed() -> None:
    assert check_paths([b"a/b/c.py"], [b"a", b"empty"]) == [b"a", b"a/b"]
    with pytest.raises(Refused, match="leaves the directory"):
        check_paths([b"a"], [b"../b"])
    with pytest.raises(Refused, match="a file and a directory"):
        check_paths([b"a"], [b"A"])


@pytest.mark.parametrize(
    "name",
    [
        "python", "Python", "PYTHON.EXE", "python3", "python3.13", "python3.13t", "python3.12d",
        "pythonw", "pythonw3.exe", "python.py", "pypy", "pypy3", "pypy3.10", "pypyw", "graalpy",
    ],
)  # fmt: skip
def test_interpreter_names_are_reserved(name: str) -> None:
    assert is_interpreter_name(name)
    assert "reserved name" in script_fault(name)


@pytest.mark.parametrize(
    "name", ["pypyr", "python-config", "pythonic", "ipython", "py", "pip3.11", "python3-config"]
)
def test_other_names_are_not(name: str) -> None:
    assert script_fault(name) == ""


def test_entry_points_are_read_as_other_installers_read_them() -> None:
    text = b"""\xef\xbb\xbf
# comment
[console_scripts]
a.b-c = pkg.mod:Class.method
  indented=pkg:main [extra1, extra2]
; another comment
Twice = pkg:first
Twice = pkg:second
[other]
anything = at all
[ gui_scripts ]
g = caf\xc3\xa9:main
"""
    assert parse_entry_points(text, b"entry_points.txt") == (
        ("console", "Twice", "pkg", "second"),
        ("console", "a.b-c", "pkg.mod", "Class.method"),
        ("console", "indented", "pkg", "main"),
        ("gui", "g", "caf\u00e9", "main"),
    )


def test_paths_in_rows_are_quoted_when_needed() -> None:
    assert quoted(b"a/b c.py") == b"a/b c.py"
    assert quoted(b'a,"b".py') == b'"a,""b"".py"'


def test_names_are_shown_without_escapes() -> None:
    assert shown(b"a\x1b[31m\xff") == "a\\x1b[31m\\xff"
    assert len(shown("x" * 5000)) == 160
