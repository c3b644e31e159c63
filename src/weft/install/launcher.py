"""The text of scripts: launchers of entry points, and first lines.

Owns what a launcher says. Refuses to write files, and to turn anything but dotted identifiers into
code. Which names scripts may have is said by `weft.store.scripts`.
Follows the entry points specification and the `#!python` rule of the binary distribution format
(PEP 427); POSIX.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.scripts import EntryPoint

# What the kernel reads of a first line, without its line end: Linux 127 (macOS reads more).
LONGEST_SHEBANG = 127
_ACTIVATORS = ("activate", "activate.csh", "activate.fish", "activate.nu", "activate.ps1",
               "activate.bat", "activate.xsh", "activate_this.py")  # fmt: skip


class EntryPointError(WeftError):
    """An entry point that names no callable."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"Invalid entry point `{name}`: `{text}` is not of the form `module:name`")
        self.name = name
        self.text = text


def shebang(python: str, *, relocatable: bool = False) -> bytes:
    """The first line, with its line end, for scripts run by the interpreter at `python`.

    A path that the kernel would cut or split is run by `sh`: three lines that are a command to the
    shell and a string to Python. Relocatable scripts look for the interpreter beside themselves.
    """
    if relocatable:
        beside = '"$(dirname -- "$(realpath -- "$0")")"/'
        return _shell_shebang(beside + _quoted(os.path.basename(python)))
    line = b"#!" + os.fsencode(python)
    if len(line) > LONGEST_SHEBANG or len(line.split(None, 1)) > 1:
        return _shell_shebang(_quoted(python))
    return line + b"\n"


def _shell_shebang(command: str) -> bytes:
    return b"#!/bin/sh\n'''exec' " + os.fsencode(command) + b" \"$0\" \"$@\"\n' '''\n"


def _quoted(path: str) -> str:
    """A word for `sh` that is harmless inside a Python string between triple quotes."""
    return "'" + path.replace("'", "'\"'\"'") + "'"


def launcher(name: str, module: str, attribute: str, *, first_line: bytes) -> bytes:
    """The script that calls an entry point and exits with what it returns.

    Raises EntryPointError where module or attribute are not dotted identifiers: they become code.
    """
    words = (module.split("."), attribute.split("."))
    if not all(word.isidentifier() for part in words for word in part):
        raise EntryPointError(name, f"{module}:{attribute}" if attribute else module)
    first = words[1][0]
    text = (
        "# -*- coding: utf-8 -*-\n"
        "import sys\n"
        "\n"
        f"from {module} import {first}\n"
        "\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({attribute}())\n"
    )
    return first_line + text.encode()


def rewritten(script: bytes, *, first_line: bytes) -> bytes:
    """A script of the wheel with its `#!python` line replaced."""
    _, newline, rest = script.partition(b"\n")
    return first_line + (rest if newline else b"")


def activation_warning(name: str) -> str:
    """A warning about a script that shadows how an environment is activated, or ""."""
    if name.lower() in _ACTIVATORS:
        return f"The script name `{name}` is reserved for virtual environment activation scripts."
    return ""


def pip_scripts(entry_points: tuple[EntryPoint, ...], *, version: str) -> tuple[EntryPoint, ...]:
    """pip's wheel is made by some Python 3.N and brings a `pip3.N`; here it becomes ours."""
    major, minor = version.split(".")[:2]
    kept = [entry for entry in entry_points if not entry[1].startswith("pip3.")]
    main = next((entry for entry in entry_points if entry[1] == "pip"), None)
    if main:
        kept.append((main[0], f"pip{major}.{minor}", main[2], main[3]))
    return tuple(kept)
