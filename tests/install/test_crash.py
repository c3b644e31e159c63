"""`kill -9` at any moment: the same command, repeated, gives the same result."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.helpers import SITE, Environment
from tests.support.mounts import Mounter
from tests.support.wheels import make_wheel
from weft.core.errors import SystemFailure
from weft.store.store import Store

MakeEnvironment = Callable[[str], Environment]

# What a command does: lock, plan by what is there, uninstall, install.
COMMAND = """
import os, sys
from tests.install.helpers import Environment
from weft.store.store import Store

prefix, store, version, wheels = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
environment = Environment(prefix, Store(store))
if os.environ.get("TRASH"):
    from weft.install.trash import Trash
    environment.trash = Trash(os.environ["TRASH"])
steps = os.environ.get("STEPS")
if steps:
    # Die at the n-th call that changes something, between that call and the next.
    left = int(steps)
    for name in ("mkdir", "rename", "replace", "unlink", "rmdir", "link", "open", "write"):
        def dying(*arguments, _call=getattr(os, name), **options):
            global left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), 9)
            return _call(*arguments, **options)
        setattr(os, name, dying)
with environment.target.lock():
    from weft.install.uninstall import resume
    resume(environment.target)
    site = environment.target.purelib
    there = {name.split("-")[0]: name for name in os.listdir(site) if name.endswith(".dist-info")}
    wanted = {os.path.basename(path).split("-")[0]: path for path in wheels}
    old = [name for name in there if f"-{version}." not in there[name]]
    new = [path for name, path in wanted.items() if f"{name}-{version}.dist-info" not in
           there.values()]
    if old:
        environment.uninstall(*old)
    environment.install(*new)
print("done", left if steps else "")
"""


def command(
    environment: Environment, version: str, wheels: list[str], **environ: str
) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    argv = [sys.executable, "-c", COMMAND, environment.prefix, environment.store.root, version]
    path = os.pathsep.join([root, f"{root}/src"])
    return subprocess.Popen(
        [*argv, *wheels],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, **environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def wheels_of(directory: Path, version: str) -> list[str]:
    return [
        make_wheel(
            directory, name, version,
            files={f"{name}/a{n}.py": f"{version} {n}" for n in range(4)}
            | {f"{name}/only_{version}.py": "", "shared/common.py": "same"},
            entry_points={"console_scripts": {f"run-{name}": f"{name}:main"}},
            data={f"data/share/{name}/{version}.txt": version},
        )
        for name in ("one", "two")
    ]  # fmt: skip


def finished(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), err
    return out


@pytest.fixture
def upgrade(
    make_environment: MakeEnvironment, tmp_path: Path
) -> tuple[Callable[[str], Environment], list[str], dict[str, tuple[str, int]]]:
    """Environments with version 1 of two wheels, the wheels of version 2, and the goal."""
    old, new = wheels_of(tmp_path / "wheels", "1.0"), wheels_of(tmp_path / "wheels", "2.0")

    def prepared(name: str) -> Environment:
        environment = make_environment(name)
        environment.install(*old)
        return environment

    goal = prepared("goal")
    assert finished(command(goal, "2.0", new)).startswith("done")
    expected = contents(goal)
    assert not any("1.0" in path for path in expected)
    assert f"{SITE}/two/only_2.0.py" in expected
    return prepared, new, expected


def contents(environment: Environment) -> dict[str, tuple[str, int]]:
    """The tree, without the path of the environment in scripts and in their RECORD rows."""
    found = environment.tree()
    for path in list(found):
        if path.startswith("bin/run-") or path.endswith(("/RECORD", "pyvenv.cfg")):
            found[path] = ("", found[path][1])
    return found


@pytest.mark.parametrize("moved", [False, True])
def test_killed_between_any_two_steps(
    upgrade: tuple[Callable[[str], Environment], list[str], dict[str, tuple[str, int]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moved: bool,
) -> None:
    prepared, new, expected = upgrade
    if moved:
        (tmp_path / "trash").mkdir()
        monkeypatch.setenv("TRASH", str(tmp_path / "trash"))
    environment = prepared("steps")
    counted = command(environment, "2.0", new, STEPS="100000")
    out = finished(counted)
    steps = 100000 - int(out.split()[1])
    assert contents(environment) == expected
    assert steps > 60
    generator = random.Random(7)
    for number, at in enumerate(sorted(generator.sample(range(1, steps), 12))):
        environment = prepared(f"step-{number}")
        assert finished(command(environment, "2.0", new, STEPS=str(at))) == ""
        if number % 2:  # killed again while it puts things right
            finished(command(environment, "2.0", new, STEPS=str(generator.randrange(1, steps))))
        assert_nothing_is_half_there(environment)
        assert finished(command(environment, "2.0", new)).startswith("done")
        assert contents(environment) == expected
    if moved:
        assert any((tmp_path / "trash").iterdir())


def test_killed_at_any_time(
    upgrade: tuple[Callable[[str], Environment], list[str], dict[str, tuple[str, int]]],
) -> None:
    prepared, new, expected = upgrade
    generator = random.Random(3)
    for number in range(4):
        environment = prepared(f"time-{number}")
        process = command(environment, "2.0", new)
        try:
            process.communicate(timeout=generator.uniform(0.05, 0.25))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        assert_nothing_is_half_there(environment)
        assert finished(command(environment, "2.0", new)).startswith("done")
        assert contents(environment) == expected


def test_two_commands_at_once_wait_for_each_other(
    upgrade: tuple[Callable[[str], Environment], list[str], dict[str, tuple[str, int]]],
) -> None:
    prepared, new, expected = upgrade
    environment = prepared("both")
    both = [command(environment, "2.0", new) for _ in range(2)]
    assert [finished(process)[:4] for process in both] == ["done", "done"]
    assert contents(environment) == expected


@pytest.mark.mounts
def test_a_full_disk_is_an_error_that_leaves_nothing(
    mounts: Mounter, template: Path, store: Store, tmp_path: Path
) -> None:
    disk = mounts.tmpfs("disk", size="3m")
    prefix = str(disk / "env")
    shutil.copytree(template, prefix, symlinks=True)
    environment = Environment(prefix, store)
    rows = {f"big/{number}.py": os.urandom(4096) for number in range(400)}
    wheels = [
        make_wheel(tmp_path, "small"),
        make_wheel(tmp_path, "big", files=rows),
        make_wheel(tmp_path, "bigger", files={"bigger/x": os.urandom(1 << 21)}),
    ]
    before = environment.tree()
    for leave in (0, 4096, 65536):  # also where not even RECORD can be written
        free = os.statvfs(disk)
        filler = disk / "filler"
        filler.write_bytes(bytes(free.f_bavail * free.f_frsize - leave))
        with pytest.raises(SystemFailure) as caught:
            environment.install(*wheels, mode="copy")
        assert "No space left on device" in str(caught.value.__cause__)
        assert environment.tree() == before
        filler.unlink()
    with pytest.raises(SystemFailure):
        environment.install(*wheels, mode="copy")
    assert environment.tree() == before
    mounts.remount(disk, "size=9m")
    environment.install(*wheels, mode="copy")
    assert len(os.listdir(environment.site("big"))) == 400


@pytest.mark.mounts
def test_an_environment_that_cannot_be_written_is_an_error(
    mounts: Mounter, environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path))
    sealed = mounts.bind("sealed", Path(environment.prefix), read_only=True)
    environment = Environment(str(sealed), environment.store)
    before = environment.tree()
    with pytest.raises(SystemFailure) as caught:
        environment.install(make_wheel(tmp_path, "other"))
    assert environment.target.purelib in caught.value.message
    with pytest.raises(SystemFailure):
        environment.uninstall("demo")
    assert environment.tree() == before


def assert_nothing_is_half_there(environment: Environment) -> None:
    """Whatever calls itself installed is complete: every file that RECORD lists is there."""
    site = environment.target.purelib
    for name in os.listdir(site):
        if name.endswith(".dist-info"):
            with open(f"{site}/{name}/RECORD") as stream:
                for line in stream:
                    assert os.path.exists(os.path.join(site, line.rsplit(",", 2)[0])), line
