"""Members, trees and other places in the resolution of a project.

Owns the way from `name @ url` to what lies there where that is a project on this machine: its own
file tells more than a build would, its groups among it. Refuses to choose.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.ops.compile_places import INDEX, ReadPlaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.fetch.projects import Candidate
    from weft.ops.building import Building
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.project.lines import RequirementLine
    from weft.project.lowering import Lowered
    from weft.project.pyproject import Pyproject
    from weft.project.sources import Choice, ProjectSources


@value
class Tree:
    """A project in `directory`. `kind` is what the lock calls it: directory, editable, virtual.

    `default_groups` are those that a member names in place of `dev`, `group_pythons` the Pythons
    that its groups need.
    """

    directory: str
    kind: str
    lowered: Lowered
    default_groups: tuple[str, ...] | str | None = None
    group_pythons: tuple[tuple[str, str], ...] = ()


def default_groups(pyproject: Pyproject) -> tuple[str, ...] | str | None:
    """What a project says of the groups that are installed by default, as a lock has it."""
    from weft.core.names import normalize_name
    from weft.project.discovery import uv_table

    told = uv_table(pyproject).get("default-groups")
    if not isinstance(told, list):
        return "all" if told == "all" else None
    names = tuple(sorted({normalize_name(str(each)) for each in told}))
    return None if names == ("dev",) else names


def group_pythons(pyproject: Pyproject) -> tuple[tuple[str, str], ...]:
    """The Pythons that groups need together with what they include, as a lock has them."""
    from weft.project.discovery import uv_table
    from weft.project.groups import together
    from weft.project.manifest import group_pythons as told
    from weft.project.pythons import sorted_clauses

    found = together(pyproject.groups, told(uv_table(pyproject)))
    return tuple([(name, sorted_clauses(texts)) for name, texts in sorted(found.items())])


def member_sources(project: Project, choice: Choice, directory: str) -> ProjectSources:
    """The sources of the member in `directory`, or of the root.

    What the root says counts for members that have no other project between it and them.
    """
    from weft.project.reader import local_reader
    from weft.project.sources import ProjectSources
    from weft.project.workspace import is_hidden

    member = next((each for each in project.members if each.directory == directory), None)
    return ProjectSources(
        member.pyproject if member is not None else project.top,
        directory,
        read=local_reader,
        choice=choice,
        workspace=None if is_hidden(project.root, directory, local_reader) else project.workspace,
    )


class LockPlaces(ReadPlaces):
    """`fetch.universal.Places` for a lock. `references` are those of all files that were read."""

    def __init__(
        self,
        session: Session,
        building: Building,
        *,
        project: Project | None,
        choice: Choice,
        pin: Callable[[str, str], None],
    ) -> None:
        super().__init__(session, building, pin=pin)
        self._project = project
        self._choice = choice
        self._trees: dict[str, Tree | None] = {}
        self._editable: set[str] = set()
        self._several: frozenset[str] = frozenset()
        self.references: dict[str, str] = {}
        self.members = self._member_trees()

    # What the resolver asks.

    def candidate(self, place: str) -> Candidate:
        tree = self.tree(place)
        if tree is None:
            return super().candidate(place)
        from weft.fetch.projects import Candidate

        lowered = tree.lowered
        version = lowered.version or self._metadata(place, tree).version
        return Candidate(version, lambda: _metadata(lowered, version), None)

    def tree(self, place: str) -> Tree | None:
        """The project that `name @ url` leads to, None for what is no directory with a project."""
        if place not in self._trees:
            self._trees[place] = self._find_tree(place)
        return self._trees[place]

    def lines_of(self, place: str) -> tuple[RequirementLine, ...]:
        """What is required by what lies there; groups are extras of a name of their own."""
        tree = self.tree(place)
        if tree is not None:
            return tree.lowered.requirements
        from weft.ops.direct import dependencies_of

        return tuple(dependencies_of(self.read(place), self._building))

    def _find_requirements(self, place: str) -> Iterable[Requirement]:
        return self.noted(self.lines_of(place))

    def noted(self, lines: Iterable[RequirementLine]) -> list[Requirement]:
        """What the lines mean, once it is noted where they lead."""
        found = []
        for line in lines:
            requirement = line.requirement
            assert requirement is not None, "metadata has no requirements without a name"
            if requirement.url is not None:
                target = f"{requirement.name} @ {requirement.url}"
                self._lines.setdefault(target, [line])
                if line.editable:
                    self._editable.add(target)
            elif line.index and requirement.name in self._several:
                requirement = replace(requirement, url=f"{INDEX}{line.index}")
            elif line.index:
                self._pin(requirement.name, line.index)
            found.append(requirement)
        return found

    def roots(self) -> list[Requirement]:
        """All members, with all their extras and groups."""
        from weft.core.requirement import Requirement
        from weft.core.specifier import ANY

        every = [line for tree in self.members.values() for line in tree.lowered.requirements]
        self._several = _in_several_indexes(every)
        found = []
        for place, tree in self.members.items():
            name, _, url = place.partition(" @ ")
            offered = tree.lowered.provided
            found.append(Requirement(name, offered, ANY, url))  # type: ignore[arg-type]
        return found

    def direct(self) -> list[Requirement]:
        """What the members require."""
        return [
            each for tree in self.members.values() for each in self.noted(tree.lowered.requirements)
        ]

    def requirements(self, place: str) -> Sequence[Requirement]:
        """Nothing is known ahead of what an index has."""
        return () if f" @ {INDEX}" in place else super().requirements(place)

    def further(self, requirements: Iterable[Requirement]) -> list[Requirement]:
        """Not what is to be taken from one of several indexes: that is no place of its own."""
        found = super().further(requirements)
        return [each for each in found if each.url is None or not each.url.startswith(INDEX)]

    def files(self) -> tuple[str, ...] | None:
        """The files that trees were read from; None where a back end was asked, or an archive."""
        trees = [*self.members.values(), *self._trees.values()]
        if self.found or any(tree is None or not tree.lowered.is_static for tree in trees):
            return None
        return tuple([f"{tree.directory}/pyproject.toml" for tree in trees if tree is not None])

    # How it is found.

    def _member_trees(self) -> dict[str, Tree]:
        from weft.project.lines import file_url
        from weft.project.manifest import member_kind, required_members
        from weft.project.sources import LoweringError

        project = self._project
        found: dict[str, Tree] = {}
        if project is None:
            return found
        required = required_members(project)
        for member in project.members:
            sources = member_sources(project, self._choice, member.directory)
            place = f"{member.name} @ {file_url(member.directory)}"
            try:
                tree = self._read_tree(place, sources, member_kind(member, required))
            except LoweringError as error:
                raise WeftError(f"Failed to build `{place}`", exit_code=1) from error
            found[place] = replace(
                tree,
                default_groups=default_groups(member.pyproject),
                group_pythons=group_pythons(member.pyproject),
            )
        return found

    def _find_tree(self, place: str) -> Tree | None:
        if place in self.members:
            return self.members[place]
        from weft.index.urls import local_path
        from weft.system.lean import os

        _, _, url = place.partition(" @ ")
        directory = local_path(url.partition("#")[0]) if url.startswith("file:") else None
        if directory is None or "#" in url or not os.path.isdir(directory):
            return None
        from weft.project.discovery import read_pyproject, uv_table
        from weft.project.reader import local_reader
        from weft.project.sources import ProjectSources

        pyproject = read_pyproject(directory, local_reader)
        if pyproject is None or pyproject.name is None:
            return None
        sources = ProjectSources(pyproject, directory, read=local_reader, choice=self._choice)
        kind = "editable" if place in self._editable else "directory"
        if uv_table(pyproject).get("package") is False:
            kind = "virtual"
        return self._read_tree(place, sources, kind)

    def _read_tree(self, place: str, sources: ProjectSources, kind: str) -> Tree:
        from weft.project.lowering import read_lowered, with_metadata

        lowered = read_lowered(sources)
        tree = Tree(sources.directory, kind, lowered)
        if not lowered.is_static:
            metadata = self._metadata(place, tree)
            lowered = with_metadata(
                lowered,
                sources,
                metadata.requirements,
                extras=metadata.provides_extra,
                requires_python=metadata.requires_python,
            )
        self.references.update(lowered.references)
        return replace(tree, lowered=lowered)

    def _metadata(self, place: str, tree: Tree) -> Metadata:
        """What a back end says of a tree."""
        from weft.core.source import Source

        name, _, url = place.partition(" @ ")
        source = Source("directory", url, name, editable=tree.kind == "editable")
        self._building.permitted.add(source)
        return self._building.builder.metadata(source)


def _metadata(lowered: Lowered, version: str) -> Metadata:
    from weft.core.metadata import Metadata

    return Metadata(
        lowered.name,
        version,
        requires_python=lowered.requires_python,
        provides_extra=lowered.provided,  # type: ignore[arg-type]
    )


def _in_several_indexes(lines: Sequence[RequirementLine]) -> frozenset[str]:
    """Projects that are looked for in one index here and in another one there."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if line.requirement is not None and line.requirement.url is None:
            found.setdefault(line.requirement.name, set()).add(line.index)
    return frozenset([name for name, indexes in found.items() if len(indexes) > 1])


def placed_lines(
    sources: ProjectSources, texts: Iterable[str], references: Mapping[str, str] | None = None
) -> list[RequirementLine]:
    """Constraints and the like of the root, with its sources."""
    from weft.project.lowering import lowered_text

    found = [line for text in texts for line in lowered_text(sources, text)]
    if references is not None:
        references.update(sources.references)  # type: ignore[attr-defined]
    return found
