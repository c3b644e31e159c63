"""Scripts that say themselves what they need (PEP 723).

Owns reading one, the settings that hold for it (what its own `[tool.weft]` and `[tool.uv]` say goes
before every file), and what it requires. Refuses to make environments (`ops.script_environment`),
to lock and to change scripts.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.settings_files import Layer
    from weft.ops.wants import Wants
    from weft.project.lines import RequirementLine
    from weft.project.script import ScriptMetadata
    from weft.project.sources import ProjectSources

_TOOLS = ("uv", "weft")  # what the later one says counts
# Only the script's own count: those of a project are about the project.
_OWN = (
    "constraint-dependencies", "override-dependencies", "exclude-dependencies",
    "build-constraint-dependencies",
)  # fmt: skip


@value
class Script:
    """`path` is absolute, a URL, or `-` for the standard input; `shown` is how it was named.

    Paths in the script are relative to `directory`. `metadata` is None where it has no block.
    """

    path: str
    shown: str
    directory: str
    text: str
    metadata: ScriptMetadata | None

    @property
    def lock_path(self) -> str:
        """Where the lock of a script lies that is a file."""
        return f"{self.path}.lock"


class ScriptMissing(WeftError):
    """There is no script to read."""

    def __init__(self, shown: str) -> None:
        super().__init__(
            f"Failed to read `{shown}` (not found); run `weft init --script {shown}` to create a "
            "PEP 723 script"
        )


def open_script(shown: str, cwd: str) -> Script | None:
    """The script in a file, named `shown` in the directory `cwd`; None where there is no file.

    Raises WeftError for a block that is wrong.
    """
    from weft.system.files import read_bytes
    from weft.system.lean import os

    path = os.path.normpath(os.path.join(cwd, shown))
    data = read_bytes(path) if os.path.isfile(path) else None
    if data is None:
        return None
    return script_of(data, path=path, shown=shown, directory=os.path.dirname(path))


def require_script(shown: str, cwd: str) -> Script:
    """The same; raises ScriptMissing, and WeftError for a script without a block."""
    script = open_script(shown, cwd)
    if script is None:
        _refuse_directory(shown, cwd)
        raise ScriptMissing(shown)
    if script.metadata is None:
        raise WeftError(
            f"`{shown}` does not contain a PEP 723 metadata tag; run `weft init --script {shown}` "
            "to initialize the script"
        )
    return script


def script_to_lock(shown: str, cwd: str) -> Script:
    """The same for a lock, which a script without a block has as well: one of nothing.

    Raises WeftError where there is no file.
    """
    from weft.core.value import replace
    from weft.project.script import ScriptMetadata

    script = open_script(shown, cwd)
    if script is None:
        _refuse_directory(shown, cwd)
        reason = "No such file or directory (os error 2)"
        raise WeftError(f"failed to read from file `{shown}`: {reason}")
    if script.metadata is not None:
        return script
    return replace(script, metadata=ScriptMetadata("", None, None, {}))


def _refuse_directory(shown: str, cwd: str) -> None:
    from weft.system.lean import os

    if os.path.isdir(os.path.join(cwd, shown)):
        raise WeftError(f"failed to read from file `{shown}`: Is a directory (os error 21)")


def script_of(data: bytes, *, path: str, shown: str, directory: str) -> Script:
    """A script by its bytes. Raises WeftError for a block that is wrong."""
    # Most of the time there is none, and how the script is encoded is Python's matter.
    if b"# /// script" not in data or path.endswith(".pyc"):
        return Script(path, shown, directory, "", None)
    from weft.project.script import read_metadata

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WeftError(
            f"failed to read from file `{shown}`: stream did not contain valid UTF-8"
        ) from None
    return Script(path, shown, directory, text, read_metadata(text))


def script_context(context: Context, script: Script, session: Session | None = None) -> Context:
    """The world with the settings that hold for the script; `session` goes on with them.

    Raises WeftError where its table has a key or a value that no settings file may have.
    """
    assert context.reread is not None
    layer = _layer(script)
    settings = context.reread(script.directory, layer)
    own = {} if layer is None else layer.values
    from weft.ops.settings_values import changed

    limits = {key.replace("-", "_"): tuple(own.get(key, ())) for key in _OWN}
    world = context.having(changed(settings, **limits))
    if session is not None:
        session.enter(world)
    return world


def _layer(script: Script) -> Layer | None:
    metadata = script.metadata
    if metadata is None or not any(metadata.tool(name) for name in _TOOLS):
        return None
    from weft.ops.settings_files import Layer
    from weft.ops.settings_schema import Reader

    values: dict[str, object] = {}
    for name in _TOOLS:
        reader = Reader(metadata.text, script.directory, ("tool", name))
        values.update(reader.read(metadata.tool(name)))
    return Layer(script.shown, values, "script")


def script_lines(context: Context, script: Script) -> tuple[RequirementLine, ...]:
    """What the script requires, its sources applied. Raises LoweringError."""
    from weft.core.value import replace
    from weft.project.lines import parse_line

    metadata = script.metadata
    texts = metadata.dependencies if metadata is not None else None
    sources = script_sources(context, script)
    lines: list[RequirementLine] = []
    for text in texts or ():
        lines += sources.apply(parse_line(text, script.directory))
    return tuple([replace(line, origin=script.shown) for line in lines])


def script_sources(context: Context, script: Script) -> ProjectSources:
    """`[tool.uv.sources]` of the script. Raises SourcesError, TomlError."""
    from weft.ops.trees import source_choice
    from weft.project.pyproject import Pyproject
    from weft.project.reader import local_reader
    from weft.project.source_table import read_sources
    from weft.project.sources import ProjectSources
    from weft.project.workspace import Workspace

    metadata = script.metadata
    table = metadata.tool("uv").get("sources", {}) if metadata is not None else {}
    text = metadata.text if metadata is not None else ""
    listed = metadata.tool("uv").get("index", []) if metadata is not None else []
    indexes = {each["name"]: each["url"] for each in listed if "name" in each and "url" in each}
    project = Pyproject(
        path=script.path,
        name=None,
        requires_python=metadata.requires_python if metadata is not None else None,
        dynamic=(),
        dependencies=(),
        extras={},
        groups={},
        sources=read_sources(table, text),
        indexes=indexes,
        workspace=None,
    )
    return ProjectSources(
        project,
        script.directory,
        read=local_reader,
        choice=source_choice(context),
        workspace=Workspace(script.directory, project, {}),  # a script belongs to none
    )


def script_wants(context: Context, script: Script) -> Wants:
    """What the environment of the script has to have. `context` is that of `script_context`."""
    from weft.core.names import normalize_name
    from weft.ops.build_settings import build_limits
    from weft.ops.limits import named
    from weft.ops.wants import Wants, divided

    settings = context.settings
    lines = script_lines(context, script)
    sources = script_sources(context, script)
    constraints = _applied(settings.constraint_dependencies, script, sources)
    overrides = _applied(settings.override_dependencies, script, sources)
    required, direct = divided(lines)
    return Wants(
        requirements=tuple(required),
        direct=tuple(direct),
        constraints=tuple(named(constraints, "Constraints")),
        overrides=tuple(named(overrides, "Overrides")),
        excludes=frozenset(map(normalize_name, settings.exclude_dependencies)),
        count=len(lines),
        limits=build_limits(context, ()),
        lines=lines,
        constraint_lines=constraints,
        override_lines=overrides,
    )


def _applied(
    texts: Iterable[str], script: Script, sources: ProjectSources
) -> tuple[RequirementLine, ...]:
    from weft.project.lines import parse_line

    return tuple(
        line for text in texts for line in sources.apply(parse_line(text, script.directory))
    )


def requires_python_of(script: Script) -> str | None:
    """The `requires-python` of the script."""
    return script.metadata.requires_python if script.metadata is not None else None
