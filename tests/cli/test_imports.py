"""Loading compiled modules: only those that Python itself would take."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import subprocess
import sys
from typing import TYPE_CHECKING

from weft.cli.imports import Finder

if TYPE_CHECKING:
    from pathlib import Path


def make(directory: Path, text: str = "ANSWER = 41\n") -> Path:
    source = directory / "sample.py"
    source.write_text(text)
    py_compile.compile(str(source))
    return source


def find(directory: Path, name: str = "weft.sample") -> object:
    return Finder.find_spec(name, [str(directory)])


def test_a_compiled_module_is_loaded(tmp_path: Path) -> None:
    source = make(tmp_path)
    spec = Finder.find_spec("weft.sample", [str(tmp_path)])
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)
    assert module.ANSWER == 41
    assert module.__file__ == str(source)
    assert module.__cached__ == importlib.util.cache_from_source(str(source))
    assert spec.loader.get_source("weft.sample") == source.read_text()  # type: ignore[attr-defined]


def test_a_changed_source_is_left_to_python(tmp_path: Path) -> None:
    source = make(tmp_path)
    status = source.stat()
    source.write_text("ANSWER = 42\n")
    os.utime(source, (status.st_atime + 10, status.st_mtime + 10))
    assert find(tmp_path) is None
    make(tmp_path)
    source.write_text("ANSWER = 421\n")
    os.utime(source, (status.st_atime, status.st_mtime))
    assert find(tmp_path) is None


def test_what_is_missing_damaged_or_unusual_is_left_to_python(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    source = make(tmp_path)
    compiled = importlib.util.cache_from_source(str(source))
    assert find(tmp_path) is not None
    assert find(tmp_path, "other.sample") is None
    with open(compiled, "rb") as file:
        data = file.read()
    for damaged in (b"", data[:10], data[:20], b"\0" * 4 + data[4:], data[:16] + b"\xff"):
        with open(compiled, "wb") as file:
            file.write(damaged)
        assert find(tmp_path) is None
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert find(tmp_path) is None


def test_a_moved_module_is_left_to_python(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    make(old)
    old.rename(tmp_path / "new")
    assert find(tmp_path / "new") is None


def test_a_command_loads_its_modules_that_way() -> None:
    program = (
        "import os, sys\n"
        "sys.argv = ['weft', 'pip', 'list', '--help']\n"
        "def leave(code):\n"
        "    module = sys.modules['weft.cli.parser']\n"
        "    print(type(module.__spec__.loader).__module__, file=sys.stderr, flush=True)\n"
        "os._exit = sys.exit = leave\n"
        "from weft.cli.main import run\n"
        "run()\n"
    )
    for _ in range(2):  # the first may have to compile
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert set(done.stderr.split()) == {"weft.cli.imports"}


def test_a_process_with_threads_ends_in_the_usual_way() -> None:
    program = (
        "import atexit, sys, {module}\n"
        "atexit.register(print, 'asked')\n"
        "sys.argv = ['weft', 'pip', 'list', '--no-such-option']\n"
        "from weft.cli.main import run\n"
        "run()\n"
    )
    for module, said in (("threading", "asked"), ("time", "")):
        done = subprocess.run(
            [
                sys.executable,
                "-ISc",
                f"import sys; sys.path[:0] = {sys.path!r}\n" + program.format(module=module),
            ],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout.strip()) == (2, said)
