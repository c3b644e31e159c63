"""weft: a Python package and project manager.

Owns the names of the public Python API, which `weft.api` implements. Importing this package loads
nothing else of weft: a command line that starts in eight milliseconds cannot afford it, and a
program pays for what it uses. Functions are called verb and noun, for `weft.install` and
`weft.lock` are rooms of the house. Refuses to read the world before something is called.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.api.cache import Cache, CachePart
    from weft.api.config import Config
    from weft.api.packages import (
        install_requirements,
        list_packages,
        resolve_requirements,
        uninstall_packages,
    )
    from weft.api.projects import lock_project, sync_project
    from weft.api.pythons import create_environment, find_python
    from weft.api.values import Changed, Installed, Lock, LockedPackage, Python, Resolved
    from weft.core.errors import WeftError
    from weft.core.events import Change
    from weft.ops.locking import LockOutdated
    from weft.python.discovery import InterpreterNotFound
    from weft.resolver.report import NoSolution
    from weft.system.removal import Removed

# Where each public name is, for the first time that somebody asks for it.
_PLACES = {
    "Cache": "api.cache",
    "CachePart": "api.cache",
    "Change": "core.events",
    "Changed": "api.values",
    "Config": "api.config",
    "Installed": "api.values",
    "InterpreterNotFound": "python.discovery",
    "Lock": "api.values",
    "LockOutdated": "ops.locking",
    "LockedPackage": "api.values",
    "NoSolution": "resolver.report",
    "Python": "api.values",
    "Removed": "system.removal",
    "Resolved": "api.values",
    "WeftError": "core.errors",
    "create_environment": "api.pythons",
    "find_python": "api.pythons",
    "install_requirements": "api.packages",
    "list_packages": "api.packages",
    "lock_project": "api.projects",
    "resolve_requirements": "api.packages",
    "sync_project": "api.projects",
    "uninstall_packages": "api.packages",
}

__all__ = [
    "Cache",
    "CachePart",
    "Change",
    "Changed",
    "Config",
    "Installed",
    "InterpreterNotFound",
    "Lock",
    "LockOutdated",
    "LockedPackage",
    "NoSolution",
    "Python",
    "Removed",
    "Resolved",
    "WeftError",
    "__version__",
    "create_environment",
    "find_python",
    "install_requirements",
    "list_packages",
    "lock_project",
    "resolve_requirements",
    "sync_project",
    "uninstall_packages",
]


def __getattr__(name: str) -> object:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module `weft` has no attribute `{name}`")
    found: object = getattr(__import__(f"weft.{place}", fromlist=(name,)), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
