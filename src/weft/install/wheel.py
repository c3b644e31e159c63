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

import os

from weft.core.errors import SystemFailure, WeftError
from weft.core.events import Warned, silent
from weft.core.value import value
from weft.install.clashes import Clashes
from weft.install.launcher import activation_warning, launcher, pip_scripts, rewritten, shebang
from weft.install.marks import INSTALLING, pending
from weft.install.record import content_row, whole_record
from weft.link.account import account
from weft.system.files import make_directory, read_bytes, write_all, write_atomic
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

    LinkGroup = tuple[bytes, bytes, tuple[bytes, ...], tuple[tuple[bytes, int], ...]]
    Item = tuple[CachedWheel, Manifest, "WheelExtras"]

INSTALLER = "weft"
_CREATE = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)


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
    sink: Sink = silent,
) -> Receipt:
    """Install wheels, all or, after an error, none of those that were not complete yet.

    What `spares` has is renamed into place, the rest is linked.
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
    clashes = Clashes(target, placed)
    clashes.warn(sink)
    try:
        locations = list(dict.fromkeys(wheel.location for wheel in placed))
        for location in locations:
            make_directory(location)
        if spares is not None and not spares.suit(locations):
            spares = None
        for wheel in placed:
            wheel.begin(None if clashes.has_losses(wheel) else spares)
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
    """Link all files of the wheels; `rows` are those of what was renamed."""
    if not wheels:
        from weft.system.mounts import read_mounts

        return account([rows], None, 0, mounts=read_mounts())
    from weft.link.tree import spread

    jobs = [wheel.link_job(clashes) for wheel in wheels]
    return spread(jobs, mode=mode, workers=workers, rows=rows)


def _resume(target: Target, *, sink: Sink) -> None:
    if pending(target):
        from weft.install.uninstall import resume

        resume(target, sink=sink)


class PlacedWheel:
    """One wheel on its way into a target.

    `groups` are those of the manifest with absolute targets, `scripts` are (name, content) of what
    is generated. `location` is the site directory that its dist-info goes to, `mark` the directory
    that stands for it until it is complete.
    """

    def __init__(self, target: Target, item: Item, store: Trees, *, first_line: bytes) -> None:
        self.wheel, self.manifest, self.extras = item
        self.target = target
        manifest = self.manifest
        self.location = target.purelib if manifest.root_is_purelib else target.platlib
        self.dist_info = manifest.dist_info
        self._info = self.dist_info.encode()
        self.mark = f"{self.location}/~{self.dist_info}{INSTALLING}"
        self.tree = store.tree_path(self.wheel.entry)
        self.warnings: list[str] = []
        self._roots: dict[str, bytes] = {}
        self.groups: list[LinkGroup] = [
            (source, self.directory(scheme, below), names, empties)
            for scheme, source, below, names, empties in manifest.groups
        ]
        self.scripts = self._scripts(first_line)
        self._spare: Spare | None = None

    @property
    def is_moved(self) -> bool:
        """Whether all that would be linked came by renaming."""
        return self._spare is not None

    @property
    def label(self) -> str:
        """How messages name it."""
        return self.wheel.name

    def root(self, scheme: str) -> bytes:
        """The absolute directory of a scheme."""
        known = self._roots.get(scheme)
        if known is None:
            path = self.target.scheme(
                scheme,
                root_is_purelib=self.manifest.root_is_purelib,
                distribution=self.wheel.name,
            )
            known = self._roots[scheme] = os.fsencode(path)
        return known

    def directory(self, scheme: str, below: bytes) -> bytes:
        """The absolute target of a directory of the wheel."""
        if scheme == "lib":
            info = self._info
            if below == info or below.startswith(info + b"/"):
                return os.fsencode(self.mark) + below[len(info) :]
        root = self.root(scheme)
        return root + b"/" + below if below else root

    def begin(self, spares: Spares | None = None) -> None:
        """Make the mark, with RECORD and what else is known already.

        The dist-info directory of a spare becomes the mark: nothing else is there before RECORD.
        """
        files = self.extras.files()
        if spares is not None:
            self._spare = spares.open_mark(self.wheel.entry, self.dist_info, self.mark, files)
        try:
            if self._spare is None:
                os.mkdir(self.mark)
            elif self._spare.has_record:
                return
            rows = self._other_rows()
            record = whole_record(self.dist_info, self.manifest.record, rows, files)
            missing = files if self._spare is None else []
            for name, content in (("RECORD", record), *missing):
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
            for scheme, names in spare.names:
                if names:
                    root = self.root(scheme)
                    if root not in made:
                        make_directory(os.fsdecode(root))
                        made.add(root)
                    spare.move(scheme, root, names)
            return spare.rows_between(self.tree, os.fsencode(self.location))
        except OSError:
            self._spare = None
            return []

    def link_job(self, clashes: Clashes) -> LinkJob:
        """All files of the wheel that need no change, but for those that a later wheel brings."""
        from weft.link.tree import LinkJob

        manifest = self.manifest
        groups = self.groups
        if clashes.has_losses(self):
            groups = [clashes.without_losses(self, group) for group in groups]
        directories = tuple(self.directory(scheme, below) for scheme, below in manifest.directories)
        files, size = clashes.left_out(self)
        return LinkJob(
            self.tree, tuple(groups), manifest.files - files, manifest.bytes - size, directories
        )

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
        points = self.manifest.entry_points
        if self.wheel.name == "pip":
            points = pip_scripts(points, version=self.target.version)
        scripts: list[tuple[str, bytes]] = []
        try:
            for _kind, name, module, attribute in points:
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

    def _other_rows(self) -> list[bytes]:
        """Rows of files outside of the wheel's root, in order."""
        from weft.store.record import quoted

        prefixes: dict[str, bytes] = {}
        rows: list[bytes] = []
        for scheme, below, rest in self.manifest.other_rows:
            prefix = prefixes.get(scheme)
            if prefix is None:
                prefix = prefixes[scheme] = self._relative(scheme)
            rows.append(quoted(prefix + below) + rest)
        if self.scripts:
            prefix = self._relative("scripts")
            rows += [
                content_row(os.fsdecode(prefix) + name, content) for name, content in self.scripts
            ]
        return sorted(rows)

    def _relative(self, scheme: str) -> bytes:
        """The way from the wheel's root to a scheme's, with a slash at its end, or b""."""
        way = os.path.relpath(self.root(scheme), self.root("lib"))
        return b"" if way == b"." else way.replace(os.sep.encode(), b"/") + b"/"


def _create(path: str, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, _CREATE, mode)
    try:
        if content:
            write_all(descriptor, content)
    finally:
        os.close(descriptor)
