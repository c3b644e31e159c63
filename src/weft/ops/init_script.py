"""`weft init --script`: a file of Python with its requirements in its head.

Owns the metadata of a new script and its place in a file that is there already. Refuses to change
a script that has metadata. Follows PEP 723.
"""

from __future__ import annotations

from weft.core.errors import OsCause, UsageError, WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context

_IDLE = (
    ("no_workspace", "--no-workspace"),
    ("no_readme", "--no-readme"),
    ("author_from", "--author-from"),
)


def init_script(context: Context) -> None:
    """Make or complete the script. Raises WeftError where it has metadata."""
    from weft.core.events import Note, Warned
    from weft.ops.init_python import script_python
    from weft.system.files import make_directory, write_atomic

    settings = context.settings
    shown = settings.path
    if shown is None:
        raise UsageError(
            "the following required arguments were not provided:\n  <PATH>",
            usage="weft init --script <PATH>",
        )
    from weft.system.lean import os

    for dest, flag in _IDLE:
        if getattr(settings, dest):
            text = f"`{flag}` is a no-op for Python scripts, which are standalone"
            context.sink(Warned(text))
    path = os.path.join(context.cwd, shown)
    content = _read(path, shown)
    requires = script_python(context)
    if content is None:
        data = new_text(os.path.basename(path), requires, bare=settings.bare).encode()
    else:
        data, lost = with_header(content, requires)
        if lost:
            context.sink(
                Warned(
                    f"If you execute {shown} directly, it might ignore its inline metadata.\n"
                    "Consider replacing its shebang with: #!/usr/bin/env -S weft run --script"
                )
            )
    make_directory(os.path.dirname(path))
    mode = os.stat(path).st_mode & 0o777 if content is not None else 0o644
    write_atomic(path, data, mode=mode)
    context.sink(Note(f"Initialized script at `{shown}`"))


def new_text(name: str, requires: str, *, bare: bool) -> str:
    """The text of a new script called `name`."""
    from weft.ops.init_texts import main_text, script_header

    header = script_header(requires)
    return header if bare else f"{header}\n\n{main_text(name, typed=True)}"


def with_header(content: bytes, requires: str) -> tuple[bytes, bool]:
    """A script with metadata before all but its first line, if that names an interpreter.

    The second value tells whether that interpreter would not look at them.
    """
    import re

    from weft.ops.init_texts import script_header

    header = script_header(requires).encode()
    if not content.startswith(b"#!"):
        return header + b"\n" + content, False
    first, _, rest = content.partition(b"\n")
    lost = re.search(rb"\b(?:weft|uv)\b", first) is None
    return first.rstrip(b"\r") + b"\n#\n" + header + b"\n" + rest, lost


def _read(path: str, shown: str) -> bytes | None:
    """What is at `path`; None for nothing."""
    from weft.project.script import script_block

    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WeftError(f"Failed to read script at `{shown}`") from OsCause(error)
    if script_block(content.decode("utf-8", "replace")) is not None:
        raise WeftError(f"`{shown}` is already a PEP 723 script; use `weft run` to execute it")
    return content
