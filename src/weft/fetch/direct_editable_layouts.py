"""Where three back ends look for the package of a project, and what their editable wheels hold.

Owns that for plain layouts, with one package. Refuses others, and options that it does not know.
Follows the documentation of hatchling, flit_core and uv_build.
"""

from __future__ import annotations

from weft.core.names import normalize_name
from weft.core.value import value
from weft.fetch.direct_editable_metadata import (
    entry_points,
    flit_metadata,
    hatchling_metadata,
    uv_metadata,
)
from weft.fetch.direct_editable_project import (
    NotPlainError,
    demand,
    read_plain_file,
    usual_license_files,
)
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.fetch.direct_editable_project import PlainProject


@value
class EditableWheel:
    """What goes into one: `pth` is (file name, directory), `tag` the Python tag."""

    pth: tuple[str, str]
    metadata: str
    entry_points: str
    licenses: tuple[tuple[str, bytes], ...] = ()
    tag: str = "py3"


def hatchling_wheel(project: PlainProject, tree: str, options: Any) -> EditableWheel:
    """`options` are those of `[tool.hatch]`. Raises NotPlainError."""
    demand(isinstance(options, dict) and not set(options) - {"build", "envs", "version"})
    demand(not os.path.lexists(os.path.join(tree, "hatch.toml")))
    names = _licenses(project, tree)
    below = _hatchling_packages(options.get("build", {}), tree) or _hatchling_default(project, tree)
    name = escaped(project.name)
    return EditableWheel(
        (f"_editable_impl_{name}.pth", below),
        hatchling_metadata(project, names),
        entry_points(project).removesuffix("\n"),
        _license_contents(names, tree),
        _hatchling_tag(project),
    )


def _hatchling_packages(build: Any, tree: str) -> str | None:
    """The directory of the one package that is named; None without options."""
    demand(isinstance(build, dict) and not set(build) - {"targets"})
    targets = build.get("targets", {})
    demand(isinstance(targets, dict) and not set(targets) - {"wheel", "sdist"})
    options = targets.get("wheel", {})
    demand(isinstance(options, dict) and not set(options) - {"packages"})
    if "packages" not in options:
        return None
    packages = options["packages"]
    demand(isinstance(packages, list) and len(packages) == 1 and isinstance(packages[0], str))
    parts = packages[0].split("/")
    demand(len(parts) <= 2 and all(part.isidentifier() and part.isascii() for part in parts))
    _demand_package(tree, parts)
    return os.path.join(tree, *parts[:-1])


def _hatchling_default(project: PlainProject, tree: str) -> str:
    """Where hatchling finds the package: at the top, below `src`, or as one module."""
    for name in dict.fromkeys((project.name.replace("-", "_"), escaped(project.name))):
        for parts in ([name], ["src", name]):
            if os.path.isfile(os.path.join(tree, *parts, "__init__.py")):
                demand("." not in name)
                _demand_package(tree, parts)
                return os.path.join(tree, *parts[:-1])
        if os.path.isfile(os.path.join(tree, f"{name}.py")):
            demand("." not in name)
            _demand_shipped(tree, [f"{name}.py"])
            return tree
        # A namespace that has a package of this name would be next.
        demand(not any(map(os.path.isfile, _below_each(tree, f"{name}/__init__.py"))))
    raise NotPlainError


def _below_each(tree: str, path: str) -> list[str]:
    return [os.path.join(tree, name, path) for name in os.listdir(tree)]


def _demand_package(tree: str, parts: list[str]) -> None:
    """A package of files that nothing excludes from the wheel."""
    path = os.path.join(tree, *parts)
    demand(os.path.realpath(path) == path)
    _demand_shipped(tree, [*parts, "__init__.py"])


def _demand_shipped(tree: str, parts: list[str]) -> None:
    """hatchling leaves out what the version control ignores."""
    read_plain_file(os.path.join(tree, *parts))
    demand(not os.path.lexists(os.path.join(tree, ".hgignore")))
    ignored = _ignore_file(tree)
    if ignored is None:
        return
    from weft.core.errors import WeftError
    from weft.project.cache_globs import is_mentioned

    lines = [line.strip() for line in ignored.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    for count in range(1, len(parts) + 1):
        try:
            demand(not is_mentioned("/".join(parts[:count]), lines))
        except WeftError:
            raise NotPlainError from None


def _ignore_file(tree: str) -> bytes | None:
    """The nearest `.gitignore`, upwards to the top of the repository."""
    here = tree
    while True:
        path = os.path.join(here, ".gitignore")
        if os.path.lexists(path):
            return read_plain_file(path)
        above = os.path.dirname(here)
        if above == here or os.path.lexists(os.path.join(here, ".git")):
            return None
        here = above


def _hatchling_tag(project: PlainProject) -> str:
    """Both major versions unless `requires-python` excludes one."""
    if not project.requires_python:
        return "py2.py3"
    from weft.core.ranges import contains
    from weft.core.specifier import Specifiers
    from weft.core.version import version_key

    allowed = Specifiers.parse(project.requires_python_raw).ranges
    found = []
    for major in (2, 3):
        keys = [version_key(f"{major}.{minor}.100") for minor in range(100)]
        if any(key is not None and contains(allowed, key) for key in keys):
            found.append(f"py{major}")
    demand(found)
    return ".".join(found)


def flit_wheel(project: PlainProject, tree: str, options: Any) -> EditableWheel:
    """`options` are those of `[tool.flit]`. Raises NotPlainError."""
    demand(isinstance(options, dict) and not set(options) - {"module"})
    module = project.name.replace("-", "_")
    if "module" in options:
        table = options["module"]
        demand(isinstance(table, dict) and set(table) == {"name"})
        module = table["name"]
    demand(isinstance(module, str) and module.isidentifier() and module.isascii())
    places = [
        below
        for below in (tree, os.path.join(tree, "src"))
        for found in (os.path.isdir(f"{below}/{module}"), os.path.isfile(f"{below}/{module}.py"))
        if found
    ]
    demand(len(places) == 1)
    names = _licenses(project, tree)
    return EditableWheel(
        (f"{module}.pth", os.path.realpath(places[0])),
        flit_metadata(project, names, module),
        entry_points(project, equals="=", by_name=True),
        _license_contents(names, tree),
        _flit_tag(project),
    )


def _flit_tag(project: PlainProject) -> str:
    """Both major versions unless a part of `requires-python` begins with 3 and no upper bound."""
    for operator, version in project.requires_python:
        if version[0] in "3456789" and operator in (">", ">=", "~=", "=="):
            return "py3"
    return "py2.py3"


def uv_wheel(project: PlainProject, tree: str, options: Any) -> EditableWheel:
    """`options` are those of `[tool.uv]`. Raises NotPlainError."""
    demand(isinstance(options, dict))
    settings = options.get("build-backend", {})
    demand(isinstance(settings, dict) and not set(settings) - {"module-root", "module-name"})
    root, module = settings.get("module-root", "src"), settings.get("module-name")
    module = escaped(project.name) if module is None else module
    demand(root in ("src", "") and isinstance(module, str))
    demand(module.isidentifier() and module.isascii())
    read_plain_file(os.path.join(tree, root, module, "__init__.py"))
    return EditableWheel(
        (f"{escaped(project.name)}.pth", os.path.join(tree, root)),
        uv_metadata(project),
        entry_points(project),
    )


def escaped(name: str) -> str:
    """A project name as file names have it."""
    return normalize_name(name).replace("-", "_")


def _licenses(project: PlainProject, tree: str) -> tuple[str, ...]:
    return usual_license_files(tree) if project.license_files is None else project.license_files


def _license_contents(names: tuple[str, ...], tree: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, read_plain_file(os.path.join(tree, name))) for name in names)
