"""The paths of the machine that built a Python, replaced by those of the one that runs it.

Owns what is changed in a build of CPython that was made for `/install`: what `sysconfig` answers
(and so what extension modules are compiled with), and `pkg-config` files. Refuses to touch code.
Follows python-build-standalone for what is in a build.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.files import read_bytes, remove_tree, write_atomic
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_BUILT_FOR = "/install"
#: The same where a path begins: alone, in a list, or behind an option (`-L`, `-I`, `--prefix=`).
_PLACE = r"""(?:^|(?<=-[LI])|(?<=[=:,'"]))/install(?=$|[/:,'"])"""
_DATA = "_sysconfigdata_"
_VARIABLE = "build_time_vars"
#: The compilers of the builders; those of another machine go by their usual names.
_PROGRAMS = {
    "AR": "ar",
    "CC": "cc",
    "LDSHARED": "cc",
    "BLDSHARED": "cc",
    "LINKCC": "cc",
    "MAINCC": "cc",
    "CXX": "c++",
    "LDCXXSHARED": "c++",
}
_C = ("clang", "gcc", "musl-clang", "cc")
_CXX = ("clang++", "g++", "c++")


class BadConfiguration(WeftError):
    """The file with the answers of `sysconfig` is not what it is in every Python."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The configuration `{name}` of the Python could not be read")


def relocate(directory: str, library: str, *, place: str) -> None:
    """Make the build in `directory` one that will be at `place`; `library` has its modules.

    Raises BadConfiguration and SystemFailure.
    """
    for name in sorted(os.listdir(library)):
        path = os.path.join(library, name)
        if name.startswith(_DATA) and name.endswith(".py") and not os.path.islink(path):
            _write_configuration(path, place)
    packages = os.path.join(directory, "lib", "pkgconfig")
    for name in sorted(os.listdir(packages)) if os.path.isdir(packages) else ():
        path = os.path.join(packages, name)
        if name.endswith(".pc") and not os.path.islink(path):
            _write_package(path)


def _write_configuration(path: str, place: str) -> None:
    from pprint import pformat

    text = (read_bytes(path) or b"").decode("utf-8", "replace")
    values = relocated(_parse(text, os.path.basename(path)), place)
    shown = pformat(values, width=10_000, sort_dicts=True)
    lead = "# system configuration generated and used by the sysconfig module\n"
    write_atomic(path, f"{lead}{_VARIABLE} = {shown}\n".encode())
    # Bytecode that does not look at its source would go on telling the old paths.
    compiled = os.path.join(os.path.dirname(path), "__pycache__")
    stem = os.path.basename(path).removesuffix(".py") + "."
    for name in os.listdir(compiled) if os.path.isdir(compiled) else ():
        if name.startswith(stem):
            remove_tree(os.path.join(compiled, name))


def _parse(text: str, name: str) -> dict[str, Any]:
    """The mapping that the module assigns; its code is not run."""
    import ast

    try:
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign):
                found = ast.literal_eval(node.value)
                if isinstance(found, dict):
                    return found
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        pass
    raise BadConfiguration(name)


def relocated(values: Mapping[str, Any], place: str) -> dict[str, Any]:
    """What `sysconfig` knows, as it is at `place` and on a machine with usual compilers."""
    found = {
        key: _told(key, item, place) if isinstance(item, str) else item
        for key, item in values.items()
    }
    found["PYTHON_BUILD_STANDALONE"] = 1
    return found


def _told(key: str, text: str, place: str) -> str:
    import re

    words, skip = [], False
    for word in text.split():
        if skip or word == "-isysroot":  # the SDK of the builder, and its path
            skip = not skip
            continue
        words.append(re.sub(_PLACE, lambda _: place, word) if _BUILT_FOR in word else word)
    usual = _PROGRAMS.get(key)
    if usual is not None and words and _is_builders(words[0], usual):
        words[0] = usual
    return " ".join(words)


def _is_builders(program: str, usual: str) -> bool:
    """Whether it is a compiler or archiver as the builders call theirs."""
    name = program.rpartition("/")[2]
    if usual == "ar":
        return name in ("ar", "llvm-ar") or name.endswith("-ar")
    known = _C if usual == "cc" else _CXX
    return name in known or name.endswith(tuple(f"-{each}" for each in known))


def _write_package(path: str) -> None:
    text = (read_bytes(path) or b"").decode("utf-8", "surrogateescape")
    lines = [
        line.replace(_BUILT_FOR, "${pcfiledir}/../..")
        if line.partition("=")[2] == _BUILT_FOR and line.partition("=")[0].isalpha()
        else line
        for line in text.split("\n")
    ]
    if (changed := "\n".join(lines)) != text:
        write_atomic(path, changed.encode("utf-8", "surrogateescape"))
