"""A file on its way to a disk.

Owns streaming with size and digest checked on the way, and going on where a connection broke.
Refuses to unpack, and to leave a file under its name that is not complete and right.
Follows RFC 9110 (Range, If-Range).
"""

from __future__ import annotations

from weft.core.value import value
from weft.index.failures import BrokenTransfer, FetchFailure, RetriesExhausted, SizeMismatch
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.core.digest import Hash
    from weft.core.distribution import File, Hashes
    from weft.index.transport import Response, Transport

_PROGRESS = 1 << 20
"""A break after this many new bytes does not count as a failed try."""

_STRONGEST_FIRST = ("sha256", "sha512", "sha384", "blake2b", "sha224", "sha1", "md5")


@value
class Downloaded:
    """A complete file and what its bytes were found to hash to."""

    path: str
    hashes: Hashes


def download(
    transport: Transport,
    file: File,
    directory: str,
    *,
    progress: Callable[[int], None],
    begun: Response | None = None,
    answered: Callable[[int | None], None] | None = None,
) -> Downloaded:
    """Fetch `file` into `directory` under its own name; `progress` hears of bytes so far.

    `begun` is an answer with the whole file that is on its way already. `answered` hears once, when
    the first answer is there, how large the server says that the file is.

    Raises `FetchFailure`, `RetriesExhausted`, `SizeMismatch`, the store's `HashMismatch`, and
    `SystemFailure` where the disk is to blame. Nothing is left behind then.
    """
    from weft.core.errors import OsCause, SystemFailure
    from weft.system.files import random_name

    partial = os.path.join(directory, random_name(".download-"))
    target = os.path.join(directory, os.path.basename(file.filename))
    try:
        with open(partial, "xb", buffering=0) as output:
            transfer = _Transfer(transport, file, output.fileno(), progress, begun)
            transfer.answered = answered
            hashes = transfer.run()
        os.replace(partial, target)
    except OSError as error:
        raise SystemFailure("write", target, error) from OsCause(error)
    finally:
        try:
            os.unlink(partial)
        except OSError:
            pass  # it has its name now, or never came to be
    return Downloaded(target, hashes)


class _Transfer:
    """One download through as many requests as it takes."""

    def __init__(
        self,
        transport: Transport,
        file: File,
        descriptor: int,
        progress: Callable[[int], None],
        begun: Response | None,
    ) -> None:
        self._transport = transport
        self._file = file
        self._descriptor = descriptor
        self._progress = progress
        self._begun = begun
        self._algorithm, self._expected = _strongest(file.hashes)
        self._validator = ""
        self._resumed = False
        self.answered: Callable[[int | None], None] | None = None
        self._restart()

    def run(self) -> Hashes:
        """The hashes of the complete file."""
        from time import monotonic

        started, tries = monotonic(), 0
        while True:
            before = self._received
            try:
                self._request()
                return self._finish()
            except BrokenTransfer as error:
                if self._received - before < _PROGRESS:
                    tries += 1
                if tries > self._transport.settings.retries:
                    if tries == 1:
                        raise error from error.__cause__
                    seconds = monotonic() - started
                    raise RetriesExhausted(error, retries=tries - 1, seconds=seconds) from error
                self._transport.pause(tries)

    def _restart(self) -> None:
        self._received = 0
        self._hash = _new_hash(self._algorithm)
        self._resumed = False
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.ftruncate(self._descriptor, 0)

    def _request(self) -> None:
        headers: dict[str, str] = {}
        if self._begun is not None:
            response, self._begun = self._begun, None
            self._read(response)
            return
        if self._received and not (self._validator or self._expected):
            self._restart()  # nothing would tell whether the two halves belong together
        if self._received:
            headers["Range"] = f"bytes={self._received}-"
            if self._validator:
                headers["If-Range"] = self._validator
        response = self._transport.request(
            "GET", self._file.url, headers=headers, stream=True, expect=frozenset((416,))
        )
        if self._received and not self._continues(response):
            self._restart()
            if response.status != 200:  # it does not give this range, or another one
                response.close()
                response = self._transport.request("GET", self._file.url, stream=True)
        self._read(response)

    def _continues(self, response: Response) -> bool:
        """Whether the answer goes on exactly where the last one ended."""
        place = response.headers.get("content-range", "")
        self._resumed = response.status == 206 and place.startswith(f"bytes {self._received}-")
        return self._resumed

    def _read(self, response: Response) -> None:
        from weft.system.files import write_all

        most = self._file.size
        self._validator = _validator(response.headers)
        if self.answered is not None:
            length = response.headers.get("content-length", "")
            self.answered(int(length) if length.isascii() and length.isdigit() else None)
            self.answered = None
        for chunk in response.chunks():
            self._received += len(chunk)
            if most is not None and self._received > most:
                response.close()
                raise SizeMismatch(self._file.filename, expected=most, received=self._received)
            write_all(self._descriptor, chunk)
            self._hash.update(chunk)
            self._progress(self._received)

    def _finish(self) -> Hashes:
        file = self._file
        if file.size is not None and self._received != file.size:
            raise SizeMismatch(file.filename, expected=file.size, received=self._received)
        computed = self._hash.hexdigest()
        if self._expected and computed != self._expected:
            if self._resumed:  # two versions of the file may have been put together
                self._restart()
                self._validator = ""
                self._request()
                return self._finish()
            raise _mismatch(file, self._algorithm, self._expected, computed=computed)
        return ((self._algorithm, computed),)


def save(file: File, content: bytes, directory: str) -> Downloaded | None:
    """Write the content of a file that came by another way; None if it is not the right one."""
    from weft.system.files import write_atomic

    algorithm, expected = _strongest(file.hashes)
    running = _new_hash(algorithm)
    running.update(content)
    computed = running.hexdigest()
    if (expected and computed != expected) or file.size not in (None, len(content)):
        return None
    target = os.path.join(directory, os.path.basename(file.filename))
    write_atomic(target, content)
    return Downloaded(target, ((algorithm, computed),))


def move(downloaded: Downloaded, directory: str) -> Downloaded:
    """Put a downloaded file into another directory, on whichever file system that is."""
    from weft.core.errors import OsCause, SystemFailure

    target = os.path.join(directory, os.path.basename(downloaded.path))
    try:
        from shutil import move as move_file

        move_file(downloaded.path, target)
    except OSError as error:
        raise SystemFailure("write", target, error) from OsCause(error)
    return Downloaded(target, downloaded.hashes)


def check_local(file: File, path: str) -> None:
    """Compare a file on this machine with what an index said of it."""
    from weft.core.errors import OsCause

    algorithm, expected = _strongest(file.hashes)
    if not expected:
        return
    running = _new_hash(algorithm)
    try:
        with open(path, "rb", buffering=0) as source:
            while chunk := source.read(1 << 20):
                running.update(chunk)
    except OSError as error:
        raise FetchFailure(file.url) from OsCause(error)
    if running.hexdigest() != expected:
        raise _mismatch(file, algorithm, expected, computed=running.hexdigest())


def _strongest(hashes: Hashes) -> tuple[str, str]:
    """The digest to check; ("sha256", "") where there is none that can be."""
    known = dict(hashes)
    for algorithm in _STRONGEST_FIRST:
        if known.get(algorithm):
            return algorithm, known[algorithm]
    return "sha256", ""


def _new_hash(algorithm: str) -> Hash:
    if algorithm == "sha256":
        from weft.core.digest import new_sha256

        return new_sha256()
    import hashlib

    return hashlib.new(algorithm, usedforsecurity=False)


def _validator(headers: Mapping[str, str]) -> str:
    """What `If-Range` may name: a strong ETag, else the date of the last change."""
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified", "")


def _mismatch(file: File, algorithm: str, expected: str, *, computed: str) -> Exception:
    from weft.index.simple import version_of
    from weft.index.simple.packing import project_of
    from weft.store.errors import HashMismatch

    name, version = project_of(file.filename), version_of(file)
    return HashMismatch(
        f"{name}=={version}" if name and version else file.filename,
        expected=((algorithm, expected),),
        computed=((algorithm, computed),),
    )
