"""Which packages of a lock an export names, where each counts, and who asked for it.

Owns the walk from the members of a project to everything below them, with the marker under which
each package is reached. Refuses to write any format, and to know what is installed here: an export
is for all environments.
Follows uv: what is conflicting is decided by the extras and groups that were chosen.
"""

from __future__ import annotations

from weft.core.value import value
from weft.lock.model import LockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weft.core.marker_sets import MarkerSet
    from weft.lock.uvmodel import UvDependency, UvLock, UvPackage, UvRequirement

    Key = tuple[str, str, str, str]  # name, version, kind of source, location
    Place = tuple[Key, str]  # a package and one of its extras; "" for what it always needs
    Known = Mapping[tuple[str, str, str], MarkerSet]


class RootMissing(LockError):
    """No package, or more than one, has the name of a member."""

    def __init__(self, name: str, *, several: bool = False) -> None:
        what = "Found multiple packages matching root" if several else "Could not find root package"
        super().__init__(f"{what} `{name}`")
        self.name = name


@value
class Exported:
    """A package that is reached where `marker` holds; `dependents` are names, sorted."""

    package: UvPackage
    marker: MarkerSet
    dependents: tuple[str, ...]


@value
class Target:
    """What is exported: members by name, or the requirements of the lock itself where there are
    none. `extra` and `group` say which are wanted, `named_groups` those that were asked for by
    name. With `only_groups` the members themselves stay out, and so does what is in `prune` with
    everything that nothing else asks for. `chosen` members are not the whole workspace, whose own
    groups then have to be named."""

    roots: tuple[str, ...]
    wants_extra: Callable[[str], bool]
    wants_group: Callable[[str], bool]
    named_groups: tuple[str, ...] = ()
    only_groups: bool = False
    prune: frozenset[str] = frozenset()
    chosen: bool = False


@value
class _Edge:
    """To a place, where `marker` holds."""

    target: Place
    marker: MarkerSet


def key_of(package: UvPackage) -> Key:
    """What no two packages of a lock have in common."""
    return (package.name, package.version, package.source.kind, package.source.location)


def root_package(lock: UvLock) -> UvPackage | None:
    """The package that lies where the lock does."""
    for package in lock.packages:
        if package.source.kind in ("editable", "virtual", "directory") and (
            package.source.location in (".", "")
        ):
            return package
    return None


def shared_groups(lock: UvLock) -> frozenset[str]:
    """The groups of the workspace's root, which every member may ask for."""
    root = root_package(lock)
    listed = [name for name, _ in lock.manifest.dependency_groups]
    if root is not None:
        listed += [name for name, _ in (*root.dev_dependencies, *root.metadata.requires_dev)]
    return frozenset(listed)


class Packages:
    """The packages of a lock by name, and which one an edge means."""

    def __init__(self, lock: UvLock) -> None:
        self.by_name: dict[str, list[UvPackage]] = {}
        for package in lock.packages:
            self.by_name.setdefault(package.name, []).append(package)

    def target(self, dependency: UvDependency) -> UvPackage:
        """Raises LockError where there is none, or more than one."""
        found = self.by_name.get(dependency.name, ())
        if len(found) > 1:
            found = [
                package
                for package in found
                if (not dependency.version or package.version == dependency.version)
                and (dependency.source is None or package.source == dependency.source)
            ]
        if len(found) != 1:
            raise LockError(f"Dependency `{dependency.name}` is not in the lock exactly once")
        return found[0]

    def root(self, name: str) -> UvPackage:
        """The member called `name`. Raises RootMissing."""
        found = self.by_name.get(name, ())
        if len(found) != 1:
            raise RootMissing(name, several=bool(found))
        return found[0]


def exported(lock: UvLock, target: Target) -> tuple[Exported, ...]:
    """Everything that is reached from `target`, in no order that means something.

    Raises RootMissing and LockError.
    """
    graph = _Graph(lock, target)
    graph.walk()
    return graph.reached()


def supported(lock: UvLock) -> MarkerSet:
    """The environments that the lock was made for; all where it does not say."""
    from weft.core.marker_sets import MarkerSet

    if not lock.supported_markers:
        return MarkerSet.TRUE
    found = MarkerSet.FALSE
    for text in lock.supported_markers:
        found |= MarkerSet.parse(text)
    return found


def reach_of_all(lock: UvLock) -> dict[Place | None, MarkerSet]:
    """Where each package and each of its extras is reached, by anything in the workspace.

    What excludes each other is left in the markers. Raises RootMissing and LockError.
    """
    root = root_package(lock)
    names = lock.manifest.members or ((root.name,) if root is not None else ())
    graph = _Graph(lock, Target(names, lambda name: True, lambda name: True))
    graph.walk()
    return graph.reach(conflicts=False)


def enclosed(requirement: UvRequirement, package: UvPackage) -> MarkerSet:
    """Where a requirement of the lock itself means `package`."""
    return enclosed_marker(requirement.marker, package)


def enclosed_marker(text: str, package: UvPackage) -> MarkerSet:
    """The same for its marker."""
    from weft.core.marker_sets import MarkerSet

    marker = MarkerSet.parse(text) if text else MarkerSet.TRUE
    if not package.resolution_markers:
        return marker
    forks = MarkerSet.FALSE
    for fork in package.resolution_markers:
        forks |= MarkerSet.parse(fork).without_extras()
    return marker & forks


def attached(lock: UvLock, group: Callable[[str], bool]) -> Iterator[tuple[UvRequirement, str]]:
    """What a lock asks for that no member does, with the group: scripts, roots without a name."""
    for requirement in lock.manifest.requirements:
        yield requirement, ""
    for name, requirements in lock.manifest.dependency_groups:
        if group(name):
            for requirement in requirements:
                yield requirement, name


class _Graph:
    """Places and edges. An extra is a place of its own: it may be reached under other markers."""

    def __init__(self, lock: UvLock, target: Target) -> None:
        self.lock = lock
        self.target = target
        self.packages = Packages(lock)
        self.nodes: dict[Key, UvPackage] = {}
        self.edges: dict[Place | None, list[_Edge]] = {None: []}
        self.known: dict[tuple[str, str, str], MarkerSet] = {}
        self.queue: list[Place] = []
        self.seen: set[Place] = set()
        self.markers: dict[str, MarkerSet] = {}

    def marker(self, text: str) -> MarkerSet:
        """A marker by its text, parsed once."""
        from weft.core.marker_sets import MarkerSet

        if text not in self.markers:
            self.markers[text] = MarkerSet.parse(text) if text else MarkerSet.TRUE
        return self.markers[text]

    def walk(self) -> None:
        """Find all nodes and edges."""
        members = [
            self.packages.root(name) for name in self.target.roots if name not in self.target.prune
        ]
        for member in members:
            self._add_member(member)
        own = {name for member in members for name, _ in member.dev_dependencies}
        own |= {name for member in members for name, _ in member.metadata.requires_dev}
        self._add_groups_of_root(members, own)
        self._add_attached(own)
        position = 0
        while position < len(self.queue):
            key, extra = place = self.queue[position]
            position += 1
            package = self.nodes[key]
            if extra:
                self._connect(place, dict(package.optional_dependencies).get(extra, ()))
            else:
                self._connect(place, package.dependencies)

    def _add_member(self, member: UvPackage) -> None:
        target = self.target
        if not target.only_groups:
            wanted = [name for name, _ in member.optional_dependencies if target.wants_extra(name)]
            self._reach(None, member, wanted, self.marker(""))
            self.known[member.name, "project", ""] = self.marker("")
            for name in wanted:
                self.known[member.name, "extra", name] = self.marker("")
        self._add_groups(
            member, [name for name, _ in member.dev_dependencies if target.wants_group(name)]
        )

    def _add_groups(self, member: UvPackage, wanted: Iterable[str]) -> None:
        for name in wanted:
            self.known[member.name, "group", name] = self.marker("")
            self._connect(None, dict(member.dev_dependencies)[name])

    def _add_groups_of_root(self, members: list[UvPackage], own: set[str]) -> None:
        """A group that none of the members has is meant to be the workspace's own."""
        root = root_package(self.lock)
        if root is None or root in members:
            return
        listed = [name for name, _ in root.dev_dependencies]
        self._add_groups(
            root, [name for name in listed if name in self.target.named_groups and name not in own]
        )

    def _add_attached(self, own: set[str]) -> None:
        target, python = self.target, None

        def is_named(name: str) -> bool:
            return name in target.named_groups and name not in own

        for requirement, _ in attached(
            self.lock, is_named if target.chosen else target.wants_group
        ):
            if requirement.name in self.target.prune:
                continue
            for package in self.packages.by_name.get(requirement.name, ()):
                marker = enclosed(requirement, package)
                if marker.is_false:
                    continue
                if python is None:
                    python = self._python()
                self._reach(None, package, requirement.extras, marker.simplified(python))

    def _python(self) -> MarkerSet:
        from weft.core.marker_sets import MarkerSet
        from weft.core.specifier import Specifiers

        return MarkerSet.of_python(Specifiers.parse(self.lock.requires_python))

    def _connect(self, source: Place | None, dependencies: Iterable[UvDependency]) -> None:
        for dependency in dependencies:
            if dependency.name not in self.target.prune:
                package = self.packages.target(dependency)
                marker = self.marker(dependency.marker)
                self._reach(source, package, dependency.extras, marker)

    def _reach(
        self, source: Place | None, package: UvPackage, extras: Iterable[str], marker: MarkerSet
    ) -> None:
        key = key_of(package)
        self.nodes.setdefault(key, package)
        for extra in ("", *extras):
            place = (key, extra)
            self.edges.setdefault(source, []).append(_Edge(place, marker))
            if place not in self.seen:
                self.seen.add(place)
                self.queue.append(place)

    def reached(self) -> tuple[Exported, ...]:
        """The nodes with their markers, without those that are reached nowhere."""
        markers = self._markers()
        above: dict[Key, set[str]] = {}
        for source, edges in self.edges.items():
            for edge in edges:
                if source is not None and source[0] != edge.target[0]:
                    above.setdefault(edge.target[0], set()).add(source[0][0])
        return tuple(
            [
                Exported(package, markers[key, ""], tuple(sorted(above.get(key, ()))))
                for key, package in self.nodes.items()
                if (key, "") in markers and not markers[key, ""].is_false
            ]
        )

    def _markers(self) -> dict[Place | None, MarkerSet]:
        """Under which marker each place is reached: all ways to it together."""
        return self.reach(conflicts=bool(self.lock.conflicts))

    def reach(self, *, conflicts: bool) -> dict[Place | None, MarkerSet]:
        """The same; without `conflicts` markers keep the names of what excludes each other."""
        found: dict[Place | None, MarkerSet] = {None: supported(self.lock)}
        known: dict[Place | None, Known] = {None: self.known}
        pending: list[Place | None] = [None]
        while pending:
            source = pending.pop()
            if conflicts:
                found[source] = resolved(found[source], known[source])
            for edge in self.edges.get(source, ()):
                marker = resolved(edge.marker, known[source]) if conflicts else edge.marker
                through = found[source] & marker
                if conflicts:
                    inside = {item: where & marker for item, where in known[source].items()}
                    if source is not None and source[1]:
                        inside[source[0][0], "extra", source[1]] = through
                    known[edge.target] = _joined(known.get(edge.target), inside)
                before = found.get(edge.target)
                after = through if before is None else before | through
                if before is None or after != before:
                    found[edge.target] = after
                    pending.append(edge.target)
        return found


def _joined(one: Known | None, other: Known) -> Known:
    if one is None:
        return other
    joined = dict(one)
    for item, where in other.items():
        joined[item] = joined[item] | where if item in joined else where
    return joined


def resolved(marker: MarkerSet, known: Known) -> MarkerSet:
    """A marker without the names of extras, groups and projects that conflict with others.

    Each stands for the environments where it is chosen, for none where nobody chose it.
    """
    if not marker.mentions_extra:
        return marker
    from weft.core.marker_sets import MarkerSet

    names = {encoded(*item): where for item, where in known.items()}
    for name in _extras(marker):
        where = names.get(name, MarkerSet.FALSE)
        marker = (marker.with_extra(name) & where) | (marker.without_extra(name) & ~where)
    return marker


def _extras(marker: MarkerSet) -> list[str]:
    """Every extra that a marker names."""
    found: dict[str, None] = {}

    def note(name: str) -> None:
        found[name] = None

    marker.restrict_extras(note)
    return list(found)


def encoded(package: str, kind: str, name: str) -> str:
    """How the marker of an edge spells something that conflicts."""
    tail = f"-{name}" if name else ""
    return f"{kind}-{len(package)}-{package}{tail}"
