"""METADATA of a wheel with as few bytes as possible.

Owns the ways to it, cheapest first: the metadata file beside the wheel, which is tried on every
server whatever the page says; a part of the wheel by range requests; the whole wheel. Refuses to
ask a server twice for what it has been found not to do.
Follows PEP 658 and PEP 714; RFC 9110 for ranges.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.index.failures import MetadataMismatch
from weft.index.remote_zip import TAIL, Window, ZipFailure, read_metadata
from weft.index.urls import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar

    from weft.core.distribution import File
    from weft.core.metadata import Metadata
    from weft.index.transport import Response, Transport

    T = TypeVar("T")
else:
    Protocol = object

_NO_SIBLING = frozenset((400, 401, 403, 404, 405, 406, 410, 501))
_NO_RANGE = frozenset((400, 405, 416, 501))
_LARGEST = 1 << 24


class Habits:
    """What servers have been found to do, by origin. The first to ask holds back the others."""

    def __init__(self) -> None:
        from _thread import LockType, allocate_lock

        self._allocate = allocate_lock
        self._known: dict[tuple[str, str], bool] = {}
        self._gates: dict[tuple[str, str], LockType] = {}

    def attempt(self, origin: str, habit: str, attempt: Callable[[], T | None]) -> T | None:
        """What `attempt` returns, None without an attempt if this never works at `origin`.

        The first result of an origin decides: None then means that it never works there.
        """
        key = (origin, habit)
        known = self._known.get(key)
        if known is None:
            with self._gates.setdefault(key, self._allocate()):
                known = self._known.get(key)
                if known is None:
                    result = attempt()
                    self._known[key] = result is not None
                    return result
        return attempt() if known else None


class Wheels(Protocol):
    """Where wheels go that had to be read whole, so that nobody fetches them again."""

    def fetch(self, file: File, begun: Response | None) -> str:
        """The path of a wheel, from an answer with it where one has begun."""

    def keep(self, file: File, content: bytes) -> None:
        """Keep the whole content of a small wheel."""


class MetadataSource:
    """Fetches METADATA."""

    def __init__(self, transport: Transport, wheels: Wheels) -> None:
        self._transport = transport
        self._wheels = wheels
        self._habits = Habits()

    def fetch(self, file: File) -> Metadata:
        """METADATA of a wheel on a server, checked to be of that wheel."""
        origin = Url.parse(file.url).origin
        if file.metadata is not None:
            found = self._sibling(file)
        else:
            metadata = self._habits.attempt(origin, "metadata", lambda: self._plausible(file))
            if metadata is not None:
                return metadata
            found = None
        if found is None and file.filename.endswith(".whl"):
            data = self._part(file, origin)
            found = data if data is not None else self._from_whole(file)
        if found is None:
            raise WeftError(
                f"`{file.filename}` is no wheel: its metadata is known when it is built"
            )
        return check(file, found)

    def _sibling(self, file: File) -> bytes | None:
        """The metadata file, None where there is none; its digest must be the one of the page."""
        url = file.url.partition("#")[0].partition("?")[0] + ".metadata"
        response = self._transport.request(
            "GET",
            url,
            headers={"Accept-Encoding": "gzip, deflate"},
            expect=_NO_SIBLING,
            limit=_LARGEST,
        )
        if response.status != 200:
            return None
        algorithm, _, expected = (file.metadata or "").partition("=")
        if expected:
            _check_digest(url, response.body, algorithm=algorithm, expected=expected.lower())
        return response.body

    def _plausible(self, file: File) -> Metadata | None:
        """A metadata file that nobody promised: pages of servers that never say no are refused."""
        data = self._sibling(file)
        if data is None:
            return None
        try:
            return check(file, data)
        except WeftError:
            return None

    def _part(self, file: File, origin: str) -> bytes | None:
        """METADATA by range requests; None where the server gives no ranges."""
        whole: list[Response] = []
        try:
            data = self._habits.attempt(origin, "range", lambda: self._ranged(file, whole))
        except ZipFailure:
            return None  # if the whole file is no better, that error says more
        return self._from_whole(file, whole[0]) if whole else data

    def _ranged(self, file: File, whole: list[Response]) -> bytes | None:
        response = self._transport.request(
            "GET",
            file.url,
            headers={"Range": f"bytes=-{TAIL}"},
            stream=True,
            expect=_NO_RANGE,
        )
        place = _content_range(response.headers.get("content-range", ""))
        if response.status == 200:
            whole.append(response)
            return None
        if response.status != 206 or place is None:
            response.close()
            return None
        start, size = place
        tail = _take(response, TAIL)
        if tail is None:
            return None
        window = Window(
            lambda at, length: self._read(file, at, length), size, start=start, data=tail
        )
        metadata = read_metadata(file.filename, window)
        if len(tail) == size:
            self._wheels.keep(file, tail)
        return metadata

    def _read(self, file: File, start: int, length: int) -> bytes:
        asked = f"bytes={start}-{start + length - 1}"
        response = self._transport.request("GET", file.url, headers={"Range": asked}, stream=True)
        place = _content_range(response.headers.get("content-range", ""))
        if response.status != 206 or place is None or place[0] != start:
            response.close()
            raise ValueError("the server gives another part than was asked for")
        return _take(response, length) or b""

    def _from_whole(self, file: File, begun: Response | None = None) -> bytes:
        return read_local(self._wheels.fetch(file, begun), file.filename)


def read_local(path: str, filename: str) -> bytes:
    """METADATA of a wheel on this machine."""
    from weft.core.errors import OsCause, SystemFailure
    from weft.system.lean import os

    try:
        with open(path, "rb", buffering=0) as wheel:
            size = os.fstat(wheel.fileno()).st_size

            def read(start: int, length: int) -> bytes:
                wheel.seek(start)
                return wheel.read(length)

            return read_metadata(filename, Window(read, size, start=size, data=b""))
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)


def check(file: File, data: bytes) -> Metadata:
    """Parsed metadata; `MetadataMismatch` where it is of another project or version."""
    from weft.core.filename import WheelName
    from weft.core.metadata import Metadata
    from weft.core.version import Version

    metadata = Metadata.parse(data)
    if not file.filename.endswith(".whl"):
        return metadata
    expected = WheelName.parse(file.filename)
    if metadata.normalized_name != expected.name:
        raise MetadataMismatch(
            "The index returned metadata for the wrong package: expected distribution for "
            f"{expected.name}, got distribution for {metadata.normalized_name}"
        )
    found, given = Version.parse(metadata.version), Version.parse(expected.version)
    if found != given and found.public != given.public:
        raise MetadataMismatch(
            f"Package metadata version `{found}` does not match given version `{given}`"
        )
    return metadata


def _check_digest(url: str, data: bytes, *, algorithm: str, expected: str) -> None:
    import hashlib

    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return  # what cannot be computed proves nothing
    computed = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
    if computed != expected:
        raise MetadataMismatch(
            f"Hash mismatch for package metadata at `{url}`\n\nExpected:\n  {algorithm}:{expected}"
            f"\n\nComputed:\n  {algorithm}:{computed}"
        )


def _take(response: Response, limit: int) -> bytes | None:
    """The body of an answer that was asked for `limit` bytes at most; None if it is longer."""
    data = b""
    for chunk in response.chunks():
        data += chunk
        if len(data) > limit:
            response.close()
            return None
    return data


def _content_range(text: str) -> tuple[int, int] | None:
    """Start and size of the whole out of `bytes 0-99/1234`."""
    unit, _, rest = text.partition(" ")
    part, _, size = rest.partition("/")
    start = part.partition("-")[0]
    if unit != "bytes" or not start.isdecimal() or not size.isdecimal():
        return None
    return int(start), int(size)
