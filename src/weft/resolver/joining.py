"""The answers of all regions as one graph.

Owns `UniversalResolution`: packages, in more than one version where regions differ, with the
environments in which each counts, and what they need where.
Refuses to shorten markers: they hold in all environments, also in those that the request rules
out, and what is left to say is the business of who prints them.
Follows uv: a package counts where some chain of requirements leads to it in a region that has it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.marker_sets import MarkerSet
from weft.core.value import value
from weft.resolver.conflicts import GROUP, possible
from weft.resolver.reachability import reached
from weft.resolver.sited import INDEX
from weft.resolver.solution import UNDECIDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from weft.resolver.conflicts import Conflicts
    from weft.resolver.forks import Wanted
    from weft.resolver.regional import Regional
    from weft.resolver.regions import Region
    from weft.resolver.solution import Solution

    Node: TypeAlias = tuple[str, str, int, str]  # name, URL, position, extra
    Graph: TypeAlias = dict["Node", dict["Node", MarkerSet]]
    Asking: TypeAlias = tuple["Node", Sequence[Wanted], "Answer"]

ROOT: Node = ("", "", -1, "")


@value
class Edge:
    """One version needs another one, with these extras of it, where `marker` holds.

    Of the marker only what it says where the needing package (or extra) counts is of meaning.
    `extra` is the extra of the needing package that brings the need, empty for its own.
    """

    name: str
    version: str
    extras: tuple[str, ...]
    marker: MarkerSet
    extra: str = ""
    url: str = ""


@value
class UniversalPackage:
    """One version of a package, and where it counts.

    `position` is its place in the source's version list of the name (of `name @ url` with a
    `url`). `extras` are those wanted of it, `extra_markers` tell where each is. `dependencies`
    are sorted by what they lead to.
    """

    name: str
    version: str
    position: int
    marker: MarkerSet
    extras: tuple[str, ...]
    extra_markers: tuple[MarkerSet, ...]
    dependencies: tuple[Edge, ...]
    url: str = ""


@value
class UniversalResolution:
    """The answer: packages sorted by name and version, none that nobody needs.

    `forks` are the regions with an answer of their own, in the order in which they were solved;
    empty where one answer serves everything. `roots` are the needs of the request itself.
    `missing_extras` are pairs of a package and an extra that its chosen version does not have.
    """

    packages: tuple[UniversalPackage, ...]
    forks: tuple[MarkerSet, ...]
    roots: tuple[Edge, ...]
    missing_extras: tuple[tuple[str, str], ...] = ()


class ConflictingUrls(WeftError):
    """A package is required from several URLs for the same environments."""

    exit_code = 1

    def __init__(self, name: str, urls: tuple[str, ...], markers: str) -> None:
        super().__init__()
        self.name = name
        self.urls = tuple(sorted(urls))
        self.markers = markers

    @property
    def message(self) -> str:
        where = f"split `{self.markers}`" if self.markers else "all marker environments"
        lines = "".join([f"\n- {url}" for url in self.urls])
        return f"Requirements contain conflicting URLs for package `{self.name}` in {where}:{lines}"


class Answer:
    """What was decided in one region: versions, what they want here, extras that they lack.

    `wanted` has what counts of the request, and of each node; equal lists of most regions are one
    object. `nodes` has the chosen packages by name, `keys` are names and keys of the chosen
    versions; `indexed` has those of one index alone, with that.
    """

    def __init__(self, region: Region, root: Sequence[Wanted]) -> None:
        self.region = region
        self.texts: dict[Node, str] = {}
        self.wanted: dict[Node, Sequence[Wanted]] = {ROOT: root}
        self.nodes: dict[str, Node] = {}
        self.missing: list[tuple[Node, str]] = []
        self.indexed: list[tuple[str, bytes, str]] = []
        self.keys: list[tuple[str, bytes]] = []

    def edges(self, node: Node, wanted: Sequence[Wanted]) -> dict[Node, MarkerSet]:
        """What a node needs here that wants this, and where."""
        found: dict[Node, MarkerSet] = {}
        itself = "" if node[3].startswith(GROUP) else node[0]
        for each in wanted:
            for child in self._asked(each, itself):
                known = found.get(child)
                found[child] = each.marker if known is None else known | each.marker
        return found

    def _asked(self, each: Wanted, itself: str) -> Iterable[Node]:
        """The nodes that a requirement asks for; none of the package `itself`."""
        requirement = each.requirement
        if each.detached:  # groups of a project without the project
            extras = requirement.extras
            return [e for e in self.texts if e[0] == requirement.name and e[3] in extras]
        target = self.nodes.get(requirement.name)
        if target is None or requirement.name == itself:
            return ()
        if not requirement.extras:
            return (target,)
        return [target, *[(*target[:3], extra) for extra in requirement.extras]]


def answered(knowledge: Regional, solution: Solution) -> Answer:
    """The answer of a region that is solved."""
    answer = Answer(knowledge.region, knowledge.root_wanted)
    texts, lists = answer.texts, answer.wanted
    rows = knowledge.table.rows
    decided, urls = solution.decided, knowledge.urls
    for row in rows:
        position = decided[row.base]
        if decided[row.number] == UNDECIDED or position == UNDECIDED:
            continue
        base = rows[row.base]
        name, extra = row.name, row.extra
        node = (name, urls.get(name, "") if urls else "", position, extra)
        texts[node] = base.versions.texts[position]
        lists[node] = knowledge.wanted(base.number, position, extra)
        if not extra:
            answer.nodes[name] = node
            answer.keys.append((name, base.versions.keys[position]))
            if node[1].startswith(INDEX):
                answer.indexed.append((*answer.keys[-1], node[1]))
        elif extra not in knowledge.provided_extras(base, position):
            answer.missing.append((node, extra))
    return answer


def joined(answers: Sequence[Answer], conflicts: Conflicts = ()) -> UniversalResolution:
    """One graph of the answers of all regions.

    With `conflicts` markers have the choices of extras and groups in them, written as in
    `weft.resolver.conflicts`, as far as they are not known anyway.
    """
    texts: dict[Node, str] = {}
    for answer in answers:
        texts.update(answer.texts)
    edges, whole = _joined_edges(answers)
    where = reached(edges, ROOT, whole)
    if conflicts:
        edges, where = _with_choices(edges, where, conflicts, nodes=(ROOT, *texts))
    forks = [answer.region.whole for answer in answers]
    missing = {
        (node[0], extra): None
        for answer in answers
        for node, extra in answer.missing
        if node in where
    }
    return UniversalResolution(
        _packages(edges, where, texts),
        () if len(forks) == 1 and forks[0].is_true else tuple(forks),
        tuple(_edges(ROOT, edges, where, texts)),
        tuple(missing),
    )


def _packages(
    edges: Graph, where: Mapping[Node, MarkerSet], texts: Mapping[Node, str]
) -> tuple[UniversalPackage, ...]:
    """The packages of the nodes that count somewhere."""
    extras: dict[Node, list[str]] = {}
    for node in sorted(where):
        if node[3]:
            extras.setdefault((*node[:3], ""), []).append(node[3])
    packages = []
    for node in sorted([node for node in where if node[2] >= 0 and not node[3]]):
        wanted = tuple(extras.get(node, ()))
        whose = [node, *[(*node[:3], extra) for extra in wanted]]
        packages.append(
            UniversalPackage(
                node[0],
                texts[node],
                node[2],
                where[node],
                wanted,
                tuple([where[each] for each in whose[1:]]),
                tuple([edge for each in whose for edge in _edges(each, edges, where, texts)]),
                node[1],
            )
        )
    return tuple(packages)


def _with_choices(
    edges: Graph, where: Mapping[Node, MarkerSet], conflicts: Conflicts, *, nodes: Sequence[Node]
) -> tuple[Graph, dict[Node, MarkerSet]]:
    """The graph and the places of its nodes, less what follows from the conflicts.

    What no choice reaches is kept as uv keeps it: it counts where the choices exclude each other.
    """
    from weft.resolver.inference import shortened

    impossible = ~possible(conflicts)

    def loose(marker: MarkerSet) -> MarkerSet:
        """What a marker says where the choices are possible: that alone counts."""
        said = marker | impossible
        anyhow = marker.without_extras()
        return anyhow if anyhow | impossible == said else said

    graph = {
        node: {child: loose(marker) for child, marker in children.items()}
        for node, children in edges.items()
    }
    counted = {node: loose(where.get(node, MarkerSet.FALSE)) for node in nodes}
    return shortened(graph, conflicts, ROOT), counted


def _joined_edges(answers: Sequence[Answer]) -> tuple[Graph, MarkerSet]:
    """The edges of all answers with where they count, and where there is an answer at all.

    Regions are bits of a number.
    """
    holders: dict[tuple[Node, Node], dict[MarkerSet, int]] = {}
    for (node, wanted, answer), numbers in _alike(answers):
        for child, marker in answer.edges(node, wanted).items():
            by_marker = holders.setdefault((node, child), {})
            by_marker[marker] = by_marker.get(marker, 0) | numbers
    within = _Regions([answer.region.whole for answer in answers])
    places: dict[tuple[tuple[MarkerSet, int], ...], MarkerSet] = {}  # most edges are in the same
    edges: Graph = {}
    for (node, child), by_marker in holders.items():
        key = tuple(by_marker.items())
        where = places.get(key)
        if where is None:
            where = MarkerSet.FALSE
            for marker, numbers in key:
                where |= within.part(marker, numbers)
            places[key] = where
        if not where.is_false:
            edges.setdefault(node, {})[child] = where
    return edges, within.part(MarkerSet.TRUE, (1 << len(answers)) - 1)


class _Regions:
    """Unions of regions, which are known by number, and what of a marker lies in them."""

    def __init__(self, regions: Sequence[MarkerSet]) -> None:
        self._regions = regions
        self._platforms = frozenset("".join([region.platforms for region in regions]))
        self._parts: dict[tuple[MarkerSet, int], MarkerSet] = {}

    def part(self, marker: MarkerSet, numbers: int) -> MarkerSet:
        """What of `marker` lies in the regions whose bits are set in `numbers`."""
        known = self._parts.get((marker, numbers))
        if known is None:
            if marker.is_true or len(self._platforms.union(marker.platforms)) > 1:
                known = MarkerSet.FALSE
                for number, region in enumerate(self._regions):
                    if numbers >> number & 1:
                        known |= marker & region
            else:
                known = marker & self.part(MarkerSet.TRUE, numbers)
            self._parts[marker, numbers] = known
        return known


def _alike(answers: Sequence[Answer]) -> Iterable[tuple[Asking, int]]:
    """The nodes with what they want, once for all regions in which that leads to the same nodes.

    Comes with one of these regions' answers, in the order of the first ones.
    """
    alike = _chosen_alike(answers)
    asked: dict[int, list[str] | None] = {}  # by list: names that may stand for several nodes
    found: dict[object, _Group] = {}
    common: dict[Node, _Group] = {}  # where the list alone says to which nodes it leads
    for number, answer in enumerate(answers):
        nodes, bit = answer.nodes, 1 << number
        for node, wanted in answer.wanted.items():
            group = common.get(node)
            if group is not None and group.asking[1] is wanted:
                group.regions |= bit
                continue
            which = id(wanted)
            if which not in asked:
                detached = any(each.detached for each in wanted)
                names = [each.requirement.name for each in wanted]
                asked[which] = None if detached else [name for name in names if name not in alike]
            names_apart = asked[which]
            key: tuple[object, ...] = (node, which)
            if names_apart is None:
                key = (node, which, number)
            elif names_apart:
                key = (node, which, *[nodes.get(name) for name in names_apart])
            group = found.get(key)
            if group is None:
                group = found[key] = _Group((node, wanted, answer))
            group.regions |= bit
            if names_apart is not None and not names_apart:
                common[node] = group
    return [(group.asking, group.regions) for group in found.values()]


class _Group:
    """A node that wants the same in `regions`, with the answer of one of them."""

    __slots__ = ("asking", "regions")

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.regions = 0


def _chosen_alike(answers: Sequence[Answer]) -> frozenset[str]:
    """The packages of which all answers have the same node."""
    if len(answers) == 1:
        return frozenset(answers[0].nodes)
    counts: dict[Node, int] = {}
    for answer in answers:
        for node in answer.nodes.values():
            counts[node] = counts.get(node, 0) + 1
    return frozenset([node[0] for node, count in counts.items() if count == len(answers)])


def _edges(
    node: Node, edges: Graph, where: Mapping[Node, MarkerSet], texts: Mapping[Node, str]
) -> list[Edge]:
    """The needs of a node: those on one version under one marker are one, with all extras.

    Where the node does not count nothing is said, as far as that makes markers shorter.
    """
    here = where[node]
    by_choice = here.mentions_extra
    found: dict[tuple[Node, MarkerSet], list[str]] = {}
    needs = edges.get(node, {})
    for child in sorted(needs):
        if child not in where:
            continue
        marker = needs[child] if by_choice else needs[child].among(here)
        if child[3]:
            found.setdefault(((*child[:3], ""), marker), []).append(child[3])
        else:
            found.setdefault((child, marker), [])
    return [
        Edge(target[0], texts[target], tuple(extras), marker, node[3], target[1])
        for (target, marker), extras in found.items()
    ]
