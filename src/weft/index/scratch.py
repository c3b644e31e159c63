"""Wheels that were fetched whole for the sake of their metadata, until somebody installs them.

Owns the directory that they wait in. Refuses to keep it: `close` removes what nobody came for.
"""

from __future__ import annotations

from weft.index.download import Downloaded, download, move, save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.distribution import File
    from weft.index.transport import Response, Transport


class Scratch:
    """A `weft.index.metadata.Wheels`. Thread-safe.

    `make` makes the directory at first use; without it a temporary one is made, and removed.
    """

    def __init__(self, transport: Transport, make: Callable[[], str] | None) -> None:
        from _thread import allocate_lock

        self._transport = transport
        self._make = make
        self._lock = allocate_lock()
        self._directory: str | None = None
        self._waiting: dict[str, Downloaded] = {}

    def fetch(self, file: File, begun: Response | None) -> str:
        """Download a wheel, or go on with an answer that is on its way; the path of it."""
        found = download(
            self._transport,
            file,
            self._place(file),
            progress=lambda _received: None,
            begun=begun,
        )
        self._waiting[file.url] = found
        return found.path

    def keep(self, file: File, content: bytes) -> None:
        """Write a small wheel down, if it is the one that the index describes."""
        found = save(file, content, self._place(file))
        if found is not None:
            self._waiting[file.url] = found

    def take(self, file: File, directory: str) -> Downloaded | None:
        """Move a wheel that waits into `directory`; None if it has to be fetched."""
        found = self._waiting.pop(file.url, None)
        return move(found, directory) if found is not None else None

    def close(self) -> None:
        """Remove what waits."""
        from weft.system.files import remove_tree

        self._waiting.clear()
        if self._directory is not None and self._make is None:
            remove_tree(self._directory)
        self._directory = None

    def _place(self, file: File) -> str:
        """A directory for one file: two indexes may have files of one name."""
        from weft.core.digest import short_digest
        from weft.system.files import make_directory

        with self._lock:
            if self._directory is None:
                if self._make is not None:
                    self._directory = self._make()
                else:
                    from tempfile import mkdtemp

                    self._directory = mkdtemp(prefix="weft-wheels-")
        place = f"{self._directory}/{short_digest(file.url)}"
        make_directory(place)
        return place
