"""`weft workspace dir`: where the workspace, or one of its members, lies.

Owns the answer. Refuses to lock.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError where there is no such member."""
    from weft.core.names import normalize_name
    from weft.ops.projects import open_project

    project = open_project(context)
    name = context.settings.member
    if name is None:
        context.out(project.root)
        return 0
    member = project.member(normalize_name(name))
    if member is None:
        raise WeftError(f"Package `{normalize_name(name)}` not found in workspace.")
    context.out(member.directory)
    return 0
