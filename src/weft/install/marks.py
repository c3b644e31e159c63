"""The marks that stand for what is being changed in an environment.

Owns their names, and finding those that an interrupted command has left. Refuses to finish or undo
anything (`weft.install.uninstall`). Follows no specification: a mark is a directory beside the
distributions, `~<dist-info name>.weft-remove` or `~<dist-info name>.weft-install`, and no other
tool takes it for one.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.install.target import Target

REMOVING = ".weft-remove"
INSTALLING = ".weft-install"


def pending(target: Target) -> list[str]:
    """Paths of the marks that interrupted commands left."""
    marks: list[str] = []
    for location in target.site_directories:
        try:
            names = os.listdir(location)
        except OSError:
            continue
        marks += [
            f"{location}/{name}"
            for name in sorted(names)
            if name.startswith("~") and name.endswith((REMOVING, INSTALLING))
        ]
    return marks
