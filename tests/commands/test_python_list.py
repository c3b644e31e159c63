"""`weft python list` beside uv, and what only weft does: asking side by side, remembering."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.commands.python_twins import PythonTwins

KEYS = {
    "key", "version", "version_parts", "path", "symlink", "url", "os", "variant",
    "implementation", "arch", "libc",
}  # fmt: skip


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> PythonTwins:
    return PythonTwins(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def twins(tmp_path: Path) -> PythonTwins:
    return PythonTwins(tmp_path / "machine")


def table(place: Path, *builds: tuple[str, str]) -> str:
    """A table of downloads in uv's format: versions and variants for three platforms."""
    entries = {}
    for name, (version, variant) in ((each[0], (each[0], each[1])) for each in builds):
        major, minor, rest = version.split(".")
        patch = rest.partition("a")[0]
        for system, arch, libc in (
            ("linux", "x86_64", "gnu"), ("linux", "aarch64", "gnu"), ("darwin", "aarch64", "none"),
        ):  # fmt: skip
            key = f"cpython-{name}{'+' if variant else ''}{variant}-{system}-{arch}-{libc}"
            entries[key] = {
                "name": "cpython",
                "arch": {"family": arch, "variant": None},
                "os": system,
                "libc": libc,
                "major": int(major),
                "minor": int(minor),
                "patch": int(patch),
                "prerelease": rest[len(patch) :],
                "url": f"https://example.invalid/{key}.tar.gz",
                "sha256": None,
                "variant": variant or None,
                "build": "20260101",
            }
    path = place / "downloads.json"
    path.write_text(json.dumps(entries))
    return str(path)


@pytest.mark.parametrize(
    "line",
    [
        "", "--only-installed", "{new}", "{old} --output-format json", "any", "cpython", "3",
        ">={new}", "cpython-{new}-linux", "linux-aarch64", "{new}+gil", "{new}t", "python",
        "python{new}", "../../pythons/{new}", "../../pythons/{new}/bin/python", "nosuch", "3.99",
        "3.99 --output-format json", "2.7", "3.12t", "--no-managed-python", "--managed-python",
        "-q",
    ],
)  # fmt: skip
def test_the_list_is_uvs(machine: PythonTwins, line: str) -> None:
    words = line.format(new=machine.newest, old=machine.oldest).split()
    machine.same("python", "list", *words)


@pytest.mark.parametrize(
    "line",
    [
        "", "--all-versions", "--all-platforms", "--all-arches", "--only-downloads --show-urls",
        "--only-installed", "3.99", "3.99t", "3.99.1", "cpython", "linux-aarch64", "pypy",
        "3.99 --output-format json", "--only-downloads --no-python-downloads",
        "--no-python-downloads", "--no-managed-python", "--all-platforms --all-arches 3.98",
    ],
)  # fmt: skip
def test_downloads_are_listed_as_uv_lists_them(machine: PythonTwins, line: str) -> None:
    source = table(
        machine.root, ("3.99.0", ""), ("3.99.1", ""), ("3.98.4", ""), ("3.99.1", "freethreaded"),
        ("3.99.1", "debug"), ("3.100.0a2", ""),
    )  # fmt: skip
    words = [*line.split(), "--python-downloads-json-url", source]
    machine.same("python", "list", *words, UV_PYTHON_DOWNLOADS="automatic")


def test_the_machine_reads_what_people_read(machine: PythonTwins) -> None:
    done = machine.run_one("weft", "python", "list", "--output-format", "json")
    rows = json.loads(done.out)
    assert len(rows) == 3 * len(machine.homes)
    assert all(set(row) == KEYS for row in rows)
    lines = machine.run_one("weft", "python", "list").out.splitlines()
    assert [line.split()[:2] for line in lines] == [[row["key"], row["path"]] for row in rows]


def test_interpreters_of_environments_are_left_out(twins: PythonTwins) -> None:
    for name, place in twins.places.items():
        assert twins.run_one(name, "venv", "-q").code == 0
        path = f"{place}/.venv/bin{os.pathsep}{twins.environ['PATH']}"
        done = twins.outcome(name, "python", "list", PATH=path)
        assert ".venv" not in done.out
        assert len(done.out.splitlines()) == 3 * len(twins.homes)


def test_a_directory_by_two_names_is_one(twins: PythonTwins) -> None:
    home = twins.homes[twins.newest]
    (twins.root / "again").symlink_to(home)
    path = f"{home}{os.pathsep}{twins.root}/again{os.pathsep}{os.pathsep}/nowhere"
    assert len(twins.same("python", "list", PATH=path).out.splitlines()) == 3


def test_what_cannot_be_used_is_a_warning_and_the_rest_is_listed(twins: PythonTwins) -> None:
    twins.program("python3.77", "exit 3")
    twins.program("python3.78", "echo rubbish")
    twins.program("python3.79", "kill -9 $$")
    done = twins.run_one("weft", "python", "list")
    theirs = twins.run_one("uv", "python", "list")
    assert (done.code, done.out) == (theirs.code, theirs.out)
    told = [line for line in done.err.splitlines() if line.startswith("warning:")]
    assert [line.rpartition("/")[2] for line in told] == [
        "python3.79`",
        "python3.78`",
        "python3.77`",
    ]
    assert "returned an invalid response" in done.err


def test_interpreters_are_asked_at_the_same_time(twins: PythonTwins) -> None:
    real = os.path.realpath(twins.homes[twins.newest] / "python")
    for own, other in (("one", "two"), ("two", "one")):
        # Each waits for the other: one after the other would never end.
        wait = f'while ! [ -e "{twins.root}/{other}" ]; do sleep 0.02; done'
        name = {"one": "python3.77", "two": "python3.78"}[own]
        twins.program(name, f': > "{twins.root}/{own}"\n{wait}\nexec "{real}" "$@"')
    twins.environ["PATH"] += f"{os.pathsep}/usr/bin"  # for `sleep`
    done = twins.run_one("weft", "python", "list", "--only-installed")
    assert done.code == 0
    assert done.err == ""


def settled(twins: PythonTwins, *words: str) -> str:
    """The answer of the second of two runs, the first of which may be remembered."""
    for _ in range(2):
        time.sleep(0.03)
        done = twins.run_one("weft", "python", *words)
        assert done.code == 0, done.err
    assert list((twins.root / "weft-cache/installed-v1").glob("python-*")), "nothing is remembered"
    return done.out


def test_an_answer_holds_until_something_changes(twins: PythonTwins) -> None:
    home = twins.homes[twins.oldest]
    first = settled(twins, "list")
    (home / "python").unlink()
    assert len(settled(twins, "list").splitlines()) == len(first.splitlines()) - 1
    (home / "python").symlink_to(twins.homes[twins.newest] / "python3")
    assert len(settled(twins, "list", twins.newest).splitlines()) == 4


def test_what_was_found_holds_until_something_changes(twins: PythonTwins) -> None:
    new, old = (str(twins.homes[each]) for each in (twins.newest, twins.oldest))
    assert settled(twins, "find").startswith(old)
    twins.write(".python-version", f"{twins.newest}\n")
    assert settled(twins, "find").startswith(new)
    twins.write(".python-version", "# none\n")
    head = '[project]\nname = "demo"\nversion = "1"\n'
    twins.write("pyproject.toml", f'{head}requires-python = ">={twins.newest}"\n')
    assert settled(twins, "find").startswith(new)
    twins.write("pyproject.toml", "")
    assert settled(twins, "find").startswith(old)
    assert twins.run_one("weft", "venv", "-q", "-p", twins.newest).code == 0
    assert settled(twins, "find").startswith(str(twins.places["weft"]))
    twins.write("uv.toml", 'python-preference = "only-managed"\n')
    assert twins.run_one("weft", "python", "find").code == 2


def test_a_python_that_takes_the_place_of_another_is_asked(twins: PythonTwins) -> None:
    home = twins.root / "turning"
    home.mkdir()
    for each in (twins.oldest, twins.newest):
        (home / "python").unlink(missing_ok=True)
        (home / "python").symlink_to(os.path.realpath(twins.homes[each] / "python"))
        twins.environ["PATH"] = str(home)
        assert settled(twins, "find", "--show-version").startswith(f"{each}.")
