"""What a tool was installed with, kept in its directory.

Owns the receipt: its values, the file and where it is. `weft-receipt.toml` is ours; a directory
that has only `uv-receipt.toml` is a tool of uv's that was moved here, and keeps that file. Refuses
to read what is installed and to resolve (`ops.tool_requirements` makes lines of requirements).
Follows uv's receipts: the tables are the same, and requirements are written like those of a lock,
but with absolute paths.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from weft.lock.uvmodel import UvRequirement

OURS = "weft-receipt.toml"
THEIRS = "uv-receipt.toml"


@value
class Entrypoint:
    """An executable in the directory of executables; `package` is the project that has it."""

    name: str
    install_path: str
    package: str = ""


@value
class ToolReceipt:
    """What was asked for, what was made of it, and with which options.

    The first of `requirements` is the tool itself, further ones are its `--with`. `excludes` are
    normal names. `python` is the text of a request. `options` is the table as it is written: the
    settings of resolving and installing that differed from the defaults, by their keys in files.
    """

    requirements: tuple[UvRequirement, ...] = ()
    constraints: tuple[UvRequirement, ...] = ()
    overrides: tuple[UvRequirement, ...] = ()
    excludes: tuple[str, ...] = ()
    build_constraints: tuple[UvRequirement, ...] = ()
    python: str | None = None
    entrypoints: tuple[Entrypoint, ...] = ()
    options: Mapping[str, Any] = {}


class ReceiptBroken(WeftError):
    """The receipt at `path` cannot be understood; the cause says why."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Failed to read `{os.path.basename(path)}` at {path}")
        self.path = path


def receipt_path(root: str) -> str:
    """The receipt of the tool in the directory `root`, or where it is going to be."""
    ours = os.path.join(root, OURS)
    theirs = os.path.join(root, THEIRS)
    return theirs if not os.path.exists(ours) and os.path.exists(theirs) else ours


def read_receipt(root: str) -> ToolReceipt | None:
    """The receipt of the tool in the directory `root`; None where it has none.

    Raises ReceiptBroken.
    """
    from weft.system.files import read_bytes

    path = receipt_path(root)
    try:
        data = read_bytes(path)
        if data is None:
            return None
        from weft.ops.settings_toml import parse

        return _receipt(parse(data.decode()))
    except UnicodeDecodeError as error:
        raise ReceiptBroken(path) from WeftError(f"Not UTF-8: {error}")
    except WeftError as error:
        raise ReceiptBroken(path) from error


def write_receipt(root: str, receipt: ToolReceipt) -> None:
    """Replace the receipt of the tool in `root`. Raises SystemFailure."""
    from weft.system.files import write_atomic

    write_atomic(receipt_path(root), receipt_text(receipt).encode())


def _receipt(top: dict[str, Any]) -> ToolReceipt:
    from weft.lock.uvlock_tables import requirement
    from weft.lock.uvlock_values import check_table, listed, name, optional, required, text

    table = required(top, (), "tool", lambda item, _place: item)
    place = ("tool",)
    check_table(table, place)
    options = table.get("options", {})
    check_table(options, (*place, "options"))
    if "entrypoints" not in table:
        raise WeftError("missing field `entrypoints`")
    receipt = ToolReceipt(
        requirements=listed(table, place, "requirements", _requirement),
        constraints=listed(table, place, "constraints", requirement),
        overrides=listed(table, place, "overrides", requirement),
        excludes=listed(table, place, "excludes", name),
        build_constraints=listed(table, place, "build-constraint-dependencies", requirement),
        python=optional(table, place, "python", text, None),
        entrypoints=listed(table, place, "entrypoints", _entrypoint),
        options=options,
    )
    if not receipt.requirements:  # an upgrade would leave nothing of the tool
        raise WeftError("`requirements` is empty")
    return receipt


def _requirement(item: Any, place: tuple[str | int, ...]) -> UvRequirement:
    """A table; receipts of early versions of uv have texts as in PEP 508."""
    from weft.lock.uvlock_tables import requirement

    if not isinstance(item, str):
        return requirement(item, place)
    from weft.ops.tool_requirements import requirement_of
    from weft.project.lines import parse_line

    return requirement_of(parse_line(item, os.sep))


def _entrypoint(item: Any, place: tuple[str | int, ...]) -> Entrypoint:
    from weft.lock.uvlock_values import check_table, optional, required, text

    check_table(item, place)
    return Entrypoint(
        required(item, place, "name", text),
        required(item, place, "install-path", text),
        optional(item, place, "from", text, ""),
    )


# Writing.


def receipt_text(receipt: ToolReceipt) -> str:
    """The file, byte for byte as uv writes it."""
    lines = ["[tool]"]
    for key, requirements in (
        ("requirements", receipt.requirements),
        ("constraints", receipt.constraints),
        ("overrides", receipt.overrides),
    ):
        _array(lines, key, [_inline(_facts(each)) for each in requirements])
    if receipt.excludes:
        lines.append(f"excludes = {_text(list(receipt.excludes))}")
    built = [_inline(_facts(each)) for each in receipt.build_constraints]
    _array(lines, "build-constraint-dependencies", built)
    if receipt.python is not None:
        lines.append(f"python = {_text(receipt.python)}")
    lines.append("entrypoints = [")
    for entry in receipt.entrypoints:
        facts = {"name": entry.name, "install-path": entry.install_path.replace(os.sep, "/")}
        facts.update({"from": entry.package} if entry.package else {})
        lines.append(f"    {_inline(facts)},")
    lines.append("]")
    if receipt.options:
        lines += ["", "[tool.options]"]
        lines += [f"{_key(key)} = {_text(item)}" for key, item in receipt.options.items()]
    return "\n".join(lines) + "\n"


def _array(lines: list[str], key: str, rows: list[str]) -> None:
    if len(rows) > 1:
        lines += [f"{key} = [", *(f"    {row}," for row in rows), "]"]
    elif rows:
        lines.append(f"{key} = [{rows[0]}]")


def _facts(item: UvRequirement) -> dict[str, Any]:
    """A requirement as a table, in the order of its keys."""
    facts: dict[str, Any] = {"name": item.name}
    if item.extras:
        facts["extras"] = list(item.extras)
    if item.groups:
        facts["groups"] = list(item.groups)
    if item.marker:
        facts["marker"] = item.marker
    if item.source is not None:
        facts[item.source.kind] = item.source.location
        if item.source.subdirectory:
            facts["subdirectory"] = item.source.subdirectory
    if item.specifier:
        facts["specifier"] = item.specifier
    if item.index:
        facts["index"] = item.index
    return facts


def _text(item: Any) -> str:
    """A value of TOML on one line."""
    if isinstance(item, dict):
        return _inline(item)
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, (int, float)):
        return str(item)
    if isinstance(item, str):
        if item.isascii() and item.isprintable() and '"' not in item and "\\" not in item:
            return f'"{item}"'
        from weft.lock.quoting import quoted

        return quoted(item)
    if isinstance(item, (list, tuple)):
        return _list(item)
    return str(item.isoformat())  # moments


def _list(items: Iterable[Any]) -> str:
    return f"[{', '.join(map(_text, items))}]"


def _inline(table: Mapping[str, Any]) -> str:
    if not table:
        return "{}"
    return f"{{ {', '.join(f'{_key(key)} = {_text(item)}' for key, item in table.items())} }}"


def _key(key: str) -> str:
    """Bare where it can be, else a string on one line."""
    plain = key.replace("-", "").replace("_", "")
    if plain.isascii() and plain.isalnum():
        return key
    import json

    return json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")
