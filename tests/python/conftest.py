"""Real interpreters and a real store for the tests of this room."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from weft.python.interpreter import Interpreter, probe
from weft.store.store import Store


def real_interpreters() -> list[str]:
    """Every interpreter of this machine that weft supports: pyenv's, the system's and our own."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [str(path) for path in sorted(root.glob("3.*/bin/python"))]
    found += [path for path in ("/usr/bin/python3",) if os.access(path, os.X_OK)]
    own = getattr(sys, "_base_executable", sys.executable)
    return found or [own]


INTERPRETERS = real_interpreters()


def label(path: str) -> str:
    return "-".join(Path(path).parts[-3:])


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(str(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="session", params=INTERPRETERS, ids=label)
def each(request: pytest.FixtureRequest, store: Store) -> Interpreter:
    """Each real interpreter in turn."""
    return probe(request.param, store)


@pytest.fixture(scope="session")
def newest(store: Store) -> Interpreter:
    """The newest real interpreter."""
    return max((probe(path, store) for path in INTERPRETERS), key=lambda each: each.minor)


@pytest.fixture(scope="session")
def own(store: Store) -> Interpreter:
    """The interpreter that runs the tests, outside of its environment."""
    return probe(os.path.realpath(sys.executable), store)


def script(path: Path, text: str) -> str:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)
