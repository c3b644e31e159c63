"""The files and sources that a lock file names, as the rest of weft knows them.

Owns addresses and records (`direct_url.json`, PEP 610) of locked wheels, archives, directories and
commits. Refuses to choose among them, and to fetch anything but the name of a commit.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import DirectUrl, File
    from weft.core.source import Source
    from weft.lock.model import LockedFile
    from weft.lock.select import Selected
    from weft.ops.building import Building
    from weft.ops.session import Session


class Maker:
    """Turns what a lock file names into files and sources; `directory` is where paths begin."""

    def __init__(self, directory: str, session: Session, building: Building) -> None:
        self._directory = directory
        self._session = session
        self._building = building

    def indexed(self, each: Selected) -> File:
        """A file as if from an index: what the store has of it is found by its digest, too."""
        from weft.core.value import replace

        assert each.file is not None, "a wheel or an sdist is a file"
        file = self._file(each, each.file)
        known = self._known(each, file) if each.kind == "wheel" else None
        return known or replace(file, index=file.url.partition("#")[0].rpartition("/")[0])

    def _known(self, each: Selected, file: File) -> File | None:
        """The file as one of an index in use, if the store has got it from there already.

        Only the store is asked, and only for the very digest: nothing is added to an index's place.
        """
        from weft.core.value import replace
        from weft.fetch.stored import Wanted, stored

        digest = dict(file.hashes).get("sha256")
        if digest is None or file.url.startswith("file:"):
            return None
        for index in self._session.locations().indexes:
            candidate = replace(file, index=index.url)
            wanted = Wanted(each.package.name, each.version, candidate)
            found = stored(self._session.store, wanted)
            if found is not None and ("sha256", digest) in found.hashes:
                return candidate
        return None

    def place(self, each: Selected) -> tuple[DirectUrl, Source | None, File | None]:
        """Of a directory, a commit or an archive: its record, and the source or the wheel."""
        if each.kind == "directory":
            return self._tree(each)
        return self._commit(each) if each.kind == "vcs" else self._archive(each)

    def _archive(self, each: Selected) -> tuple[DirectUrl, Source | None, File | None]:
        from weft.core.distribution import DirectUrl
        from weft.core.source import Source
        from weft.index.urls import without_credentials

        assert each.file is not None, "an archive is a file"
        file = self._file(each, each.file)
        inside = each.file.subdirectory
        url = without_credentials(file.url)
        record = DirectUrl(url, "archive", False, (), None, inside or None)
        if each.is_wheel:
            return record, None, file
        return record, Source("archive", url, each.package.name, each.version, file, inside), None

    def _tree(self, each: Selected) -> tuple[DirectUrl, Source, None]:
        from weft.core.distribution import DirectUrl
        from weft.core.source import Source

        tree, name = each.package.directory, each.package.name
        assert tree is not None, "a directory was chosen"
        url = self._url(
            f"{tree.path}/{tree.subdirectory}" if tree.subdirectory else tree.path, name
        )
        _check_directory(url)
        settings = self._building.context.settings
        refused = settings.no_editable or name in settings.no_editable_package
        editable = bool(tree.editable) and not refused
        return (
            DirectUrl(url, "dir", editable),
            Source("directory", url, name, editable=editable),
            None,
        )

    def _commit(self, each: Selected) -> tuple[DirectUrl, Source, None]:
        from weft.core.distribution import DirectUrl, Vcs
        from weft.core.source import Source
        from weft.core.value import replace
        from weft.fetch.git_url import parse_git_url

        vcs, name = each.package.vcs, each.package.name
        assert vcs is not None, "a commit was chosen"
        address = self._url(vcs.path, name) if vcs.path and not vcs.url else vcs.url
        lfs = self._building.context.settings.git_lfs
        parsed = parse_git_url(address.partition("#")[0].partition("?")[0], lfs=lfs)
        parsed = replace(parsed, reference=vcs.commit_id)
        commit = self._building.git().resolve(parsed)
        inside, requested = vcs.subdirectory, vcs.requested_revision or None
        record = DirectUrl(
            parsed.repository,
            "vcs",
            False,
            (),
            Vcs("git", commit, requested, parsed.lfs),
            inside or None,
        )
        source = Source(
            "git",
            parsed.repository,
            name,
            each.version,
            subdirectory=inside,
            commit=commit,
            requested=requested,
            lfs=parsed.lfs,
        )
        return record, source, None

    def _file(self, each: Selected, locked: LockedFile) -> File:
        from weft.core.distribution import File

        url = self._url(locked.path, each.package.name) if locked.path else locked.url
        if url.startswith("file:"):
            _check_local(url, locked.size)
        return File(
            filename=locked.filename,
            url=url,
            hashes=locked.hashes,
            size=locked.size,
            upload_time=locked.upload_time,
        )

    def _url(self, path: str, name: str) -> str:
        """The address of a path. Raises WeftError where the lock file itself is not local."""
        from weft.index.urls import file_url
        from weft.system.lean import os

        if not self._directory:
            raise WeftError(
                f"Package `{name}` has the path `{path}`, which a lock file behind a URL cannot "
                "have"
            )
        return file_url(os.path.normpath(os.path.join(self._directory, path)))


def _check_directory(url: str) -> None:
    from weft.index.urls import local_path
    from weft.system.lean import os

    if not os.path.exists(local_path(url) or ""):
        raise WeftError(f"Distribution not found at: {url}", exit_code=1)


def _check_local(url: str, size: int | None) -> None:
    """A file of this machine is there, and as large as it should be."""
    from weft.index.urls import local_path
    from weft.system.lean import os

    path = local_path(url)
    if path is None or not os.path.isfile(path):
        raise WeftError(f"Distribution not found at: {url}")
    found = os.path.getsize(path)
    if size is not None and found != size:
        raise WeftError(f"Archive `{path}` has size {found}, but the lockfile records {size}")
