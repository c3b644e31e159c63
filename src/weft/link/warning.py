"""The warning about a copy, in words.

Owns one sentence (what it cost, what the system said, between which mounts) and one hint (what to
run). Refuses to decide whether to warn: that is `Receipt.copy_warning`.
"""

from __future__ import annotations

import errno

from weft.core.quantities import format_size
from weft.link.route import COPIED_UP
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.receipt import Tally
    from weft.system.mounts import Mount

_INTENDED = "or pass `--link-mode copy` if that is intended"


def word_copy(tally: Tally, copied: int) -> tuple[str, str]:
    """(sentence, hint) for `copied` bytes, most of which went the way of `tally`.

    `tally` has at least one refusal; that of a hard link is the one that people can act on.
    """
    mode, number = _telling_refusal(tally)
    if number == COPIED_UP:
        return _word_copy_up(tally, copied)
    text = (
        f"Copied {format_size(copied)} into the environment instead of sharing it with the cache: "
        f"`{mode}` {_between(tally)} failed with "
        f"`{os.strerror(number)}` (os error {number})"
    )
    return text, _hint(tally, number)


def _word_copy_up(tally: Tally, copied: int) -> tuple[str, str]:
    where = _describe(tally.store) if tally.store else "the overlay"
    return (
        f"Copied {format_size(copied)} of the cache out of a lower layer of {where}: overlayfs "
        "copies a file that is linked for the first time",
        "Run `export WEFT_CACHE_DIR=` with a directory on a volume, and keep the environment there "
        "too, or pass `--link-mode symlink` to use the files where they are",
    )


def _telling_refusal(tally: Tally) -> tuple[str, int]:
    links = [refusal for refusal in tally.refusals if refusal[0] == "hardlink"]
    return (links or tally.refusals)[-1]


def _between(tally: Tally) -> str:
    if tally.store is None or tally.target is None:
        return "from the cache to the environment"
    return f"from {_describe(tally.store)} to {_describe(tally.target)}"


def _describe(mount: Mount) -> str:
    return f"`{mount.point}` ({mount.fstype})"


def _hint(tally: Tally, number: int) -> str:
    if number == errno.EXDEV:
        directory = os.path.dirname(tally.example)
        place = topmost_writable(directory, tally.target.point if tally.target else directory)
        return (
            f"Run `export WEFT_CACHE_DIR={os.path.join(place, '.weft-cache')}` to keep the cache "
            f"on the file system of the environment, {_INTENDED}"
        )
    if number == errno.EPERM and os.link in os.supports_dir_fd:
        return (
            "Run `export WEFT_CACHE_DIR=` with a directory whose files belong to you, on a file "
            f"system that has hard links, {_INTENDED}"
        )
    return (
        "Run `export WEFT_CACHE_DIR=` with a directory on a file system that has hard links, and "
        f"keep the environment there too, {_INTENDED}"
    )


def topmost_writable(directory: str, point: str) -> str:
    """The uppermost parent of `directory`, up to the mount point `point`, open to this user."""
    found = directory = os.path.realpath(directory)
    while directory not in (point, os.path.dirname(directory)):
        directory = os.path.dirname(directory)
        if not os.access(directory, os.W_OK | os.X_OK):
            break
        found = directory
    return found
