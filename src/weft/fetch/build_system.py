"""What a source tree says about how it is built.

Owns the `[build-system]` table with the defaults for trees that have none, and the port through
which environments for back ends come. Refuses to run a back end. Follows PEP 517 and PEP 518;
where the table names no back end, setuptools is used as `setup.py` alone would use it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from weft.project.toml import TomlError

    class Isolated(Protocol):
        """An environment in which hooks run.

        `python` is the absolute path of its interpreter, `environ` the whole environment of a
        hook's process.
        """

        @property
        def python(self) -> str: ...
        @property
        def environ(self) -> Mapping[str, str]: ...

    class Environments(Protocol):
        """Where environments come from; the same requirements may give the same one."""

        def provide(self, requires: Sequence[str], *, shown: str, source_tree: str) -> Isolated:
            """An environment that has `requires`, for building `shown`. Raises WeftError."""


DEFAULT_REQUIRES = ("setuptools >= 40.8.0",)
LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
SETUPTOOLS_BACKENDS = ("setuptools.build_meta", LEGACY_BACKEND)


@value
class BuildSystem:
    """How to build a tree. `declared` is false where all of it is defaults.

    `backend` is `module[:object]`, `backend_path` are directories relative to the tree. `name`,
    `version` and `dynamic` are those of `[project]`, empty where they are not written.
    """

    requires: tuple[str, ...] = DEFAULT_REQUIRES
    backend: str = LEGACY_BACKEND
    backend_path: tuple[str, ...] = ()
    declared: bool = False
    name: str = ""
    version: str = ""
    dynamic: tuple[str, ...] = ()

    @property
    def is_setuptools(self) -> bool:
        """Whether builds leave files of their own in the tree."""
        return self.backend in SETUPTOOLS_BACKENDS


class NotAProject(WeftError):
    """A tree without `pyproject.toml` and `setup.py`."""

    exit_code = 1

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.shown = shown

    @property
    def message(self) -> str:
        return (
            f"`{self.shown}` does not appear to be a Python project, as neither `pyproject.toml` "
            "nor `setup.py` are present in the directory"
        )


class BadBuildSystem(WeftError):
    """`pyproject.toml` cannot be read, or says about builds what makes no sense."""

    exit_code = 1


def read_build_system(tree: str, *, shown: str = "") -> BuildSystem:
    """What `tree` says. Raises NotAProject, BadBuildSystem, and SystemFailure."""
    from weft.system.files import read_bytes
    from weft.system.lean import os

    data = read_bytes(os.path.join(tree, "pyproject.toml"))
    if data is None:
        if not os.path.isfile(os.path.join(tree, "setup.py")):
            raise NotAProject(shown or tree)
        return BuildSystem()
    system = parse_build_system(data)
    for entry in system.backend_path:
        _check_inside(tree, entry)
    return system


def parse_build_system(data: bytes) -> BuildSystem:
    """The table in the bytes of a `pyproject.toml`. Raises BadBuildSystem."""
    from weft.project.toml import TomlError, parse_toml

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBuildSystem(
            f"Invalid `pyproject.toml`: it is not UTF-8 (byte {error.start})"
        ) from None
    try:
        tables = parse_toml(text)
    except TomlError as error:
        raise BadBuildSystem("Invalid `pyproject.toml`") from error
    try:
        return _read(tables, text)
    except TomlError as error:
        raise BadBuildSystem(
            "`pyproject.toml` does not match the required schema. When the `[project]` table is "
            "present, `project.name` must be present and non-empty."
        ) from error


def _read(tables: dict[str, Any], text: str) -> BuildSystem:
    from weft.core.value import replace

    project = tables.get("project")
    system = BuildSystem(
        name=_text(project, "name"),
        version=_text(project, "version"),
        dynamic=_texts(project, "dynamic"),
    )
    if "build-system" not in tables:
        return system
    table = tables["build-system"]
    if not isinstance(table, dict):
        raise _wrong(text, ("build-system",), "expected a table")
    if "requires" not in table:
        raise _wrong(text, ("build-system",), "missing field `requires`")
    backend = table.get("build-backend", LEGACY_BACKEND)
    if not isinstance(backend, str):
        raise _wrong(text, ("build-system", "build-backend"), "expected a string")
    path = table.get("backend-path", [])
    return replace(
        system,
        requires=_requires(table["requires"], text),
        backend=backend,
        backend_path=_strings([path] if isinstance(path, str) else path, text, "backend-path"),
        declared=True,
    )


def _requires(items: object, text: str) -> tuple[str, ...]:
    from weft.core.requirement import Requirement, RequirementError

    requires = _strings(items, text, "requires")
    for requirement in requires:
        try:
            Requirement.parse(requirement)
        except RequirementError as error:
            raise _wrong(text, ("build-system", "requires"), error.detail.message) from None
    return requires


def _strings(items: object, text: str, key: str) -> tuple[str, ...]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _wrong(text, ("build-system", key), "expected a sequence of strings")
    return tuple(items)


def _wrong(text: str, place: tuple[str, ...], reason: str) -> TomlError:
    from weft.project.toml import TomlError, locate

    line, column, width = locate(text, place)
    return TomlError(reason, text, line=line, column=column, width=width)


def _text(table: object, key: str) -> str:
    """What is wrong in `[project]` is the back end's to tell."""
    item = table.get(key) if isinstance(table, dict) else None
    return item if isinstance(item, str) else ""


def _texts(table: object, key: str) -> tuple[str, ...]:
    items = table.get(key) if isinstance(table, dict) else None
    return tuple(i for i in items if isinstance(i, str)) if isinstance(items, list) else ()


def _check_inside(tree: str, entry: str) -> None:
    from weft.system.lean import os

    top = os.path.realpath(tree)
    place = os.path.realpath(os.path.join(tree, entry))
    if os.path.isabs(entry) or not os.path.isdir(place):
        raise BadBuildSystem(f"`backend-path` entry `{entry}` does not exist or is not a directory")
    if os.path.commonpath([top, place]) != top:
        raise BadBuildSystem(f"`backend-path` entry `{entry}` leads out of the source tree")
