"""Commands that a wheel wants to put beside the interpreter.

Owns which names such commands may have and what `entry_points.txt` says about them. Refuses to
write launchers (weft.install does). The module and attribute of an entry point end up as code in
a launcher, so only dotted identifiers pass. Follows the entry points specification.
"""

from __future__ import annotations

from weft.store.layout import NAME_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["console", "gui"]
    #: kind, command name, module, attribute
    EntryPoint = tuple[Kind, str, str, str]

_SECTIONS: dict[str, Kind] = {"console_scripts": "console", "gui_scripts": "gui"}
_SUFFIXES = (".exe", ".py", ".pyw", ".bat", ".cmd", ".com")
_INTERPRETERS = ("pythonw", "python", "pypyw", "pypy", "graalpy")


def script_fault(name: str) -> str:
    """Why a command may not have this name, as a sentence; empty if it may."""
    if is_interpreter_name(name):
        from weft.store.errors import shown

        return f"scripts must not use the reserved name of an interpreter, got: `{shown(name)}`"
    if (
        name in ("", ".", "..")
        or "/" in name
        or "\\" in name
        or not name.isprintable()
        or len(name.encode("utf-8", "replace")) > NAME_MAX
    ):
        from weft.store.errors import shown

        return f"script path must resolve to a file within the scripts directory: `{shown(name)}`"
    return ""


def is_interpreter_name(name: str) -> bool:
    """Whether a command would replace an interpreter: `python`, `Python3.13t.exe`, `pypy3`, …"""
    folded = name.casefold()
    for suffix in _SUFFIXES:
        folded = folded.removesuffix(suffix)
    for interpreter in _INTERPRETERS:
        if folded.startswith(interpreter):
            version = folded[len(interpreter) :].rstrip("tdmu")  # ABI flags of CPython
            return not version.strip("0123456789.")
    return False


def parse_entry_points(data: bytes, member: bytes) -> tuple[EntryPoint, ...]:
    """The console and GUI scripts of an `entry_points.txt`, sorted; later lines win.

    `member` is the file's path in the archive. Extras behind an entry are dropped. Raises Refused.
    """
    from weft.store.errors import Refused, shown

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("is not UTF-8", member) from None
    found: dict[str, EntryPoint] = {}
    kind: Kind | None = None
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            kind = _SECTIONS.get(line.strip("[]").strip())
        elif kind is not None:
            name, equals, target = line.partition("=")
            name = name.strip()
            module, attribute = _parse_target(target)
            if not equals or not attribute:
                raise Refused(f"has an invalid {kind} script: `{shown(line)}`", member)
            if fault := script_fault(name):
                raise Refused(fault)
            found[name] = (kind, name, module, attribute)
    return tuple(sorted(found.values()))


def _parse_target(text: str) -> tuple[str, str]:
    """`package.module:object.attribute [extras]` → module and attribute; two empty texts if bad."""
    text = text.strip()
    if text.endswith("]"):
        text = text.partition("[")[0].rstrip()
    module, _, attribute = text.partition(":")
    module, attribute = module.strip(), attribute.strip()
    if _is_dotted_name(module) and _is_dotted_name(attribute):
        return module, attribute
    return "", ""


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))
