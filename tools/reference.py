"""Writes the pages of `docs/reference`: out of the options table, and of the forms of JSON output.

Run it after a change of either: `python tools/reference.py`. A test fails when it was forgotten.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))
sys.path.insert(0, str(ROOT / "tools"))

import schemas  # noqa: E402
import variables as environment  # noqa: E402

from weft.cli.help import spelled, variables  # noqa: E402
from weft.cli.usage import full_usage  # noqa: E402
from weft.ops.commands import Command  # noqa: E402
from weft.ops.commands_table import every_row  # noqa: E402
from weft.ops.options import Option, all_rows, options, rows  # noqa: E402
from weft.ops.settings_keys import KEYS, PIP_KEYS  # noqa: E402

SHARED = (
    ("Index options", "INDEX"),
    ("Resolver options", "RESOLVER"),
    ("Installer options", "INSTALLER"),
    ("Build options", "BUILD"),
    ("Cache options", "CACHE"),
    ("Cache options", "REFRESH"),
    ("Python options", "INTERPRETER"),
    ("Python options", "PYTHON"),
    ("Global options", "GLOBAL"),
)
APART = {  # keys that answer for an option of another name
    "native-tls": "Deprecated spelling of `system-certs`",
    "pip.verify-hashes": "Compare the hashes that files give; `--no-verify-hashes` is its opposite",
}
NOTE = "<!-- Written by tools/reference.py; change the table in src/weft/ops instead. -->\n"


def commands() -> str:
    """The page of commands: own options with each, shared ones once at the end."""
    parts = [NOTE, "# Commands\n", "`weft help COMMAND` shows the same in a terminal.\n"]
    for row in every_row():
        command = Command(row)
        if command.module and not command.hidden:
            parts.append(section(command))
    parts.append("# Options of several commands\n")
    for heading in dict.fromkeys(heading for heading, _ in SHARED):
        parts.append(f"## {heading}\n")
        for other, block in SHARED:
            if other == heading:
                parts += [entry(Option(row)) for row in rows(block) if not Option(row).hidden]
    return "\n".join(parts)


def section(command: Command) -> str:
    lines = [f"## {command.display}\n", f"{command.about}. {command.more}".strip() + "\n"]
    lines.append(f"```\n{full_usage(command)}\n```\n")
    aliases = [f"`{name}`" for name in command.aliases]
    if aliases:
        lines.append(f"Also called {' and '.join(aliases)}.\n")
    own = [(h, b) for h, b in command.blocks if h == "Options"]
    lines += [entry(option) for _, option in options(own) if not option.hidden]
    shared = [block for heading, block in command.blocks if heading != "Options"]
    names = [h for h, b in SHARED if any(b == block.partition(":")[0] for block in shared)]
    lines.append(f"Also: {', '.join(dict.fromkeys(names)).lower()}.\n")
    return "\n".join(lines)


def entry(option: Option) -> str:
    """One option as a list item, with everything that help tells."""
    lines = [f"- `{spelled(option).strip()}`: {option.help}. {option.more}".rstrip()]
    values = [row for row in option.choices() if not row[2]]
    for name, told, _ in values:
        lines.append(f"    - `{name}`" + (f": {told}" if told else ""))
    notes = []
    if option.mark("default") is not None:
        notes.append(f"Default: `{option.mark('default')}`.")
    if variables(option):
        notes.append(f"Variable: `{variables(option)}`.")
    if option.mark("later") is not None:
        notes.append("Not supported yet.")
    if notes:
        lines.append(f"\n    {' '.join(notes)}")
    return "\n".join(lines) + "\n"


def settings() -> str:
    """The page of keys and variables."""
    known: dict[str, Option] = {}
    for row in all_rows():
        known.setdefault(row[5], Option(row))
    parts = [NOTE, "# Settings\n"]
    parts.append(
        "A flag wins over a variable, a variable over the project's files, those over the user's, "
        "those over the system's. Lists add up. Files are `weft.toml` and `uv.toml`, and the "
        "tables `tool.weft` and `tool.uv` of `pyproject.toml`; in one place weft's key goes first. "
        "Where `WEFT_X` is unset, `UV_X` counts, except for the cache directory.\n"
    )
    parts += ["| key | flag | variable | what |", "|---|---|---|---|"]
    for name in [*KEYS, *(f"pip.{key}" for key in PIP_KEYS)]:
        option = known.get(name) or known.get(name.removeprefix("pip."))
        if name in APART:
            parts.append(f"| `{name}` | | | {APART[name]} |")
            continue
        if option is None or option.mark("later") is not None:
            parts.append(f"| `{name}` | | | Read, without effect yet |")
            continue
        flag = f"`{option.name}`" if option.spellings else ""
        variable = f"`{variables(option)}`" if variables(option) else ""
        parts.append(f"| `{name}` | {flag} | {variable} | {option.help} |")
    parts += [
        "\nVariables without a flag or key:\n",
        "| variable | default | what |",
        "|---|---|---|",
    ]
    for row in rows("AMBIENT"):
        option = Option(row)
        if option.env:
            default = option.mark("default") or ""
            told = f"{option.help}. {option.more}".strip()
            parts.append(f"| `{variables(option)}` | {default} | {told} |")
    return "\n".join(parts) + "\n"


PAGES = {
    "commands.md": commands,
    "settings.md": settings,
    "environment.md": environment.page,
    "json.md": schemas.page,
    **{
        f"schemas/{schemas.file_name(name)}": partial(schemas.schema_text, name)
        for name in schemas.DOCUMENTS
    },
}


def main() -> None:
    directory = ROOT / "docs" / "reference"
    (directory / "schemas").mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (directory / name).write_text(page())


if __name__ == "__main__":
    main()
