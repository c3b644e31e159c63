"""Executables of managed Pythons, and the bytecode of their standard libraries.

Owns who gets a name like `python3.12` in the directory of executables, and compiling on request.
Refuses to take a name from an executable that weft did not put there, unless `--force` is given.
Follows uv in rules and wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.python_install import Plan
    from weft.ops.session import Session
    from weft.ops.settings_values import Settings
    from weft.python.keys import PythonKey
    from weft.python.managed import Home, Installation


class Executables:
    """What became of executables: names by key, who got one, and who did not."""

    def __init__(self) -> None:
        self.names: dict[PythonKey, set[str]] = {}
        self.changed: list[Installation] = []
        self.failures: list[tuple[PythonKey, WeftError]] = []


def bin_directory(context: Context) -> str:
    """Where executables go: `WEFT_PYTHON_BIN_DIR`, else as XDG says. Absolute."""
    from weft.system.userdirs import bin_dir

    found = context.environ.get("WEFT_PYTHON_BIN_DIR")
    found = found or bin_dir(context.environ, context.platform)
    return os.path.normpath(os.path.join(context.cwd, found))


def bin_wish(context: Context) -> bool | None:
    """Whether executables are wanted; None where nobody said it, and they may fail."""
    settings = context.settings
    if settings.no_bin is not None:
        return not settings.no_bin
    return settings.install_bin


def make_executables(
    context: Context,
    home: Home,
    installation: Installation,
    *,
    plan: Plan,
    touched: list[Installation],
    made: Executables,
) -> None:
    """Give an installation its names. What fails is kept in `made`."""
    from weft.core.events import Warned
    from weft.python.links import Foreign, bin_names, set_bin_link, through_link

    settings = context.settings
    directory = bin_directory(context)
    minors = {wanted.download.key.minor_name for wanted in plan.wanted if wanted.names_minor}
    goes_on = settings.default or plan.by_default or installation.key.minor_name in minors
    target = through_link(home, installation) if goes_on else installation.executable
    known = [*touched, *plan.existing]
    for name in bin_names(installation, default=settings.default):
        path = os.path.join(directory, name)
        if plan.upgrade == "upgrade" and not os.path.exists(path):
            continue
        try:
            if not _may_take(path, installation, known, settings=settings, plan=plan):
                continue
            set_bin_link(path, target)
        except WeftError as error:
            if plan.upgrade == "upgrade" and isinstance(error, Foreign):
                version = ".".join(map(str, installation.key.minor)) + installation.key.suffix
                remedy = f"weft python install {version} --force"
                context.sink(Warned(Foreign(path, remedy).message))
            else:
                made.failures.append((installation.key, error))
            continue
        for names in made.names.values():
            names.discard(name)
        made.names.setdefault(installation.key, set()).add(name)
        if installation not in made.changed:
            made.changed.append(installation)


def _may_take(
    path: str,
    installation: Installation,
    known: list[Installation],
    *,
    settings: Settings,
    plan: Plan,
) -> bool:
    """Whether a name is to be made, or made anew. Raises Foreign."""
    from weft.python.links import Foreign, dangles, owner_of

    if not os.path.lexists(path) or dangles(path):
        return True
    owner = owner_of(path, known)
    if owner is None:
        if settings.force and not os.path.isdir(path):
            return True
        raise Foreign(path)
    if settings.force:
        return True
    if owner.key == installation.key:
        return plan.reinstall
    return installation.is_upgrade_of(owner) or settings.default


def compile_library(context: Context, session: Session, installation: Installation) -> int:
    """Compile the modules of a standard library; how many files there are."""
    from weft.install.bytecode import compile_files
    from weft.install.target import environment_target
    from weft.python.interpreter import probe

    interpreter = probe(installation.executable, session.store, environ=context.environ)
    library = os.path.realpath(interpreter.stdlib)
    if not library.startswith(os.path.realpath(installation.path) + os.sep):
        return 0
    files = [
        os.path.join(place, name)
        for place, _below, names in os.walk(library)
        for name in names
        if name.endswith(".py")
    ]
    workers = context.settings.concurrent_installs or os.cpu_count() or 1
    done = compile_files(
        environment_target(interpreter),
        sorted(files),
        environ=context.environ,
        workers=workers,
        file_timeout=context.settings.compile_bytecode_timeout,
    )
    return done.files
