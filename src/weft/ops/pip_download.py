"""`weft pip download`: the files of packages in a directory, for this machine or another one.

Owns the order: read, find a Python, resolve, get the files, report. Refuses to install, and to
unpack: what lands in the directory are the files as the index has them. Follows `pip download` in
options and words; other than pip it compares markers with the platform that is asked for, and
sources need not be forbidden for that.
"""

from __future__ import annotations

import time

from weft.core.events import Note, Summary
from weft.core.value import value
from weft.ops.session import Session
from weft.ops.wants import read_wants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.pip_download_files import Item
    from weft.ops.wants import Wants


@value
class _Told:
    """One file of the answer, and what happened to it: saved, kept, or would be saved."""

    item: Item
    action: str
    path: str


def run(context: Context) -> int:
    """Exit code 0, or what the error says."""
    from weft.ops.building import Building
    from weft.ops.compile_python import find_interpreter
    from weft.ops.pip_download_target import normalized

    context = normalized(context)
    settings = context.settings
    with Session(context) as session:
        wants = read_wants(context)
        # For the files of another Python none has to be fetched: its version says it all.
        at_hand = context if settings.python else context.changed(python_downloads="never")
        interpreter = find_interpreter(at_hand, session, wants, builds=not settings.no_build)
        with Building(context, session, interpreter, wants=wants) as building:
            told = _download(context, session, wants, building=building)
    _tell(context, told)
    return 0


def _download(
    context: Context, session: Session, wants: Wants, *, building: Building
) -> Sequence[_Told]:
    from weft.ops.answer_warnings import warn_of
    from weft.ops.pip_download_files import Folder, items_of
    from weft.ops.pip_download_target import judge
    from weft.ops.resolving import resolve_wants

    start = time.monotonic()
    if wants.trees:
        from weft.ops.trees import with_trees

        wants = with_trees(context, wants, building.tree_metadata)
    answer = resolve_wants(
        context.changed(dry_run=True),  # nothing is unpacked ahead: nothing is installed
        session,
        wants,
        judged=judge(context.settings, building.interpreter),
        installed=(),
        building=building,
    )
    context.sink(Summary("Resolved", len(answer.resolution.packages), time.monotonic() - start))
    warn_of(context, answer)
    folder = Folder(context, session, building)
    items = items_of(context, session, answer=answer, wants=wants, building=building)
    kept = {item.name: path for item in items if (path := folder.kept(item)) is not None}
    missing = [item for item in items if item.name not in kept]
    if context.settings.dry_run:
        return [
            _Told(item, "kept", kept[item.name])
            if item.name in kept
            else _Told(item, "would-save", folder.path_of(item))
            for item in items
        ]
    saved = folder.fetch(missing)
    return [
        _Told(item, "kept" if item.name in kept else "saved", {**kept, **saved}[item.name])
        for item in items
    ]


def _tell(context: Context, told: Sequence[_Told]) -> None:
    """Pip's lines, and the same as JSON."""
    from weft.ops.pip_download_files import display

    verbs = {"kept": "File was already downloaded", "saved": "Saved", "would-save": "Would save"}
    for each in told:
        context.sink(Note(f"{verbs[each.action]} {display(context, each.path)}"))
    if context.settings.output_format == "json":
        import json

        document = {
            "schema": {"version": "preview"},
            "files": [_document(each) for each in told],
            "dry_run": context.settings.dry_run,
        }
        context.out(json.dumps(document, indent=2))
    if told and not context.settings.dry_run:
        names = " ".join(each.item.name for each in told)
        context.sink(Note(f"Successfully downloaded {names}"))


def _document(told: _Told) -> dict[str, object]:
    from weft.index.urls import redact

    item = told.item
    return {
        "name": item.name,
        "version": item.version,
        "path": told.path,
        "url": redact(item.url),
        "action": told.action,
    }
