"""`weft sync` with the lock that it makes or finds, beside uv; scripts; and doing nothing fast."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from tests.support.sync_pair import BUILD, HEAD, Pair
from tests.support.wheels import make_wheel

REASON = "hint: What is out of date"  # which uv does not say


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1"])
    for name in ("wick", "oil"):
        make_wheel(wheels, name, "1.0")
        make_wheel(wheels, name, "2.0")
    with IndexServer(wheels) as server:
        yield server


def test_the_lock_is_made_first(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["lantern"]\n', lock=False)
    assert "Would create lockfile at: uv.lock" in pair.lines("sync", "--dry-run")
    lines = pair.lines("sync")
    assert lines[2:4] == ["Resolved 3 packages in T", "Prepared 2 packages in T"]
    assert (pair.places["weft"] / "uv.lock").exists()
    assert pair.lines("sync") == ["Resolved 3 packages in T", "Checked 2 packages in T"]
    assert pair.lines("sync", "--locked") == ["Resolved 3 packages in T", "Checked 2 packages in T"]


def test_a_lock_that_is_not_up_to_date(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["lantern"]\n')
    pair.same("sync")
    pair.write("pyproject.toml", HEAD + 'dependencies = ["lantern", "oil"]\n')
    assert pair.same("sync", "--locked").code == 1
    assert "Would update lockfile at: uv.lock" in pair.lines("sync", "--dry-run")
    assert pair.same("sync", "--check").code == 1
    outcome = pair.same("sync", "--output-format", "json")
    assert '"action": "update"' in outcome.out
    assert pair.same("sync", "--check").code == 0
    pair.same("sync", "--check", "--locked")


def test_nothing_is_done_where_there_is_no_lock(pair: Pair) -> None:
    pair.project(HEAD, lock=False)
    assert pair.same("sync", "--locked").code == 1
    pair.same("sync", "--locked", "--dry-run")
    assert pair.same("sync", "--locked", "--frozen").code == 2


def test_what_cannot_be_solved_leaves_everything(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["lantern"]\n')
    pair.same("sync")
    before = (pair.places["weft"] / "uv.lock").read_bytes()
    pair.write("pyproject.toml", HEAD + 'dependencies = ["lantern", "wick<1"]\n')
    done = pair.run_one("weft", "sync")
    assert done.code == 1
    assert "No solution found" in done.err
    assert (pair.places["weft"] / "uv.lock").read_bytes() == before
    pair.write("pyproject.toml", HEAD + 'dependencies = ["lantern"]\n')
    assert pair.lines("sync") == ["Resolved 3 packages in T", "Checked 2 packages in T"]


def test_uv_and_weft_take_turns(pair: Pair) -> None:
    pair.package(".", "demo", HEAD + 'dependencies = ["lantern"]\n' + BUILD)
    place = pair.places["weft"]
    assert pair.run_one("weft", "sync").code == 0
    lock = (place / "uv.lock").read_bytes()
    for name in ("uv", "weft", "uv", "weft"):
        done = pair.run_one(name, "sync", "--project", str(place), UV_PROJECT_ENVIRONMENT="")
        assert done.code == 0
        assert done.lines == ["Resolved 3 packages in T", "Checked 3 packages in T"], name
    assert (place / "uv.lock").read_bytes() == lock


def test_nothing_to_do_is_remembered_until_something_changes(pair: Pair) -> None:
    text = HEAD + 'dependencies = ["lantern"]\n' + BUILD
    pair.package(".", "demo", text)
    place = pair.places["weft"]
    pair.run_one("weft", "sync")
    idle = ["Resolved 3 packages in T", "Checked 3 packages in T"]

    def sync(*words: str, **environ: str) -> list[str]:
        done = pair.run_one("weft", "sync", *words, **environ)
        assert done.code == 0, done.err
        return done.lines

    def remembered() -> bool:
        time.sleep(0.1)  # what changed a moment ago is not believed
        assert sync() == idle
        names = os.listdir(Path(pair.environ["WEFT_CACHE_DIR"]) / "installed-v1")
        return any(name.startswith("synced-") for name in names)

    assert remembered()
    site = next((place / ".venv" / "lib").iterdir()) / "site-packages"
    shutil.rmtree(site / "wick-2.0.dist-info")
    assert " + wick==2.0" in sync()
    assert remembered()
    (place / "pyproject.toml").write_text(text.replace('["lantern"]', '["lantern", "oil"]'))
    assert " + oil==2.0" in sync()
    (place / "pyproject.toml").write_text(text)
    assert " - oil==2.0" in sync()
    assert remembered()
    assert sync(VIRTUAL_ENV="/nowhere")[0].startswith("warning: `VIRTUAL_ENV=/nowhere`")
    (place / "src" / "demo" / "more.py").write_text("more = 1\n")
    assert sync() == idle  # an editable project needs nothing for that
    assert remembered()
    shutil.rmtree(place / ".venv")
    assert "Creating virtual environment at: .venv" in sync()


def test_scripts(pair: Pair, index: IndexServer) -> None:
    header = '# /// script\n# requires-python = ">=3.8"\n# dependencies = [{}]\n# ///\n'
    pair.write("a.py", header.format('"lantern"'))
    pair.write("plain.py", "import os\n")

    def both(*words: str) -> tuple[int, list[str]]:
        """The same but for where the two have the environments of scripts."""
        found = []
        for name in ("uv", "weft"):
            done = pair.run_one(name, "sync", "--script", *words)
            text = done.lines[: -2 if done.lines[-1].startswith(REASON) else None]
            lines = [line.partition("environment at: ")[0] for line in text]
            lines = [line.replace("`uv ", "`weft ") for line in lines if "Usage:" not in line]
            # uv calls the lock of a script `uv.lock` there, which it is not.
            lines = [line.replace("at `uv.lock` needs", "at `a.py.lock` needs") for line in lines]
            found.append((done.code, lines))
        assert found[0] == found[1], words
        return found[0]

    assert both("a.py", "--dry-run")[1][0].startswith("Would create script")
    lines = both("a.py")[1]
    assert lines[:2] == ["Creating script ", "Resolved 2 packages in T"]
    assert lines[-2:] == [" + lantern==1.0", " + wick==2.0"]
    assert both("a.py")[1][-1] == "Checked 2 packages in T"
    assert both("a.py", "--frozen")[0] == 2
    assert both("a.py", "--locked")[0] == 2
    assert both("a.py", "--extra", "x")[0] == 2
    assert both("plain.py")[0] == 2
    assert both("nothing.py")[0] == 2
    pair.write("a.py", header.format('"lantern", "oil"'))
    assert both("a.py", "--check")[0] == 1
    for name in ("uv", "weft"):
        assert pair.run_one(name, "lock", "--script", "a.py").code == 0
    assert both("a.py")[1][-1] == " + oil==2.0"
    both("a.py", "--frozen")
    both("a.py", "--check")
    pair.write("a.py", header.format('"oil"'))
    assert both("a.py", "--locked")[0] == 1
    assert both("a.py")[1][-2:] == [" - lantern==1.0", " - wick==2.0"]


def test_a_version_file_ends_the_memory(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["wick"]\n')
    place = pair.places["weft"]
    pair.run_one("weft", "sync")
    time.sleep(0.1)
    for _ in range(2):
        done = pair.run_one("weft", "sync")
        assert done.lines == ["Resolved 2 packages in T", "Checked 1 package in T"]
    (place / ".python-version").write_text("3.99\n")
    assert pair.run_one("weft", "sync").code == 2
    (place / ".python-version").unlink()
    (place / "weft.toml").write_text("offline = 1\n")
    assert "weft.toml" in pair.run_one("weft", "sync").err
