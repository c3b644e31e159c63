"""What is loaded on the ways that are taken all day: a list of what may be, for each way.

Each command is run as a person runs it, on a machine where it has run before, until it has done
what it does or becomes another program; then every module it has loaded is told. Modules are
counted, not milliseconds: a figure of time would fail on a busy machine, a module that should not
be there is wrong everywhere. Who adds one to a list here makes every such command slower.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.cli.test_startup import FREE
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

# Runs the command line behind the first word, and writes to the file that is the first word what
# was loaded: at the end, or where the process becomes another.
TELLER = """\
import posix, sys
place = sys.argv.pop(1)
before = frozenset(sys.modules)
def tell(*_):
    with open(place, "w") as stream:
        stream.write(" ".join(sorted(frozenset(sys.modules) - before)))
leave = posix._exit
def end(code):
    tell()
    leave(code)
posix._exit = end
sys.addaudithook(lambda event, facts: event == "os.exec" and tell())
sys.path[:0] = posix.environ.pop(b"SOURCE").decode().split(":")
sys.argv[0] = "weft"
from weft.cli.main import run
run()
"""

START = "weft weft.cli weft.cli.main"
OUTPUT = (
    f"{START} weft.cli.imports weft.cli.printer weft.cli.terminal weft.core weft.core.errors "
    "weft.system weft.system.lean"
)
TERMINAL = "weft.cli.terminal weft.system weft.system.lean"
MEMORY = f"{OUTPUT} weft.cli.remembered"
PROJECT = """\
[project]
name = "harbour"
version = "1"
requires-python = ">=3.11"
dependencies = ["lantern"]
"""


class Machine(Weft):
    """A machine where modules are told."""

    def loaded(self, *words: str, **environ: str) -> set[str]:
        """What a run of `weft WORDS` loads, which has to succeed, besides what Python has."""
        place = self.root / "loaded"
        place.unlink(missing_ok=True)
        paths = [path for path in sys.path if path.endswith("site-packages")]
        done = subprocess.run(
            [sys.executable, "-IS", "-c", TELLER, str(place), *words],
            cwd=self.cwd,
            env={
                **self.environ,
                **environ,
                "SOURCE": os.pathsep.join([self.environ["PYTHONPATH"], *paths]),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return set(place.read_text().split())

    def settled(self, *words: str) -> set[str]:
        """The same once the answer is remembered, for which nothing may be too young."""
        found: set[str] = set()
        for _ in range(40):
            found = self.loaded(*words)
            if "weft.cli.parser" not in found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"`weft {' '.join(words)}` is never remembered: {sorted(found)}")


@pytest.fixture(name="machine", scope="module")
def _machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    root = tmp_path_factory.mktemp("machine")
    scripts = {"console_scripts": {"lantern": "lantern:main"}}
    files = {"lantern/__init__.py": "def main():\n    print('light')\n"}
    make_wheel(root / "wheels", "lantern", "1.0", entry_points=scripts, files=files)
    make_wheel(root / "wheels", "wick", "1.0")
    with IndexServer(root / "wheels") as index:
        machine = Machine(root, index.url)
        (machine.cwd / "pyproject.toml").write_text(PROJECT)
        (machine.cwd / ".python-version").write_text(f"{sys.executable}\n")
        machine.ok("sync")
        machine.ok("pip", "install", "wick")
        machine.ok("tool", "install", "lantern")
        machine.venv("bare")
        (machine.cwd / "wants.in").write_text("wick\n")
        yield machine


def foreign(loaded: set[str]) -> set[str]:
    """What is neither weft's nor free."""
    return {
        name
        for name in loaded
        if name not in FREE
        and not name.startswith("encodings.")
        and name.partition(".")[0] != "weft"
    }


def ours(loaded: set[str]) -> set[str]:
    return {name for name in loaded if name.partition(".")[0] == "weft"}


OS = {"os", "os.path", "_collections_abc"}
VERDICT = "weft.core.digest weft.install weft.install.verdict weft.system.userdirs"
VALUES = "weft.core.value weft.core.value_inits"
SUMMARY = f"{VALUES} weft.core.events weft.core.quantities"
REMEMBERED = {
    "pip install wick": f"{VERDICT} {SUMMARY}",
    "pip install --offline --dry-run --python bare wick": (
        f"{VERDICT} {SUMMARY} weft.core.distribution weft.core.names weft.install.target weft.ops "
        "weft.ops.context weft.ops.install_again weft.ops.install_memory weft.ops.settings_values "
        "weft.ops.settings_verbs weft.system.files weft.system.locks weft.system.removal"
    ),
    "pip compile wants.in": f"{VERDICT} {SUMMARY} weft.ops weft.ops.compile_verdict",
    "sync": f"{VERDICT} {SUMMARY} weft.ops weft.ops.sync_verdict",
    "lock": f"{VERDICT} {SUMMARY} weft.ops weft.ops.lock_verdict",
    "venv --clear other": (
        f"{VERDICT} {VALUES} weft.core.events weft.core.defaults weft.ops weft.ops.venv_verdict "
        "weft.ops.venv weft.python weft.python.activation weft.python.environment "
        "weft.python.interpreter weft.python.shell_scripts weft.store weft.store.layout "
        "weft.system.files weft.system.removal"
    ),
    "python find": f"{VERDICT} weft.ops weft.ops.python_verdict",
    "python list": f"{VERDICT} weft.ops weft.ops.python_verdict",
    "run python -c pass": (
        f"{VERDICT} {VALUES} weft.ops weft.ops.run_verdict weft.ops.run_target weft.ops.run_child"
    ),
    "tool weftx lantern": (
        f"{VERDICT} {VALUES} weft.ops weft.ops.tool_run_verdict weft.ops.run_target "
        "weft.ops.run_child"
    ),
}


@pytest.mark.parametrize("line", REMEMBERED)
def test_a_remembered_answer_loads_what_tells_it(machine: Machine, line: str) -> None:
    loaded = machine.settled(*line.split())
    assert ours(loaded) == set(f"{MEMORY} {REMEMBERED[line]}".split())
    assert foreign(loaded) == (OS if line.startswith("run ") else set())  # which looks on the PATH


def test_a_remembered_installation_loads_what_installs(machine: Machine) -> None:
    for number in range(20):
        machine.venv("again")
        loaded = machine.loaded("pip", "install", "--offline", "--python", "again", "wick")
        shutil.rmtree(machine.cwd / "again")
        if "weft.cli.parser" not in loaded:
            break
        assert number < 19
        time.sleep(0.1)
    rooms = {".".join(name.split(".")[:2]) for name in ours(loaded)}
    assert rooms.isdisjoint({"weft.index", "weft.fetch", "weft.resolver", "weft.project"})
    assert rooms.isdisjoint({"weft.python", "weft.lock"})
    needless = "settings settings_files options commands wants resolving reuse applying gathering"
    assert ours(loaded).isdisjoint({f"weft.ops.{name}" for name in needless.split()})
    assert foreign(loaded) <= {"binascii", "_bisect"}


def test_a_question_for_the_version_loads_what_prints_it(machine: Machine) -> None:
    for words in (["--version"], ["-V"]):
        loaded = machine.loaded(*words)
        assert ours(loaded) == set(f"{START} weft.cli.imports {TERMINAL}".split())
        assert foreign(loaded) == set()


COMPLETION = (
    f"{START} weft.cli.imports {TERMINAL} weft.core weft.core.names weft.ops "
    "weft.ops.commands weft.ops.commands_blocks weft.ops.commands_pip weft.ops.commands_table "
    "weft.ops.completion weft.ops.completion_line weft.ops.completion_shells "
    "weft.ops.completion_values weft.ops.options weft.ops.options_global weft.ops.options_pip"
)


def test_completion_of_a_command_loads_the_rows_of_its_table(machine: Machine) -> None:
    loaded = machine.loaded("--complete", "bash", "=in", "weft", "pip")
    assert ours(loaded) <= set(COMPLETION.split())
    assert foreign(loaded) == set()


# For work that is really done: what no such run may load of weft, and what it may of Python.
WITHOUT = {
    "venv -v --clear other": (
        "weft.index weft.fetch weft.resolver weft.install.inventory weft.install.target "
        "weft.install.wheel weft.link weft.lock weft.python.probe weft.store.members "
        "weft.system.workers",
        "",
    ),
    "tool install -q --offline lantern": (
        "weft.index.client weft.index.auth_sources weft.fetch.database weft.fetch.selection "
        "weft.resolver.solver weft.resolver.descent weft.core.marker weft.project "
        "weft.ops.pip_install",
        "binascii",
    ),
    "pip install -q --offline --reinstall wick": (
        "weft.index.direct weft.index.connections weft.project weft.lock weft.store.archive "
        "weft.python.probe",
        "binascii _bisect",
    ),
    "sync -q --offline --reinstall": (
        "weft.index.direct weft.index.connections weft.resolver.solver "
        "weft.store.archive weft.python.probe",
        "binascii _bisect",
    ),
}


@pytest.mark.parametrize("line", WITHOUT)
def test_warm_work_loads_nothing_that_it_does_not_do(machine: Machine, line: str) -> None:
    machine.ok(*line.split(), WEFT_TOOL_DIR="first", WEFT_TOOL_BIN_DIR="first-bin")
    loaded = machine.loaded(*line.split(), WEFT_TOOL_DIR="next", WEFT_TOOL_BIN_DIR="next-bin")
    rooms, free = WITHOUT[line]
    assert foreign(loaded) <= set(free.split())
    needless = {
        name
        for name in ours(loaded)
        if any(name == room or name.startswith(f"{room}.") for room in rooms.split())
    }
    assert needless == set()


RESOLVED = (
    "weft.core.dates weft.fetch.database weft.index.client weft.index.ledger weft.lock.pylock_text "
    "weft.ops.limits weft.project.inputs weft.resolver.descent weft.resolver.universal "
    "weft.system.workers"
)


def test_a_lock_that_grows_loads_nothing_that_resolves(machine: Machine) -> None:
    project = machine.cwd / "growing"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    line = ("lock", "-q", "--offline", "--project", "growing")
    machine.ok(*line)
    (project / "pyproject.toml").write_text(PROJECT.replace('["lantern"]', '["lantern", "wick"]'))
    loaded = machine.loaded(*line)
    assert 'name = "wick"' in (project / "uv.lock").read_text()
    assert ours(loaded).isdisjoint(RESOLVED.split())
    assert foreign(loaded) <= {"binascii"}


SEARCHED = (
    "weft.index.client weft.index.ledger weft.index.shelf weft.fetch.database weft.fetch.selection "
    "weft.fetch.prepare weft.fetch.outlining weft.resolver.provider weft.resolver.resolution "
    "weft.core.marker weft.core.metadata weft.core.requirement weft.ops.asking weft.ops.placing "
    "weft.project"
)


def test_a_plain_request_is_solved_anew_by_outlines_alone(machine: Machine) -> None:
    words = ("pip", "install", "-q", "--offline", "--dry-run", "--target", "new", "wick", "lantern")
    environ = {"WEFT_REUSE_RESOLUTIONS": "0"}
    for _ in range(2):
        machine.ok(*words, **environ)
    loaded = machine.loaded(*words, **environ)
    assert foreign(loaded) <= {"binascii"}
    assert "weft.resolver.outline" in loaded
    assert ours(loaded).isdisjoint(SEARCHED.split())


def test_what_must_not_be_loaded_is_there_to_be_loaded() -> None:
    """A module that was renamed would be forbidden in vain."""
    forbidden = " ".join([*(rooms for rooms, _ in WITHOUT.values()), RESOLVED, SEARCHED])
    assert [name for name in forbidden.split() if find_spec(name) is None] == []
