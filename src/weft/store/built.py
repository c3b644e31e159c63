"""What was made of sources: wheels, and metadata.

Owns the bucket `built-v1`: a *shard* holds what came of one state of one source, built in one way.
Refuses to build, and to decide whether a source has changed: whoever asks names the state. Wheels
are entries like all others; the shard points to them. What cannot be read counts as absent.

A shard is `<origin>/<package>/<variant>-<revision>`: the variant is everything but the state, so
of shards of one variant the newest is the one that counts (weft.store.unneeded).
"""

from __future__ import annotations

import marshal

from weft.store.layout import MARSHAL_VERSION, Bucket
from weft.store.sources import place_of
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import CachedWheel
    from weft.core.metadata import Metadata
    from weft.core.source import Source
    from weft.store.manifest import Manifest
    from weft.store.store import Store
    from weft.system.locks import FileLock

    #: Wheel, nanoseconds at which it was added, `uv_cache.json`, `uv_build.json`.
    Built = tuple[CachedWheel, int, bytes | None, bytes | None]

METADATA = "metadata"
LOCK = ".lock"
WHEEL = ".whl"

_FIELDS = 7


def shard_key(source: Source, *, revision: str, build: str) -> str:
    """The shard for a source in the state `revision`, built the way that `build` tells.

    `revision` is a digest of the archive or of the state of a directory, or a commit; `build`
    stands for settings, variables, extra requirements, constraints and interpreter.
    """
    from weft.core.digest import short_digest

    variant = (
        build,
        source.kind,
        source.subdirectory,
        "editable" if source.editable else "",
        "lfs" if source.lfs else "",
        *source.settings,
    )
    filename = source.file.filename if source.kind == "sdist" and source.file is not None else ""
    return (
        f"{place_of(source)}/{short_digest(_joined(variant))}-"
        f"{short_digest(_joined((revision, filename)))}"
    )


def lock_shard(store: Store, shard: str) -> FileLock:
    """The lock of who builds for a shard, not yet acquired."""
    from weft.system.locks import FileLock

    path = store.path(Bucket.BUILT, shard)
    return FileLock(os.path.join(path, LOCK), resource=path)


def find_built(store: Store, shard: str, *, name: str = "") -> list[CachedWheel]:
    """The wheels of a shard whose entries are anywhere in the cache, the newest first.

    With a normalized `name` only those of that project. Their `origin` is the shard.
    """
    found = [built for built in pointers(store, shard) if not name or built[0].name == name]
    found.sort(key=lambda built: built[1], reverse=True)
    return [wheel for wheel, *_ in found if store.find_entry(wheel.entry)]


def built_info(store: Store, wheel: CachedWheel) -> tuple[bytes | None, bytes | None]:
    """What is to be installed as `uv_cache.json` and `uv_build.json` with a built wheel."""
    found = _read_pointer(store, wheel.origin, wheel.filename)
    if found is None or found[0].entry != wheel.entry:
        return None, None
    return found[2:]


def add_built(
    store: Store,
    wheel_path: str,
    shard: str,
    *,
    source: Source,
    info: bytes | None,
    build_info: bytes | None,
) -> CachedWheel:
    """Check and unpack a wheel that was built, and make it the one wheel of its shard.

    The entry goes into `store`, the pointer into its home; the file stays where it is. `info` and
    `build_info` are kept for `built_info`. Raises FilenameError, BadWheel, SourceMismatch where
    it is another project or version than the source says, and SystemFailure; then nothing is added.
    """
    from weft.core.distribution import CachedWheel
    from weft.core.filename import FilenameError, WheelName
    from weft.store.adding import add_entry

    filename = os.path.basename(wheel_path)
    expected = WheelName.parse(filename)
    if "\\" in filename:  # the last tag may be anything
        raise FilenameError(filename, "Must not contain a path")
    check_match(source, name=expected.name, version=expected.version)

    def point(entry: str, manifest: Manifest) -> tuple[CachedWheel, str, bytes]:
        check_match(source, name=expected.name, version=manifest.version)
        wheel = CachedWheel(entry, expected.name, manifest.version, filename, (), shard)
        place = store.path(Bucket.BUILT, f"{shard}/{filename}")
        return wheel, place, _pack_pointer(wheel, info, build_info)

    wheel = add_entry(store, wheel_path, filename=filename, expected=expected, point=point)
    _forget_others(store, shard, filename)
    return wheel


def check_match(source: Source, *, name: str, version: str) -> None:
    """Whether a name and a version are those of a source, as far as it tells any.

    The version may have a local part that the source's lacks. Raises SourceMismatch.
    """
    from weft.core.version import version_key
    from weft.store.errors import SourceMismatch

    if source.name and name != source.name:
        raise SourceMismatch("name", found=name, given=source.name)
    if not source.version or version == source.version:
        return
    given = version_key(source.version)
    if given not in (version_key(version), version_key(version.partition("+")[0])):
        raise SourceMismatch("version", found=version, given=source.version)


def read_metadata(store: Store, shard: str) -> Metadata | None:
    """The metadata that was written for a shard."""
    from weft.core.metadata import unpack

    try:
        fields = marshal.loads(store.read(Bucket.BUILT, f"{shard}/{METADATA}") or b"")
        return unpack(fields)
    except (EOFError, ValueError, TypeError):
        return None


def write_metadata(store: Store, shard: str, metadata: Metadata) -> None:
    """Keep metadata for a shard; a store that can only be read stays as it is.

    Raises MetadataError where a requirement cannot be parsed, SystemFailure for a full disk.
    """
    from weft.core.metadata import pack

    data = marshal.dumps(pack(metadata), MARSHAL_VERSION)
    with store.gate():  # so that no prune takes the shard away meanwhile
        store.write(Bucket.BUILT, f"{shard}/{METADATA}", data)


def pointers(store: Store, shard: str) -> list[Built]:
    """Everything that a shard points to, whether the entries are there or not."""
    try:
        names = sorted(os.listdir(store.path(Bucket.BUILT, shard)))
    except OSError:
        return []
    found = (_read_pointer(store, shard, name) for name in names if name.endswith(WHEEL))
    return [built for built in found if built is not None]


def _read_pointer(store: Store, shard: str, filename: str) -> Built | None:
    from weft.core.distribution import CachedWheel
    from weft.core.names import NormalizedName

    try:
        fields = marshal.loads(store.read(Bucket.BUILT, f"{shard}/{filename}") or b"")
        if len(fields) != _FIELDS:
            return None
    except (EOFError, ValueError, TypeError):
        return None
    entry, name, version, written, added, info, build_info = fields
    wheel = CachedWheel(entry, NormalizedName(name), version, written, (), shard)
    return wheel, added, info, build_info


def _pack_pointer(wheel: CachedWheel, info: bytes | None, build_info: bytes | None) -> bytes:
    from time import time_ns

    fields = (
        wheel.entry, wheel.name, wheel.version, wheel.filename, time_ns(), info, build_info,
    )  # fmt: skip
    return marshal.dumps(fields, MARSHAL_VERSION)


def _forget_others(store: Store, shard: str, filename: str) -> None:
    """A build that named its wheel anew (a dynamic version) replaces the one before."""
    from weft.system.removal import remove_tree

    directory = store.path(Bucket.BUILT, shard)
    for name in os.listdir(directory):
        if name.endswith(WHEEL) and name != filename:
            remove_tree(os.path.join(directory, name))


def _joined(parts: tuple[str, ...]) -> str:
    """One text that differs wherever the parts do."""
    return "\0".join(f"{len(part)}:{part}" for part in parts)
