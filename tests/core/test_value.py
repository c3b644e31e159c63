"""Values are built, compared and kept from changes alike, however many fields they have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from weft.core.value import replace, value

SIZES = (0, 1, 2, 9, 10, 14, 15, 16, 40)


def _made(size: int) -> Any:
    """A value class with that many fields, the last of which has a default."""
    names = [f"field_{number}" for number in range(size)]
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(names, "int")}
    if names:
        body[names[-1]] = 7
    return value(type("Made", (), body))


@pytest.mark.parametrize("size", SIZES)
def test_fields_are_given_by_position_by_name_or_by_default(size: int) -> None:
    made = _made(size)
    names = made.__match_args__
    given = list(range(size))
    built = made(*given)
    assert [getattr(built, name) for name in names] == given
    assert made(**dict(zip(names, given, strict=True))) == built
    assert (
        made(*given[: size // 2], **dict(list(zip(names, given, strict=True))[size // 2 :]))
        == built
    )
    if size:
        assert getattr(made(*given[:-1]), names[-1]) == 7
        assert replace(built, **{names[0]: -1}) != built
        assert hash(replace(built, **{names[0]: 0})) == hash(built)


@pytest.mark.parametrize("size", SIZES)
def test_a_field_too_few_too_many_twice_or_unknown_is_an_error(size: int) -> None:
    made = _made(size)
    given = range(size)
    with pytest.raises(TypeError):
        made(*given, 1)
    with pytest.raises(TypeError):
        made(*given[:-1], other=1)
    if size:
        with pytest.raises(TypeError):
            made(*given, **{made.__match_args__[0]: 1})
    if size > 1:
        with pytest.raises(TypeError):
            made(*given[:-2])


@pytest.mark.parametrize("size", [size for size in SIZES if size])
def test_a_value_does_not_change(size: int) -> None:
    built = _made(size)(*range(size))
    name = type(built).__match_args__[0]
    with pytest.raises(AttributeError):
        setattr(built, name, 1)
    with pytest.raises(AttributeError):
        delattr(built, name)


def test_without_a_guard_a_value_is_made_like_any_object() -> None:
    """As commands run: the check for each field is left to mypy."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from weft.core.value import replace, value\n"
        "@value\n"
        "class Point:\n"
        "    __annotations__ = {'x': int, 'y': int}\n"
        "    y = 2\n"
        "point = Point(1)\n"
        "assert vars(point) == {'x': 1, 'y': 2}\n"
        "assert replace(point, x=3) == Point(3, 2) and hash(point) == hash(Point(1))\n"
        "assert Point.__setattr__ is object.__setattr__, sys.flags\n"
    )
    source = str(Path(__file__).parents[2] / "src")
    for flags in ([], ["-X", "dev"]):
        command = [sys.executable, "-I", *flags, "-c", program, source]
        done = subprocess.run(command, capture_output=True, text=True)
        assert ("AssertionError" in done.stderr) == bool(flags), done.stderr
