"""Environments that the cache keeps: who uses them, and when they go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from weft.store.collect import clean, prune
from weft.store.environments import KeptEnvironment, name_of, remove_unused
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


def test_what_nobody_uses_is_pruned_with_its_locks(store: Store) -> None:
    made(store, "idle")
    with KeptEnvironment(store, "stray").change():
        pass
    prune(store)
    assert names(store) == []


def test_what_somebody_uses_or_makes_stays(store: Store) -> None:
    used, changed = made(store, "used"), made(store, "changed")
    used.use()
    with changed.change(), KeptEnvironment(store, "coming").change():
        remove_unused(store)
        assert {"used", "changed", "coming.lock"} <= set(names(store))
    remove_unused(store)
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
    remove_unused(store)
    assert "env" in names(store)
    process.communicate("\n")
    remove_unused(store)
    assert names(store) == []


def test_cleaning_takes_all_of_them(store: Store) -> None:
    made(store, "env")
    clean(store)
    assert not (Path(store.root) / "environments-v1").exists()
