"""For what a locked package has wheels, where it has none for this environment.

Owns the hint. Refuses to judge whether a wheel fits. Follows PEP 425, and uv's wording.
"""

from __future__ import annotations

from weft.core.filename import WheelName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}
_PLATFORMS = ("any", "manylinux", "linux", "musllinux", "macosx", "win32", "win")
_INTERPRETERS = {"cp": "CPython", "pp": "PyPy", "graalpy": "GraalPy"}


def wheel_hint(
    filenames: Sequence[str], shown: str, tags: Sequence[str], environment: Mapping[str, str]
) -> str:
    """What the wheels are for; `shown` is their package with its version.

    `tags` are the supported ones, the most specific first. Empty where nothing is to tell.
    """
    wheels = [WheelName.parse(each) for each in filenames]
    if not wheels or not tags:
        return ""
    parts = [tag.split("-", 2) for tag in tags]
    pythons, abis = {part[0] for part in parts}, {part[1] for part in parts}
    of_python = [each for each in wheels if not pythons.isdisjoint(each.python.split("."))]
    of_abi = [each for each in of_python if not abis.isdisjoint(each.abi.split("."))]
    if of_abi:
        return _platform(of_abi, shown, parts, environment)
    if of_python:
        have, noun, found = parts[0][1], "Python ABI tag", [each.abi for each in of_python]
    else:
        have, noun, found = parts[0][0], "Python implementation tag", [e.python for e in wheels]
    return (
        f"You're using {_interpreter(have)}, but {shown} only has wheels with the following "
        f"{_listed(noun, sorted(_single(found), key=_numbers))}"
    )


def _platform(
    wheels: list[WheelName], shown: str, parts: list[list[str]], environment: Mapping[str, str]
) -> str:
    # `linux_x86_64` is no platform that anybody builds wheels for.
    have = next((part[2] for part in parts if not part[2].startswith("linux_")), parts[0][2])
    found = sorted(_single(each.platform for each in wheels), key=_platform_order)
    system, machine = environment["sys_platform"], environment["platform_machine"]
    return (
        f"You're on {_SYSTEMS.get(system, system)} (`{have}`), but {shown} only has wheels for the "
        f"following {_listed('platform', found)}; consider adding \"sys_platform == '{system}' and "
        f"platform_machine == '{machine}'\" to `tool.uv.required-environments` to ensure weft "
        "resolves to a version with compatible wheels"
    )


def _single(tags: Iterable[str]) -> set[str]:
    """Each of the tags that a name has together."""
    return {tag for together in tags for tag in together.split(".")}


def _listed(noun: str, tags: list[str]) -> str:
    plural = "" if len(tags) == 1 else "s"
    return f"{noun}{plural}: {', '.join([f'`{tag}`' for tag in tags])}"


def _interpreter(tag: str) -> str:
    """CPython 3.11 (`cp311`)."""
    letters = tag.rstrip("0123456789t")
    digits = tag[len(letters) :].rstrip("t")
    if letters not in _INTERPRETERS or not digits:
        return f"`{tag}`"
    version = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{_INTERPRETERS[letters]} {version} (`{tag}`)"


def _platform_order(tag: str) -> tuple[int, list[tuple[int, str]]]:
    place = next((n for n, name in enumerate(_PLATFORMS) if tag.startswith(name)), 99)
    return place, _numbers(tag)


def _numbers(tag: str) -> list[tuple[int, str]]:
    """Letters and numbers of a tag in turn; `cp39` comes before `cp310`."""
    pieces: list[tuple[int, str]] = []
    digits = letters = ""
    for character in f"{tag}\0":
        if character.isdigit():
            digits += character
            continue
        if digits:
            pieces.append((int(digits[:1] or 0), letters))
            pieces.append((int(digits[1:] or 0), ""))
            digits = letters = ""
        letters += character
    return [*pieces, (0, letters)]
