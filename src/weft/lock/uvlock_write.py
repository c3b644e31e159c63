"""The text of a `uv.lock`.

Owns the order of keys and the layout, which are those of uv byte for byte, so that one project can
be worked on with both tools. Refuses to sort (`uvorder` does) and to change what a value says;
it leaves out what is redundant: version and source of a dependency whose name is unique.
Follows the file's version 1, revision 5, and TOML 1.0.
"""

from __future__ import annotations

from weft.lock.quoting import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.lock.uvmodel import (
        Groups,
        UvConflictItem,
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

_BARE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_PLACEHOLDER = (
    " # This has no effect and is included for backwards compatibility when using relative "
    "exclude-newer values."
)


class Lines(list[str]):
    """The lines of a document; all its tables lie below `top`, which is empty or ends in a dot."""

    top = ""

    def table(self, name: str) -> None:
        """The header of a table."""
        self.extend(("", f"[{self.top}{name}]"))

    def row(self, name: str) -> None:
        """The header of the next table of an array."""
        self.extend(("", f"[[{self.top}{name}]]"))


def write_uv_lock(lock: UvLock) -> str:
    """The whole text, with a line feed at its end."""
    lines = Lines()
    write_head(lines, lock)
    ambiguous = ambiguous_names(lock.packages)
    for package in lock.packages:
        lines.row("package")
        write_package(lines, package, ambiguous, "package")
    lines.append("")
    return "\n".join(lines)


def write_head(lines: Lines, lock: UvLock) -> None:
    """All but the packages."""
    lines.append(f"version = {lock.version}")
    if lock.revision:
        lines.append(f"revision = {lock.revision}")
    lines.append(f"requires-python = {quoted(lock.requires_python)}")
    for key, markers in (
        ("resolution-markers", lock.resolution_markers),
        ("supported-markers", lock.supported_markers),
        ("required-markers", lock.required_markers),
    ):
        if markers:
            _rows(lines, key, map(quoted, markers))
    if lock.conflicts:
        lines.append(f"conflicts = [{', '.join(map(_conflict_set, lock.conflicts))}]")
    _options(lines, lock.options)
    _manifest(lines, lock.manifest)


def ambiguous_names(packages: Iterable[UvPackage]) -> frozenset[str]:
    """Names that several packages have."""
    seen: set[str] = set()
    twice: set[str] = set()
    for package in packages:
        (twice if package.name in seen else seen).add(package.name)
    return frozenset(twice)


def _conflict_set(items: tuple[UvConflictItem, ...]) -> str:
    rows = "".join([f"    {_conflict(item)},\n" for item in items])
    return f"[\n{rows}]"


def _conflict(item: UvConflictItem) -> str:
    if item.kind == "project":
        return f"{{ package = {quoted(item.package)} }}"
    return f"{{ package = {quoted(item.package)}, {item.kind} = {quoted(item.name)} }}"


def _options(lines: Lines, options: UvOptions) -> None:
    start = len(lines)
    for key, text in (
        ("resolution-mode", options.resolution_mode),
        ("prerelease-mode", options.prerelease_mode),
        ("fork-strategy", options.fork_strategy),
    ):
        if text:
            lines.append(f"{key} = {quoted(text)}")
    cutoff = options.exclude_newer
    if cutoff is not None:
        comment = _PLACEHOLDER if cutoff.span else ""
        lines.append(f"exclude-newer = {quoted(cutoff.moment)}{comment}")
        if cutoff.span:
            lines.append(f"exclude-newer-span = {quoted(cutoff.span)}")
    if options.prerelease_package:
        lines.table("options.prerelease-package")
        lines += [f"{_key(name)} = {quoted(mode)}" for name, mode in options.prerelease_package]
    if options.exclude_newer_package:
        lines.table("options.exclude-newer-package")
        for name, each in options.exclude_newer_package:
            text = "false" if each is None else quoted(each.moment)
            if each is not None and each.span:
                text = f"{{ timestamp = {text}, span = {quoted(each.span)} }}"
            lines.append(f"{_key(name)} = {text}")
    if len(lines) > start:
        lines[start:start] = ("", f"[{lines.top}options]")


def _manifest(lines: Lines, manifest: UvManifest) -> None:
    start = len(lines)
    if manifest.members:
        _rows(lines, "members", map(quoted, manifest.members))
    _default_groups(lines, manifest.default_groups)
    _requirements(lines, "requirements", manifest.requirements)
    _requirements(lines, "constraints", manifest.constraints)
    _requirements(lines, "overrides", manifest.overrides)
    if manifest.excludes:
        _few(lines, "excludes", list(map(quoted, manifest.excludes)))
    _requirements(lines, "build-constraints", manifest.build_constraints)
    if len(lines) > start:  # its tables alone do not make it have a header
        lines[start:start] = ("", f"[{lines.top}manifest]")
    if manifest.dependency_groups:
        lines.table("manifest.dependency-groups")
        for name, requirements in manifest.dependency_groups:
            _few(lines, name, list(map(_requirement, requirements)))
    _group_pythons(lines, manifest.group_pythons, "manifest")
    for metadata in manifest.dependency_metadata:
        _dependency_metadata(lines, metadata)


def _default_groups(lines: Lines, groups: tuple[str, ...] | str | None) -> None:
    if groups is not None:
        shown = quoted(groups) if isinstance(groups, str) else _array(groups)
        lines.append(f"default-groups = {shown}")


def _group_pythons(lines: Lines, pythons: tuple[tuple[str, str], ...], table: str) -> None:
    if pythons:
        lines.table(f"{table}.group-requires-python")
        lines += [f"{_key(name)} = {quoted(text)}" for name, text in pythons]


def _dependency_metadata(lines: Lines, metadata: UvDependencyMetadata) -> None:
    lines.row("manifest.dependency-metadata")
    lines.append(f"name = {quoted(metadata.name)}")
    if metadata.version:
        lines.append(f"version = {quoted(metadata.version)}")
    if metadata.requires_dist:
        lines.append(f"requires-dist = {_array(metadata.requires_dist)}")
    if metadata.requires_python is not None:
        lines.append(f"requires-python = {quoted(metadata.requires_python)}")
    if metadata.provides_extras:
        lines.append(f"provides-extras = {_array(metadata.provides_extras)}")


def write_package(lines: Lines, package: UvPackage, ambiguous: frozenset[str], table: str) -> None:
    """What stands below the header of a package, whose further tables lie below `table`."""
    lines.append(f"name = {quoted(package.name)}")
    if package.version:
        lines.append(f"version = {quoted(package.version)}")
    lines.append(f"source = {_source(package.source)}")
    if package.resolution_markers:
        _rows(lines, "resolution-markers", map(quoted, package.resolution_markers))
    _default_groups(lines, package.metadata.default_groups)
    if package.dependencies:
        _rows(lines, "dependencies", _dependencies(package.dependencies, ambiguous))
    if package.sdist is not None:
        lines.append(f"sdist = {_file(package.sdist)}")
    if package.wheels:
        _rows(lines, "wheels", map(_file, package.wheels))
    _groups(lines, f"{table}.optional-dependencies", package.optional_dependencies, ambiguous)
    _groups(lines, f"{table}.dev-dependencies", package.dev_dependencies, ambiguous)
    _group_pythons(lines, package.metadata.group_pythons, table)
    _metadata(lines, package.metadata, f"{table}.metadata")


def _groups(lines: Lines, table: str, groups: Groups, ambiguous: frozenset[str]) -> None:
    filled = [group for group in groups if group[1]]
    if filled:
        lines.table(table)
        for name, dependencies in filled:
            _rows(lines, _key(name), _dependencies(dependencies, ambiguous))


def _metadata(lines: Lines, metadata: UvMetadata, table: str) -> None:
    if not (metadata.requires_dist or metadata.requires_dev or metadata.provides_extras):
        return
    lines.table(table)
    _requirements(lines, "requires-dist", metadata.requires_dist)
    if metadata.provides_extras:
        lines.append(f"provides-extras = {_array(metadata.provides_extras)}")
    if metadata.requires_dev:
        lines.table(f"{table}.requires-dev")
        for name, requirements in metadata.requires_dev:
            _few(lines, name, list(map(_requirement, requirements)))


# What stands on one line.


def _source(source: UvSource) -> str:
    subdirectory = f", subdirectory = {quoted(source.subdirectory)}"
    return (
        f"{{ {source.kind} = {quoted(source.location)}"
        f"{subdirectory if source.subdirectory else ''} }}"
    )


def _file(file: UvFile) -> str:
    parts = []
    if file.url:
        parts.append(f"url = {quoted(file.url)}")
    elif file.path:
        parts.append(f"path = {quoted(file.path)}")
    elif file.filename:
        parts.append(f"filename = {quoted(file.filename)}")
    if file.hash:
        parts.append(f"hash = {quoted(file.hash)}")
    if file.size is not None:
        parts.append(f"size = {file.size}")
    if file.upload_time:
        parts.append(f"upload-time = {quoted(file.upload_time)}")
    if file.zstd is not None:
        digest, size = file.zstd
        inner = [f"hash = {quoted(digest)}"] if digest else []
        inner += [] if size is None else [f"size = {size}"]
        parts.append(f"zstd = {_table(inner)}")
    return _table(parts)


def _dependencies(items: Iterable[UvDependency], ambiguous: frozenset[str]) -> Iterator[str]:
    for item in items:
        parts = [f"name = {quoted(item.name)}"]
        if item.name in ambiguous:
            if item.version:
                parts.append(f"version = {quoted(item.version)}")
            if item.source is not None:
                parts.append(f"source = {_source(item.source)}")
        if item.extras:
            parts.append(f"extra = {_array(item.extras)}")
        if item.marker:
            parts.append(f"marker = {quoted(item.marker)}")
        yield _table(parts)


def _requirement(item: UvRequirement) -> str:
    parts = [f"name = {quoted(item.name)}"]
    if item.extras:
        parts.append(f"extras = {_array(item.extras)}")
    if item.groups:
        parts.append(f"groups = {_array(item.groups)}")
    if item.marker:
        parts.append(f"marker = {quoted(item.marker)}")
    if item.source is not None:
        parts.append(_source(item.source)[2:-2])
    if item.specifier:
        parts.append(f"specifier = {quoted(item.specifier)}")
    if item.index:
        parts.append(f"index = {quoted(item.index)}")
    if item.conflict is not None:
        parts.append(f"conflict = {_conflict(item.conflict)}")
    return _table(parts)


def _requirements(lines: list[str], key: str, items: tuple[UvRequirement, ...]) -> None:
    if items:
        _few(lines, key, list(map(_requirement, items)))


# TOML.


def _rows(lines: list[str], key: str, rows: Iterable[str]) -> None:
    lines.append(f"{key} = [")
    lines += [f"    {row}," for row in rows]
    lines.append("]")


def _few(lines: list[str], key: str, rows: list[str]) -> None:
    """As rows, but none and one of them stay on the line of the key."""
    if len(rows) > 1:
        _rows(lines, _key(key), rows)
    else:
        lines.append(f"{_key(key)} = [{''.join(rows)}]")


def _array(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _table(parts: list[str]) -> str:
    return f"{{ {', '.join(parts)} }}" if parts else "{}"


def _key(name: str) -> str:
    return name if name and not name.strip(_BARE) else quoted(name)
