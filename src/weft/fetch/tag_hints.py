"""For which interpreters and platforms a version has wheels, where it has none for ours.

Owns the hint. Refuses to judge files; see `weft.fetch.selection`. Follows PEP 425, and uv's
wording.
"""

from __future__ import annotations

from weft.core.filename import WheelName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.fetch.selection import Supported

_PLATFORMS = (
    "any", "manylinux_", "manylinux1", "manylinux2010", "manylinux2014", "linux", "musllinux",
    "macosx", "win32", "win",
)  # fmt: skip


def tag_hint(filenames: Sequence[str], name: str, kind: str, supported: Supported) -> str:
    """`kind` is what does not match: "platform", "Python ABI" and the like.

    `filenames` are all files of a version of the project `name`. Empty where nothing is to tell.
    """
    wheels = [WheelName.parse(each) for each in filenames if each.endswith(".whl")]
    if not wheels:
        return ""
    what = f"`{name}` (v{wheels[0].version})"
    if kind == "platform":
        pythons, abis, _platforms = supported.parts
        fitting = [
            wheel
            for wheel in wheels
            if not pythons.isdisjoint(wheel.python.split("."))
            and not abis.isdisjoint(wheel.abi.split("."))
        ]
        found = {tag for wheel in fitting for tag in wheel.platform.split(".")}
        tags = sorted(found, key=_platform_order)
        return f"Wheels are available for {what} on the following {_listed('platform', tags)}"
    if kind == "Python implementation":
        needed, parts = supported.examples[0], [wheel.python for wheel in wheels]
    else:
        kind = "Python ABI"
        needed, parts = supported.examples[1], [wheel.abi for wheel in wheels]
    tags = sorted({tag for part in parts for tag in part.split(".")}, key=_interpreter_order)
    return (
        f"You require {_interpreter(needed)}, but we only found wheels for {what} with the "
        f"following {_listed(f'{kind} tag', tags)}"
    )


def _listed(noun: str, tags: Sequence[str]) -> str:
    plural = "" if len(tags) == 1 else "s"
    return f"{noun}{plural}: {', '.join([f'`{tag}`' for tag in tags])}"


def _interpreter(tag: str) -> str:
    """CPython 3.11 (`cp311`)."""
    digits = tag[2:]
    if tag[:2] != "cp" or not digits.isdigit():
        return f"`{tag}`"
    return f"CPython {digits[0]}.{digits[1:]} (`{tag}`)"


def _platform_order(tag: str) -> tuple[int, tuple[int, ...], str]:
    """Kinds of platforms one after the other, within one older systems first."""
    kinds = [number for number, start in enumerate(_PLATFORMS) if tag.startswith(start)]
    return min(kinds, default=len(_PLATFORMS)), _numbers(tag), tag


def _interpreter_order(tag: str) -> tuple[str, tuple[int, ...], str]:
    """By implementation, older ones first: `cp39` is version 3.9, and `cp310` version 3.10."""
    letters = tag.rstrip("0123456789_tmud")
    numbers = tag[len(letters) :].rstrip("tmud").partition("_")[0]
    return letters, (int(numbers[0]), int(numbers[1:] or 0)) if numbers.isdigit() else (), tag


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(map(int, "".join([char if char.isdigit() else " " for char in tag]).split()))
