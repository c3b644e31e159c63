"""Asking many interpreters at once."""

from __future__ import annotations

import os
from pathlib import Path

from tests.python.conftest import script
from tests.support.interpreters import INTERPRETERS
from weft.core.errors import WeftError
from weft.python.environment import create
from weft.python.interpreter import Interpreter, absolute, probe, recall
from weft.python.probes import probe_all
from weft.store.store import Store


def test_answers_come_in_the_order_of_the_paths(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    broken = tmp_path / "bin/broken"
    script(broken, "exit 4")
    paths = [*INTERPRETERS, str(broken), str(tmp_path / "missing"), INTERPRETERS[0]]
    answers = probe_all(paths, store)
    assert [isinstance(each, WeftError) for each in answers] == [
        *[False] * len(INTERPRETERS), True, True, False,
    ]  # fmt: skip
    assert answers[: len(INTERPRETERS)] == [probe(path, store) for path in INTERPRETERS]
    assert answers[-1] == answers[0]


def test_what_is_known_is_not_asked_again(tmp_path: Path, own: Interpreter) -> None:
    store = Store(str(tmp_path / "store"))
    count = tmp_path / "count"
    wrapper = tmp_path / "bin/python3"
    script(wrapper, f'echo >> "{count}"\nexec "{own.executable}" "$@"')
    alias = tmp_path / "bin/python"
    alias.symlink_to(own.executable)
    for _ in range(2):
        found = probe_all([str(alias), str(wrapper)], store)
        assert [each.version for each in found if isinstance(each, Interpreter)] == [
            own.version
        ] * 2
    assert len(count.read_text().splitlines()) == 2  # a wrapper may run another one tomorrow
    known, real = recall(str(alias), store)
    assert known is not None
    assert (known.executable, real) == (str(alias), own.executable)
    assert recall(str(wrapper), store) == (None, str(wrapper))


def test_aliases_of_a_program_that_looks_at_its_name_are_asked(
    tmp_path: Path, own: Interpreter
) -> None:
    program = tmp_path / "bin/program"
    script(program, f'case "$0" in */python) exec "{own.executable}" "$@";; *) exit 5;; esac')
    for name in ("python", "python3"):
        (tmp_path / "bin" / name).symlink_to(program)
    store = Store(str(tmp_path / "store"))
    first, second = probe_all(
        [str(tmp_path / "bin" / name) for name in ("python3", "python")], store
    )
    assert isinstance(first, WeftError)
    assert isinstance(second, Interpreter)


def test_an_environment_is_known_by_what_it_is_made_of(tmp_path: Path, own: Interpreter) -> None:
    store = Store(str(tmp_path / "store"))
    assert recall(own.executable, store)[0] is None
    made = create("env", own, cwd=str(tmp_path))
    assert recall(made.executable, store)[0] is None
    probe_all([made.executable], store)
    for path, virtual in ((made.executable, True), (own.executable, False)):
        known, _ = recall(path, store)
        assert known is not None
        assert known.is_virtual == virtual


def test_two_dots_stay_behind_a_link(tmp_path: Path, own: Interpreter) -> None:
    (tmp_path / "far/inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far/inside")
    (tmp_path / "far/python").symlink_to(own.executable)
    path = f"{tmp_path}/link/../python"
    assert absolute(path) == path
    assert probe(path, Store(str(tmp_path / "store"))).version == own.version
    assert absolute("./x") == os.path.join(os.getcwd(), "x")
