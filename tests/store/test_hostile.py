"""No hostile wheel gets anything into a store, or anywhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.wheels import HOSTILE, make_wheel
from weft.core.errors import WeftError
from weft.store.errors import BadWheel
from weft.store.layout import Bucket
from weft.store.store import Store

FILENAME = "demo-1.0-py3-none-any.whl"

#: Name of the offence → (the member that the error must name, words that its reason must have).
EXPECTED = {
    "parent-path": ("../evil.py", "leaves the directory"),
    "inner-parent-path": ("demo/../../evil.py", "leaves the directory"),
    "dot-path": ("./evil.py", "empty part"),
    "empty-part": ("demo//evil.py", "empty part"),
    "absolute-path": ("/tmp/evil.py", "absolute"),
    "drive-path": ("C:/evil.py", "absolute"),
    "backslash-path": ("demo\\..\\evil.py", "backslash"),
    "nul-path": ("demo/evil.py\\x00.txt", "NUL"),
    "control-path": ("demo/evil\\n.py", "control character"),
    "not-utf8-path": ("demo/evil\\xff.py", "not UTF-8"),
    "long-name": ("demo/xxxx", "too long"),
    "long-path": ("demo/x/x/", "too long"),
    "empty-name": ("", "empty part"),
    "symlink": ("demo/link", "symbolic link"),
    "fifo": ("demo/pipe", "neither a file nor a directory"),
    "duplicate": ("demo/__init__.py", "twice"),
    "case-collision": ("demo/__INIT__.py", "only by case"),
    "unicode-collision": ("demo/caf", "only by case or Unicode form"),
    "file-as-directory": ("demo/__init__.py", "a file and a directory"),
    "directory-with-content": ("demo/directory/", "directory with content"),
    "encrypted": ("demo/__init__.py", "encrypted"),
    "unknown-method": ("demo/__init__.py", "method 12"),
    "stored-size-differs": ("demo/__init__.py", "claims a size"),
    "impossible-ratio": ("demo/__init__.py", "claims a size"),
    "local-name-differs": ("demo/__init__.py", "local header"),
    "local-size-differs": ("demo/__init__.py", "local header"),
    "local-method-differs": ("demo/__init__.py", "local header"),
    "local-crc-differs": ("demo/__init__.py", "local header"),
    "descriptor-differs": ("demo/__init__.py", "follows its data"),
    "unicode-path-field": ("demo/__init__.py", "second name"),
    "not-deflate": ("demo/__init__.py", "damaged"),
    "data-after-stream": ("demo/__init__.py", "damaged"),
    "wrong-crc": ("demo/__init__.py", "bad CRC (got "),
    "overlapping": ("demo/", "overlaps"),
    "offset-outside": ("demo-1.0.dist-info/METADATA", "overlaps"),
    "bomb": ("", "2147484"),
    "lying-bomb": ("demo/small", "more than the 100 bytes"),
    "truncated": ("", "truncated or not a zip file"),
    "not-a-zip": ("", "truncated or not a zip file"),
    "trailing-data": ("", "data follows its end"),
    "prefixed-data": ("", "data precedes"),
    "prefixed-data-unshifted": ("", "data precedes"),
    "second-end-record": ("", "two ends"),
    "too-many-claimed": ("", "claims 40 members"),
    "too-few-claimed": ("", "more members than it says"),
    "directory-outside": ("", "outside of the file"),
    "zip64-outside": ("", "outside of the file"),
    "empty-archive": ("", "holds no files"),
    "no-dist-info": ("", "no .dist-info directory"),
    "two-dist-infos": ("", "more than one .dist-info directory"),
    "dist-info-name": ("other-1.0.dist-info", "not named after `demo`"),
    "dist-info-version": ("demo-2.0.dist-info", "another version"),
    "metadata-name": ("demo-1.0.dist-info/METADATA", "names `other`"),
    "metadata-version": ("demo-1.0.dist-info/METADATA", "(2.0 != 1.0)"),
    "metadata-garbage": ("demo-1.0.dist-info/METADATA", "cannot be read"),
    "metadata-missing": ("demo-1.0.dist-info/METADATA", "is missing"),
    "wheel-missing": ("demo-1.0.dist-info/WHEEL", "is missing"),
    "wheel-version": ("demo-1.0.dist-info/WHEEL", "expected 1.x, got `2.0`"),
    "wheel-no-version": ("demo-1.0.dist-info/WHEEL", "expected 1.x, got ``"),
    "data-scheme": ("demo-1.0.data/bogus/x", "unknown wheel data type `bogus`"),
    "data-no-scheme": ("demo-1.0.data/loose", "unknown wheel data type"),
    "data-nested-script": ("demo-1.0.data/scripts/a/b", "within the scripts directory"),
    "data-replaces-module": ("demo-1.0.data/purelib/demo/__init__.py", "same place"),
    "data-twice": ("demo-1.0.data/platlib/a.py", "same place as `a.py`"),
    "data-pyvenv": ("demo-1.0.data/data/pyvenv.cfg", "which interpreter"),
    "data-interpreter": ("demo-1.0.data/data/bin/python", "replace an interpreter"),
    "script-interpreter": ("demo-1.0.data/scripts/python3", "reserved name"),
    "entry-interpreter": ("", "reserved name of an interpreter, got: `python`"),
    "entry-interpreter-version": ("", "got: `Python3.13t`"),
    "entry-pypy": ("", "got: `pypy3.exe`"),
    "entry-parent": ("", "within the scripts directory: `../evil`"),
    "entry-absolute": ("", "within the scripts directory"),
    "entry-backslash": ("", "within the scripts directory"),
    "entry-dots": ("", "within the scripts directory: `..`"),
    "entry-code": ("demo-1.0.dist-info/entry_points.txt", "invalid console script"),
    "entry-newline-code": ("demo-1.0.dist-info/entry_points.txt", "invalid console script"),
    "entry-no-function": ("demo-1.0.dist-info/entry_points.txt", "invalid console script"),
    "record-missing": ("demo-1.0.dist-info/RECORD", "is missing"),
    "record-lying": ("demo/__init__.py", "hash that RECORD says"),
    "record-lying-size": ("demo/__init__.py", "bytes, but RECORD says"),
}


def test_every_hostile_wheel_has_an_expectation() -> None:
    assert set(EXPECTED) == set(HOSTILE)


@pytest.mark.parametrize("offence", HOSTILE)
def test_a_hostile_wheel_is_refused_and_leaves_nothing(offence: str, tmp_path: Path) -> None:
    path = HOSTILE[offence](tmp_path / "wheels")
    store = Store(str(tmp_path / "store"))
    before = _everything(tmp_path)

    with pytest.raises(BadWheel) as caught:
        store.add_wheel(path, filename=FILENAME, origin="pypi")

    member, words = EXPECTED[offence]
    error = caught.value
    assert error.filename == FILENAME
    assert error.member.startswith(member)
    assert bool(error.member) == bool(member)
    assert words in error.reason
    assert error.message.startswith(f"The wheel `{FILENAME}` is invalid: ")
    assert error.message.isprintable()
    assert not error.message.endswith(".")
    assert error.exit_code == 2
    assert store.find_wheel("pypi", FILENAME, name="demo") is None
    after = _everything(tmp_path) - before
    base = {".gitignore", "CACHEDIR.TAG", Bucket.STAGING, "store"}
    assert {Path(path).name for path in after} == base


def test_a_bomb_is_refused_before_a_byte_is_written(tmp_path: Path) -> None:
    path = HOSTILE["bomb"](tmp_path)
    with pytest.raises(BadWheel, match="looks like a bomb"):
        Store(str(tmp_path / "store")).add_wheel(path, filename=FILENAME, origin="pypi")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    data = Path(make_wheel(tmp_path / "whole")).read_bytes()
    store = Store(str(tmp_path / "store"))
    path = tmp_path / FILENAME
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(BadWheel):
            store.add_wheel(str(path), filename=FILENAME, origin="pypi")


def test_every_flipped_byte_is_refused_or_harmless(tmp_path: Path) -> None:
    """A wheel with one changed byte is refused, or gives the very same entry."""
    data = Path(make_wheel(tmp_path / "whole")).read_bytes()
    store = Store(str(tmp_path / "store"))
    path = tmp_path / FILENAME
    path.write_bytes(data)
    good = store.add_wheel(str(path), filename=FILENAME, origin="pypi").entry
    refused = 0
    for place in range(0, len(data), 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x5A]) + data[place + 1 :])
        try:
            found = store.add_wheel(str(path), filename=FILENAME, origin="url/1")
        except WeftError:
            refused += 1
        else:
            manifest = store.manifest(found.entry)
            executable = {fact[0]: fact[2] for fact in manifest.facts()}
            assert found.entry == good or any(executable.values())  # the mode has no checksum
    assert refused > len(data) / 3 / 2


def _everything(root: Path) -> set[str]:
    return {
        os.path.join(directory, name)
        for directory, directories, files in os.walk(root)
        for name in (*directories, *files)
    }
