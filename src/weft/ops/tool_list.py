"""`weft tool list`: the installed tools with their executables.

Owns the lines of the list, its JSON form, and what is said of a tool that does not work. Refuses to
repair: it names the command that does. Follows uv for the lines.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.ops.context import Context
    from weft.ops.settings_values import Settings
    from weft.ops.tools import BrokenTool, InstalledTool

    Tool = InstalledTool | BrokenTool


@value
class Listed:
    """A tool that works: its version, and its newest one where that was asked for."""

    tool: InstalledTool
    version: str
    python: str
    latest: str = ""


def run(context: Context) -> int:
    """Exit code 0, whether all tools work or not."""
    from weft.core.events import Note, Warned
    from weft.ops.tools import BrokenTool, all_tools

    settings = context.settings
    tools = all_tools(context)
    working = []
    for tool in tools:
        problem = problem_of(context, tool)
        if problem:
            context.sink(Warned(problem))
        elif not isinstance(tool, BrokenTool):
            working.append(Listed(tool, tool.version, python_of(tool)))
    if settings.outdated:
        working = _outdated(context, working)
    if settings.output_format == "json":
        context.out(_as_json(working))
        return 0
    if not tools:
        context.sink(Note("No tools installed"))
    for each in working:
        context.out("\n".join(_lines(each, settings)))
    return 0


def problem_of(context: Context, tool: Tool) -> str:
    """What is wrong with a tool and the command that repairs it; empty where nothing is."""
    from weft.ops.tools import BrokenTool, shown

    name = tool.name
    if isinstance(tool, BrokenTool):
        return f"Ignoring malformed tool `{name}` (run `weft tool uninstall {name}` to remove)"
    remedy = f"(run `weft tool install {name} --reinstall` to reinstall)"
    if not os.path.exists(tool.python):
        if os.path.lexists(tool.python):
            gone = os.path.realpath(tool.python)
            return (
                f"The Python of tool `{name}` is gone: `{shown(context, tool.python)}` leads to "
                f"`{gone}` {remedy}"
            )
        return (
            f"Invalid environment at `{shown(context, tool.root)}`: missing Python executable at "
            f"`{shown(context, tool.python)}` {remedy}"
        )
    if not tool.version:
        return f"Package `{name}` is missing from the environment of the tool `{name}` {remedy}"
    return ""


def python_of(tool: InstalledTool) -> str:
    """`CPython 3.12.1`, as the environment says."""
    from weft.python.interpreter import read_configuration

    configuration = read_configuration(tool.root)
    told = (configuration.get("implementation", ""), configuration.get("version_info", ""))
    return " ".join(part for part in told if part)


def _lines(listed: Listed, settings: Settings) -> list[str]:
    tool, receipt = listed.tool, listed.tool.receipt
    line = f"{tool.name} v{listed.version}"
    main = receipt.requirements[:1]
    if settings.show_version_specifiers and main:
        from weft.ops.tool_requirements import shown_specifier

        specifier = shown_specifier(main[0])
        line += f" [required: {specifier}]" if specifier else ""
    if settings.show_extras and main and main[0].extras:
        line += f" [extras: {', '.join(main[0].extras)}]"
    if settings.show_with and receipt.requirements[1:]:
        beside = [f"{each.name}{each.specifier}" for each in receipt.requirements[1:]]
        line += f" [with: {', '.join(beside)}]"
    if settings.show_python and listed.python:
        line += f" [{listed.python}]"
    if listed.latest:
        line += f" [latest: {listed.latest}]"
    if settings.show_paths:
        line += f" ({tool.root})"
    paths = settings.show_paths
    return [
        line,
        *(
            f"- {each.name} ({each.install_path})" if paths else f"- {each.name}"
            for each in receipt.entrypoints
        ),
    ]


def _as_json(working: Sequence[Listed]) -> str:
    """An array of tools. `latest` is null unless `--outdated` asked for it."""
    import json

    from weft.ops.tool_requirements import shown_specifier

    rows: list[Mapping[str, object]] = []
    for each in working:
        tool, receipt = each.tool, each.tool.receipt
        main = receipt.requirements[0] if receipt.requirements else None
        rows.append(
            {
                "name": tool.name,
                "version": each.version,
                "latest": each.latest or None,
                "required": shown_specifier(main) if main is not None else "",
                "extras": list(main.extras) if main is not None else [],
                "with": [f"{more.name}{more.specifier}" for more in receipt.requirements[1:]],
                "python": each.python,
                "path": tool.root,
                "executables": [
                    {"name": entry.name, "path": entry.install_path, "package": entry.package}
                    for entry in receipt.entrypoints
                ],
            }
        )
    return json.dumps(rows, indent=2)


def _outdated(context: Context, working: Sequence[Listed]) -> list[Listed]:
    """Those of which an index has a newer version, each asked as it was installed.

    What did not come from an index is left out: another project may have its name there.
    """
    from weft.core.value import replace
    from weft.core.version import Version

    found = []
    for each in working:
        main = each.tool.receipt.requirements[:1]
        if not main or main[0].source is not None:
            continue
        latest = _latest(context, each)
        if latest and Version.parse(latest) > Version.parse(each.version):
            found.append(replace(each, latest=latest))
    return found


def _latest(context: Context, listed: Listed) -> str:
    from weft.ops.latest import newest
    from weft.ops.platforms import judge
    from weft.ops.session import Session
    from weft.ops.tool_options import tool_context
    from weft.python.interpreter import probe

    tool = listed.tool
    own = tool_context(context, tool.receipt.options)
    with Session(own) as session:
        interpreter = probe(tool.python, session.store, environ=own.environ)
        latest = newest(own, session, [tool.name], judge(own.settings, interpreter))
    return latest[tool.name].version if tool.name in latest else ""
