"""What is said of directories and archives that are no good, and with which exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels, make_project
from tests.support.commands import Weft


@pytest.fixture
def bench(weft: Weft) -> Weft:
    weft.venv()
    return weft


def in_tree(weft: Weft, code: str, *, project: str = "") -> None:
    """`tree` with a back end of its own."""
    tree = weft.cwd / "tree"
    tree.mkdir()
    (tree / "pyproject.toml").write_text(
        f'{project}\n[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    )
    (tree / "own.py").write_text(code)


NAMELESS = """
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    import os
    os.mkdir(directory + "/tree-1.dist-info")
    with open(directory + "/tree-1.dist-info/METADATA", "w") as file:
        file.write("Metadata-Version: 2.1\\nVersion: 1\\n")
    return "tree-1.dist-info"
"""


def test_metadata_without_a_name_is_refused(bench: Weft) -> None:
    in_tree(bench, NAMELESS)
    done = bench("pip", "install", "./tree")
    assert done.code == 1
    assert done.lines[-2:] == [
        "error: Failed to parse metadata from built wheel",
        "  cause: Metadata field Name not found",
    ]


@pytest.mark.parametrize("project", ['[project]\nversion = "1"', '[project]\nname = "x!y"'])
def test_a_project_that_cannot_be_met_is_no_wrong_usage(bench: Weft, project: str) -> None:
    in_tree(bench, NAMELESS, project=project)
    done = bench("pip", "install", "./tree")
    assert done.code == 1
    assert "Traceback" not in done.err


def test_as_a_list_of_requirements_it_is_bad_input(bench: Weft) -> None:
    (bench.cwd / "setup.cfg").write_text("[metadata]\nname = sample\n")
    done = bench("pip", "install", "-r", "setup.cfg")
    assert done.code == 2
    assert "does not appear to be a Python project" in done.err


@pytest.mark.parametrize(
    ("filename", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'Some_Thing'\nversion = '1'\ndependencies = ['?']\n"),
        ("pyproject.toml", "[tool.poetry]\nname = 'some-thing'\n"),
        ("setup.cfg", "[metadata]\nname = some.thing\ndescription = 100%\n"),
    ],
)
def test_errors_name_the_project_that_names_itself(bench: Weft, filename: str, text: str) -> None:
    tree = bench.cwd / "tree"
    tree.mkdir()
    (tree / filename).write_text(
        text + "[build-system]\nrequires = []\nbuild-backend = 'nowhere'\n" * ("toml" in filename)
    )
    done = bench("pip", "install", "./tree")
    assert done.code == 1
    assert f"error: Failed to build `some-thing @ file://{tree}`" in done.lines


def test_a_wheel_that_may_not_be_built_is_told_by_name(bench: Weft, wheels: Path) -> None:
    backend_wheels(wheels)
    make_project(bench.cwd / "tree", "flit_core", "sample")
    done = bench("pip", "install", "--no-build", "./tree")
    assert (done.code, done.lines[-1]) == (
        1,
        "error: Building source distributions is disabled, but attempted to build `sample`",
    )


def test_what_a_build_needs_offline_says_that_the_network_is_off(bench: Weft) -> None:
    make_project(bench.cwd / "tree", "flit_core", "sample")
    done = bench("pip", "install", "--offline", "./tree")
    assert done.code == 1
    assert "because the network was disabled" in done.lines[-1]


@pytest.mark.parametrize("name", ["./notes.txt", "./tree==1.0", "file:///nowhere/notes.txt"])
def test_a_file_that_is_no_archive_is_bad_input(bench: Weft, name: str) -> None:
    (bench.cwd / "notes.txt").write_text("wick\n")
    done = bench("pip", "install", name)
    assert done.code == 2
    assert f"error: Failed to parse: `{name}`" in done.lines
    assert "to end in a supported file extension: `.whl`, `.tar.gz`" in done.err


def test_the_editable_one_of_two_ways_to_a_project_counts(bench: Weft, wheels: Path) -> None:
    backend_wheels(wheels)
    tree = make_project(bench.cwd / "tree", "hatchling", "sample")
    bench.ok("pip", "install", "./tree", "-e", "./tree")
    assert bench.ok("pip", "freeze").out == f"-e file://{tree}\n"


def test_a_missing_extra_is_told_with_the_place(bench: Weft, wheels: Path) -> None:
    backend_wheels(wheels)
    tree = make_project(bench.cwd / "tree", "flit_core", "sample")
    done = bench.ok("pip", "install", "./tree[nope]")
    assert done.lines[-1] == (
        f"warning: The package `sample @ file://{tree}` does not have an extra named `nope`"
    )


def test_a_copy_of_an_archive_is_recorded_with_its_own_state(bench: Weft, wheels: Path) -> None:
    from tests.support.backends import make_sdist

    backend_wheels(wheels)
    archive = Path(make_sdist(bench.cwd, "flit_core", "sample", "1.5"))
    bench.ok("pip", "install", str(archive))
    os.utime(archive)
    bench.ok("pip", "install", "--reinstall", str(archive))
    assert bench.ok("pip", "install", str(archive)).lines == ["Checked 1 package in T"]


def test_the_way_to_a_project_is_written_without_detours(bench: Weft, wheels: Path) -> None:
    backend_wheels(wheels)
    make_project(bench.cwd / "tree", "flit_core", "sample")
    bench.ok("pip", "install", f"sample @ file://{bench.cwd}/other/../tree")
    assert bench.ok("pip", "freeze").out == f"sample @ file://{bench.cwd}/tree\n"


def test_output_that_is_shown_has_no_frames_of_ours(bench: Weft) -> None:
    in_tree(
        bench, "def build_sdist(directory, config_settings=None):\n    raise ValueError('no')\n"
    )
    done = bench("build", "tree")
    assert done.code == 2
    assert "ValueError: no" in done.err
    assert "_in_process" not in done.err


@pytest.mark.parametrize("named", ["", "sample @ "])
def test_a_server_that_cannot_be_reached_is_no_fault_of_the_project(
    bench: Weft, named: str
) -> None:
    url = "http://127.0.0.1:1/sample-1.0.tar.gz"
    done = bench("pip", "install", f"{named}{url}", UV_HTTP_RETRIES="0")
    assert done.code == 2
    assert f"Failed to fetch: `{url}`" in done.err or f"Failed to fetch: {url}" in done.err
