"""What is asked once is remembered for as long as it is true."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.python.conftest import script
from tests.python.test_probe import ordinarily
from weft.core.errors import SystemFailure
from weft.python.environment import create
from weft.python.facts import interpret
from weft.python.interpreter import Interpreter, probe
from weft.python.probe import ask
from weft.store.layout import Bucket
from weft.store.store import Store
from weft.system.workers import fork_map


class Counting:
    """A real store that counts what is written: one write, one interpreter that was run."""

    def __init__(self, root: Path) -> None:
        self.store = Store(str(root))
        self.written = 0

    def read(self, bucket: str, key: str) -> bytes | None:
        return self.store.read(bucket, key)

    def write(self, bucket: str, key: str, data: bytes) -> None:
        self.written += 1
        self.store.write(bucket, key, data)


@pytest.fixture
def counting(tmp_path: Path) -> Counting:
    return Counting(tmp_path / "counting")


def copied_environment(prefix: Path, own: Interpreter) -> str:
    """An environment with a copy of its interpreter instead of a link."""
    options = ["-m", "venv", "--copies", "--without-pip", str(prefix)]
    subprocess.run([own.executable, *options], check=True)
    return str(prefix / "bin" / "python")


def forbid_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("an interpreter was run")

    monkeypatch.setattr("weft.system.process.run", refuse)


def test_a_second_look_runs_nothing(
    each: Interpreter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_running(monkeypatch)
    assert probe(each.executable, store) == each


def test_an_environment_of_a_known_interpreter_is_not_run(
    each: Interpreter, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(str(tmp_path / "e"), each)
    executable, prefix, base, version, paths, path = ordinarily(made.executable)
    forbid_running(monkeypatch)
    found = probe(made.executable, store)
    assert (found.executable, found.prefix, found.base_prefix) == (executable, prefix, base)
    assert found.version == version
    assert found.is_virtual
    assert found.externally_managed is None
    assert os.path.samefile(found.base_executable, each.executable)
    for name in ("purelib", "platlib", "scripts", "data"):
        assert found.schemes[name] == paths[name]
    assert found.schemes["headers"] == f"{prefix}/include/site/python{version.rpartition('.')[0]}"
    assert found.site_packages == (paths["purelib"],)
    assert paths["purelib"] in path


def test_what_is_derived_equals_what_is_asked(each: Interpreter, tmp_path: Path) -> None:
    made = create(str(tmp_path / "e"), each)
    asked = interpret(ask(made.executable))
    for name in ("executable", "prefix", "base_prefix", "version", "schemes", "markers", "tags"):
        assert getattr(asked, name) == getattr(made, name)
    assert os.path.samefile(asked.base_executable, made.base_executable)


def test_packages_of_the_system_count_only_where_they_are_seen(
    own: Interpreter, tmp_path: Path
) -> None:
    alone = create(str(tmp_path / "alone"), own)
    seeing = create(str(tmp_path / "seeing"), own, system_site_packages=True)
    assert alone.site_packages == alone.package_directories
    assert seeing.site_packages == (*seeing.package_directories, *own.site_packages)
    for made in (alone, seeing):
        path = ordinarily(made.executable)[-1]
        existing = [place for place in made.site_packages if os.path.isdir(place)]
        assert [place for place in path if place in existing] == existing


def test_a_copy_is_asked_again_when_it_or_its_configuration_changes(
    own: Interpreter, tmp_path: Path, counting: Counting
) -> None:
    path = copied_environment(tmp_path / "e", own)
    first = probe(path, counting)
    assert first.prefix == str(tmp_path / "e")
    assert os.path.samefile(first.base_executable, own.executable)
    assert probe(path, counting) == first
    assert counting.written == 1
    os.utime(path)
    probe(path, counting)
    assert counting.written == 2
    with open(tmp_path / "e" / "pyvenv.cfg", "a") as stream:
        stream.write("other = 1\n")
    probe(path, counting)
    probe(path, counting)
    assert counting.written == 3


def test_an_environment_made_of_a_copy_uses_the_interpreter_below(
    own: Interpreter, tmp_path: Path, store: Store
) -> None:
    path = copied_environment(tmp_path / "copy", own)
    made = create(str(tmp_path / "e"), probe(path, store))
    assert os.path.samefile(tmp_path / "e" / "bin" / "python", own.executable)
    assert ordinarily(made.executable)[1:3] == (made.prefix, own.prefix)


def test_a_link_to_the_copy_of_another_environment_is_not_confused(
    own: Interpreter, tmp_path: Path, counting: Counting
) -> None:
    copy = copied_environment(tmp_path / "copy", own)
    made = create(str(tmp_path / "e"), own)
    os.unlink(made.executable)
    os.symlink(copy, made.executable)
    for _ in range(2):
        assert probe(copy, counting).prefix == str(tmp_path / "copy")
        assert probe(made.executable, counting).prefix == str(tmp_path / "e")


def test_one_interpreter_by_two_names_is_asked_once(
    own: Interpreter, tmp_path: Path, counting: Counting
) -> None:
    link = tmp_path / "bin" / "python3"
    link.parent.mkdir()
    link.symlink_to(own.executable)
    first, second = probe(own.executable, counting), probe(str(link), counting)
    assert counting.written == 1
    assert (first.executable, second.executable) == (own.executable, str(link))
    assert first.prefix == second.prefix
    assert ordinarily(str(link))[:2] == (second.executable, second.prefix)


@pytest.mark.parametrize("data", [b"", b"\0", b"(\x03\0\0\0", b"x" * 100, b"i\1\0\0\0"])
def test_a_damaged_cache_is_not_believed(data: bytes, own: Interpreter, counting: Counting) -> None:
    from weft.core.digest import short_digest

    probe(own.executable, counting)
    counting.store.write(Bucket.INTERPRETERS, short_digest(os.path.realpath(own.executable)), data)
    assert probe(own.executable, counting) == own
    assert counting.written == 2


def test_a_cache_that_cannot_be_written_is_done_without(own: Interpreter) -> None:
    class Full:
        def read(self, _bucket: str, _key: str) -> None:
            return None

        def write(self, _bucket: str, key: str, _data: bytes) -> None:
            raise SystemFailure("write", key, OSError(28, "No space left on device"))

    assert probe(own.executable, Full()) == own


def test_a_wrapper_is_followed_wherever_it_leads_today(
    own: Interpreter, tmp_path: Path, counting: Counting
) -> None:
    copy = copied_environment(tmp_path / "e", own)
    wrapper = tmp_path / "bin" / "python"
    script(wrapper, f'exec {own.executable} "$@"')
    assert probe(str(wrapper), counting) == own
    script(wrapper, f'exec {copy} "$@"')
    assert probe(str(wrapper), counting).prefix == str(tmp_path / "e")


def test_a_link_to_a_program_that_chooses_by_name_is_followed_each_time(
    own: Interpreter, tmp_path: Path, counting: Counting
) -> None:
    copy = copied_environment(tmp_path / "e", own)
    chooser = script(
        tmp_path / "chooser",
        f'case "$0" in */first) exec {own.executable} "$@";; *) exec {copy} "$@";; esac',
    )
    for name in ("first", "second"):
        (tmp_path / name).symlink_to(chooser)
    for _ in range(2):
        assert probe(str(tmp_path / "first"), counting).executable == own.executable
        assert probe(str(tmp_path / "second"), counting).executable == copy


def test_many_processes_may_ask_at_once(own: Interpreter, tmp_path: Path) -> None:
    root = str(tmp_path / "store")

    def ask_once(_number: int) -> str:
        return probe(own.executable, Store(root)).version

    assert fork_map(8, ask_once, workers=4) == [own.version] * 8
    assert probe(own.executable, Store(root)) == own


def test_nothing_slow_is_loaded_to_look_up_a_known_environment(
    own: Interpreter, tmp_path: Path
) -> None:
    root = str(tmp_path / "store")
    made = create(str(tmp_path / ".venv"), own)
    probe(made.executable, Store(root))
    text = (
        "import sys; sys.path[:] = [p for p in sys.path if p] + [sys.argv[1]]\n"
        "from weft.store.store import Store\n"
        "before = set(sys.modules)\n"
        "from weft.python.discovery import find_environment\n"
        "from weft.python.installed import scan\n"
        "found = find_environment(environ={}, cwd=sys.argv[3], store=Store(sys.argv[2]))\n"
        "scan(found.package_directories)\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    source = Path(__file__).parents[2] / "src"
    argv = [own.executable, "-I", "-S", "-c", text, str(source), root, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.stderr == ""
    loaded = {name for name in done.stdout.split() if not name.startswith("weft.core")}
    assert loaded <= {
        "weft.python",
        "weft.python.discovery",
        "weft.python.installed",
        "weft.python.interpreter",
        "weft.system",
        "weft.system.files",
        "_sha256",
        "_sha2",
    }


def test_an_upgrade_in_place_is_noticed(
    own: Interpreter, newest: Interpreter, tmp_path: Path, counting: Counting
) -> None:
    path = tmp_path / "python"
    for interpreter in (own, newest):
        shutil.rmtree(tmp_path / "e", ignore_errors=True)
        path.unlink(missing_ok=True)
        path.symlink_to(interpreter.executable)
        assert probe(str(path), counting).version == interpreter.version
