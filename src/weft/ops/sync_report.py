"""What `weft sync` says besides what every installation says.

Owns the lines about environment and lock of a dry run, and the report as JSON.
Follows uv's schema "preview".
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from weft.core.events import Change
    from weft.ops.context import Context
    from weft.ops.project_environment import Environment
    from weft.project.discovery import Project

_WOULD = {
    "check": "Would use", "create": "Would create", "update": "Would update",
    "replace": "Would replace",
}  # fmt: skip
_DOES = {"check": "Using", "create": "Creating", "update": "Updating", "replace": "Replacing"}
_LOCK = {"check": "Found up-to-date", "update": "Would update", "create": "Would create"}
_ACTIONS = {"removed": "uninstalled", "added": "installed", "reinstalled": "reinstalled"}


@value
class LockReport:
    """The lock file, absolute, and what was done to it: "use", "check", "update" or "create".

    `dry` tells that it would have been written otherwise.
    """

    path: str
    action: str
    dry: bool = False


def tell_environment(context: Context, environment: Environment, *, target: str) -> None:
    """`Would use project environment at: .venv`; of scripts also what is done, not only would."""
    dry = is_dry(context)
    if context.settings.output_format == "json" or not (dry or target == "script"):
        return
    from weft.core.events import Note
    from weft.python.discovery import display

    verb = (_WOULD if dry else _DOES)[environment.action]
    shown = display(environment.path, context.cwd)
    context.sink(Note(f"{verb} {target} environment at: {shown}"))


def tell_lock(context: Context, report: LockReport) -> None:
    """`Found up-to-date lockfile at: uv.lock`, where it was or would be written."""
    verb = _LOCK.get(report.action)
    if verb is None or not report.dry or context.settings.output_format == "json":
        return
    from weft.core.events import Note
    from weft.python.discovery import display

    context.sink(Note(f"{verb} lockfile at: {display(report.path, context.cwd)}"))


def is_dry(context: Context) -> bool:
    """Whether nothing may be changed."""
    return context.settings.dry_run or context.settings.check


def print_report(
    context: Context,
    environment: Environment,
    changes: Sequence[Change],
    *,
    lock: LockReport | None,
    project: Project | None = None,
    script: str | None = None,
) -> None:
    """The document on stdout, for a project or for a script (its absolute path)."""
    if context.settings.output_format != "json":
        return
    import json

    document: dict[str, Any] = {
        "schema": {"version": "preview"},
        "target": "project" if script is None else "script",
    }
    if project is not None:
        document["project"] = {"path": project.directory, "workspace": {"path": project.root}}
    if script is not None:
        document["script"] = {"path": script}
    interpreter = environment.interpreter
    document["sync"] = {
        "environment": {
            "path": environment.path,
            "python": {
                "path": interpreter.executable,
                "version": interpreter.version,
                "implementation": interpreter.implementation.lower(),
            },
        },
        "action": environment.action,
        "changes": _rows(changes),
    }
    document["lock"] = None if lock is None else {"path": lock.path, "action": lock.action}
    document["dry_run"] = is_dry(context)
    context.out(json.dumps(document, indent=2, ensure_ascii=False))


def _rows(changes: Sequence[Change]) -> list[dict[str, str]]:
    order = list(_ACTIONS)
    return [
        {"name": each.name, "version": each.version, "action": _ACTIONS[each.kind]}
        for each in sorted(
            changes, key=lambda each: (each.name, order.index(each.kind), each.version)
        )
    ]
