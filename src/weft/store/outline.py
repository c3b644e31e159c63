"""The outline of an entry: what placing it needs where its files need not be named one by one.

Owns what of a manifest belongs to it, and the manifest that is read only where more is asked for.
Refuses to keep outlines (`weft.install.batch`). A spare is renamed by its topmost names, so that a
hundred wheels with fifteen thousand files are installed by what fits into a few pages.
"""

from __future__ import annotations

from weft.store.manifest import Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from weft.store.manifest import Scheme, Tops
    from weft.store.scripts import EntryPoint

    #: Name of the dist-info directory, whether the root is purelib, rewrites, entry points, other
    #: rows, files, bytes, tops, folders: what the properties of those names say. Marshal-able.
    Outline: TypeAlias = tuple[
        str,
        bool,
        tuple[tuple[bytes, str], ...],
        tuple[EntryPoint, ...],
        tuple[tuple[Scheme, bytes, bytes], ...],
        int,
        int,
        Tops,
        int,
    ]


def outline_of(manifest: Manifest) -> Outline:
    """What is needed of a manifest as long as nothing is linked."""
    return (
        manifest.dist_info,
        manifest.root_is_purelib,
        manifest.rewrites,
        manifest.entry_points,
        manifest.other_rows,
        manifest.files,
        manifest.bytes,
        manifest.tops,
        manifest.folders,
    )


class OutlinedManifest(Manifest):
    """The manifest of an entry of which only the outline is known, until somebody asks for more.

    That may raise what `read`, which is given the entry, raises.
    """

    __slots__ = ("_entry", "_outline", "_read")

    def __init__(self, entry: str, outline: Outline, read: Callable[[str], Manifest]) -> None:
        self._entry = entry
        self._outline = outline
        self._read = read

    def __getattr__(self, name: str) -> tuple[Any, ...]:
        """The slot `_fields` is empty in the beginning."""
        if name != "_fields":
            raise AttributeError(name)
        self._fields = self._read(self._entry)._fields
        return self._fields

    def whole(self) -> Manifest:
        return self._read(self._entry)

    @property
    def dist_info(self) -> str:
        return self._outline[0]

    @property
    def root_is_purelib(self) -> bool:
        return self._outline[1]

    @property
    def rewrites(self) -> tuple[tuple[bytes, str], ...]:
        return self._outline[2]

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        return self._outline[3]

    @property
    def other_rows(self) -> tuple[tuple[Scheme, bytes, bytes], ...]:
        return self._outline[4]

    @property
    def files(self) -> int:
        return self._outline[5]

    @property
    def bytes(self) -> int:
        return self._outline[6]

    @property
    def tops(self) -> Tops:
        return self._outline[7]

    @property
    def folders(self) -> int:
        return self._outline[8]
