"""Environments that the cache keeps: who uses them, and when they go."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from weft.store.collect import clean, prune
from weft.store.environments import LATELY, KeptEnvironment, name_of, remove_unused
from weft.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(str(tmp_path / "cache"))
    found.open()
    return found


def made(store: Store, name: str) -> KeptEnvironment:
    kept = KeptEnvironment(store, name)
    Path(kept.path).mkdir()
    (Path(kept.path) / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return kept


def names(store: Store) -> list[str]:
    return sorted(path.name for path in (Path(store.root) / "environments-v1").iterdir())


@pytest.mark.parametrize(
    ("stem", "expected"),
    [("My script", "my-script-0af"), ("", "0af"), ("--", "0af"), ("é", "0af"), ("a" * 99, None)],
)
def test_a_name_is_for_people_and_for_files(stem: str, expected: str | None) -> None:
    found = name_of(stem, "0af")
    assert found == (expected or found)
    assert len(found) < 50
    assert "/" not in found


def ran(store: Store, name: str, *, ago: float) -> None:
    """A program ran in the environment and has ended."""
    use = Path(made(store, name).use_path)
    use.touch()
    os.utime(use, (time.time() - ago,) * 2)


def test_what_nobody_uses_is_pruned_with_its_locks(store: Store) -> None:
    made(store, "idle")
    ran(store, "old", ago=LATELY + 60)
    with KeptEnvironment(store, "stray").change():
        pass
    prune(store)
    assert names(store) == []


def test_what_ran_lately_stays_but_not_for_ci(store: Store) -> None:
    ran(store, "new", ago=LATELY - 60)
    prune(store)
    assert names(store) == ["new", "new.use"]
    prune(store, ci=True)
    assert names(store) == []


def test_a_use_begins_the_time_anew(store: Store) -> None:
    ran(store, "env", ago=10 * LATELY)
    kept = KeptEnvironment(store, "env")
    kept.use()
    del kept
    prune(store)
    assert "env" in names(store)


def test_what_somebody_uses_or_makes_stays(store: Store) -> None:
    used, changed = made(store, "used"), made(store, "changed")
    used.use()
    with changed.change(), KeptEnvironment(store, "coming").change():
        remove_unused(store, everything=True)
        assert {"used", "changed", "coming.lock"} <= set(names(store))
    remove_unused(store, everything=True)
    assert {"used", "used.use"} <= set(names(store)) <= {"used", "used.use", "used.lock"}


def test_a_program_that_weft_became_goes_on_using_it(store: Store) -> None:
    made(store, "env")
    code = (
        "import os, sys; from weft.store.store import Store; "
        "from weft.store.environments import KeptEnvironment; "
        "KeptEnvironment(Store(sys.argv[1]), 'env').use(); "
        "os.execvp('sh', ['sh', '-c', 'echo up; read x'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, store.root],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    remove_unused(store, everything=True)
    assert "env" in names(store)
    process.communicate("\n")
    remove_unused(store, everything=True)
    assert names(store) == []


def test_cleaning_takes_all_of_them(store: Store) -> None:
    made(store, "env")
    clean(store)
    assert not (Path(store.root) / "environments-v1").exists()
