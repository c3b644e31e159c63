"""Lock files of a project in both forms: `uv.lock`, and `pylock.toml` where a project wants that.

Owns which one a path means. Refuses to resolve, and to open files.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvmodel import UvLock


def is_pylock(path: str) -> bool:
    name = path.replace("\\", "/").rpartition("/")[2]
    return name == "pylock.toml" or (name.startswith("pylock.") and name.endswith(".toml"))


def parse_lock(data: bytes, path: str, shown: str) -> tuple[UvLock, str]:
    """The lock and its text. Raises LockError."""
    from weft.project.encoding import decode

    text = decode(data, shown)
    if is_pylock(path):
        from weft.lock.convert import read_project_pylock

        return read_project_pylock(text, shown), text
    from weft.lock.uvlock_read import read_uv_lock

    return read_uv_lock(text, shown), text


def lock_text(lock: UvLock, path: str) -> str:
    """How the lock is written at `path`."""
    if is_pylock(path):
        from weft.lock.convert import write_project_pylock

        return write_project_pylock(lock)
    from weft.lock.uvlock_write import write_uv_lock

    return write_uv_lock(lock)
