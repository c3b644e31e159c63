"""The directory of managed Pythons, and what a build becomes in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from weft.core.errors import SystemFailure
from weft.python.keys import Host, PythonKey
from weft.python.links import (
    bin_names,
    owner_of,
    remove_bin_links,
    set_bin_link,
    set_minor_links,
    through_link,
)
from weft.python.managed import (
    Home,
    Installation,
    NoPython,
    complete,
    executable_below,
    executable_name,
    home_of,
)
from weft.python.relocation import BadConfiguration, relocate, relocated
from weft.system.locks import LockTimeout

HERE = Host("linux", "x86_64", "gnu")


def key(version: str, variant: str = "", **parts: str) -> PythonKey:
    given = {"implementation": "cpython", "os": "linux", "arch": "x86_64", "libc": "gnu", **parts}
    return PythonKey(version=version, variant=variant, **given)


def build(directory: Path, of: PythonKey) -> Path:
    """As much of a build as anybody looks at."""
    program = directory / executable_below(of)
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(str(of))
    version = ".".join(map(str, of.minor))
    stem = "pypy" if of.implementation == "pypy" else "python"
    suffix = "t" if of.gil_disabled else ""
    library = "Lib" if of.os == "windows" else f"lib/{stem}{version}{suffix}"
    (directory / library).mkdir(parents=True)
    return directory


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "pythons"))


def install(home: Home, of: PythonKey) -> Installation:
    lock = home.lock(1)
    try:
        return home.publish(str(build(Path(home.stage()), of)), of)
    finally:
        lock.release()


@pytest.mark.parametrize(
    ("of", "below", "names"),
    [
        (key("3.12.1"), "bin/python3.12", ("python3.12", "python3", "python")),
        (key("3.13.0", "freethreaded"), "bin/python3.13t", ("python3.13t", "python3t", "pythont")),
        (key("3.13.0", "debug"), "bin/python3.13d", ("python3.13d", "python3d", "pythond")),
        (key("3.10.1", implementation="pypy"), "bin/pypy3.10", ("pypy3.10", "pypy3", "pypy")),
        (
            key("3.12.1", os="windows", libc="none"),
            "python.exe",
            ("python3.12.exe", "python3.exe", "python.exe"),
        ),
        (
            key("3.10.1", implementation="pypy", os="windows", libc="none"),
            "pypy3.10.exe",
            ("pypy3.10.exe", "pypy3.exe", "pypy.exe"),
        ),
    ],
)
def test_names(of: PythonKey, below: str, names: tuple[str, ...]) -> None:
    assert executable_below(of) == below
    assert executable_name(of) == names[0]
    installation = Installation("/x", of)
    assert bin_names(installation, default=True) == names
    assert bin_names(installation, default=False) == names[:1]


@pytest.mark.parametrize(
    "of",
    [
        key("3.12.1"),
        key("3.13.0", "freethreaded"),
        key("3.13.0", "freethreaded+debug"),
        key("3.10.1", implementation="pypy"),
        key("3.12.1", os="windows", libc="none"),
    ],
)
def test_a_build_becomes_a_managed_python(tmp_path: Path, of: PythonKey) -> None:
    directory = build(tmp_path / "build", of)
    complete(str(directory), of, place="/there", build="2024")
    (mark,) = directory.rglob("EXTERNALLY-MANAGED")
    assert mark.read_text().startswith("[externally-managed]\n")
    assert Installation(str(directory), of).build == "2024"
    plain = "python.exe" if of.os == "windows" else "bin/python"
    assert (directory / plain).read_text() == str(of)


def test_a_build_without_an_interpreter(tmp_path: Path) -> None:
    with pytest.raises(NoPython, match=r"bin/python3\.12"):
        complete(str(tmp_path), key("3.12.1"), place="/there", build="")


def test_where_it_is(tmp_path: Path) -> None:
    def found(chosen: str | None = None, **environ: str) -> str:
        return home_of({"HOME": "/h", **environ}, "linux", cwd="/c", chosen=chosen).root

    assert found() == "/h/.local/share/weft/python"
    assert found(UV_PYTHON_INSTALL_DIR="/u") == found()
    assert found(WEFT_PYTHON_INSTALL_DIR="w") == "/c/w"
    assert found("x/../y", WEFT_PYTHON_INSTALL_DIR="/w") == "/c/y"


def test_what_is_installed(home: Home) -> None:
    assert home.installations(HERE) == []
    for version in ("3.12.9", "3.12.10", "3.9.1"):
        install(home, key(version))
    root = Path(home.root)
    (root / "notes").mkdir()
    (root / "cpython-3.8.1-linux-x86_64-gnu").write_text("a file")
    set_minor_links(home, HERE, [key("3.12.1").minor_name])
    versions = [each.key.version for each in home.installations(HERE)]
    assert versions == ["3.12.10", "3.12.9", "3.9.1"]
    assert (root / ".gitignore").read_text() == "*"


def test_only_one_may_change_it(home: Home) -> None:
    lock = home.lock(1)
    with pytest.raises(LockTimeout):
        home.lock(0)
    lock.release()
    home.lock(0).release()


def test_what_was_not_finished_is_undone(home: Home) -> None:
    kept = install(home, key("3.12.1"))
    scratch = Path(home.scratch)
    (scratch / ".tmp-half").mkdir()
    os.rename(kept.path, scratch / f"{kept.key}.old")
    (scratch / "cpython-3.9.1-linux-x86_64-gnu.removed").mkdir()
    home.lock(1).release()
    assert os.listdir(scratch) == []
    assert Path(kept.executable).read_text() == str(kept.key)


def test_what_others_have_in_a_directory_that_was_named_by_mistake_stays(home: Home) -> None:
    scratch = Path(home.scratch)
    (scratch / "drafts").mkdir(parents=True)
    for name in ("letter.old", "letter.removed", "letter"):
        (scratch / name).write_text(name)
    home.lock(1).release()
    assert sorted(os.listdir(scratch)) == ["drafts", "letter", "letter.old", "letter.removed"]
    assert sorted(os.listdir(home.root)) == [".gitignore", ".lock", ".temp"]


def test_a_scratch_that_leads_elsewhere_is_not_emptied(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / ".tmp-letter").mkdir(parents=True)
    Path(home.root).mkdir()
    Path(home.scratch).symlink_to(elsewhere)
    with pytest.raises(SystemFailure, match="Failed to create directory"):
        home.lock(1)
    assert os.listdir(elsewhere) == [".tmp-letter"]


def test_a_reinstallation_that_was_finished_but_for_the_old_one(home: Home) -> None:
    kept = install(home, key("3.12.1"))
    build(Path(home.scratch) / f"{kept.key}.old", kept.key)
    home.lock(1).release()
    assert os.listdir(home.scratch) == []
    assert Path(kept.executable).exists()


def test_publishing_what_is_not_there_keeps_the_old_one(home: Home) -> None:
    kept = install(home, key("3.12.1"))
    lock = home.lock(1)
    with pytest.raises(SystemFailure):
        home.publish(str(Path(home.scratch) / "missing"), kept.key)
    lock.release()
    assert Path(kept.executable).exists()


def test_removing(home: Home) -> None:
    kept = install(home, key("3.12.1"))
    lock = home.lock(1)
    home.remove(kept)
    lock.release()
    assert home.installations(HERE) == []
    assert os.listdir(home.scratch) == []


def test_the_link_of_a_minor_version_follows_the_newest(home: Home) -> None:
    minor = key("3.12.1").minor_name
    link = Path(home.root) / minor
    first = install(home, key("3.12.9"))
    set_minor_links(home, HERE, [minor])
    assert os.readlink(link) == "cpython-3.12.9-linux-x86_64-gnu"
    assert through_link(home, first) == f"{link}/bin/python3.12"
    second = install(home, key("3.12.10"))
    install(home, key("3.12.11rc1", "freethreaded"))
    set_minor_links(home, HERE, [minor])
    assert os.readlink(link) == "cpython-3.12.10-linux-x86_64-gnu"
    assert through_link(home, first) == first.executable
    lock = home.lock(1)
    home.remove(second)
    set_minor_links(home, HERE, [minor])
    assert os.readlink(link) == "cpython-3.12.9-linux-x86_64-gnu"
    home.remove(first)
    set_minor_links(home, HERE, [minor])
    lock.release()
    assert not os.path.lexists(link)


def test_executables_belong_to_whom_they_lead_to(home: Home, tmp_path: Path) -> None:
    installation = install(home, key("3.12.1"))
    directory = tmp_path / "bin"
    path = str(directory / "python3.12")
    set_bin_link(path, installation.executable)
    set_bin_link(path, installation.executable)
    assert owner_of(path, [installation]) == installation
    (directory / "python3").write_text("somebody's")
    (directory / "python").symlink_to("/usr/bin/env")
    assert owner_of(str(directory / "python3"), [installation]) is None
    assert owner_of(str(directory / "python"), [installation]) is None
    assert remove_bin_links(str(directory), installation) == ["python3.12"]
    assert sorted(os.listdir(directory)) == ["python", "python3"]


@pytest.mark.parametrize(
    ("one", "other", "is_upgrade"),
    [
        (key("3.12.2"), key("3.12.1"), True),
        (key("3.12.10"), key("3.12.9"), True),
        (key("3.12.1"), key("3.12.1"), False),
        (key("3.12.1"), key("3.12.2"), False),
        (key("3.13.1"), key("3.12.1"), False),
        (key("3.12.2"), key("3.12.1", "freethreaded"), False),
        (key("3.12.2"), key("3.12.1", implementation="pypy"), False),
        (key("3.13.0"), key("3.13.0rc1"), True),
        (key("3.13.0rc2"), key("3.13.0rc1"), True),
        (key("3.13.0rc10"), key("3.13.0rc9"), True),
        (key("3.13.0b1"), key("3.13.0rc1"), False),
        (key("3.13.0rc1"), key("3.13.0"), False),
    ],
)
def test_what_is_an_upgrade(one: PythonKey, other: PythonKey, is_upgrade: bool) -> None:
    assert Installation("/1", one).is_upgrade_of(Installation("/2", other)) is is_upgrade


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("prefix", "/install", "/here"),
        ("LIBDIR", "/install/lib", "/here/lib"),
        ("LDFLAGS", "-L/install/lib -I/install/include", "-L/here/lib -I/here/include"),
        ("CONFIG_ARGS", "'--prefix=/install' x", "'--prefix=/here' x"),
        ("INSTALL", "/usr/bin/install -c", "/usr/bin/install -c"),
        ("OTHER", "/installation /x/install", "/installation /x/install"),
        ("CC", "clang -pthread", "cc -pthread"),
        ("CC", "/usr/bin/aarch64-linux-gnu-gcc", "cc"),
        ("CC", "my-compiler -x", "my-compiler -x"),
        ("CXX", "clang++ -pthread", "c++ -pthread"),
        ("CXX", "/usr/bin/x86_64-linux-gnu-g++", "c++"),
        ("AR", "/tools/llvm/bin/llvm-ar", "ar"),
        ("LDSHARED", "clang -shared", "cc -shared"),
        ("BLDSHARED", "clang -bundle -isysroot /Apps/X.sdk -o", "cc -bundle -o"),
        ("EMPTY", "", ""),
    ],
)  # fmt: skip
def test_what_sysconfig_tells(name: str, before: str, after: str) -> None:
    assert relocated({name: before}, "/here") == {name: after, "PYTHON_BUILD_STANDALONE": 1}


def test_numbers_stay() -> None:
    assert relocated({"A": 1}, "/here") == {"A": 1, "PYTHON_BUILD_STANDALONE": 1}


def configured(tmp_path: Path, text: str) -> Path:
    library = tmp_path / "lib" / "python3.12"
    compiled = library / "__pycache__"
    compiled.mkdir(parents=True)
    (compiled / "_sysconfigdata__x.cpython-312.pyc").write_text("old")
    (compiled / "os.cpython-312.pyc").write_text("old")
    (library / "_sysconfigdata__x.py").write_text(text)
    (tmp_path / "lib" / "pkgconfig").mkdir()
    (tmp_path / "lib" / "pkgconfig" / "python.pc").write_text(
        "# prefix=/install\nprefix=/install\nlibdir=${prefix}/lib\nother=/install/x\n"
    )
    return library


def test_files_are_written_anew(tmp_path: Path) -> None:
    library = configured(tmp_path, "# x\nbuild_time_vars = {'A': '/install',\n 'B': 2}\n")
    relocate(str(tmp_path), str(library), place="/he'r\\e")
    told: dict[str, Any] = {}
    exec((library / "_sysconfigdata__x.py").read_text(), told)
    assert told["build_time_vars"] == {"A": "/he'r\\e", "B": 2, "PYTHON_BUILD_STANDALONE": 1}
    assert os.listdir(library / "__pycache__") == ["os.cpython-312.pyc"]
    assert (tmp_path / "lib" / "pkgconfig" / "python.pc").read_text() == (
        "# prefix=/install\nprefix=${pcfiledir}/../..\nlibdir=${prefix}/lib\nother=/install/x\n"
    )


@pytest.mark.parametrize(
    "text", ["", "x = 1", "import os; os.abort()", "x = (", "x = " + "[" * 999, "x = {[]: 1}"]
)
def test_a_configuration_that_is_none(tmp_path: Path, text: str) -> None:
    library = configured(tmp_path, text)
    with pytest.raises(BadConfiguration):
        relocate(str(tmp_path), str(library), place="/here")
    assert (library / "_sysconfigdata__x.py").read_text() == text
