"""Where the packages of an answer for one environment are needed at all.

Owns the markers that `--no-strip-markers` writes: a package is needed where a marker on the way to
it from the requirements holds. Refuses to say that the versions are right there. Pure but for the
metadata, which is asked of the database.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.core.marker_parser import Tree
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database
    from weft.ops.answers import Answer
    from weft.ops.compile_pins import Pin
    from weft.ops.platforms import Judged
    from weft.ops.wants import Wants

    # A package, or one of its extras.
    Node = tuple[str, str]


def markers_of(
    answer: Answer, wants: Wants, *, judged: Judged, database: Database, whole: bool = False
) -> dict[str, str]:
    """PEP 508 text by name; none for always.

    Without what every Python from this one on meets, but for `whole` ones.
    """
    from weft.core.specifier import Specifiers

    reach = _Reach(answer, wants, judged=judged, database=database)
    reach.walk()
    known = MarkerSet.of_python(Specifiers.parse(f">={judged.python}"))
    found = {}
    for package in answer.resolution.packages:
        marker = reach.of(package.name)
        text = (marker if whole else marker.simplified(known)).text
        if text:
            found[package.name] = text
    return found


def relevant_markers(
    pins: Iterable[Pin], wants: Wants, *, environment: Mapping[str, str], database: Database
) -> str:
    """What the answer depends on: the values here of the variables that any marker names."""
    asked = [*wants.named, *wants.constraints, *wants.overrides]
    for pin in pins:
        if pin.direct is not None:
            asked += pin.direct.candidate.metadata().requirements
        else:
            asked += database.metadata(pin.name, pin.position).requirements
    named: set[str] = set()
    for requirement in asked:
        if requirement.marker is not None:
            named |= _variables(requirement.marker.tree)
    terms = [f"{name} == '{environment[name]}'" for name in sorted(named) if name in environment]
    return MarkerSet.parse(" and ".join(terms)).text if terms else ""


def _variables(tree: Tree) -> set[str]:
    """The names in a marker, full versions in place of what is said of their beginning."""
    if tree[0] in ("and", "or"):
        return _variables(tree[1]) | _variables(tree[2])
    if len(tree) != 4:
        return set()
    return {"python_full_version" if tree[1] == "python_version" else tree[1]}


class _Reach:
    def __init__(self, answer: Answer, wants: Wants, *, judged: Judged, database: Database) -> None:
        self._packages = {package.name: package for package in answer.resolution.packages}
        self._direct = answer.direct
        self._wants = wants
        self._environment = judged.environment
        self._database = database
        self._overrides: dict[str, list[Requirement]] = {}
        for each in wants.overrides:
            self._overrides.setdefault(each.name, []).append(each)
        self._found: dict[Node, MarkerSet] = {}
        self._waiting: list[Node] = []

    def of(self, name: str) -> MarkerSet:
        return self._found.get((name, ""), MarkerSet.FALSE)

    def walk(self) -> None:
        """From the requirements along all edges, until nothing grows any more."""
        self._follow(self._named(), MarkerSet.TRUE, "")
        while self._waiting:
            name, extra = node = self._waiting.pop()
            here = self._found[node]
            if extra:
                self._grow((name, ""), here)
            self._follow(self._requirements(name), here, extra)

    def _named(self) -> Iterable[Requirement]:
        yield from self._wants.named
        for direct in self._direct.values():
            for line in direct.lines if direct.written is None else ():
                marker = line.requirement.marker if line.requirement is not None else line.marker
                yield _with_marker(direct.requirement, marker)

    def _requirements(self, name: str) -> Sequence[Requirement]:
        direct = self._direct.get(name)
        if direct is not None:
            return direct.candidate.metadata().requirements
        package = self._packages[name]
        return self._database.metadata(name, package.position).requirements

    def _follow(self, requirements: Iterable[Requirement], here: MarkerSet, extra: str) -> None:
        """The edges of a package (or, with `extra`, of that extra) that exist in this place."""
        extras = frozenset([extra] if extra else [])
        for each in self._effective(requirements):
            marker = each.marker
            if each.name not in self._packages:
                continue
            if marker is not None and not marker.evaluate(self._environment, extras):
                continue
            if extra and (marker is None or marker.evaluate(self._environment)):
                continue  # an edge of the package itself
            where = MarkerSet.of(marker)
            where = where.with_extra(extra) if extra else where
            reached = here & where.without_extras()
            self._grow((each.name, ""), reached)
            for other in each.extras:
                self._grow((each.name, other), reached)

    def _effective(self, requirements: Iterable[Requirement]) -> Iterable[Requirement]:
        for each in requirements:
            if each.name in self._wants.excludes:
                continue
            replaced = self._overrides.get(each.name)
            if replaced is None:
                yield each
            else:
                yield from [_narrowed(other, each) for other in replaced]

    def _grow(self, node: Node, where: MarkerSet) -> None:
        before = self._found.get(node, MarkerSet.FALSE)
        joined = before | where
        if joined != before or node not in self._found:
            self._found[node] = joined
            self._waiting.append(node)


def _with_marker(requirement: Requirement, marker: object) -> Requirement:
    from weft.core.value import replace

    return replace(requirement, marker=marker)


def _narrowed(override: Requirement, replaced: Requirement) -> Requirement:
    """An override counts where what it replaces asks for an extra, too."""
    if replaced.marker is None or not replaced.marker.mentions_extra:
        return override
    from weft.project.markers import both

    return _with_marker(override, both(override.marker, replaced.marker))
