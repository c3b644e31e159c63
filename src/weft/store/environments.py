"""Environments that the cache keeps: those of scripts, and those that lie over another one.

Owns their places, the locks around them, and how long one stays that nobody runs anything in. Two
files stand beside each: `NAME.lock` is held by who makes or changes it, `NAME.use` is shared by the
programs that run in it; they inherit it, so it says the truth even after weft has become that
program, and its modification time says when the last one began. Refuses to know what is in an
environment.
"""

from __future__ import annotations

from weft.store.layout import Bucket
from weft.store.staging import TEMPORARY, is_stale
from weft.system.files import make_directory, random_name
from weft.system.lean import os
from weft.system.locks import FileLock, LockUnsupported
from weft.system.removal import Removed, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.store import Store

LATELY = 7 * 24 * 3600  # seconds: what ran within them will run again
_LENGTH = 32


class KeptEnvironment:
    """One place; `path` is absolute, and maybe nothing is there yet."""

    def __init__(self, store: Store, name: str) -> None:
        self.path = store.path(Bucket.ENVIRONMENTS, name)
        make_directory(os.path.dirname(self.path))
        self.use_path = f"{self.path}.use"
        self._use = FileLock(self.use_path)

    def change(self, *, timeout: float | None = None) -> FileLock:
        """The lock of those who make or change it; a context manager. Raises LockTimeout."""
        return FileLock(f"{self.path}.lock", resource=self.path, timeout=timeout)

    def use(self) -> None:
        """From now on, and in the programs that this process becomes, it is in use."""
        try:
            self._use.acquire(shared=True)
        except LockUnsupported:
            return
        os.set_inheritable(self._use.fileno(), True)
        note_use(self._use.fileno())


def name_of(stem: str, digest: str) -> str:
    """The name of an environment that people recognize by the `stem` of a file."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in stem.lower() if letter)
    plain = plain.strip("-")[:_LENGTH]
    return f"{plain}-{digest}" if plain and plain.isascii() else digest


def note_use(descriptor: int) -> None:
    """Say in the file `NAME.use` that is open there that a program begins."""
    try:
        os.utime(descriptor)
    except OSError:  # somebody else's file, or a cache that cannot be written
        return


def remove_unused(store: Store, *, everything: bool = False) -> Removed:
    """Remove those in which nothing ran lately and which nobody is changing.

    With `everything` also those in which something ran lately, if it does not run any more.
    """
    from time import time

    removed, now = Removed(), time()
    directory = store.path(Bucket.ENVIRONMENTS)
    try:
        names = os.listdir(directory)
    except OSError:
        return removed
    for name in sorted(names):
        path = os.path.join(directory, name)
        if name.startswith(TEMPORARY):  # half removed
            removed += remove_tree(path) if is_stale(path, now=now) else Removed()
            continue
        if name.endswith((".lock", ".use")):
            if os.path.splitext(name)[0] not in names:
                removed += _remove_lock(path)
            continue
        if everything or not _ran_since(path, now - LATELY):
            removed += _remove(path)
    return removed


def _ran_since(path: str, moment: float) -> bool:
    """Whether a program began in an environment that was completed, after `moment`."""
    try:
        return os.stat(f"{path}.use").st_mtime > moment
    except OSError:
        return False


def _remove_lock(path: str) -> Removed:
    """One of an environment that is not there, unless somebody is about to make it."""
    lock = FileLock(path)
    try:
        return remove_tree(path) if lock.acquire(blocking=False) else Removed()
    except LockUnsupported:
        return Removed()
    finally:
        lock.release()


def _remove(path: str) -> Removed:
    change, use = FileLock(f"{path}.lock"), FileLock(f"{path}.use")
    try:
        if not (change.acquire(blocking=False) and use.acquire(blocking=False)):
            return Removed()
        aside = os.path.join(os.path.dirname(path), random_name())
        os.rename(path, aside)
        removed = remove_tree(aside)
        for lock in (change, use):
            removed += remove_tree(lock.path)
        return removed
    except (LockUnsupported, OSError):
        return Removed()  # who cannot be asked may be at work
    finally:
        change.release()
        use.release()
