"""Requirements out of project files: `pyproject.toml`, its extras and groups, script metadata.

Owns the way from those files to requirement lines. Refuses to build: what only a build backend
knows (`setup.py`, `setup.cfg`, dynamic dependencies) is an error that says so.
Follows PEP 621, PEP 723 and PEP 735.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.marker import Marker
from weft.core.names import NormalizedName, normalize_name
from weft.core.value import replace
from weft.project.groups import GroupError, flatten_groups
from weft.project.lines import LineError, parse_line
from weft.project.pyproject import Pyproject, parse_pyproject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.project.inputs import Collector, Sources


class NeedsBuild(WeftError):
    """The dependencies of `path` are known only after running its build backend."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The requirements of `{path}` cannot be read without building: {reason}")
        self.path = path


class GroupsError(WeftError):
    """The dependency groups of `path` cannot be read; the cause says why."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Failed to read dependency groups from: {path}")
        self.path = path


class MalformedGroups(WeftError):
    """The groups of a project are wrong; the cause says how."""

    def __init__(self, project: str) -> None:
        super().__init__(f"{project} has malformed dependency groups")


class EntryError(WeftError):
    """An entry of `where` in `path` is no requirement that can be used; the cause says why."""

    def __init__(self, path: str, where: str, text: str) -> None:
        super().__init__(f"Failed to parse entry in `{where}` of `{path}`: `{text}`")
        self.path = path
        self.where = where
        self.text = text


def read_project_file(path: str, name: str, sources: Sources, collector: Collector) -> None:
    """A file of `-r` whose name ends in `.toml`, `.py` or `.cfg`."""
    if name == "pyproject.toml":
        _read_pyproject(path, sources, collector)
    elif name in ("setup.py", "setup.cfg"):
        collector.text(path)  # a missing file is the better complaint
        raise NeedsBuild(path, f"`{name}` is a program of its build backend")
    elif name.endswith(".py"):
        _read_script(path, collector)
    elif name.endswith(".cfg"):
        collector.file(path, "requirement")
    elif name == "pylock.toml" or (name.startswith("pylock.") and name.count(".") == 2):
        raise WeftError(f"Lock files are not supported yet: `{path}`")
    else:
        raise WeftError(
            f"`{path}` is not a valid PEP 751 filename: expected `pylock.toml` or "
            "`pylock.<name>.toml`, where `<name>` is non-empty and contains no dots"
        )


def _read_pyproject(path: str, sources: Sources, collector: Collector) -> None:
    project = parse_pyproject(collector.text(path), path)
    _check_groups(project, path)
    if project.name is None:
        raise WeftError(f"`{path}` has no `[project]` table, so it declares no dependencies")
    for field in ("dependencies", "optional-dependencies"):
        if field in project.dynamic:
            raise NeedsBuild(path, f"`project.{field}` is dynamic")
    collector.projects += 1
    extras = tuple(project.extras) if sources.all_extras else ()
    for extra in sources.extras:
        if normalize_name(extra) in project.extras:
            collector.extras_met.add(extra)
            extras += (normalize_name(extra),)
    expansion = _Expansion(project, path, collector, no_sources=sources.no_sources)
    expansion.add(project.dependencies, "project.dependencies", None)
    for extra in dict.fromkeys(extras):
        expansion.add_extra(extra, None)


def _check_groups(project: Pyproject, path: str) -> dict[NormalizedName, tuple[str, ...]]:
    """The groups, flat. Raises MalformedGroups with the reason as its cause."""
    where = path.replace("\\", "/").rpartition("/")[0]
    shown = f"`{project.name} @ {where}`" if where else f"`{project.name}`"
    subject = f"Project {shown}" if project.name else f"Project at `{path}`"
    try:
        flat = flatten_groups(project.groups)
        for name, requirements in flat.items():
            for text in requirements:
                _check_entry(text, name)
    except (GroupError, LineError) as error:
        raise MalformedGroups(subject) from error
    return flat


def _check_entry(text: str, group: str) -> None:
    try:
        parse_line(text, "/")
    except LineError as error:
        entry = GroupError(f"Failed to parse entry in group `{group}`: `{text}`")
        raise entry from error.__cause__


class _Expansion:
    """Adds the dependencies of one project, following extras that name the project itself."""

    def __init__(
        self, project: Pyproject, path: str, collector: Collector, *, no_sources: bool
    ) -> None:
        self.project = project
        self.path = path
        self.collector = collector
        self.no_sources = no_sources
        self._extras_done: set[tuple[NormalizedName, str]] = set()

    def add_extra(self, name: NormalizedName, marker: Marker | None) -> None:
        key = (name, marker.text if marker else "")
        if key in self._extras_done:
            return
        self._extras_done.add(key)
        self.add(self.project.extras[name], f"project.optional-dependencies.{name}", marker)

    def add(self, texts: tuple[str, ...], where: str, marker: Marker | None) -> None:
        directory = self.collector.absolute(self.path).rpartition("/")[0] or "/"
        for text in texts:
            try:
                line = parse_line(text, directory)
            except LineError as error:
                raise EntryError(self.path, where, text) from error.__cause__
            requirement = line.requirement
            if requirement is None:
                reason = "a dependency of a project needs a name"
                raise EntryError(self.path, where, text) from WeftError(reason)
            both = _both(marker, requirement.marker)
            if requirement.name == self.project.name:
                for extra in requirement.extras:
                    self._own_extra(normalize_name(extra), both)
                continue
            if requirement.name in self.project.sources and not self.no_sources:
                raise _has_source(requirement.name, self.path)
            self.collector.lines["requirement"].append(
                replace(
                    line, requirement=replace(requirement, marker=both), origin=f"-r {self.path}"
                )
            )

    def _own_extra(self, name: NormalizedName, marker: Marker | None) -> None:
        if name in self.project.extras:
            self.add_extra(name, marker)
        else:
            self.collector.warnings.append(
                f"The project `{self.project.name}` does not have an extra named `{name}`"
            )


def _both(first: Marker | None, second: Marker | None) -> Marker | None:
    if first is None or second is None:
        return second if first is None else first
    return Marker.parse(f"({first.text}) and ({second.text})")


def _has_source(name: str, path: str) -> WeftError:
    return WeftError(
        f"The source of `{name}` in `{path}` is not followed yet",
        hints=("To take it from the index instead, pass `--no-sources`",),
    )


def read_groups(groups: tuple[str, ...], collector: Collector, *, no_sources: bool) -> None:
    """`--group [PATH/pyproject.toml:]NAME`, each."""
    for group in groups:
        path, colon, name = group.rpartition(":")
        if colon and not path.endswith("pyproject.toml"):
            raise WeftError(
                f"invalid value '{group}' for '--group <GROUP>': The `--group` path is required to "
                f"end in `pyproject.toml` for compatibility with pip; got: {path}"
            )
        _read_group(path or "pyproject.toml", name, collector, no_sources=no_sources)


def _read_group(path: str, name: str, collector: Collector, *, no_sources: bool) -> None:
    location = collector.absolute(path)
    shown = path if "/" in path else location
    data = collector.read(location)
    try:
        if data is None:
            raise WeftError(f"No `pyproject.toml` found at: {shown}")
        project = parse_pyproject(collector.text(path), path)
        flat = _check_groups(project, path)
    except WeftError as error:
        raise GroupsError(shown) from error
    if normalize_name(name) not in flat:
        raise WeftError(f"The dependency group '{name}' was not found in the project: {path}")
    expansion = _Expansion(project, path, collector, no_sources=no_sources)
    expansion.add(flat[normalize_name(name)], f"dependency-groups.{name}", None)


def _read_script(path: str, collector: Collector) -> None:
    """The `dependencies` and `requires-python` of a script's metadata block."""
    from weft.project.script import script_block
    from weft.project.toml import TomlError, locate, parse_toml

    block = script_block(collector.text(path))
    if block is None:
        raise WeftError(f"`{path}` does not contain inline script metadata")
    tables = parse_toml(block)
    texts = tables.get("dependencies", [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        row, column, width = locate(block, ("dependencies",))
        reason = "invalid type, expected a sequence of strings"
        raise TomlError(reason, block, line=row, column=column, width=width)
    python = tables.get("requires-python")
    collector.requires_python = python if isinstance(python, str) else None
    for text in texts:
        try:
            line = parse_line(text, collector.directory)
        except LineError as error:
            where = "dependencies"
            raise EntryError(path, where, text) from error.__cause__
        collector.lines["requirement"].append(replace(line, origin=f"-r {path}"))
