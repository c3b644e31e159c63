"""Metadata of a source tree, where it can be had without running anything.

Owns the rules by which a tree's own word is as good as a build's. Refuses to guess: whatever is
dynamic, contradicts what is known, or cannot be parsed is left to the back end, which then says
what is wrong. `requires.txt` of an egg-info is never believed, it may be older than the tree.
Follows PEP 643 (PKG-INFO) and PEP 621 (`[project]`).
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.metadata import Metadata
    from weft.project.pyproject import Pyproject

# Fields in which a wheel must not differ from its source, and that a resolution needs.
_PKG_INFO = frozenset(("name", "version", "requires-dist", "requires-python", "provides-extra"))
_PROJECT = frozenset(
    ("name", "version", "dependencies", "optional-dependencies", "requires-python")
)


def read_static(
    tree: str, *, name: str | None, version: str | None, packaged: bool = True
) -> Metadata | None:
    """The metadata that the tree states for certain; None where a back end has to be asked.

    `name` (normalized) and `version` are what is known; a tree that says something else is not
    believed. `packaged` says that the tree is that of a source distribution: only there `PKG-INFO`
    was made with it. Raises SystemFailure where a file cannot be read.
    """
    found = _from_pkg_info(tree) if packaged else None
    if found is None or not _fits(found, name, version):
        found = _from_pyproject(tree)
    return found if found is not None and _fits(found, name, version) else None


def read_name(tree: str) -> str:
    """The normalized name that `pyproject.toml` or `setup.cfg` gives a project; empty for none.

    Nothing is checked: who builds it hears more. Raises SystemFailure where a file is unreadable.
    """
    from weft.core.names import is_valid_name, normalize_name
    from weft.system.files import read_bytes

    for filename, read in (("pyproject.toml", _name_in_toml), ("setup.cfg", _name_in_setup_cfg)):
        data = read_bytes(os.path.join(tree, filename))
        name = read(data.decode(errors="replace")) if data is not None else None
        if isinstance(name, str) and is_valid_name(name):
            return normalize_name(name)
    return ""


def _name_in_toml(text: str) -> object:
    """Of the project, else what Poetry has in a table of its own."""
    from weft.project.toml import TomlError, parse_toml

    try:
        tables = parse_toml(text)
    except TomlError:
        return None
    for path in (("project",), ("tool", "poetry")):
        table: object = tables
        for key in path:
            table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict) and "name" in table:
            return table["name"]
    return None


def _name_in_setup_cfg(text: str) -> object:
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except Error:
        return None
    return parser.get("metadata", "name", fallback=None)


def _fits(metadata: Metadata, name: str | None, version: str | None) -> bool:
    from weft.core.version import version_key

    if name and metadata.normalized_name != name:
        return False
    return not version or version_key(metadata.version) == version_key(version)


def _from_pkg_info(tree: str) -> Metadata | None:
    from weft.core.metadata import Metadata, MetadataError, with_packed
    from weft.system.files import read_bytes

    data = read_bytes(os.path.join(tree, "PKG-INFO"))
    if data is None:
        return None
    try:
        metadata = with_packed(Metadata.parse(data))
    except MetadataError:
        return None
    major, _, minor = metadata.metadata_version.partition(".")
    if major != "2" or not minor.isdecimal() or int(minor) < 2:
        return None
    return None if _PKG_INFO.intersection(metadata.dynamic) else metadata


def _from_pyproject(tree: str) -> Metadata | None:
    from weft.core.metadata import MetadataError, with_packed
    from weft.project.pyproject import PyprojectError, parse_pyproject
    from weft.project.toml import TomlError, parse_toml
    from weft.system.files import read_bytes

    path = os.path.join(tree, "pyproject.toml")
    data = read_bytes(path)
    if data is None:
        return None
    try:
        text = data.decode()
        tables = parse_toml(text)
        project = parse_pyproject(text, path)
        if _is_dynamic(tables, project):
            return None
        return with_packed(_metadata(tables["project"], project))
    except (UnicodeDecodeError, TomlError, PyprojectError, MetadataError):
        return None


def _is_dynamic(tables: Mapping[str, object], project: Pyproject) -> bool:
    """Whether only the back end knows name, version or requirements."""
    if project.name is None or _PROJECT.intersection(project.dynamic):
        return True
    # Poetry's projects may have their dependencies in a table of their own.
    table, tool = tables["project"], tables.get("tool")
    poetry = isinstance(tool, dict) and "poetry" in tool
    return poetry and isinstance(table, dict) and "dependencies" not in table


def _metadata(table: Mapping[str, object], project: Pyproject) -> Metadata:
    """What a back end would make of the table. Raises MetadataError."""
    from weft.core.metadata import Metadata, MetadataError
    from weft.core.specifier import SpecifierError, Specifiers
    from weft.core.version import Version, VersionError

    written = table.get("version")
    if not isinstance(written, str):
        raise MetadataError("`project.version` is missing")
    try:
        version = Version.parse(written).text
        if project.requires_python is not None:
            Specifiers.parse(project.requires_python)
    except (VersionError, SpecifierError) as error:
        raise MetadataError(error.message) from error
    requires = list(project.dependencies)
    for extra, texts in project.extras.items():
        requires += [_with_extra(text, extra) for text in texts]
    return Metadata(
        str(table["name"]),
        version,
        metadata_version="2.2",
        requires_dist=tuple(requires),
        requires_python=project.requires_python,
        provides_extra=tuple(project.extras),
    )


def _with_extra(text: str, extra: str) -> str:
    """A requirement that counts where the extra is asked for. Raises MetadataError."""
    from weft.core.metadata import MetadataError
    from weft.core.requirement import Requirement, RequirementError
    from weft.core.value import replace

    try:
        requirement = Requirement.parse_lenient(text)
    except RequirementError as error:
        raise MetadataError(error.message) from error
    condition = f"extra == '{extra}'"
    if requirement.marker is not None:
        condition = f"({requirement.marker.text}) and {condition}"
    return f"{replace(requirement, marker=None).text} ; {condition}"
