"""Another Python, for a tool that the first one that was found cannot run.

Owns which one to try where versions do not go together because packages ask for another Python.
Refuses to resolve again, and to contradict a person who named one. Follows uv: the oldest Python
that would do is the one for which most wheels were built.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def fitting_python(
    context: Context, session: Session, base: Interpreter, error: WeftError
) -> Interpreter | None:
    """The interpreter to try in place of `base`; None where Python is not what is wrong.

    One that is there goes before one that has to be fetched. What `--python` says has to hold.
    """
    from weft.ops.interpreters import find_installed, find_interpreter
    from weft.ops.project_python import satisfies
    from weft.resolver.fixes import oldest_python
    from weft.resolver.report import NoSolution

    oldest = oldest_python(error) if isinstance(error, NoSolution) else ""
    if not oldest:
        return None
    minor = _minor_from(oldest)
    for find, text in (
        (find_installed, minor),
        (find_installed, f">={oldest}"),
        (find_interpreter, minor),
    ):
        try:
            found = find(context, session, text)
        except WeftError:
            continue  # what does not go together is the error, not this
        wanted = context.settings.python
        if found.version != base.version and satisfies(context, session, wanted, found):
            return found
    return None


def _minor_from(oldest: str) -> str:
    """The request for a Python of the minor version of `oldest` that is no older."""
    major, minor, *patch = oldest.split(".")
    return f">={oldest},<{major}.{int(minor) + 1}" if patch else oldest
