"""From the raw facts of a probe to an `Interpreter`.

Owns the names that weft gives to what an interpreter said: its key, its version, its tags. Loaded
only where an interpreter was really asked. Refuses to ask or to look at the disk.
Follows PEP 425 by way of `weft.core.tags`.
"""

from __future__ import annotations

import marshal

from weft.core.tags import (
    TagFacts,
    compatible_tags,
    platform_tags_linux,
    platform_tags_macos,
    platform_tags_windows,
)
from weft.core.version import Version
from weft.python.interpreter import Interpreter, row_of
from weft.python.keys import machine_name, system_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LONGEST = 1000  # letters of one value


def interpret(answer: Mapping[str, Any]) -> Interpreter:
    """The value made of the object that the probe printed; see `weft.python.question.SCRIPT`.

    Raises ValueError, KeyError, TypeError, AttributeError or VersionError where that is not what
    the script prints: a program in the place of an interpreter may say anything.
    """
    markers: dict[str, str] = answer["markers"]
    virtual = answer["prefix"] != answer["base_prefix"]
    schemes: dict[str, str] = answer["schemes"]
    if virtual:
        prefix = answer["prefix"]
        below = answer["environment_schemes"]
        schemes = {key: f"{prefix}/{path}" if path else prefix for key, path in below.items()}
    executable = answer["executable"]
    facts = _tag_facts(answer)
    _check(answer, schemes)
    return Interpreter(
        executable=executable,
        base_executable=answer["base_executable"] if virtual else executable,
        prefix=answer["prefix"],
        base_prefix=answer["base_prefix"],
        version=markers["python_full_version"].removesuffix("+local"),
        implementation=markers["platform_python_implementation"],
        markers=markers,
        schemes=schemes,
        environment_schemes=answer["environment_schemes"],
        stdlib=answer["stdlib"],
        base_site_packages=tuple(answer["site_packages"]),
        externally_managed=answer["externally_managed"],
        key=_key(answer),
        gil_disabled=answer["gil_disabled"],
        debug=answer["debug"],
        pointer_size=answer["pointer_size"],
        packed_tags=marshal.dumps((row_of(facts), compatible_tags(facts))),
    )


def _check(answer: Mapping[str, Any], schemes: Mapping[str, str]) -> None:
    """Refuse what nobody could use: directories are made of the one, and keys of the other."""
    paths = [answer[name] for name in ("executable", "base_executable", "prefix", "base_prefix")]
    for path in (*paths, answer["stdlib"], *schemes.values(), *answer["site_packages"]):
        if "\0" in path:
            raise ValueError("a zero in a path")
    markers = answer["markers"]
    version = markers["python_full_version"].removesuffix("+local")
    Version.parse(version)
    if any(not isinstance(each, str) or len(each) > _LONGEST for each in markers.values()):
        raise ValueError("a value that is none, or too long")
    if not {"/", "\\", "\0"}.isdisjoint(_key(answer)):
        raise ValueError("a key that is a path")


def _key(answer: Mapping[str, Any]) -> str:
    """`cpython-3.13.0+freethreaded-linux-x86_64-gnu`: the name of a build, as uv writes it."""
    markers = answer["markers"]
    system = system_name(markers["sys_platform"])
    machine = markers["platform_machine"].lower()
    if answer["pointer_size"] == 4 and machine in ("x86_64", "amd64"):
        machine = "i686"
    libc = answer["libc"]
    family = "none"
    if libc:
        family = {"glibc": "gnu"}.get(libc[0], libc[0])
        if machine.startswith(("armv7", "armv8l")):
            family += "eabihf"
    variant = "+freethreaded" if answer["gil_disabled"] else ""
    variant += "+debug" if answer["debug"] else ""
    return "-".join(
        (
            markers["implementation_name"],
            markers["python_full_version"].removesuffix("+local") + variant,
            system,
            machine_name(machine),
            family,
        )
    )


def _tag_facts(answer: Mapping[str, Any]) -> TagFacts:
    implementation = answer["markers"]["implementation_name"]
    major, minor = answer["version_info"][:2]
    return TagFacts(
        implementation=implementation,
        version=(major, minor),
        abis=() if implementation == "cpython" else _foreign_abis(answer["extension_suffix"]),
        platforms=_platforms(answer),
        gil_disabled=answer["gil_disabled"],
        debug=answer["debug"],
        pointer_size=answer["pointer_size"],
    )


def _foreign_abis(suffix: str) -> tuple[str, ...]:
    """`pypy310_pp73` of `.pypy310-pp73-x86_64-linux-gnu.so`: all but the platform."""
    words = suffix.strip(".").partition(".")[0].split("-")
    count = 3 if words[0].startswith("graalpy") else 2
    name = "-".join(words[:count])
    return (name.replace("-", "_").replace(".", "_"),) if name else ()


def _platforms(answer: Mapping[str, Any]) -> tuple[str, ...]:
    system = answer["markers"]["sys_platform"]
    machine = answer["markers"]["platform_machine"]
    size = answer["pointer_size"]
    if system == "linux":
        name, *numbers = answer["libc"] or ("",)
        version = (numbers[0], numbers[1]) if len(numbers) == 2 else None
        return platform_tags_linux(
            machine,
            glibc=version if name == "glibc" else None,
            musl=version if name == "musl" else None,
            pointer_size=size,
        )
    if system == "darwin":
        major, minor = (*answer["mac_version"].split("."), "0")[:2]
        return platform_tags_macos(machine, (int(major), int(minor)), pointer_size=size)
    if system == "win32":
        return platform_tags_windows(machine, pointer_size=size)
    return (answer["platform"].replace(".", "_").replace("-", "_").replace(" ", "_"),)
