"""The order of everything in a `uv.lock`.

Owns what comes before what, so that the same resolution gives the same file whoever makes it: names
are compared first, and what differs in its marker alone by the decisions of the marker. Refuses to
change anything but the order, and to have a thing twice in a set.
Follows the order that uv writes.
"""

from __future__ import annotations

from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from weft.core.marker_nodes import Node
    from weft.lock.uvmodel import (
        Groups,
        UvDependency,
        UvLock,
        UvManifest,
        UvMetadata,
        UvOptions,
        UvPackage,
        UvRequirement,
        UvSource,
    )

    Item = TypeVar("Item")
    Key = tuple[Any, ...]

_SOURCES = ("registry", "git", "url", "path", "directory", "editable", "virtual")
_REQUIREMENTS = ("", "url", "git", "path", "directory", "editable", "virtual")
_OPERATORS = ("==", "==*", "===", "!=", "!=*", "~=", "<", "<=", ">", ">=")
_KINDS = {"R": 4, "S": 5, "Y": 6, "Z": 6, "X": 7}  # of decisions that are yes or no


def arranged(lock: UvLock) -> UvLock:
    """The same lock in order. Files, regions and sets of conflicts stay as they are."""
    packages = [_package(package) for package in lock.packages]
    return replace(
        lock,
        options=_options(lock.options),
        manifest=_manifest(lock.manifest),
        packages=_sorted(packages, lambda each: (each.name,), _identity),
    )


def requirements(items: Iterable[UvRequirement]) -> tuple[UvRequirement, ...]:
    """Requirements in order, each once."""
    return _sorted(
        dict.fromkeys(items),
        lambda each: (each.name, each.extras, each.groups),
        lambda each: (marker_order(each.marker), _requirement_source(each)),
    )


def dependencies(edges: Iterable[UvDependency]) -> tuple[UvDependency, ...]:
    """Edges in order, each once."""
    return _sorted(
        dict.fromkeys(edges),
        lambda each: (each.name,),
        lambda each: (
            version_order(each.version),
            _source(each.source),
            each.extras,
            marker_order(each.marker),
        ),
    )


def _sorted(
    items: Iterable[Item], first: Callable[[Item], Key], then: Callable[[Item], Key]
) -> tuple[Item, ...]:
    """By `first`, and only what that does not tell apart by `then`, which costs more."""
    alike: dict[Key, list[Item]] = {}
    for item in items:
        alike.setdefault(first(item), []).append(item)
    found: list[Item] = []
    for key in sorted(alike):
        found += alike[key] if len(alike[key]) == 1 else sorted(alike[key], key=then)
    return tuple(found)


def _package(package: UvPackage) -> UvPackage:
    return replace(
        package,
        dependencies=dependencies(package.dependencies),
        optional_dependencies=_groups(package.optional_dependencies),
        dev_dependencies=_groups(package.dev_dependencies),
        metadata=metadata(package.metadata),
    )


def _groups(groups: Groups) -> Groups:
    return tuple([(name, dependencies(edges)) for name, edges in sorted(groups, key=_name)])


def metadata(found: UvMetadata) -> UvMetadata:
    """The metadata of a member in order; extras stay as they are."""
    return replace(
        found,
        requires_dist=requirements(found.requires_dist),
        requires_dev=_requirement_groups(found.requires_dev),
    )


def _requirement_groups(
    groups: tuple[tuple[str, tuple[UvRequirement, ...]], ...],
) -> tuple[tuple[str, tuple[UvRequirement, ...]], ...]:
    return tuple([(name, requirements(items)) for name, items in sorted(groups, key=_name)])


def _manifest(manifest: UvManifest) -> UvManifest:
    return replace(
        manifest,
        members=tuple(sorted(set(manifest.members))),
        requirements=requirements(manifest.requirements),
        constraints=requirements(manifest.constraints),
        overrides=requirements(manifest.overrides),
        excludes=tuple(sorted(set(manifest.excludes))),
        build_constraints=requirements(manifest.build_constraints),
        dependency_groups=_requirement_groups(manifest.dependency_groups),
        dependency_metadata=_sorted(
            dict.fromkeys(manifest.dependency_metadata),
            lambda each: (each.name,),
            lambda each: (version_order(each.version), each.requires_dist),
        ),
    )


def _options(options: UvOptions) -> UvOptions:
    return replace(
        options,
        prerelease_package=tuple(sorted(options.prerelease_package, key=_name)),
        exclude_newer_package=tuple(sorted(options.exclude_newer_package, key=_name)),
    )


def _name(pair: tuple[str, object]) -> str:
    return pair[0]


# What to compare.


def package_order(package: UvPackage) -> Key:
    """What packages are sorted by: name, version, source."""
    return package.name, *_identity(package)


def _identity(package: UvPackage) -> Key:
    return version_order(package.version), _source(package.source)


def version_order(text: str) -> Key:
    """No version comes before any."""
    from weft.core.version import Version

    return (Version.parse(text).key,) if text else ()


def _source(source: UvSource | None) -> Key:
    if source is None:
        return ()
    kind = _SOURCES.index(source.kind)
    if source.kind == "registry":  # those with a URL come before directories
        return kind, "://" not in source.location, source.location
    if source.kind in ("git", "url"):
        return kind, source.location, source.subdirectory
    return kind, source.location.split("/")


def _requirement_source(item: UvRequirement) -> Key:
    source = item.source
    if source is None:
        conflict = item.conflict
        return (
            0,
            _specifiers(item.specifier),
            item.index,
            () if conflict is None else (conflict.package, conflict.kind, conflict.name),
        )
    kind = min(_REQUIREMENTS.index(source.kind), _REQUIREMENTS.index("directory"))
    if source.kind in ("git", "url"):
        return kind, source.location, source.subdirectory
    return kind, source.location.split("/"), source.kind == "editable", source.kind == "virtual"


def _specifiers(text: str) -> Key:
    """Clause by clause, each by its operator and then its version."""
    from weft.core.version import Version

    found = []
    for clause in text.split(",") if text else ():
        literal = clause.lstrip("=<>!~ ")
        operator = clause[: len(clause) - len(literal)].strip()
        if operator == "===":
            found.append((_OPERATORS.index(operator), literal.encode()))
            continue
        if literal.endswith(".*"):
            operator, literal = operator + "*", literal[:-2]
        found.append((_OPERATORS.index(operator), Version.parse(literal).key))
    return tuple(found)


def marker_order(text: str) -> Key:
    """By the decisions of a marker from the top: no marker, then versions, texts, extras."""
    from weft.core.marker import Marker
    from weft.core.marker_leaves import node_of

    return _decision(node_of(Marker.parse(text).tree)) if text else (0,)


def _decision(node: Node) -> Key:
    from weft.core.marker_nodes import FALSE, TRUE
    from weft.core.marker_variables import VERSIONS

    if node is TRUE or node is FALSE:
        return (int(node is FALSE),)
    kind, rest = node.variable[0], node.variable[1:]
    if kind in _KINDS:
        no, yes = node.kids
        return _KINDS[kind], rest, _decision(yes), _decision(no)
    ends: list[Key] = [*((0, cut) for cut in node.cuts), (1,)]
    runs = tuple([(end, _decision(kid)) for end, kid in zip(ends, node.kids, strict=True)])
    return 2 if kind in VERSIONS else 3, kind, runs
