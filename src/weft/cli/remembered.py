"""Commands that earlier runs have answered.

Owns which commands have a memory, and saying what it holds. Each memory tells itself whether it
still stands; nothing else is loaded before. Refuses to know what was remembered of what.
"""

from __future__ import annotations

import sys

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from weft.cli.printer import Printer

    class Verdict(Protocol):
        """A module that remembers when there is nothing to do."""

        def is_eligible(self, words: Sequence[str], environ: Mapping[str, str]) -> bool: ...

        def recall(
            self, words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
        ) -> tuple[int, tuple[str, ...]] | None: ...


def is_remembered(argv: Sequence[str], environ: dict[str, str], printer: Printer) -> bool:
    """Whether the command was answered by what earlier runs found; `run` becomes its command."""
    try:
        os.getcwd()
    except OSError:
        return False  # the working directory is gone; who needs it says so
    words = argv[1:]
    if argv[:2] == ["pip", "install"]:
        from weft.install import verdict as installed

        if _is_known(argv[2:], environ, printer, verdict=installed, verb="Checked"):
            return True
        return _is_installed(argv, environ, printer)
    if argv[:2] == ["pip", "compile"]:
        return _is_compiled(argv[2:], environ, printer)
    if argv[:1] == ["lock"]:
        from weft.ops import lock_verdict

        return _is_known(words, environ, printer, verdict=lock_verdict, verb="Resolved")
    if argv[:1] == ["sync"]:
        return _is_synced(words, environ, printer)
    if argv[:1] == ["python"] and words:
        return _is_listed(words, environ, printer)
    if argv[:1] == ["venv"]:
        return _is_made(words, environ, printer)
    if argv[:1] == ["run"]:
        _run_again(words, environ)
    if argv[:1] == ["tool"]:
        _run_tool_again(words, environ)
    return False


def _is_known(
    words: Sequence[str], environ: dict[str, str], printer: Printer, *, verdict: Verdict, verb: str
) -> bool:
    """Whether it is remembered that there is nothing to do; then that is said."""
    import time

    start = time.monotonic()
    if not verdict.is_eligible(words, environ):
        return False
    found = verdict.recall(words, environ, cwd=os.getcwd(), platform=sys.platform)
    if found is None:
        return False
    from weft.core.events import Note, Summary

    count, notes = found
    for note in notes:
        printer.sink(Note(note))
    printer.sink(Summary(verb, count, time.monotonic() - start))
    return True


def _is_installed(argv: Sequence[str], environ: dict[str, str], printer: Printer) -> bool:
    """Whether it is remembered what an environment lacks; then that is installed."""
    import time

    from weft.ops.install_memory import recall

    start, now, cwd = time.monotonic(), time.time(), os.getcwd()
    plan = recall(argv[2:], environ, cwd=cwd, platform=sys.platform, now=now)
    if plan is None:
        return False
    _unpack("pip_install")
    from weft.ops.install_again import context_of, install_again

    printer.quiet = plan.settings.get("quiet", 0)
    hidden = printer.quiet or plan.settings.get("no_progress")
    if printer.stderr.is_terminal() and not hidden:
        from weft.cli.progress import Progress

        printer.progress = Progress(printer.stderr, environ)
    context = context_of(
        plan, environ, cwd=cwd, platform=sys.platform, sink=printer.sink, words=argv, now=now
    )
    return install_again(plan, context, start=start)


def _is_compiled(words: Sequence[str], environ: dict[str, str], printer: Printer) -> bool:
    """Whether it is remembered what to print; then that is done."""
    import time

    from weft.ops.compile_verdict import is_eligible, recall

    start = time.monotonic()
    if not is_eligible(words, environ):
        return False
    found = recall(words, environ, cwd=os.getcwd(), platform=sys.platform, now=time.time())
    if found is None:
        return False
    from weft.core.events import Summary

    count, text = found
    printer.sink(Summary("Resolved", count, time.monotonic() - start))
    if text:
        printer.always = True
        printer.out(text.removesuffix("\n"))
    return True


def _is_synced(words: Sequence[str], environ: dict[str, str], printer: Printer) -> bool:
    """Whether it is remembered that the environment is what the lock says; then that is said."""
    import time

    from weft.ops.sync_verdict import is_eligible, recall

    start = time.monotonic()
    if not is_eligible(words, environ):
        return False
    told = recall(words, environ, cwd=os.getcwd(), platform=sys.platform)
    if told is None:
        return False
    from weft.core.events import Summary

    for verb, content in told:
        if isinstance(content, str):
            printer.warn(content)
        else:
            printer.sink(Summary(verb, content, time.monotonic() - start))
    return True


def _is_listed(words: Sequence[str], environ: dict[str, str], printer: Printer) -> bool:
    """Whether it is remembered which Pythons there are; then that is said."""
    from weft.ops.python_verdict import is_eligible, recall

    if not is_eligible(words, environ):
        return False
    found = recall(words, environ, cwd=os.getcwd(), platform=sys.platform)
    if found is None:
        return False
    warnings, text = found
    for warning in warnings:
        printer.warn(warning)
    if text:
        printer.out(text)
    return True


def _is_made(words: Sequence[str], environ: dict[str, str], printer: Printer) -> bool:
    """Whether it is remembered which Python to take; then an environment of it is made."""
    from weft.ops.venv_verdict import recall

    found = recall(words, environ, cwd=os.getcwd(), platform=sys.platform)
    if found is None:
        return False
    _unpack("venv")
    from weft.core.events import Note
    from weft.ops.venv import make
    from weft.python.interpreter import Interpreter

    path, (printer.quiet, note, _, options, facts) = found
    printer.sink(Note(note))
    make(printer.sink, path, Interpreter(*facts), environ, cwd=os.getcwd(), **options)
    return True


def _unpack(module: str) -> None:
    """Have at hand what earlier runs of this command needed, where there is more to load."""
    if sys.platform != "win32":
        from weft.cli.imports import unpack

        unpack(module)


def _run_again(words: Sequence[str], environ: dict[str, str]) -> None:
    """Become the command, if it is remembered where it runs."""
    from weft.ops.run_verdict import is_shallow, recall, start

    if not is_shallow(environ):
        return
    found = recall(words, environ, cwd=os.getcwd(), platform=sys.platform)
    if found is not None:
        start(*found)


def _run_tool_again(words: Sequence[str], environ: dict[str, str]) -> None:
    """Become the program, if it is remembered where it is."""
    if words[:1] not in (["weftx"], ["run"], ["uvx"]):
        return
    import time

    from weft.ops.tool_run_verdict import recall, start

    found = recall(words[1:], environ, cwd=os.getcwd(), platform=sys.platform, now=time.time())
    if found is not None:
        start(*found, environ)
