"""Code that runs as another user than the one of the test run.

Owns forking and giving up root. Refuses to skip: without root the test fails.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

NOBODY = 65534


def as_other_user(run: Callable[[], None], *, user: int = NOBODY) -> None:
    """Run `run` in a child process that belongs to `user`; its failure is the test's."""
    assert os.geteuid() == 0, "becoming another user needs root"
    hears, tells = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            run()
        except BaseException:
            os.write(tells, traceback.format_exc().encode()[-4000:])
        finally:
            os._exit(0)
    os.close(tells)
    with os.fdopen(hears, "rb") as file:
        told = file.read().decode()
    os.waitpid(child, 0)
    assert not told, told
