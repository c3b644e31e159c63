"""What really happened when files were linked.

Owns the account of one spread: files and bytes by mode, and every fall-back with the error number
behind it, between which mounts. Refuses to judge: whether a copy was worth a warning is a question
asked of it. The JSON form is documented on `Receipt.to_json`; its `version` counts the changes.
"""

from __future__ import annotations

from weft.core.value import value
from weft.link.route import COPIED_UP, COPY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.link.route import LinkMode, RealMode
    from weft.system.mounts import Mount

RECEIPT_VERSION = 1
COPY_THRESHOLD = 10 << 20  # bytes; a smaller copy is nobody's trouble


@value
class Tally:
    """Files that went the same way: one mode, the same refusals before it, the same two mounts.

    `refusals` are (mode, errno) in the order of trying; the number is `route.COPIED_UP` where the
    link was made and overlayfs copied the file for it. `via` is the mount that hard links were
    made through where it is neither directly. `example` is the path of one target.
    """

    mode: RealMode
    refusals: tuple[tuple[RealMode, int], ...]
    store: Mount | None
    target: Mount | None
    files: int
    bytes: int
    example: str = ""
    via: Mount | None = None


@value
class Fallback:
    """One step from a refused mode to the next, and the files and bytes that had to take it.

    A step from `hardlink` to `hardlink` is a link that was made after all: through the mount `via`
    (EXDEV), or to a file that the store has renewed (EMLINK). `errno` is 0 where overlayfs made
    the link, and a copy for it.
    """

    from_mode: RealMode
    to_mode: RealMode
    errno: int
    store: Mount | None
    target: Mount | None
    files: int
    bytes: int
    example_path: str
    via: Mount | None = None

    @property
    def reason(self) -> str:
        """The symbol of `errno`, or `COPY_UP`."""
        import errno

        return errno.errorcode.get(self.errno, "") if self.errno != COPIED_UP else "COPY_UP"

    @property
    def explanation(self) -> str:
        """Why, as a clause for people: `hard links are refused between two mounts`."""
        from weft.link.reasons import explain

        return explain(self.from_mode, self.errno)


@value
class Receipt:
    """The account of one or more spreads."""

    tallies: tuple[Tally, ...] = ()

    @staticmethod
    def merge(receipts: Iterable[Receipt]) -> Receipt:
        """One account of all; files that went the same way are added up."""
        sums: dict[tuple[object, ...], Tally] = {}
        for receipt in receipts:
            for tally in receipt.tallies:
                key = (tally.mode, tally.refusals, tally.store, tally.target, tally.via)
                known = sums.get(key)
                sums[key] = _add(known, tally) if known else tally
        return Receipt(tuple(sums.values()))

    @property
    def files(self) -> dict[RealMode, int]:
        """Number of files by the mode that worked."""
        counts: dict[RealMode, int] = {}
        for tally in self.tallies:
            counts[tally.mode] = counts.get(tally.mode, 0) + tally.files
        return counts

    @property
    def bytes(self) -> dict[RealMode, int]:
        """Bytes of content by the mode that worked."""
        counts: dict[RealMode, int] = {}
        for tally in self.tallies:
            counts[tally.mode] = counts.get(tally.mode, 0) + tally.bytes
        return counts

    @property
    def store(self) -> Mount | None:
        """The mount of the store that most bytes came from."""
        main = self._main()
        return main.store if main else None

    @property
    def target(self) -> Mount | None:
        """The mount of the environment that most bytes went to."""
        main = self._main()
        return main.target if main else None

    def _main(self) -> Tally | None:
        return max(self.tallies, key=lambda tally: (tally.bytes, tally.files), default=None)

    @property
    def fallbacks(self) -> tuple[Fallback, ...]:
        """Every step from one mode to another, those of most bytes first."""
        steps: dict[tuple[object, ...], Fallback] = {}
        for tally in self.tallies:
            modes = [*(mode for mode, _ in tally.refusals), tally.mode]
            for (refused, number), mode in zip(tally.refusals, modes[1:], strict=True):
                key = (refused, mode, number, tally.store, tally.target, tally.via)
                known = steps.get(key)
                steps[key] = Fallback(
                    from_mode=refused,
                    to_mode=mode,
                    errno=number,
                    store=tally.store,
                    target=tally.target,
                    files=tally.files + (known.files if known else 0),
                    bytes=tally.bytes + (known.bytes if known else 0),
                    example_path=known.example_path if known else tally.example,
                    via=tally.via,
                )
        return tuple(sorted(steps.values(), key=lambda step: -step.bytes))

    def to_json(self) -> dict[str, object]:
        """The receipt as plain values.

        `version`, `files`, `bytes` (totals); `modes`: rows of `mode`, `files`, `bytes`;
        `fallbacks`: rows of `from`, `to`, `errno`, `reason` (its symbol, or `COPY_UP`),
        `explanation`, `files`, `bytes`, `example`, `store`, `target`, `via`; `store`, `target`: the
        mounts that most bytes went between. A mount has `mount`, `fstype`, `source`, `device`, and
        is null where the system does not tell, or where no third mount was needed.
        """
        files, sizes = self.files, self.bytes
        return {
            "version": RECEIPT_VERSION,
            "files": sum(files.values()),
            "bytes": sum(sizes.values()),
            "modes": [{"mode": mode, "files": files[mode], "bytes": sizes[mode]} for mode in files],
            "fallbacks": [_fallback_to_json(step) for step in self.fallbacks],
            "store": _mount_to_json(self.store),
            "target": _mount_to_json(self.target),
        }

    def copy_warning(
        self, requested: LinkMode, threshold: int = COPY_THRESHOLD
    ) -> tuple[str, str] | None:
        """(sentence, hint) where content was copied though it was to be shared, else None.

        None too where less than `threshold` bytes were copied. The hint looks at the file system
        to name a directory for the cache that the user may write to.
        """
        if requested == COPY:
            return None
        copies = [tally for tally in self.tallies if tally.mode == COPY and tally.refusals]
        copied = sum(tally.bytes for tally in copies)
        if not copies or copied < threshold:
            return None
        from weft.link.warning import word_copy

        return word_copy(max(copies, key=lambda tally: tally.bytes), copied)


def _add(one: Tally, other: Tally) -> Tally:
    from weft.core.value import replace

    return replace(one, files=one.files + other.files, bytes=one.bytes + other.bytes)


def _fallback_to_json(step: Fallback) -> dict[str, object]:
    return {
        "from": step.from_mode,
        "to": step.to_mode,
        "errno": step.errno,
        "reason": step.reason,
        "explanation": step.explanation,
        "files": step.files,
        "bytes": step.bytes,
        "example": step.example_path,
        "store": _mount_to_json(step.store),
        "target": _mount_to_json(step.target),
        "via": _mount_to_json(step.via),
    }


def _mount_to_json(mount: Mount | None) -> dict[str, str] | None:
    if mount is None:
        return None
    return {
        "mount": mount.point,
        "fstype": mount.fstype,
        "source": mount.source,
        "device": mount.device,
    }
