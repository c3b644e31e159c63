"""Requirements out of project files: `pyproject.toml`, its extras and groups, script metadata.

Owns the way from those files to requirement lines. Refuses to build: what only a build backend
knows (`setup.py`, `setup.cfg`, dynamic dependencies) becomes a `SourceTree`.
Follows PEP 621, PEP 723 and PEP 735.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import NormalizedName, normalize_name
from weft.core.value import replace
from weft.project.groups import GroupError, flatten_groups
from weft.project.lines import LineError, Origin, parse_line
from weft.project.markers import both
from weft.project.pyproject import Pyproject, parse_pyproject
from weft.project.sources import ProjectSources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.marker import Marker
    from weft.core.requirement import Requirement
    from weft.project.inputs import Collector, Sources
    from weft.project.lines import RequirementLine


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
    if name in ("pyproject.toml", "setup.py", "setup.cfg") and "://" in path:
        raise WeftError(f"Remote `{name}` inputs are not supported: {path}")
    if name == "pyproject.toml":
        _read_pyproject(path, sources, collector)
    elif name in ("setup.py", "setup.cfg"):
        collector.text(path)  # a missing file is the better complaint
        _add_tree(path, sources, collector)
    elif name.endswith(".py"):
        _read_script(path, collector)
    elif name.endswith(".cfg"):
        collector.file(path, "requirement")
    elif is_lock_name(name):
        raise WeftError(f"`pylock.toml` is not a supported input format here: `{path}`")
    else:
        raise WeftError(
            f"`{path}` is not a valid PEP 751 filename: expected `pylock.toml` or "
            "`pylock.<name>.toml`, where `<name>` is non-empty and contains no dots"
        )


def is_lock_name(path: str) -> bool:
    """Whether a file is a lock file by its name: `pylock.toml` or `pylock.NAME.toml` (PEP 751)."""
    parts = path.replace("\\", "/").rpartition("/")[2].split(".")
    if parts[0] != "pylock" or parts[-1] != "toml":
        return False
    return len(parts) == 2 or (len(parts) == 3 and bool(parts[1]))


def _add_tree(path: str, sources: Sources, collector: Collector) -> None:
    from weft.project.trees import SourceTree

    directory = collector.absolute(path).rpartition("/")[0] or "/"
    tree = SourceTree(directory, path, sources.extras, sources.all_extras)
    if tree.path not in [other.path for other in collector.trees]:
        collector.trees.append(tree)
    collector.projects += 1


def _read_pyproject(path: str, sources: Sources, collector: Collector) -> None:
    project = parse_pyproject(collector.text(path), path)
    _check_groups(project, path)
    unknown = {"dependencies", "optional-dependencies"}.intersection(project.dynamic)
    if project.name is None or unknown:
        _add_tree(path, sources, collector)
        return
    collector.projects += 1
    extras = tuple(project.extras) if sources.all_extras else ()
    for extra in sources.extras:
        if normalize_name(extra) in project.extras:
            collector.extras_met.add(extra)
            extras += (normalize_name(extra),)
    expansion = _Expansion(project, path, collector)
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

    def __init__(self, project: Pyproject, path: str, collector: Collector) -> None:
        self.project = project
        self.path = path
        self.collector = collector
        self.directory = collector.absolute(path).rpartition("/")[0] or "/"
        self.sources = ProjectSources(
            project, self.directory, read=collector.read, choice=collector.choice
        )
        self._extras_done: set[tuple[NormalizedName, str]] = set()

    def add_extra(self, name: NormalizedName, marker: Marker | None) -> None:
        key = (name, marker.text if marker else "")
        if key in self._extras_done:
            return
        self._extras_done.add(key)
        where = f"project.optional-dependencies.{name}"
        self.add(self.project.extras[name], where, marker, extra=name)

    def add(
        self,
        texts: tuple[str, ...],
        where: str,
        marker: Marker | None,
        *,
        extra: str | None = None,
        group: str | None = None,
    ) -> None:
        for text in texts:
            line, requirement = self._parsed(text, where)
            joined = both(marker, requirement.marker)
            if requirement.name == self.project.name:
                for own in requirement.extras:
                    self._own_extra(normalize_name(own), joined)
                continue
            told = replace(
                line,
                requirement=replace(requirement, marker=joined),
                origin=f"-r {self.path}",
                via=Origin(self.path, self.project.name or "", group or ""),
            )
            lines = self.sources.apply(told, extra=extra, group=group)
            self.collector.lines["requirement"] += lines

    def _parsed(self, text: str, where: str) -> tuple[RequirementLine, Requirement]:
        try:
            line = parse_line(text, self.directory)
        except LineError as error:
            raise EntryError(self.path, where, text) from error.__cause__
        if line.requirement is None:
            reason = "a dependency of a project needs a name"
            raise EntryError(self.path, where, text) from WeftError(reason)
        return line, line.requirement

    def _own_extra(self, name: NormalizedName, marker: Marker | None) -> None:
        if name in self.project.extras:
            self.add_extra(name, marker)
        else:
            self.collector.warnings.append(
                f"The project `{self.project.name}` does not have an extra named `{name}`"
            )


def read_groups(groups: tuple[str, ...], collector: Collector) -> None:
    """`--group [PATH/pyproject.toml:]NAME`, each."""
    for group in groups:
        path, colon, name = group.rpartition(":")
        if colon and not path.endswith("pyproject.toml"):
            raise WeftError(
                f"invalid value '{group}' for '--group <GROUP>': The `--group` path is required to "
                f"end in `pyproject.toml` for compatibility with pip; got: {path}"
            )
        _read_group(path or "pyproject.toml", name, collector)


def _read_group(path: str, name: str, collector: Collector) -> None:
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
    group = normalize_name(name)
    expansion = _Expansion(project, path, collector)
    expansion.add(flat[group], f"dependency-groups.{name}", None, group=group)


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
