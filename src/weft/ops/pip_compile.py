"""`weft pip compile`: write down the exact versions that requirements lead to.

Owns the order: check the request, read, find a Python, resolve, write; and what is said about it.
Refuses to install anything. A failure leaves the output file as it was.
"""

from __future__ import annotations

import time

from weft.core.errors import WeftError
from weft.ops.session import Session
from weft.ops.wants import read_wants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.errors import SystemFailure
    from weft.ops.compiling import Compiled
    from weft.ops.context import Context
    from weft.ops.settings import Settings


def run(context: Context) -> int:
    """Exit code 0, or what the error says."""
    from weft.ops.compile_python import find_interpreter, with_version
    from weft.ops.compile_verdict import Hearing, remember

    lock = _is_lock(context.settings)
    context = with_version(context).changed()
    context.sink = heard = Hearing(context.sink)
    _check(context)
    with Session(context) as session:
        wants = read_wants(context, hashes=False)  # what is written has those of chosen files
        start = time.monotonic()
        interpreter = find_interpreter(context, session, wants)
        from weft.core.events import Summary
        from weft.ops.building import Building
        from weft.ops.compiling import compile_wants

        with Building(context, session, interpreter, wants=wants) as building:
            compiled = compile_wants(context, session, wants, building=building, lock=lock)
            context.sink(Summary("Resolved", compiled.count, time.monotonic() - start))
            text = _lock_text(context, compiled) if lock else _text(context, compiled)
        write_result(context, text)
        for warning in compiled.warnings:
            context.sink(warning)
        if not heard.more:
            count = compiled.count
            remember(context, session, wants, interpreter=interpreter, count=count, text=text)
    return 0


def _is_lock(settings: Settings) -> bool:
    """Whether a `pylock.toml` is to be written. Raises WeftError for names that do not go."""
    path = settings.output_file or ""
    name = path.replace("\\", "/").rpartition("/")[2]
    if name.lower() == "pyproject.toml":
        raise WeftError(
            "`pyproject.toml` is not a supported output format for `weft pip compile` (only "
            "`requirements.txt`-style output is supported)"
        )
    form = settings.file_format
    lock = form == "pylock.toml" if form else name.lower().endswith(".toml")
    if lock and name and not _is_lock_name(name):
        raise WeftError(
            "Expected the output filename to be `pylock.toml` or `pylock.<name>.toml`, where "
            f"`<name>` is non-empty and contains no dots; found `{name}`"
        )
    return lock


def _is_lock_name(name: str) -> bool:
    parts = name.split(".")
    return name == "pylock.toml" or (
        len(parts) == 3 and parts[0] == "pylock" and bool(parts[1]) and parts[2] == "toml"
    )


def _check(context: Context) -> None:
    """What can be told before anything is read."""
    settings = context.settings
    if settings.resolver == "legacy":
        raise WeftError("pip-compile's `--resolver=legacy` is unsupported (weft always backtracks)")
    if settings.resolver == "backtracking":
        from weft.core.events import Warned

        what = "pip-compile's `--resolver=backtracking` has no effect (weft always backtracks)"
        context.sink(Warned(what))
    projects = ("pyproject.toml", "setup.py", "setup.cfg")
    names = [path.replace("\\", "/").rpartition("/")[2] for path in settings.requirements]
    if (settings.extra or settings.all_extras) and not any(name in projects for name in names):
        raise WeftError(
            "Requesting extras requires a `pyproject.toml`, `setup.cfg`, or `setup.py` file."
        )
    for name in names:
        if _is_lock_name(name):
            raise WeftError("`pylock.toml` is not a supported input format for `weft pip compile`")


def _text(context: Context, compiled: Compiled) -> str:
    from weft.ops.compile_header import header, preamble
    from weft.ops.compile_text import requirements_text

    settings = context.settings
    markers = compiled.relevant_markers() if settings.emit_marker_expression else ""
    known = f"# Pinned dependencies known to be valid for:\n#    {markers}\n" if markers else ""
    return (
        header(context)
        + known
        + preamble(settings, compiled.wants, compiled.places, lambda: compiled.rules)
        + requirements_text(
            compiled.pins, settings, sources=compiled.sources(), hashes=compiled.hashes()
        )
    )


def _lock_text(context: Context, compiled: Compiled) -> str:
    from weft.ops.compile_header import header
    from weft.ops.compile_lock import lock_text
    from weft.ops.compile_text import left_out_text

    left_out = left_out_text(compiled.pins, context.settings)
    return header(context) + lock_text(context, compiled) + left_out


def write_result(context: Context, text: str) -> None:
    """To stdout and to the output file, which is replaced at once."""
    settings = context.settings
    if text and not (settings.quiet and settings.output_file is not None):
        context.out(text.removesuffix("\n"))
    if settings.output_file is None:
        return
    from weft.core.errors import SystemFailure
    from weft.system.files import write_atomic, write_output
    from weft.system.lean import os

    path = os.path.join(context.cwd, settings.output_file)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path) and not os.path.isfile(path):
            write_output(path, text.encode())  # a device or a pipe stays one
        else:
            target = os.path.realpath(path)  # a link stays one, and leads to the new file
            mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o644
            write_atomic(target, text.encode(), mode=mode)
    except (OSError, SystemFailure) as error:
        raise _unwritten(settings.output_file, error) from None


def _unwritten(path: str, error: OSError | SystemFailure) -> WeftError:
    from weft.core.errors import OsCause, SystemFailure

    cause = error.__cause__ if isinstance(error, SystemFailure) else OsCause(error)
    return WeftError(f"failed to write to file `{path}`: {cause}")
