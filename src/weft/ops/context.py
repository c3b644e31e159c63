"""What a verb gets to work with.

Owns the `Context`, the one parameter of every verb. Everything of the outside world that a verb
may look at comes through it, so that a test can run a verb without a process around it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.core.events import Sink
    from weft.ops.settings_values import Settings


class Context:
    """The world of one command.

    `cwd` is absolute and already the directory of `--directory`. `platform` is `sys.platform`.
    `sink` takes events. `out` writes one result text to stdout and adds a newline; whether `-q`
    keeps it is decided by the table of commands. `now` is in epoch seconds, taken once.
    `words` are those of the command line behind the program.
    `interactive` tells whether stderr is a terminal that shows spinners.
    """

    __slots__ = (
        "cwd",
        "environ",
        "interactive",
        "now",
        "out",
        "platform",
        "settings",
        "sink",
        "words",
    )

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        cwd: str,
        platform: str,
        sink: Sink,
        out: Callable[[str], None],
        now: float,
        interactive: bool = False,
        words: tuple[str, ...] = (),
    ) -> None:
        self.settings = settings
        self.environ = environ
        self.cwd = cwd
        self.platform = platform
        self.sink = sink
        self.out = out
        self.now = now
        self.interactive = interactive
        self.words = words

    def changed(self, **settings: object) -> Context:
        """The same world with other settings, for a part of a command."""
        from weft.ops.settings_values import changed

        return Context(
            changed(self.settings, **settings),
            self.environ,
            cwd=self.cwd,
            platform=self.platform,
            sink=self.sink,
            out=self.out,
            now=self.now,
            interactive=self.interactive,
            words=self.words,
        )
