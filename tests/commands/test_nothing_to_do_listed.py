"""The verdict over requirements files, with projects in them: early, and never wrongly."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels, make_project
from tests.support.commands import Weft
from tests.support.wheels import make_wheel

WORDS = ("pip", "install", "--offline", "--link-mode=hardlink", "-r", "listing.txt")
CHECKED = ["Checked 3 packages in T"]
MARKED = ["Checked 77 packages in T"]
LISTING = "-e ./project\nfiles/other-1.0-py3-none-any.whl\n-r nested/more.txt\n"


def verdicts(weft: Weft) -> list[Path]:
    return list((weft.cache / "installed-v1").glob("verdict-*"))


@pytest.fixture
def listed(weft: Weft, wheels: Path) -> Weft:
    """A listing with an editable project, an archive and a nested listing; the verdict is kept."""
    backend_wheels(wheels, "flit_core")
    make_project(weft.cwd / "project", "flit_core", "sample", requires=())
    make_wheel(weft.cwd / "files", "other", "1.0")
    (weft.cwd / "nested").mkdir()
    (weft.cwd / "nested" / "more.txt").write_text("wick\n")
    (weft.cwd / "limits.txt").write_text("wick<9\n")
    (weft.cwd / "listing.txt").write_text(LISTING)
    weft.environ["UV_CACHE_DIR"] = str(weft.root / "uv-cache")
    weft.environ["UV_CONSTRAINT"] = str(weft.cwd / "limits.txt")
    weft.venv()
    weft.ok("pip", "install", "-r", "listing.txt")
    settle(weft)
    return weft


def settle(weft: Weft) -> None:
    """Until a verdict is kept: everything has to be older than a moment."""
    time.sleep(0.2)
    for _ in range(2):
        assert weft.ok(*WORDS).lines == CHECKED
    assert len(verdicts(weft)) == 1


def uv(weft: Weft, *words: str) -> None:
    command = [str(Path(sys.executable).parent / "uv"), "pip", "install", "-q", *words]
    index = weft.environ["WEFT_DEFAULT_INDEX"]
    subprocess.run([*command, "--default-index", index], cwd=weft.cwd, env=weft.environ, check=True)


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def replace_by_link(weft: Weft) -> None:
    """Another project in the same place."""
    (weft.cwd / "project").rename(weft.cwd / "away")
    make_project(weft.cwd / "second", "flit_core", "sample", "2.0")
    (weft.cwd / "project").symlink_to("second")


def recreate_source(weft: Weft) -> None:
    (weft.cwd / "project" / "src").rename(weft.cwd / "project" / "old")
    (weft.cwd / "project" / "src").mkdir()
    os.rename(weft.cwd / "project/old/sample", weft.cwd / "project/src/sample")


def write_later(path: Path, text: str) -> None:
    """An edit that leaves size and mtime as they were."""
    times = path.stat()
    path.write_text(text)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


CHANGES: dict[str, tuple[Callable[[Weft], object], bool]] = {
    # What is done, and whether there is something to do then.
    "nothing": (lambda weft: None, False),
    "pyproject.toml edited": (
        lambda weft: append(weft.cwd / "project/pyproject.toml", "# more\n"),
        True,
    ),
    "pyproject.toml touched": (lambda weft: os.utime(weft.cwd / "project/pyproject.toml"), True),
    "setup.py added": (lambda weft: (weft.cwd / "project/setup.py").write_text(""), True),
    "setup.cfg added": (lambda weft: (weft.cwd / "project/setup.cfg").write_text(""), True),
    "src made again": (recreate_source, True),
    "src gone": (lambda weft: os.rename(weft.cwd / "project/src", weft.cwd / "s"), True),
    "a module added": (
        lambda weft: (weft.cwd / "project/src/sample/more.py").write_text(""),
        False,
    ),
    "the project replaced": (replace_by_link, True),
    "the archive touched": (
        lambda weft: os.utime(weft.cwd / "files/other-1.0-py3-none-any.whl"),
        True,
    ),
    "the archive gone": (
        lambda weft: (weft.cwd / "files/other-1.0-py3-none-any.whl").unlink(),
        True,
    ),
    "the listing extended": (lambda weft: append(weft.cwd / "listing.txt", "oil\n"), True),
    "the listing cut": (lambda weft: (weft.cwd / "listing.txt").write_text("wick\n"), True),
    "the same size and mtime": (
        lambda weft: write_later(weft.cwd / "nested/more.txt", "tick\n"),
        True,
    ),
    "the nested listing edited": (
        lambda weft: (weft.cwd / "nested/more.txt").write_text("wick<1\n"),
        True,
    ),
    "the nested listing gone": (lambda weft: (weft.cwd / "nested/more.txt").unlink(), True),
    "the constraints edited": (lambda weft: (weft.cwd / "limits.txt").write_text("wick>9\n"), True),
    "reinstalled by uv": (lambda weft: uv(weft, "--reinstall", "-e", "./project"), False),
    "not editable, by uv": (lambda weft: uv(weft, "./project"), True),
    "removed": (lambda weft: weft.ok("pip", "uninstall", "sample"), True),
    "direct_url.json edited": (
        lambda weft: append(weft.site_packages() / "sample-1.0.dist-info/direct_url.json", " x"),
        True,
    ),
    "uv_cache.json edited": (
        lambda weft: (weft.site_packages() / "sample-1.0.dist-info/uv_cache.json").write_text("{}"),
        True,
    ),
    "uv_build.json edited": (
        lambda weft: (weft.site_packages() / "sample-1.0.dist-info/uv_build.json").write_text(
            '{"config_settings":{"a":"b"}}'
        ),
        True,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_memory_never_says_what_the_command_would_not(listed: Weft, change: str) -> None:
    make, matters = CHANGES[change]
    make(listed)
    mark(listed)
    anew = listed(*WORDS, "--dry-run")  # other words, which have no verdict
    assert (anew.lines[:1] == CHECKED) is not matters, anew.err
    done = listed(*WORDS)
    if change in ("nothing", "a module added"):
        assert done.lines == MARKED, "it was not remembered"
    else:
        assert done.lines != MARKED, "the change was overlooked"
        assert (done.lines == CHECKED) is not matters


def mark(weft: Weft) -> None:
    """Have the memory tell another count, so that its answer is known by it."""
    (path,) = verdicts(weft)
    form, (_, *said), stamps = marshal.loads(path.read_bytes())
    path.write_bytes(marshal.dumps((form, (77, *said), stamps)))


def test_a_listing_that_is_no_file_is_read_each_time(listed: Weft) -> None:
    """The words stay the same, and what comes through the pipe does not."""
    before = len(verdicts(listed))
    for text, code in (("wick\n", 0), ("wick\n", 0), ("nobody-has-this\n", 1)):
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        command = [sys.executable, "-m", "weft", *WORDS[:-1], f"/dev/fd/{reading}"]
        done = subprocess.run(
            command, cwd=listed.cwd, env=listed.environ, pass_fds=(reading,), capture_output=True
        )
        os.close(reading)
        assert done.returncode == code, done.stderr
    assert len(verdicts(listed)) == before


@pytest.mark.parametrize(
    "keys", ["[{git = true}]", '["src/**/*.py"]', '[{env = "LINES"}]'], ids=["git", "glob", "env"]
)
def test_what_cannot_be_named_beforehand_is_looked_at_each_time(listed: Weft, keys: str) -> None:
    path = listed.cwd / "project/pyproject.toml"
    append(path, f"\n[tool.uv]\ncache-keys = {keys}\n")
    listed.ok(*WORDS)
    time.sleep(0.2)
    for kept in verdicts(listed):
        kept.unlink()
    assert listed.ok(*WORDS).lines == CHECKED
    assert verdicts(listed) == []


def test_files_and_directories_of_cache_keys_are_looked_at(listed: Weft) -> None:
    keys = '[{file = "../limits.txt"}, {dir = "data"}]'
    append(listed.cwd / "project/pyproject.toml", f"\n[tool.uv]\ncache-keys = {keys}\n")
    listed.ok(*WORDS)
    for kept in verdicts(listed):
        kept.unlink()
    settle(listed)
    (listed.cwd / "project/data").mkdir()
    assert listed.ok(*WORDS).lines[-1].startswith(" ~ sample==1.0")
    settle(listed)
    os.utime(listed.cwd / "limits.txt")
    assert listed.ok(*WORDS).lines[-1].startswith(" ~ sample==1.0")


def test_warnings_come_each_time(listed: Weft) -> None:
    (listed.cwd / "second.txt").write_text("# nothing\n")
    time.sleep(0.1)
    first, again = (listed.ok(*WORDS, "-r", "second.txt") for _ in range(2))
    assert first.lines == again.lines
    assert len(first.lines) == 2
    assert len(verdicts(listed)) == 1


def test_a_project_file_is_read_each_time(listed: Weft) -> None:
    """Its sources may lead anywhere."""
    words = ("pip", "install", "--offline", "-r", "project/pyproject.toml")
    assert listed.ok(*words).code == 0
    assert len(verdicts(listed)) == 1
