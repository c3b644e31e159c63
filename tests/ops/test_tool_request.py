"""What the words of `weft tool run` ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import WeftError
from weft.ops.tool_request import ToolRequest

parse = ToolRequest.parse


@pytest.mark.parametrize(
    ("command", "requirement", "program"),
    [
        ("ruff", "ruff", "ruff"),
        ("Ruff", "Ruff", "Ruff"),
        ("ruff@0.6", "ruff==0.6", "ruff"),
        ("ruff@0.6.0rc1", "ruff==0.6.0rc1", "ruff"),
        ("flask[async,dotenv]@3", "flask[async,dotenv]==3", "flask"),
        ("flask[]@3", "flask[]==3", "flask"),
        ("ruff>=0.6,<1", "ruff>=0.6,<1", "ruff"),
        ("x @ https://files.test/x-1.zip", "x @ https://files.test/x-1.zip", "x"),
        ("ruff@0.6.*", "ruff@0.6.*", "ruff"),
        ("ruff@", "ruff@", "ruff"),
        ("flask[async@3", "flask[async@3", "flask"),
        ("flask[a b]@3", "flask[a b]@3", "flask"),
        ("git+https://git.test/tool@main", "git+https://git.test/tool@main", ""),
        ("git+ssh://git@git.test/tool@1.0", "git+ssh://git@git.test/tool@1.0", ""),
        ("./tool", "./tool", ""),
        ("tool-1.0-py3-none-any.whl", "tool-1.0-py3-none-any.whl", ""),
        ("pythonic", "pythonic", "pythonic"),
        ("python-dateutil", "python-dateutil", "python-dateutil"),
        ("pypyfoo", "pypyfoo", "pypyfoo"),
        ("310", "310", "310"),
        ("pp310", "pp310", "pp310"),
    ],
)
def test_a_package(command: str, requirement: str, program: str) -> None:
    assert parse(command) == ToolRequest(requirement, program)
    assert parse("other", command) == ToolRequest(requirement, "other")


def test_the_latest() -> None:
    assert parse("ruff@latest") == ToolRequest("ruff", "ruff", latest=True)
    assert parse("x", "flask[async]@latest") == ToolRequest("flask[async]", "x", latest=True)


@pytest.mark.parametrize(
    ("command", "python"),
    [
        ("python", ""), ("Python", ""), ("python3", "python3"), ("python3.12", "python3.12"),
        ("python312", "python312"), ("python@3.12", "python@3.12"), ("pypy", "pypy"),
        ("pypy3.10", "pypy3.10"), ("cpython@3.12.1", "cpython@3.12.1"),
        ("python>=3.9,<3.12", "python>=3.9,<3.12"), ("python@>=3.9", "python@>=3.9"),
        ("python3.13t", "python3.13t"),
    ],
)  # fmt: skip
def test_an_interpreter(command: str, python: str) -> None:
    assert parse(command) == ToolRequest(program="python", python=python)
    assert parse("idle3", command) == ToolRequest(program="idle3", python=python)
    assert parse(command).is_python


@pytest.mark.parametrize("command", ["@", "@3.12", "python@", "python@foo", "pypy@x"])
def test_what_can_only_be_an_interpreter_and_is_none(command: str) -> None:
    with pytest.raises(WeftError, match="Invalid version request: "):
        parse(command)
    with pytest.raises(WeftError):
        parse("python", command)


def test_there_is_no_latest_interpreter() -> None:
    with pytest.raises(WeftError, match="is not yet supported"):
        parse("python@latest")


@given(st.text(max_size=20))
def test_every_word_is_a_request_or_an_error_for_people(command: str) -> None:
    try:
        found = parse(command)
    except WeftError as error:
        assert error.message
        return
    assert found.is_python or found.requirement or not command
    assert found.is_python or command.strip().startswith(found.program)
