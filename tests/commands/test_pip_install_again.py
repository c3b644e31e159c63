"""What `weft pip install` came to is done again: only while everything that it came from stands."""

from __future__ import annotations

import fcntl
import marshal
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Finished, Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

WORDS = ("pip", "install", "-r", "wants.txt")
ADDED = [" + lantern==1.0", " + oil==3.0", " + wick==2.0"]
MARKED = "marked"


def kept(weft: Weft) -> list[Path]:
    return list((weft.cache / "installed-v1").glob("plan-*"))


def mark(weft: Weft) -> None:
    """Have the plans that are kept say something, to see whether one is used."""
    for path in kept(weft):
        form, row, stamps = marshal.loads(path.read_bytes())
        texts = [MARKED if place == NOTE else item for place, item in enumerate(row)]
        path.write_bytes(marshal.dumps((form, tuple(texts), stamps)))


FRESH, NOTE = 1, 4  # where a plan has until when it is fresh, and what it says first


def anew(weft: Weft, name: str = ".venv") -> None:
    """An environment in which nothing is installed, in place of what is there."""
    shutil.rmtree(weft.cwd / name, ignore_errors=True)
    pristine = weft.root / "pristine"
    if not pristine.exists():
        weft.ok("venv", "-q", "--python", sys.executable, str(pristine))
    shutil.copytree(pristine, weft.cwd / name, symlinks=True)


def again(weft: Weft, *words: str, **environ: str) -> Finished:
    """The same in an environment that was made anew."""
    anew(weft)
    return weft.ok(*(words or WORDS), **environ)


@pytest.fixture
def planned(weft: Weft, index: IndexServer) -> Weft:
    """A machine that remembers what the words come to."""
    index.cache_control = "max-age=600"
    (weft.cwd / "wants.txt").write_text("-r more.txt\n")
    (weft.cwd / "more.txt").write_text("lantern\n")
    for _ in range(2):  # what was downloaded a moment ago is not trusted yet
        assert again(weft).lines[-3:] == ADDED
        time.sleep(0.1)
    assert len(kept(weft)) == 1
    return weft


def contents(environment: Path) -> dict[str, object]:
    """Every file that a wheel brought, and what is recorded of it."""
    found: dict[str, object] = {}
    for path in sorted(environment.rglob("*")):
        name = str(path.relative_to(environment))
        if path.is_file() and not path.is_symlink() and name not in (".lock", "pyvenv.cfg"):
            found[name] = (path.stat().st_mode, path.read_bytes())
    return found


def test_the_environment_and_the_words_are_the_same(planned: Weft) -> None:
    usual = again(planned, WEFT_REUSE_RESOLUTIONS="0")
    there = contents(planned.cwd / ".venv")
    first = again(planned)
    assert first.lines == usual.lines
    assert contents(planned.cwd / ".venv") == there
    mark(planned)
    done = again(planned)
    assert (done.out, done.lines) == ("", [MARKED, *usual.lines])
    assert contents(planned.cwd / ".venv") == there
    script = planned.cwd / ".venv" / "bin" / "lantern"
    assert script.read_text().startswith(f"#!{planned.cwd}/.venv/bin/python")
    assert planned.python(".venv", "import lantern; lantern.main()") == "light"
    assert planned.ok(*WORDS).lines == ["Checked 1 package in T"]
    assert planned.ok("pip", "uninstall", "lantern").lines[-1] == " - lantern==1.0"


def test_a_dry_run_tells_and_does_nothing(planned: Weft) -> None:
    words = (*WORDS, "--dry-run")
    usual = again(planned, *words, WEFT_REUSE_RESOLUTIONS="0").lines
    for _ in range(2):
        assert again(planned, *words).lines == usual
        time.sleep(0.1)
    before = contents(planned.cwd / ".venv")
    mark(planned)
    assert planned.ok(*words).lines == [MARKED, *usual]
    assert contents(planned.cwd / ".venv") == before
    assert not (planned.cwd / ".venv" / ".lock").exists()
    planned.ok(*WORDS)
    assert planned.ok(*words).lines[-1] == "Would make no changes"


def test_a_quiet_run_stays_quiet(planned: Weft) -> None:
    for _ in range(3):
        done = again(planned, *WORDS, "-q")
        assert (done.out, done.err) == ("", "")
        time.sleep(0.1)
    assert len(kept(planned)) == 2
    assert planned.ok(*WORDS).lines == ["Checked 1 package in T"]


def test_another_place_has_a_note(planned: Weft) -> None:
    """The words name the environment, which has no usual place."""
    words = ("pip", "install", "--python", "other", "lantern")
    runs = []
    for _ in range(3):
        anew(planned, "other")
        runs.append(planned.ok(*words).lines)
        time.sleep(0.1)
    assert runs[0] == runs[1] == runs[2]
    assert "environment at: other" in runs[0][0]
    mark(planned)
    anew(planned, "other")
    assert planned.ok(*words).lines == [MARKED, *runs[0][1:]]


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def site(weft: Weft) -> Path:
    return weft.site_packages()


def entry_of(weft: Weft, wheel: str) -> Path:
    """The entry of a wheel (`name-version`) in the cache."""
    (pointer,) = (weft.cache / "wheels-v1").rglob(f"{wheel}-*.whl")
    entry = marshal.loads(pointer.read_bytes())[0]
    return weft.cache / "entries-v1" / entry[:2] / entry


def drop_entry(weft: Weft) -> None:
    entry = entry_of(weft, "oil-3.0")
    os.chmod(entry, 0o755)
    entry.rename(weft.root / "away")


def reconfigure(weft: Weft) -> None:
    path = weft.cwd / ".venv" / "pyvenv.cfg"
    path.write_text(path.read_text() + "relocatable = true\n")


def exchange(weft: Weft) -> None:
    """The environment's Python is another file."""
    path = weft.cwd / ".venv" / "bin" / "python"
    target = os.path.realpath(path)
    path.unlink()
    shutil.copy2(target, path)


# What can be taken back: by removing a file, or with the environment.
PASSING: dict[str, Callable[[Weft], object]] = {
    "weft.toml": lambda weft: write(weft.cwd / "weft.toml"),
    "uv.toml above": lambda weft: write(weft.cwd.parent / "uv.toml"),
    "pyproject.toml": lambda weft: write(weft.cwd / "pyproject.toml", "[tool.weft]\n"),
    "settings of the user": lambda weft: write(weft.home / ".config" / "weft" / "weft.toml"),
    "pyvenv.cfg": reconfigure,
    "the interpreter": exchange,
    "a variable": lambda weft: weft.environ.update(OTHER="1"),
    "a setting as a variable": lambda weft: weft.environ.update(WEFT_LINK_MODE="copy"),
    "a project that is there": lambda weft: make_installed(weft, "oil", "2.0"),
    "a project by another spelling": lambda weft: make_installed(weft, "Oil", "2.0"),
    "an egg": lambda weft: (site(weft) / "oil.egg-link").write_text("/nowhere\n"),
    "what was left half done": lambda weft: (site(weft) / "~oil-1.dist-info.weft-install").mkdir(),
}
LASTING: dict[str, Callable[[Weft], object]] = {
    "the listing": lambda weft: write(weft.cwd / "more.txt", "lantern\n\n"),
    "a page": lambda weft: shutil.rmtree(page(weft)),
    "a wheel that was cleaned": lambda weft: weft.ok("cache", "clean", "oil"),
    "an entry that is gone": drop_entry,
}


def take_back(weft: Weft) -> None:
    for path in (
        weft.cwd / "weft.toml", weft.cwd.parent / "uv.toml", weft.cwd / "pyproject.toml",
        weft.home / ".config" / "weft" / "weft.toml",
    ):  # fmt: skip
        path.unlink(missing_ok=True)
    for name in ("OTHER", "WEFT_LINK_MODE"):
        weft.environ.pop(name, None)


def page(weft: Weft) -> Path:
    (found,) = (weft.cache / "simple-v1").glob("**/wick")
    return found


def make_installed(weft: Weft, name: str, version: str) -> None:
    info = site(weft) / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"{info.name}/METADATA,,\n{info.name}/RECORD,,\n")


def test_what_it_came_from_is_looked_at_again(planned: Weft) -> None:
    mark(planned)
    (plan,) = kept(planned)
    marked = plan.read_bytes()
    for change, do in PASSING.items():
        anew(planned)
        do(planned)
        assert MARKED not in planned.ok(*WORDS).lines, change
        take_back(planned)
        plan.write_bytes(marked)
        assert again(planned).lines[0] == MARKED, change


@pytest.mark.parametrize("change", LASTING)
def test_what_it_needs_is_looked_at_again(planned: Weft, change: str) -> None:
    mark(planned)
    anew(planned)
    LASTING[change](planned)
    assert MARKED not in planned.ok(*WORDS).lines
    assert planned.ok(*WORDS).lines == ["Checked 1 package in T"]


def test_what_nobody_looked_at_may_be_there(planned: Weft) -> None:
    mark(planned)
    anew(planned)
    make_installed(planned, "stranger", "1.0")
    assert planned.ok(*WORDS).lines[0] == MARKED
    assert planned.ok("pip", "show", "stranger").code == 0


def test_a_page_that_is_no_longer_fresh_is_asked_for(planned: Weft, index: IndexServer) -> None:
    (path,) = kept(planned)
    form, row, stamps = marshal.loads(path.read_bytes())
    old = tuple([time.time() - 1 if place == FRESH else item for place, item in enumerate(row)])
    path.write_bytes(marshal.dumps((form, old, stamps)))
    mark(planned)
    assert MARKED not in again(planned).lines


def test_a_new_version_is_found_once_the_page_is_another(
    planned: Weft, wheels: Path, index: IndexServer
) -> None:
    make_wheel(wheels, "wick", "2.5")
    assert again(planned, *WORDS).lines[-1] == " + wick==2.0"  # the page is fresh
    assert again(planned, *WORDS, "--refresh").lines[-1] == " + wick==2.5"
    assert again(planned, *WORDS).lines[-1] == " + wick==2.5"


def test_nothing_is_asked_of_the_index(planned: Weft, index: IndexServer) -> None:
    before = len(index.requests)
    again(planned)
    assert len(index.requests) == before


def test_a_held_lock_is_waited_for_in_the_usual_way(planned: Weft) -> None:
    mark(planned)
    anew(planned)
    with open(planned.cwd / ".venv" / ".lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = planned.start(*WORDS)
        time.sleep(0.5)
        assert waiting.poll() is None
        make_installed(planned, "oil", "2.0")
    _, told = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, told
    assert MARKED not in told
    assert "oil==3.0" not in told


def test_two_at_once_end_well(planned: Weft) -> None:
    for _ in range(3):
        anew(planned)
        both = [planned.start(*WORDS) for _ in range(2)]
        told = [each.communicate(timeout=60)[1] for each in both]
        assert [each.returncode for each in both] == [0, 0], told
        assert sum("Installed 3 packages" in each for each in told) == 1
        assert planned.python(".venv", "import lantern; lantern.main()") == "light"


def test_options_that_say_or_do_more_have_no_plan(planned: Weft) -> None:
    before = kept(planned)
    for line in (
        "-v", "--strict", "--exact", "--compile-bytecode", "--upgrade", "--reinstall",
        "--output-format json", "--receipt r.json", "--refresh",
    ):  # fmt: skip
        again(planned, *WORDS, *line.split())
        assert kept(planned) == before, line


def test_settings_that_say_or_do_more_have_no_plan(planned: Weft) -> None:
    before = kept(planned)
    for text in (
        "[pip]\nstrict = true\n",
        "reinstall = true\n",
        "[pip]\ncompile-bytecode = true\n",
    ):
        (planned.cwd / "weft.toml").write_text(text)
        time.sleep(0.1)
        for _ in range(2):
            again(planned)
    assert kept(planned) == before
    (planned.cwd / "weft.toml").write_text('link-mode = "copy"\n')
    time.sleep(0.1)
    for _ in range(2):
        again(planned)
    lamp = site(planned) / "lantern" / "data.txt"
    assert lamp.stat().st_nlink == 1
    mark(planned)
    assert again(planned).lines[0] == MARKED
    assert lamp.stat().st_nlink == 1


def test_what_warns_is_told_each_time(planned: Weft) -> None:
    runs = [again(planned, "pip", "install", "lantern[dark]").lines for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]
    assert any("does not have an extra named `dark`" in line for line in runs[0])


def test_a_link_that_leads_elsewhere_is_followed(planned: Weft) -> None:
    """The words name a link to an environment, which may lead to another one at any time."""
    for name in ("one", "two"):
        anew(planned, name)
    link = planned.cwd / "link"
    link.symlink_to("one")
    words = ("pip", "install", "--python", "link", "lantern")
    planned.ok(*words)
    time.sleep(0.1)
    link.unlink()
    link.symlink_to("two")
    planned.ok(*words)
    assert (planned.site_packages("two") / "lantern").exists()


@pytest.mark.parametrize("damage", [b"", b"nonsense", marshal.dumps((2, (1,), ()))])
def test_a_damaged_plan_is_none(planned: Weft, damage: bytes) -> None:
    for path in kept(planned):
        path.write_bytes(damage)
    assert again(planned).lines[-3:] == ADDED


def test_spares_are_taken_and_made(planned: Weft) -> None:
    words = (*WORDS, "--spares", "--link-mode", "hardlink")
    for _ in range(3):
        assert again(planned, *words).lines[-3:] == ADDED
        time.sleep(0.2)
    mark(planned)
    assert again(planned, *words).lines[0] == MARKED
    assert planned.python(".venv", "import lantern; lantern.main()") == "light"
