"""The names of builds: what they are made of, and which is better."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.python.keys import BadKey, Host, PythonKey

HERE = Host("linux", "x86_64", "gnu")
UV = Path(sys.executable).with_name("uv")

keys = st.builds(
    PythonKey,
    st.sampled_from(["cpython", "pypy", "graalpy", "other"]),
    st.builds(
        "3.{}.{}{}".format,
        st.integers(6, 20),
        st.integers(0, 30),
        st.sampled_from(["", "", "a1", "b10", "rc2"]),
    ),
    st.sampled_from(["", "freethreaded", "debug", "freethreaded+debug"]),
    st.sampled_from(["linux", "macos", "windows"]),
    st.sampled_from(["x86_64", "aarch64", "x86_64_v3"]),
    st.sampled_from(["gnu", "musl", "none"]),
)


@given(keys)
def test_a_key_is_read_as_it_is_written(key: PythonKey) -> None:
    assert PythonKey.parse(str(key)) == key


@given(keys, keys)
def test_no_two_keys_have_the_same_rank(one: PythonKey, other: PythonKey) -> None:
    assert (one.rank(HERE) == other.rank(HERE)) == (one == other)


def test_parts() -> None:
    key = PythonKey.parse("cpython-3.13.0rc2+freethreaded+debug-linux-x86_64-gnu")
    assert (key.implementation, key.version) == ("cpython", "3.13.0rc2")
    assert (key.release, key.minor, key.prerelease) == ((3, 13, 0), (3, 13), "rc2")
    assert (key.gil_disabled, key.debug, key.suffix) == (True, True, "td")
    assert key.minor_name == "cpython-3.13+freethreaded+debug-linux-x86_64-gnu"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cpython",
        "cpython-3.12-linux-x86_64-gnu",
        "cpython-3.12.1-linux-x86_64",
        "cpython-3.12.1-linux-x86_64-gnu-more",
        "cpython-3.12.1+fast-linux-x86_64-gnu",
        "cpython-3.12.x-linux-x86_64-gnu",
        "cpython-3.12.1rc-linux-x86_64-gnu",
        "cpython-3.12.1dev1-linux-x86_64-gnu",
        "cpython-3.12.²-linux-x86_64-gnu",
        "-3.12.1-linux-x86_64-gnu",
        "cpython-3.12.1---",
        "../cpython-3.12.1-linux-x86_64-gnu",
        "cpython-3.12.1-linux-x86_64-../gnu",
        "cpython-3.12.1-linux-/-gnu",
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(BadKey):
        PythonKey.parse(text)


def test_the_best_comes_first() -> None:
    ordered = [
        "cpython-3.13.0-linux-x86_64-gnu",
        "cpython-3.13.0+freethreaded-linux-x86_64-gnu",
        "cpython-3.13.0-linux-x86_64-musl",
        "cpython-3.13.0-linux-aarch64-gnu",
        "cpython-3.13.0-macos-aarch64-none",
        "cpython-3.13.0rc2-linux-x86_64-gnu",
        "cpython-3.13.0rc1-linux-x86_64-gnu",
        "cpython-3.13.0b4-linux-x86_64-gnu",
        "cpython-3.13.0a10-linux-x86_64-gnu",
        "cpython-3.13.0a9-linux-x86_64-gnu",
        "cpython-3.12.10-linux-x86_64-gnu",
        "cpython-3.12.9-linux-x86_64-gnu",
        "pypy-3.20.0-linux-x86_64-gnu",
        "graalpy-3.20.0-linux-x86_64-gnu",
    ]
    found = sorted(map(PythonKey.parse, reversed(ordered)), key=lambda key: key.rank(HERE))
    assert list(map(str, found)) == ordered


def test_the_order_is_that_of_uv(tmp_path: Path) -> None:
    done = subprocess.run(
        [UV, "python", "list", "--only-downloads", "--all-versions"],
        env={"HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(listed) > 100
    known = [PythonKey.parse(text) for text in listed]
    assert list(map(str, known)) == listed
    mixed = sorted(known, key=str)
    assert mixed != known
    assert sorted(mixed, key=lambda key: key.rank(HERE)) == known


@pytest.mark.parametrize(
    ("host", "key", "runs"),
    [
        (HERE, "cpython-3.12.1-linux-x86_64-gnu", True),
        (HERE, "cpython-3.12.1-linux-x86_64-musl", False),
        (HERE, "cpython-3.12.1-linux-x86_64_v3-gnu", False),
        (HERE, "cpython-3.12.1-linux-aarch64-gnu", False),
        (Host("macos", "aarch64", "none"), "cpython-3.12.1-macos-x86_64-none", True),
        (Host("macos", "x86_64", "none"), "cpython-3.12.1-macos-aarch64-none", False),
        (Host("windows", "aarch64", "none"), "cpython-3.12.1-windows-x86_64-none", True),
        (Host("windows", "x86_64", "none"), "cpython-3.12.1-windows-x86-none", True),
        (Host("windows", "x86", "none"), "cpython-3.12.1-windows-x86_64-none", False),
    ],
)
def test_which_builds_run_here(host: Host, key: str, runs: bool) -> None:
    assert host.runs(PythonKey.parse(key)) is runs


def test_this_machine() -> None:
    found = Host.of(sys.platform, {})
    assert found == HERE
    assert Host.of(sys.platform, {"UV_LIBC": "musl"}).libc == "musl"
    assert Host.of(sys.platform, {"UV_LIBC": "musl", "WEFT_LIBC": "gnu"}).libc == "gnu"
    assert Host.of("darwin", {}) == Host("macos", "x86_64", "none")
