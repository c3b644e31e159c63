"""Which modules the packages of an environment have.

Owns the way from files to names that can be imported, and the part of `workspace metadata` that
tells of an environment. Refuses to import anything, and to read what a `.pth` file leads to.
Follows the preview schema of uv's `workspace metadata`, and RECORD of the packaging specifications.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from weft.lock.uvmodel import UvLock
    from weft.python.interpreter import Interpreter

_EXTENSIONS = (".so", ".pyd")


def modules_of(paths: Iterable[str]) -> frozenset[str]:
    """Dotted names of everything that files of these relative paths make importable.

    A directory above a module counts too: it is a package, if only a namespace.
    """
    found: set[str] = set()
    for path in paths:
        *above, name = path.replace("\\", "/").split("/")
        if name.endswith(".py"):
            stem = name[:-3]
        elif name.endswith(_EXTENSIONS):
            stem = name.partition(".")[0]
        else:
            continue
        parts = above if stem == "__init__" else [*above, stem]
        if not parts or "__pycache__" in parts or not all(map(str.isidentifier, parts)):
            continue
        found.update(".".join(parts[:end]) for end in range(1, len(parts) + 1))
    return frozenset(found)


def environment_parts(
    lock: UvLock, root: str, interpreter: Interpreter, *, script: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of `environment` and of `modules`: what of the lock is installed."""
    from weft.lock.nodes import Nodes
    from weft.python.installed import direct_url, record_paths, scan

    nodes = Nodes(lock, root, script)
    there = {(str(each.name), each.version): each for each in scan(interpreter.package_directories)}
    packages: dict[str, Any] = {}
    owners: dict[str, set[str]] = {}
    for package in lock.packages:
        dist = there.get((package.name, package.version))
        if dist is None:
            continue
        identity = nodes.name(package)
        origin = direct_url(dist)
        packages[identity] = {
            "name": package.name,
            "version": package.version,
            "path": dist.path,
            "editable": origin is not None and origin.editable,
        }
        for module in modules_of(record_paths(dist) or ()):
            owners.setdefault(module, set()).add(identity)
    environment = {
        "root": interpreter.prefix,
        "python": {
            "path": interpreter.executable,
            "version": interpreter.version,
            "implementation": interpreter.markers["implementation_name"],
        },
        "packages": dict(sorted(packages.items())),
    }
    modules = {
        module: {"owners": [{"package_id": each} for each in sorted(owners[module])]}
        for module in sorted(owners)
    }
    return environment, modules
