"""What people write for a Python, and what it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.value import replace
from weft.python.interpreter import Interpreter
from weft.python.request import PythonRequest, RequestError

DESCRIPTIONS = [
    ("3.99", "Python 3.99"),
    ("399", "Python 3.99"),
    ("python99", "Python 9.9"),
    ("4", "Python 4"),
    (">=4", "Python >=4"),
    (">=3,<3.1", "Python >=3, <3.1"),
    (">=3.98 , <4", "Python >=3.98, <4"),
    (">3.98,!=4", "Python >3.98, !=4"),
    ("==2.7.*", "Python ==2.7.*"),
    ("~=3.99", "Python ~=3.99"),
    ("python>=3.98", "Python >=3.98"),
    ("pypy>=3.98", "PyPy >=3.98"),
    ("cpython@>=3.98", "CPython >=3.98"),
    ("3.99t", "Python 3.99+freethreaded"),
    ("398t", "Python 3.98+freethreaded"),
    ("3.99+freethreaded", "Python 3.99+freethreaded"),
    ("3.99d", "Python 3.99+debug"),
    ("3.13td", "Python 3.13+freethreaded+debug"),
    ("3.12.1+debug", "Python 3.12.1+debug"),
    ("3.14a9", "Python 3.14a9"),
    ("3.13.0rc1", "Python 3.13rc1"),
    ("3.98.0rc1t", "Python 3.98rc1+freethreaded"),
    ("python3.99", "Python 3.99"),
    ("pypy", "PyPy"),
    ("pp", "PyPy"),
    ("graalpy3", "GraalPy 3"),
    ("cpython@3.99", "CPython 3.99"),
    ("cp399", "CPython 3.99"),
    ("cpython3.99t", "CPython 3.99+freethreaded"),
    ("cpython-3.99", "cpython-3.99-any-any-any"),
    ("cpython-3.99-linux-x86_64-gnu", "cpython-3.99-linux-x86_64-gnu"),
    ("cpython-3.98+debug-linux", "cpython-3.98+debug-linux-any-any"),
    ("3.98-linux", "any-3.98-linux-any-any"),
    ("3.98-linux-x86_64-gnu", "any-3.98-linux-x86_64-gnu"),
    ("any-3.99-any-any-any", "any-3.99-any-any-any"),
    ("any-any-windows", "any-any-windows-any-any"),
    ("PYPY-3.98", "pypy-3.98-any-any-any"),
    ("macos-aarch64-none", "any-any-macos-aarch64-none"),
    ("windows", "any-any-windows-any-any"),
    ("any", "any Python"),
    ("default", "a default Python"),
    ("3.99-dev", "executable name `3.99-dev`"),
    ("3.12.1.4", "executable name `3.12.1.4`"),
    ("3.12.*", "executable name `3.12.*`"),
    ("3.12.1.post1", "executable name `3.12.1.post1`"),
    ("3.12+foo", "executable name `3.12+foo`"),
    ("3.12-", "executable name `3.12-`"),
    ("3.", "executable name `3.`"),
    (">=3.x", "executable name `>=3.x`"),
    ("pypy@", "executable name `pypy@`"),
    ("pypy@latest", "executable name `pypy@latest`"),
    ("python@latest", "executable name `python@latest`"),
    ("python", "executable name `python`"),
    ("linux-x86_64-3.98", "executable name `linux-x86_64-3.98`"),
    ("cp398-linux", "executable name `cp398-linux`"),
    ("", "executable name ``"),
    (" ", "executable name ` `"),
    ("foo/bar", "path `foo/bar`"),
]


@pytest.mark.parametrize(("text", "description"), DESCRIPTIONS)
def test_a_request_describes_itself(text: str, description: str) -> None:
    assert PythonRequest.parse(text).describe() == description


def test_directories_and_files_are_recognised_from_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "3.99x").mkdir()
    (tmp_path / "tool").write_text("")
    assert PythonRequest.parse("3.99x", cwd=str(tmp_path)).describe() == "directory `3.99x`"
    assert PythonRequest.parse("tool", cwd=str(tmp_path)).describe() == "path `tool`"
    assert PythonRequest.parse(".", cwd=str(tmp_path)).describe() == "directory `.`"


@given(st.text(max_size=12))
def test_every_text_is_a_request(text: str) -> None:
    assert PythonRequest.parse(text.replace("\0", "")).describe()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2", "Python <3 is not supported but 2 was requested."),
        ("2.7", "Python <3.6 is not supported but 2.7 was requested."),
        ("2.7.18", "Python <3.6 is not supported but 2.7.18 was requested."),
        ("3.5", "Python <3.6 is not supported but 3.5 was requested."),
        ("3.5t", "Python <3.6 is not supported but 3.5 was requested."),
        ("pypy2.7", "Python <3.6 is not supported but 2.7 was requested."),
        ("cpython-2.7", "Python <3.6 is not supported but 2.7 was requested."),
        (
            "3.12t",
            "Python <3.13 does not support free-threading but 3.12+freethreaded was requested.",
        ),
    ],
)
def test_versions_that_cannot_be_served_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(RequestError) as caught:
        PythonRequest.parse(text).check()
    assert caught.value.message == f"Invalid version request: {complaint}"


def python(own: Interpreter, version: str, **changes: object) -> Interpreter:
    """The interpreter as if it were another version or build."""
    minor = ".".join(version.split(".")[:2])
    markers = {**own.markers, "python_version": minor}
    return replace(own, version=version, markers=markers, **changes)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("3", ["3.12.1", "3.6.0"], ["4.0.0"]),
        ("3.12", ["3.12.0", "3.12.11"], ["3.1.2", "3.11.9"]),
        ("312", ["3.12.4"], ["3.11.4"]),
        ("3.12.1", ["3.12.1"], ["3.12.10", "3.12.0"]),
        ("==3.12", ["3.12.7"], ["3.11.7"]),
        ("===3.12.1", ["3.12.1"], ["3.12.2"]),
        (">=3.11,<3.13", ["3.11.0", "3.12.9"], ["3.13.0", "3.10.9"]),
        ("!=3.11.*", ["3.12.0"], ["3.11.4"]),
        ("3.14a1", ["3.14.0a1"], ["3.14.0a2", "3.14.0"]),
        ("cpython", ["3.12.0"], []),
        ("pypy", [], ["3.12.0"]),
        ("pypy@3.12", [], ["3.12.0"]),
        ("any-3.12-linux", ["3.12.5"], ["3.11.5"]),
        ("3.12-windows", [], ["3.12.5"]),
        ("any", ["3.6.0", "3.15.0a1"], []),
    ],
)
def test_versions_match_as_they_read(
    text: str, yes: list[str], no: list[str], own: Interpreter
) -> None:
    request = PythonRequest.parse(text)
    assert [each for each in yes if not request.matches(python(own, each))] == []
    assert [each for each in no if request.matches(python(own, each))] == []


@pytest.mark.parametrize(
    ("text", "usual", "free", "debug"),
    [
        ("3.13", True, False, True),
        ("3.13t", False, True, False),
        ("3.13+gil", True, False, False),
        ("3.13d", False, False, True),
        ("3.13+gil+debug", False, False, True),
        ("3.13td", False, False, False),
    ],
)
def test_builds_match_their_variant(
    text: str, usual: bool, free: bool, debug: bool, own: Interpreter
) -> None:
    request = PythonRequest.parse(text)
    assert request.matches(python(own, "3.13.1")) == usual
    assert request.matches(python(own, "3.13.1", gil_disabled=True)) == free
    assert request.matches(python(own, "3.13.1", debug=True)) == debug


def test_free_threading_is_as_good_as_any_since_3_14(own: Interpreter) -> None:
    assert PythonRequest.parse("3.14").matches(python(own, "3.14.0", gil_disabled=True))


def test_a_key_names_its_own_machine_and_no_other(own: Interpreter) -> None:
    assert PythonRequest.parse(own.key).matches(own)
    assert not PythonRequest.parse(own.key.replace("linux", "macos")).matches(own)
