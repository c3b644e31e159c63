"""The words for builds that failed, and the advice that goes with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.fetch.build_failures import (
    BuildFailure,
    HookFailure,
    ending,
    readable,
    without_our_frames,
)
from weft.fetch.system_packages import for_header, for_library, for_module


def failure(
    stderr: str = "", *, stdout: str = "", code: int = 1, name: str = "demo", version: str = "1.0"
) -> BuildFailure:
    call = HookFailure("backend.build_wheel", code, stdout=stdout.encode(), stderr=stderr.encode())
    return BuildFailure(call, shown="demo @ file:///demo", name=name, version=version)


def test_the_sections_are_those_that_said_something() -> None:
    assert failure().call.message == "Call to `backend.build_wheel` failed (exit status: 1)"
    assert failure("bad\n", stdout="\nfine\n\n").call.message == (
        "Call to `backend.build_wheel` failed (exit status: 1)\n\n[stdout]\nfine\n\n[stderr]\nbad"
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [(1, "exit status: 1"), (-9, "signal: 9 (SIGKILL)"), (-63, "signal: 63")],
)
def test_an_ending_is_a_status_or_a_signal(code: int, text: str) -> None:
    assert ending(code) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain\r\nlines\n", "plain\nlines\n"),
        (b"\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "red link"),
        (b" 10%\r 50%\r100%\ndone", "100%\ndone"),
        (b"a\x00b\x08c\x7fd\x1be", "abcde"),
        (b"\xff\xfe!", "\ufffd\ufffd!"),
        (b"\xff" * 500 + b"!", "\ufffd[500 unreadable bytes]!"),
        ("h\u00e9 \u4e16\ttab".encode(), "h\u00e9 \u4e16\ttab"),
    ],
)
def test_any_bytes_become_readable(data: bytes, text: str) -> None:
    assert readable(data) == text


@given(st.binary(max_size=300))
def test_nothing_readable_moves_the_cursor(data: bytes) -> None:
    text = readable(data)
    assert not [sign for sign in text if (sign < " " and sign not in "\n\t") or sign == "\x7f"]


def test_a_traceback_begins_in_the_back_end() -> None:
    script = "/site/pyproject_hooks/_in_process/_in_process.py"
    text = (
        "said before\n"
        "Traceback (most recent call last):\n"
        f'  File "{script}", line 406, in <module>\n'
        "    main()\n"
        f'  File "{script}", line 75, in _build_backend\n'
        "    obj = import_module(mod_path)\n"
        "          ^^^^^^^^^^^^^\n"
        '  File "/lib/importlib/__init__.py", line 126, in import_module\n'
        "    return x\n"
        '  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import\n'
        '  File "/tree/backend.py", line 1, in <module>\n'
        "    import nowhere\n"
        '  File "/lib/importlib/__init__.py", line 126, in import_module\n'
        "    return y\n"
        "ModuleNotFoundError: No module named 'nowhere'"
    )
    assert without_our_frames(text).splitlines() == [
        "said before",
        "Traceback (most recent call last):",
        '  File "/tree/backend.py", line 1, in <module>',
        "    import nowhere",
        '  File "/lib/importlib/__init__.py", line 126, in import_module',
        "    return y",
        "ModuleNotFoundError: No module named 'nowhere'",
    ]


def test_a_module_that_is_not_declared_is_named_with_three_ways_out() -> None:
    (hint,) = failure("Traceback:\nModuleNotFoundError: No module named 'torch'\n").hints
    assert hint == (
        "This error likely indicates that `demo@1.0` depends on `torch`, but doesn't declare it "
        "as a build dependency. If `demo` is a first-party package, consider adding `torch` to its "
        "`build-system.requires`. Otherwise, either add it to your `pyproject.toml` under:\n\n"
        '[tool.uv.extra-build-dependencies]\ndemo = ["torch"]\n\n'
        "or `weft pip install torch` into the environment and re-run with `--no-build-isolation`."
    )


def test_a_project_without_a_name_is_called_as_it_was_asked_for() -> None:
    (hint,) = failure("ModuleNotFoundError: No module named 'yaml'", name="", version="").hints
    assert hint.startswith("This error likely indicates that `demo @ file:///demo` depends on `pyy")


def test_a_module_that_was_missed_long_before_the_end_is_no_cause() -> None:
    assert failure("ModuleNotFoundError: No module named 'x'\n" + "line\n" * 20).hints == ()


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("x.c:1:10: fatal error: Python.h: No such file or directory",
         ["a library that provides `Python.h` for `demo@1.0`", "apt install python3-dev"]),
        ("x.c:1:10: fatal error: 'openssl/ssl.h' file not found", ["apt install libssl-dev"]),
        ("x.c:2:3: fatal error: longintrepr.h: No such file or directory", ["an older Python"]),
        ("/usr/bin/ld: cannot find -lncurses: No such file", ["(e.g., `libncurses-dev`)"]),
        ("No package 'libpq' found", ["apt install libpq-dev"]),
        ("../meson.build:41:11: ERROR: Dependency \"OpenBLAS\" not found, tried pkgconfig",
         ["the library `OpenBLAS`", "apt install libopenblas-dev"]),
        ("Error: pg_config executable not found.", ["apt install libpq-dev"]),
        ("/bin/sh: 1: krb5-config: not found", ["apt install libkrb5-dev"]),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'swig'", ["apt install swig"]),
        ("error: command 'gcc' failed: No such file or directory",
         ["no C compiler (`gcc`)", "apt install build-essential"]),
        ("unable to execute 'x86_64-linux-gnu-gcc-12': No such file or directory", ["C compiler"]),
        ("error: command 'g++' failed: No such file or directory", ["no C++ compiler (`g++`)"]),
        ("../meson.build:1:0: ERROR: Unknown compiler(s): [['gfortran'], ['f95']]", ["Fortran"]),
        ("error: linker `cc` not found", ["no C compiler (`cc`)"]),
        ("error: can't find Rust compiler", ["Rust code", "rustup"]),
        ("Cargo, the Rust package manager, is not installed or is not on PATH.", ["rustup"]),
        ("CMake must be installed to build the following extensions", ["apt install cmake"]),
        ("error: the configured Python interpreter version (3.14) is newer than PyO3's maximum "
         "supported version (3.13)", ["written for an older Python"]),
        ("AttributeError: module 'pkgutil' has no attribute 'ImpImporter'", ["an older Python"]),
        ("error in demo setup command: use_2to3 is invalid.", ["`setuptools<58`"]),
        ("OSError: [Errno 28] No space left on device", ["A disk is full", "`TMPDIR`"]),
        ("c++: fatal error: Killed signal terminated program cc1plus", ["want of memory"]),
        ("LookupError: setuptools-scm was unable to detect version for /x", ["PRETEND_VERSION"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("output", ["stderr", "stdout"])
def test_known_causes_come_with_advice(said: str, parts: list[str], output: str) -> None:
    if output == "stdout":
        hints = failure("failed\n", stdout=f"{said}\n").hints
    else:
        hints = failure(f"before\n{said}\nafter\n").hints
    told = "\n".join(hints)
    assert all(part in told for part in parts), told


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("ModuleNotFoundError: No module named 'distutils'", "(like `demo >1.0`)"),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "install 'setuptools<82'`"),
        ("error: invalid command 'bdist_wheel'", "depends on `wheel`"),
    ],
)
def test_what_python_itself_says_counts_on_stderr(said: str, part: str) -> None:
    (hint,) = failure(f"before\n{said}\n").hints
    assert part in hint
    assert failure("failed\n", stdout=f"{said}\n").hints == ()


def test_a_killed_process_points_at_memory() -> None:
    (hint,) = failure(code=-9).hints
    assert "want of memory" in hint
    assert failure(code=-11).hints == ()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "OSError: boom",
        "FileNotFoundError: [Errno 2] No such file or directory: 'README.md'",
        "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/x/gcc'",
        "error: command '/usr/bin/gcc' failed with exit code 1",
        "KeyError: 'gcc not found'",
    ],
)
def test_unknown_causes_come_without_advice(said: str) -> None:
    assert failure(said).hints == ()


def test_names_of_packages() -> None:
    assert for_header("libxml/xmlversion.h") == "libxml2-dev"
    assert for_header("own_header.h") == ""
    assert for_library("GEOS_C") == "libgeos-dev"
    assert for_library("libfoo") == "libfoo-dev"
    assert for_module("google.protobuf.message") == "protobuf"
    assert for_module("numpy") == "numpy"
