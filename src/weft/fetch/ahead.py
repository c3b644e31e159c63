"""Reading ahead: pages and metadata that the solver will probably ask for, fetched by threads.

Owns the guess: of a project its newest version in question, and of that its wheel and what it
requires here, and so on, whether or not the solver has come that far; a solver alone waits for one
page after another.
Refuses to decide anything: what was guessed wrong has cost some requests, and errors are left to
whoever asks in earnest.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.marker import needs_extra
from weft.core.ranges import FULL, contains, intersect
from weft.core.value import value
from weft.resolver.candidates import Missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from weft.core.distribution import File
    from weft.core.metadata import Metadata
    from weft.core.ranges import Ranges
    from weft.fetch.database import Database
    from weft.system.workers import ThreadPool

_MOST_VERSIONS = 24
"""How many versions of a project are looked at for one that has a file."""

_MOST_PROJECTS = 500
"""How many projects are read that the solver has not named: who lists more may do so for ever."""


@value
class Guess:
    """What a guess is made from.

    `holds` tells of a marker, empty text for none, whether it holds. `limits` are the versions in
    question by name, as far as the request says. `fetch` has the wheel of a name and version
    fetched, None where no wheels are wanted; it is not told of `settled` names, of which another
    version than the newest may be taken.
    """

    holds: Callable[[str], bool]
    limits: Mapping[str, Ranges]
    fetch: Callable[[str, str, File], None] | None
    settled: Container[str]


class Ahead:
    """Reads ahead for one database. Thread-safe; `pool` makes the thread pool at its first use.

    Without a `guess` only what is named is read, and not what that requires.
    """

    def __init__(
        self, database: Database, pool: Callable[[], ThreadPool], *, guess: Guess | None
    ) -> None:
        self._database = database
        self._pool = pool
        self._guess = guess
        self._ranges = dict(guess.limits) if guess is not None else {}
        self._guessed: dict[str, object] = {}

    def start(self, name: str) -> None:
        """Read a project in a thread, and the metadata of its newest version in question."""
        self._pool().submit(self._read, name)

    def _read(self, name: str) -> None:
        try:
            found = self._find(name)
            if found is None:
                return
            file, position = found
            metadata = self._database.metadata(name, position)
            if self._guess is not None:
                self._follow(metadata, self._guess)
                self._fetch(name, position, file, metadata.version)
        except WeftError:
            return  # whoever needs it asks again and gets the error

    def _find(self, name: str) -> tuple[File, int] | None:
        """The wheel of the newest version in question, and the position of that."""
        project = self._database.project(name)
        if isinstance(project, Missing):
            return None
        tried, ranges = 0, self._ranges.get(name, FULL)
        keys, prereleases = project.versions.keys, project.versions.prereleases
        for position in range(len(keys) - 1, -1, -1):
            if prereleases >> position & 1 or not contains(ranges, keys[position]):
                continue
            file = self._database.likely_file(name, position)
            if file is not None:  # nothing is built on a guess
                return (file, position) if file.filename.endswith(".whl") else None
            tried += 1
            if tried == _MOST_VERSIONS:
                break
        return None

    def _follow(self, metadata: Metadata, guess: Guess) -> None:
        """Start what a version requires without an extra, if nobody else has."""
        for name, _, _, ranges, url, marker in metadata.packed or ():
            if url is not None or (marker and (needs_extra(marker) or not guess.holds(marker))):
                continue
            self._ranges[name] = intersect(self._ranges.get(name, FULL), ranges)
            mine = object()
            known = len(self._guessed) >= _MOST_PROJECTS or name in self._guessed
            if known or self._guessed.setdefault(name, mine) is not mine:
                continue
            if self._database.lacks(name):
                self.start(name)

    def _fetch(self, name: str, position: int, file: File, version: str) -> None:
        """Have the wheel fetched, unless somebody has asked for other versions meanwhile.

        Nor where nothing is known of who asks: the solver may be ahead, out of the cache.
        """
        guess, ranges = self._guess, self._ranges.get(name)
        if guess is None or guess.fetch is None or name in guess.settled or ranges is None:
            return
        project = self._database.project(name)
        if not isinstance(project, Missing) and contains(ranges, project.versions.keys[position]):
            guess.fetch(name, version, file)
