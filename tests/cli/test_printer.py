"""Events and errors as the lines that users of uv know; colours as uv paints them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from weft.cli.printer import Printer, Style
from weft.cli.terminal import Stream, in_colour, width
from weft.core import events
from weft.core.errors import OsCause, UsageError, WeftError


class Pipes:
    """A printer that writes into two real pipes."""

    def __init__(self) -> None:
        self.out_read, self.out_write = os.pipe()
        self.err_read, self.err_write = os.pipe()

    def printer(self, *, colour: bool = False, quiet: int = 0, keeps: bool = False) -> Printer:
        return Printer(
            Stream(self.out_write),
            Stream(self.err_write),
            style=Style(colour),
            quiet=quiet,
            keeps=keeps,
        )

    def texts(self) -> tuple[str, str]:
        """What went to stdout and to stderr."""
        os.close(self.out_write)
        os.close(self.err_write)
        found = []
        for descriptor in (self.out_read, self.err_read):
            with open(descriptor, "rb", closefd=False) as file:
                found.append(file.read().decode())
        self.out_write = self.err_write = -1
        return found[0], found[1]

    def close(self) -> None:
        for descriptor in (self.out_read, self.out_write, self.err_read, self.err_write):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    pair = Pipes()
    yield pair
    pair.close()


CHANGES = events.Changes(
    (
        events.Change("added", "b", "2.0"),
        events.Change("reinstalled", "c", "1.0", "file:///w/c"),
        events.Change("added", "a", "2.0"),
        events.Change("removed", "a", "1.0"),
    )
)


def test_summaries_and_changes_read_like_uv(pipes: Pipes) -> None:
    printer = pipes.printer()
    printer.sink(events.Summary("Resolved", 3, 0.012))
    printer.sink(events.Summary("Prepared", 1, 0.0004))
    printer.sink(events.Summary("Resolved", 0, 0.003))
    printer.sink(events.Summary("Would install", 2, None))
    printer.sink(events.Summary("Bytecode compiled", 2, 3.04, noun="file"))
    printer.sink(CHANGES)
    assert pipes.texts() == (
        "",
        "Resolved 3 packages in 12ms\nPrepared 1 package in 0.40ms\nResolved in 3ms\n"
        "Would install 2 packages\nBytecode compiled 2 files in 3.04s\n"
        " - a==1.0\n + a==2.0\n + b==2.0\n ~ c==1.0 (from file:///w/c)\n",
    )


def test_colours_are_those_of_uv(pipes: Pipes) -> None:
    printer = pipes.printer(colour=True)
    printer.sink(events.Note("Using Python 3.11.7 environment at: v"))
    printer.sink(events.Summary("Resolved", 1, 0.002))
    printer.sink(events.Summary("Would install", 1, None))
    printer.sink(events.Changes((events.Change("added", "aaa", "1.0"),)))
    printer.sink(events.Note("Creating virtual environment at: .venv"))
    printer.sink(events.Note("Activate with: source .venv/bin/activate"))
    assert pipes.texts()[1].splitlines() == [
        "\x1b[2mUsing Python 3.11.7 environment at: v\x1b[0m",
        "\x1b[2mResolved \x1b[1m1 package\x1b[0m \x1b[2min 2ms\x1b[0m\x1b[0m",
        "\x1b[2mWould install \x1b[1m1 package\x1b[0m\x1b[0m",
        " \x1b[32m+\x1b[0m \x1b[1maaa\x1b[0m\x1b[2m==1.0\x1b[0m",
        "Creating virtual environment at: \x1b[36m.venv\x1b[0m",
        "Activate with: \x1b[32msource .venv/bin/activate\x1b[0m",
    ]


def test_without_colour_no_escape_is_written(pipes: Pipes) -> None:
    printer = pipes.printer()
    printer.sink(CHANGES)
    printer.sink(events.Warned("w", ("h",)))
    printer.error(WeftError("e", hints=("h",)))
    printer.error(UsageError("e", usage="weft x", tips=("t",)))
    assert "\x1b" not in pipes.texts()[1]


def test_a_warning_comes_once(pipes: Pipes) -> None:
    printer = pipes.printer()
    for text in ("one", "two", "one"):
        printer.sink(events.Warned(text))
    assert pipes.texts()[1] == "warning: one\nwarning: two\n"


def test_errors_show_causes_and_hints(pipes: Pipes) -> None:
    inner = WeftError("third\n\nExpected:\n  x", hints=("do that",))
    middle = WeftError("second", hints=("do this",))
    middle.__cause__ = inner
    outer = WeftError("first", hints=("do this",))
    outer.__cause__ = middle
    pipes.printer().error(outer)
    assert pipes.texts()[1] == (
        "error: first\n  cause: second\n  cause: third\n\n         Expected:\n           x\n"
        "\nhint: do this\n\nhint: do that\n"
    )


def test_causes_of_other_libraries_are_put_into_words(pipes: Pipes) -> None:
    printer = pipes.printer()
    for cause in (OSError(28, "No space left on device"), ValueError("odd"), OsCause(OSError("x"))):
        error = WeftError("failed")
        error.__cause__ = cause
        printer.error(error)
    assert pipes.texts()[1] == (
        "error: failed\n  cause: No space left on device (os error 28)\n"
        "error: failed\n  cause: odd\nerror: failed\n  cause: x\n"
    )


def test_a_wrong_command_line_is_laid_out_like_claps(pipes: Pipes) -> None:
    error = UsageError("bad\n  [possible values: a]", usage="weft x [OPTIONS]", tips=("one", "two"))
    pipes.printer().error(error)
    assert pipes.texts()[1] == (
        "error: bad\n  [possible values: a]\n\n  tip: one\n  tip: two\n\n"
        "Usage: weft x [OPTIONS]\n\nFor more information, try '--help'.\n"
    )


@pytest.mark.parametrize(
    ("quiet", "keeps", "expected"),
    [
        (0, False, ("result\n", "note\nwarning: w\nerror: e\n")),
        (1, False, ("", "error: e\n")),
        (1, True, ("result\n", "error: e\n")),
        (2, True, ("", "")),
    ],
)
def test_levels_of_quiet(pipes: Pipes, quiet: int, keeps: bool, expected: tuple[str, str]) -> None:
    printer = pipes.printer(quiet=quiet, keeps=keeps)
    printer.out("result")
    printer.sink(events.Note("note"))
    printer.sink(events.Warned("w"))
    printer.error(WeftError("e"))
    assert pipes.texts() == expected


def test_debug_lines_need_verbose(pipes: Pipes) -> None:
    printer = pipes.printer()
    printer.sink(events.Debug("hidden"))
    printer.verbose = 1
    printer.sink(events.Debug("shown"))
    assert pipes.texts()[1] == "DEBUG shown\n"


def test_large_downloads_get_lines_where_there_is_no_bar(pipes: Pipes) -> None:
    printer = pipes.printer()
    for key, size in (("big", 5 << 20), ("small", 100), ("unknown", None)):
        printer.sink(events.DownloadStarted(key, key, size))
    for key in ("small", "big", "unknown"):
        printer.sink(events.DownloadProgress(key, 50))
        printer.sink(events.DownloadEnded(key))
    assert pipes.texts()[1] == "Downloading big (5.0MiB)\n Downloaded big\n"


def test_a_reader_that_left_stops_nothing(pipes: Pipes) -> None:
    printer = pipes.printer()
    os.close(pipes.out_read)
    os.close(pipes.err_read)
    pipes.out_read = pipes.err_read = -1
    for _ in range(2):
        printer.out("result")
        printer.line("line")


def test_a_full_disk_behind_stdout_is_an_error() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        printer = Printer(Stream(descriptor), Stream(descriptor), style=Style(False))
        printer.loud("nobody can be told")
        with pytest.raises(WeftError, match="Failed to write to `standard output`"):
            printer.out("result")
    finally:
        os.close(descriptor)


def test_paths_that_are_no_utf8_come_out_as_they_are(pipes: Pipes) -> None:
    pipes.printer().out(os.fsdecode(b"/x/\xff"))
    os.close(pipes.out_write)
    pipes.out_write = -1
    assert os.read(pipes.out_read, 100) == b"/x/\xff\n"


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"CLICOLOR": "0"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_who_decides_about_colour(
    choice: str, environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    assert in_colour(choice, environ, terminal=terminal) is expected


def test_the_width_is_that_of_the_terminal_up_to_a_hundred(pipes: Pipes) -> None:
    look: Callable[..., int] = width
    assert look({}, pipes.out_write) == 100
    assert look({"COLUMNS": "60"}, pipes.out_write) == 60
    assert look({"COLUMNS": "300"}, pipes.out_write) == 100
    assert look({"COLUMNS": "wide"}, pipes.out_write) == 100


@pytest.mark.parametrize("colour", [False, True])
def test_what_a_terminal_would_obey_is_not_passed_on(colour: bool) -> None:
    pipes = Pipes()
    printer = pipes.printer(colour=colour)
    evil = "a\x1b[2J\x1b]0;title\x07b\x9b1m\rc\x08\u202ed\x1b]8;;open\n\te"
    error = WeftError(evil, hints=(f"hint {evil}",))
    error.__cause__ = WeftError(f"cause {evil}")
    printer.error(error)
    printer.warn(f"warned {evil}")
    printer.sink(events.Note(f"note {evil}"))
    printer.error(UsageError(evil, tips=(evil,)))
    text = pipes.texts()[1]
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"):
        text = text.replace(code, "")
    assert text.count("abcd]8;;open\n") == 7
    assert text.replace("\n", "").replace("\t", "").isprintable()
