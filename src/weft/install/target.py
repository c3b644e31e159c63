"""Where a distribution goes: the directories of one environment and its interpreter.

Owns `Target`, for environments, `--target` and `--prefix`, and the lock that changes to one are
made under. Refuses to look for interpreters and to create environments.
Follows the installation schemes of `sysconfig`; the lock files are those that uv takes.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os
from weft.system.locks import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.python.interpreter import Interpreter


@value
class Target:
    """Absolute paths, without a slash at the end. `headers` lacks the project's name.

    `python` is what scripts name in their first line. A `relocatable` environment's scripts find
    it beside themselves. `implementation` and `version` are the interpreter's (`CPython`,
    `3.11.7`).
    """

    prefix: str
    python: str
    implementation: str
    version: str
    purelib: str
    platlib: str
    scripts: str
    headers: str
    data: str
    lock_path: str
    relocatable: bool = False

    @property
    def site_directories(self) -> tuple[str, ...]:
        """Where distributions are registered: purelib, and platlib where it is another."""
        if self.purelib == self.platlib:
            return (self.purelib,)
        return (self.purelib, self.platlib)

    @property
    def scheme_directories(self) -> tuple[str, ...]:
        """Everything that a RECORD may speak of, doubles left out."""
        every = (self.purelib, self.platlib, self.scripts, self.headers, self.data)
        return tuple(dict.fromkeys(every))

    def scheme(self, name: str, *, root_is_purelib: bool, distribution: str) -> str:
        """The directory of a wheel's scheme: `lib`, or a key of its `.data` directory."""
        match name:
            case "lib":
                return self.purelib if root_is_purelib else self.platlib
            case "purelib":
                return self.purelib
            case "platlib":
                return self.platlib
            case "scripts":
                return self.scripts
            case "headers":
                return f"{self.headers}/{distribution}"
            case _:
                return self.data

    def lock(self, *, timeout: float | None = None) -> FileLock:
        """The lock for every change, to be acquired exclusively; uv waits for the same file."""
        return FileLock(self.lock_path, resource=self.prefix, timeout=timeout)


def environment_target(interpreter: Interpreter, *, relocatable: bool = False) -> Target:
    """The environment that the interpreter belongs to, virtual or not."""
    if interpreter.is_virtual:
        lock = f"{interpreter.prefix}/.lock"
    else:
        lock = _system_lock(interpreter.executable)
    return _made(
        interpreter,
        interpreter.prefix,
        interpreter.schemes,
        lock_path=lock,
        relocatable=relocatable,
    )


def directory_target(interpreter: Interpreter, directory: str) -> Target:
    """`--target`: importable files at the top, everything else in plain directories below."""
    directory = os.path.abspath(directory)
    schemes = {
        "purelib": directory,
        "platlib": directory,
        "scripts": f"{directory}/bin",
        "headers": f"{directory}/include",
        "data": directory,
    }
    return _made(interpreter, directory, schemes, lock_path=f"{directory}/.lock")


def prefix_target(interpreter: Interpreter, prefix: str) -> Target:
    """`--prefix`: laid out like a virtual environment, with another interpreter."""
    prefix = os.path.abspath(prefix)
    schemes = {
        name: os.path.normpath(f"{prefix}/{below}")
        for name, below in interpreter.environment_schemes.items()
    }
    return _made(interpreter, prefix, schemes, lock_path=f"{prefix}/.lock")


def _made(
    interpreter: Interpreter,
    prefix: str,
    schemes: Mapping[str, str],
    *,
    lock_path: str,
    relocatable: bool = False,
) -> Target:
    return Target(
        prefix=prefix,
        python=interpreter.executable,
        implementation=interpreter.implementation,
        version=interpreter.version,
        purelib=schemes["purelib"],
        platlib=schemes["platlib"],
        scripts=schemes["scripts"],
        headers=schemes["headers"],
        data=schemes["data"],
        lock_path=lock_path,
        relocatable=relocatable,
    )


def _system_lock(executable: str) -> str:
    """A lock for an interpreter whose prefix is not ours to put files into."""
    import tempfile

    from weft.core.digest import short_digest

    return f"{tempfile.gettempdir()}/weft-{short_digest(executable)}.lock"
