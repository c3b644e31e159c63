"""`weft upgrade`: raise the bounds of a project's dependencies to what is newest.

Owns the choice of dependencies and the order: relax them in memory, resolve, write the bounds that
the answer needs. Refuses to touch the lock and the environment, as uv's does. Only
`project.dependencies` is changed; what extras and groups require limits the resolution.
Follows uv in order, wording and exit codes.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.requirement import Requirement
    from weft.core.version import Version
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter

_TABLE = "`project.dependencies`"


class NotUpgradable(WeftError):
    """A dependency that no version of an index stands behind; `why` is what it is instead."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Dependency `{name}` {why} and cannot be upgraded")
        self.name = name


@value
class _Entry:
    """A requirement in its list: `number` there, its text and what that means."""

    number: int
    text: str
    requirement: Requirement


def run(context: Context) -> int:
    """Exit code 0, or what the error says."""
    from weft.ops.editing import Exclusive, read_editable, save
    from weft.ops.project_python import project_interpreter

    project = _project(context)
    entries = _chosen(context, project)
    with Session(context) as session:
        interpreter = project_interpreter(context, session, project)
        names = tuple(dict.fromkeys(str(each.requirement.name) for each in entries))
        with Exclusive(context, project):
            file = read_editable(project.pyproject.path)
            free = file.encoded(_rewritten(file.text, entries, _relaxed))
            world = context.changed(
                upgrade_package=(*context.settings.upgrade_package, *names),
                refresh_package=(*context.settings.refresh_package, *names),
            )
            locking = _lock(world, session, project, {file.path: free}, interpreter)
            new = _proposals(project, locking.lock, entries)
            _tell(context, names, locking, entries, new)
            if not context.settings.dry_run:
                text = _rewritten(file.text, entries, lambda each: new[each.number])
                save({file.path: file.encoded(text)})
    return 0


def _project(context: Context) -> Project:
    from weft.ops.projects import ProjectMissing, open_project

    missing = WeftError("`weft upgrade` requires a project with a `[project]` table")
    try:
        project = open_project(context)
    except ProjectMissing:
        raise missing from None
    if project.pyproject.name is None:
        raise missing
    return project


def _chosen(context: Context, project: Project) -> list[_Entry]:
    """The requirements to upgrade, in their order. Raises WeftError where one is none."""
    settings = context.settings
    everything = _entries(project)
    excluded = frozenset(settings.exclude)
    known = {str(each.requirement.name) for each in everything}
    for name in settings.packages:
        if name not in known and name not in excluded:
            raise WeftError(f"Dependency `{name}` was not found in {_TABLE}")
    chosen = [
        each
        for each in everything
        if each.requirement.name not in excluded
        and (not settings.packages or each.requirement.name in settings.packages)
    ]
    if not chosen:
        raise WeftError("No dependencies selected for upgrade")
    for each in chosen:
        _check(context, project, each.requirement)
    return chosen


def _entries(project: Project) -> list[_Entry]:
    from weft.core.requirement import Requirement, RequirementError

    found = []
    for number, text in enumerate(project.pyproject.dependencies):
        try:
            requirement = Requirement.parse(text)
        except RequirementError as error:
            path = project.pyproject.path
            detail = error.__cause__ or error
            raise WeftError(
                f"Failed to parse dependency from {_TABLE} in `{path}`: {detail}"
            ) from None
        found.append(_Entry(number, text, requirement))
    return found


def _check(context: Context, project: Project, requirement: Requirement) -> None:
    name = requirement.name
    if requirement.url is not None:
        raise NotUpgradable(name, "is a direct URL requirement")
    if name == project.name:
        raise NotUpgradable(name, "refers to the current project")
    settings = context.settings
    if settings.no_sources or name in settings.no_sources_package:
        return
    sources = project.pyproject.sources.get(name) or project.top.sources.get(name) or ()
    for source in sources:
        if source.kind == "git" and getattr(source, "rev", None):
            raise WeftError(
                f"Dependency `{name}` is pinned to a Git revision and cannot be upgraded "
                "commit-to-commit"
            )
        if source.kind != "index":
            raise NotUpgradable(name, "uses a non-registry source in `tool.uv.sources`")


def _rewritten(text: str, entries: Sequence[_Entry], new: Callable[[_Entry], str]) -> str:
    """The document with other texts in place of these requirements."""
    from weft.project.edit import PRODUCTION, Edit

    edit = Edit(text)
    for each in entries:
        found = new(each)
        if found != each.text:
            edit.set_text(PRODUCTION, each.number, found)
    return edit.text


def _relaxed(entry: _Entry) -> str:
    from weft.ops.upgrade_bounds import relaxed

    return _with_specifiers(entry.requirement, relaxed(entry.requirement.specifiers.text))


def _with_specifiers(requirement: Requirement, specifiers: str) -> str:
    from weft.core.specifier import Specifiers
    from weft.project.edit import text_of

    return text_of(replace(requirement, specifiers=Specifiers.parse(specifiers)))


def _lock(
    context: Context,
    session: Session,
    project: Project,
    new: dict[str, bytes],
    interpreter: Interpreter,
) -> Locking:
    from weft.ops.editing import changed_project
    from weft.ops.locking import lock_project

    return lock_project(
        context,
        session,
        changed_project(project, new),
        interpreter=interpreter,
        hold=True,
    )


def _proposals(project: Project, lock: UvLock, entries: Sequence[_Entry]) -> dict[int, str]:
    """The new text of each, by its number. Raises WeftError where there is none."""
    from weft.ops.upgrade_bounds import proposed

    found = {}
    for each in entries:
        versions = _resolved(project, lock, each.requirement)
        before = each.requirement.specifiers.text
        specifiers = proposed(before, versions)
        if specifiers is None:
            noun = "version" if len(versions) == 1 else "versions"
            listed = "`, `".join(version.text for version in versions)
            raise WeftError(
                f"Dependency `{each.requirement.name}` resolved to {noun} `{listed}` which cannot "
                "be represented by the upgraded requirement; this is not supported yet"
            )
        same = specifiers == before
        found[each.number] = each.text if same else _with_specifiers(each.requirement, specifiers)
    return found


def _resolved(project: Project, lock: UvLock, requirement: Requirement) -> list[Version]:
    """The versions in the lock that a requirement of the project leads to, the lowest first."""
    from weft.core.marker_sets import MarkerSet
    from weft.core.version import Version

    wanted = MarkerSet.of(requirement.marker) if requirement.marker is not None else MarkerSet.TRUE
    ours = next(each for each in lock.packages if each.name == project.name)
    edges = [edge for edge in ours.dependencies if edge.name == requirement.name]
    versions = set()
    for edge in edges:
        if edge.marker and wanted.is_disjoint(MarkerSet.parse(edge.marker)):
            continue
        versions |= {
            package.version
            for package in lock.packages
            if package.name == edge.name
            and (not edge.version or package.version == edge.version)
            and package.version
        }
    return sorted(map(Version.parse, versions))


def _tell(
    context: Context,
    names: Sequence[str],
    locking: Locking,
    entries: Sequence[_Entry],
    new: dict[int, str],
) -> None:
    from weft.core.events import Note
    from weft.ops.locking import changed_lines

    lines = {
        line.split(" ")[1]: line
        for line in changed_lines(locking.before, locking.lock, dry_run=True)
    }
    for name in names:
        context.sink(Note(lines.get(name, f"No version change for {name}")))
    action = "Would update" if context.settings.dry_run else "Updated"
    told: dict[str, None] = {}
    for each in entries:
        if new[each.number] != each.text:
            told[f"{action} requirement: `{each.text}` -> `{new[each.number]}`"] = None
    for line in told:
        context.sink(Note(line))
