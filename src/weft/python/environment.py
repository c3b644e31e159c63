"""Making virtual environments.

Owns the layout of a new environment and the rules about what may be replaced. It is written
beside its place and renamed, so that a killed run leaves nothing that looks like an environment;
what is cleared loses its `pyvenv.cfg` last, so that clearing can be repeated. Refuses to run the
interpreter: everything follows from what is known of it. Follows PEP 405, CPython's `site` for
`pyvenv.cfg`, and uv for layout and wording.
"""

from __future__ import annotations

import errno
import stat

from weft import __version__
from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import value
from weft.python.interpreter import Interpreter, in_environment, python_of
from weft.system.files import make_directory, make_staging, write_atomic, write_new
from weft.system.lean import os
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CACHEDIR_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"
_LAST_REMOVED = ("CACHEDIR.TAG", ".gitignore", "pyvenv.cfg")
_FIRST_WITHOUT_PATCH = (3, 10)


class EnvironmentFailure(WeftError):
    """The environment at `path` was not made; the cause says why."""

    def __init__(self, path: str, cause: WeftError) -> None:
        super().__init__("Failed to create virtual environment")
        self.path = path
        self.__cause__ = cause

    @property
    def hints(self) -> tuple[str, ...]:
        return self.cause.hints

    @property
    def cause(self) -> WeftError:
        """Why."""
        assert isinstance(self.__cause__, WeftError)
        return self.__cause__


class PathTaken(WeftError):
    """Something is at `path` that nobody said may be replaced."""

    def __init__(self, path: str, message: str, *hints: str) -> None:
        super().__init__(message, hints=hints)
        self.path = path


@value
class Options:
    """How an environment is to be. `prompt` empty: the name of its directory.

    `goes_on` where it is made through the link to the newest patch of a managed Python, so that no
    patch can be written down.
    """

    prompt: str = ""
    system_site_packages: bool = False
    relocatable: bool = False
    seed: bool = False
    goes_on: bool = False


def create(
    path: str,
    interpreter: Interpreter,
    *,
    cwd: str = "",
    prompt: str | None = None,
    system_site_packages: bool = False,
    relocatable: bool = False,
    seed: bool = False,
    clear: bool = False,
    force: bool = False,
    allow_existing: bool = False,
) -> Interpreter:
    """Make an environment of `interpreter` (or of the one below it) at `path`; its interpreter.

    `prompt` is the name shown by shells, `.` for that of the working directory, None for none.
    `seed` only leaves its mark; the packages are installed by the caller. `clear` replaces an
    environment, with `force` any directory; `allow_existing` writes into what is there.
    Raises EnvironmentFailure.
    """
    target = os.path.abspath(os.path.join(cwd, path))
    if prompt == ".":
        prompt = os.path.basename(os.path.abspath(cwd))
    name, goes_on = _one_line(prompt or ""), _goes_on(home_of(interpreter))
    options = Options(name, system_site_packages, relocatable, seed, goes_on)
    try:
        _check_path(path, target)
        if allow_existing:
            _fill(target, target, interpreter, options)
        else:
            _replace(path, target, interpreter, options, clear=clear, force=force)
    except SystemFailure as error:
        raise EnvironmentFailure(path, error) from error
    except OSError as error:
        cause = OsCause(error)
        raise EnvironmentFailure(path, cause) from cause
    except WeftError as error:
        raise EnvironmentFailure(path, error) from error
    return in_environment(interpreter, target, executable=python_of(target))


def write_for(target: str, place: str, interpreter: Interpreter) -> None:
    """Make at `place` an environment that works once it has been put at `target`.

    `place` must not be there yet. Raises EnvironmentFailure.
    """
    try:
        _check_path(target, target)
        _fill(place, target, interpreter, Options())
    except SystemFailure as error:
        raise EnvironmentFailure(target, error) from error
    except OSError as error:
        cause = OsCause(error)
        raise EnvironmentFailure(target, cause) from cause
    except WeftError as error:
        raise EnvironmentFailure(target, error) from error


def default_prompt(path: str | None, cwd: str) -> str | None:
    """The prompt of an environment that was given none: for `.venv` at hand, the project's."""
    return os.path.basename(cwd) or None if path is None else None


def _one_line(text: str) -> str:
    """Nothing that could begin another setting in `pyvenv.cfg` or another command in a script."""
    return " ".join(text.split())


def _check_path(path: str, target: str) -> None:
    try:
        target.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise WeftError(f"Virtual environment path is not valid UTF-8: {shown}") from None
    if "\n" in target or "\r" in target:
        raise WeftError("Virtual environment path contains a line break")


def _replace(
    path: str,
    target: str,
    interpreter: Interpreter,
    options: Options,
    *,
    clear: bool,
    force: bool,
) -> None:
    """Put a new environment where nothing is, or where what is there may go."""
    _make_room(path, target, clear=clear, force=force)
    staging = _stage(target, interpreter, options)
    if staging is None:
        _fill(target, target, interpreter, options)
        return
    try:
        while not _publish(staging, target):  # somebody else made one meanwhile
            _make_room(path, target, clear=clear, force=force)
    except OSError:
        if not os.path.isdir(target):
            raise
        _fill(target, target, interpreter, options)  # a mount point cannot be renamed over
    finally:
        remove_tree(staging)


def _make_room(path: str, target: str, *, clear: bool, force: bool) -> None:
    """Leave nothing at `target`, or an empty directory, as far as that is allowed."""
    try:
        found = os.stat(target)
    except (FileNotFoundError, NotADirectoryError):  # nothing, or a link to nothing
        return
    if not stat.S_ISDIR(found.st_mode):
        raise PathTaken(path, f"File exists at `{path}`")
    try:
        present = os.listdir(target)
    except FileNotFoundError:  # somebody else is replacing it
        return
    if not present:
        return
    is_environment = "pyvenv.cfg" in present
    if not clear:
        what = "virtual environment" if is_environment else "directory"
        raise PathTaken(
            path,
            f"A {what} already exists at: {path}",
            f"Use the `--clear` flag or set `WEFT_VENV_CLEAR=1` to replace the existing {what}",
        )
    if not (is_environment or force):
        raise PathTaken(
            path,
            "weft will not clear a directory that is not a virtual environment",
            "Use the `--force` flag to remove the existing directory anyway",
        )
    if not _take_away(target):
        for name in sorted(present, key=_order_of_removal):
            remove_tree(os.path.join(target, name))


def _take_away(target: str) -> bool:
    """Remove a directory as a whole: out of sight by one rename, so that of several processes
    that replace it none deletes what another one has made. False where it cannot be renamed."""
    place = os.path.realpath(target)
    try:
        aside = make_staging(os.path.dirname(place))
    except SystemFailure:
        return False
    try:
        os.rename(place, os.path.join(aside, "replaced"))
    except FileNotFoundError:
        return True
    except OSError:  # a mount point
        return False
    finally:
        remove_tree(aside)
    return True


def _order_of_removal(name: str) -> int:
    """What makes a directory an environment goes last, so that clearing can be repeated."""
    return _LAST_REMOVED.index(name) if name in _LAST_REMOVED else -1


def _stage(target: str, interpreter: Interpreter, options: Options) -> str | None:
    """A finished environment beside `target`; None where only `target` itself can be written."""
    place = os.path.realpath(target)
    try:
        staging = make_staging(os.path.dirname(place))
    except SystemFailure:
        if os.path.isdir(place):
            return None
        raise
    try:
        os.chmod(staging, 0o777 & ~_umask())
        _fill(staging, target, interpreter, options)
    except BaseException:
        remove_tree(staging)
        raise
    return staging


def _publish(staging: str, target: str) -> bool:
    """Rename what was staged over an empty or absent `target`; False if something is in it."""
    place = os.path.realpath(target)
    try:
        os.rename(staging, place)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _fill(place: str, target: str, interpreter: Interpreter, options: Options) -> None:
    """Write the environment that is going to live at `target` into the directory `place`.

    `pyvenv.cfg`, which makes it one, comes last. Only in the place itself there may be somebody who
    looks, and files to replace.
    """
    write = write_atomic if place == target else write_new
    below = interpreter.environment_schemes
    scripts = os.path.join(place, below["scripts"])
    make_directory(scripts)
    write(os.path.join(place, ".gitignore"), b"*")
    write(os.path.join(place, "CACHEDIR.TAG"), CACHEDIR_TAG)
    for library in dict.fromkeys((below["purelib"], below["platlib"])):
        make_directory(os.path.join(place, library))
    if os.name == "posix" and interpreter.pointer_size == 8 and not _is_macos(interpreter):
        _link("lib", os.path.join(place, "lib64"))
    base = home_of(interpreter)
    _link(base, os.path.join(scripts, "python"))
    for name in _aliases(interpreter):
        _link("python", os.path.join(scripts, name))
    for name, text in _scripts(target, interpreter, options).items():
        write(os.path.join(scripts, name), text.encode())
    if interpreter.minor < _FIRST_WITHOUT_PATCH:
        _write_patch(os.path.join(place, below["purelib"]))
    lines = "".join(f"{key} = {text}\n" for key, text in _configuration(base, interpreter, options))
    write(os.path.join(place, "pyvenv.cfg"), lines.encode())


def _configuration(
    base: str, interpreter: Interpreter, options: Options
) -> Iterator[tuple[str, str]]:
    yield "home", os.path.dirname(base)
    yield "implementation", interpreter.implementation
    yield "weft", __version__
    version = ".".join(map(str, interpreter.minor)) if options.goes_on else interpreter.version
    yield "version_info", version
    yield "include-system-site-packages", str(options.system_site_packages).lower()
    if options.relocatable:
        yield "relocatable", "true"
    if options.seed:
        yield "seed", "true"
    if options.prompt:
        yield "prompt", options.prompt


def home_of(interpreter: Interpreter) -> str:
    """The executable that `bin/python` links to.

    `home` in `pyvenv.cfg` is its directory, and the interpreter looks for its library from there.
    So a link from elsewhere (`~/bin/python3`) is followed until the library is near.
    """
    base = interpreter.base_executable
    below = os.path.relpath(interpreter.stdlib, interpreter.base_prefix)
    path = base
    while not os.path.exists(os.path.join(os.path.dirname(path), os.pardir, below, "os.py")):
        try:
            path = os.path.join(os.path.dirname(path), os.readlink(path))
        except OSError:
            return base  # nothing better: a frozen library, or another layout
    return os.path.normpath(path)


def _goes_on(base: str) -> bool:
    """Whether a path leads through a link such as `cpython-3.12-linux-x86_64-gnu`."""
    directory = os.path.dirname(os.path.dirname(base))
    return os.path.basename(directory).count("-") == 4 and os.path.islink(directory)


def _aliases(interpreter: Interpreter) -> tuple[str, ...]:
    major, minor = interpreter.minor
    names = ["python3", f"python{major}.{minor}"]
    if interpreter.gil_disabled:
        names.append(f"python{major}.{minor}t")
    stem = {"PyPy": "pypy", "GraalVM": "graalpy"}.get(interpreter.implementation)
    if stem:
        names += [stem, f"{stem}{major}", f"{stem}{major}.{minor}"]
    return tuple(names)


def _scripts(target: str, interpreter: Interpreter, options: Options) -> dict[str, str]:
    from weft.python.activation import Activation, render

    below = interpreter.environment_schemes
    return render(
        Activation(
            prefix="" if options.relocatable else target,
            name=options.prompt or os.path.basename(target),
            scripts=below["scripts"],
            libraries=tuple(dict.fromkeys((below["purelib"], below["platlib"]))),
        )
    )


def _write_patch(packages: str) -> None:
    from weft.python.distutils_patch import MODULE, NAME

    write_atomic(os.path.join(packages, f"{NAME}.py"), MODULE.encode())
    write_atomic(os.path.join(packages, f"{NAME}.pth"), f"import {NAME}".encode())


def _link(source: str, path: str) -> None:
    """A symbolic link, in place of whatever file or link is there."""
    try:
        os.symlink(source, path)
    except FileExistsError:
        if os.path.isdir(path) and not os.path.islink(path):
            return  # such as a `lib64` of somebody's own
        os.unlink(path)
        os.symlink(source, path)


def _is_macos(interpreter: Interpreter) -> bool:
    return interpreter.markers["sys_platform"] == "darwin"
