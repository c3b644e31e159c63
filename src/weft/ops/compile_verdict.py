"""What `weft pip compile` printed, remembered: the shortest way to an answer that stands.

Owns the memory of whole texts. With these words, this environment of the process and this working
directory a text was printed; it is printed again while every file that it came from is the same:
requirements, settings, the interpreter, the pages that the resolution was made from.
Refuses what has no trace (see `weft.ops.reuse`), options that it does not know, output files, which
say what to prefer and have to be written anew, and runs that said more than how many packages.
"""

from __future__ import annotations

from weft.install.verdict import ELSEWHERE, keep, place, stamp, standing, surroundings
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.events import Event, Sink
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter

KIND = "compiled"
_VALUED = frozenset((
    "-p", "--python", "--python-version", "-c", "--constraints", "--constraint", "--overrides",
    "--override", "-i", "--index-url", "--default-index", "--annotation-style", "--resolution",
    "--prerelease", "--fork-strategy",
))  # fmt: skip
_PLAIN = frozenset((
    "--offline", "--universal", "--no-header", "--no-annotate", "--no-strip-extras",
    "--no-strip-markers", "--no-deps",
))  # fmt: skip


class Hearing:
    """A sink that passes events on and knows whether `more` was said than how many packages."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.more = False

    def __call__(self, event: Event) -> None:
        from weft.core.events import Debug, PhaseAdvanced, PhaseEnded, PhaseStarted, Summary

        if not isinstance(event, Summary | PhaseStarted | PhaseAdvanced | PhaseEnded | Debug):
            self.more = True
        self._sink(event)


def is_eligible(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether `words` (behind `pip compile`) may be remembered: files and few options."""
    if not words or any(name in environ for name in ELSEWHERE):
        return False
    named = skip = False
    for word in words:
        option, equals, _ = word.partition("=") if word.startswith("-") else ("", "", "")
        if skip:
            skip = False
        elif option in _VALUED and (not equals or option.startswith("--")):
            skip = not equals
        elif option:
            if equals or option not in _PLAIN:
                return False
        else:
            named = True
    return named and not skip


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str, now: float
) -> tuple[int, str] | None:
    """(number of packages, text) if it still stands, else None; `now` in epoch seconds."""
    found = standing(place(words, environ, cwd=cwd, platform=platform, kind=KIND))
    if found is None:
        return None
    count, text, fresh_until = found
    return (count, text) if now < fresh_until else None


def remember(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    interpreter: Interpreter,
    count: int,
    text: str,
) -> None:
    """Keep a text, unless something that it was made from is too young or unknown."""
    words, environ, cwd = context.words[2:], context.environ, context.cwd
    if context.words[:2] != ("pip", "compile") or not is_eligible(words, environ):
        return
    settings = context.settings
    trace = session.traces[0] if len(session.traces) == 1 else ""
    if wants.files is None or not trace or not interpreter.is_virtual:
        return
    if settings.output_file or settings.quiet or settings.verbose or settings.warnings:
        return
    path = place(words, environ, cwd=cwd, platform=context.platform, kind=KIND)
    if os.path.dirname(os.path.dirname(path)) != session.store.root:
        return  # a settings file names the cache: nobody would look there before reading it
    from weft.fetch.trace import pages_of

    found = pages_of(session.store, trace)
    if found is None:
        return
    fresh_until, pages = found
    consulted = dict.fromkeys(surroundings(cwd, environ, context.platform))
    consulted.update(dict.fromkeys((f"{interpreter.prefix}/pyvenv.cfg", interpreter.executable)))
    consulted.update(dict.fromkeys([*wants.files, *pages]))
    for each, read in pages.items():
        known = stamp(each)
        if known is None or (known[0], known[2], known[3]) != read:
            return
    until = float("inf") if settings.offline else fresh_until
    keep(path, (count, text, until), consulted=consulted, since=context.now)
