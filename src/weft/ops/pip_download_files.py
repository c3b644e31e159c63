"""Files of an answer on their way into a directory.

Owns what file each package is, whether a file that is there already is the right one, and getting
the others: wheels from where the index says, archives of sources out of the store, and new source
distributions of directories and repositories. Everything is made in a directory of its own below
the destination and renamed when it is complete and right. Refuses to choose.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import replace, value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.distribution import File
    from weft.core.source import Source
    from weft.ops.answers import Answer
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.wants import Wants

# Below the destination, where `find-links` does not look; gone when the command ends.
_WORK = ".weft-download"


@value
class Item:
    """One package of the answer as a file.

    `file` is set for what is fetched as it is, `source` for what comes out of the store or is made
    of a directory or a repository. `allowed` are `algorithm:hex`, none for any.
    """

    name: str
    version: str
    filename: str
    url: str
    file: File | None = None
    source: Source | None = None
    allowed: frozenset[str] = frozenset()


class BadName(WeftError):
    """An index names a file in a way that would lead out of the directory."""

    exit_code = 1

    def __init__(self, name: str, filename: str) -> None:
        super().__init__()
        self.name = name
        self.filename = filename

    @property
    def message(self) -> str:
        from weft.store.errors import shown

        return f"The file of `{self.name}` has a name that is none: `{shown(self.filename)}`"


def display(context: Context, path: str) -> str:
    """`./x` below the working directory, as pip has it, else absolute."""
    inside = os.path.join(context.cwd, "")
    return "./" + path[len(inside) :] if path.startswith(inside) else path


def items_of(
    context: Context, session: Session, *, answer: Answer, wants: Wants, building: Building
) -> list[Item]:
    """The file of each package, by name. Raises BadName."""
    from weft.ops.gathering import Gathering

    gathering = Gathering(context, session, answer=answer, wants=wants, building=building)
    items = []
    for package in answer.resolution.packages:
        name, version = package.name, package.version
        allowed = wants.hashes.get(name, frozenset())
        if name in gathering.files:
            file = gathering.files[name].file
            items.append(Item(name, version, file.filename, file.url, file, None, allowed))
            continue
        source = gathering.sources[name]
        if source.file is not None:
            filename = source.file.filename
        else:
            filename = f"{name.replace('-', '_')}-{version}.tar.gz"
        if not source.name:
            source = replace(source, name=name, version=version)
        url = source.file.url if source.file is not None else source.url
        items.append(Item(name, version, filename, url, source.file, source, allowed))
    for item in items:
        if not item.filename or os.path.basename(item.filename) != item.filename:
            raise BadName(item.name, item.filename)
        if item.filename.startswith(".") or "\\" in item.filename or "\0" in item.filename:
            raise BadName(item.name, item.filename)
    return items


class Folder:
    """The destination, which is made as soon as there is something to fetch."""

    def __init__(self, context: Context, session: Session, building: Building) -> None:
        self._context = context
        self._session = session
        self._building = building
        self.path = os.path.normpath(os.path.join(context.cwd, context.settings.dest or "."))
        self._failed = False

    def path_of(self, item: Item) -> str:
        """Where a file is, or will be."""
        return os.path.join(self.path, item.filename)

    def kept(self, item: Item) -> str | None:
        """The path of a file that is there and right; a wrong one is warned of.

        What nobody knows the digest of counts as wrong. Raises WeftError for a directory,
        and for a pipe or a device.
        """
        path = self.path_of(item)
        if item.file is None or not os.path.lexists(path):
            return None
        if os.path.isdir(path):
            raise WeftError(f"`{display(self._context, path)}` is a directory", exit_code=1)
        if os.path.exists(path) and not os.path.isfile(path):  # reading it may take for ever
            raise WeftError(f"`{display(self._context, path)}` is not a file", exit_code=1)
        if self._is_right(item, path):
            return path
        from weft.core.events import Warned

        shown = display(self._context, path)
        what = "would be replaced" if self._context.settings.dry_run else "is replaced"
        self._context.sink(Warned(f"`{shown}` is not the file of the index and {what}"))
        return None

    def _is_right(self, item: Item, path: str) -> bool:
        from weft.index.urls import local_path
        from weft.store.errors import HashMismatch
        from weft.store.hashes import check_hashes

        assert item.file is not None
        local = local_path(item.file.url)
        if local is not None and os.path.exists(local) and os.path.samefile(local, path):
            return True
        expected = item.file.hashes
        if not expected and local is not None:
            expected = self._hashes_of(local)
        if not expected:
            return False
        try:
            known = check_hashes(path, item.filename, hashes=expected, computed=())
            self._check(item, path, known)
        except (HashMismatch, SystemFailure):
            return False
        return True

    def _hashes_of(self, path: str) -> tuple[tuple[str, str], ...]:
        from weft.store.archive import hash_file

        try:
            return (("sha256", hash_file(path, "sha256").hex()),)
        except OSError:
            return ()

    def _check(self, item: Item, path: str, computed: tuple[tuple[str, str], ...]) -> None:
        """Compare with what the request allows. Raises HashMismatch and SystemFailure."""
        if not item.allowed:
            return
        from weft.store.hashes import check_hashes

        pairs = (each.partition(":") for each in item.allowed)
        wanted = tuple(sorted((algorithm, digest) for algorithm, _, digest in pairs))
        shown = f"{item.name}=={item.version}"
        check_hashes(path, shown, hashes=wanted, computed=computed)

    def fetch(self, items: Sequence[Item]) -> dict[str, str]:
        """Get these, by name. Raises the first failure; what is complete by then stays."""
        if not items:
            return {}
        from weft.core.events import PhaseEnded, PhaseStarted
        from weft.ops.pip_download_work import Workplace

        self._context.sink(PhaseStarted("Downloading packages...", len(items)))
        try:
            with Workplace(self.path, _WORK, now=self._context.now) as work:
                return self._fetch(items, work.path)
        finally:
            self._context.sink(PhaseEnded())

    def _fetch(self, items: Sequence[Item], directory: str) -> dict[str, str]:
        wheels = [item for item in items if item.source is None]
        archives = [item for item in items if item.source is not None and item.file is not None]
        made = [item for item in items if item.file is None]
        found: dict[str, str] = {}
        if wheels:
            found.update(self._download(wheels, directory))
        if archives:
            jobs = [self._job(self._unshelve, item, directory) for item in archives]
            paths = self._building.in_threads(jobs)
            found.update(zip([item.name for item in archives], map(str, paths), strict=True))
        for item in made:
            from weft.ops.pip_download_work import build_sdist

            path = build_sdist(self._context, self._building, item, directory)
            found[item.name] = self._settle(path)
        return found

    def _job(
        self, work: Callable[[Item, str], str], item: Item, directory: str
    ) -> Callable[[], object]:
        return lambda: work(item, directory)

    def _download(self, items: list[Item], directory: str) -> dict[str, str]:
        """Wheels, side by side, the largest first."""
        items.sort(key=lambda item: -((item.file.size if item.file else 0) or 0))
        self._session.warm_up()
        pool = self._session.threads()
        tasks = [(item, pool.submit(self._one, item, directory)) for item in items]
        found, failures = {}, []
        for item, task in tasks:
            try:
                found[item.name] = task.result()
            except WeftError as error:
                self._failed = True
                failures.append((item, error))
        if failures:
            from weft.system.pending import Cancelled

            real = [each for each in failures if not isinstance(each[1], Cancelled)]
            blamed, failure = (real or failures)[0]
            if isinstance(failure, SystemFailure):
                raise failure  # the disk is to blame, not the package
            from weft.fetch.stored import Wanted
            from weft.ops.gathering import NotDownloaded

            assert blamed.file is not None
            wanted = Wanted(blamed.name, blamed.version, blamed.file)
            raise NotDownloaded(wanted, failure) from failure
        return found

    def _one(self, item: Item, directory: str) -> str:
        """In a thread: one wheel."""
        from weft.index.urls import local_path
        from weft.ops.pip_download_work import bring
        from weft.system.pending import Cancelled

        def watch(_received: int) -> None:
            if self._failed:
                raise Cancelled

        watch(0)
        client = self._session.client()
        assert item.file is not None
        path = client.download(item.file, directory, watch, name=item.name)
        self._check(item, path, client.hashes(path))
        if local_path(item.file.url) is not None:
            path = bring(path, directory, item.filename, mode=self._context.settings.link_mode)
        return self._settle(path)

    def _unshelve(self, item: Item, directory: str) -> str:
        """The archive of a source out of the store, which fetches it at need."""
        from weft.ops.pip_download_work import bring

        assert item.source is not None
        archive = self._building.builder.archive(item.source)
        archive.check(item.allowed, shown=f"{item.name}=={item.version}")
        mode = self._context.settings.link_mode
        return self._settle(bring(archive.path, directory, item.filename, mode=mode))

    def _settle(self, path: str) -> str:
        """Give a finished file its name in the destination."""
        target = os.path.join(self.path, os.path.basename(path))
        try:
            os.replace(path, target)
        except OSError as error:
            raise SystemFailure("write", target, error) from OsCause(error)
        return target
