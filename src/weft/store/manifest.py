"""The manifest of an entry: all that installing needs to know about an unpacked wheel.

Owns the format, the id that addresses an entry by its content, and the view through which others
read it. Refuses to look at the tree: a manifest is made once, while unpacking, and believed ever
after. Built for reading a hundred at once: one small `marshal.loads` each, the facts about single
files and the metadata stay packed until somebody asks.
"""

from __future__ import annotations

import marshal

from weft.core.names import NormalizedName
from weft.store.layout import MARSHAL_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal

    from weft.store.record import Fact
    from weft.store.scripts import EntryPoint

    Scheme = Literal["lib", "purelib", "platlib", "scripts", "headers", "data"]
    #: scheme, directory in the tree, directory below the scheme's root, names of files with
    #: content, and (name, mode) of empty files. "" is the tree or the root itself.
    Group = tuple[Scheme, bytes, bytes, tuple[bytes, ...], tuple[tuple[bytes, int], ...]]
    Tops = tuple[tuple[Scheme, tuple[bytes, ...]], ...]

_FIELDS = 15


def entry_id(facts: Iterable[Fact]) -> str:
    """The address of an entry: 64 hex digits over what it contains.

    The sha256 over, for each file in ascending order of its path (RECORD left out): the path, a
    NUL, `x` if it is executable else `-`, the size in decimal, a NUL, and the raw sha256.
    """
    from weft.core.digest import new_sha256

    running = new_sha256()
    running.update(
        b"".join(
            b"%b\0%b%d\0%b" % (path, b"x" if executable else b"-", size, digest)
            for path, size, executable, digest in sorted(facts)
        )
    )
    return running.hexdigest()


class Manifest:
    """A thin view over the unmarshalled tuple; each property is one of its fields."""

    __slots__ = ("_fields",)

    def __init__(self, fields: tuple[Any, ...]) -> None:
        self._fields = fields

    @classmethod
    def load(cls, data: bytes) -> Manifest:
        """Read what `dump` wrote. Raises ValueError for anything else."""
        try:
            fields = marshal.loads(data)
        except (EOFError, TypeError) as error:
            raise ValueError("not a manifest") from error
        if type(fields) is not tuple or len(fields) != _FIELDS:
            raise ValueError("not a manifest")
        return cls(fields)

    def dump(self) -> bytes:
        """The bytes of the file `manifest`."""
        return marshal.dumps(self._fields, MARSHAL_VERSION)

    @classmethod
    def make(
        cls,
        *,
        name: NormalizedName,
        version: str,
        dist_info: str,
        root_is_purelib: bool,
        tags: tuple[str, ...],
        directories: tuple[tuple[Scheme, bytes], ...],
        groups: tuple[Group, ...],
        rewrites: tuple[tuple[bytes, str], ...],
        entry_points: tuple[EntryPoint, ...],
        record: bytes,
        other_rows: tuple[tuple[Scheme, bytes, bytes], ...],
        files: int,
        size: int,
        metadata: tuple[Any, ...],
        facts: tuple[Fact, ...],
    ) -> Manifest:
        """Put the fields together; what each means is said at its property."""
        return cls(
            (
                name, version, dist_info, root_is_purelib, tags, directories, groups, rewrites,
                entry_points, record, other_rows, files, size,
                marshal.dumps(metadata, MARSHAL_VERSION), marshal.dumps(facts, MARSHAL_VERSION),
            )
        )  # fmt: skip

    @property
    def name(self) -> NormalizedName:
        """The project's normalized name; the one it gives itself is in the metadata."""
        return NormalizedName(self._fields[0])

    @property
    def version(self) -> str:
        """The version as METADATA writes it."""
        return self._fields[1]  # type: ignore[no-any-return]

    @property
    def dist_info(self) -> str:
        """The name of the `.dist-info` directory, spelt as in the wheel."""
        return self._fields[2]  # type: ignore[no-any-return]

    @property
    def root_is_purelib(self) -> bool:
        """Whether the scheme `lib` is `purelib` (else `platlib`)."""
        return self._fields[3]  # type: ignore[no-any-return]

    @property
    def tags(self) -> tuple[str, ...]:
        """The `Tag` lines of WHEEL, in their order."""
        return self._fields[4]  # type: ignore[no-any-return]

    @property
    def directories(self) -> tuple[tuple[Scheme, bytes], ...]:
        """What must exist for the groups: (scheme, path below its root), parents first.

        The roots themselves are not listed.
        """
        return self._fields[5]  # type: ignore[no-any-return]

    @property
    def groups(self) -> tuple[Group, ...]:
        """What to link, by directory.

        Nothing in them needs a second step: the parts of `.data` are mapped to their schemes, and
        scripts have their x bit. Left out: RECORD, INSTALLER, REQUESTED and direct_url.json of
        the dist-info directory, which an installer writes itself; scripts listed in `rewrites`;
        scripts that an entry point of the same name replaces.
        """
        return self._fields[6]  # type: ignore[no-any-return]

    @property
    def rewrites(self) -> tuple[tuple[bytes, str], ...]:
        """(path in the tree, script name) of scripts whose first line is `#!python…`."""
        return self._fields[7]  # type: ignore[no-any-return]

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """(`console` or `gui`, name, module, attribute), sorted; checked to be identifiers."""
        return self._fields[8]  # type: ignore[no-any-return]

    @property
    def record(self) -> bytes:
        """Finished RECORD rows, each with its newline, sorted: all files of the groups of `lib`.

        Their paths are relative to the directory that the wheel's root goes to. The rows of
        generated files and of RECORD itself are the installer's to add.
        """
        return self._fields[9]  # type: ignore[no-any-return]

    @property
    def other_rows(self) -> tuple[tuple[Scheme, bytes, bytes], ...]:
        """(scheme, path below its root, rest of the row) for files of the other schemes.

        Where those lie seen from `lib` is known when there is an environment; put the path
        through `weft.store.record.quoted` and append the rest, which ends with a newline.
        """
        return self._fields[10]  # type: ignore[no-any-return]

    @property
    def files(self) -> int:
        """How many files the groups hold, empty ones too."""
        return self._fields[11]  # type: ignore[no-any-return]

    @property
    def bytes(self) -> int:
        """How many bytes the files of the groups hold."""
        return self._fields[12]  # type: ignore[no-any-return]

    @property
    def folders(self) -> int:
        """How many directories the groups are."""
        return len(self._fields[6])

    @property
    def tops(self) -> Tops:
        """What the groups bring right below the roots: names by scheme, without the dist-info."""
        found: dict[Scheme, set[bytes]] = {}
        for scheme, _source, below, names, empties in self.groups:
            tops = found.setdefault(scheme, set())
            if below:
                tops.add(below.partition(b"/")[0])
            else:
                tops.update(names, [name for name, _mode in empties])
        if "lib" in found:
            found["lib"].discard(self.dist_info.encode())
        return tuple([(each, tuple(sorted(found[each]))) for each in sorted(found) if found[each]])

    @property
    def is_plain(self) -> bool:
        """Whether nothing depends on the environment: no scripts, nothing outside of the root."""
        return not (self.entry_points or self.rewrites or self.other_rows)

    def whole(self) -> Manifest:
        """This one, with all that it says; one that was not read yet is read, and not kept."""
        return self

    def metadata(self) -> tuple[Any, ...]:
        """METADATA as packed by weft.core.metadata."""
        return marshal.loads(self._fields[13])  # type: ignore[no-any-return]

    def facts(self) -> tuple[Fact, ...]:
        """(path, size, executable, raw sha256) of every file in the tree, sorted by path."""
        return marshal.loads(self._fields[14])  # type: ignore[no-any-return]
