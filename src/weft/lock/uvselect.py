"""What a `uv.lock` has for one environment.

Owns the walk from the roots over the edges whose markers hold, with the extras and groups that
exclude each other, and the choice of one file of each package. Refuses to resolve, and to judge
whether the choice of extras and groups is allowed: it is told which are wanted.
Follows what uv installs for the same choice; sentences are those of uv.
"""

from __future__ import annotations

from weft.core.value import value
from weft.lock.model import LockError
from weft.lock.uvlock_check import shown_id
from weft.lock.uvlock_tables import file_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Literal

    from weft.lock.uvmodel import UvDependency, UvFile, UvLock, UvPackage, UvRequirement

    Kind = Literal["wheel", "sdist", "git", "directory", "editable", "virtual"]
    Node = tuple[UvPackage, str]  # with an extra, or without


def _never(_name: str) -> bool:
    return False


def _always(_package: UvPackage) -> bool:
    return True


@value
class UvTarget:
    """The environment to choose for, and what is wanted and allowed in it.

    `rank` gives the rank of a wheel's name among the supported tags (a low one is better), None if
    it does not fit. `extras` and `groups` tell which names are wanted of every root; without
    `project` a root's own dependencies are left out and only its groups count. `shared` tells which
    groups of the workspace are wanted where no root has one of that name; with None all of them
    count that `groups` wants. A package that `include` refuses needs no file. `no_binary` and
    `no_build` are asked with a package's name. `tags` are the supported ones, the best first, to
    say what is missing.
    """

    environment: Mapping[str, str]
    rank: Callable[[str], int | None]
    extras: Callable[[str], bool] = _never
    groups: Callable[[str], bool] = _never
    shared: Callable[[str], bool] | None = None
    project: bool = True
    include: Callable[[UvPackage], bool] = _always
    no_binary: Callable[[str], bool] = _never
    no_build: Callable[[str], bool] = _never
    tags: Sequence[str] = ()


@value
class UvChosen:
    """A package of the environment, and what it is to be had from.

    `file` is set for a "wheel" and for a "sdist"; of the latter it may say no more than its hash
    where the source says where it is. `extras` are the ones that were asked for, in order.
    """

    package: UvPackage
    kind: Kind
    file: UvFile | None = None
    extras: tuple[str, ...] = ()


class NoUsableFile(LockError):
    """Nothing of `package` can be installed; the sentence says why."""

    def __init__(self, package: UvPackage, reason: str, *, hint: str = "") -> None:
        shown = shown_id(package.name, package.version, package.source)
        super().__init__(
            f"Distribution `{shown}` can't be installed because {reason}",
            hints=(hint,) if hint else (),
        )
        self.package = package


def select(lock: UvLock, roots: Sequence[str], target: UvTarget) -> tuple[UvChosen, ...]:
    """What belongs into the environment for the members named by `roots`, by name and version.

    The requirements and groups of the manifest are always roots, too. Packages that `include`
    refuses are not in it. Raises LockError: a root that is not locked, extras that exclude each
    other, NoUsableFile.
    """
    reached = reach(lock, roots, target)
    chosen = [
        UvChosen(package, *choose(package, target), extras=tuple(sorted(extras)))
        for package, extras in reached
        if target.include(package)
    ]
    return tuple(sorted(chosen, key=lambda each: (each.package.name, each.package.version)))


def reach(
    lock: UvLock, roots: Sequence[str], target: UvTarget
) -> tuple[tuple[UvPackage, frozenset[str]], ...]:
    """The packages of the environment with the extras that somebody asks for, in walking order."""
    return _Walk(lock, target).packages(roots)


class _Walk:
    """One walk. `names` are the encoded extras, groups and projects that are chosen."""

    def __init__(self, lock: UvLock, target: UvTarget) -> None:
        self.lock = lock
        self.target = target
        self.names: set[str] = set()
        self.frozen: frozenset[str] = frozenset()
        self.answers: dict[str, bool] = {}
        self.top: UvPackage | None = None
        self.by_name: dict[str, list[UvPackage]] = {}
        for package in lock.packages:
            self.by_name.setdefault(package.name, []).append(package)

    def packages(self, names: Sequence[str]) -> tuple[tuple[UvPackage, frozenset[str]], ...]:
        roots = [self.root(name) for name in names]
        self.top = self.other_root(roots)
        if self.lock.conflicts:
            for root in roots:
                self.activate(root)
            if self.top is not None:
                is_shared = self.shared(roots)
                self.names |= {
                    _encoded("group", self.top.name, group)
                    for group in _groups(self.top)
                    if is_shared(group)
                }
            # The first walk finds the extras that dependencies ask for: they decide, too.
            self.walk(roots, learn=True)
            self.check_conflicts()
        reached: dict[int, tuple[UvPackage, set[str]]] = {}
        for package, extra in self.walk(roots, learn=False):
            extras = reached.setdefault(id(package), (package, set()))[1]
            if extra:
                extras.add(extra)
        return tuple([(package, frozenset(extras)) for package, extras in reached.values()])

    def root(self, name: str) -> UvPackage:
        found = self.by_name.get(name, ())
        if len(found) != 1:
            problem = "Found multiple packages matching" if found else "Could not find root package"
            raise LockError(f"{problem} `{name}`")
        return found[0]

    def other_root(self, roots: list[UvPackage]) -> UvPackage | None:
        """The project at the workspace's root, if its groups are to be looked at besides."""
        if self.target.shared is None or len(self.lock.manifest.members) < 2:
            return None
        from weft.lock.export import root_package

        top = root_package(self.lock)
        return None if top in roots else top

    def activate(self, root: UvPackage) -> None:
        """What the choice for a root means in markers of conflicts."""
        if self.target.project:
            self.names.add(_encoded("project", root.name))
            for extra in _extras(root):
                if self.target.extras(extra):
                    self.names.add(_encoded("extra", root.name, extra))
        for group in _groups(root):
            if self.target.groups(group):
                self.names.add(_encoded("group", root.name, group))

    def walk(self, roots: list[UvPackage], *, learn: bool) -> list[Node]:
        """Every package and extra that is reached, each once; with `learn` extras are noted."""
        queue: list[Node] = []
        seen: set[tuple[int, str]] = set()

        def push(package: UvPackage, extras: Iterable[str] = ()) -> None:
            for extra in ("", *extras):
                if (id(package), extra) not in seen:
                    seen.add((id(package), extra))
                    queue.append((package, extra))

        self.start(roots, push, learn=learn)
        walked = 0
        while walked < len(queue):
            package, extra = queue[walked]
            walked += 1
            for edge in _edges(package, extra):
                self.follow(edge, push, learn=learn)
        return queue

    def start(self, roots: list[UvPackage], push: Callable[..., None], *, learn: bool) -> None:
        target = self.target
        for root in roots:
            if target.project:
                push(
                    root, [extra for extra, _ in root.optional_dependencies if target.extras(extra)]
                )
            for group, edges in root.dev_dependencies:
                if target.groups(group):
                    for edge in edges:
                        self.follow(edge, push, learn=learn)
        is_shared = self.shared(roots)
        if self.top is not None:
            for group, edges in self.top.dev_dependencies:
                for edge in edges if is_shared(group) else ():
                    self.follow(edge, push, learn=learn)
        manifest = self.lock.manifest
        asked = list(manifest.requirements if target.project else ())
        for group, requirements in manifest.dependency_groups:
            asked += requirements if is_shared(group) else ()
        for requirement in asked:
            if self.holds(requirement.marker):
                push(self.requirement(requirement), requirement.extras)

    def shared(self, roots: list[UvPackage]) -> Callable[[str], bool]:
        """Which groups of the workspace itself count beside those of `roots`."""
        shared = self.target.shared
        if shared is None:
            return self.target.groups
        own = {name for root in roots for name in _groups(root)}
        return lambda name: name not in own and shared(name)

    def requirement(self, requirement: UvRequirement) -> UvPackage:
        """The package that a requirement of the manifest means here."""
        found = [
            each
            for each in self.by_name.get(requirement.name, ())
            if not each.resolution_markers or any(map(self.holds, each.resolution_markers))
        ]
        if len(found) != 1:
            problem = "Found multiple packages matching" if found else "Could not find root package"
            raise LockError(f"{problem} `{requirement.name}`")
        return found[0]

    def follow(self, edge: UvDependency, push: Callable[..., None], *, learn: bool) -> None:
        """Go where an edge leads, if its marker holds."""
        asked = {_encoded("extra", edge.name, extra) for extra in edge.extras} if learn else set()
        if edge.marker and not self.holds(edge.marker, asked - self.names):
            return
        self.names |= asked
        push(self.package(edge), edge.extras)

    def package(self, edge: UvDependency) -> UvPackage:
        found = self.by_name.get(edge.name, [])
        if len(found) == 1:
            return found[0]
        for each in found:
            if each.version == edge.version and each.source == edge.source:
                return each
        raise LockError(
            f"Dependency `{edge.name}` has missing `source` field but has more than one matching "
            "package"
        )

    def holds(self, marker: str, more: set[str] | frozenset[str] = frozenset()) -> bool:
        """Whether a marker holds with what is chosen so far, and `more`."""
        from weft.core.marker import Marker

        if not marker:
            return True
        conflicts = "extra" in marker
        if not conflicts:
            answer = self.answers.get(marker)
            if answer is None:
                answer = Marker.parse(marker).evaluate(self.target.environment)
                self.answers[marker] = answer
            return answer
        if len(self.frozen) != len(self.names):
            self.frozen = frozenset(self.names)
        return Marker.parse(marker).evaluate(self.target.environment, self.frozen | more)

    def check_conflicts(self) -> None:
        """Raises LockError where two that exclude each other are wanted by dependencies."""
        for items in self.lock.conflicts:
            active = [
                item
                for item in items
                if item.kind == "extra" and _encoded("extra", item.package, item.name) in self.names
            ]
            if len(active) > 1:
                first, second = active[:2]
                raise LockError(
                    f"Found conflicting extras `{first.package}[{first.name}]` and "
                    f"`{second.package}[{second.name}]` enabled simultaneously"
                )


def _encoded(kind: str, package: str, name: str = "") -> str:
    """What markers call an extra, a group or a project of a conflict."""
    return f"{kind}-{len(package)}-{package}-{name}" if name else f"{kind}-{len(package)}-{package}"


def _extras(package: UvPackage) -> dict[str, None]:
    names = [name for name, _ in package.optional_dependencies]
    return dict.fromkeys((*names, *package.metadata.provides_extras))


def _groups(package: UvPackage) -> dict[str, None]:
    names = [name for name, _ in package.dev_dependencies]
    return dict.fromkeys((*names, *(name for name, _ in package.metadata.requires_dev)))


def _edges(package: UvPackage, extra: str) -> tuple[UvDependency, ...]:
    if not extra:
        return package.dependencies
    for name, edges in package.optional_dependencies:
        if name == extra:
            return edges
    return ()


# One file of a package.


def choose(package: UvPackage, target: UvTarget) -> tuple[Kind, UvFile | None]:
    """What to install a package from. Raises NoUsableFile."""
    kind = package.source.kind
    binary, builds = not target.no_binary(package.name), not target.no_build(package.name)
    if package.wheels and binary:
        wheel = best_wheel(package, target.rank)
        if wheel is not None:
            return "wheel", wheel
    if kind in ("virtual", "editable"):  # which is no build that anybody could refuse
        return kind, None
    if builds:
        if kind in ("git", "directory"):
            return kind, package.sdist
        if package.sdist is not None:
            return "sdist", package.sdist
    hint = ""
    if binary and builds:
        from weft.lock.wheel_hint import wheel_hint

        shown = f"`{package.name}`{f' (v{package.version})' if package.version else ''}"
        names = tuple(map(file_name, package.wheels))
        hint = wheel_hint(names, shown, target.tags, target.environment)
    raise NoUsableFile(package, _reason(package, binary=binary, builds=builds), hint=hint)


def best_wheel(package: UvPackage, rank: Callable[[str], int | None]) -> UvFile | None:
    """The wheel with the lowest rank; among equals that of the highest build, then the first."""
    from weft.core.filename import WheelName

    best: UvFile | None = None
    best_rank = 0
    for wheel in package.wheels:
        filename = file_name(wheel)
        found = rank(filename)
        if found is None or (best is not None and found > best_rank):
            continue
        if best is not None and found == best_rank:
            previous = WheelName.parse(file_name(best)).build_key
            if WheelName.parse(filename).build_key <= previous:
                continue
        best, best_rank = wheel, found
    return best


def _reason(package: UvPackage, *, binary: bool, builds: bool) -> str:
    """uv's words."""
    is_wheel = package.source.kind in ("url", "path") and bool(package.wheels)
    if not binary and not builds:
        return "it is marked as both `--no-binary` and `--no-build`"
    if not binary:
        if is_wheel:
            return "it is marked as `--no-binary` but is itself a binary distribution"
        return "it is marked as `--no-binary` but has no source distribution"
    if not builds:
        return "it is marked as `--no-build` but has no binary distribution"
    if is_wheel:
        return "the binary distribution is incompatible with the current platform"
    return "it doesn't have a source distribution or wheel for the current platform"
