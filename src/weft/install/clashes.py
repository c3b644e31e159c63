"""Files that a batch of wheels would write over each other, or over what is installed.

Owns looking for them before anything is written, who wins (the later wheel of the batch, always),
and the warnings. Refuses to stop an installation for it: two distributions with one file are
common, and harmless where the contents are equal.
Follows no specification.
"""

from __future__ import annotations

from weft.core.digest import sha256_hex
from weft.core.events import Warned
from weft.install.conflicts import conflict_warning, find_conflicts
from weft.system.files import read_bytes
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.core.events import Sink
    from weft.install.conflicts import Placement
    from weft.install.layout import Layout, LinkGroup
    from weft.install.target import Target
    from weft.install.wheel import PlacedWheel
    from weft.store.record import Fact

_NONE: frozenset[bytes] = frozenset()


class Clashes:
    """What was found about a batch. Looks at the disk while it is made, and never again.

    `apart` says that the wheels are known to have no file in common.
    """

    def __init__(
        self, target: Target, wheels: Sequence[PlacedWheel], *, apart: bool = False
    ) -> None:
        self._target = target
        self._wheels = wheels
        self._facts: dict[int, dict[bytes, Fact]] = {}
        suspects = _suspects(target, wheels, apart=apart)
        placements = [
            list(_placements(wheel)) if number in suspects else []
            for number, wheel in enumerate(wheels)
        ]
        self._conflicts = find_conflicts(placements, digest=self._digest)
        self._installed = self._find_installed(placements)
        self._lost: dict[PlacedWheel, dict[bytes, set[bytes]]] = {}
        for conflict in self._conflicts:
            directory, _, name = conflict.path.rpartition(b"/")
            for number in conflict.owners[:-1]:
                names = self._lost.setdefault(wheels[number], {}).setdefault(directory, set())
                names.add(name)

    def warn(self, sink: Sink) -> None:
        """One warning for each set of distributions whose files differ."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for conflict in self._conflicts:
            if not conflict.same:
                names = tuple(self._wheels[number].label for number in conflict.owners)
                groups.setdefault(names, []).append(self._shown(conflict.path))
        for path, owner, number in self._installed:
            names = (owner, self._wheels[number].label)
            groups.setdefault(names, []).append(self._shown(path))
        for names, paths in sorted(groups.items()):
            sink(Warned(conflict_warning(sorted(paths), names)))

    def has_losses(self, wheel: PlacedWheel) -> bool:
        """Whether a later wheel brings some file instead of this one."""
        return wheel in self._lost

    def without_losses(self, wheel: PlacedWheel, group: LinkGroup) -> LinkGroup:
        """A group of the wheel without the files that a later wheel brings."""
        source, directory, names, empties = group
        lost = self._lost[wheel].get(directory)
        if not lost:
            return group
        return (
            source,
            directory,
            tuple(name for name in names if name not in lost),
            tuple(empty for empty in empties if empty[0] not in lost),
        )

    def left_out(self, wheel: PlacedWheel) -> tuple[int, int]:
        """Files and bytes of the wheel's groups that are not linked."""
        files = size = 0
        for directory, lost in self._lost.get(wheel, {}).items():
            number = self._wheels.index(wheel)
            for name in lost:
                fact = self._fact(number, directory, name)
                if fact is not None:
                    files += 1
                    size += fact[1]
        return files, size

    def _digest(self, number: int, path: bytes) -> bytes | None:
        directory, _, name = path.rpartition(b"/")
        for script, content in self._wheels[number].scripts:
            if name == os.fsencode(script) and directory == os.fsencode(self._target.scripts):
                return _sha256(content)
        fact = self._fact(number, directory, name)
        return None if fact is None else fact[3]

    def _fact(self, number: int, directory: bytes, name: bytes) -> Fact | None:
        """The manifest's row for a file of a wheel's groups, by where it goes."""
        wheel = self._wheels[number]
        facts = self._facts.get(number)
        if facts is None:
            facts = self._facts[number] = {fact[0]: fact for fact in wheel.manifest.facts()}
        for source, target, names, empties in wheel.groups:
            if target == directory:
                found = facts.get(source + b"/" + name if source else name)
                if found is not None and (name in names or name in (empty[0] for empty in empties)):
                    return found
        return None

    def _find_installed(
        self, placements: Sequence[Sequence[Placement]]
    ) -> list[tuple[bytes, str, int]]:
        """(path, owner's name, wheel) where an installed distribution's file would change."""
        coming: dict[str, int] = {}
        present = _Present([os.fsencode(each) for each in self._target.site_directories])
        for number in range(len(self._wheels)):
            for directory, names in placements[number]:
                for name in present.among(directory, names):
                    coming[os.fsdecode(directory + b"/" + name)] = number
        if not coming:
            return []
        from weft.install.ownership import owners_of, project_of, registered

        own = [f"{wheel.location}/{wheel.dist_info}" for wheel in self._wheels]
        owners = owners_of(coming, registered(self._target.site_directories, without=own))
        found: list[tuple[bytes, str, int]] = []
        for path, infos in sorted(owners.items()):
            raw, number = os.fsencode(path), coming[path]
            content = read_bytes(path)
            if content is not None and _sha256(content) != self._digest(number, raw):
                found.append((raw, project_of(infos[-1]), number))
        return found

    def _shown(self, path: bytes) -> str:
        """A path as the user knows it: below site-packages, or below the prefix."""
        text = os.fsdecode(path)
        for root in (*self._target.site_directories, self._target.prefix):
            if text.startswith(root + "/"):
                return text[len(root) + 1 :]
        return text


def are_apart(target: Target, wheels: Sequence[Layout]) -> bool:
    """Whether no two of them bring the same file."""
    suspects = _suspects(target, wheels, apart=False)
    placements = [list(_placements(wheels[number])) for number in sorted(suspects)]
    return not find_conflicts(placements, digest=lambda _number, _path: None)


def _suspects(target: Target, wheels: Sequence[Layout], *, apart: bool) -> set[int]:
    """The wheels that may clash with something: most bring names of their own to free places.

    Those are the wheels with a topmost name that is there already, or that another one has too,
    unless all are `apart`. Numbers.
    """
    stops = _above(target)
    listings: dict[bytes, frozenset[bytes]] = {}
    first: dict[bytes, int] = {}
    found: set[int] = set()
    for number, wheel in enumerate(wheels):
        scripts = os.fsencode(target.scripts), map(os.fsencode, wheel.script_names)
        tops = [(wheel.root(scheme), names) for scheme, names in wheel.manifest.tops]
        for root, names in (*tops, scripts):
            if root not in listings:
                listings[root] = _listing(root)
            for name in names:
                path = root + b"/" + name
                if path in stops:  # it reaches into other schemes
                    return set(range(len(wheels)))
                if name in listings[root]:
                    found.add(number)
                other = first.setdefault(path, number)
                if other != number and not apart:
                    found.update((other, number))
    return found


def _above(target: Target) -> frozenset[bytes]:
    """The directories of the schemes, and all above them."""
    found: set[str] = set()
    for directory in target.scheme_directories:
        while directory not in found:
            found.add(directory)
            directory = os.path.dirname(directory)
    return frozenset(map(os.fsencode, found))


def _placements(wheel: Layout) -> Iterator[Placement]:
    """Where the files of a wheel go, without those of its dist-info directory."""
    mark = os.fsencode(wheel.mark)
    for _source, directory, names, empties in wheel.groups:
        if directory.startswith(mark):
            continue
        if names:
            yield directory, names
        if empties:
            yield directory, [name for name, _mode in empties]
    scripts = wheel.script_names
    if scripts:
        yield os.fsencode(wheel.target.scripts), [os.fsencode(name) for name in scripts]


class _Present:
    """Which files are there already, with as few looks as that takes: most often none are."""

    def __init__(self, sites: Sequence[bytes]) -> None:
        self._tops = {site: _listing(site) for site in sites}
        self._known: dict[bytes, bool] = {}

    def among(self, directory: bytes, names: Iterable[bytes]) -> Iterable[bytes]:
        """Those of `names` that are in a directory."""
        tops = self._tops.get(directory)
        if tops is not None:
            names = [name for name in names if name in tops]
        elif not self._exists(directory):
            return ()
        return [name for name in names if os.path.lexists(directory + b"/" + name)]

    def _exists(self, directory: bytes) -> bool:
        """Whether there is such a directory; what is below a missing one is not looked for."""
        known = self._known.get(directory)
        if known is None:
            parent, _, name = directory.rpartition(b"/")
            tops = self._tops.get(parent)
            if tops is not None:
                known = name in tops and os.path.isdir(directory)
            else:
                known = (not parent or self._exists(parent)) and os.path.isdir(directory)
            self._known[directory] = known
        return known


def _listing(directory: bytes) -> frozenset[bytes]:
    try:
        return frozenset(os.listdir(directory))
    except OSError:
        return _NONE


def _sha256(content: bytes) -> bytes:
    return bytes.fromhex(sha256_hex(content))
