"""Core metadata of a distribution (METADATA, PKG-INFO).

Owns the scan of the headers that weft needs. Refuses to import `email`, and to look at the
description: reading stops at the first line that is no header.
Follows https://packaging.python.org/specifications/core-metadata/.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import is_valid_name, normalize_name
from weft.core.requirement import PackedRequirements, Requirement, RequirementError
from weft.core.requirement import pack as pack_requirement
from weft.core.requirement import unpack as unpack_requirement
from weft.core.value import replace, value
from weft.core.version import Version, VersionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from weft.core.names import NormalizedName
    from weft.core.requirement import Packed

    PackedMetadata: TypeAlias = tuple[
        str,
        str,
        str,
        str | None,
        tuple[str, ...],
        tuple[str, ...],
        str,
        tuple[str, ...],
        tuple[Packed, ...],
    ]

_WANTED = frozenset(
    (
        "metadata-version",
        "name",
        "version",
        "summary",
        "requires-dist",
        "requires-python",
        "provides-extra",
        "dynamic",
    )
)


class MetadataError(WeftError):
    """The metadata cannot be used; the message says why."""


@value
class Metadata:
    """`name` is as written, `version` in normal form; tuples keep the order of the file.

    `packed` are the parsed requirements (`weft.core.requirement.pack`) when they are known.
    """

    name: str
    version: str
    metadata_version: str = ""
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    provides_extra: tuple[NormalizedName, ...] = ()
    dynamic: tuple[str, ...] = ()
    summary: str = ""
    packed: tuple[Packed, ...] | None = None

    @staticmethod
    def parse(data: bytes) -> Metadata:
        """`MetadataError` without a valid name and version; nothing else is checked yet."""
        fields = _scan(data)
        name = _single(fields, "name", "Name")
        if not is_valid_name(name):
            raise MetadataError(f"Not a valid package or extra name: `{name}`")
        try:
            version = Version.parse(_single(fields, "version", "Version")).text
        except VersionError as error:
            raise MetadataError(error.reason) from error
        return Metadata(
            name,
            version,
            metadata_version=fields.get("metadata-version", [""])[0],
            requires_dist=tuple(fields.get("requires-dist", ())),
            requires_python=fields.get("requires-python", [""])[0] or None,
            provides_extra=tuple(map(normalize_name, fields.get("provides-extra", ()))),
            dynamic=tuple([field.lower() for field in fields.get("dynamic", ())]),
            summary=fields.get("summary", [""])[0],
        )

    @property
    def normalized_name(self) -> NormalizedName:
        return normalize_name(self.name)

    @property
    def lazy_requirements(self) -> PackedRequirements | tuple[Requirement, ...]:
        """`requirements`, without unpacking them yet where that can wait."""
        return PackedRequirements(self.packed) if self.packed is not None else self.requirements

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """`requires_dist` parsed leniently; `MetadataError` names the one that cannot be."""
        if self.packed is not None:
            return tuple(map(unpack_requirement, self.packed))
        try:
            return tuple(map(Requirement.parse_lenient, self.requires_dist))
        except RequirementError as error:
            raise MetadataError(error.message) from error.detail


def pack(metadata: Metadata) -> PackedMetadata:
    """What `marshal` can write, requirements parsed: see `unpack` for the order."""
    return (
        metadata.name,
        metadata.version,
        metadata.metadata_version,
        metadata.requires_python,
        metadata.provides_extra,
        metadata.dynamic,
        metadata.summary,
        metadata.requires_dist,
        metadata.packed
        if metadata.packed is not None
        else tuple(map(pack_requirement, metadata.requirements)),
    )


def unpack(packed: PackedMetadata) -> Metadata:
    """The metadata again, without parsing anything."""
    name, version, metadata_version, requires_python, extras, dynamic, summary, texts, rows = packed
    return Metadata(
        name,
        version,
        metadata_version,
        texts,
        requires_python,
        extras,  # type: ignore[arg-type]
        dynamic,
        summary,
        rows,
    )


def with_packed(metadata: Metadata) -> Metadata:
    """The same metadata with its requirements parsed; `MetadataError` if one cannot be."""
    if metadata.packed is not None:
        return metadata
    return replace(metadata, packed=tuple(map(pack_requirement, metadata.requirements)))


def _single(fields: dict[str, list[str]], key: str, title: str) -> str:
    found = fields.get(key, [""])[0]
    if not found:
        raise MetadataError(f"Metadata field {title} not found")
    return found


def _scan(data: bytes) -> dict[str, list[str]]:
    """Wanted header values by lower-case name, folded lines joined by a space."""
    fields: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in _head(data).split("\n"):
        if line[:1] in (" ", "\t"):
            if current is not None and (more := line.strip()):
                current[-1] = f"{current[-1]} {more}" if current[-1] else more
            continue
        name, colon, text = line.rstrip("\r").partition(":")
        if not colon or not name or " " in name or "\t" in name:
            break
        name = name.lower()
        if name in _WANTED:
            current = fields.setdefault(name, [])
            current.append(text.strip())
        else:
            current = None
    return fields


def _head(data: bytes) -> str:
    """The text in front of the first blank line."""
    ends = [end for mark in (b"\n\n", b"\n\r\n") if (end := data.find(mark)) >= 0]
    return data[: min(ends, default=len(data))].decode("utf-8", "replace").removeprefix("\ufeff")
