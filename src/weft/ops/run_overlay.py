"""The environment on top, in which a command with `--with` runs.

Owns it: an environment without packages, whose `.pth` file leads to those of the environments under
it, and which has their programs, run by its own interpreter. Refuses to resolve and to install.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter

_LEADING = "_weft_overlay.pth"
_MARK = b"# from below"
_LARGEST = 1 << 16  # bytes of a program that is a script


def overlay(
    context: Context,
    session: Session,
    packages: Interpreter,
    base: Interpreter,
    *,
    directory: str = "",
) -> Interpreter:
    """The interpreter of the environment over `packages` over `base`; in `directory`, if given."""
    from weft.core.digest import short_digest
    from weft.ops.kept_environment import kept_environment
    from weft.python.environment import create

    def make(path: str) -> Interpreter:
        made = create(path, base, clear=True, system_site_packages=_shares_system(base))
        _lead(made, packages, base)
        return made

    if directory:
        made = make(os.path.join(directory, "overlay"))
    else:
        key = "\0".join(("overlay", packages.prefix, base.executable, base.version))
        made = kept_environment(context, session, short_digest(key), make)
    _bring_programs(made, packages, base)
    return made


def _shares_system(base: Interpreter) -> bool:
    from weft.python.interpreter import read_configuration

    if not base.is_virtual:
        return False
    setting = read_configuration(base.prefix).get("include-system-site-packages", "")
    return setting.lower() == "true"


def _lead(made: Interpreter, packages: Interpreter, base: Interpreter) -> None:
    """Imports go on below, and with them the `.pth` files there."""
    from weft.system.files import write_atomic

    directories = (*packages.package_directories, *base.package_directories)
    told = "; ".join(
        f'site.addsitedir(__import__("os").fsdecode({os.fsencode(each)!r}))' for each in directories
    )
    leading = os.path.join(made.schemes["purelib"], _LEADING)
    write_atomic(leading, f"import site; {told}\n".encode())
    configuration = os.path.join(made.prefix, "pyvenv.cfg")
    with open(configuration, "rb") as stream:
        text = stream.read()
    write_atomic(configuration, text + f"extends-environment = {base.prefix}\n".encode())


def _bring_programs(made: Interpreter, packages: Interpreter, base: Interpreter) -> None:
    """The programs under `made`, as they are now; those that are gone there go here too."""
    from weft.system.files import read_bytes, write_atomic
    from weft.system.removal import remove_tree

    wanted: dict[str, bytes] = {}
    for under in (base, packages):
        for name, text in _programs(under):
            changed = _retargeted(text, under, made)
            if changed is not None:
                wanted[name] = changed
    own = made.schemes["scripts"]
    for name in os.listdir(own):
        path = os.path.join(own, name)
        if name not in wanted and not os.path.islink(path) and _is_brought(path):
            remove_tree(path)
    for name, text in wanted.items():
        path = os.path.join(own, name)
        if not os.path.islink(path) and read_bytes(path) != text:
            write_atomic(path, text, mode=0o755)


def _is_brought(path: str) -> bool:
    from weft.system.files import read_bytes

    text = read_bytes(path)  # None where another run has removed it meanwhile
    return text is not None and text.rstrip().endswith(b"\n" + _MARK)


def _retargeted(text: bytes, under: Interpreter, made: Interpreter) -> bytes | None:
    """A program of `under` with the interpreter of `made`; None for what another one runs."""
    directory = os.fsencode(os.path.dirname(under.executable))
    python = os.fsencode(os.path.join(os.path.dirname(made.executable), "python"))
    first, _, rest = text.partition(b"\n")
    if first == b"#!/bin/sh":
        line, _, rest = rest.partition(b"\n")
        is_ours = line.startswith(b"'''exec' ") and (directory + b"/" in line or b"dirname" in line)
        first = b"#!/bin/sh\n'''exec' '" + python + b'\' "$0" "$@"'
    elif first.startswith(b"#!"):
        words = first[2:].strip().split(b" ")
        is_ours = os.path.dirname(words[0]) == directory
        first = b" ".join((b"#!" + python, *words[1:]))
    else:
        return None
    if not is_ours:
        return None
    return first + b"\n" + rest.rstrip(b"\n") + b"\n" + _MARK + b"\n"


def _programs(interpreter: Interpreter) -> Iterator[tuple[str, bytes]]:
    """Names and texts of the scripts in the directory of programs."""
    from weft.ops.run_child import commands_in

    directory = interpreter.schemes["scripts"]
    for name in commands_in(directory):
        path = os.path.join(directory, name)
        if os.path.islink(path) or os.path.getsize(path) > _LARGEST:
            continue
        with open(path, "rb") as stream:
            yield name, stream.read()
