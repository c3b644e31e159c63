"""`weft.system.lean` answers as `os` does, without it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.system import lean

SOURCE = str(Path(lean.__file__).parents[2])

PIECE = st.sampled_from(["", ".", "..", "/", "//", "a", "b c", "é", "\udcff", "x.y", "-"])
PATHS = st.lists(PIECE, max_size=6).map("/".join) | st.lists(PIECE, max_size=6).map("".join)
made = lean._made()


@pytest.fixture(autouse=True, name="lean_os", scope="module")
def _lean_os() -> Iterator[object]:
    """The functions ask the lean module, not the real one that tests have loaded."""
    before, normal = lean.os, lean._normal
    lean.os, lean._normal = made, getattr(made, "_path_normpath", None)
    yield made
    lean.os, lean._normal = before, normal


@given(PATHS)
def test_paths_are_taken_apart_as_by_os(path: str) -> None:
    for name in ("split", "dirname", "basename", "isabs", "normpath", "abspath"):
        assert getattr(made.path, name)(path) == getattr(os.path, name)(path), name
        encoded = os.fsencode(path)
        assert getattr(made.path, name)(encoded) == getattr(os.path, name)(encoded), name


@given(PATHS, st.lists(PATHS, max_size=3))
def test_paths_are_joined_as_by_os(path: str, others: list[str]) -> None:
    assert made.path.join(path, *others) == os.path.join(path, *others)
    encoded = [os.fsencode(each) for each in (path, *others)]
    assert made.path.join(*encoded) == os.path.join(*encoded)


@given(PATHS.filter(bool), st.none() | PATHS)
def test_ways_between_paths_are_those_of_os(path: str, start: str | None) -> None:
    assert made.path.relpath(path, start) == os.path.relpath(path, start)
    encoded = None if start is None else os.fsencode(start)
    assert made.path.relpath(os.fsencode(path), encoded) == os.path.relpath(
        os.fsencode(path), encoded
    )


@given(st.text(st.characters(blacklist_categories=("Cs",))), st.binary())
def test_names_are_encoded_as_by_os(text: str, data: bytes) -> None:
    assert made.fsencode(text) == os.fsencode(text)
    assert made.fsdecode(data) == os.fsdecode(data)
    assert made.fsencode(Path("x")) == b"x" and made.fsdecode("x") == "x"


def test_what_os_refuses_is_refused_alike() -> None:
    for name, arguments in (
        ("join", ("a", b"b")),
        ("join", (b"a", "b")),
        ("join", ("a", None)),
        ("relpath", ("",)),
        ("relpath", ("a", b"b")),
        ("split", (None,)),
        ("realpath", (3,)),
    ):
        with pytest.raises((TypeError, ValueError)) as real:
            getattr(os.path, name)(*arguments)
        with pytest.raises(type(real.value)):
            getattr(made.path, name)(*arguments)
    assert (
        made.path.join(Path("a"), "b") == made.path.join("a", Path("b")) == os.path.join("a", "b")
    )


def test_files_and_links_are_seen_as_by_os(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "directory" / "below").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    (tmp_path / "directory" / "up").symlink_to("../file")
    (tmp_path / "way").symlink_to(tmp_path / "directory")
    (tmp_path / "gone").symlink_to("nowhere/else")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    os.mkfifo(tmp_path / "pipe")
    here = str(tmp_path)
    for path in (
        "", ".", "..", "directory", "file", "way", "way/up", "way/below/..", "way/../file", "gone",
        "gone/../x", "one", "one/x", "missing", "missing/../file", "file/below", "pipe",
        "bad\0name", "/", "//", f"{here}/way/up", f"/{here}/way",
        f"{here}/../{tmp_path.name}/way/./up",
    ):  # fmt: skip
        for name in ("exists", "lexists", "isdir", "isfile", "islink"):
            assert getattr(made.path, name)(path) == getattr(os.path, name)(path), (name, path)
        if "\0" not in path:
            assert made.path.realpath(path) == os.path.realpath(path), path
    assert made.path.samestat(os.stat("way"), os.stat("directory"))
    assert not made.path.samestat(os.stat("way"), os.stat("file"))
    with pytest.raises(OSError):
        made.path.realpath("gone", strict=True)


def test_the_rest_is_that_of_os() -> None:
    for name in (
        "name",
        "sep",
        "altsep",
        "pathsep",
        "curdir",
        "pardir",
        "environ",
        "walk",
        "error",
    ):
        assert getattr(made, name) == getattr(os, name), name
    for name in ("SEEK_SET", "SEEK_CUR", "SEEK_END", "O_RDONLY", "open", "stat_result", "_exit"):
        assert getattr(made, name) == getattr(os, name), name
    assert made.path.splitext is os.path.splitext
    assert not hasattr(made, "O_OF_ANOTHER_SYSTEM") and not hasattr(made, "nothing")
    assert lean.supports("openat") == (os.open in os.supports_dir_fd)
    assert lean.supports("linkat", "unlinkat") == ({os.link, os.unlink} <= os.supports_dir_fd)
    assert lean.supports("fchmod", "futimens") == ({os.chmod, os.utime} <= os.supports_fd)
    assert lean.supports("fdopendir") == (os.listdir in os.supports_fd)
    assert not lean.supports("openat", "no_such_call")


def test_who_has_os_gets_that() -> None:
    script = "import os; from weft.system import lean; print(lean.os is os)"
    environ = {"PYTHONPATH": SOURCE}
    found = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
    )
    assert found.stdout == "True\n"


def test_the_variables_are_those_of_the_process() -> None:
    script = (
        "import sys\n"
        f"sys.path.insert(0, {SOURCE!r})\n"
        "from weft.system.lean import os, variables\n"
        "before = variables()\n"
        "assert 'os' not in sys.modules\n"
        "import os as real\n"
        "assert before == dict(real.environ) == variables(), before\n"
        "print(ascii(before['ODD']))\n"
    )
    environ = {b"ODD": b"\xff=\xc3\xa9", b"PATH": b"/usr/bin", b"LC_ALL": b"C.UTF-8"}
    found = subprocess.run(
        [sys.executable, "-IS", "-c", script],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "'\\udcff=\\xe9'\n"
