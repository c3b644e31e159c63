"""`weft export` writes what uv writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.projects_beside_uv import (
    clash,
    conflicting,
    fill,
    limited,
    locked,
    top,
    unnamed,
)
from tests.support.beside_uv import Outcome, Twins
from tests.support.index_server import IndexServer

__all__ = ["clash", "top", "unnamed"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    times = {path.name: "2024-01-01T00:00:00.123456Z" for path in wheels.glob("[lo]*")}
    with IndexServer(wheels, format="json", upload_times=times) as server:
        yield server.url


def neutral(text: str) -> str:
    """An export without the name of the tool, and the newline at its end."""
    for said in ("by {} via", 'created-by = "{}"', "#    {} export"):
        text = text.replace(said.format("uv"), said.format("weft"))
    return text.rstrip("\n")


def compare(twins: Twins, words: str, *, cwd: str = ".") -> Outcome:
    theirs = twins.outcome("uv", "export", *words.split(), cwd=cwd)
    ours = twins.outcome("weft", "export", *words.split(), cwd=cwd)
    assert neutral(ours.out) == neutral(theirs.out), words
    assert (ours.err, ours.code) == (theirs.err, theirs.code), words
    return ours


@pytest.mark.parametrize(
    "words",
    [
        "", "--all-packages --all-extras --all-groups", "--package aye", "--package aye --extra x",
        "--package aye --package bee", "--extra x", "--all-extras --no-extra y", "--no-dev",
        "--only-dev", "--only-group more", "--all-groups --no-group dev", "--no-default-groups",
        "--package cee --group dev", "--prune oil", "--prune lantern --prune wick", "--no-hashes",
        "--no-annotate --no-header", "--no-editable", "--package aye --no-editable-package bee",
        "--no-emit-project", "--no-emit-workspace", "--no-emit-local", "--no-emit-package oil",
        "--only-emit-project", "--only-emit-workspace --all-packages", "--only-emit-local",
        "--only-emit-package oil", "--emit-index-url", "--emit-find-links --find-links near",
        "--extra nope", "--group nope", "--package nope", "--package bee --package nope", "-q",
    ],
)  # fmt: skip
def test_requirements(top: Twins, words: str) -> None:
    compare(top, f"--frozen {words}")


@pytest.mark.parametrize(
    "words", ["", "--all-packages --all-extras", "--no-editable", "--package cee", "--only-dev",
              "--no-emit-local --no-header"],
)  # fmt: skip
def test_pylock(top: Twins, words: str) -> None:
    compare(top, f"--frozen --format pylock.toml {words}")


def test_paths_count_from_the_output(top: Twins) -> None:
    compare(top, "--frozen --format pylock.toml", cwd="a")
    compare(top, "--frozen", cwd="a")
    for path in ("pylock.toml", "b/pylock.near.toml", "deep/pylock.far.toml"):
        compare(top, f"--frozen -o {path}")
        written = {name: (place / path).read_text() for name, place in top.places.items()}
        assert neutral(written["weft"]) == neutral(written["uv"])
        for place in top.places.values():
            (place / path).unlink()


def test_what_the_name_of_the_output_means(top: Twins) -> None:
    for words in (
        "-o a.txt -q",
        "-o x.toml",
        "-o x.json --format requirements.txt",
        "-o x.toml --format pylock.toml",
        "-o pylock..toml --format pylock.toml",
    ):
        ours = compare(top, f"--frozen --package bee {words}")
        path = words.split()[1]
        if ours.code == 0:
            assert neutral(ours.files[path].decode()) == neutral(top.files("uv")[path].decode())


@pytest.mark.parametrize(
    "words", ["", "--extra cpu", "--extra gpu", "--group x", "--group y", "--extra cpu --group x",
              "--extra gpu --group x", "--all-extras", "--extra cpu --group y", "--only-group y"],
)  # fmt: skip
def test_what_excludes_each_other(clash: Twins, words: str) -> None:
    compare(clash, f"--frozen --no-hashes {words}")


@pytest.mark.parametrize(
    "words", ["", "--group x", "--package aye", "--package aye --group dev", "--all-packages",
              "--package aye --group x", "--only-group x", "--group nope", "--format pylock.toml"],
)  # fmt: skip
def test_a_root_that_is_no_project(unnamed: Twins, words: str) -> None:
    compare(unnamed, f"--frozen {words}")
    compare(unnamed, f"--frozen {words}", cwd="a")


def test_some_platforms_and_files_of_this_machine(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    limited(twins)
    locked(twins)
    for words in ("", "--no-hashes", "--format pylock.toml", "--no-emit-local"):
        compare(twins, f"--frozen {words}")
    words = ("export", "--frozen", "--format", "cyclonedx1.5")
    ours, theirs = (twins.outcome(name, *words) for name in ("weft", "uv"))
    assert bill(ours.out) == bill(theirs.out)
    twins.same("workspace", "metadata", "--frozen")
    for more in ("", "--universal", "--universal --invert"):
        twins.same("tree", "--frozen", *more.split())
        twins.same("tree", "--frozen", "--format", "json", *more.split())


def bill(text: str) -> object:
    """A bill of materials without what is new each time, and the name of the tool."""
    document = json.loads(text)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", document.pop("serialNumber"))
    metadata = document["metadata"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", metadata.pop("timestamp"))
    assert [set(tool) for tool in metadata.pop("tools")] == [{"vendor", "name", "version"}]
    return json.loads(json.dumps(document).replace("uv-workspace", "weft-workspace"))


@pytest.mark.parametrize(
    "words",
    ["", "--all-packages --all-extras", "--package aye", "--package aye --package bee",
     "--package bee --no-emit-project", "--only-group dev", "--package cee --no-emit-workspace",
     "--prune oil"],
)  # fmt: skip
def test_bills_of_materials(top: Twins, words: str) -> None:
    words = f"export --frozen --format cyclonedx1.5 {words}"
    ours, theirs = (top.outcome(name, *words.split()) for name in ("weft", "uv"))
    assert ours.err == theirs.err
    assert bill(ours.out) == bill(theirs.out)
    kept = [line for line in ours.out.splitlines() if '"name": "weft"' not in line]
    known = [line for line in theirs.out.splitlines() if '"name": "uv"' not in line]
    assert kept[15:] == known[15:]


def test_a_bill_of_a_workspace_without_a_root(unnamed: Twins) -> None:
    words = ("export", "--frozen", "--format", "cyclonedx1.5")
    ours, theirs = (unnamed.outcome(name, *words) for name in ("weft", "uv"))
    assert bill(ours.out) == bill(theirs.out)


def test_scripts(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    text = (
        '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["lantern[bright]"]\n# ///\n'
    )
    twins.write("s.py", text)
    for form in ("requirements.txt", "pylock.toml"):
        ours = compare(twins, f"--script s.py --format {form}")
        assert list(ours.files) == ["s.py"]
    words = ("export", "--script", "s.py", "--format", "cyclonedx1.5")
    ours, theirs = (twins.outcome(name, *words) for name in ("weft", "uv"))
    assert bill(ours.out) == bill(theirs.out)
    assert ours.err == theirs.err


def test_a_lock_that_is_missing(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    conflicting(twins)
    compare(twins, "--frozen")
    compare(twins, "--locked")
    ours = compare(twins, "")
    assert ours.files["uv.lock"] == twins.files("uv")["uv.lock"]
