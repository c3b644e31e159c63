"""For which extras and groups a project needs each of its packages.

Owns the markers of a `pylock.toml` that is a project's whole lock: where, and with which of
`extras` and `dependency_groups`, somebody who installs the project needs a package. Refuses to know
about files. Follows PEP 751, section "packages.marker".
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.lock.export import Packages, key_of, resolved, root_package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.export import Key, Place
    from weft.lock.uvmodel import UvDependency, UvLock, UvPackage, UvRequirement

    Item = tuple[str, str, str]  # package, kind and name of something that excludes others


def needed(lock: UvLock) -> dict[Key, MarkerSet]:
    """Where each package is needed; what nobody needs is not in it.

    The roots are the project where the lock lies, else all members, and what a script or a root
    that is no project asks for. Raises LockError for an edge that leads nowhere.
    """
    # What is chosen by those that are no roots is only known when they have been reached.
    known = _choices(lock, {})
    places = _Reach(lock, known).places()
    if lock.conflicts:
        known = _choices(lock, places)
        places = _Reach(lock, known).places()
    return {key: marker for (key, extra), marker in places.items() if not extra}


def _roots(lock: UvLock) -> list[UvPackage]:
    root = root_package(lock)
    if root is not None:
        return [root]
    return [package for package in lock.packages if package.name in lock.manifest.members]


def in_extras(name: str) -> MarkerSet:
    """Where an extra of the project is wanted."""
    return MarkerSet.parse(f"'{name}' in extras")


def in_groups(name: str) -> MarkerSet:
    """Where a dependency group is wanted."""
    return MarkerSet.parse(f"'{name}' in dependency_groups")


def _choices(lock: UvLock, places: dict[Place, MarkerSet]) -> dict[Item, MarkerSet]:
    """Where what excludes other things is chosen."""
    roots = {package.name for package in _roots(lock)}
    by_name = {(key[0], extra): marker for (key, extra), marker in places.items()}
    known: dict[Item, MarkerSet] = {}
    for items in lock.conflicts:
        for item in items:
            where = MarkerSet.FALSE
            if item.package in roots:
                where = MarkerSet.TRUE
                if item.kind != "project":
                    where = (in_extras if item.kind == "extra" else in_groups)(item.name)
            elif item.kind == "extra":
                where = by_name.get((item.package, item.name), where)
            known[item.package, item.kind, item.name] = where
    return known


class _Reach:
    """One walk from the roots, until no marker grows any more."""

    def __init__(self, lock: UvLock, known: dict[Item, MarkerSet]) -> None:
        self.lock = lock
        self.known = known
        self.packages = Packages(lock)
        self.by_key = {key_of(package): package for package in lock.packages}
        self.found: dict[Place, MarkerSet] = {}
        self.pending: list[Place] = []
        self.edges: dict[str, MarkerSet] = {}

    def places(self) -> dict[Place, MarkerSet]:
        for root in _roots(self.lock):
            self.add((key_of(root), ""), MarkerSet.TRUE)
            for extra, _ in root.optional_dependencies:
                self.add((key_of(root), extra), in_extras(extra))
            for group, edges in root.dev_dependencies:
                self.follow(edges, in_groups(group))
        manifest = self.lock.manifest
        self.ask(manifest.requirements, MarkerSet.TRUE)
        for group, requirements in manifest.dependency_groups:
            self.ask(requirements, in_groups(group))
        while self.pending:
            place = self.pending.pop()
            key, wanted = place
            package = self.by_key[key]
            if not wanted:
                self.follow(package.dependencies, self.found[place])
            for extra, edges in package.optional_dependencies:
                if extra == wanted:
                    self.follow(edges, self.found[place])
        return self.found

    def ask(self, requirements: tuple[UvRequirement, ...], where: MarkerSet) -> None:
        """What the manifest wants; of several versions each in its own region."""
        for requirement in requirements:
            for package in self.packages.by_name.get(requirement.name, ()):
                inside = where & self.marker(requirement.marker)
                if package.resolution_markers:
                    region = MarkerSet.FALSE
                    for text in package.resolution_markers:
                        region |= self.marker(text)
                    inside &= region
                for extra in ("", *requirement.extras):
                    self.add((key_of(package), extra), inside)

    def follow(self, edges: tuple[UvDependency, ...], where: MarkerSet) -> None:
        for edge in edges:
            key = key_of(self.packages.target(edge))
            inside = where & self.marker(edge.marker)
            for extra in ("", *edge.extras):
                self.add((key, extra), inside)

    def add(self, place: Place, where: MarkerSet) -> None:
        before = self.found.get(place, MarkerSet.FALSE)
        after = before | where
        if after != before:
            self.found[place] = after
            self.pending.append(place)

    def marker(self, text: str) -> MarkerSet:
        """The marker of an edge without the names of what excludes other things."""
        found = self.edges.get(text)
        if found is None:
            found = self.edges[text] = resolved(MarkerSet.parse(text), self.known)
        return found
