"""What is installed in an environment.

Owns the reading of site-packages: one listing per directory tells names and versions, files are
opened only when they are asked for. Refuses to import or run anything, and to change anything.
Follows https://packaging.python.org/specifications/recording-installed-packages/ and, for eggs,
setuptools' egg-info and egg-link files.
"""

from __future__ import annotations

from weft.core.distribution import DirectUrl, DirectUrlError, InstalledDist
from weft.core.errors import WeftError
from weft.core.names import is_valid_name, normalize_name
from weft.system.files import read_bytes
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.metadata import Metadata

    Warn = Callable[[str], None]

_ENDINGS = (".dist-info", ".egg-info", ".egg-link")
_INSTALLER = b"weft"


class InstalledFailure(WeftError):
    """The metadata of the distribution at `path` cannot be read; the cause says why."""

    def __init__(self, path: str, cause: WeftError) -> None:
        super().__init__(f"Failed to read metadata from: {path}")
        self.path = path
        self.__cause__ = cause


def scan(directories: Sequence[str], *, warn: Warn | None = None) -> list[InstalledDist]:
    """The distributions in these directories, in order of directory and file name.

    Nothing is opened except for eggs, whose names say too little, and for what has no RECORD.
    Several distributions of one name are all returned. `warn` hears of leftovers and of what has
    no valid name. A directory that does not exist holds nothing; raises SystemFailure for one
    that cannot be read.
    """
    found: list[InstalledDist] = []
    visited: set[tuple[int, int]] = set()
    for directory in directories:
        try:
            status = os.stat(directory)
            names = os.listdir(directory)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            from weft.core.errors import SystemFailure

            raise SystemFailure("read directory", directory, error) from error
        identity = (status.st_dev, status.st_ino)
        if identity in visited:  # `lib64` is `lib`
            continue
        visited.add(identity)
        for name in sorted([name for name in names if name.endswith(_ENDINGS)]):
            dist = _examine(directory, name, warn)
            if dist is not None:
                found.append(dist)
    return found


def _examine(directory: str, name: str, warn: Warn | None) -> InstalledDist | None:
    path = f"{directory}/{name}"
    if name[0] == "~":
        if warn is not None and name.endswith(".dist-info"):
            warn(f"Ignoring dangling temporary directory: {path}")
        return None
    if name.endswith(".dist-info"):
        return _dist_info(directory, name, path, warn)
    if name.endswith(".egg-info"):
        return _egg_info(directory, name, path)
    return _egg_link(directory, name, path)


def _dist_info(directory: str, name: str, path: str, warn: Warn | None) -> InstalledDist | None:
    display_name, _, version = name[:-10].partition("-")
    # One call answers two questions in the usual case: is it a directory, and is it complete?
    complete = os.access(f"{path}/RECORD", os.F_OK)
    if not complete:
        if not os.path.isdir(path):
            return None
        complete = _is_without_record(path)
    if not version or not is_valid_name(display_name):
        if warn is not None and version:
            warn(f"Ignoring distribution with an invalid name: {path}")
        return None
    return InstalledDist(
        normalize_name(display_name), display_name, version, path, directory, "dist-info", complete
    )


def _is_without_record(path: str) -> bool:
    """Whether a distribution without RECORD is one on purpose: a system's package manager says so.

    weft writes RECORD last and removes it with its directory, so without it weft was interrupted.
    """
    installer = (read_bytes(f"{path}/INSTALLER") or b"").strip()
    return bool(installer) and installer != _INSTALLER


def _egg_info(directory: str, name: str, path: str) -> InstalledDist | None:
    """A directory (setuptools) or a single file (distutils): `name-1.0-py3.11.egg-info`."""
    kind = "egg-info" if os.path.isdir(path) else "distutils"
    parts = name[:-9].split("-")
    if len(parts) < 2:
        parts = _named_inside(path, kind)
    if len(parts) < 2 or not is_valid_name(parts[0]):
        return None
    return InstalledDist(
        normalize_name(parts[0]),
        parts[0],
        parts[1],
        path,
        directory,
        "egg-info" if kind == "egg-info" else "distutils",
    )


def _egg_link(directory: str, name: str, path: str) -> InstalledDist | None:
    """A file whose first line is the directory of a project under development."""
    target = _egg_link_target(path)
    if target is None:
        return None
    inside = _egg_info_of(target, normalize_name(name[:-9]))
    parts = _named_inside(inside, "egg-info") if inside else []
    if len(parts) < 2 or not is_valid_name(parts[0]):
        return None
    return InstalledDist(normalize_name(parts[0]), parts[0], parts[1], path, directory, "egg-link")


def _egg_link_target(path: str) -> str | None:
    lines = (read_bytes(path) or b"").decode("utf-8", "replace").splitlines()
    target = lines[0].strip() if lines else ""
    return target if target and os.path.isdir(target) else None


def _egg_info_of(project: str, name: str) -> str | None:
    for entry in sorted(os.listdir(project)):
        if entry.endswith(".egg-info") and normalize_name(entry[:-9].split("-")[0]) == name:
            return f"{project}/{entry}"
    return None


def _named_inside(path: str, kind: str) -> list[str]:
    """Name and version as the metadata has them; empty without."""
    from weft.core.metadata import Metadata, MetadataError

    data = read_bytes(path if kind == "distutils" else f"{path}/PKG-INFO")
    try:
        metadata = Metadata.parse(data or b"")
    except MetadataError:
        return []
    return [metadata.name, metadata.version]


def metadata_path(dist: InstalledDist) -> str:
    """The METADATA or PKG-INFO file of a distribution, which may be missing."""
    if dist.kind == "dist-info":
        return f"{dist.path}/METADATA"
    if dist.kind == "distutils":
        return dist.path
    if dist.kind == "egg-info":
        return f"{dist.path}/PKG-INFO"
    target = _egg_link_target(dist.path)
    inside = _egg_info_of(target, dist.name) if target else None
    return f"{inside}/PKG-INFO" if inside else dist.path


def read_metadata(dist: InstalledDist) -> Metadata:
    """Its core metadata. Raises InstalledFailure where that is missing or malformed."""
    from weft.core.metadata import Metadata, MetadataError  # with all that requirements need

    path = metadata_path(dist)
    try:
        data = read_bytes(path)
        if data is None:
            raise MetadataError(f"`{os.path.basename(path)}` not found")
        return Metadata.parse(data)
    except WeftError as error:
        raise InstalledFailure(dist.path, error) from error


def direct_url(dist: InstalledDist) -> DirectUrl | None:
    """Where it was installed from, None for an index or where the record is malformed."""
    if dist.kind != "dist-info":
        return None
    data = read_bytes(f"{dist.path}/direct_url.json")
    if data is None:
        return None
    try:
        return DirectUrl.parse(data)
    except DirectUrlError:
        return None


def origin_of(dist: InstalledDist) -> str:
    """The ` (from …)` of a change line: where a distribution was installed from."""
    found = direct_url(dist)
    return found.shown if found is not None else ""


def editable_location(dist: InstalledDist) -> str | None:
    """The directory that an editable installation imports from, None for an ordinary one."""
    if dist.kind == "egg-link":
        return _egg_link_target(dist.path)
    origin = direct_url(dist)
    if origin is None or not origin.editable or not origin.url.startswith("file://"):
        return None
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(origin.url).path)


def record_paths(dist: InstalledDist) -> list[str] | None:
    """The paths in its RECORD, relative to `location` or absolute; None without a RECORD.

    An egg-info has `installed-files.txt` instead, whose paths are relative to the egg-info.
    """
    if dist.kind == "egg-info":
        data = read_bytes(f"{dist.path}/installed-files.txt")
        if data is None:
            return None
        lines = data.decode("utf-8", "replace").splitlines()
        inside = os.path.basename(dist.path)
        return [os.path.normpath(os.path.join(inside, line)) for line in lines if line]
    data = read_bytes(f"{dist.path}/RECORD") if dist.kind == "dist-info" else None
    if data is None:
        return None
    text = data.decode("utf-8", "surrogateescape")
    if '"' not in text:
        return [line.partition(",")[0] for line in text.splitlines() if line]
    import csv

    return [row[0] for row in csv.reader(text.splitlines()) if row and row[0]]


def supports(dist: InstalledDist, tags: frozenset[str]) -> bool:
    """Whether its wheel was made for one of `tags`; true where it does not say."""
    if dist.kind != "dist-info":
        return True
    data = read_bytes(f"{dist.path}/WHEEL") or b""
    named = [
        line[4:].strip()
        for line in data.decode("utf-8", "replace").splitlines()
        if line.startswith("Tag:")
    ]
    return not named or any(tag in tags for line in named for tag in _expand(line))


def _expand(tag: str) -> list[str]:
    """A Tag line names one tag, though some builders wrote a compressed set there."""
    if "." not in tag:
        return [tag]
    parts = [part.split(".") for part in tag.split("-")]
    if len(parts) != 3:
        return [tag]
    return [f"{py}-{abi}-{plat}" for py in parts[0] for abi in parts[1] for plat in parts[2]]
