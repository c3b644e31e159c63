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

    floor = _floor(error, base)
    if floor is None:
        return None
    for find, text in (
        (find_installed, floor),
        (find_installed, f">={floor}"),
        (find_interpreter, floor),
    ):
        try:
            found = find(context, session, text)
        except WeftError:
            continue
        if found.base_executable != base.base_executable:
            return found
    return None


def _floor(error: NoSolution, base: Interpreter) -> str | None:
    """The lowest `X.Y` above `base` that packages ask for."""
    from weft.core.specifier import requires_python_allows
    from weft.resolver.proof import AsksForPython, OtherPython

    floors = []
    for fact in error.statements:
        if not isinstance(fact, OtherPython | AsksForPython):
            continue
        if requires_python_allows(fact.requires_python, base.version):
            continue
        for part in fact.requires_python.split(","):
            text = part.strip()
            if text.startswith(">="):
                numbers = text[2:].strip().split(".")[:2]
                if all(each.isdigit() for each in numbers):
                    floors.append(tuple(int(each) for each in numbers))
    above = [each for each in floors if each > base.minor[: len(each)]]
    return ".".join(map(str, min(above))) if above else None
