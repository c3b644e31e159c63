"""One command at a time makes the environment of a project.

Owns the lock that is held while an environment is looked for, removed and made: the file that uv
takes for the same project, so that the two wait for each other too. Refuses to guard what is in an
environment: that is the lock inside of it (`install.target`).
uv names the file after the SeaHash (https://docs.rs/seahash) of the workspace's path, which is
hashed as Rust hashes paths: the names in it, then their lengths folded into one number.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.system.locks import FileLock

_MASK = (1 << 64) - 1
_PRIME = 0x6EED0E9DA4D94A4F
_LANES = (0x16F11FE89B0D677C, 0xB480A793D8E6C86C, 0x6FE2E5AAF078EBC9, 0x14F994A4C5259381)


def hold(context: Context, root: str) -> FileLock | None:
    """Take the lock of the workspace at `root` (absolute); to be released by the caller.

    None where the file system has no locks. Raises LockTimeout.
    """
    from weft.core.errors import SystemFailure
    from weft.system.locks import FileLock, LockUnsupported

    lock = FileLock(
        lock_path(root, context.environ.get("TMPDIR") or "/tmp"),  # noqa: S108  where uv has it
        resource=root,
        timeout=context.settings.lock_timeout,
    )
    try:
        lock.acquire(shared=False, timeout=lock.timeout)
    except (LockUnsupported, SystemFailure) as error:
        from weft.core.events import Debug

        context.sink(Debug(error.message))
        return None
    return lock


def lock_path(root: str, temporary: str) -> str:
    """The file that stands for the workspace at `root`, below the directory `temporary`."""
    names = [os.fsencode(name) for name in root.split("/") if name not in ("", ".")]
    folded = 0
    for name in names:
        folded = (folded + len(name)) & _MASK
        folded = (folded >> 2 | folded << 62) & _MASK
    digest = seahash(b"".join(names) + folded.to_bytes(8, "little"))
    return os.path.join(temporary, f"uv-{digest.to_bytes(8, 'little').hex()}.lock")


def seahash(data: bytes) -> int:
    """64 bits that stand for `data`."""
    lanes = list(_LANES)
    for number, start in enumerate(range(0, len(data), 8)):
        word = int.from_bytes(data[start : start + 8], "little")
        lanes[number & 3] = _diffused(lanes[number & 3] ^ word)
    first, second, third, fourth = lanes
    return _diffused(first ^ second ^ third ^ fourth ^ len(data))


def _diffused(word: int) -> int:
    word = word * _PRIME & _MASK
    word ^= (word >> 32) >> (word >> 60)
    return word * _PRIME & _MASK
