"""A `pylock.toml` read and checked.

Owns what a lock file may look like: every complaint points at the place. Refuses to open files, to
look whether paths exist and to choose packages. Follows PEP 751; keys that it does not name are
told as warnings, since what they would mean to a newer reader is not known.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import is_valid_name, normalize_name
from weft.lock.model import (
    LockedDirectory,
    LockedFile,
    LockedPackage,
    LockedVcs,
    LockError,
    Pylock,
)
from weft.project.toml import TomlError, locate, parse_toml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Place = tuple[str | int, ...]

_TOP = frozenset(
    ("lock-version", "environments", "requires-python", "extras", "dependency-groups",
     "default-groups", "created-by", "packages", "tool")
)  # fmt: skip
_PACKAGE = frozenset(
    ("name", "version", "marker", "requires-python", "dependencies", "index", "vcs", "directory",
     "archive", "sdist", "wheels", "attestation-identities", "tool")
)  # fmt: skip
_FILE = frozenset(("name", "url", "path", "upload-time", "size", "hashes"))
_ARCHIVE = frozenset(("url", "path", "size", "upload-time", "subdirectory", "hashes"))
_DIRECTORY = frozenset(("path", "editable", "subdirectory"))
_VCS = frozenset(("type", "url", "path", "requested-revision", "commit-id", "subdirectory"))
_SCHEMES = ("http:", "https:", "file:")
_HEXADECIMAL = "0123456789abcdef"


class InvalidLock(LockError):
    """The file that is shown as `shown` is no lock file; the cause says where and why."""

    def __init__(self, shown: str) -> None:
        super().__init__(f"Not a valid `pylock.toml` file: {shown}")
        self.shown = shown


def parse_pylock(text: str, shown: str) -> tuple[Pylock, tuple[str, ...]]:
    """The document, and what to warn about. Raises InvalidLock with a TomlError as its cause."""
    return check_pylock(parsed_tables(text, shown), text, shown)


def parsed_tables(text: str, shown: str) -> dict[str, Any]:
    """What the text says as TOML. Raises InvalidLock."""
    try:
        return parse_toml(text)
    except TomlError as error:
        raise InvalidLock(shown) from error


def check_pylock(tables: dict[str, Any], text: str, shown: str) -> tuple[Pylock, tuple[str, ...]]:
    """As `parse_pylock`, of tables that were parsed from `text`."""
    try:
        reader = _Reader(text)
        document = reader.document(tables)
    except TomlError as error:
        raise InvalidLock(shown) from error
    warnings = [f"Unknown keys in `{shown}` are ignored: {_listed(reader.unknown)}"]
    if not reader.unknown:
        warnings.clear()
    if reader.unhashed:
        warnings.append(
            f"Files without hashes in `{shown}` cannot be checked: {_listed(reader.unhashed)}"
        )
    return document, tuple(warnings)


def _listed(names: dict[str, None]) -> str:
    return ", ".join([f"`{name}`" for name in names])


class _Reader:
    """Checks while reading. `unknown` are keys, `unhashed` file names, in their order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.unknown: dict[str, None] = {}
        self.unhashed: dict[str, None] = {}

    def document(self, top: dict[str, Any]) -> Pylock:
        lock_version = self._required(top, (), "lock-version")
        self._check_version(lock_version)
        self._know(top, (), _TOP)
        created_by = self._required(top, (), "created-by")
        packages = top.get("packages")
        if packages is None:
            raise self._missing((), "packages")
        if not isinstance(packages, list):
            raise self._type(("packages",), packages, "a sequence")
        return Pylock(
            packages=tuple([self._package(table, n) for n, table in enumerate(packages)]),
            requires_python=self._specifiers(top, ()),
            environments=tuple([self._marker(*each) for each in self._texts(top, "environments")]),
            extras=self._names(top, "extras"),
            dependency_groups=self._names(top, "dependency-groups"),
            default_groups=self._names(top, "default-groups"),
            lock_version=lock_version,
            created_by=created_by,
        )

    def _check_version(self, text: str) -> None:
        from weft.core.version import Version, VersionError

        try:
            version = Version.parse(text)
        except VersionError as error:
            raise self._error(("lock-version",), error.reason) from None
        if version.release[0] != 1:
            raise self._error(
                ("lock-version",),
                f"unsupported lock version (`{version}`, but only major version 1 is supported)",
            )

    def _package(self, table: object, number: int) -> LockedPackage:
        place: Place = ("packages", number)
        if not isinstance(table, dict):
            raise self._type(place, table, "a map")
        self._know(table, place, _PACKAGE)
        name = self._required(table, place, "name")
        wheels = table.get("wheels")
        if wheels is not None and not isinstance(wheels, list):
            raise self._type((*place, "wheels"), wheels, "a sequence")
        return LockedPackage(
            name=self._normal(name, (*place, "name")),
            version=self._version(table, place),
            marker=self._marker(self._text(table, place, "marker"), (*place, "marker")),
            requires_python=self._specifiers(table, place),
            index=self._url(table, place, "index"),
            vcs=self._vcs(table, place),
            directory=self._directory(table, place),
            archive=self._file(table, (*place, "archive"), _ARCHIVE),
            sdist=self._file(table, (*place, "sdist"), _FILE),
            wheels=None
            if wheels is None
            else tuple(
                [self._wheel(wheel, (*place, "wheels", n)) for n, wheel in enumerate(wheels)]
            ),
        )

    def _wheel(self, table: object, place: Place) -> LockedFile:
        file = self._file({place[-1]: table}, place, _FILE)
        assert file is not None, "an array has no gaps"
        return file

    def _file(
        self, table: dict[Any, Any], place: Place, known: frozenset[str]
    ) -> LockedFile | None:
        inner = self._table(table, place)
        if inner is None:
            return None
        self._know(inner, place, known)
        name = self._text(inner, place, "name") if "name" in known else ""
        if name and not _is_plain(name):
            raise self._error((*place, "name"), f"`{name}` is not the name of a file")
        file = LockedFile(
            url=self._url(inner, place, "url"),
            path=self._text(inner, place, "path"),
            name=name,
            size=self._size(inner, place),
            upload_time=self._time(inner, place),
            hashes=(),
            subdirectory=self._subdirectory(inner, place) if "subdirectory" in known else "",
        )
        if file.filename and not _is_plain(file.filename):
            where = (*place, "path" if file.path else "url")
            raise self._error(where, f"`{file.filename}` is not the name of a file")
        from weft.core.value import replace

        return replace(file, hashes=self._hashes(inner, place, file.filename))

    def _hashes(
        self, table: dict[str, Any], place: Place, shown: str
    ) -> tuple[tuple[str, str], ...]:
        """Those of algorithms that can be checked; one of them has to be, if there are any."""
        from weft.project.lines import HASH_DIGITS, HashError, parse_hash

        if "hashes" not in table:
            raise self._missing(place, "hashes")
        place = (*place, "hashes")
        hashes = self._table(table, place) or {}
        found = []
        for algorithm, digest in hashes.items():
            if not isinstance(digest, str):
                raise self._type((*place, algorithm), digest, "a string")
            if algorithm.lower() in HASH_DIGITS:
                try:
                    found.append(parse_hash(f"{algorithm.lower()}:{digest}"))
                except HashError as error:
                    raise self._error((*place, algorithm), error.message) from None
        if not hashes:
            self.unhashed[shown] = None
        elif not found:
            raise self._error(
                place,
                f"none of the hashes can be checked (expected one of: {_listed_algorithms()})",
            )
        return tuple(found)

    def _directory(self, table: dict[str, Any], place: Place) -> LockedDirectory | None:
        place = (*place, "directory")
        inner = self._table(table, place)
        if inner is None:
            return None
        self._know(inner, place, _DIRECTORY)
        editable = inner.get("editable")
        if editable is not None and not isinstance(editable, bool):
            raise self._type((*place, "editable"), editable, "a boolean")
        return LockedDirectory(
            self._required(inner, place, "path"), editable, self._subdirectory(inner, place)
        )

    def _vcs(self, table: dict[str, Any], place: Place) -> LockedVcs | None:
        place = (*place, "vcs")
        inner = self._table(table, place)
        if inner is None:
            return None
        self._know(inner, place, _VCS)
        commit = self._required(inner, place, "commit-id").lower()
        if len(commit) != 40 or commit.strip(_HEXADECIMAL):
            raise self._error((*place, "commit-id"), "Object ID must be exactly 40 hex characters")
        return LockedVcs(
            self._required(inner, place, "type"),
            commit,
            self._text(inner, place, "url"),
            self._text(inner, place, "path"),
            self._text(inner, place, "requested-revision"),
            self._subdirectory(inner, place),
        )

    # Single values.

    def _required(self, table: dict[str, Any], place: Place, key: str) -> str:
        if key not in table:
            raise self._missing(place, key)
        return self._text(table, place, key)

    def _text(self, table: dict[str, Any], place: Place, key: str) -> str:
        text = table.get(key, "")
        if not isinstance(text, str):
            raise self._type((*place, key), text, "a string")
        if "\0" in text:
            raise self._error((*place, key), "a text must not hold a null character")
        return text

    def _table(self, table: dict[Any, Any], place: Place) -> dict[str, Any] | None:
        """The table that the last key of `place` leads to."""
        inner = table.get(place[-1])
        if inner is not None and not isinstance(inner, dict):
            raise self._type(place, inner, "a map")
        return inner

    def _texts(self, table: dict[str, Any], key: str) -> list[tuple[str, Place]]:
        """The texts of an array, each with its place."""
        items = table.get(key, [])
        if not isinstance(items, list):
            raise self._type((key,), items, "a sequence")
        for number, item in enumerate(items):
            if not isinstance(item, str):
                raise self._type((key, number), item, "a string")
        return [(item, (key, number)) for number, item in enumerate(items)]

    def _names(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        return tuple([self._normal(*each) for each in self._texts(table, key)])

    def _normal(self, name: str, place: Place) -> str:
        if not is_valid_name(name):
            raise self._error(
                place,
                f'Not a valid package or extra name: "{name}". Names must start and end with a '
                "letter or digit and may only contain -, _, ., and alphanumeric characters.",
            )
        return normalize_name(name)

    def _version(self, table: dict[str, Any], place: Place) -> str:
        from weft.core.version import Version, VersionError

        text = self._text(table, place, "version")
        try:
            return str(Version.parse(text)) if "version" in table else ""
        except VersionError as error:
            raise self._error((*place, "version"), error.reason) from None

    def _marker(self, text: str, place: Place) -> str:
        """As it is written; markers are kept by the text once they are parsed."""
        from weft.core.marker import Marker, MarkerError

        if text:
            try:
                Marker.parse(text)
            except MarkerError as error:
                raise self._error(place, _reason(error)) from None
        return text

    def _specifiers(self, table: dict[str, Any], place: Place) -> str:
        from weft.core.specifier import SpecifierError, Specifiers

        text = self._text(table, place, "requires-python")
        try:
            Specifiers.parse(text)
        except SpecifierError as error:
            raise self._error((*place, "requires-python"), _reason(error)) from None
        return text

    def _url(self, table: dict[str, Any], place: Place, key: str) -> str:
        url = self._text(table, place, key)
        if key not in table:
            return ""
        scheme, colon, _ = url.partition(":")
        if not colon or not scheme.isalpha():
            raise self._error((*place, key), f'relative URL without a base: "{url}"')
        if not url.lower().startswith(_SCHEMES):
            raise self._error((*place, key), f"unsupported URL scheme `{scheme}`")
        return url

    def _size(self, table: dict[str, Any], place: Place) -> int | None:
        size = table.get("size")
        if size is None:
            return None
        if not isinstance(size, int) or isinstance(size, bool):
            raise self._type((*place, "size"), size, "u64")
        if not 0 <= size < 1 << 64:
            raise self._error((*place, "size"), f"invalid value: integer `{size}`, expected u64")
        return size

    def _time(self, table: dict[str, Any], place: Place) -> int | None:
        from datetime import UTC, date, datetime, time

        moment = table.get("upload-time")
        if moment is None:
            return None
        if not isinstance(moment, date):  # which a datetime is, too
            raise self._type((*place, "upload-time"), moment, "a TOML datetime")
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp())

    def _subdirectory(self, table: dict[str, Any], place: Place) -> str:
        """Relative to the top of the source tree, which it must not leave."""
        text = self._text(table, place, "subdirectory")
        parts = text.replace("\\", "/").split("/")
        if ".." in parts or text.startswith(("/", "\\")) or ":" in parts[0]:
            raise self._error((*place, "subdirectory"), f"`{text}` leads out of the source tree")
        return text

    # Complaints.

    def _know(self, table: dict[str, Any], place: Place, known: frozenset[str]) -> None:
        for key in table.keys() - known:
            names = [part for part in place if isinstance(part, str)]
            self.unknown[".".join([*names, key])] = None

    def _missing(self, place: Place, key: str) -> TomlError:
        return self._error(place, f"missing field `{key}`")

    def _type(self, place: Place, item: object, wanted: str) -> TomlError:
        from weft.project.toml import described

        return self._error(place, f"invalid type: {described(item)}, expected {wanted}")

    def _error(self, place: Place, reason: str) -> TomlError:
        line, column, width = locate(self.text, place)
        return TomlError(reason, self.text, line=line, column=column, width=width)


def _reason(error: WeftError) -> str:
    return str(error.__cause__ or error)


def _is_plain(name: str) -> bool:
    return not ("/" in name or "\\" in name or name in (".", ".."))


def _listed_algorithms() -> str:
    from weft.project.lines import HASH_DIGITS

    return ", ".join([f"`{name}`" for name in HASH_DIGITS])
