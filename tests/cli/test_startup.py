"""What a start costs: the modules that a command imports before its verb runs.

Modules are counted, not milliseconds: a figure of time would fail on a busy machine, a module that
should not be there is wrong everywhere.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import weft

SOURCE = str(Path(weft.__file__).parent.parent)

# What Python itself has loaded, and what costs nothing.
FREE = {
    "sys", "builtins", "marshal", "zlib", "struct", "_struct", "time", "errno", "fcntl", "posix",
    "stat", "_stat", "posixpath", "genericpath", "abc", "_abc", "io", "_io", "codecs", "_codecs",
    "encodings", "__future__",
    "zipimport", "_weakref", "_thread", "_warnings", "_imp", "_signal", "pwd", "winreg", "nt",
    "_hashlib", "_sha2", "_sha256", "_operator", "gc", "_frozen_importlib",
    "_frozen_importlib_external", "__main__",
}  # fmt: skip
ROOMS = ("weft.cli", "weft.ops", "weft.core", "weft.system")


def imported(*words: str) -> set[str]:
    """Every module that is loaded when the verb of `weft WORDS` is called."""
    script = (
        "import sys\n"
        f"sys.path.insert(0, {SOURCE!r})\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'weft.ops.pip_install':\n"
        "            print(*sorted(sys.modules))\n"
        "            sys.exit(0)\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from weft.cli.main import main\n"
        "code = main(sys.argv[1:])\n"
        "print(*sorted(sys.modules))\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, *words],
        capture_output=True,
        text=True,
        cwd="/",
        env={"HOME": "/nonexistent", "XDG_CONFIG_DIRS": "/nonexistent", "UV_NO_PROGRESS": "1"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "words",
    [["--version"], ["cache", "dir"], ["pip", "install", "x"], ["pip", "install", "x", "-U", "-q"]],
    ids=" ".join,
)
def test_only_cheap_modules_are_loaded(words: list[str]) -> None:
    foreign = {
        name
        for name in imported(*words)
        if name not in FREE
        and not name.startswith("encodings.")
        and name != "weft"
        and not any(name == room or name.startswith(f"{room}.") for room in ROOMS)
        and not name.startswith("weft.store")  # `cache dir` may ask the store where it is
        and name not in ("weft.install", "weft.install.verdict")  # the shortest way
    }
    assert foreign == set()


def test_asking_for_the_version_loads_no_table() -> None:
    loaded = {name for name in imported("--version") if name.startswith("weft")}
    system = {"weft.system", "weft.system.lean"}
    assert loaded == {"weft", "weft.cli", "weft.cli.main", "weft.cli.terminal", *system}


def test_only_the_rows_of_the_command_are_loaded() -> None:
    tables = {name for name in imported("cache", "dir") if "options_" in name}
    own = {"weft.ops.options_project"}
    assert tables == {"weft.ops.options_global", "weft.ops.options_ambient"} | own


def test_tables_are_constants() -> None:
    """A table of plain constants comes out of the `.pyc` without being built."""
    import dis

    for path in Path(weft.__file__).parent.glob("ops/options_*.py"):
        if path.stem in ("options_checks", "options_values", "options_platforms"):
            continue
        code = compile(path.read_text(), str(path), "exec")
        names = {step.opname for step in dis.get_instructions(code)}
        built = {name for name in names if name.startswith(("BUILD_", "FORMAT_", "CALL"))}
        assert not built, (path.name, built)
