"""From the packages that a project's lock has for one environment to an answer.

Owns the addresses and records (`direct_url.json`, PEP 610) of files, trees and commits that a
`uv.lock` names, and the hashes that they must have. Refuses to choose among packages, and to ask an
index: a lock says where its files are.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.distribution import DirectUrl, File
    from weft.core.source import Source
    from weft.lock.uvmodel import UvFile, UvPackage, UvSource
    from weft.ops.answers import Answer
    from weft.ops.building import Building
    from weft.ops.direct import Direct
    from weft.ops.session import Session


class NothingThere(WeftError):
    """A directory or a file that the lock names, by its URL, is gone."""

    def __init__(self, url: str) -> None:
        super().__init__("Failed to determine installation plan")
        self.url = url
        self.__cause__ = WeftError(f"Distribution not found at: {url}")


@value
class Picked:
    """A package that is to be installed; `file` is its wheel or sdist.

    It is None for a tree, and for what is installed and need not be looked for.
    """

    package: UvPackage
    file: UvFile | None = None


@value
class Locked:
    """The answer, and by name the hashes that its files must have."""

    answer: Answer
    hashes: Mapping[str, frozenset[str]]


class Locator:
    """Turns what a lock names into files and sources. `root` is the directory of the lock.

    `plain` tells of a name whether it is not to be editable.
    """

    def __init__(self, root: str, building: Building) -> None:
        self._root = root
        self._building = building

    def indexed(self, package: UvPackage, file: UvFile) -> File:
        """A file of an index."""
        from weft.core.value import replace

        location = package.source.location
        if "://" not in location:
            location = self._url(location)
        found = self._file(file, directory=package.source.location)
        return replace(found, index=location) if not found.url.startswith("file:") else found

    def placed(
        self, package: UvPackage, file: UvFile | None
    ) -> tuple[DirectUrl, Source | None, File | None]:
        """What has a URL or a path: its record, and the source or the wheel."""
        kind = package.source.kind
        if kind in ("directory", "editable"):
            return self._tree(package)
        if kind == "git":
            return self._commit(package)
        return self._archive(package, file)

    def _archive(
        self, package: UvPackage, locked: UvFile | None
    ) -> tuple[DirectUrl, Source | None, File | None]:
        from weft.core.distribution import DirectUrl
        from weft.core.source import Source
        from weft.index.urls import local_path, without_credentials

        source = package.source
        url = source.location if source.kind == "url" else self._url(source.location)
        file = self._direct_file(url, locked)
        path = local_path(url) if url.startswith("file:") else None
        if path is not None:
            _check_local(path, url)
        inside = source.subdirectory or None
        record = DirectUrl(without_credentials(url), "archive", False, (), None, inside)
        if file.filename.endswith(".whl"):
            return record, None, file
        built = Source(
            "archive", without_credentials(url), package.name, package.version, file,
            source.subdirectory,
        )  # fmt: skip
        return record, built, None

    def _tree(self, package: UvPackage) -> tuple[DirectUrl, Source, None]:
        from weft.core.distribution import DirectUrl
        from weft.core.source import Source
        from weft.index.urls import local_path
        from weft.system.lean import os

        url = self._url(package.source.location)
        if not os.path.isdir(local_path(url) or ""):
            raise NothingThere(url)
        settings = self._building.context.settings
        editable = package.source.kind == "editable"
        if settings.no_editable or package.name in settings.no_editable_package:
            editable = False
        elif "no_editable" in settings.sources:  # `--editable`
            editable = True
        # The version is left out: what is in the tree has the last word.
        source = Source("directory", url, package.name, editable=editable)
        return DirectUrl(url, "dir", editable, says_editable=True), source, None

    def _commit(self, package: UvPackage) -> tuple[DirectUrl, Source, None]:
        from weft.core.distribution import DirectUrl, Vcs
        from weft.core.source import Source
        from weft.core.value import replace
        from weft.fetch.git_url import parse_git_url

        address, facts, commit = taken_apart(package.source)
        lfs = facts.get("lfs", "").lower() == "true" or self._building.context.settings.git_lfs
        parsed = parse_git_url(f"git+{address}", lfs=lfs)
        self._building.git().resolve(replace(parsed, reference=commit))  # nothing is fetched yet
        requested = facts.get("rev") or facts.get("tag") or facts.get("branch")
        inside = facts.get("subdirectory", "")
        record = DirectUrl(
            parsed.repository, "vcs", False, (), Vcs("git", commit, requested, lfs), inside or None
        )
        source = Source(
            "git", parsed.repository, package.name, package.version, subdirectory=inside,
            commit=commit, requested=requested, lfs=lfs,
        )  # fmt: skip
        return record, source, None

    def _direct_file(self, url: str, locked: UvFile | None) -> File:
        """The one file that a source is."""
        from urllib.parse import unquote

        from weft.core.distribution import File

        name = unquote(url.partition("?")[0].partition("#")[0].rpartition("/")[2])
        size = locked.size if locked is not None else None
        return File(name, url, _hashes(locked), size)

    def _file(self, file: UvFile, *, directory: str) -> File:
        from weft.core.distribution import File

        url = file.url or self._url(_beside(directory, file.path))
        name = file.filename or url.partition("?")[0].partition("#")[0].rpartition("/")[2]
        if "%" in name:
            from urllib.parse import unquote

            name = unquote(name)
        return File(name, url, _hashes(file), file.size)

    def _url(self, path: str) -> str:
        from weft.index.urls import file_url
        from weft.system.lean import os

        if "://" in path:
            return path
        return file_url(os.path.normpath(os.path.join(self._root, path)))


def answer_of(picked: Iterable[Picked], session: Session, building: Building, root: str) -> Locked:
    """All packages with their files and sources. Raises WeftError for what is not there."""
    from weft.ops.answers import Answer
    from weft.resolver.answer import Resolution, ResolvedPackage

    locator = Locator(root, building)
    files: dict[str, File | None] = {}
    versions: dict[str, str] = {}
    hashes: dict[str, frozenset[str]] = {}
    placed: dict[str, tuple[DirectUrl, Source | None, File | None]] = {}
    for each in picked:
        package = each.package
        name = package.name
        versions[name], files[name] = package.version, None
        if package.source.kind == "registry":
            if each.file is not None:
                files[name] = locator.indexed(package, each.file)
        else:
            placed[name] = locator.placed(package, each.file)
            files[name] = placed[name][2]
        if each.file is not None and each.file.hash:
            hashes[name] = frozenset((each.file.hash,))
    direct: dict[str, Direct] = {}
    if placed:
        from weft.ops.placed import directs_of

        direct = directs_of(placed, versions, session=session, building=building)
    packages = tuple([
        ResolvedPackage(name, direct[name].candidate.version if name in direct else version, 0,
                        frozenset(), ())
        for name, version in sorted(versions.items())
    ])  # fmt: skip
    return Locked(Answer(Resolution(packages, None), files, direct), hashes)


def taken_apart(source: UvSource) -> tuple[str, dict[str, str], str]:
    """The repository of a "git" source, what its query says, and the commit."""
    from urllib.parse import unquote

    address, _, commit = source.location.partition("#")
    address, _, query = address.partition("?")
    pairs = [part.partition("=") for part in query.split("&") if part]
    return address, {key: unquote(text) for key, _, text in pairs}, commit


def _hashes(file: UvFile | None) -> tuple[tuple[str, str], ...]:
    if file is None or not file.hash:
        return ()
    algorithm, _, digest = file.hash.partition(":")
    return ((algorithm, digest),)


def _beside(directory: str, path: str) -> str:
    """The place of a file that counts from a flat index."""
    return path if path.startswith("/") or not directory else f"{directory.rstrip('/')}/{path}"


def _check_local(path: str, url: str) -> None:
    from weft.system.lean import os

    if not os.path.isfile(path):
        raise NothingThere(url)
