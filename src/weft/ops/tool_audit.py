"""`weft tool audit`: known vulnerabilities of what installed tools run with.

Owns the choice of tools and the report over all of them. Refuses to ask (`ops.audit`). Follows uv
in words; what is audited is what is installed in a tool's environment, so that no lock is needed.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.audit_report import Audited
    from weft.ops.context import Context
    from weft.ops.tools import InstalledTool

    Audits = Sequence[tuple[str, Audited]]


def run(context: Context) -> int:
    """Exit code 1 where a tool has a vulnerability."""
    from weft.core.events import Note
    from weft.ops.audit import begin, warn_unmatched

    begin(context, "weft tool audit")
    tools = _chosen(context)
    if not tools and context.settings.audit_format == "text":
        context.sink(Note("No tools installed"))
        return 0
    audits = []
    matched: frozenset[str] = frozenset()
    with Session(context) as session:
        for tool in tools:
            audited, found = _audit(context, session, tool)
            audits.append((tool.name, audited))
            matched |= found
    if tools:
        warn_unmatched(context, matched, "the selected tools")
    _report(context, audits)
    return 1 if any(audited.vulnerabilities for _, audited in audits) else 0


def _chosen(context: Context) -> list[InstalledTool]:
    """The tools that are named, sorted, or all that can be read. Raises WeftError."""
    from weft.core.events import Warned
    from weft.ops.tool_list import problem_of
    from weft.ops.tool_receipts import ReceiptBroken
    from weft.ops.tools import InstalledTool, all_tools, find_tool

    if context.settings.all_tools and context.settings.packages:
        raise WeftError("the argument '--all' cannot be used with '<NAME>...'")
    found = []
    for name in sorted(set(context.settings.packages)):
        try:
            tool = find_tool(context, name)
        except ReceiptBroken as error:
            raise WeftError(f"Tool `{name}` has an invalid receipt") from error
        if tool is None:
            raise WeftError(f"`{name}` is not installed; run `weft tool install {name}` to install")
        found.append(tool)
    if found:
        return found
    for each in all_tools(context):
        if isinstance(each, InstalledTool):
            found.append(each)
        elif each.error is not None:
            context.sink(Warned(problem_of(context, each)))
    return found


def _audit(
    context: Context, session: Session, tool: InstalledTool
) -> tuple[Audited, frozenset[str]]:
    from weft.ops.audit import look_up, reference
    from weft.ops.audit_packages import installed_dependencies
    from weft.ops.audit_report import Audited
    from weft.ops.tools import site_directories

    dependencies = installed_dependencies(site_directories(tool.root))
    found = look_up(context, session, dependencies)
    place = reference(context, tool.root)
    audited = Audited(len(dependencies), found.vulnerabilities, found.statuses, place)
    return audited, found.matched


def _report(context: Context, audits: Audits) -> None:
    from weft.core.events import Note
    from weft.ops.audit_report import banner, json_body, sarif, text

    form = context.settings.audit_format
    if form == "text":
        for name, audited in audits:
            context.sink(Note(f"Auditing `{name}`"))
            context.sink(Note(banner(audited)))
            if not audited.is_empty:
                context.out(f"Tool `{name}`:\n{text(audited)}")
        return
    import json

    if form == "json":
        tools = [{"name": name, **json_body(audited)} for name, audited in audits]
        document = {"schema": {"version": "preview"}, "tools": tools}
    else:
        document = sarif([audited for _, audited in audits])
    context.out(json.dumps(document, indent=2, ensure_ascii=False))
