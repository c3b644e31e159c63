"""Which packages an audit looks at.

Owns the walk through a lock from what was chosen of its members, and the list of what is installed.
Refuses to ask anybody about them. Follows uv: members are not audited, everything else that has a
version is; what excludes each other is audited all the same. Other than in uv, a platform or a
Python that was named leaves out what would not be installed there.
"""

from __future__ import annotations

from weft.ops.audit_values import Dependency

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weft.lock.uvmodel import UvDependency, UvLock, UvPackage


class Reached:
    """The packages of a lock that are reached by what the three predicates want.

    `environment` are marker variables, None for all environments.
    """

    def __init__(
        self,
        lock: UvLock,
        *,
        extras: Callable[[str], bool],
        groups: Callable[[str], bool],
        project: bool,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        from weft.lock.export import Packages

        self._lock = lock
        self._packages = Packages(lock)
        self._extras = extras
        self._groups = groups
        self._project = project
        self._environment = environment
        self._seen: set[tuple[int, str]] = set()
        self._queue: list[tuple[UvPackage, str]] = []

    def dependencies(self) -> list[Dependency]:
        """Everything with a version but the members, in the order of the lock."""
        from weft.ops.syncing import workspace_members

        members = frozenset(workspace_members(self._lock))
        for name in members:
            self._start(self._packages.root(name))
        self._start_manifest()
        for package, extra in self._queue:  # grows while it is walked
            self._follow(self._edges(package, extra))
        reached = {number for number, _ in self._seen}
        return [
            Dependency(
                each.name,
                each.version,
                each.source.location if each.source.kind == "registry" else "",
            )
            for each in self._lock.packages
            if id(each) in reached and each.version and each.name not in members
        ]

    def _start(self, member: UvPackage) -> None:
        if self._project:
            extras = [extra for extra, _ in member.optional_dependencies if self._extras(extra)]
            self._push(member, extras)
        for group, edges in member.dev_dependencies:
            if self._groups(group):
                self._follow(edges)

    def _start_manifest(self) -> None:
        """What a script asks for, or the groups of a workspace whose root is no project."""
        manifest = self._lock.manifest
        asked = list(manifest.requirements if self._project else ())
        for group, requirements in manifest.dependency_groups:
            asked += requirements if self._groups(group) else ()
        for requirement in asked:
            if self._holds(requirement.marker):
                for package in self._packages.by_name.get(requirement.name, ()):
                    self._push(package, requirement.extras)

    def _push(self, package: UvPackage, extras: Iterable[str]) -> None:
        for extra in ("", *extras):
            if (id(package), extra) not in self._seen:
                self._seen.add((id(package), extra))
                self._queue.append((package, extra))

    def _follow(self, edges: Sequence[UvDependency]) -> None:
        for edge in edges:
            if self._holds(edge.marker):
                self._push(self._packages.target(edge), edge.extras)

    def _edges(self, package: UvPackage, extra: str) -> Sequence[UvDependency]:
        if not extra:
            return package.dependencies
        return next((found for name, found in package.optional_dependencies if name == extra), ())

    def _holds(self, marker: str) -> bool:
        """Whether an edge counts. Markers of conflicts are for another choice: they all count."""
        if self._environment is None or not marker or "extra" in marker:
            return True
        from weft.core.marker import Marker

        return Marker.parse(marker).evaluate(self._environment)


def installed_dependencies(directories: Sequence[str]) -> list[Dependency]:
    """What is installed in directories of packages, each name once, sorted; editables are not."""
    from weft.python.installed import direct_url, scan

    found: dict[str, Dependency] = {}
    for dist in scan(directories):
        origin = direct_url(dist)
        if origin is not None and origin.editable:
            continue
        found.setdefault(dist.name, Dependency(dist.name, dist.version))
    return [found[name] for name in sorted(found)]
