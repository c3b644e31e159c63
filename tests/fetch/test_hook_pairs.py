"""Two hooks of one start: as if each had been called by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fetch.building import Here, build_of
from weft.core.errors import WeftError
from weft.fetch.build_failures import BuildFailure, HookFailure
from weft.fetch.tree_build import TreeBuild

# Notes every call with its process; `code` of a test goes behind it.
BACK_END = """
import os, sys, zipfile

def note(what):
    with open(os.environ["NOTES"], "a") as file:
        file.write("%s %d\\n" % (what, os.getpid()))

note("import")
seen = []

def get_requires_for_build_wheel(config_settings=None):
    note("requires")
    seen.append("requires")
    print("asked")
    return []

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    note("metadata")
    assert not seen, "a process in which another hook has run"
    os.mkdir(directory + "/demo-1.0.dist-info")
    return "demo-1.0.dist-info"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    note("build")
    assert not seen, "a process in which another hook has run"
    with zipfile.ZipFile(directory + "/demo-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("settings", repr(config_settings))
    return "demo-1.0-py3-none-any.whl"
"""


class Bench:
    """A project whose back end is installed in the environment of its hooks."""

    def __init__(self, place: Path, code: str) -> None:
        self.place = place
        site, tree = place / "site", place / "tree"
        site.mkdir()
        tree.mkdir()
        (site / "backend.py").write_text(BACK_END + code)
        (tree / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["one"]\nbuild-backend = "backend"\n'
        )
        self.here = Here()
        self.here.environ |= {"PYTHONPATH": str(site), "NOTES": str(place / "notes")}
        self.build: TreeBuild = build_of(tree, place, self.here)

    def wheel(self) -> str:
        return self.build.wheel(str(self.place / "out"))

    def notes(self) -> list[tuple[str, str]]:
        rows = (line.split() for line in (self.place / "notes").read_text().splitlines())
        return [(what, number) for what, number in rows]

    def failure(self) -> HookFailure:
        with pytest.raises(BuildFailure) as caught:
            self.wheel()
        cause: object = caught.value.__cause__
        assert isinstance(cause, HookFailure)
        return cause


def test_two_hooks_take_one_start_and_two_processes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "")
    assert os.path.isfile(bench.wheel())
    notes = bench.notes()
    assert [what for what, _ in notes] == ["import", "requires", "build"]
    assert notes[0][1] == notes[2][1] != notes[1][1]
    assert bench.here.asked == [("one",)]


def test_metadata_follows_too_and_a_later_wheel_starts_anew(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "")
    assert bench.build.metadata() is not None
    assert os.path.isfile(bench.wheel())
    assert [what for what, _ in bench.notes()] == [
        "import", "requires", "metadata", "import", "build",
    ]  # fmt: skip


def test_nothing_follows_where_more_is_required(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "def get_requires_for_build_wheel(*a): return ['one', 'two']\n")
    bench.wheel()
    assert [what for what, _ in bench.notes()] == ["import", "import", "build"]
    assert bench.here.asked == [("one",), ("one", "two")]


def test_what_is_required_already_is_not_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "def get_requires_for_build_wheel(*a): return ['one']\n")
    bench.wheel()
    assert [what for what, _ in bench.notes()] == ["import", "build"]


def test_nothing_is_forked_where_threads_run(tmp_path: Path) -> None:
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(1,)).start()\n"
    bench = Bench(tmp_path, code)
    bench.wheel()
    assert [what for what, _ in bench.notes()] == ["import", "requires", "import", "build"]


FAILURES = {
    "raises": ("print('before'); raise ValueError('said by the hook')", 1),
    "exits": ("print('before', flush=True); os._exit(7)", 7),
    "is killed": ("print('before', flush=True); os.kill(os.getpid(), 9)", -9),
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_failure_is_that_of_the_hook_that_failed(tmp_path: Path, how: str) -> None:
    body, code = FAILURES[how]
    bench = Bench(tmp_path, f"def build_wheel(*a):\n    {body}\n")
    failure = bench.failure()
    assert (failure.call, failure.code) == ("backend.build_wheel", code)
    assert failure.stdout == b"before\n", "what the first hook said is not shown"
    assert b'File "<string>"' not in failure.stderr


@pytest.mark.parametrize("how", FAILURES)
def test_a_failure_of_the_first_hook_ends_it(tmp_path: Path, how: str) -> None:
    body, code = FAILURES[how]
    bench = Bench(tmp_path, f"def get_requires_for_build_wheel(*a):\n    {body}\n")
    failure = bench.failure()
    assert (failure.call, failure.code) == ("backend.get_requires_for_build_wheel", code)
    assert failure.stdout == b"before\n"
    assert [what for what, _ in bench.notes()] == ["import"]


def test_a_failure_after_much_output_is_told_right(tmp_path: Path) -> None:
    """Its middle, with the mark between the hooks, is not kept."""
    noise = "print('x' * 100 + chr(10), end='')"
    code = (
        "def get_requires_for_build_wheel(*a):\n"
        f"    for _ in range(9000): {noise}\n    return []\n"
        f"def build_wheel(*a):\n    for _ in range(9000): {noise}\n    raise ValueError('late')\n"
    )
    failure = Bench(tmp_path, code).failure()
    assert failure.call == "backend.build_wheel"
    assert b"ValueError: late" in failure.stderr


def test_a_back_end_that_cannot_be_loaded_is_told_as_ever(tmp_path: Path) -> None:
    failure = Bench(tmp_path, "import not_there\n").failure()
    assert failure.call == "backend.get_requires_for_build_wheel"
    assert "Cannot import `backend`" in WeftError.__str__(failure)
    assert b"No module named 'not_there'" in failure.stderr


def test_config_settings_reach_both(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "")
    build = build_of(bench.place / "tree", tmp_path, bench.here, config_settings={"a": "ü"})
    import zipfile

    with zipfile.ZipFile(build.wheel(str(tmp_path / "out"))) as archive:
        assert archive.read("settings").decode() == "{'a': 'ü'}"


def test_the_tree_is_not_on_the_path_of_its_back_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "assert '' not in sys.path and os.getcwd() not in sys.path\n")
    (tmp_path / "tree" / "json.py").write_text("raise SystemExit('the wrong json')\n")
    bench.wheel()


def test_an_exit_without_an_answer_is_told(tmp_path: Path) -> None:
    failure = Bench(tmp_path, "def build_wheel(*a): os._exit(0)\n").failure()
    assert failure.call == "backend.build_wheel"
    assert "The hook gave no answer" in WeftError.__str__(failure)
