"""`weft pip list, freeze, show, check, tree` and `uninstall`."""

from __future__ import annotations

import json

import pytest

from tests.support.commands import Weft


@pytest.fixture
def lit(weft: Weft) -> Weft:
    """An environment with three packages."""
    weft.venv()
    weft.ok("pip", "install", "-q", "lantern")
    return weft


def test_list_prints_columns_pins_and_json(lit: Weft) -> None:
    assert lit.ok("pip", "list").out.splitlines() == [
        "Package Version",
        "------- -------",
        "lantern 1.0",
        "oil     3.0",
        "wick    2.0",
    ]
    assert lit.ok("pip", "list", "--format", "freeze").out.split() == [
        "lantern==1.0", "oil==3.0", "wick==2.0",
    ]  # fmt: skip
    rows = json.loads(lit.ok("pip", "list", "--format", "json", "--exclude", "oil").out)
    assert rows == [{"name": "lantern", "version": "1.0"}, {"name": "wick", "version": "2.0"}]


def test_outdated_lists_what_the_index_has_newer(lit: Weft) -> None:
    assert lit.ok("pip", "list", "--outdated").out.splitlines() == [
        "Package Version Latest Type",
        "------- ------- ------ -----",
        "oil     3.0     4.0    wheel",
    ]


def test_show_tells_who_requires_whom(lit: Weft) -> None:
    done = lit.ok("pip", "show", "wick", "lantern", "nothing")
    location = lit.site_packages()
    assert done.out.splitlines() == [
        "Name: lantern",
        "Version: 1.0",
        f"Location: {location}",
        "Requires: oil, wick",
        "Required-by:",
        "---",
        "Name: wick",
        "Version: 2.0",
        f"Location: {location}",
        "Requires:",
        "Required-by: lantern",
    ]
    assert done.lines == ["warning: Package(s) not found for: nothing"]
    assert lit("pip", "show", "nothing").code == 1


def test_show_lists_files_from_the_record(lit: Weft) -> None:
    lines = lit.ok("pip", "show", "-f", "lantern").out.splitlines()
    files = [line.strip() for line in lines[lines.index("Files:") + 1 :]]
    assert "lantern/__init__.py" in files
    assert "../../../bin/lantern" in files
    assert "lantern-1.0.dist-info/RECORD" in files


def test_check_finds_what_is_missing_or_does_not_fit(lit: Weft) -> None:
    done = lit.ok("pip", "check")
    assert done.lines == ["Checked 3 packages in T", "All installed packages are compatible"]
    lit.ok("pip", "uninstall", "-q", "wick")
    lit.ok("pip", "install", "-q", "--no-deps", "oil==4.0")
    done = lit("pip", "check")
    assert (done.code, done.out) == (1, "")
    assert done.lines == [
        "Checked 2 packages in T",
        "Found 2 incompatibilities",
        "The package `lantern` requires `wick>=1`, but it's not installed",
        "The package `lantern` requires `oil>=2,<4`, but `4.0` is installed",
    ]


def test_tree_draws_requirements_and_their_inversion(lit: Weft) -> None:
    assert lit.ok("pip", "tree", "--show-version-specifiers").out.splitlines() == [
        "lantern v1.0",
        "├── oil v3.0 [required: >=2, <4]",
        "└── wick v2.0 [required: >=1]",
    ]
    assert lit.ok("pip", "tree", "--invert", "--package", "oil").out.splitlines() == [
        "oil v3.0",
        "└── lantern v1.0",
    ]


def test_uninstall_removes_files_scripts_and_directories(lit: Weft) -> None:
    assert (lit.cwd / ".venv/bin/lantern").exists()
    done = lit.ok("pip", "uninstall", "lantern", "nothing")
    assert done.lines == [
        "warning: Skipping nothing as it is not installed",
        "Uninstalled 1 package in T",
        " - lantern==1.0",
    ]
    assert not (lit.cwd / ".venv/bin/lantern").exists()
    assert not list(lit.site_packages().glob("lantern*"))
    assert lit.ok("pip", "uninstall", "nothing", "lantern").lines == [
        "warning: Skipping lantern as it is not installed",
        "warning: Skipping nothing as it is not installed",
        "warning: No packages to uninstall",
    ]


def test_quiet_keeps_lists_and_drops_the_rest(lit: Weft) -> None:
    assert lit.ok("-q", "pip", "list").out
    assert lit.ok("-q", "pip", "tree").out == ""
    done = lit("-qq", "pip", "install", "no-such-thing")
    assert (done.code, done.out, done.err) == (1, "", "")


def test_without_an_environment_there_is_an_error_that_helps(weft: Weft) -> None:
    done = weft("pip", "install", "wick")
    assert done.code == 2
    assert done.lines == [
        "error: No virtual environment found; run `weft venv` to create an environment, or pass "
        "`--system` to install into a non-virtual environment"
    ]
