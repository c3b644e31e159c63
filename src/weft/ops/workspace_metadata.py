"""`weft workspace metadata`: a project's lock for other programs, as JSON.

Owns the warning that the format may change. Refuses to make the document: `weft.lock.nodes` does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises errors of reading and of locking."""
    import json

    from weft.core.events import Warned
    from weft.lock.nodes import metadata
    from weft.ops.lock_reading import open_lock
    from weft.ops.session import Session

    settings = context.settings
    if not (settings.preview or "workspace-metadata" in settings.preview_features):
        context.sink(
            Warned(
                "The `weft workspace metadata` command is experimental and may change without "
                "warning. Pass `--preview-features workspace-metadata` to disable this warning."
            )
        )
    with Session(context) as session:
        opened = open_lock(context, session)
    script = opened.script.path if opened.script is not None else None
    document = metadata(opened.lock, opened.root, script=script)
    context.out(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
