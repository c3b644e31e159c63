"""What a person asks for: words of a command line, requirements files, `pyproject.toml`, groups.

Owns `Sources` (what was named) and `Inputs` (what is in it), and how files include each other.
Refuses to open anything itself: bytes come from a `Reader`, which may serve remote files; without
one they are refused. Follows pip's requirements file format, PEP 508, PEP 621, PEP 723, PEP 735.
"""

from __future__ import annotations

from weft.core.errors import OsCause, WeftError
from weft.core.value import replace, value
from weft.project.encoding import decode
from weft.project.input_errors import (
    ExtrasMissing,
    FileMissing,
    IncludeError,
    StatementError,
)
from weft.project.lines import (
    EditableError,
    LineError,
    Origin,
    RequirementLine,
    file_url,
    parse_hash,
    parse_line,
)
from weft.project.options import FileOptions, InvalidUrl
from weft.project.requirements_file import REQUIREMENT, Statement, parse_statements
from weft.project.sources import Choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from weft.core.names import NormalizedName
    from weft.project.reader import Reader
    from weft.project.trees import SourceTree

    Role = Literal["requirement", "constraint", "override", "exclude", "build constraint"]


@value
class Sources:
    """What a command line names. Paths are relative to the working directory or absolute.

    `groups` are `[PATH/pyproject.toml:]NAME`. `extras` and `all_extras` hold for every
    project among `files`. `choice` says which of their `[tool.uv.sources]` count.
    """

    packages: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    all_extras: bool = False
    choice: Choice = Choice()


@value
class Inputs:
    """All that the sources say, in their order, and the options found in files.

    `warnings` are sentences for the printer. `requires_python` is that of a script. `trees` are
    projects whose requirements only a back end can tell; `extras_left` are requested extras that
    nothing else has, so that one of them must.
    """

    requirements: tuple[RequirementLine, ...]
    constraints: tuple[RequirementLine, ...]
    overrides: tuple[RequirementLine, ...]
    excludes: tuple[NormalizedName, ...]
    options: FileOptions
    requires_python: str | None
    warnings: tuple[str, ...]
    build_constraints: tuple[RequirementLine, ...] = ()
    trees: tuple[SourceTree, ...] = ()
    extras_left: tuple[str, ...] = ()


def read_inputs(
    sources: Sources, *, read: Reader, environ: Mapping[str, str], directory: str
) -> Inputs:
    """Read everything that `sources` names; `directory` is the absolute working directory.

    Raises WeftError: FileMissing, StatementError, IncludeError, FileSyntaxError, LineError,
    PyprojectError and the other errors of this room.
    """
    collector = Collector(read=read, environ=environ, directory=directory, choice=sources.choice)
    for text in sources.packages:
        collector.lines["requirement"].append(parse_line(text, directory))
    for path in sources.files:
        _read_source(path, sources, collector)
    _check_extras(sources, collector)
    for text in sources.editables:
        collector.lines["requirement"].append(parse_line(text, directory, editable=True))
    roles: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("constraint", sources.constraints),
        ("override", sources.overrides),
        ("exclude", sources.excludes),
        ("build constraint", sources.build_constraints),
    )
    for role, paths in roles:
        for path in paths:
            collector.plain(path, role)
    if sources.groups:
        from weft.project.projects import read_groups

        read_groups(sources.groups, collector)
    return collector.inputs()


def _read_source(path: str, sources: Sources, collector: Collector) -> None:
    """One `-r`: its name says what it is."""
    name = path.replace("\\", "/").rpartition("/")[2]
    if name.endswith((".py", ".toml", ".cfg")):
        from weft.project.projects import read_project_file

        read_project_file(path, name, sources, collector)
        return
    collector.file(path, "requirement")


def _check_extras(sources: Sources, collector: Collector) -> None:
    if not sources.extras and not sources.all_extras:
        return
    if not collector.projects:
        raise WeftError(
            "Requesting extras requires a `pylock.toml`, `pyproject.toml`, `setup.cfg`, "
            "or `setup.py` file",
            hints=("Use `package[extra]` syntax instead",),
        )
    missing = [name for name in sources.extras if name not in collector.extras_met]
    collector.extras_left = tuple(missing)
    if missing and not collector.trees:
        raise ExtrasMissing(missing)


class Collector:
    """Gathers lines and options while files include each other.

    `projects` counts the project files met, `extras_met` the requested extras found in them.
    """

    def __init__(
        self, *, read: Reader, environ: Mapping[str, str], directory: str, choice: Choice
    ) -> None:
        self.read = read
        self.choice = choice
        self.environ = environ
        self.directory = directory
        self.lines: dict[str, list[RequirementLine]] = {
            "requirement": [],
            "constraint": [],
            "override": [],
            "exclude": [],
            "build constraint": [],
        }
        self.options = FileOptions()
        self.warnings: list[str] = []
        self.trees: list[SourceTree] = []
        self.projects = 0
        self.extras_met: set[str] = set()
        self.extras_left: tuple[str, ...] = ()
        self.requires_python: str | None = None
        self._visited: set[tuple[str, str]] = set()
        self._written: dict[str, str] = {}

    def inputs(self) -> Inputs:
        excludes = [line.requirement.name for line in self.lines["exclude"] if line.requirement]
        return Inputs(
            requirements=tuple(self.lines["requirement"]),
            constraints=tuple(self.lines["constraint"]),
            overrides=tuple(self.lines["override"]),
            excludes=tuple(excludes),
            options=self.options,
            requires_python=self.requires_python,
            warnings=tuple(self.warnings),
            build_constraints=tuple(self.lines["build constraint"]),
            trees=tuple(self.trees),
            extras_left=self.extras_left,
        )

    def text(self, path: str) -> str:
        """The text of a file that the command line names."""
        data = self.read(self.absolute(path))
        if data is None:
            raise FileMissing(path)
        return decode(data, path)

    def absolute(self, path: str) -> str:
        if "://" in path or path == "-":
            return path
        from weft.system.lean import os

        return os.path.normpath(os.path.join(self.directory, path))

    def plain(self, path: str, role: Role) -> None:
        """A file that must be a requirements file: `-c`, `--overrides`, `--excludes`."""
        name = path.replace("\\", "/").rpartition("/")[2]
        if name.startswith("pylock.") and name.endswith(".toml"):
            name = "pylock.toml"
        if name in ("pyproject.toml", "pylock.toml", "setup.py", "setup.cfg"):
            what = "constraint" if role == "build constraint" else role
            raise WeftError(
                f"The file `{path}` appears to be a `{name}` file, but {what}s must be "
                "specified in `requirements.txt` format"
            )
        self.file(path, role)

    def file(self, path: str, role: Role) -> None:
        """A requirements file of the command line and all that it includes."""
        location = self.absolute(path)
        before = self.size()
        text = self.text(path)
        self._visited.add((location, role))
        self._written[location] = path
        self._statements(text, location, role)
        if role == "requirement" and self.size() == before:
            what = f"Requirements file `{self.shown(location)}` does not contain any dependencies"
            self.warnings.append(what if path != "-" else "No dependencies found in stdin")

    def size(self) -> tuple[object, ...]:
        """Something that changes with every line and option that counts."""
        options = replace(self.options, require_hashes=False)
        return (*map(len, self.lines.values()), options)

    def shown(self, location: str) -> str:
        """A location as messages name it: relative where it is below the working directory."""
        inside = self.directory.rstrip("/") + "/"
        return location[len(inside) :] if location.startswith(inside) else location

    def _statements(self, text: str, location: str, role: Role) -> None:
        shown = self.shown(location)
        environ = {"PROJECT_ROOT": self.directory, **self.environ}
        for statement in parse_statements(text, shown, environ=environ):
            if statement.kind in (REQUIREMENT, "--editable"):
                self.lines[role].append(self._line(statement, location, role))
            elif statement.kind in ("--requirement", "--constraint"):
                inner = _inner_role(statement.kind, role)
                self._include(statement, location, inner)
            else:
                self._option(statement, location, shown)

    def _include(self, statement: Statement, location: str, role: Role) -> None:
        """A file named inside another: relative to that file; read once in each role."""
        target = _beside(location, statement.text, self.directory)
        if (target, role) in self._visited:
            return
        self._visited.add((target, role))
        self._written[target] = self._beside_written(location, statement.text)
        try:
            data = self.read(target)
            if data is None:
                raise _unreadable(target)
            self._statements(decode(data, self.shown(target)), target, role)
        except WeftError as cause:
            raise IncludeError(self.shown(location), statement.start) from cause

    def _given(self, statement: Statement, line: RequirementLine, *, editable: bool) -> str:
        """The path or URL with the names of its environment variables, not what they say."""
        if not statement.written or not line.given:
            return line.given
        try:
            return parse_line(statement.written, self.directory, editable=editable).given
        except WeftError:
            return line.given

    def _beside_written(self, location: str, target: str) -> str:
        """How an included file is named: behind the directory of the including one."""
        from weft.system.lean import os

        return os.path.join(os.path.dirname(self._written[location]) or self.directory, target)

    def _option(self, statement: Statement, location: str, shown: str) -> None:
        base = _beside(location, ".", self.directory)
        try:
            self.options, warning = self.options.with_statement(statement, shown, base)
        except InvalidUrl as error:
            error.position = statement.start
            raise
        if warning:
            self.warnings.append(warning)

    def _line(self, statement: Statement, location: str, role: Role) -> RequirementLine:
        shown = self.shown(location)
        editable = statement.kind == "--editable"
        if editable and role != "requirement":
            raise WeftError(f"Editable requirements are not allowed as {role}s in `{shown}`")
        try:
            line = parse_line(statement.text, self.directory, editable=editable)
        except LineError as error:
            raise StatementError(shown, statement.start) from (error.__cause__ or error)
        except EditableError as error:
            where = f" in `{shown}` at line {statement.line}"
            raise EditableError(error.text, str(error.__cause__), where=where) from error.__cause__
        if role in ("constraint", "exclude", "build constraint") and line.requirement is None:
            what = "constraint" if role == "build constraint" else role
            place = line.path_or_url or ""
            shown = file_url(place) if place.startswith("/") else place
            raise WeftError(f"Unnamed requirements are not allowed as {what}s (found: `{shown}`)")
        hashes = [parse_hash(text) for name, text in statement.options if name == "--hash"]
        settings = [text for name, text in statement.options if name == "--config-settings"]
        flag = "-c" if role == "constraint" else "-r" if role == "requirement" else f"--{role}s"
        return replace(
            line,
            hashes=tuple(hashes),
            config_settings=tuple(settings),
            origin=f"{flag} {shown}",
            line=statement.line,
            given=self._given(statement, line, editable=editable),
            via=None if location == "-" else Origin(self._written[location]),
        )


def _inner_role(kind: str, role: Role) -> Role:
    """What `-c` in a file of constraints for builds names limits builds, too."""
    if kind == "--constraint" and role != "build constraint":
        return "constraint"
    return role


def _beside(location: str, target: str, directory: str) -> str:
    """`target` as named inside `location`, which is absolute, a URL or `-`."""
    if "://" in target:
        return target
    if "://" in location:
        from urllib.parse import urljoin

        return urljoin(location, target)
    from weft.system.lean import os

    base = directory if location == "-" else os.path.dirname(location)
    return os.path.normpath(os.path.join(base, target))


def _unreadable(path: str) -> WeftError:
    import errno

    from weft.system.lean import os

    missing = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return WeftError(f"failed to read from file `{path}`: {OsCause(missing)}")
