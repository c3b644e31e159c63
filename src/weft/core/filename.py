"""Names of distribution files.

Owns what `name-version-build-python-abi-platform.whl` and `name-version.tar.gz` say.
Refuses to open files.
Follows https://packaging.python.org/specifications/binary-distribution-format/#file-name-convention
and https://packaging.python.org/specifications/source-distribution-format/.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import is_valid_name, normalize_name
from weft.core.value import value
from weft.core.version import Version, VersionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.names import NormalizedName

SDIST_EXTENSIONS = (
    ".tar.gz",
    ".zip",
    ".tar.bz2",
    ".tar.lz",
    ".tar.lzma",
    ".tar.xz",
    ".tar.zst",
    ".tar",
    ".tbz",
    ".tgz",
    ".tlz",
    ".txz",
)
_KEPT = 4096
_LONGEST = 255  # of file systems; it also bounds what compressed tags can stand for

# The files of one project share their name and few versions: both are read once.
_names: dict[str, NormalizedName] = {}
_versions: dict[str, str] = {}


class FilenameError(WeftError):
    """`filename` is not the name of a `kind` (wheel, source distribution); `reason` says why."""

    def __init__(self, filename: str, reason: str, *, kind: str = "wheel") -> None:
        super().__init__()
        self.filename = filename
        self.reason = reason
        self.kind = kind

    @property
    def message(self) -> str:
        return f"The {self.kind} filename `{self.filename}` is invalid: {self.reason}"


@value
class WheelName:
    """`version` is in normal form, `build` is empty without one, tags are as written."""

    name: NormalizedName
    version: str
    build: str
    python: str
    abi: str
    platform: str

    @staticmethod
    def parse(filename: str) -> WheelName:
        """`FilenameError` if it is not a wheel's."""
        parts = filename.split("-")
        if len(filename) > _LONGEST:
            raise FilenameError(filename, f"Must not be longer than {_LONGEST} characters")
        if not parts[-1].endswith(".whl") or not 5 <= len(parts) <= 6:
            raise FilenameError(filename, _shortage(filename, parts))
        build = parts[2] if len(parts) == 6 else ""
        if build and build[0] not in "0123456789":
            raise FilenameError(filename, f"The build tag `{build}` must start with a digit")
        name = _names.get(parts[0]) or _read_name(filename, parts[0])
        version = _versions.get(parts[1]) or _read_version(filename, parts[1])
        python, abi, platform = parts[-3], parts[-2], parts[-1][:-4]
        if not (python and abi and platform):
            raise FilenameError(filename, "Tags must not be empty")
        return WheelName(name, version, build, python, abi, platform)

    def tags(self) -> tuple[str, ...]:
        """Every `python-abi-platform` that the compressed tags stand for."""
        return tuple(
            [
                f"{python}-{abi}-{platform}"
                for python in self.python.split(".")
                for abi in self.abi.split(".")
                for platform in self.platform.split(".")
            ]
        )

    def rank(self, tag_rank: Mapping[str, int]) -> int | None:
        """The lowest rank among the tags, None if no tag is ranked: the wheel does not fit."""
        if "." not in self.platform and "." not in self.python and "." not in self.abi:
            return tag_rank.get(f"{self.python}-{self.abi}-{self.platform}")
        found = [rank for tag in self.tags() if (rank := tag_rank.get(tag)) is not None]
        return min(found, default=None)

    @property
    def build_key(self) -> tuple[int, str]:
        """Orders wheels of one version that fit equally well: a higher build wins."""
        digits = len(self.build) - len(self.build.lstrip("0123456789"))
        return (int(self.build[:digits]), self.build[digits:]) if digits else (-1, "")


@value
class SdistName:
    """`version` is in normal form, `extension` begins with a dot."""

    name: NormalizedName
    version: str
    extension: str

    @staticmethod
    def parse(filename: str, project: NormalizedName) -> SdistName:
        """The source distribution of `project`; `FilenameError` if it is none of it.

        The project says where a name with dashes ends (`a-b-1.tar.gz`).
        """
        for extension in SDIST_EXTENSIONS:
            if filename.endswith(extension):
                break
        else:
            raise FilenameError(filename, "Unsupported file extension", kind="source distribution")
        stem = filename[: -len(extension)]
        dash = stem.find("-", len(project))
        while dash > 0:
            name = stem[:dash]
            if (_names.get(name) or normalize_name(name)) == project:
                version = stem[dash + 1 :]
                return SdistName(
                    project,
                    _versions.get(version)
                    or _read_version(filename, version, kind="source distribution"),
                    extension,
                )
            dash = stem.find("-", dash + 1)
        raise FilenameError(
            filename,
            f"The name must begin with `{project}` and a version",
            kind="source distribution",
        )


def _read_name(filename: str, written: str) -> NormalizedName:
    if not is_valid_name(written):
        raise FilenameError(filename, f"Not a valid package name: `{written}`")
    if len(_names) >= _KEPT:
        _names.clear()
    name = _names[written] = normalize_name(written)
    return name


def _read_version(filename: str, written: str, *, kind: str = "wheel") -> str:
    try:
        # Wheels escape `-` of a version as `_`, which PEP 440 reads as the same.
        version = Version.parse(written).text
    except VersionError as error:
        raise FilenameError(filename, error.reason, kind=kind) from error
    if len(_versions) >= _KEPT:
        _versions.clear()
    _versions[written] = version
    return version


def _shortage(filename: str, parts: list[str]) -> str:
    if not filename.endswith(".whl"):
        return "Must end with .whl"
    if len(parts) > 6:
        return "Must have 5 or 6 components, but has more"
    missing = ("a name", "a version", "a Python tag", "an ABI tag", "a platform tag")
    return f"Must have {missing[len(parts)]}"
