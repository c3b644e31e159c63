"""Ruff and ty, the tools that commands of weft bring along.

Owns which version a command asks for, getting it as a tool, and becoming it. Refuses to know what
the tools do. Follows uv in the versions; where that fetches binaries from a service of their
makers, these are the packages of an index, in an environment of the cache.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_ephemeral import ToolEnvironment


@value
class Release:
    """A tool by the name of its package, and the versions that are known to work."""

    name: str
    default: str


RUFF = Release("ruff", ">=0.15,<0.16")
TY = Release("ty", ">=0.0,<0.1")


class NotFetched(WeftError):
    """The tool cannot be had; the cause says why."""

    def __init__(self, what: str, cause: WeftError) -> None:
        super().__init__(what, hints=cause.hints, exit_code=2)
        self.__cause__ = cause


def warn_of_preview(context: Context, command: str, feature: str) -> None:
    """Say that a command may change, unless that is known."""
    from weft.ops.settings_values import previews

    if previews(context.settings, feature):
        return
    from weft.core.events import Warned

    context.sink(
        Warned(
            f"`weft {command}` is experimental and may change without warning. Pass "
            f"`--preview-features {feature}` to disable this warning."
        )
    )


def requested(release: Release, version: str | None) -> tuple[str, str]:
    """The requirement for a version, specifiers or `latest`, and what to say if it is not there.

    Raises WeftError for a text that is none of these.
    """
    name = release.name
    if version is None:
        shown = release.default.replace(",", ", ")
        words = f"Failed to find {name} version matching default constraints: {shown}"
        return f"{name}{release.default}", words
    if version == "latest":
        return f"{name}@latest", f"Failed to find latest {name} version"
    from weft.core.version import Version, VersionError

    try:
        Version.parse(version)
    except VersionError:
        from weft.ops.options_checks import wrong

        reason = wrong("specifiers", version)
        if reason:
            raise WeftError(reason) from None
        return f"{name}{version}", f"Failed to find {name} version matching: {version}"
    return f"{name}@{version}", f"Failed to install {name} {version}"


def run_tool(
    context: Context,
    release: Release,
    version: str | None,
    words: Callable[[ToolEnvironment], Sequence[str]],
    *,
    directory: str,
    variables: Mapping[str, str] | None = None,
    stays: bool = False,
) -> int:
    """Get a tool and go on as it, in `directory`; `words` are asked for once it is there.

    With `stays` it runs beside, for its exit code, as it does where the cache is temporary.
    Raises NotFetched, SpawnFailure and WeftError for a directory that is not there.
    """
    from weft.ops.session import Session

    world = _world(context)
    with Session(world) as session:
        found = _fetched(world, session, release, version)
        line = (os.path.join(found.scripts, found.program), *words(found))
        if stays or context.settings.no_cache:
            session.rest()
            return become(context, line, directory=directory, variables=variables, stays=True)
    return become(context, line, directory=directory, variables=variables)


def _world(context: Context) -> Context:
    """For a session of its own: what the project's settings limit has nothing to do with a tool."""
    from weft.ops.run_quiet import quiet

    return quiet(
        context.changed(
            python=None, isolated_run=True, with_packages=(), packages=(), requirements=(),
            constraints=(), overrides=(), excludes=(), locked=False, frozen=False,
        )
    )  # fmt: skip


def _fetched(
    context: Context, session: Session, release: Release, version: str | None
) -> ToolEnvironment:
    from weft.ops.tool_ephemeral import tool_environment
    from weft.ops.tool_request import ToolRequest

    requirement, words = requested(release, version)
    try:
        return tool_environment(context, session, ToolRequest.parse(requirement))
    except WeftError as error:
        raise NotFetched(words, error) from error


def installed_version(environment: ToolEnvironment) -> str:
    """The version of the tool's package, as its environment has it."""
    from weft.python.installed import scan

    for dist in scan(environment.interpreter.package_directories):
        if dist.name == environment.project:
            return dist.version
    return ""


def become(
    context: Context,
    line: Sequence[str],
    *,
    directory: str,
    variables: Mapping[str, str] | None = None,
    stays: bool = False,
) -> int:
    """Go on as a program, in `directory`; with `stays` run it beside, for its exit code."""
    from weft.core.errors import OsCause
    from weft.ops.run_child import become as exchange
    from weft.ops.run_child import stay_with
    from weft.ops.run_target import Target

    try:
        os.chdir(directory)
    except OSError as error:
        raise WeftError(f"Failed to enter `{directory}`") from OsCause(error)
    target = Target("external", os.path.basename(line[0]))
    environ = {**context.environ, **(variables or {})}
    go = stay_with if stays else exchange
    return go(target, line, environ)


def project_directory(context: Context) -> str:
    """Where the project lies that the working directory belongs to; without one that directory."""
    from weft.ops.projects import ProjectMissing, open_project
    from weft.project.discovery import ProjectUnmanaged

    if context.settings.no_project:
        return context.cwd
    try:
        return open_project(context).directory
    except (ProjectMissing, ProjectUnmanaged):
        from weft.ops.projects import start_directory

        return start_directory(context)
