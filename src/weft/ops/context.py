"""What a verb gets to work with.

Owns the `Context`, the one parameter of every verb. Everything of the outside world that a verb
may look at comes through it, so that a test can run a verb without a process around it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.core.events import Sink
    from weft.ops.settings_files import Layer
    from weft.ops.settings_values import Settings

    # Settings with those of a script before all files, and files looked for from a directory.
    Reread = Callable[[str, Layer | None], Settings]


class Context:
    """The world of one command.

    `cwd` is absolute and already the directory of `--directory`. `platform` is `sys.platform`.
    `sink` takes events. `out` writes one result text to stdout and adds a newline; whether `-q`
    keeps it is decided by the table of commands. `now` is in epoch seconds, taken once.
    `words` are those of the command line behind the program.
    `interactive` tells whether stderr is a terminal that shows spinners. `reread` makes settings
    for another place to look for the project's files, and with what a script says itself.
    `leaving` is called by a verb that is about to become another program.
    """

    __slots__ = (
        "cwd",
        "environ",
        "interactive",
        "leaving",
        "now",
        "out",
        "platform",
        "reread",
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
        reread: Reread | None = None,
        leaving: Callable[[], None] = lambda: None,
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
        self.reread = reread
        self.leaving = leaving

    def changed(self, **settings: object) -> Context:
        """The same world with other settings, for a part of a command."""
        from weft.ops.settings_values import changed

        return self.having(changed(self.settings, **settings))

    def having(
        self,
        settings: Settings,
        *,
        environ: Mapping[str, str] | None = None,
        sink: Sink | None = None,
    ) -> Context:
        """The same world with all of these settings, and maybe other variables or listeners."""
        return Context(
            settings,
            self.environ if environ is None else environ,
            cwd=self.cwd,
            platform=self.platform,
            sink=sink or self.sink,
            out=self.out,
            now=self.now,
            interactive=self.interactive,
            words=self.words,
            reread=self.reread,
            leaving=self.leaving,
        )
