"""The decisions of `weft build` that need no disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import WeftError
from weft.ops.build_plan import Job, Steps, check_names, declared, shown_path, starting, steps
from weft.ops.build_work import Lines

TREE = Job("/p", "/p/dist")
ARCHIVE = Job("/p/demo-1.0.tar.gz", "/p", is_archive=True)


@pytest.mark.parametrize(
    ("sdist", "wheel", "expected"),
    [
        (False, False, Steps(sdist=True, wheel=True, chained=True)),
        (True, False, Steps(sdist=True, wheel=False)),
        (False, True, Steps(sdist=False, wheel=True)),
        (True, True, Steps(sdist=True, wheel=True)),
    ],
)
def test_a_tree_gives_what_was_asked_for_and_both_in_a_chain_otherwise(
    sdist: bool, wheel: bool, expected: Steps
) -> None:
    assert steps(TREE, sdist=sdist, wheel=wheel) == expected


def test_an_archive_gives_a_wheel_and_nothing_else() -> None:
    assert steps(ARCHIVE, sdist=False, wheel=True) == Steps(sdist=False, wheel=True, chained=True)
    for sdist, wheel in ((True, False), (True, True), (False, False)):
        with pytest.raises(WeftError):
            steps(ARCHIVE, sdist=sdist, wheel=wheel)
    with pytest.raises(WeftError, match=r"`notes\.txt` is not a valid build source"):
        steps(Job("/p/notes.txt", "/p", is_archive=True), sdist=False, wheel=True)


def test_lines_name_the_project_only_where_there_are_several() -> None:
    several = Job("/p", "/d", label="[demo] ")
    assert starting("sdist", TREE, chained=True) == "Building source distribution..."
    assert starting("wheel", TREE, chained=False) == "Building wheel..."
    assert starting("wheel", several, chained=True) == (
        "[demo] Building wheel from source distribution..."
    )


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("My_Demo-1.0.0.tar.gz", ("my-demo", "1.0.0")),
        ("a-b-2.zip", ("a-b", "2")),
        ("demo-1.0-1.tar.zst", ("demo-1-0", "1")),
        ("demo.tar.gz", None),
        ("-1.0.tar.gz", None),
        ("demo-x.tgz", None),
    ],
)
def test_archives_declare_a_name_and_a_version_or_nothing(
    filename: str, expected: tuple[str, str] | None
) -> None:
    assert declared(filename) == expected


def test_a_wheel_must_be_what_its_source_distribution_is() -> None:
    check_names("Demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl")
    check_names("anything.zip", "demo-1.0-py3-none-any.whl")
    with pytest.raises(WeftError, match="declares name other, but the wheel declares name demo"):
        check_names("other-1.0.tar.gz", "demo-1.0-py3-none-any.whl")
    with pytest.raises(WeftError, match=r"declares version 1\.1, but the wheel declares version 1"):
        check_names("demo-1.1.tar.gz", "demo-1.0-py3-none-any.whl")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/here/dist/x", "dist/x"),
        ("/here/./dist//x", "dist/x"),
        ("/here/../up/x", "../up/x"),
        ("/hereafter/x", "/hereafter/x"),
        ("/here", "."),
        ("/", "/"),
    ],
)
def test_paths_below_the_working_directory_are_shown_without_it(path: str, shown: str) -> None:
    assert shown_path(path, "/here") == shown


@given(st.lists(st.text("ab\n", max_size=5), max_size=6))
def test_output_in_pieces_comes_out_in_whole_lines(pieces: list[str]) -> None:
    told: list[str] = []
    lines = Lines(told.append)
    with lines:
        for piece in pieces:
            lines(piece.encode())
    whole = "".join(pieces)
    assert told == (whole.removesuffix("\n").split("\n") if whole else [])


def test_output_that_is_no_text_is_shown_all_the_same() -> None:
    told: list[str] = []
    lines = Lines(told.append)
    with lines:
        lines(b"\xffdone\r\nrest")
    assert told == ["\N{REPLACEMENT CHARACTER}done", "rest"]
