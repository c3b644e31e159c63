"""The variables of a program that `weft tool run` becomes.

Owns them. Refuses to start it (`ops.run_child`).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def variables(environ: Mapping[str, str], scripts: str) -> dict[str, str]:
    """Ours, with the directory of the environment's programs before all others.

    The environment is not activated: a tool is to find the packages of the person, not its own.
    """
    from weft.ops.run_child import own_program

    found = dict(environ)
    path = found.get("PATH")
    found["PATH"] = scripts if path is None else os.pathsep.join((scripts, path))
    program = own_program()
    if program:
        found["WEFT"] = found["UV"] = program
    return found
