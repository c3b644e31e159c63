"""The table of builds: where it comes from, and which build answers a request."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from weft.python.downloads import (
    CPYTHON_ORIGIN,
    PYPY_ORIGIN,
    BadMirror,
    BadTable,
    Download,
    choose,
    mirrored,
    parse_table,
    read_table,
)
from weft.python.keys import Host, PythonKey
from weft.python.request import PythonRequest

HERE = Host("linux", "x86_64", "gnu")


class Kept(dict[str, bytes]):
    """A cache in memory that counts what is written."""

    writes = 0

    def read(self, _bucket: str, key: str) -> bytes | None:
        return self.get(key)

    def write(self, _bucket: str, key: str, data: bytes) -> None:
        self.writes += 1
        self[key] = data


def refuse(place: str) -> bytes:
    raise AssertionError(f"nothing is to be read, not even {place}")


@pytest.fixture(scope="module")
def table() -> tuple[Download, ...]:
    return read_table(None, Kept(), read=refuse)


def chosen(table: tuple[Download, ...], text: str | None, host: Host = HERE) -> str | None:
    request = PythonRequest.parse(text) if text is not None else None
    found = choose(table, request, host=host)
    return None if found is None else str(found.key)


def test_the_built_in_table(table: tuple[Download, ...]) -> None:
    assert len(table) > 800
    assert len({str(each.key) for each in table}) == len(table)
    for each in table:
        PythonKey.parse(str(each.key))
        assert each.filename.endswith((".tar.gz", ".tar.bz2", ".zip"))
        assert each.build
        origin = PYPY_ORIGIN if each.key.implementation == "pypy" else CPYTHON_ORIGIN
        assert each.url.startswith(origin + "/") or each.key.implementation == "pypy"
    named = next(each for each in table if str(each.key) == "cpython-3.12.1-linux-x86_64-gnu")
    assert named.build == "20240107"
    assert named.sha256 == "74e330b8212ca22fd4d9a2003b9eec14892155566738febc8e5e572f267b9472"
    assert named.filename == "cpython-3.12.1+20240107-x86_64-unknown-linux-gnu-install_only.tar.gz"


def test_the_table_is_kept_and_made_anew_where_it_cannot_be_read() -> None:
    kept = Kept()
    first = read_table(None, kept, read=refuse)
    assert read_table(None, kept, read=refuse) == first
    assert kept.writes == 1
    for key in kept:
        kept[key] = b"rubbish"
    assert read_table(None, kept, read=refuse) == first
    assert kept.writes == 2


def test_the_library_is_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom weft.python.downloads import read_table\n"
        "class S:\n    read = write = lambda *_: None\n"
        "read_table(None, S(), read=None)\nprint('pbs_installer' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.12.1", "cpython-3.12.1-linux-x86_64-gnu"),
        ("cpython@3.12.1", "cpython-3.12.1-linux-x86_64-gnu"),
        ("==3.12.1", "cpython-3.12.1-linux-x86_64-gnu"),
        (">=3.11,<3.12.2,>3.12.0", "cpython-3.12.1-linux-x86_64-gnu"),
        ("cpython-3.12.1", "cpython-3.12.1-linux-x86_64-gnu"),
        ("cpython-3.12.1-linux-aarch64-gnu", "cpython-3.12.1-linux-aarch64-gnu"),
        ("cpython-3.12.1-macos-aarch64-none", "cpython-3.12.1-macos-aarch64-none"),
        ("cpython-3.12.1-windows", "cpython-3.12.1-windows-x86_64-none"),
        ("pypy3.10.14", "pypy-3.10.14-linux-x86_64-gnu"),
        ("3.13.17t", "cpython-3.13.17+freethreaded-linux-x86_64-gnu"),
        ("3.13.5+gil", "cpython-3.13.5-linux-x86_64-gnu"),
        ("3.99", None),
        ("cpython-3.12-linux-x86_64-musl", None),
        ("3.12.1t", None),
        ("graalpy", None),
        ("python3.12-of-mine", None),
        ("/usr/bin/python3", None),
    ],
)
def test_which_build_is_chosen(
    table: tuple[Download, ...], text: str, expected: str | None
) -> None:
    assert chosen(table, text) == expected


def test_the_newest_is_chosen(table: tuple[Download, ...]) -> None:
    here = [
        each.key
        for each in table
        if HERE.runs(each.key) and each.key.implementation == "cpython" and not each.key.variant
    ]
    newest = max(here, key=lambda key: key.release)
    assert chosen(table, None) == chosen(table, "any") == str(newest)
    of_minor = max((key for key in here if key.minor == (3, 11)), key=lambda key: key.release)
    assert chosen(table, "3.11") == str(of_minor)


def test_a_machine_that_emulates_another_takes_its_own_first(table: tuple[Download, ...]) -> None:
    mac = Host("macos", "aarch64", "none")
    assert chosen(table, "3.12.1", mac) == "cpython-3.12.1-macos-aarch64-none"
    rosetta = [each for each in table if each.key.arch == "x86_64"]
    assert chosen(tuple(rosetta), "3.12.1", mac) == "cpython-3.12.1-macos-x86_64-none"


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "name": "cpython",
        "arch": {"family": "x86_64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": 3,
        "minor": 16,
        "patch": 0,
        "prerelease": "",
        "url": "https://example.org/python.tar.gz",
        "sha256": None,
        "variant": None,
        "build": "1",
        **changes,
    }


def parsed(*entries: dict[str, Any]) -> tuple[Download, ...]:
    listed = {str(at): each for at, each in enumerate(entries)}
    return parse_table(json.dumps(listed).encode(), source="here")


def test_a_table_of_ones_own() -> None:
    found = parsed(
        entry(prerelease="a2", variant="freethreaded"),
        entry(arch={"family": "x86_64", "variant": "v3"}, os="darwin", libc="none"),
        entry(arch="i686", os="windows", libc="none", build=None),
        entry(name="pypy", minor=10, patch=16),
    )
    assert [str(each.key) for each in found] == [
        "cpython-3.16.0a2+freethreaded-linux-x86_64-gnu",
        "cpython-3.16.0-macos-x86_64_v3-none",
        "cpython-3.16.0-windows-x86-none",
        "pypy-3.10.16-linux-x86_64-gnu",
    ]
    assert found[0].sha256 is None
    assert [each.build for each in found] == ["1", "1", "", "1"]


def test_a_minimal_entry() -> None:
    minimal = entry()
    for name in ("prerelease", "sha256", "variant", "build"):
        del minimal[name]
    assert str(parsed(minimal)[0].key) == "cpython-3.16.0-linux-x86_64-gnu"


def test_previews_are_chosen_where_nothing_else_is_there_or_they_are_named() -> None:
    table = parsed(entry(prerelease="a2"), entry(prerelease="a1"), entry(minor=15), entry(minor=14))
    assert chosen(table, None) == "cpython-3.15.0-linux-x86_64-gnu"
    assert chosen(table, ">=3.14") == "cpython-3.15.0-linux-x86_64-gnu"
    assert chosen(table, "3.16") == "cpython-3.16.0a2-linux-x86_64-gnu"
    assert chosen(table, "3.16.0a1") == "cpython-3.16.0a1-linux-x86_64-gnu"
    assert chosen(table, ">=3.15.0a1") == "cpython-3.16.0a2-linux-x86_64-gnu"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nope",
        b"[]",
        b"3",
        b'{"x": 1}',
        b'{"x": []}',
        b'{"x": {}}',
        b"\xff",
        b"[" * 100_000,
        json.dumps({"x": entry(url=3)}).encode(),
        json.dumps({"x": entry(sha256=3)}).encode(),
        json.dumps({"x": entry(sha256="../../../../x/y/")}).encode(),
        json.dumps({"x": entry(sha256="\0" * 64)}).encode(),
        json.dumps({"x": entry(prerelease="a" + "9" * 5000)}).encode(),
        json.dumps({"x": entry(minor=10**4000)}).encode(),
        json.dumps({"x": entry(patch="x")}).encode(),
        json.dumps({"x": entry(name="")}).encode(),
        json.dumps({"x": entry(name="../../x")}).encode(),
        json.dumps({"x": entry(name="a/b")}).encode(),
        json.dumps({"x": entry(os="/etc")}).encode(),
        json.dumps({"x": entry(arch=None)}).encode(),
        json.dumps({"x": entry(libc=3)}).encode(),
    ],
)
def test_a_table_that_makes_no_sense(content: bytes) -> None:
    with pytest.raises(BadTable) as caught:
        parse_table(content, source="here")
    assert str(caught.value) == "Unable to parse the JSON Python download list at `here`"
    assert caught.value.__cause__ is not None


def test_mirrors() -> None:
    cpython, pypy = parsed(
        entry(url=f"{CPYTHON_ORIGIN}/1/a%2Bb.tar.gz"),
        entry(name="pypy", url=f"{PYPY_ORIGIN}/p.tar.bz2"),
    )
    both = {"mirror": "http://here/", "pypy_mirror": "file:///there"}
    assert mirrored(cpython, **both).url == "http://here/1/a%2Bb.tar.gz"
    assert mirrored(cpython, **both).filename == "a+b.tar.gz"
    assert mirrored(pypy, **both).url == "file:///there/p.tar.bz2"
    assert mirrored(pypy, mirror="http://here", pypy_mirror=None) == pypy
    foreign = parsed(entry(url="https://elsewhere/x.tar.gz"))[0]
    with pytest.raises(BadMirror):
        mirrored(foreign, **both)
    assert mirrored(foreign, mirror=None, pypy_mirror="x") == foreign


def test_the_name_of_an_archive_leads_nowhere() -> None:
    for url in ("http://x/a%2F..%2F..%2Fb.tar.gz", "http://x/a%5C..%5Cb.tar.gz?c=/d#/e"):
        assert parsed(entry(url=url))[0].filename == "b.tar.gz"
