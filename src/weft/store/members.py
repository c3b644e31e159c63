"""One logical cache: a home store, and a member store on each further file system.

Owns which of them a target is served from, finding entries in any of them, and making a member
where one is missing. Refuses to use the network: what a member lacks comes from another one
(`weft.store.filling`). In the usual case, home and target on one mount, nothing is read but where
the two lie. Why members: hard links and clones end at the border of a file system.
"""

from __future__ import annotations

from weft.core.value import value
from weft.store.volumes import place_of
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal

    from weft.core.events import Sink
    from weft.link.route import LinkMode
    from weft.store.filling import Filled
    from weft.store.membership import Note
    from weft.store.store import Store
    from weft.system.mounts import Mount

    State = Literal["home", "mounted", "absent"]


@value
class Member:
    """One store of the cache. `store` is None where it is absent: its file system is not there.

    `point` and `fstype` are those of the mount that it was made on; empty for the home.
    """

    root: str
    store: Store | None
    state: State
    point: str = ""
    fstype: str = ""

    @property
    def mount(self) -> Mount | None:
        """The mount it is on now; None where it is absent, or the system does not tell."""
        from weft.store.volumes import mount_of

        return mount_of(self.root) if self.store is not None else None


@value
class Placement:
    """The store to serve a target from. `reason` says why that one, reading on from "because"."""

    store: Store
    reason: str
    created: bool = False


class Cache:
    """A home store with its members.

    `volumes` are the absolute directories of `cache-volumes`, in which members are kept by
    preference. With `enabled` false the home is all there is. `sink` is told of a new member.
    """

    def __init__(
        self,
        home: Store,
        *,
        volumes: Sequence[str] = (),
        enabled: bool = True,
        sink: Sink | None = None,
    ) -> None:
        self.home = home
        self.volumes = tuple(volumes)
        self.enabled = enabled and not home.temporary
        self.sink = sink
        self._members: list[Member] | None = None
        home.elsewhere = self.find_entry

    @property
    def records(self) -> Store:
        """The store that keeps pointers, roots, pages and leases."""
        return self.home

    # --- members ------------------------------------------------------------------------

    def members(self) -> list[Member]:
        """All of them, the home first; read once. One that was removed is forgotten.

        With members turned off those that exist are still found: they hold what they hold.
        """
        if self._members is None:
            from weft.store.membership import notes

            self._members = [Member(self.home.root, self.home, "home")]
            if not self.home.temporary:
                loaded = (self._load(note) for note in notes(self.home))
                self._members += [member for member in loaded if member is not None]
        return self._members

    def _load(self, note: Note) -> Member | None:
        from weft.store.membership import forget, identity_of
        from weft.store.store import Store

        if identity_of(note.root)[0] == note.identity:
            store = Store(note.root, home=self.home, seal=self.home.seal)
            return Member(note.root, store, "mounted", note.point, note.fstype)
        if note.is_lost():
            forget(self.home, note.root)
            return None
        return Member(note.root, None, "absent", note.point, note.fstype)

    def add(self, member: Member) -> None:
        """Take in a member that was made just now."""
        self.members().append(member)

    def stores(self) -> list[Store]:
        """The stores that are there, the home first."""
        return [member.store for member in self.members() if member.store is not None]

    def absent(self) -> list[Member]:
        """The members whose file systems are not there."""
        return [member for member in self.members() if member.state == "absent"]

    def size(self) -> list[tuple[Member, dict[str, int]]]:
        """Allocated bytes by member and top-level directory (`weft.store.usage.size`)."""
        from weft.store.usage import size

        return [(each, size(each.store)) for each in self.members() if each.store is not None]

    # --- targets ------------------------------------------------------------------------

    def for_target(self, directory: str, *, mode: LinkMode = "auto") -> Placement:
        """The store whose files can be shared with `directory`, which need not exist.

        Makes a member where none shares and one may be kept. Where nothing shares: the home, and
        the reason. Raises SystemFailure where the home cannot be used.
        """
        home = self.home
        if mode == "copy" or not self.enabled:
            return Placement(home, "copies are asked for" if mode == "copy" else "it is the only")
        home.open()
        target = os.path.abspath(directory)
        while (there := place_of(target)) is None and target != os.path.dirname(target):
            target = os.path.dirname(target)
        if there is not None and there == place_of(home.root) and _is_own(home.root):
            return Placement(home, "it is on the file system of the environment")
        from weft.store.choosing import choose

        return choose(self, os.path.realpath(target), mode=mode)

    # --- entries ------------------------------------------------------------------------

    def find_entry(self, entry: str) -> Store | None:
        """The first store that has an entry, the home before all others."""
        if self.home.has_entry(entry):
            return self.home
        for store in self.stores():
            if store is not self.home and store.has_entry(entry):
                return store
        return None

    def protect(self, entries: Iterable[str]) -> frozenset[str]:
        """Keep entries from being pruned while this process lives; those that are gone already."""
        entries = frozenset(entries)
        self.home.protect(entries)
        return frozenset(entry for entry in entries if self.find_entry(entry) is None)

    def ensure(self, entries: Iterable[str], into: Store, *, workers: int = 2) -> Filled:
        """Have entries in the store `into`, by clone, link or copy from whichever has them.

        What cannot be brought (a full disk) is served from where it is. Protects the entries.
        Raises EntryMissing where no store has one.
        """
        from weft.store.filling import fill

        return fill(self, tuple(dict.fromkeys(entries)), into, workers=workers)


def _is_own(root: str) -> bool:
    """Whether files of the store may be hard-linked as far as their owner goes."""
    if not hasattr(os, "geteuid"):
        return True
    user = os.geteuid()
    return user == 0 or os.stat(root).st_uid == user
