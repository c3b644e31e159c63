"""The text of scripts: launchers of entry points, first lines, names that may not be used.

Owns what a launcher says. Refuses to write files, and names that would leave the scripts
directory or replace the interpreter. Follows the entry points specification and the `#!python`
rule of the binary distribution format (PEP 427); POSIX.
"""

from __future__ import annotations

import os

from weft.core.errors import WeftError

# What the kernel reads of a first line, without its line end: Linux 127 (macOS reads more).
LONGEST_SHEBANG = 127
_SUFFIXES = ("", ".py", ".pyw", ".exe")
_ACTIVATORS = ("activate", "activate.csh", "activate.fish", "activate.nu", "activate.ps1",
               "activate.bat", "activate.xsh", "activate_this.py")  # fmt: skip


class ScriptNameError(WeftError):
    """A script whose name would overwrite the interpreter, or that is no file name."""


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


def check_script_name(name: str) -> str:
    """A warning about `name`, or "". Raises ScriptNameError."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise ScriptNameError(f"Scripts must be plain file names, got: `{name}`")
    lower = name.lower()
    for suffix in _SUFFIXES:
        stem = lower.removesuffix(suffix) if suffix else lower
        if _is_interpreter(stem):
            raise ScriptNameError(f"Scripts must not use the reserved name `{stem}`, got: `{name}`")
    if lower in _ACTIVATORS:
        return f"The script name `{name}` is reserved for virtual environment activation scripts."
    return ""


def _is_interpreter(stem: str) -> bool:
    for name in ("pythonw", "python", "pypy", "graalpy"):
        if stem.startswith(name):
            version = stem[len(name) :].removesuffix("t")
            return not version.strip("0123456789.")
    return False


def pip_scripts(
    entry_points: tuple[tuple[str, str, str, str], ...], *, version: str
) -> tuple[tuple[str, str, str, str], ...]:
    """pip's wheel is made by some Python 3.N and brings a `pip3.N`; here it becomes ours."""
    major, minor = version.split(".")[:2]
    kept = [entry for entry in entry_points if not entry[1].startswith("pip3.")]
    main = next((entry for entry in entry_points if entry[1] == "pip"), None)
    if main:
        kept.append((main[0], f"pip{major}.{minor}", main[2], main[3]))
    return tuple(kept)
