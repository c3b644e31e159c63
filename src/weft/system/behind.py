"""Work that goes on when the command has ended.

Owns starting a process for it that nobody waits for. Refuses to know what the work is. Follows
`fork(2)` and `setsid(2)`.
"""

from __future__ import annotations

from weft.system.children import can_fork, leave_everything
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def detach(work: Callable[[], object], *, parting: bool = False) -> bool:
    """Run `work` in a process of its own that goes on when this one has ended; False if it cannot.

    It gets time only when nobody else wants any, has no terminal, none of this process's files and
    so none of its locks, and tells nobody how it ended. It is nobody's child, unless this process
    is `parting`, which means that it ends now: then it becomes nobody's child by that, and the time
    for a process in between is saved.
    """
    if not can_fork():
        return False
    try:
        child = os.fork()
    except OSError:
        return False
    if child:
        if not parting:
            os.waitpid(child, 0)  # at once: it only starts another, which is then nobody's child
        return True
    try:
        os.setsid()
        if parting or not os.fork():
            leave_everything()
            work()
    finally:
        os._exit(0)
