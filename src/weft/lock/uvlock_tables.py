"""The plain tables of a `uv.lock` as its values, checked one by one.

Owns what each table may hold, and the sentence and the place where it does not. Refuses to parse
TOML and to compare tables with each other. Keys that are not known are ignored, as uv does.
Follows the file's version 1 up to revision 5.
"""

from __future__ import annotations

from weft.core.value import replace
from weft.lock.uvlock_values import (
    WrongTable,
    check_table,
    groups,
    hash_text,
    listed,
    marker,
    moment,
    name,
    number,
    optional,
    pairs,
    required,
    specifiers,
    text,
    version,
    wrong_type,
)
from weft.lock.uvmodel import (
    UvConflictItem,
    UvCutoff,
    UvDependency,
    UvDependencyMetadata,
    UvFile,
    UvLock,
    UvManifest,
    UvMetadata,
    UvOptions,
    UvPackage,
    UvRequirement,
    UvSource,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvlock_values import Place, Table

_SOURCES = ("registry", "git", "url", "path", "directory", "editable", "virtual")


def lock_of(top: Table) -> UvLock:
    """The whole document. Raises WrongTable."""
    version = required(top, (), "version", number)
    return UvLock(
        version=version,
        revision=optional(top, (), "revision", number, 0),
        requires_python=required(top, (), "requires-python", specifiers),
        resolution_markers=listed(top, (), "resolution-markers", marker),
        supported_markers=listed(top, (), "supported-markers", marker),
        required_markers=listed(top, (), "required-markers", marker),
        conflicts=listed(top, (), "conflicts", _conflict_set),
        options=optional(top, (), "options", options, UvOptions()),
        manifest=optional(top, (), "manifest", manifest, UvManifest()),
        packages=listed(top, (), "package", package),
    )


def package(table: Table, place: Place) -> UvPackage:
    """One of `[[package]]`, with all its files."""
    check_table(table, place)
    told = optional(table, place, "metadata", metadata, UvMetadata())
    return UvPackage(
        name=required(table, place, "name", name),
        version=optional(table, place, "version", version, ""),
        source=required(table, place, "source", source),
        resolution_markers=listed(table, place, "resolution-markers", marker),
        dependencies=listed(table, place, "dependencies", dependency),
        optional_dependencies=groups(table, place, "optional-dependencies", dependency),
        dev_dependencies=groups(table, place, "dev-dependencies", dependency),
        sdist=optional(table, place, "sdist", file, None),
        wheels=listed(table, place, "wheels", wheel),
        metadata=replace(
            told,
            default_groups=default_groups(table, place),
            group_pythons=group_pythons(table, place),
        ),
    )


def default_groups(table: Table, place: Place) -> tuple[str, ...] | str | None:
    """Names, "all", or None where nothing is said."""
    if table.get("default-groups") == "all":
        return "all"
    found = listed(table, place, "default-groups", name)
    return found if "default-groups" in table else None


def group_pythons(table: Table, place: Place) -> tuple[tuple[str, str], ...]:
    """The Pythons that each group needs, in the order in which they stand."""
    inner = table.get("group-requires-python", {})
    place = (*place, "group-requires-python")
    check_table(inner, place)
    return tuple([(name(key, place), specifiers(inner[key], (*place, key))) for key in inner])


def source(table: Table, place: Place) -> UvSource:
    """Where a package comes from: one of the seven keys."""
    found = _source(table, place) if isinstance(table, dict) else None
    if found is None:
        raise WrongTable(place, f"a source needs one of: {', '.join(f'`{k}`' for k in _SOURCES)}")
    return found


def _source(table: Table, place: Place) -> UvSource | None:
    for kind in _SOURCES:
        if kind in table:
            location = text(table[kind], (*place, kind))
            subdirectory = table.get("subdirectory") if kind == "url" else None
            if subdirectory is None:
                return UvSource(kind, location)  # type: ignore[arg-type]  # one of the literals
            return UvSource("url", location, _inner(subdirectory, (*place, "subdirectory")))
    return None


def _inner(item: object, place: Place) -> str:
    """A path in an archive, which it must not leave."""
    found = text(item, place)
    parts = found.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0]:
        raise WrongTable(place, f"`{found}` leads out of the source tree")
    return found


def file(table: Table, place: Place) -> UvFile:
    """A source distribution, which may have neither URL nor path."""
    check_table(table, place)
    zstd = table.get("zstd")
    return UvFile(
        url=optional(table, place, "url", text, ""),
        path=optional(table, place, "path", text, ""),
        filename=optional(table, place, "filename", text, ""),
        hash=optional(table, place, "hash", hash_text, ""),
        size=optional(table, place, "size", number, None),
        upload_time=optional(table, place, "upload-time", moment, ""),
        zstd=None if zstd is None else _zstd(zstd, (*place, "zstd")),
    )


def _zstd(table: Table, place: Place) -> tuple[str, int | None]:
    check_table(table, place)
    digest = optional(table, place, "hash", hash_text, "")
    return digest, optional(table, place, "size", number, None)


def wheel(table: Table, place: Place) -> UvFile:
    """A wheel, whose name has to be one."""
    found = file(table, place)
    if not (found.url or found.path or found.filename):
        raise WrongTable(place, "wheel has no URL, path, or filename")
    from weft.core.filename import FilenameError, WheelName

    filename = file_name(found)
    try:
        WheelName.parse(filename)
    except FilenameError as error:
        reason = f"failed to parse `{filename}` as wheel filename: {error.message}"
        raise WrongTable(place, reason) from None
    return found


def file_name(file: UvFile) -> str:
    """The last part of what says where the file is; empty for a sdist that is its source."""
    from weft.lock.model import last_of_path, last_of_url

    if file.url:
        tail = file.url.rpartition("/")[2]
        return last_of_url(tail) if "%" in tail or "#" in tail or "?" in tail else tail
    return last_of_path(file.path) if file.path else file.filename


def dependency(table: Table, place: Place) -> UvDependency:
    """An edge."""
    check_table(table, place)
    return UvDependency(
        name=required(table, place, "name", name),
        version=optional(table, place, "version", version, ""),
        source=optional(table, place, "source", source, None),
        extras=listed(table, place, "extra", name),
        marker=optional(table, place, "marker", marker, ""),
    )


def requirement(table: Table, place: Place) -> UvRequirement:
    """One of `requires-dist`, of a group, or of the manifest."""
    check_table(table, place)
    origin = _source({key: table[key] for key in table if key != "registry"}, place)
    conflict = table.get("conflict")
    return UvRequirement(
        name=required(table, place, "name", name),
        extras=listed(table, place, "extras", name),
        groups=listed(table, place, "groups", name),
        marker=optional(table, place, "marker", marker, ""),
        source=origin,
        specifier=optional(table, place, "specifier", specifiers, ""),
        index=optional(table, place, "index", text, ""),
        conflict=None if conflict is None else _conflict(conflict, (*place, "conflict")),
    )


def metadata(table: Table, place: Place) -> UvMetadata:
    """What a tree asked for when it was locked."""
    check_table(table, place)
    return UvMetadata(
        listed(table, place, "requires-dist", requirement),
        listed(table, place, "provides-extras", name),
        groups(table, place, "requires-dev", requirement),
    )


def manifest(table: Table, place: Place) -> UvManifest:
    """What the resolution started from."""
    check_table(table, place)
    return UvManifest(
        members=listed(table, place, "members", name),
        requirements=listed(table, place, "requirements", requirement),
        constraints=listed(table, place, "constraints", requirement),
        overrides=listed(table, place, "overrides", requirement),
        excludes=listed(table, place, "excludes", name),
        build_constraints=listed(table, place, "build-constraints", requirement),
        dependency_groups=groups(table, place, "dependency-groups", requirement),
        dependency_metadata=listed(table, place, "dependency-metadata", _dependency_metadata),
        default_groups=default_groups(table, place),
        group_pythons=group_pythons(table, place),
    )


def _dependency_metadata(table: Table, place: Place) -> UvDependencyMetadata:
    check_table(table, place)
    return UvDependencyMetadata(
        name=required(table, place, "name", name),
        version=optional(table, place, "version", version, ""),
        requires_dist=listed(table, place, "requires-dist", text),
        requires_python=optional(table, place, "requires-python", specifiers, None),
        provides_extras=listed(table, place, "provides-extras", name),
    )


def options(table: Table, place: Place) -> UvOptions:
    """How it was resolved."""
    check_table(table, place)
    cutoff = None
    if "exclude-newer" in table or "exclude-newer-span" in table:
        cutoff = UvCutoff(
            optional(table, place, "exclude-newer", moment, ""),
            optional(table, place, "exclude-newer-span", text, ""),
        )
    return UvOptions(
        resolution_mode=optional(table, place, "resolution-mode", text, ""),
        prerelease_mode=optional(table, place, "prerelease-mode", text, ""),
        fork_strategy=optional(table, place, "fork-strategy", text, ""),
        exclude_newer=cutoff,
        prerelease_package=pairs(table, place, "prerelease-package", text),
        exclude_newer_package=pairs(table, place, "exclude-newer-package", _package_cutoff),
    )


def _package_cutoff(item: object, place: Place) -> UvCutoff | None:
    if item is False:
        return None
    if isinstance(item, dict):
        return UvCutoff(
            required(item, place, "timestamp", moment), optional(item, place, "span", text, "")
        )
    return UvCutoff(moment(item, place))


def _conflict_set(items: object, place: Place) -> tuple[UvConflictItem, ...]:
    if not isinstance(items, list):
        raise wrong_type(items, place, "a sequence")
    found = tuple([_conflict(item, (*place, place_in)) for place_in, item in enumerate(items)])
    if len(found) < 2:
        count = "only one" if found else "none"
        raise WrongTable(
            place, f"Each set of conflicts must have at least two entries, but found {count}"
        )
    return found


def _conflict(table: Table, place: Place) -> UvConflictItem:
    check_table(table, place)
    owner = required(table, place, "package", name)
    extra = optional(table, place, "extra", name, "")
    group = optional(table, place, "group", name, "")
    if extra and group:
        raise WrongTable(
            place, "Expected one of `extra` or `group` in conflicting entry, but found both"
        )
    if extra or group:
        return UvConflictItem(owner, "extra" if extra else "group", extra or group)
    return UvConflictItem(owner)
