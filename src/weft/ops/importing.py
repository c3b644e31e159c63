"""Wheels from elsewhere into the store, with the identity that an index would give them.

Owns finding wheels in directories and in pip's cache, finding out which index lists each (pages
that weft or pip have cached tell), and adding them. A wheel that no known page lists is kept by its
digest (`fetch.held`) unless the caller names an index for it. Refuses the network, and whatever
does not have the hash that its index lists.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.core.distribution import File
    from weft.index.locations import IndexLocation
    from weft.index.simple import PackedPage
    from weft.store.store import Store

_ZIP = b"PK\3\4"
_CHUNK = 1 << 20


@value
class Source:
    """Bytes that may be a wheel: `size` bytes of the file `path` from `start` on.

    `filename` is empty, and `key` that of the response, in pip's cache.
    """

    path: str
    start: int
    size: int
    filename: str = ""
    key: str = ""


@value
class Candidate:
    """A wheel as it describes itself; `name` is normalized, `version` in normal form."""

    source: Source
    filename: str
    name: str
    version: str
    sha256: str


@value
class Placed:
    """A wheel and the place in the store that it belongs to; `hashes` are those to check."""

    candidate: Candidate
    filename: str
    origin: str
    url: str
    hashes: tuple[tuple[str, str], ...]


@value
class Report:
    """How many wheels are new, and how many the store had; (path, reason) of those refused."""

    imported: int
    known: int
    refused: tuple[tuple[str, str], ...]


def in_directory(path: str) -> Iterator[Source]:
    """The wheels in a directory and below, by path; a wheel itself stands for itself.

    Raises SystemFailure where `path` is neither.
    """
    if path.endswith(".whl") and os.path.isfile(path):
        yield _source(path)
        return

    def fail(error: OSError) -> None:
        if error.filename == path:
            raise SystemFailure("read directory", path, error) from OsCause(error)

    for directory, below, names in os.walk(path, onerror=fail):
        below.sort()
        for name in sorted(names):
            if name.endswith(".whl"):
                yield _source(os.path.join(directory, name))


def _source(path: str) -> Source:
    try:
        size = os.stat(path).st_size
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)
    return Source(path, 0, size, os.path.basename(path))


def in_pip_cache(directory: str) -> Iterator[Source]:
    """The cached responses that begin like a zip archive."""
    from weft.ops.pip_cache import responses

    for found in responses(directory):
        if found.encoding in ("", "identity"):
            try:
                with open(found.path, "rb", buffering=0) as file:
                    file.seek(found.start)
                    begins_well = file.read(len(_ZIP)) == _ZIP
            except OSError:
                continue
            if begins_well:
                yield Source(found.path, found.start, found.size, key=found.key)


class Catalogue:
    """What cached pages say of wheels. `pip_caches` are directories with pages of pip's."""

    def __init__(
        self, store: Store, indexes: Sequence[IndexLocation], pip_caches: Sequence[str]
    ) -> None:
        self.indexes = [each for each in indexes if each.format != "flat"]
        self._store = store
        self._pip_caches = pip_caches
        self._pages: dict[tuple[str, str], list[PackedPage]] = {}

    def find(self, wheel: Candidate) -> File | None:
        """The file that an index lists: at the same address (as pip knows it), or the same digest.

        What is found by its address need not have the digest: then it is damaged.
        """
        from weft.ops.pip_cache import key_of

        listed = [file for each in self.indexes for file in self.files(each, wheel)]
        for file in listed:
            if dict(file.hashes).get("sha256") == wheel.sha256:
                return file
        key = wheel.source.key
        return next((file for file in listed if key and key_of(file.url) == key), None)

    def named(self, index: IndexLocation, wheel: Candidate) -> File | None:
        """The file of the same name on one index."""
        listed = self.files(index, wheel)
        return next((file for file in listed if file.filename == wheel.filename), None)

    def files(self, index: IndexLocation, wheel: Candidate) -> list[File]:
        """The wheels of the same project and version that an index is known to have."""
        return [
            file
            for page in self.pages(index, wheel.name)
            if wheel.version in page.texts
            for file in page.files(page.texts.index(wheel.version))
            if file.filename.endswith(".whl")
        ]

    def pages(self, index: IndexLocation, project: str) -> list[PackedPage]:
        """The cached pages of a project, whatever their age."""
        key = (index.url, project)
        if key not in self._pages:
            pages = [self._own_page(index, project)]
            pages += [_pip_page(each, index, project) for each in self._pip_caches]
            self._pages[key] = [page for page in pages if page is not None]
        return self._pages[key]

    def _own_page(self, index: IndexLocation, project: str) -> PackedPage | None:
        from weft.index.shelf import Shelf
        from weft.store.layout import origin_key

        shelf = Shelf(self._store)
        key = f"{origin_key(index.url)}/{project}"
        kept = shelf.read(key)
        return None if kept is None else shelf.page(key, kept, index=index.url)


def _pip_page(directory: str, index: IndexLocation, project: str) -> PackedPage | None:
    """The page of a project in pip's cache, None where there is none that can be read."""
    from weft.index.simple import PackedPage, PageError, pack, parse_html, parse_json
    from weft.ops.pip_cache import response

    url = index.page_url(project)
    found = response(directory, url)
    if found is None:
        return None
    parse = parse_json if found.content_type.endswith("json") else parse_html
    try:
        return PackedPage.load(pack(parse(found.body(), url), project), index=index.url)
    except (PageError, ValueError, OSError):
        return None


class Importer:
    """Adds wheels to a store. `index` is where those of directories are said to come from."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        *,
        index: IndexLocation | None = None,
        workers: int = 2,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._index = index
        self._workers = workers

    def run(self, sources: Iterable[Source]) -> Report:
        """Import all that are wheels. Raises SystemFailure where the store cannot be written."""
        from weft.system.workers import fork_map

        todo = sorted(sources, key=lambda source: -source.size)
        refused: list[tuple[str, str]] = []
        placed: dict[tuple[str, str], Placed] = {}
        facts = fork_map(len(todo), lambda at: examine(todo[at]), workers=self._workers)
        known = 0
        for source, found in zip(todo, facts, strict=True):
            if isinstance(found, str):
                refused.append((source.path, found))
            elif found is not None:
                wheel = self.place(Candidate(source, *found))
                key = (wheel.origin, wheel.filename)
                known += key in placed or self._has(wheel)
                if not self._has(wheel):
                    placed.setdefault(key, wheel)
        order = list(placed.values())
        answers = fork_map(len(order), lambda at: self._add(order[at]), workers=self._workers)
        refused += [
            (wheel.url or wheel.candidate.source.path, answer)
            for wheel, answer in zip(order, answers, strict=True)
            if answer
        ]
        return Report(answers.count(""), known, tuple(sorted(refused)))

    def place(self, wheel: Candidate) -> Placed:
        """Decide where a wheel belongs."""
        from weft.fetch.held import content_origin
        from weft.fetch.stored import origin_of
        from weft.store.layout import origin_key

        file = self._catalogue.find(wheel)
        named = self._index is not None and wheel.source.filename
        if file is None and self._index is not None and named:
            file = self._catalogue.named(self._index, wheel)
        if file is not None:
            return Placed(wheel, file.filename, origin_of(file), file.url, file.hashes)
        if self._index is not None and named:
            return Placed(wheel, wheel.filename, origin_key(self._index.url), "", ())
        return Placed(wheel, wheel.filename, content_origin(wheel.sha256), "", ())

    def _has(self, wheel: Placed) -> bool:
        name = wheel.candidate.name
        found = self._store.find_wheel(wheel.origin, wheel.filename, name=name)
        return found is not None and ("sha256", wheel.candidate.sha256) in found.hashes

    def _add(self, wheel: Placed) -> str:
        """In whichever process: add one, and give the reason if it is refused."""
        from weft.core.filename import FilenameError
        from weft.store.errors import BadWheel, HashMismatch
        from weft.store.staging import Staging

        source = wheel.candidate.source
        try:
            with Staging(self._store.staging()) as staging:
                path = source.path
                if source.start:
                    path = _cut_out(source, os.path.join(staging.path, "wheel"))
                self._store.add_wheel(
                    path,
                    filename=wheel.filename,
                    origin=wheel.origin,
                    url=wheel.url,
                    hashes=wheel.hashes,
                    computed=(("sha256", wheel.candidate.sha256),),
                )
        except (BadWheel, HashMismatch, FilenameError) as error:
            return reason(error)
        return ""


def reason(error: WeftError) -> str:
    """An error and its causes in one line."""
    parts = [error.message]
    while isinstance(error.__cause__, WeftError):
        error = error.__cause__
        parts.append(error.message)
    return ": ".join(parts)


def examine(source: Source) -> tuple[str, str, str, str] | str | None:
    """What a wheel says of itself: (file name, name, version, sha256).

    A text says why a file that should be a wheel is none; None is an archive of another kind.
    """
    from weft.core.filename import WheelName
    from weft.ops.wheel_part import Part, describe

    try:
        with open(source.path, "rb", buffering=0) as file:
            part = Part(file, source.start, source.size)
            filename = source.filename or describe(part)
            if not filename:
                return None
            parsed = WheelName.parse(filename)
            return filename, str(parsed.name), parsed.version, part.sha256()
    except WeftError as error:
        return reason(error)
    except OSError as error:
        return OsCause(error).message


def _cut_out(source: Source, target: str) -> str:
    """A body that lies inside another file, as a file of its own."""
    from weft.system.files import write_all

    try:
        with open(source.path, "rb", buffering=0) as file, open(target, "xb", buffering=0) as made:
            file.seek(source.start)
            left = source.size
            while left and (chunk := file.read(min(left, _CHUNK))):
                write_all(made.fileno(), chunk)
                left -= len(chunk)
    except OSError as error:
        raise SystemFailure("write", target, error) from OsCause(error)
    return target
