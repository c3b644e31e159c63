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
    from weft.resolver.report import NoSolution


def fitting_python(
    context: Context, session: Session, base: Interpreter, error: NoSolution
) -> Interpreter | None:
    """The interpreter to try in place of `base`; None where Python is not what is wrong.

    One that is there goes before one that has to be fetched.
    """
    from weft.ops.interpreters import find_installed, find_interpreter
    from weft.resolver.fixes import oldest_python

    oldest = ".".join(oldest_python(error).split(".")[:2])
    if not oldest:
        return None
    for find, text in (
        (find_installed, oldest),
        (find_installed, f">={oldest}"),
        (find_interpreter, oldest),
    ):
        try:
            found = find(context, session, text)
        except WeftError:
            continue  # what does not go together is the error, not this
        if found.version != base.version:
            return found
    return None
