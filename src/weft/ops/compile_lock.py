"""The `pylock.toml` that `weft pip compile` writes.

Owns the way from pins to the values of a lock file: which files of a version belong into it, how
paths are written, and hashes that nobody has told yet. Refuses to resolve, and to lay out text.
Follows PEP 751, and uv where that leaves a choice.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.core.distribution import File, Hashes
    from weft.core.marker_sets import MarkerSet
    from weft.lock.model import LockedFile, LockedPackage, LockedVcs
    from weft.ops.compile_pins import Pin
    from weft.ops.compiling import Compiled
    from weft.ops.context import Context


def lock_text(context: Context, compiled: Compiled) -> str:
    """The text without the header. Fetches the files whose hashes are not known otherwise."""
    from weft.core.version import version_key
    from weft.lock.model import Pylock
    from weft.lock.pylock_text import pylock_text

    left_out = context.settings.no_emit_package
    maker = _Maker(context, compiled)
    packages = [
        maker.package(pins) for pins in _by_version(compiled.pins) if pins[0].name not in left_out
    ]
    packages.sort(key=lambda package: (package.name, version_key(package.version) or b""))
    return pylock_text(Pylock(tuple(packages), requires_python=maker.requires_python))


def _by_version(pins: Iterable[Pin]) -> list[list[Pin]]:
    """Pins of one version of one place; there are several where their extras are."""
    found: dict[tuple[str, str, str], list[Pin]] = {}
    for pin in pins:
        found.setdefault((pin.name, pin.version, pin.url), []).append(pin)
    return list(found.values())


def _marker(pins: Iterable[Pin]) -> MarkerSet:
    """Where a version counts, whole: a lock file is read without what it was made for in mind."""
    from weft.core.marker_sets import MarkerSet

    found = MarkerSet.FALSE
    for pin in pins:
        found |= pin.where if pin.where is not None else MarkerSet.parse(pin.marker)
    return found


class _Maker:
    """Makes the packages of one lock file, whose paths count from the directory it is put in."""

    def __init__(self, context: Context, compiled: Compiled) -> None:
        from weft.core.version import Version
        from weft.system.lean import os

        self._compiled = compiled
        self._universal = context.settings.universal
        output = os.path.join(context.cwd, context.settings.output_file or "pylock.toml")
        self._directory = os.path.dirname(output)
        lowest = Version.parse(compiled.requires_python.removeprefix(">="))
        self.requires_python = f">={lowest.release_text}"  # a pre-release counts as the release
        major, minor = (*lowest.release, 0)[:2]
        self._lowest = (major, minor)

    def package(self, pins: Sequence[Pin]) -> LockedPackage:
        """One version, wherever one of its pins holds."""
        from weft.core.value import replace
        from weft.lock.model import LockedPackage

        pin = pins[0]
        marker = _marker(pins)
        package = LockedPackage(pin.name, pin.version, marker.text)
        if pin.direct is not None:
            return self._placed(pin, package)
        wheels, sdist = self._files(pin, marker)
        return replace(
            package,
            wheels=tuple([self._locked(pin, wheel) for wheel in wheels]) or None,
            sdist=self._locked(pin, sdist) if sdist is not None else None,
        )

    def _files(self, pin: Pin, marker: MarkerSet) -> tuple[list[File], File | None]:
        """The wheels that some environment can use, and the source distribution."""
        from weft.lock.reach import Reach
        from weft.ops.compile_hashes import files_of

        rules = self._compiled.rules
        files = files_of(pin, self._compiled.database)
        reach = Reach(marker, lowest=self._lowest)
        wheels = [] if pin.name in rules.no_binary else [
            file
            for file in files
            if file.filename.endswith(".whl")
            and (self._universal or rules.supported.fits(file.filename))
            and reach.includes(file.filename)
        ]  # fmt: skip
        sdists = [] if pin.name in rules.no_build else [
            file for file in files if not file.filename.endswith(".whl")
        ]  # fmt: skip
        sdists.sort(key=lambda file: not file.filename.endswith(".tar.gz"))
        return wheels, sdists[0] if sdists else None

    def _locked(self, pin: Pin, file: File) -> LockedFile:
        from weft.core.value import replace
        from weft.index.urls import without_credentials
        from weft.lock.model import LockedFile

        hashes = file.hashes or self._computed(pin, file)
        url = without_credentials(file.url)
        return LockedFile.of(replace(file, url=url, hashes=hashes))

    def _computed(self, pin: Pin, file: File) -> Hashes:
        """What a file hashes to; it is thrown away again."""
        from weft.index.urls import local_path

        session = self._compiled.building.session
        local = local_path(file.url)
        if local is not None:
            return (("sha256", _sha256(local)),)
        from weft.store.staging import Staging

        with Staging(session.store.staging()) as staging:
            path = session.client().download(file, staging.path, name=pin.name)
            return (("sha256", _sha256(path)),)

    # What has a path or a URL.

    def _placed(self, pin: Pin, package: LockedPackage) -> LockedPackage:
        from weft.core.value import replace
        from weft.lock.model import LockedDirectory

        direct = pin.direct
        assert direct is not None, "asked of a path or a URL only"
        record = direct.direct_url
        if record.vcs is not None:
            return replace(package, vcs=self._commit(pin))
        if record.kind == "dir":
            path = self._path(pin, record.subdirectory or "")
            tree = LockedDirectory(path, True if record.editable else None)
            return replace(package, version="", directory=tree)
        return replace(package, archive=self._archive(pin))

    def _commit(self, pin: Pin) -> LockedVcs:
        from weft.lock.model import LockedVcs

        assert pin.direct is not None, "asked of a repository only"
        record = pin.direct.direct_url
        vcs = record.vcs
        assert vcs is not None, "asked of a repository only"
        return LockedVcs(
            vcs.system,
            vcs.commit,
            record.url,
            requested_revision=vcs.requested or "",
            subdirectory=record.subdirectory or "",
        )

    def _archive(self, pin: Pin) -> LockedFile:
        from weft.lock.model import LockedFile
        from weft.ops.compile_hashes import hashes_of_direct

        assert pin.direct is not None, "asked of an archive only"
        record = pin.direct.direct_url
        hashes = tuple(hashes_of_direct(pin, self._compiled.building))
        if record.url.startswith("file:"):
            path, inside = self._path(pin), record.subdirectory or ""
            return LockedFile(path=path, hashes=hashes, subdirectory=inside)
        return LockedFile(record.url, hashes=hashes, subdirectory=record.subdirectory or "")

    def _path(self, pin: Pin, inside: str = "") -> str:
        """Relative to the lock file, unless it was given as an absolute one."""
        from weft.index.urls import local_path
        from weft.system.lean import os

        assert pin.direct is not None, "asked of a path only"
        path = os.path.join(local_path(pin.direct.direct_url.url) or "", inside).rstrip("/")
        if pin.given.startswith(("/", "file:")):
            return path
        return os.path.relpath(path, self._directory).replace(os.sep, "/")


def _sha256(path: str) -> str:
    from weft.core.digest import new_sha256

    running = new_sha256()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(1 << 20):
            running.update(chunk)
    return running.hexdigest()
