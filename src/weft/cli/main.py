"""The way of a command from its words to its exit code.

Owns the process: arguments, environment, working directory, clock, streams, signals. It imports
the one verb that the words name. Exit codes: 0 done; 1 the request cannot be met; 2 wrong words,
wrong input, a wrong environment; 130 Ctrl-C. Refuses to do any work itself.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from weft.cli.parser import Invocation
    from weft.cli.printer import Printer
    from weft.ops.settings_values import Settings


# Commands that earlier runs may have answered; where there are verbs, these alone.
_WITH_MEMORY = {
    "pip": ("install", "compile"),
    "lock": (),
    "sync": (),
    "venv": (),
    "run": (),
    "tool": ("run", "weftx", "uvx"),
    "python": ("find", "list"),
}


def run() -> NoReturn:
    """Entry of the `weft` script and of `python -m weft`; the process ends with it."""
    _run_process(sys.argv[1:])


def run_tool() -> NoReturn:
    """Entry of the `weftx` script, which is `weft tool run` by a name of its own."""
    _run_process(["tool", "weftx", *sys.argv[1:]])


def _run_process(argv: Sequence[str]) -> NoReturn:
    import gc

    if sys.platform != "win32":
        from weft.cli.imports import install

        install()
    gc.disable()  # a command ends before its garbage would matter; looking for it costs a tenth
    try:
        code = main(argv)
    except KeyboardInterrupt:  # while what would tell of it was still being loaded
        code = 130
    if not code:
        _pack()
    if sys.getprofile() is None and sys.gettrace() is None and _is_done():
        _leave(code)
    sys.exit(code)


def _unpack(words: Sequence[str]) -> None:
    """Have at hand what earlier runs needed; the first words nearly always name the module."""
    if sys.platform != "win32":
        from weft.cli.imports import unpack

        for count in (2, 1):
            module = "_".join(words[:count])
            if module.isidentifier() and unpack(module):
                return


def _pack() -> None:
    """Have the modules of this run at hand for the next one."""
    if sys.platform != "win32":
        from weft.cli.imports import pack

        pack()


def _is_done() -> bool:
    """Whether neither a thread nor a library expects to be asked before the process ends."""
    threading = sys.modules.get("threading")
    if threading is None:
        return True
    import atexit

    others = (each for each in threading.enumerate() if each is not threading.main_thread())
    return atexit._ncallbacks() == 0 and all(each.daemon for each in others)


def _leave(code: int) -> NoReturn:
    """End at once: taking apart what a resolution has built costs a sixth of it.

    Nothing is due at the end: locks go with the process and our streams keep nothing back. Only
    where `_is_done` says so.
    """
    from weft.system.lean import os

    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue  # nobody reads it any more
    os._exit(code)


def main(argv: Sequence[str]) -> int:
    """Carry out the command line `argv` (without the program) in this process; its exit code."""
    if len(argv) == 1 and argv[0] in ("--version", "-V"):  # asked by scripts; needs no table
        return _version()
    if argv[:1] == ["--complete"]:  # asked by shells on each Tab, whatever settings files say
        return _complete(argv[1:])
    from weft.cli.printer import Printer, Style
    from weft.cli.terminal import Stream, in_colour
    from weft.system.lean import variables

    environ = variables()
    out, err = Stream(1), Stream(2)
    style = Style(in_colour("auto", environ, terminal=err.is_terminal()))
    printer = Printer(out, err, style=style)
    try:
        if _has_memory(argv):
            from weft.cli.remembered import is_remembered

            if is_remembered(argv, environ, printer):
                return 0
        return _main(argv, environ, printer)
    except KeyboardInterrupt as interrupt:
        number = getattr(interrupt, "number", 0)  # of `weft.system.termination.Terminated`
        if number:
            _die(number, printer)
        if printer.quiet < 2:
            printer.loud("Interrupted")
        return 130
    except Exception as error:
        return _failed(error, printer)
    finally:
        if printer.progress is not None:
            printer.progress.close()


def _has_memory(argv: Sequence[str]) -> bool:
    verbs = _WITH_MEMORY.get(argv[0]) if argv else None
    return verbs is not None and (not verbs or (len(argv) > 1 and argv[1] in verbs))


def _die(number: int, printer: Printer) -> NoReturn:
    from weft.system.termination import die_of

    if printer.progress is not None:
        printer.progress.close()
    die_of(number)


def _version(program: str = "weft") -> int:
    from weft import __version__
    from weft.cli.terminal import Stream

    Stream(1).write(f"{program} {__version__}\n")
    return 0


def _complete(arguments: Sequence[str]) -> int:
    from weft.cli.terminal import Stream
    from weft.ops.completion_shells import respond
    from weft.system.lean import os, variables

    try:
        answer = respond(arguments, variables(), cwd=os.getcwd(), platform=sys.platform)
    except OSError:  # a directory that is gone has nothing to offer
        return 2
    Stream(1).write(answer)
    return 0 if answer else 2


def _failed(error: Exception, printer: Printer) -> int:
    from weft.core.errors import WeftError

    if isinstance(error, WeftError):
        printer.error(error)
        return error.exit_code
    if printer.quiet < 2:
        label = printer.style.label("error", "31")
        printer.loud(f"{label} This is a bug in weft: {type(error).__name__}: {error}")
        if printer.verbose:
            import traceback

            printer.loud("".join(traceback.format_exception(error)).rstrip())
        else:
            hint = "Run the command again with `-v` and report what it prints"
            printer.loud(f"\n{printer.hint(hint)}")
    return 2


def _main(argv: Sequence[str], environ: dict[str, str], printer: Printer) -> int:
    _unpack(argv)
    from weft.cli.parser import parse

    invocation = parse(argv, environ)
    if invocation.asked == "version":
        return _version(invocation.command.display)
    if invocation.asked:
        from weft.cli.help import show

        return show(invocation, environ, printer)
    return _run(invocation, environ, printer)


def _run(invocation: Invocation, environ: dict[str, str], printer: Printer) -> int:
    _unpack((invocation.command.module,))
    from weft.ops.settings import resolve

    values = invocation.values
    # Before files are read, so that what is wrong in them is told as loudly as was asked for.
    _levels(printer, values.get("quiet"), values.get("verbose"))
    cwd = _working_directory(values.get("directory"))
    settings = resolve(invocation, environ, cwd=cwd, platform=sys.platform)
    _tune(printer, settings, environ, invocation)
    for warning in settings.warnings:
        printer.warn(warning)
    if printer.verbose:
        _explain(settings, printer)
    if settings.show_settings:
        from weft.cli.show_settings import show_settings

        return show_settings(settings, invocation, printer)
    if invocation.command.module == "help":
        from weft.cli.help import run_help

        return run_help(settings, environ, printer)
    return _dispatch(invocation, settings, environ, cwd=cwd, printer=printer)


def _explain(settings: Settings, printer: Printer) -> None:
    """The first lines of `-v`: which weft this is, and what was set where."""
    from weft import __version__
    from weft.core.events import Debug

    printer.sink(Debug(f"weft {__version__}, Python {sys.version.split()[0]}"))
    for dest, source in sorted(settings.sources.items()):
        if not source.startswith(("-", "[", "<")):
            printer.sink(Debug(f"`{dest}` is set by {source}"))


def _dispatch(
    invocation: Invocation,
    settings: Settings,
    environ: dict[str, str],
    *,
    cwd: str,
    printer: Printer,
) -> int:
    import time

    from weft.ops.context import Context
    from weft.ops.settings import resolve

    context = Context(
        settings=settings,
        environ=environ,
        cwd=cwd,
        platform=sys.platform,
        sink=printer.sink,
        out=printer.out,
        now=time.time(),
        interactive=printer.progress is not None,
        words=invocation.words,
        reread=lambda start, top: resolve(
            invocation, environ, cwd=cwd, platform=sys.platform, start=start, top=top
        ),
        leaving=_pack,
    )
    verb = __import__(f"weft.ops.{invocation.command.module}", fromlist=("run",))
    code: int = verb.run(context)
    return code


def _levels(printer: Printer, quiet: object, verbose: object) -> None:
    printer.quiet = quiet if isinstance(quiet, int) else 0
    printer.verbose = verbose if isinstance(verbose, int) else 0


def _tune(
    printer: Printer, settings: Settings, environ: dict[str, str], invocation: Invocation
) -> None:
    """Make the printer what the settings say."""
    from weft.cli.terminal import in_colour

    terminal = printer.stderr.is_terminal()
    printer.style.on = in_colour(settings.color, environ, terminal=terminal)
    printer.always = "always" in invocation.command.marks
    form = settings.settings_format if settings.show_settings else settings.output_format
    is_json = form == "json"
    printer.keeps = "keeps" in invocation.command.marks or is_json
    if terminal and not (settings.quiet or settings.verbose or settings.no_progress):
        from weft.cli.progress import Progress

        printer.progress = Progress(printer.stderr, environ)


def _working_directory(directory: object) -> str:
    """The working directory, after a change to the one of `--directory`."""
    from weft.core.errors import OsCause, WeftError
    from weft.system.lean import os

    if directory is not None:
        try:
            os.chdir(str(directory))
        except OSError as error:
            raise WeftError(f"Failed to change to directory `{directory}`") from OsCause(error)
    try:
        return os.getcwd()
    except OSError as error:
        raise WeftError("The current directory does not exist any more") from OsCause(error)
