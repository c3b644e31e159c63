"""Installing wheels of the store into a target.

Owns the order of the steps that makes an installation safe to interrupt. For each wheel a
directory `~<dist-info name>.weft-install` comes first; it holds the finished RECORD of all that
will be written. Then everything is linked (the files of the dist-info directory into the mark),
scripts are written, and one rename turns the mark into the dist-info directory: RECORD is visible
when, and only when, all that it lists is there. `weft.install.uninstall.resume` undoes what was
interrupted, by that RECORD.
Refuses to unpack, and to replace installed distributions; those are uninstalled before.
Follows the binary distribution format, "Recording installed projects" and PEP 610.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure, WeftError
from weft.core.events import Warned, silent
from weft.core.value import value
from weft.install.clashes import Clashes
from weft.install.launcher import activation_warning, launcher, rewritten, shebang
from weft.install.layout import Layout
from weft.install.marks import pending
from weft.install.record import content_row, whole_record
from weft.link.account import account
from weft.system.files import make_directory, read_bytes, write_all, write_atomic
from weft.system.lean import os
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from weft.core.distribution import CachedWheel, DirectUrl
    from weft.core.events import Sink
    from weft.install.spares import Spare, Spares
    from weft.install.target import Target
    from weft.link.places import Row
    from weft.link.receipt import Receipt
    from weft.link.route import LinkMode
    from weft.link.tree import LinkJob
    from weft.store.manifest import Manifest

    class Trees(Protocol):
        """The part of the store that is needed here."""

        def tree_path(self, entry: str) -> str: ...

    Item = tuple[CachedWheel, Manifest, "WheelExtras"]

INSTALLER = "weft"
_COMMON = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@value
class WheelExtras:
    """What is recorded about an installation beside the wheel's own files.

    With an empty `installer` nothing is: RECORD is all that is added to the wheel's files.
    `cache_info` and `build_info` are the contents of `uv_cache.json` and `uv_build.json`.
    """

    requested: bool = False
    direct_url: DirectUrl | None = None
    installer: str = INSTALLER
    cache_info: bytes | None = None
    build_info: bytes | None = None

    def files(self) -> list[tuple[str, bytes]]:
        """Name and content of the files to write into the dist-info directory."""
        if not self.installer:
            return []
        files = [("INSTALLER", self.installer.encode())]
        if self.requested:
            files.append(("REQUESTED", b""))
        if self.direct_url is not None:
            files.append(("direct_url.json", self.direct_url.to_json().encode()))
        if self.cache_info is not None:
            from weft.core.cache_info import FILE_NAME

            files.append((FILE_NAME, self.cache_info))
        if self.build_info is not None:
            from weft.core.build_info import FILE_NAME as BUILD_FILE

            files.append((BUILD_FILE, self.build_info))
        return files


class InstallFailure(WeftError):
    """A wheel could not be installed; the cause says why."""

    def __init__(self, wheel: CachedWheel) -> None:
        super().__init__(f"Failed to install: {wheel.filename} ({wheel.name}=={wheel.version})")
        self.wheel = wheel


def install_wheels(
    target: Target,
    wheels: Sequence[Item],
    *,
    store: Trees,
    mode: LinkMode,
    workers: int = 2,
    spares: Spares | None = None,
    apart: bool = False,
    sink: Sink = silent,
) -> Receipt:
    """Install wheels, all or, after an error, none of those that were not complete yet.

    What `spares` has is renamed into place, the rest is linked. `apart` says that no two of the
    wheels bring the same file.
    The caller holds `Target.lock`. Where two of them bring the same file, the later one's is
    there in the end, and a difference is warned about. Raises InstallFailure (a script name, an
    entry point) before anything is written, and SystemFailure.
    """
    _resume(target, sink=sink)
    first_line = shebang(target.python, relocatable=target.relocatable)
    placed = [PlacedWheel(target, item, store, first_line=first_line) for item in wheels]
    for wheel in placed:
        for text in wheel.warnings:
            sink(Warned(text))
    clashes = Clashes(target, placed, apart=apart)
    clashes.warn(sink)
    try:
        locations = list(dict.fromkeys(wheel.location for wheel in placed))
        for location in locations:
            make_directory(location)
        if spares is not None and not spares.suit(locations):
            spares = None
        if spares is not None:
            for wheel in placed:
                if not clashes.has_losses(wheel):
                    wheel.take(spares)
        made: set[bytes] = set()
        rows = [row for wheel in placed for row in wheel.move(made)]
        left = [wheel for wheel in placed if not wheel.is_moved]
        receipt = _link(left, clashes, mode=mode, workers=workers, rows=rows)
        if any(wheel.scripts for wheel in placed):
            make_directory(target.scripts)
        for wheel in placed:
            wheel.write_scripts()
        for wheel in placed:
            wheel.finish()
    except BaseException:
        # What was not complete goes. If even that fails, the next command tries again.
        _resume(target, sink=sink)
        raise
    return receipt


def _link(
    wheels: Sequence[PlacedWheel],
    clashes: Clashes,
    *,
    mode: LinkMode,
    workers: int,
    rows: list[Row],
) -> Receipt:
    """Make marks, and link all files of the wheels; `rows` are those of what was renamed."""
    if not wheels:
        from weft.system.mounts import read_mounts

        return account([rows], None, 0, mounts=read_mounts())
    from weft.link.tree import spread

    jobs = [_Linking(wheel, clashes) for wheel in wheels]
    return spread(jobs, mode=mode, workers=workers, rows=rows)


def _resume(target: Target, *, sink: Sink) -> None:
    if pending(target):
        from weft.install.uninstall import resume

        resume(target, sink=sink)


class PlacedWheel(Layout):
    """One wheel on its way into a target. `scripts` are (name, content) of what is generated."""

    def __init__(self, target: Target, item: Item, store: Trees, *, first_line: bytes) -> None:
        self.wheel, _, self.extras = item
        super().__init__(target, self.wheel.name, item[1])
        self.tree = store.tree_path(self.wheel.entry)
        self.warnings: list[str] = []
        self.scripts = self._scripts(first_line)
        self._spare: Spare | None = None
        self._has_mark = False

    @property
    def is_moved(self) -> bool:
        """Whether all that would be linked came by renaming."""
        return self._spare is not None

    def take(self, spares: Spares) -> None:
        """Let the dist-info directory of a spare become the mark, if there is a spare.

        What of RECORD depends on the target is added then: before that nothing else is there.
        """
        files = self.extras.files()
        self._spare = spares.open_mark(self.wheel.entry, self.mark, files)
        self._has_mark = self._spare is not None
        if self._has_mark and not self.manifest.is_plain:
            end = whole_record(self.dist_info, b"", self._rows(), files)
            try:
                _write(f"{self.mark}/RECORD", end, os.O_WRONLY | os.O_APPEND)
            except OSError as error:
                raise SystemFailure("write", self.mark, error) from error

    def begin(self, manifest: Manifest) -> None:
        """Make the mark, with RECORD and what else is known already, unless it is there."""
        if self._has_mark:
            return
        files = self.extras.files()
        record = whole_record(self.dist_info, manifest.record, self._rows(), files)
        try:
            os.mkdir(self.mark)
            for name, content in (("RECORD", record), *files):
                _create(f"{self.mark}/{name}", content, mode=0o666)
        except OSError as error:
            raise SystemFailure("write", self.mark, error) from error

    def move(self, made: set[bytes]) -> list[Row]:
        """Rename what came as a spare into its places, and tell how it once was linked.

        `made` are directories that are there for certain. What cannot be renamed is linked later:
        nothing is told, and `is_moved` is false.
        """
        spare = self._spare
        if spare is None:
            return []
        try:
            for scheme, names in self.manifest.tops:
                root = self.root(scheme)
                if root not in made:
                    make_directory(os.fsdecode(root))
                    made.add(root)
                spare.move(scheme, root, names)
            return spare.rows_between(self.tree, os.fsencode(self.location))
        except OSError:
            self._spare = None
            return []

    def write_scripts(self) -> None:
        """Launchers and rewritten scripts: new files, whatever was there."""
        for name, content in self.scripts:
            path = f"{self.target.scripts}/{name}"
            try:
                _create(path, content, mode=0o777)
            except FileExistsError:
                write_atomic(path, content, mode=0o777)
            except OSError as error:
                raise SystemFailure("write", path, error) from error

    def finish(self) -> None:
        """Make the distribution visible."""
        final = f"{self.location}/{self.dist_info}"
        try:
            try:
                os.rename(self.mark, final)
            except OSError:  # what another tool left there, without RECORD or with
                if not os.path.lexists(final):
                    raise
                remove_tree(final)
                os.rename(self.mark, final)
        except OSError as error:
            raise SystemFailure("rename", self.mark, error) from error

    def _scripts(self, first_line: bytes) -> list[tuple[str, bytes]]:
        scripts: list[tuple[str, bytes]] = []
        try:
            for _kind, name, module, attribute in self.entry_points:
                self._check_name(name)
                content = launcher(name, module, attribute, first_line=first_line)
                scripts.append((name, content))
            for source, name in self.manifest.rewrites:
                self._check_name(name)
                text = read_bytes(f"{self.tree}/{os.fsdecode(source)}")
                if text is None:
                    missing = OSError(2, os.strerror(2))
                    raise SystemFailure("read", f"{self.tree}/{os.fsdecode(source)}", missing)
                scripts.append((name, rewritten(text, first_line=first_line)))
        except WeftError as error:
            raise InstallFailure(self.wheel) from error
        return scripts

    def _check_name(self, name: str) -> None:
        from weft.store.scripts import script_fault

        fault = script_fault(name)
        if fault:
            raise WeftError(fault[:1].upper() + fault[1:])
        warning = activation_warning(name)
        if warning:
            self.warnings.append(warning)

    def _rows(self) -> list[bytes]:
        """RECORD rows of files outside of the wheel's root: its own, then what is generated."""
        rows = self.other_rows()
        if self.scripts:
            prefix = os.fsdecode(self.way_to("scripts"))
            rows += sorted([content_row(prefix + name, content) for name, content in self.scripts])
        return rows


class _Linking:
    """All files of a wheel that need no change, but for those that a later wheel brings.

    Which those are is read where they are linked, in several processes at once.
    """

    def __init__(self, wheel: PlacedWheel, clashes: Clashes) -> None:
        from weft.link.tree import DIRECTORY_COST

        self._wheel = wheel
        self._clashes = clashes
        manifest = wheel.manifest
        files, size = clashes.left_out(wheel)
        self.files = manifest.files - files
        self.bytes = manifest.bytes - size
        self.cost = self.files + DIRECTORY_COST * manifest.folders

    def prepare(self) -> LinkJob:
        """Make the mark; see `weft.link.tree.Job`. Raises EntryMissing and SystemFailure."""
        from weft.link.tree import LinkJob

        wheel = self._wheel
        manifest = wheel.manifest.whole()
        wheel.begin(manifest)
        groups = wheel.placed(manifest.groups)
        if self._clashes.has_losses(wheel):
            groups = [self._clashes.without_losses(wheel, group) for group in groups]
        directories = tuple(wheel.directories(manifest.directories))
        return LinkJob(wheel.tree, tuple(groups), self.files, self.bytes, directories)


def _create(path: str, content: bytes, *, mode: int) -> None:
    _write(path, content, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)


def _write(path: str, content: bytes, flags: int, mode: int = 0) -> None:
    descriptor = os.open(path, flags | _COMMON, mode)
    try:
        if content:
            write_all(descriptor, content)
    finally:
        os.close(descriptor)
