"""Whether a file is the one that was asked for.

Owns comparing a file with expected hashes, and the stamp by which a replaced local file is noticed.
Refuses to prove anything by md5 or sha1 where something stronger is known.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    Hashes = tuple[tuple[str, str], ...]

_WEAK = ("md5", "sha1")


def file_stamp(path: str) -> str:
    """The state of a local file: equal while nobody has changed or replaced it.

    Raises SystemFailure where there is no such file.
    """
    status = read_status(path)
    return f"{status.st_ctime_ns}-{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def read_status(path: str) -> os.stat_result:
    """`os.stat`. Raises SystemFailure."""
    try:
        return os.stat(path)
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)


def check_hashes(path: str, package: str, *, hashes: Hashes, computed: Hashes) -> Hashes:
    """The file's sha256, and whatever else was expected of it. Raises HashMismatch."""
    from weft.store.archive import hash_file

    strong = tuple(pair for pair in hashes if pair[0] not in _WEAK)
    wanted = strong or hashes
    known = dict(computed)
    try:
        for algorithm in dict.fromkeys(("sha256", *(algorithm for algorithm, _ in wanted))):
            if algorithm not in known:
                try:
                    known[algorithm] = hash_file(path, algorithm).hex()
                except ValueError:  # a kind that this Python cannot compute proves nothing
                    continue
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)
    if wanted and not any(known.get(kind) == digest.lower() for kind, digest in wanted):
        kinds = [kind for kind, _ in wanted]
        shown = tuple((kind, known[kind]) for kind in dict.fromkeys(kinds) if kind in known)
        from weft.store.errors import HashMismatch

        raise HashMismatch(package, expected=wanted, computed=shown)
    return tuple(sorted(known.items()))
