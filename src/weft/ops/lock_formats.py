"""Lock files of a project in both forms: `uv.lock`, and `pylock.toml` where a project wants that.

Owns which one a path means. Refuses to resolve, and to open files.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvmodel import UvLock
    from weft.ops.lock_request import LockRequest


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


def lock_text(lock: UvLock, path: str, *, default_groups: tuple[str, ...] = ()) -> str:
    """How the lock is written at `path`; the standard form names the default groups."""
    if is_pylock(path):
        from weft.lock.convert import write_project_pylock

        return write_project_pylock(lock, default_groups=default_groups)
    from weft.lock.uvlock_write import write_uv_lock

    return write_uv_lock(lock)


def default_groups(request: LockRequest) -> tuple[str, ...]:
    """The groups that are installed where nobody names any."""
    project = request.project
    if project is None:
        return ()
    from weft.core.names import normalize_name
    from weft.project.discovery import uv_table

    told = uv_table(project.top).get("default-groups")
    known = sorted({name for each in project.members for name in each.pyproject.groups})
    if told == "all":
        return tuple(known)
    listed = [normalize_name(str(each)) for each in told] if isinstance(told, list) else ["dev"]
    return tuple([name for name in listed if name in known])
