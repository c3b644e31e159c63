"""Writing the files of a new project.

Owns that nothing is overwritten. Refuses to know what the files say.
"""

from __future__ import annotations


def write_new(path: str, text: str) -> None:
    """Write `text` unless there is something at `path`; directories above are made.

    Raises SystemFailure.
    """
    from weft.system.files import make_directory, write_atomic
    from weft.system.lean import os

    if os.path.lexists(path):
        return
    make_directory(os.path.dirname(path))
    write_atomic(path, text.encode())
