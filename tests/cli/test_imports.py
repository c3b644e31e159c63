"""Loading compiled modules: only those that Python itself would take."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import weft
from weft.cli.imports import Finder


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


def test_a_package_is_loaded_with_the_place_of_its_modules(tmp_path: Path) -> None:
    package = tmp_path / "inner"
    package.mkdir()
    (package / "__init__.py").write_text("ANSWER = 40\n")
    assert find(tmp_path, "weft.inner") is None
    py_compile.compile(str(package / "__init__.py"))
    spec = Finder.find_spec("weft.inner", [str(tmp_path)])
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)
    assert module.ANSWER == 40
    assert list(module.__path__) == [str(package)]
    assert module.__package__ == "weft.inner"
    assert spec.loader.is_package("weft.inner")  # type: ignore[attr-defined]


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


def test_an_interrupt_while_loading_ends_without_a_traceback() -> None:
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "def interrupt(event, about):\n"
        "    if event == 'import' and about[0] == 'weft.cli.printer':\n"
        "        raise KeyboardInterrupt\n"
        "sys.addaudithook(interrupt)\n"
        "sys.argv = ['weft', 'pip', 'list']\n"
        "from weft.cli.main import run\n"
        "run()\n"
    )
    done = subprocess.run([sys.executable, "-ISc", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


@pytest.fixture(name="tree", scope="module")
def _tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of weft, compiled, with the pack of `pip freeze`."""
    tree = tmp_path_factory.mktemp("copy") / "weft"
    shutil.copytree(Path(weft.__file__).parent, tree, ignore=shutil.ignore_patterns("__pycache__"))
    for _ in range(3):  # the first compiles, the second packs
        assert called(tree).returncode == 0
    return tree


WORDS = ["pip", "freeze", "--python", sys.executable]


def called(tree: Path, first: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command on `tree`; `first` is done before."""
    program = (
        "import sys\n"
        f"sys.path.insert(0, {str(tree.parent)!r})\n"
        "opened = []\n"
        "def hear(event, facts):\n"
        "    if event == 'open' and str(facts[0]).endswith(('.pyc', '.pack')):\n"
        "        opened.append(facts[0])\n"
        "sys.addaudithook(hear)\n"
        f"sys.argv = ['weft', *{WORDS!r}]\n"
        "def leave(code):\n"
        "    print(len(opened), file=sys.stderr, flush=True)\n"
        "    sys.exit(code)\n"
        "import os\n"
        "os._exit = leave\n"
        f"{first}\n"
        "from weft.cli.main import run\n"
        "run()\n"
    )
    return subprocess.run([sys.executable, "-IS", "-c", program], capture_output=True, text=True)


def pack_of(tree: Path) -> Path:
    return tree / "__pycache__" / f"pip_freeze.{sys.implementation.cache_tag}.pack"


def read_alone(done: subprocess.CompletedProcess[str]) -> int:
    """How many modules (and the pack) were read one by one."""
    return int(done.stderr.split()[-1])


def test_what_a_command_needs_is_read_at_once(tree: Path) -> None:
    pack = pack_of(tree)
    before = pack.stat()
    packed = called(tree)
    assert (pack.stat().st_ino, pack.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    pack.unlink()
    alone = called(tree)
    assert alone.stdout == packed.stdout
    assert read_alone(packed) <= read_alone(alone) - 12
    assert pack.exists()


def test_what_was_loaded_before_a_pack_was_opened_does_not_write_it_anew(tree: Path) -> None:
    """As by commands that look first whether an earlier run has answered them."""
    called(tree)
    pack = pack_of(tree)
    before = pack.stat()
    first = (
        "import weft.cli.imports\n"
        "weft.cli.imports.install()\n"
        "import weft.core.marker, weft.core.requirement, weft.core.tags, weft.core.metadata\n"
        "import weft.system.locks, weft.system.mounts, weft.store.layout, weft.core.dates\n"
        "assert len(weft.cli.imports._loaded) > 12"
    )
    done = called(tree, first)
    assert done.returncode == 0, done.stderr
    after = pack.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_modules_that_are_read_in_vain_are_parted_from_those_that_are_needed(tree: Path) -> None:
    """As when a pack was written by a run of the same command that had more to do."""
    first = (
        "from weft.cli import imports\n"
        "pack = imports.pack\n"
        "def mixed():\n"
        "    import weft.lock.uvlock_write, weft.resolver.solver, weft.project.edit\n"
        "    kept = dict(imports._loaded)\n"
        "    imports._loaded.clear()\n"
        "    for name in sorted(kept, key=lambda name: name[::-1]):\n"
        "        imports._loaded[name] = kept[name]\n"
        "    pack()\n"
        "imports.pack = mixed\n"
    )
    telling = (
        "from weft.cli import imports\n"
        "pack = imports.pack\n"
        "def told():\n"
        "    print(len(imports._at_hand), file=sys.stderr)\n"
        "    pack()\n"
        "imports.pack = told\n"
    )
    pack = pack_of(tree)
    for _ in range(2):  # the first compiles
        pack.unlink()
        called(tree, first)
    in_vain = int(called(tree, telling).stderr.split()[-2])
    assert in_vain >= 12
    before = pack.stat()
    assert int(called(tree, telling).stderr.split()[-2]) == 0
    for runs in (first, ""):  # both kinds of run find what they need now
        done = called(tree, runs)
        assert done.returncode == 0, done.stderr
    assert (pack.stat().st_ino, pack.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_changed_module_is_not_taken_from_a_pack(tree: Path) -> None:
    source = tree / "ops" / "pip_freeze.py"
    kept = source.read_text()
    source.write_text(f"{kept}\nprint('changed')\n")
    done = called(tree)
    source.write_text(kept)
    assert "changed\n" in done.stdout


def test_a_damaged_pack_is_as_good_as_none(tree: Path) -> None:
    pack = pack_of(tree)
    expected, data = called(tree).stdout, pack.read_bytes()
    middle = len(data) // 2
    spoiled = data[:middle] + bytes(99) + data[middle + 99 :]
    short = (b"", data[:3], data[:2000], data[:middle])
    for damaged in (*short, b"\0" + data[1:], data[:4] + b"i\1\0\0\0", spoiled):
        pack.write_bytes(damaged)
        done = called(tree)
        assert (done.returncode, done.stdout) == (0, expected)
    called(tree)
    assert pack.read_bytes()[:4] == data[:4]


def test_a_descriptor_that_became_another_file_is_no_pack(tree: Path) -> None:
    """As in a process that goes on behind weft and has closed what it had from its parent."""
    for other in (f"os.open({os.devnull!r}, 0)", f"os.open({str(Path(weft.__file__))!r}, 0)"):
        first = (
            "from weft.cli import imports\n"
            "unpack = imports.unpack\n"
            "def opened_again(command):\n"
            "    found = unpack(command)\n"
            "    assert found\n"
            f"    os.dup2({other}, imports._opened[0])\n"
            "    return found\n"
            "imports.unpack = opened_again"
        )
        expected = called(tree)
        done = called(tree, first)
        assert (done.returncode, done.stdout) == (0, expected.stdout), done.stderr
        assert read_alone(done) > read_alone(expected)
    closed = first.replace("    return found", "    os.close(imports._opened[0])\n    return found")
    assert called(tree, closed).stdout == expected.stdout


def test_the_words_of_a_command_name_no_other_file(tree: Path) -> None:
    opened = set()
    for words in (["../../x", "y"], ["help", "../x"], ["no_such", "verb"]):
        program = (
            "import sys\n"
            f"sys.path.insert(0, {str(tree.parent)!r})\n"
            "def hear(event, facts):\n"
            "    if event == 'open' and str(facts[0]).endswith('.pack'):\n"
            "        print(facts[0])\n"
            "sys.addaudithook(hear)\n"
            f"sys.argv = ['weft', *{words!r}]\n"
            "from weft.cli.main import run\n"
            "run()\n"
        )
        command = [sys.executable, "-IS", "-c", program]
        opened.update(subprocess.run(command, capture_output=True, text=True).stdout.split("\n"))
    places = {line for line in opened if line.endswith(".pack")}
    assert {str(Path(place).parent) for place in places} == {str(tree / "__pycache__")}
    assert {Path(place).name.split(".")[0] for place in places} == {
        "help",
        "no_such_verb",
        "no_such",
    }


def test_a_copied_tree_runs_its_own_modules(tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "weft"
    shutil.copytree(tree, other, ignore=shutil.ignore_patterns("*.pyc"))
    source = other / "ops" / "pip_freeze.py"
    status = source.stat()
    source.write_text(source.read_text().replace("return 0", "return 5"))
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert called(tree).returncode == 0
    assert called(other).returncode == 5


def test_no_pack_is_written_where_python_may_write_none(tree: Path) -> None:
    pack_of(tree).unlink()
    try:
        program = "import sys; sys.dont_write_bytecode = True\n"
        program += f"sys.path.insert(0, {str(tree.parent)!r})\n"
        program += f"sys.argv = ['weft', *{WORDS!r}]\nfrom weft.cli.main import run; run()\n"
        subprocess.run([sys.executable, "-IS", "-c", program], check=True, capture_output=True)
        assert not pack_of(tree).exists()
    finally:
        called(tree)
    assert pack_of(tree).exists()
