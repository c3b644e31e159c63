"""`weft cache doctor`: what it says is what an install does, and it leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.mounts import Mounter, mounts
from tests.support.users import NOBODY, as_other_user
from tests.support.wheels import make_wheel
from weft.link.preflight import Abilities, Prediction
from weft.ops.doctor_words import advice, text
from weft.ops.outlook import Outlook, Part, Place, Serving
from weft.store.members import Member
from weft.store.store import Store
from weft.system.mounts import Mount

__all__ = ["mounts"]

SYSTEM_PYTHON = "/usr/bin/python3"  # open to every user, as the one that runs the tests may not be
Examination = Callable[..., dict[str, Any]]


@pytest.fixture
def examine(weft: Weft) -> Examination:
    """The report on a directory as JSON."""

    def run(*words: str, **environ: str) -> dict[str, Any]:
        done = weft.ok("cache", "doctor", "--output-format", "json", *words, **environ)
        assert done.err == ""
        report: dict[str, Any] = json.loads(done.out)
        return report

    return run


def listing(root: Path) -> list[tuple[str, int, int]]:
    """Everything below a directory, with what would show a file that was touched."""
    return sorted(
        (str(path), path.lstat().st_ino, 0 if path.is_dir() else path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if path.suffix != ".img"  # file systems of this test, which their kernel threads write to
    )


def installed(weft: Weft, environment: Path) -> dict[str, Any]:
    """The receipt of an install into a new environment."""
    weft.ok("venv", "-q", str(environment))
    receipt = weft.root / "receipt.json"
    weft.ok("pip", "install", "-q", "lantern", "--receipt", str(receipt),
            VIRTUAL_ENV=str(environment))  # fmt: skip
    found: dict[str, Any] = json.loads(receipt.read_text())
    return found


def places(mounts: Mounter, weft: Weft) -> dict[str, Path]:
    """A cache on ext4, and environments in all kinds of places."""
    disk = mounts.ext4("disk")
    (disk / "cache").mkdir()
    (disk / "work").mkdir()
    weft.environ["WEFT_CACHE_DIR"] = str(disk / "cache")
    return {
        "same": disk / "work" / "env",
        "bind": mounts.bind("bound", disk / "work") / "env",
        "tmpfs": mounts.tmpfs("memory") / "env",
        "xfs": mounts.xfs("other") / "env",
    }


@pytest.mark.mounts
@pytest.mark.parametrize(
    ("kind", "state", "mode"),
    [
        ("same", "home", "hardlink"),
        ("bind", "home", "hardlink"),
        ("tmpfs", "new", "hardlink"),
        ("xfs", "new", "clone"),
    ],
)
def test_an_install_does_what_was_said(
    mounts: Mounter, weft: Weft, examine: Examination, kind: str, state: str, mode: str
) -> None:
    target = places(mounts, weft)[kind]
    said = examine(str(target))["route"]
    assert (said["state"], said["mode"], said["shares"]) == (state, mode, True)
    receipt = installed(weft, target)
    modes = {row["mode"] for row in receipt["modes"]} - {"empty"}
    assert modes == {mode}
    after = examine(str(target))
    assert after["route"]["store"] == said["store"]
    assert after["route"]["state"] == {"new": "mounted"}.get(state, state)
    assert [row["path"] for row in after["members"]].count(said["store"]) == 1


@pytest.mark.mounts
def test_nothing_is_written(mounts: Mounter, weft: Weft, examine: Examination) -> None:
    found = places(mounts, weft)
    before = listing(weft.root)
    for path in found.values():
        examine(str(path))
    assert listing(weft.root) == before
    assert len(before) > len(found)


@pytest.mark.mounts
def test_advice_that_is_followed_helps(mounts: Mounter, weft: Weft, examine: Examination) -> None:
    target = str(mounts.tmpfs("memory"))
    report = examine(target, WEFT_CACHE_MEMBERS="0")
    assert (report["route"]["mode"], report["route"]["shares"]) == ("copy", False)
    assert [row["mode"] for row in report["route"]["refusals"]] == ["clone", "hardlink"]
    name, value = report["advice"]["command"].removeprefix("export ").split("=")
    assert examine(target, **{name: value})["route"]["shares"] is True


@pytest.mark.mounts
def test_a_configured_volume_is_used_before_any_other(
    mounts: Mounter, weft: Weft, examine: Examination
) -> None:
    memory = mounts.tmpfs("memory")
    (memory / "caches").mkdir()
    said = examine(str(memory), WEFT_CACHE_VOLUMES=str(memory / "caches"))["route"]
    assert said["store"] == str(memory / "caches" / ".weft-cache")
    weft.environ["WEFT_CACHE_VOLUMES"] = str(memory / "caches")
    installed(weft, memory / "env")
    assert (memory / "caches" / ".weft-cache" / "entries-v1").is_dir()
    assert examine(str(memory))["route"]["state"] == "mounted"


@pytest.mark.mounts
def test_a_target_that_cannot_be_written_is_an_answer(
    mounts: Mounter, weft: Weft, examine: Examination
) -> None:
    memory = mounts.tmpfs("memory")
    mounts.remount(memory, "ro")
    report = examine(str(memory))
    assert report["target"]["abilities"] is None
    assert report["route"]["mode"] is None
    assert "Read-only file system" in report["route"]["failure"]
    lines = weft.ok("cache", "doctor", str(memory)).out.splitlines()
    assert "    nothing can be written there" in lines


@pytest.mark.mounts
def test_a_part_that_is_not_mounted_is_named(
    mounts: Mounter, weft: Weft, examine: Examination
) -> None:
    other = mounts.xfs("other")
    installed(weft, other / "env")
    mounts.unmount(other)
    rows = {row["state"]: row for row in examine(str(weft.cwd))["members"]}
    assert rows["absent"]["path"] == str(other / ".weft-cache")
    assert rows["absent"]["mount"]["point"] == str(other)
    assert rows["absent"]["abilities"] is None
    assert rows["absent"]["bytes"] is None
    told = weft.ok("cache", "doctor", str(weft.cwd)).out
    assert f"absent: its file system (xfs) is not mounted at `{other}`" in told


def test_what_works_is_what_the_system_says(weft: Weft, examine: Examination) -> None:
    report = examine(str(weft.cwd))
    found = report["target"]["abilities"]
    status = os.statvfs(weft.cwd)
    assert found["hardlink"] is found["symlink"] is found["lock"] is True
    assert abs(found["free_bytes"] - status.f_bavail * status.f_frsize) < 1 << 30
    assert not weft.cache.exists()


def test_the_target_is_the_environment_in_use(weft: Weft, examine: Examination) -> None:
    assert examine()["target"]["path"] == str(weft.cwd)
    weft.venv()
    assert examine()["target"]["path"] == str(weft.cwd / ".venv")
    weft.venv("other")
    other = str(weft.cwd / "other")
    assert examine(VIRTUAL_ENV=other)["target"]["path"] == other
    assert examine("x/y", VIRTUAL_ENV=other)["target"]["path"] == str(weft.cwd / "x" / "y")


def test_the_requested_mode_counts(weft: Weft, examine: Examination) -> None:
    report = examine("--link-mode", "copy")
    assert (report["route"]["mode"], report["route"]["refusals"]) == ("copy", [])
    assert report["advice"]["command"] == "weft pip install --link-mode auto"
    assert examine("--link-mode", "symlink")["route"]["mode"] == "symlink"


def test_caches_of_others_are_found_and_pips_is_worth_importing(
    weft: Weft, examine: Examination, index: IndexServer, wheels: Path
) -> None:
    assert examine()["caches"] == []
    (weft.home / ".cache" / "uv").mkdir(parents=True)
    (weft.home / ".cache" / "uv" / "x").write_bytes(b"x" * 10_000)
    (weft.home / ".cache" / "pip" / "http-v2").mkdir(parents=True)
    report = examine()
    rows = {row["name"]: row for row in report["caches"]}
    assert list(rows) == ["pip", "uv"]
    assert rows["uv"]["path"] == str(weft.home / ".cache" / "uv")
    assert rows["uv"]["bytes"] >= 10_000
    assert report["advice"]["command"] == "weft cache import pip"
    make_wheel(weft.home, "wick", "1.0")
    weft.ok("cache", "import", str(weft.home))
    assert examine()["advice"] is None


def test_people_get_paragraphs_and_the_command_at_the_end(weft: Weft) -> None:
    weft.venv()
    (weft.home / ".cache" / "pip" / "http").mkdir(parents=True)
    done = weft.ok("-q", "cache", "doctor")
    lines = done.out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "Cache:",
        "Target:",
        "Install:",
        "Caches of other installers:",
        "hint: Run `weft cache import pip` to take over the wheels that pip has downloaded",
    ]
    assert lines[1].startswith(f"  {weft.cache} (home, ")
    because = "because it is on the same file system"
    assert f"  would use {weft.cache} (home), {because}" in lines


ABLE = Abilities(False, True, True, True, True, None, 1 << 30, "nfs4", None)
FAR = Mount(1, "0:50", "/", "/far", "nfs4", "server:/far", "rw")


def outlook(**changes: Any) -> Outlook:
    """A cache at home, and a target on a network file system that would get copies."""
    fields: dict[str, Any] = {
        "requested": "auto",
        "parts": (
            Part(Member("/c", Store("/c"), "home"), Place("/c", None, ABLE), 0),
            Part(Member("/gone/.weft-cache", None, "absent", "/gone", "xfs"), None, 0),
        ),
        "target": Place("/far/env", FAR, ABLE),
        "serving": Serving("/c", "home", "`/far/env` is on a network file system (nfs4)"),
        "prediction": Prediction("copy", (("clone", 18), ("hardlink", 18)), None, FAR),
        "failure": "", "others": (), "volumes": (), "own": "", "members": True, "writable": True,
        "wheels": True,
    }  # fmt: skip
    return Outlook(**{**fields, **changes})


def test_a_file_system_that_gets_no_part_by_itself_can_be_configured() -> None:
    assert advice(outlook()) is None
    command = advice(outlook(own="/far/me", volumes=("/a",)))
    assert command is not None
    assert command[0] == "export WEFT_CACHE_VOLUMES=/a:/far/me"


def test_a_part_of_another_cache_is_not_advised_as_a_place_for_one(tmp_path: Path) -> None:
    home = Part(Member("/c", Store("/c"), "home"), Place("/c", None, None), 0)
    for name in (".weft-cache", "weft-cache"):
        found = advice(outlook(parts=(home,), own=str(tmp_path)))
        assert found is not None
        assert found[0] == f"export WEFT_CACHE_DIR={tmp_path}/{name}"
        (tmp_path / ".weft-cache").mkdir(exist_ok=True)
        (tmp_path / ".weft-cache" / "member").touch()


def test_a_cache_without_locks_or_rights_should_move() -> None:
    home = Member("/c", Store("/c"), "home")
    from weft.core.value import replace

    for able in (None, replace(ABLE, lock=False)):
        found = advice(outlook(parts=(Part(home, Place("/c", None, able), 0),)))
        assert found is not None
        assert found[0] == "export WEFT_CACHE_DIR=<DIRECTORY>"


@pytest.mark.mounts
def test_a_cache_of_somebody_else_is_no_good_to_link_from(weft: Weft, examine: Examination) -> None:
    weft.venv()
    weft.ok("pip", "install", "-q", "wick")
    own = weft.root / "own"
    own.mkdir()
    os.chown(own, NOBODY, NOBODY)
    answers = weft.root / "report.json"
    answers.touch()
    os.chown(answers, NOBODY, NOBODY)
    for path in (weft.root, *weft.root.parents, *weft.cache.rglob("*"), weft.cache):
        wanted = 0o555 if path.is_dir() else 0o444
        if path.stat().st_mode & wanted != wanted:
            path.chmod(path.stat().st_mode | wanted)

    def look() -> None:
        words = ["cache", "doctor", "--output-format", "json", str(own)]
        code = f"import sys; from weft.cli.main import main; sys.exit(main({words!r}))"
        with answers.open("wb") as stream:
            subprocess.run([SYSTEM_PYTHON, "-c", code], env=weft.environ, cwd="/", check=True,
                           stdout=stream)  # fmt: skip

    as_other_user(look)
    report = json.loads(answers.read_text())
    assert report["route"]["mode"] == "copy"
    assert [row["mode"] for row in report["route"]["refusals"]] == ["clone", "hardlink"]
    assert report["advice"]["command"] == f"export WEFT_CACHE_DIR={own}/.weft-cache"
    assert list(own.iterdir()) == []


def test_reasons_are_told_in_words() -> None:
    lines = text(outlook(others=(("pip", "/p", 2048),))).splitlines()
    assert "  would copy files" in lines
    assert "  no hard links: the two places are on different file systems or mounts" in lines
    assert "    on `/far` (nfs4), 1.0GiB free" in lines
    assert "  pip: /p (2.0KiB)" in lines
    way = Prediction("hardlink", (), None, None, FAR)
    assert "  would hard-link files through `/far` (nfs4)" in text(outlook(prediction=way))
    failed = text(outlook(prediction=None, failure="Failed to write"))
    assert "  would fail: Failed to write" in failed
