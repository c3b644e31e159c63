"""Taking distributions out of an environment.

Owns the order of the steps: the dist-info directory is renamed first, so that the distribution is
gone for everybody at once; its files follow; the renamed directory, which still holds RECORD, goes
last. Whatever interrupts that, `resume` finishes it. The same mark of another kind is left by
installations, so that an interrupted one is undone the same way.
Refuses distributions that say nothing about their files (distutils), and to change an environment
that nobody locked: callers hold `Target.lock`.
Follows "Recording installed projects"; for egg-info and egg-link what setuptools writes.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure, WeftError
from weft.core.events import Warned, silent
from weft.install.marks import INSTALLING, REMOVING, pending
from weft.install.ownership import registered
from weft.install.record import RecordError, is_whole, parse_record, record_paths
from weft.install.removal import Remover, remove_directory
from weft.system.files import read_bytes, write_atomic
from weft.system.lean import os
from weft.system.workers import fork_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.distribution import InstalledDist
    from weft.core.events import Sink
    from weft.install.target import Target
    from weft.install.trash import Trash

# Bytes of RECORD, at about 90 for a file: below that a second process costs more than it does.
_WORTH_A_PROCESS = 100_000


class CannotUninstall(WeftError):
    """A distribution whose files nobody knows."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Unable to uninstall `{name}`. distutils-installed distributions do not include the "
            "metadata required to uninstall safely."
        )
        self.name = name


def uninstall(target: Target, dist: InstalledDist, *, sink: Sink = silent) -> int:
    """Take one distribution out; the number of files removed. See `uninstall_all`."""
    return uninstall_all(target, (dist,), sink=sink)


def is_large(dists: Sequence[InstalledDist]) -> bool:
    """Whether deleting them takes longer than starting a process that does it."""
    return sum(_record_size(dist.path) for dist in dists) > _WORTH_A_PROCESS


def uninstall_all(
    target: Target,
    dists: Sequence[InstalledDist],
    *,
    sink: Sink = silent,
    trash: Trash | None = None,
) -> int:
    """Take distributions out together; the number of files removed.

    Directories that are theirs alone go into `trash` if there is one, instead of being deleted.
    A file that a distribution outside of `dists` registers too is left to it. Raises
    CannotUninstall and RecordError before anything is changed, and SystemFailure; then `resume` can
    go on.
    """
    records = {dist.path: _check(dist, sink=sink) for dist in dists}
    resume(target, sink=sink)
    marks = [(mark, records[path]) for mark, path in _mark_all(dists)]
    removed = _finish(target, marks, sink=sink, trash=trash)
    return removed + sum(_remove_egg_link(dist) for dist in dists if dist.kind == "egg-link")


def resume(target: Target, *, sink: Sink = silent) -> int:
    """Finish what an interrupted command began; the number of files removed.

    Interrupted removals are completed, interrupted installations undone. What cannot be finished
    now (no permission) is warned about and stays for the next time: it is not what was asked for.
    One listing of each site directory where there is nothing to do.
    """
    removed = 0
    for mark in pending(target):
        try:
            removed += _finish(target, ((mark, read_bytes(f"{mark}/RECORD")),), sink=sink)
        except SystemFailure as failure:
            cause = failure.__cause__ or failure
            sink(Warned(f"Failed to clean up after an interrupted command: {failure} ({cause})"))
    return removed


def _check(dist: InstalledDist, *, sink: Sink) -> bytes | None:
    """Whether it is known what to remove, before anything is: the RECORD, if there is one."""
    if dist.kind == "distutils":
        raise CannotUninstall(dist.display_name)
    if dist.kind != "dist-info":
        return None
    record = f"{dist.path}/RECORD"
    data = read_bytes(record)
    if data is None:
        sink(
            Warned(
                f"Failed to uninstall package at {dist.path} due to missing `RECORD` file. "
                "Installation may result in an incomplete environment."
            )
        )
    elif b'"' in data:  # without quotes anything can be read
        parse_record(data, record)
    return data


def _mark_all(dists: Sequence[InstalledDist]) -> list[tuple[str, str]]:
    """Rename the metadata directories, from which moment on the distributions are not installed.

    All of them or, after an error, none. Marks, and what they are marks of.
    """
    marks: list[tuple[str, str]] = []
    for dist in dists:
        if dist.kind == "egg-link":
            continue
        location, name = os.path.split(dist.path)
        mark = f"{location}/~{name}{REMOVING}"
        try:
            os.rename(dist.path, mark)
        except FileNotFoundError:
            continue
        except OSError as error:
            for marked, original in reversed(marks):
                os.rename(marked, original)
            raise SystemFailure("rename", dist.path, error) from error
        marks.append((mark, dist.path))
    return marks


def _finish(
    target: Target,
    marks: Sequence[tuple[str, bytes | None]],
    *,
    sink: Sink,
    trash: Trash | None = None,
) -> int:
    """Delete what marks stand for, of which the RECORDs are given: the number of files."""
    if not marks:
        return 0
    marks = sorted(marks, key=lambda mark: -len(mark[1] or b""))
    size = sum(len(record or b"") for _, record in marks)

    remover = Remover(target, others=registered(target.site_directories), trash=trash)

    def run(number: int) -> tuple[int, list[str]]:
        return _remove_marked(remover, *marks[number])

    removed = 0
    for files, warnings in fork_map(len(marks), run, workers=2 if size > _WORTH_A_PROCESS else 1):
        removed += files
        for text in warnings:
            sink(Warned(text))
    return removed


def _record_size(directory: str) -> int:
    """Bytes of the RECORD in a directory: a measure of the work."""
    try:
        return os.stat(f"{directory}/RECORD").st_size
    except OSError:
        return 0


def _remove_marked(remover: Remover, mark: str, record: bytes | None) -> tuple[int, list[str]]:
    """Delete what a mark stands for, then the mark: number of files, warnings."""
    location, name = os.path.split(mark)
    original = name[1:].removesuffix(REMOVING).removesuffix(INSTALLING)
    inside = original + "/"
    paths: list[str] = []
    own: list[str] = []  # those inside of the mark
    for path in _listed_files(mark, record, original, location):
        (own if path.startswith(inside) else paths).append(path)
    if mark.endswith(INSTALLING):
        _remove_trials(location, paths)
    escaped: list[str] = []
    files = remover.remove(location, paths, escaped=escaped.append)
    warnings = [
        f"Invalid RECORD entry in {original} that escapes the Python environment, skipping: {path}"
        for path in escaped[:1]
    ]
    return files + remove_directory(mark, [path[len(inside) :] for path in own]), warnings


def _remove_trials(location: str, paths: Sequence[str]) -> None:
    """Remove files beside those at `paths` that an installation was about to rename or to remove.

    No other command works on the environment. What lies behind a link is not its own.
    """
    from weft.system.files import is_random_name

    for below in {os.path.dirname(path) for path in paths}:
        directory = os.path.join(location, below)
        if os.path.realpath(directory) != os.path.join(os.path.realpath(location), below).rstrip(
            "/"
        ):
            continue
        try:
            for name in filter(is_random_name, os.listdir(directory)):
                os.unlink(os.path.join(directory, name))
        except OSError:
            continue  # nothing depends on it


def _listed_files(mark: str, record: bytes | None, original: str, location: str) -> list[str]:
    """The files of a distribution, relative to `location`.

    None for a mark without RECORD: there never was one, or all but the mark is gone already; nor
    for an installation that did not come to the end of its RECORD, which had linked nothing yet.
    """
    if record is not None and (mark.endswith(REMOVING) or is_whole(record)):
        try:
            return record_paths(record)
        except RecordError:  # it was checked before: somebody changed it since
            return []
    if original.endswith(".egg-info"):
        from weft.install.egg import egg_files

        return egg_files(mark, location)
    return []


def _remove_egg_link(dist: InstalledDist) -> int:
    """The link, and the line of `easy-install.pth` that it stands for."""
    data = read_bytes(dist.path)
    if data is None:
        return 0
    source = data.split(b"\n", 1)[0].strip()
    listing = f"{dist.location}/easy-install.pth"
    lines = read_bytes(listing)
    if lines is not None:
        kept = [line for line in lines.splitlines(keepends=True) if line.strip() != source]
        if b"".join(kept) != lines:
            write_atomic(listing, b"".join(kept))
    try:
        os.unlink(dist.path)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise SystemFailure("remove", dist.path, error) from error
    return 1
