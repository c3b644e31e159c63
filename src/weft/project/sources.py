"""Requirements with what `[tool.uv.sources]` of their project says about them.

Owns the way from an entry of the table to a requirement with a URL, a path or an index, and the
lookups around it: the table of the project, then that of its workspace. Refuses to fetch, and to
judge markers: an entry with a marker makes two requirements, one for where it holds and one for
where it does not.
Follows uv's table.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.specifier import ANY
from weft.core.value import replace, value
from weft.project.lines import ARCHIVES, RequirementLine, file_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.marker import Marker
    from weft.core.requirement import Requirement
    from weft.project.pyproject import Pyproject
    from weft.project.reader import Reader
    from weft.project.source_table import SourceEntry
    from weft.project.workspace import Workspace

_EXTENSIONS = ", ".join(f"`{suffix}`" for suffix in ARCHIVES[:-1]) + f", or `{ARCHIVES[-1]}`"


class LoweringError(WeftError):
    """The source of `name` leads nowhere; the cause says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Failed to parse entry: `{name}`")
        self.name = name
        self.__cause__ = WeftError(reason)


@value
class Choice:
    """Which sources count. Indexes are URLs by name: `indexes` of flags and variables, which go
    before those of the project, and `other_indexes` of settings files, which go behind."""

    no_sources: bool = False
    no_sources_packages: frozenset[str] = frozenset()
    indexes: Mapping[str, str] = {}
    other_indexes: Mapping[str, str] = {}


@value
class Checkout:
    """A tree that came out of a repository: `url` is `git+…@commit`, `root` where it lies.

    Paths inside of it are named by the repository, for they are gone after the build.
    """

    url: str
    root: str


class ProjectSources:
    """The sources of one project; `directory` is absolute. Who knows the workspace may tell it."""

    def __init__(
        self,
        project: Pyproject,
        directory: str,
        *,
        read: Reader,
        choice: Choice,
        checkout: Checkout | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self.project = project
        self.directory = directory
        self.references: dict[str, str] = {}
        """By URLs of repositories, which were met: `rev`, `tag` or `branch`, as it was written."""
        self._read = read
        self._choice = choice
        self._checkout = checkout
        self._workspace = workspace
        self._searched = workspace is not None
        if not choice.no_sources:
            _check_parts(project)

    @property
    def workspace(self) -> Workspace | None:
        """The workspace that the project belongs to."""
        if not self._searched and "://" not in self.directory:
            from weft.project.workspace import find_workspace

            self._searched = True
            self._workspace = find_workspace(self.directory, self._read)
        return self._workspace

    def apply(
        self, line: RequirementLine, *, extra: str | None = None, group: str | None = None
    ) -> list[RequirementLine]:
        """What stands for `line`, of one extra or group or of neither: itself, or others.

        Raises LoweringError, and PyprojectError for a workspace that cannot be read.
        """
        requirement = line.requirement
        if requirement is None or self._choice.no_sources:
            return [line]
        name = requirement.name
        if name in self._choice.no_sources_packages:
            return [line]
        entries, base = self._entries(name)
        self._check_member(name, entries)
        if not entries:
            return [line]
        from weft.project.markers import both, negated

        left = requirement.marker
        found: list[RequirementLine] = []
        for entry in entries:
            if entry.extra not in (None, extra) or entry.group not in (None, group):
                continue
            marker = both(requirement.marker, entry.marker)
            found.append(self._lowered(line, entry, base, marker))
            if entry.marker is None:
                return found
            left = both(left, negated(entry.marker))
        return [*found, replace(line, requirement=replace(requirement, marker=left))]

    def _entries(self, name: str) -> tuple[tuple[SourceEntry, ...], str]:
        """The entries of the project, else of its workspace, and where their paths begin."""
        own = self.project.sources.get(name)  # type: ignore[call-overload]
        if own is not None:
            return own, self.directory
        workspace = self.workspace
        if workspace is None:
            return (), self.directory
        return workspace.project.sources.get(name, ()), workspace.root  # type: ignore[call-overload]

    def _check_member(self, name: str, entries: tuple[SourceEntry, ...]) -> None:
        """What is a member has to be said to be one, or the index would be asked for it."""
        workspace = self.workspace
        if workspace is None or name not in workspace.members or name == self.project.name:
            return
        if not entries:
            raise LoweringError(
                name,
                f"`{name}` is included as a workspace member, but is missing an entry in "
                f"`tool.uv.sources` (e.g., `{name} = {{ workspace = true }}`)",
            )
        for entry in entries:
            if entry.kind != "workspace":
                raise LoweringError(
                    name,
                    f"`{name}` is included as a workspace member, but references a "
                    f"{entry.kind} in `tool.uv.sources`. Workspace members must be declared as "
                    f"workspace sources (e.g., `{name} = {{ workspace = true }}`).",
                )

    def _lowered(
        self, line: RequirementLine, entry: SourceEntry, base: str, marker: Marker | None
    ) -> RequirementLine:
        requirement = line.requirement
        assert requirement is not None, "only a requirement with a name has a source"
        if entry.kind == "index":
            here = replace(requirement, marker=marker)
            index = self._index(requirement.name, entry)
            return replace(line, requirement=here, index=index, part=self._part(entry))
        url, editable = self._target(requirement.name, entry, base)
        there = replace(requirement, specifiers=ANY, url=url, marker=marker)
        given = entry.location if entry.kind == "path" else url
        return replace(line, requirement=there, editable=editable, given=given)

    def _part(self, entry: SourceEntry) -> tuple[str, str, str] | None:
        """The extra or group that an entry is for."""
        if self.project.name is None or (entry.extra is None and entry.group is None):
            return None
        kind = "extra" if entry.extra is not None else "group"
        return self.project.name, kind, str(entry.extra or entry.group)

    def _target(self, name: str, entry: SourceEntry, base: str) -> tuple[str, bool]:
        """The URL, and whether it is to be editable."""
        if entry.kind == "git":
            url = _git_url(name, entry)
            self.references[url] = entry.reference_kind
            return url, False
        if entry.kind == "url":
            _check_extension(name, "direct URL", entry.location, entry.location)
            return entry.location + _fragment(subdirectory=entry.subdirectory), False
        if entry.kind == "workspace":
            return self._local(self._member(name, entry, base)), entry.editable is not False
        return self._path(name, entry, base)

    def _path(self, name: str, entry: SourceEntry, base: str) -> tuple[str, bool]:
        from weft.system.lean import os

        path = os.path.normpath(os.path.join(base, entry.location))
        if os.path.isdir(path) or not os.path.exists(path):
            return self._local(path), bool(entry.editable)
        _check_extension(name, "path", entry.location, path)
        url = self._local(path)
        if entry.editable:
            raise LoweringError(
                name,
                f"Source with `editable = true` must refer to a local directory, not a file: {url}",
            )
        return url, False

    def _member(self, name: str, entry: SourceEntry, base: str) -> str:
        """The directory of the member of that name."""
        if entry.location == "\0":
            raise LoweringError(name, "`workspace = false` is not yet supported")
        workspace = self.workspace
        if entry.location:
            from weft.project.workspace import find_workspace
            from weft.system.lean import os

            other = os.path.normpath(os.path.join(base, entry.location))
            workspace = find_workspace(other, self._read)
        path = workspace.members.get(name) if workspace is not None else None  # type: ignore[call-overload]
        if path is None:
            raise LoweringError(
                name,
                f"`{name}` references a workspace in `tool.uv.sources` (e.g., "
                f"`{name} = {{ workspace = true }}`), but is not a workspace member",
            )
        return str(path)

    def _local(self, path: str) -> str:
        """The URL of a path, by its repository where it lies in one that was checked out."""
        checkout = self._checkout
        if checkout is None:
            return file_url(path)
        from weft.system.lean import os

        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(checkout.root))
        if inside.split(os.sep)[0] == os.pardir:
            return file_url(path)
        below = "" if inside == os.curdir else inside
        return checkout.url + _fragment(subdirectory=below)

    def _index(self, name: str, entry: SourceEntry) -> str:
        """The URL of the index called that."""
        tables = [
            (self._choice.indexes, ""),
            (self.project.indexes, self.directory),
            (self._choice.other_indexes, ""),
        ]
        workspace = self.workspace
        if workspace is not None:
            tables.insert(2, (workspace.project.indexes, workspace.root))
        for known, base in tables:
            if entry.location in known:
                return _absolute(known[entry.location], base) if base else known[entry.location]
        raise LoweringError(
            name, f"Package `{name}` references an undeclared index: `{entry.location}`"
        )


def _check_parts(project: Pyproject) -> None:
    """An entry for one extra or group makes sense only if that one requires the package."""
    for name, entries in project.sources.items():
        for entry in entries:
            if entry.extra is not None and entry.extra not in project.extras:
                raise WeftError(_no_part(name, "extra", entry.extra, f"extra `{entry.extra}`"))
            if entry.group is not None and entry.group not in project.groups:
                label = f"dependency group `{entry.group}`"
                raise WeftError(_no_part(name, "group", entry.group, label))


def _no_part(name: str, kind: str, part: str, label: str) -> str:
    table = "project.optional-dependencies" if kind == "extra" else "dependency-groups"
    article = "an" if kind == "extra" else "a"
    return (
        f"Source entry for `{name}` only applies to {label}, but the `{part}` {kind} does not "
        f'exist. When {article} {kind} is present on a source (e.g., `{kind} = "{part}"`), the '
        f"relevant package must be included in the `{table}` section for that extra (e.g., "
        f'`{table} = {{ "{part}" = ["{name}"] }}`).'
    )


def _git_url(name: str, entry: SourceEntry) -> str:
    if entry.path:
        _check_extension(name, "path", entry.path, entry.path)
    url = entry.location.removeprefix("git+")
    reference = f"@{entry.reference}" if entry.reference is not None else ""
    fragment = _fragment(subdirectory=entry.subdirectory, lfs="true" if entry.lfs else "")
    return f"git+{url}{reference}{fragment}"


def _fragment(**parts: str) -> str:
    told = "&".join(f"{key}={content}" for key, content in parts.items() if content)
    return f"#{told}" if told else ""


def _check_extension(name: str, what: str, shown: str, target: str) -> None:
    path = target.partition("#")[0].partition("?")[0].lower()
    if target.startswith("git+") or not path.endswith(ARCHIVES):
        raise LoweringError(
            name, f"Expected {what} (`{shown}`) to end in a supported file extension: {_EXTENSIONS}"
        )


def _absolute(url: str, base: str) -> str:
    if "://" in url:
        return url
    from weft.system.lean import os

    return file_url(os.path.normpath(os.path.join(base, url)))


def sources_of(
    directory: str, *, read: Reader, choice: Choice, checkout: Checkout | None = None
) -> ProjectSources | None:
    """The sources of the project in `directory`; None where there is nothing to apply.

    Raises PyprojectError.
    """
    if choice.no_sources:
        return None
    path = f"{directory.rstrip('/')}/pyproject.toml"
    data = read(path)
    if data is None:
        return None
    from weft.project.encoding import decode
    from weft.project.pyproject import parse_pyproject

    project = parse_pyproject(decode(data, path), path)
    return ProjectSources(project, directory, read=read, choice=choice, checkout=checkout)


def lower(
    requirements: Iterable[Requirement],
    directory: str,
    *,
    choice: Choice,
    checkout: Checkout | None = None,
) -> list[RequirementLine]:
    """What the metadata of a tree requires, with its sources: for directories and repositories.

    Those of one extra, by their marker, get the entries for that extra.
    """
    from weft.project.reader import local_reader

    lines = [RequirementLine(each, None, text=each.text) for each in requirements]
    sources = sources_of(directory, read=local_reader, choice=choice, checkout=checkout)
    if sources is None:
        return lines
    from weft.project.markers import required_extra

    found: list[RequirementLine] = []
    for line in lines:
        assert line.requirement is not None
        found += sources.apply(line, extra=required_extra(line.requirement.marker))
    return found


def build_requires(
    texts: Iterable[str],
    source_tree: str,
    *,
    no_sources: bool = False,
    no_sources_packages: Iterable[str] = (),
    indexes: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """`build-system.requires` with the sources of its project, as texts again.

    Paths become absolute `file:` URLs. An index that an entry names is checked, but a text cannot
    say it. Raises LineError for a text that is no requirement.
    """
    texts = tuple(texts)
    from weft.project.lines import parse_line
    from weft.project.reader import local_reader

    choice = Choice(no_sources, frozenset(no_sources_packages), indexes or {})
    sources = sources_of(source_tree, read=local_reader, choice=choice)
    if sources is None:
        return texts
    found: list[str] = []
    for text in texts:
        line = parse_line(text, source_tree)
        if line.requirement is None:
            found.append(text)
            continue
        applied = sources.apply(line)
        found += [text] if applied == [line] else [_text(each) for each in applied]
    return tuple(dict.fromkeys(found))


def _text(line: RequirementLine) -> str:
    assert line.requirement is not None
    return line.requirement.text
