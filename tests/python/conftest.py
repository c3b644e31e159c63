"""Real interpreters and a real store for the tests of this room."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.support.interpreters import INTERPRETERS
from weft.python.interpreter import Interpreter, probe
from weft.python.probe import ask
from weft.store.store import Store


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


def pretender(directory: Path, interpreter: Interpreter, version: str) -> str:
    """A program that answers as `interpreter` would if it were of another version."""
    path = directory / "bin" / "python"
    minor = version.rpartition(".")[0]
    answer = ask(interpreter.executable)
    answer["executable"] = answer["base_executable"] = str(path)
    answer["version_info"] = [*map(int, version.split(".")), "final", 0]
    answer["markers"] |= {"python_full_version": version, "python_version": minor}
    return script(path, f"/bin/cat <<'END'\n{json.dumps(answer)}\nEND")


@pytest.fixture(scope="session")
def others(
    own: Interpreter, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> list[Interpreter]:
    """Interpreters of different minor versions, oldest first; real ones where there are two."""
    found = [probe(path, store) for path in INTERPRETERS]
    if len({each.minor for each in found}) < 2:
        root = tmp_path_factory.mktemp("old")
        version = f"{own.minor[0]}.{own.minor[1] - 1}.0"
        found.append(probe(pretender(root, own, version), store))
    by_minor = {each.minor: each for each in found}
    return [by_minor[minor] for minor in sorted(by_minor)]
