"""What a verb gets to work with.

Owns the `Context`, the one parameter of every verb. Everything of the outside world that a verb
may look at comes through it, so that a test can run a verb without a process around it.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.core.events import Sink
    from weft.ops.settings_values import Settings


@value
class Context:
    """The world of one command.

    `cwd` is absolute and already the directory of `--directory`. `platform` is `sys.platform`.
    `sink` takes events. `out` writes one result text to stdout and adds a newline; whether `-q`
    keeps it is decided by the table of commands. `now` is in epoch seconds, taken once.
    """

    settings: Settings
    environ: Mapping[str, str]
    cwd: str
    platform: str
    sink: Sink
    out: Callable[[str], None]
    now: float
    interactive: bool = False
    """Whether stderr is a terminal that shows spinners."""
