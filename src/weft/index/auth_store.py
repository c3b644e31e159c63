"""The credentials file: what `weft auth login` was told.

Owns the file `credentials.toml`: its format, where it is, which entry a URL gets, and changing it
under a lock by write and rename, readable by its owner alone. Refuses to show a password, also in
errors about the file. An entry without a password says that the `keyring` command has it.
Follows uv's format of the file, so that either tool can read the other's.
"""

from __future__ import annotations

from weft.core.errors import OsCause, WeftError
from weft.core.value import value
from weft.index.auth import Login
from weft.index.urls import Url, without_credentials, without_dots
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FILENAME = "credentials.toml"
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_SUFFIXES = ("/simple", "/+simple")  # below these lie an index's pages, and not its files
_KNOWN = ("service", "username", "scheme", "password", "token")
_TOLERANCE = 60.0  # seconds; what ends sooner is not worth a request


class CredentialsFileError(WeftError):
    """A credentials file that makes no sense. `reason` repeats nothing of what is in it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"Failed to parse TOML credential file `{path}`",
            hints=("Correct the file, or remove it and log in again with `weft auth login`",),
        )
        self.__cause__ = WeftError(reason)


class ServiceError(WeftError):
    """Words that name no service that may be given a password."""


@value
class Entry:
    """Whom a service knows. `service` is a URL as `service_of` makes it.

    A `login` without a password has it in the keyring. `rest` are keys of other programs, which
    are kept.
    """

    service: str
    login: Login
    rest: tuple[tuple[str, Any], ...] = ()

    def covers(self, url: Url) -> bool:
        """Whether `url` lies on or below the service."""
        mine = Url.parse(self.service)
        if mine.origin != url.origin:
            return False
        above, path = mine.rest.rstrip("/"), url.rest.partition("?")[0]
        return path == above or path.startswith(above + "/") or not above

    def is_over(self, now: float) -> bool:
        """Whether the entry says that it has ended, or ends soon; `now` is in epoch seconds."""
        for key, found in self.rest:
            if key == "expires-at":
                return _seconds(found) - _TOLERANCE < now
        return False


class Ambiguous(WeftError):
    """More than one user of a service, and nobody said which."""

    def __init__(self, service: str, users: Sequence[str]) -> None:
        names = ", ".join(f"`{user}`" for user in sorted(users))
        super().__init__(
            f"More than one user is logged in to `{service}`: {names}",
            hints=("Name one with `--username`, or in the URL of the index",),
        )


def service_of(text: str) -> str:
    """The URL of a service as it is stored: without credentials, query and the index's `/simple`.

    A name alone is one of an HTTPS server. Raises ServiceError, with the reason alone.
    """
    if "://" not in text:
        text = f"https://{text}"
    scheme = text.partition("://")[0].lower()
    if scheme not in ("http", "https"):
        raise ServiceError(f"Unsupported scheme: {scheme}")
    url = Url.parse(without_dots(without_credentials(text)))
    host = _ascii(url.host)
    if not host or host.startswith(":"):
        raise ServiceError("empty host")
    if set(host) & set(" <>\\^`{|}\"'%:@") and not host.startswith("["):
        raise ServiceError("invalid international domain name")
    if scheme == "http" and host not in _LOCAL:
        raise ServiceError("HTTPS is required for non-local hosts")
    path = url.rest.partition("?")[0]
    bare = path.rstrip("/")
    for suffix in _SUFFIXES:
        if bare.endswith(suffix):
            path = bare.removesuffix(suffix)
            break
    origin = Url(scheme, None, None, host, url.port, "").origin
    return origin + (path or "/")


def directory_of(environ: Mapping[str, str], platform: str) -> str:
    """Where the credentials file is: `WEFT_CREDENTIALS_DIR`, else below the person's data."""
    from weft.system.userdirs import data_dir

    given = environ.get("WEFT_CREDENTIALS_DIR")
    return given or os.path.join(data_dir(environ, platform), "credentials")


def other_directory(environ: Mapping[str, str], platform: str) -> str:
    """Where uv has its file: `UV_CREDENTIALS_DIR`, else beside ours. It is read, not changed."""
    from weft.system.userdirs import data_dir

    given = environ.get("UV_CREDENTIALS_DIR")
    if given:
        return given
    data = data_dir(environ, platform)
    if platform == "win32":  # `…\weft\data`
        data = os.path.dirname(data)
    return os.path.join(os.path.dirname(data), "uv", "credentials")


class CredentialsFile:
    """The entries of one file. `timeout` limits, in seconds, the wait for another process."""

    def __init__(self, directory: str, *, timeout: float | None = None) -> None:
        self.path = os.path.join(directory, FILENAME)
        self._timeout = timeout

    def entries(self) -> list[Entry]:
        """All of them; none where there is no file.

        Raises CredentialsFileError, and WeftError where the file cannot be read.
        """
        from weft.system.files import read_bytes

        data = read_bytes(self.path)
        return [] if data is None else _parse(data, self.path)

    def is_open(self) -> bool:
        """Whether others than its owner may read the file."""
        try:
            return os.name == "posix" and bool(os.stat(self.path).st_mode & 0o077)
        except OSError:
            return False

    def insert(self, entry: Entry) -> None:
        """Add the entry, in the place of the one for the same service and user."""
        with self._held():
            kept = [each for each in self.entries() if not _is_same(each, entry)]
            self._write([*kept, entry])

    def remove(self, service: str, user: str) -> Entry | None:
        """Take the entry away and give it back; None where there is none."""
        wanted = Entry(service, Login(user))
        if not os.path.exists(self.path):
            return None
        with self._held():
            entries = self.entries()
            found = [each for each in entries if _is_same(each, wanted)]
            if found:
                self._write([each for each in entries if each not in found])
            return found[0] if found else None

    def _held(self) -> _Held:
        return _Held(self.path, self._timeout)

    def _write(self, entries: Sequence[Entry]) -> None:
        from weft.system.files import write_atomic

        text = "\n".join(map(_table, entries))
        # A link, as people have it whose settings lie in a repository, stays one.
        write_atomic(os.path.realpath(self.path), text.encode(), mode=0o600)


class _Held:
    """The lock of a credentials file, in a directory that only its owner may look into."""

    def __init__(self, path: str, timeout: float | None) -> None:
        from weft.system.locks import FileLock

        self._directory = os.path.dirname(path)
        self._lock = FileLock(f"{path}.lock", resource="credentials store")
        self._timeout = timeout

    def __enter__(self) -> None:
        from weft.core.errors import SystemFailure
        from weft.system.files import make_directory
        from weft.system.locks import LockUnsupported

        try:
            if not os.path.isdir(self._directory):
                parent = os.path.dirname(self._directory)
                make_directory(parent, variable="WEFT_CREDENTIALS_DIR")
                os.mkdir(self._directory, 0o700)
        except FileExistsError:  # another process was quicker
            pass
        except OSError as error:
            raise SystemFailure("create directory", self._directory, error) from OsCause(error)
        try:
            self._lock.acquire(timeout=self._timeout)
        except LockUnsupported:  # the rename keeps the file whole; the later of two logins wins
            return
        self._sweep()

    def __exit__(self, *_raised: object) -> None:
        self._lock.release()

    def _sweep(self) -> None:
        """Remove what writers have left that were killed: it holds passwords."""
        try:
            with os.scandir(self._directory) as entries:
                for entry in entries:
                    # Empty ones may be a lock that another process makes now.
                    if entry.name.startswith(".tmp-") and entry.stat(follow_symlinks=False).st_size:
                        os.unlink(entry.path)
        except OSError:  # the next one may
            pass


def best(entries: Sequence[Entry], url: Url, *, user: str = "", now: float) -> Entry | None:
    """The entry that lies closest above `url`, of `user` where one is named.

    Raises Ambiguous where several do.
    """
    found = [
        entry
        for entry in entries
        if entry.covers(url) and user in ("", entry.login.user) and not entry.is_over(now)
    ]
    if not found:
        return None
    depth = max(len(entry.service.rstrip("/")) for entry in found)
    closest = [entry for entry in found if len(entry.service.rstrip("/")) == depth]
    if len(closest) > 1:
        raise Ambiguous(closest[0].service, [entry.login.user for entry in closest])
    return closest[0]


def _is_same(one: Entry, other: Entry) -> bool:
    return one.service == other.service and one.login.user == other.login.user


def _parse(data: bytes, path: str) -> list[Entry]:
    import tomllib

    document, reason = {}, ""
    try:
        document = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        reason = "stream did not contain valid UTF-8"
    except (ValueError, RecursionError) as error:
        # Only the place: the line itself may hold the password.
        _, found, place = str(error).rpartition(" (at ")
        where = f" at {place.removesuffix(')')}" if found else ""
        reason = f"TOML parse error{where}"
    if reason:
        raise CredentialsFileError(path, reason)
    listed = document.get("credential", [])
    if not isinstance(listed, list) or not all(isinstance(table, dict) for table in listed):
        raise CredentialsFileError(path, "`credential` is not an array of tables")
    return [_entry(table, number, path) for number, table in enumerate(listed, 1)]


def _entry(table: dict[str, Any], number: int, path: str) -> Entry:
    def wrong(reason: str) -> CredentialsFileError:
        return CredentialsFileError(path, f"In `[[credential]]` number {number}: {reason}")

    for key in _KNOWN:
        if not isinstance(table.get(key, ""), str):
            raise wrong(f"`{key}` is not a string")
    scheme, user = table.get("scheme", "basic"), table.get("username", "")
    if scheme not in ("basic", "bearer"):
        raise wrong("`scheme` is neither `basic` nor `bearer`")
    if scheme == "basic" and not user:
        raise wrong("`username` is required with `scheme = basic`")
    for key in ("username", "password") if scheme == "bearer" else ("token",):
        if key in table:
            raise wrong(f"`{key}` cannot be provided with `scheme = {scheme}`")
    if scheme == "bearer" and "token" not in table:
        raise wrong("`token` is required with `scheme = bearer`")
    if "service" not in table:
        raise wrong("`service` is missing")
    service, reason = "", ""
    try:
        service = service_of(table["service"])
    except ServiceError as error:
        reason = error.message
    if reason:
        raise wrong(f"`service` is not valid: {reason}")
    secret = table.get("token" if scheme == "bearer" else "password")
    rest = tuple((key, found) for key, found in table.items() if key not in _KNOWN)
    return Entry(service, Login(user, secret, scheme), rest)


def _table(entry: Entry) -> str:
    login = entry.login
    lines = ["[[credential]]", f"service = {_text(entry.service)}"]
    if login.scheme == "basic":
        lines.append(f"username = {_text(login.user)}")
    lines.append(f"scheme = {_text(login.scheme)}")
    if login.password is not None:
        key = "token" if login.scheme == "bearer" else "password"
        lines.append(f"{key} = {_text(login.password)}")
    lines += [f"{_text(key)} = {_toml(found)}" for key, found in entry.rest]
    return "\n".join(lines) + "\n"


def _toml(found: Any) -> str:
    """A value as TOML has it, tables inline."""
    if isinstance(found, str):
        return _text(found)
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, list):
        return f"[{', '.join(map(_toml, found))}]"
    if isinstance(found, dict):
        return f"{{ {', '.join(f'{_text(key)} = {_toml(item)}' for key, item in found.items())} }}"
    return str(found)  # numbers, dates and times are written as Python shows them


def _text(text: str) -> str:
    """A basic string: JSON's escapes are among those of TOML."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _seconds(found: object) -> float:
    """Epoch seconds of a date and time; those without an offset are in UTC, nonsense is over."""
    from datetime import UTC, datetime

    try:
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise ServiceError("invalid international domain name") from None
