"""One scenario, run as a person would: in an environment of its own, on its own index.

Owns the box (interpreters, home, cache, variables) and the command lines of the three kinds of
scenario. Refuses to read results out of messages: environments, files and pins are read.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from tests.conformance import locks, truth
from tests.conformance.environments import here, pick, universe
from tests.conformance.index import Kind, serve
from tests.conformance.scenarios import Scenario
from tests.support.index_server import IndexServer

TOOLS = ("/usr/bin", "/bin", "/usr/local/bin")
HIDDEN = ("python", "pypy", "pip", "uv", "weft")


@dataclass(frozen=True)
class Finished:
    """A run of the command: `code` is negative for a signal, None where the time was over."""

    words: list[str]
    code: int | None
    out: str
    err: str


@dataclass
class Result:
    """What came of a scenario; `checks` are the reasons why it is wrong, empty where it is not."""

    scenario: Scenario
    checks: dict[str, str] = field(default_factory=dict)
    run: Finished | None = None
    found: dict[str, list[str]] = field(default_factory=dict)
    pins: list[truth.Pin] = field(default_factory=list)
    lock: str = ""
    seconds: float = 0.0

    @property
    def faults(self) -> dict[str, str]:
        return {name: reason for name, reason in self.checks.items() if reason}


@dataclass(frozen=True)
class Choices:
    """What holds for every scenario of a run."""

    index: Kind
    pythons: dict[str, str]
    timeout: float = 60.0
    variables: tuple[tuple[str, str], ...] = ()
    prefixes: tuple[str, ...] = ("UV_", "WEFT_")
    lock_name: str = "uv.lock"
    sync: bool = False
    again: bool = False
    keep: bool = False


class Runner:
    """Runs scenarios with one command line, below one directory; for several threads at once."""

    def __init__(self, words: list[str], top: Path, choices: Choices) -> None:
        self._words = words
        self._top = top
        self._choices = choices
        self._guard = threading.Lock()
        self._venvs: dict[str, Path] = {}
        self._tools = top / "tools"
        self._tools.mkdir(parents=True)
        (top / "home").mkdir()
        for directory in TOOLS:
            for tool in Path(directory).glob("*"):
                if not tool.name.startswith(HIDDEN) and not (self._tools / tool.name).is_symlink():
                    (self._tools / tool.name).symlink_to(tool)

    def run(self, scenario: Scenario) -> Result:
        """Run one scenario and check what it left."""
        result = Result(scenario)
        began = time.monotonic()
        wanted = [scenario.python, *scenario.other_pythons]
        pythons = [pick(version, self._choices.pythons) for version in wanted]
        missing = [version for version, found in zip(wanted, pythons, strict=True) if not found]
        if missing:
            result.checks["interpreters"] = f"no Python {', '.join(missing)} here; give --python"
            return result
        box = self._top / scenario.id
        try:
            with serve(scenario, self._choices.index, box / "files") as server:
                _Case(self, result, box, [one for one in pythons if one], server).run()
        except Exception as error:  # what a command leaves may be unreadable; that is its fault
            result.checks["readable"] = f"{type(error).__name__}: {error}"
        if not self._choices.keep:
            shutil.rmtree(box, ignore_errors=True)
        result.seconds = time.monotonic() - began
        return result

    def venv(self, version: str, target: Path) -> None:
        """A new environment without anything in it."""
        with self._guard:
            template = self._venvs.get(version)
            if template is None:
                template = self._venvs[version] = self._top / f"venv-{version}"
                python = self._choices.pythons[version]
                subprocess.run([python, "-m", "venv", "--without-pip", template], check=True)
        shutil.copytree(template, target, symlinks=True)

    def variables(self, box: Path, versions: list[str]) -> dict[str, str]:
        """The environment of a command that sees these interpreters, the first as `python3`."""
        (box / "bin").mkdir()
        (box / "tmp").mkdir()
        for version in reversed(versions):
            for name in (f"python{version.rpartition('.')[0]}", "python3", "python"):
                (box / "bin" / name).unlink(missing_ok=True)
                (box / "bin" / name).symlink_to(self._choices.pythons[version])
        variables = {
            "PATH": f"{box / 'bin'}:{self._tools}",
            "HOME": str(self._top / "home"),
            "TMPDIR": str(box / "tmp"),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for prefix in self._choices.prefixes:
            variables[f"{prefix}CACHE_DIR"] = str(box / "cache")
            variables[f"{prefix}PYTHON_DOWNLOADS"] = "never"
            variables[f"{prefix}PYTHON_INSTALL_DIR"] = str(self._top / "no-pythons")
            variables[f"{prefix}NO_CONFIG"] = "1"
            variables[f"{prefix}NO_PROGRESS"] = "1"
        return variables | dict(self._choices.variables)

    def call(self, words: list[str], cwd: Path, variables: dict[str, str]) -> Finished:
        """Run the command; at the end of its time it is killed with its children."""
        words = [*self._words, *words]
        process = subprocess.Popen(
            words, cwd=cwd, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        code: int | None
        try:
            out, err = process.communicate(timeout=self._choices.timeout)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = None
        return Finished(words, code, out, err)

    @property
    def command(self) -> list[str]:
        return self._words

    @property
    def choices(self) -> Choices:
        return self._choices


class _Case:
    """One run of one scenario in its box."""

    def __init__(
        self, runner: Runner, result: Result, box: Path, pythons: list[str], server: IndexServer
    ) -> None:
        self.runner = runner
        self.result = result
        self.scenario = result.scenario
        self.python = pythons[0]
        self.cwd = box / "cwd"
        self.cwd.mkdir()
        self.venv = box / "venv"
        self.url = server.url
        self.variables = runner.variables(box, pythons)

    def run(self) -> None:
        if self.scenario.kind != "lock":
            self.runner.venv(self.python, self.venv)
            self.variables["VIRTUAL_ENV"] = str(self.venv)
        {"install": self.install, "compile": self.compile, "lock": self.locked}[
            self.scenario.kind
        ]()
        self.result.checks["manners"] = self.manners()

    def call(self, *words: str) -> Finished:
        return self.runner.call([*words, "--index-url", self.url], self.cwd, self.variables)

    def install(self) -> None:
        done = self.result.run = self.call(
            "pip", "install", *self.options(), *self.scenario.requires
        )
        found, wrong = truth.installed(self.venv)
        self.result.found = {name: [version] for name, version in found.items()}
        self.outcome(done)
        if done.code == 0:
            self.result.checks["files"] = wrong
            environment = here(self.python)
            self.result.checks["closure"] = truth.faults(self.scenario, found, environment)
        elif found:
            self.result.checks["files"] = f"a failed command installed {found}"
        if self.runner.choices.again:
            self.result.checks["again"] = self.repeated(done, found)

    def repeated(self, first: Finished, found: dict[str, str]) -> str:
        """What differs where the command runs again: without its memories, then with them.

        Twice each, since what a run read is noted for the next one only when it was not too young.
        """
        words = first.words[len(self.runner.command) :]
        for variables in ({"WEFT_REUSE_RESOLUTIONS": "0"}, {}):
            for _ in range(2):
                shutil.rmtree(self.venv)
                self.runner.venv(self.python, self.venv)
                done = self.runner.call(words, self.cwd, self.variables | variables)
                now, _ = truth.installed(self.venv)
                if (done.code, done.out, now) != (first.code, first.out, found):
                    return f"{variables}: exit code {done.code}, {now}, {done.err[-300:]}"
        return ""

    def compile(self) -> None:
        source = self.cwd / "requirements.in"
        source.write_text("".join(f"{text}\n" for text in self.scenario.requires))
        words = ["pip", "compile", source.name, *self.options()]
        target = self.scenario.options.get("python")
        universal = bool(self.scenario.options.get("universal"))
        words += [f"--python-version={target}"] if target else []
        words += ["--universal"] if universal else []
        done = self.result.run = self.call(*words)
        self.result.pins = truth.pins_of(done.out)
        for name, version, _ in self.result.pins:
            self.result.found.setdefault(name, []).append(version)
        self.outcome(done)
        if self.runner.choices.again:
            self.result.checks["again"] = self.repeated(done, {})
        if done.code != 0:
            return
        full = target or self.python
        full += ".0" if full.count(".") == 1 else ""
        lowest = Version(self.python.rpartition(".")[0])
        environments = [
            one for one in universe() if Version(one["python_full_version"]) >= lowest
        ] if universal else [here(full)]  # fmt: skip
        self.result.checks["closure"] = truth.fault_of_pins(
            self.scenario, self.result.pins, environments, exact=not universal
        )

    def locked(self) -> None:
        (self.cwd / "pyproject.toml").write_text(_project(self.scenario))
        words = ["lock", *self.options()]
        done = self.result.run = self.call(*words)
        path = self.cwd / self.runner.choices.lock_name
        self.result.lock = path.read_text() if path.exists() else ""
        lock = tomllib.loads(self.result.lock)
        self.result.found = locks.versions_in(lock)
        self.outcome(done)
        if done.code != 0:
            self.result.checks["files"] = "a failed command left a lock" if self.result.lock else ""
            return
        self.result.checks["closure"] = locks.fault_of_lock(self.scenario, lock)
        again = self.call(*words, "--locked")
        same = again.code == 0 and path.read_text() == self.result.lock
        self.result.checks["again"] = "" if same else f"--locked: {again.code}, {again.err[-300:]}"
        if self.runner.choices.sync:
            self.result.checks["sync"] = self.synced(lock)

    def synced(self, lock: locks.Lock) -> str:
        done = self.call("sync", "--frozen")
        wanted, fault = locks.walk(lock, here(self.python))
        found, wrong = truth.installed(self.cwd / ".venv")
        found.pop("project", None)
        stuck = locks.not_installable(lock, wanted, self.python)
        if stuck:
            fine = done.code != 0 and not found
            return "" if fine else f"{stuck} cannot be installed here, yet {done.code}, {found}"
        if done.code != 0:
            return f"exit code {done.code}: {done.err[-300:]}"
        return fault or wrong or ("" if found == wanted else f"{found}, the lock says {wanted}")

    def options(self) -> list[str]:
        """The options that every kind of command has."""
        told, words = self.scenario.options, []
        if told.get("resolution"):
            words.append(f"--resolution={told['resolution']}")
        if told.get("prereleases"):
            words.append("--prerelease=allow")
        lock = self.scenario.kind == "lock"
        for name in told.get("no_build", []):
            words += ["--no-build-package" if lock else "--only-binary", name]
        for name in told.get("no_binary", []):
            words += ["--no-binary-package" if lock else "--no-binary", name]
        if told.get("python_platform") and not lock:
            words.append(f"--python-platform={told['python_platform']}")
        return words

    def outcome(self, done: Finished) -> None:
        """Compare with what the scenario expects; an unknown outcome becomes what was said."""
        if self.scenario.solvable is None:
            reason = ""
        elif self.scenario.solvable and done.code != 0:
            reason = f"exit code {done.code}, there is a solution"
        elif not self.scenario.solvable:
            reason = f"found {self.result.found}, there is no solution" if done.code == 0 else ""
        else:
            wrong = [
                f"{name}: {self.result.found.get(name)} instead of {version}"
                for name, version in sorted(self.scenario.expected.items())
                if Version(version) not in map(Version, self.result.found.get(name, []))
            ]
            reason = "; ".join(wrong)
        self.result.checks["outcome"] = reason

    def manners(self) -> str:
        """Whether a failure is one that a person can read."""
        done = self.result.run
        assert done is not None
        text = done.out + done.err
        if "Traceback (most recent call last)" in text:
            return "a traceback"
        if done.code not in (0, 1):
            return "no answer in time" if done.code is None else f"exit code {done.code}"
        if done.code == 1 and not any(name in text for name in self.scenario.names()):
            return "the message names no project of the scenario"
        return ""


def _project(scenario: Scenario) -> str:
    lines = ["[project]", 'name = "project"', 'version = "0.1.0"']
    if scenario.requires_python:
        lines.append(f"requires-python = {scenario.requires_python!r}")
    lines.append(f"dependencies = {_toml(scenario.requires)}")
    if required := scenario.options.get("required_environments"):
        lines += ["[tool.uv]", f"required-environments = {_toml(required)}"]
    return "\n".join(lines) + "\n"


def _toml(texts: list[str]) -> str:
    import json

    return json.dumps(texts)
