"""Managed Pythons: what is there afterwards, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import SOURCE, Finished, Weft
from tests.support.mounts import Mounter
from tests.support.python_mirror import (
    PythonMirror,
    archive,
    hostile,
    link,
    packed,
    pypy_archive,
)

OLD, NEW, NEXT = (f"cpython-{each}-linux-x86_64-gnu" for each in ("3.12.0", "3.12.1", "3.13.0"))
MINOR = "cpython-3.12-linux-x86_64-gnu"


class Machine(Weft):
    """A machine without any Python but managed ones."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.pythons = root / "pythons"
        self.bin = root / "bin"
        self.bin.mkdir()
        self.table = root / "table.json"
        self.environ |= {
            "PATH": str(self.bin),
            "SHELL": "/bin/bash",
            "WEFT_PYTHON_INSTALL_DIR": str(self.pythons),
            "WEFT_PYTHON_BIN_DIR": str(self.bin),
            "WEFT_PYTHON_DOWNLOADS_JSON_URL": str(self.table),
            "WEFT_HTTP_RETRIES": "0",
            "WEFT_PYTHON_DOWNLOADS": "automatic",
        }

    def installed(self) -> list[str]:
        """What is in the directory of Pythons, but what weft has there for itself."""
        own = (".lock", ".gitignore", ".temp")
        names = os.listdir(self.pythons) if self.pythons.exists() else []
        return sorted(name for name in names if name not in own)

    def left(self) -> list[str]:
        """What is not complete."""
        return os.listdir(self.pythons / ".temp") if (self.pythons / ".temp").exists() else []

    def bare(self, *words: str, **environ: str) -> Finished:
        """A run without any library beside weft."""
        done = subprocess.run(
            [os.path.realpath(sys.executable), "-S", "-m", "weft", *words],
            cwd=self.cwd,
            env={name: text for name, text in {**self.environ, **environ}.items() if text},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def asks(self, program: Path, code: str) -> str:
        done = subprocess.run(
            [program, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()


@pytest.fixture
def mirror() -> Iterator[PythonMirror]:
    with PythonMirror() as server:
        server.add("3.12.0", archive("3.12.1"))
        server.add("3.12.1", archive("3.12.1"))
        server.add("3.13.0", archive("3.13.0"))
        yield server


@pytest.fixture
def machine(tmp_path: Path, mirror: PythonMirror) -> Machine:
    made = Machine(tmp_path)
    mirror.table(made.table)
    return made


def test_a_managed_python_knows_where_it_is(machine: Machine) -> None:
    assert machine("python", "install", "3.12").code == 0
    place = machine.pythons / NEW
    program = place / "bin" / "python3.12"
    code = (
        "import sysconfig; values = sysconfig.get_config_vars(); "
        "print(values['LIBDIR'], values['PYTHON_BUILD_STANDALONE'], "
        "any(word.lstrip('-LI').startswith('/install') for each in values.values() "
        "for word in str(each).split()))"
    )
    assert machine.asks(program, code) == f"{place}/lib 1 False"
    marked = place / "lib" / "python3.12" / "EXTERNALLY-MANAGED"
    assert "managed by weft" in marked.read_text()
    assert (place / "BUILD").read_text() == "20240101"
    assert "prefix=${pcfiledir}/../.." in (place / "lib/pkgconfig/python-3.12.pc").read_text()
    assert machine("pip", "install", "--python", str(program), "x").code == 2


def test_environments_go_on_to_the_next_patch(machine: Machine) -> None:
    assert machine("python", "install", "3.12.0").code == 0
    assert machine("venv", "--python", "3.12", "moving").code == 0
    assert machine("venv", "--python", "3.12.0", "staying").code == 0
    moving, staying = (machine.cwd / name / "bin" / "python" for name in ("moving", "staying"))
    assert os.readlink(moving) == f"{machine.pythons}/{MINOR}/bin/python3.12"
    assert (
        f"home = {machine.pythons}/{MINOR}/bin\n"
        in (machine.cwd / "moving" / "pyvenv.cfg").read_text()
    )
    assert machine("python", "upgrade").code == 0
    assert os.path.realpath(moving) == f"{machine.pythons}/{NEW}/bin/python3.12"
    assert os.path.realpath(staying) == f"{machine.pythons}/{OLD}/bin/python3.12"
    asked = "import sys; print(sys.base_prefix)"
    assert machine.asks(moving, asked) == f"{machine.pythons}/{MINOR}"
    assert machine("pip", "list", "--python", "moving").code == 0
    assert machine("python", "uninstall", "3.12.1").code == 0
    assert machine.asks(moving, asked) == f"{machine.pythons}/{MINOR}"
    assert machine("python", "uninstall", "3.12").code == 0
    assert machine.installed() == []
    assert os.listdir(machine.bin) == []


def test_pypy_comes_as_it_is_published(machine: Machine, mirror: PythonMirror) -> None:
    mirror.add("3.10.16", pypy_archive("bz2"), implementation="pypy", build="7.3.19",
               filename="pypy3.10-v7.3.19-linux64.tar.bz2")  # fmt: skip
    mirror.table(machine.table)
    assert machine("python", "install", "pypy@3.10").code == 0
    place = machine.pythons / "pypy-3.10.16-linux-x86_64-gnu"
    assert os.readlink(place / "bin" / "python") == "pypy3.10"
    assert (place / "lib" / "pypy3.10" / "EXTERNALLY-MANAGED").exists()
    assert os.readlink(machine.bin / "pypy3.10") == str(place / "bin" / "pypy3.10")


def test_the_built_in_table_and_mirrors(
    machine: Machine, mirror: PythonMirror, tmp_path: Path
) -> None:
    mirror.add("3.10.16", pypy_archive(), implementation="pypy", build="7.3.19",
               filename="pypy3.10-v7.3.19-linux64.tar.gz")  # fmt: skip
    path = f"{mirror.library(tmp_path / 'library')}:{SOURCE}"
    told = {"PYTHONPATH": path, "WEFT_PYTHON_DOWNLOADS_JSON_URL": ""}
    done = machine("python", "install", "3.12", "--mirror", mirror.url, **told)
    assert done.code == 0, done.err
    assert mirror.asked == ["/20240101/cpython-3.12.1%2B20240101-x86_64-install_only.tar.gz"]
    done = machine("python", "install", "pypy", UV_PYPY_INSTALL_MIRROR=mirror.url, **told)
    assert done.code == 0, done.err
    assert mirror.asked[1:] == ["/pypy3.10-v7.3.19-linux64.tar.gz"]
    assert (machine.pythons / NEW / "BUILD").read_text() == "20240101"
    assert (machine.pythons / "pypy-3.10.16-linux-x86_64-gnu" / "BUILD").read_text() == "7.3.19"
    done = machine("python", "install", "3.13", WEFT_PYTHON_INSTALL_MIRROR=mirror.url, **told)
    assert done.code == 0, done.err


def test_a_mirror_in_a_settings_file_and_on_this_disk(machine: Machine, tmp_path: Path) -> None:
    content = archive("3.12.1")
    place = tmp_path / "files" / "20240107"
    place.mkdir(parents=True)
    name = "cpython-3.12.1+20240107-x86_64-unknown-linux-gnu-install_only.tar.gz"
    (place / name).write_bytes(content)
    (machine.cwd / "weft.toml").write_text(f'python-install-mirror = "file://{place.parent}"\n')
    done = machine("python", "install", "3.12.1", WEFT_PYTHON_DOWNLOADS_JSON_URL="")
    # The real table knows the hash of the real archive, and this is another one.
    assert done.code == 1
    assert "Hash mismatch for `cpython-3.12.1-linux-x86_64-gnu`" in done.err
    assert hashlib.sha256(content).hexdigest() in done.err
    assert machine.installed() == []


def test_a_mirror_of_what_the_table_has_from_elsewhere(machine: Machine) -> None:
    done = machine("python", "install", "3.12", "--mirror", "http://127.0.0.1:1")
    assert done.code == 1
    assert "A mirror was provided via `WEFT_PYTHON_INSTALL_MIRROR`, but the URL" in done.err


def test_archives_are_kept_on_request(machine: Machine, mirror: PythonMirror) -> None:
    kept = {"WEFT_PYTHON_CACHE_DIR": str(machine.root / "archives")}
    assert machine("python", "install", "3.12", **kept).code == 0
    assert machine("python", "uninstall", "3.12").code == 0
    assert machine("python", "install", "3.12", "--offline", **kept).code == 0
    (damaged,) = (machine.root / "archives").rglob("*.tar.gz")
    damaged.write_bytes(b"damaged")
    assert machine("python", "install", "3.12", "--reinstall", **kept).code == 0
    assert len(mirror.asked) == 2
    assert machine.asks(machine.bin / "python3.12", "print(1)") == "1"


def test_the_standard_library_is_compiled_on_request(machine: Machine) -> None:
    done = machine("python", "install", "3.12", "--compile-bytecode")
    assert done.code == 0
    library = machine.pythons / NEW / "lib" / "python3.12"
    count = len(list(library.rglob("*.py")))
    assert f"Bytecode compiled {count} files in T" in done.lines
    assert len(list(library.rglob("*.pyc"))) > count / 2


def outside(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    return info


HOSTILE = {
    "path": (hostile(("python/../../evil", b"x")), "leaves the directory"),
    "absolute": (hostile(("/tmp/weft-evil", b"x")), "has an absolute path"),
    "link": (hostile(link("python/lib/evil", "../../../evil")), "is a link that leads out"),
    "absolute link": (hostile(link("python/evil", "/etc")), "is a link to an absolute path"),
    "through a link": (
        hostile(link("python/evil", "lib"), ("python/evil/x", b"x")),
        "lies below a link",
    ),
    "hard link": (hostile(link("python/evil", "/etc/passwd", hard=True)), "has an absolute path"),
    "two links": (
        hostile(link("python/a", "b"), link("python/b", "../../evil")),
        "is a link that leads out",
    ),
    "device": (hostile(outside("python/null", tarfile.CHRTYPE)), "is a device file"),
    "pipe": (hostile(outside("python/pipe", tarfile.FIFOTYPE)), "is a named pipe"),
    "up": (hostile(link("python/up", "..")), "is a link that leads out"),
    "beside": (
        hostile(link("python/up", "../__MACOSX/x"), ("__MACOSX/x", b"")),
        "is a link that leads out",
    ),
    "a link in its place": (
        hostile(link("python/install", "real"), ("python/real/bin/python3.9", b"")),
        "Missing expected Python executable",
    ),
    "a directory of bytecode": (
        hostile(
            ("python/bin/python3.9", b""),
            ("python/lib/python3.9/_sysconfigdata_x.py", b"a = {}"),
            ("python/lib/python3.9/BUILD", b""),
            ("python/lib/python3.9/__pycache__/_sysconfigdata_x.y/z", b""),
            ("python/BUILD/x", b""),
        ),
        "Is a directory",
    ),
    "twice": (hostile(("python/x", b"1"), ("python/x", b"2")), "is in it twice"),
    "nothing in it": (hostile(), "it holds no files"),
    "two roots": (hostile(("python/x", b""), ("other/x", b"")), "one directory at its top"),
    "no interpreter": (
        hostile(("python/lib/python3.9/os.py", b"")),
        "Missing expected Python executable at `bin/python3.9`",
    ),
    "no library": (
        hostile(("python/bin/python3.9", b"")),
        "Missing expected Python executable at `lib/python3.9`",
    ),
    "no archive": (b"<html>not here</html>", "not a gzip file"),
    "truncated": (archive("3.12.1")[:500_000], "it is truncated"),
    "bad configuration": (
        hostile(
            ("python/bin/python3.9", b""),
            ("python/lib/python3.9/_sysconfigdata_x.py", b"import os; os.abort()"),
        ),
        "The configuration `_sysconfigdata_x.py` of the Python could not be read",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives_leave_nothing(machine: Machine, mirror: PythonMirror, case: str) -> None:
    content, complaint = HOSTILE[case]
    mirror.add("3.9.1", content)
    mirror.table(machine.table)
    done = machine("python", "install", "3.9")
    assert done.code == 1
    assert done.lines[0] == "error: Failed to install cpython-3.9.1-linux-x86_64-gnu"
    assert complaint in done.err
    assert "Traceback" not in done.err
    assert machine.installed() == machine.left() == os.listdir(machine.bin) == []
    assert not os.path.lexists("/tmp/weft-evil")
    assert not list(machine.root.glob("**/evil"))


def test_a_hostile_archive_does_not_replace_a_good_one(
    machine: Machine, mirror: PythonMirror
) -> None:
    assert machine("python", "install", "3.12").code == 0
    mirror.add("3.12.1", HOSTILE["link"][0])
    mirror.table(machine.table)
    assert machine("python", "install", "3.12.1", "--reinstall").code == 1
    assert machine.installed() == sorted((MINOR, NEW))
    assert machine.asks(machine.bin / "python3.12", "print(1)") == "1"


def test_a_name_that_no_format_has(machine: Machine, mirror: PythonMirror) -> None:
    mirror.add("3.9.1", b"x", filename="python.exe")
    mirror.table(machine.table)
    done = machine("python", "install", "3.9")
    assert done.code == 1
    assert "its file name ends with none of" in done.err


def test_a_connection_that_breaks(machine: Machine, mirror: PythonMirror) -> None:
    mirror.cut = 1000
    done = machine("python", "install", "3.12")
    assert done.code == 1
    assert "Failed to download `" in done.err
    assert machine.installed() == machine.left() == []
    mirror.cut = None
    assert machine("python", "install", "3.12").code == 0


def test_killed_in_the_middle_of_a_download(machine: Machine, mirror: PythonMirror) -> None:
    mirror.hold = True
    process = machine.start("python", "install", "3.12")
    assert mirror.waiting.wait(30)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert machine.installed() == []
    assert machine.left() != []
    mirror.hold = False
    mirror.held.set()
    assert machine("python", "install", "3.12").code == 0
    assert machine.installed() == sorted((MINOR, NEW))
    assert machine.left() == []


def test_killed_in_the_middle_of_unpacking(machine: Machine) -> None:
    """Killed at many moments; each time the next command finds all of it or nothing."""
    for pause in range(8):
        process = machine.start("python", "install", "3.12", "--reinstall")
        while process.poll() is None and not list(machine.pythons.glob(".temp/*/tree/*/*")):
            time.sleep(0.002)
        time.sleep(pause * 0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if NEW in machine.installed():
            assert machine.asks(machine.pythons / NEW / "bin" / "python3.12", "print(1)") == "1"
    assert machine("python", "install", "3.12").code == 0
    assert machine.left() == []
    assert machine.asks(machine.bin / "python3.12", "print(1)") == "1"


def test_killed_between_the_old_one_and_the_new(machine: Machine) -> None:
    assert machine("python", "install", "3.12").code == 0
    place = machine.pythons / NEW
    place.rename(machine.pythons / ".temp" / f"{NEW}.old")
    assert machine("python", "install", "3.12", "--offline").code == 0
    assert machine.asks(place / "bin" / "python3.12", "print(1)") == "1"
    assert machine.left() == []


def test_two_at_once_fetch_it_once(machine: Machine, mirror: PythonMirror) -> None:
    mirror.hold = True
    first = machine.start("python", "install", "3.12")
    assert mirror.waiting.wait(30)
    second = machine.start("python", "install", "3.12")
    third = machine.start("venv", "--python", "3.12")
    mirror.held.set()
    assert [each.wait(60) for each in (first, second, third)] == [0, 0, 0]
    for each in (first, second, third):
        each.communicate()
    assert len(mirror.asked) == 1
    assert machine.installed() == sorted((MINOR, NEW))
    assert (machine.cwd / ".venv" / "pyvenv.cfg").exists()


def test_the_lock_is_not_waited_for_for_ever(machine: Machine, mirror: PythonMirror) -> None:
    mirror.hold = True
    first = machine.start("python", "install", "3.12")
    assert mirror.waiting.wait(30)
    done = machine("python", "install", "3.12", WEFT_LOCK_TIMEOUT="1")
    mirror.held.set()
    first.communicate(timeout=60)
    assert done.code == 2
    assert "Timeout (1s) when waiting for lock on" in done.err
    assert first.returncode == 0


@pytest.mark.mounts
def test_a_full_disk_leaves_nothing(machine: Machine, mounts: Mounter) -> None:
    small = mounts.tmpfs("small", size="4m")
    done = machine("python", "install", "3.12", WEFT_PYTHON_INSTALL_DIR=str(small / "pythons"))
    assert done.code == 1
    assert "No space left on device (os error 28)" in done.err
    assert os.listdir(small / "pythons" / ".temp") == []
    assert not list((small / "pythons").glob("cpython*"))


@pytest.mark.mounts
def test_a_directory_that_can_only_be_read(machine: Machine, mounts: Mounter) -> None:
    source = machine.root / "source"
    source.mkdir()
    still = mounts.bind("still", source, read_only=True)
    done = machine("python", "install", "3.12", WEFT_PYTHON_INSTALL_DIR=str(still / "pythons"))
    assert done.code == 2
    assert "Read-only file system (os error 30)" in done.err
    assert "hint: Run `export WEFT_PYTHON_INSTALL_DIR=` with a directory" in done.err
    assert "Traceback" not in done.err


@pytest.mark.mounts
def test_executables_that_cannot_be_made(machine: Machine, mounts: Mounter) -> None:
    source = machine.root / "source"
    source.mkdir()
    still = str(mounts.bind("still", source, read_only=True))
    done = machine("python", "install", "3.12", WEFT_PYTHON_BIN_DIR=still)
    assert done.code == 0
    assert f"warning: Failed to install executable for {NEW}" in done.lines
    assert "  cause: Read-only file system (os error 30)" in done.lines
    assert machine.installed() == sorted((MINOR, NEW))
    done = machine("python", "install", "3.12", "--bin", WEFT_PYTHON_BIN_DIR=still)
    assert done.code == 1
    assert f"error: Failed to install executable for {NEW}" in done.lines


@pytest.mark.mounts
def test_the_cache_may_be_on_another_disk_than_the_pythons(
    machine: Machine, mounts: Mounter
) -> None:
    ram = mounts.tmpfs("ram")
    done = machine("python", "install", "3.12", WEFT_PYTHON_INSTALL_DIR=str(ram / "pythons"))
    assert done.code == 0
    assert (ram / "pythons" / NEW / "bin" / "python3.12").exists()


def test_what_is_not_a_python_stays(machine: Machine) -> None:
    machine.pythons.mkdir()
    (machine.pythons / "notes").mkdir()
    (machine.pythons / MINOR).mkdir()
    assert machine("python", "install", "3.12").code == 0
    assert machine("python", "uninstall", "--all").code == 0
    assert machine.installed() == sorted((MINOR, "notes"))


def test_one_that_somebody_broke_is_made_again(machine: Machine) -> None:
    assert machine("python", "install", "3.12").code == 0
    (machine.pythons / NEW / "bin" / "python3.12").unlink()
    done = machine("python", "install", "3.12")
    assert done.code == 0
    assert f" + {NEW}" in done.lines
    assert machine.asks(machine.bin / "python3.12", "print(1)") == "1"
    (machine.pythons / NEW / "bin" / "python3.12").unlink()
    assert machine("venv", "--python", "3.12").code == 0
    assert machine.asks(machine.cwd / ".venv" / "bin" / "python", "print(1)") == "1"


def test_links_that_a_kill_left_out_are_made_by_the_next(machine: Machine) -> None:
    assert machine("python", "install", "3.12").code == 0
    (machine.pythons / MINOR).unlink()
    (machine.bin / "python3.12").unlink()
    done = machine("python", "install", "3.12", "--offline")
    assert done.code == 0
    assert f" + {NEW} (python3.12)" in done.lines
    assert machine.installed() == sorted((MINOR, NEW))
    assert machine.asks(machine.bin / "python3.12", "print(1)") == "1"


def test_full_archives_are_taken_too(machine: Machine, mirror: PythonMirror) -> None:
    place = machine.root / "full"
    with tarfile.open(fileobj=io.BytesIO(archive("3.12.1"))) as tar:
        tar.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    mirror.add("3.12.2", packed({"python/install": place / "python", "python/build": machine.bin}))
    mirror.table(machine.table)
    assert machine("python", "install", "3.12.2").code == 0
    names = os.listdir(machine.pythons / "cpython-3.12.2-linux-x86_64-gnu")
    assert sorted(names) == ["BUILD", "bin", "lib"]
