"""`weft tool run`: run a program of a package.

Owns the order: what to run, its variables, the environment, whether the program is there, and
becoming it. Refuses to do any of these steps itself.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_ephemeral import ToolEnvironment
    from weft.ops.tool_executables import Providers
    from weft.ops.tool_request import ToolRequest


def run(context: Context) -> int:
    """The exit code of the program where it did not take the place of this process.

    Exit code 2 without a program, 1 where the package has none of that name.
    """
    return run_as(context, "weft tool run")


def run_as(context: Context, command: str) -> int:
    """The same; `command` is how weft was called."""
    from weft.ops.run import with_env_files
    from weft.ops.tool_request import ToolRequest

    if context.settings.shell:
        from weft.ops.generate_shell_completion import run as print_script

        return print_script(context)
    environ = with_env_files(context)
    if not context.settings.command:
        context.out(_listing(context, command))
        return 2
    name, *arguments = context.settings.command
    _refuse_script(context, name, command)
    _warn(context, command)
    request = ToolRequest.parse(name, context.settings.from_package)
    return _run(context, request, environ, words=(name, *arguments), command=command)


def _run(
    context: Context,
    request: ToolRequest,
    environ: dict[str, str],
    *,
    words: tuple[str, ...],
    command: str,
) -> int:
    from weft.core.events import Note
    from weft.ops.run_child import become, stay_with, tool_variables
    from weft.ops.run_memory import Heard
    from weft.ops.run_target import Target
    from weft.ops.session import Session

    context = context.having(context.settings, sink=Heard(context.sink))
    with Session(context) as session:
        found = _environment(context, session, request, words=words, command=command)
        who = _providers(context, found, command)
        if who is not None and who.is_nobodys and context.settings.from_package is None:
            context.sink(Note(who.text))
            return 1
        target = Target("external", found.program)
        line = [found.program, *words[1:]]
        child = tool_variables(environ, found.scripts)
        _explain(context, found, line)
        if who is None or not who.is_nobodys:
            from weft.ops.tool_run_verdict import remember

            remember(context, session, found)
        if context.settings.no_cache:
            session.rest()
            return _started(context, who, lambda: stay_with(target, line, child))
    context.leaving()
    return _started(context, who, lambda: become(target, line, child))


def _started(context: Context, who: Providers | None, start: Callable[[], int]) -> int:
    """The exit code of the program; where there is none, what there is instead is told."""
    from weft.core.events import Note
    from weft.ops.run_child import SpawnFailure

    try:
        return start()
    except SpawnFailure as failure:
        if who is None or not who.is_nobodys or not isinstance(failure.error, FileNotFoundError):
            raise
        context.sink(Note(who.text))
        return 1


def _environment(
    context: Context,
    session: Session,
    request: ToolRequest,
    *,
    words: tuple[str, ...],
    command: str,
) -> ToolEnvironment:
    """The environment; what is wrong with the request is told with what may have been meant."""
    from weft.ops.run_layers import Unsolved
    from weft.ops.tool_ephemeral import tool_environment

    try:
        return tool_environment(context, session, request)
    except Unsolved as error:
        name, *arguments = words
        if command == "weftx" and name == "run" and context.settings.from_package is None:
            rest = " ".join(arguments)
            hint = (
                f"`{command} run {rest}` invokes the `run` package. Did you mean "
                f"`{command} {rest}`?"
            )
            cause = WeftError(error.message)
            cause.__cause__ = error.__cause__
            raise _with_hint(error, hint) from cause
        flag = _verbose_flag(arguments)
        if not flag:
            raise
        hint = (
            f"You provided `{flag}` to `{name}`. Did you mean to provide it to `{command}`? e.g., "
            f"`{command} {flag} {name}`"
        )
        cause = WeftError("No solution found when resolving dependencies")
        cause.__cause__ = error.__cause__
        raise _with_hint(error, hint) from cause


def _with_hint(error: WeftError, hint: str) -> WeftError:
    return WeftError("Failed to run tool", hints=(*error.hints, hint), exit_code=error.exit_code)


def _verbose_flag(arguments: list[str]) -> str:
    """The first argument that asks for more to be said: `-v`, `-vv`, `--verbose`."""
    for word in arguments:
        if word == "--verbose" or (word.startswith("-v") and not word[1:].strip("v")):
            return word
    return ""


def _providers(context: Context, found: ToolEnvironment, command: str) -> Providers | None:
    """Who has the program; None for a Python. Warns where it is somebody else."""
    if not found.project:
        return None
    from weft.ops.tool_executables import providers

    who = providers(found.interpreter, found.program, project=found.project, command=command)
    if not who.is_nobodys and who.is_strange:
        from weft.core.events import Warned

        context.sink(Warned(who.text))
    return who


def _refuse_script(context: Context, name: str, command: str) -> None:
    """Scripts are run by `weft run`."""
    package = context.settings.from_package
    if package is not None:
        if not _is_script(package):
            return
        project = _project_of(package)
        raise WeftError(
            "It looks like you provided a Python script to `--from`, which is not supported",
            hints=(
                f"If you meant to run a command from the `{project}` package, use the normalized "
                "package name instead to disambiguate, e.g., "
                f"`{command} --from {project} {name}`",
            ),
        )
    if not _is_script(name):
        return
    if os.path.lexists(os.path.join(context.cwd, name)):
        raise WeftError(
            f"It looks like you tried to run a Python script at `{name}`, which is not supported "
            f"by `{command}`",
            hints=(f"Use `weft run {name}` instead",),
        )
    project = _project_of(name)
    raise WeftError(
        f"It looks like you provided a Python script to run, which is not supported by `{command}`",
        hints=(
            "We did not find a script at the requested path. If you meant to run a command from "
            f"the `{project}` package, pass the normalized package name to `--from` to "
            f"disambiguate, e.g., `{command} --from {project} {name}`",
        ),
    )


def _is_script(text: str) -> bool:
    return os.path.splitext(text)[1].lower() in (".py", ".pyw")


def _project_of(text: str) -> str:
    from weft.core.names import is_valid_name, normalize_name

    if not is_valid_name(text):
        raise WeftError(
            f'Not a valid package or extra name: "{text}". Names must start and end with a letter '
            "or digit and may only contain -, _, ., and alphanumeric characters."
        )
    return normalize_name(text)


def _warn(context: Context, command: str) -> None:
    """What has no meaning for an environment that is made for one run."""
    from weft.core.events import Warned

    settings = context.settings
    if settings.upgrade or settings.upgrade_package:
        context.sink(
            Warned(
                f"Tools cannot be upgraded via `{command}`; use `weft tool upgrade --all` to "
                f"upgrade all installed tools, or `{command} package@latest` to run the latest "
                "version of a tool."
            )
        )
    if settings.reinstall or settings.reinstall_package:
        context.sink(
            Warned(
                f"Tools cannot be reinstalled via `{command}`; use `weft tool upgrade --all "
                f"--reinstall` to reinstall all installed tools, `{command} package@latest` to run "
                "the latest version of a tool, or `weft cache prune` to clear any cached tool "
                "environments."
            )
        )


def _listing(context: Context, command: str) -> str:
    """What to say where there is no program: which tools are installed."""
    from weft.ops.tools import installed_tools

    lines = [f"Provide a command to run with `{command} <command>`.", ""]
    found = [(tool.name, tool.version) for tool in installed_tools(context)]
    listed = [f"- {name} v{version}" for name, version in found if version]
    if listed:
        lines += ["The following tools are installed:", "", *listed, ""]
    return "\n".join([*lines, f"See `{command} --help` for more information."])


def _explain(context: Context, found: ToolEnvironment, words: list[str]) -> None:
    if not context.settings.verbose:
        return
    from weft.core.events import Debug

    context.sink(Debug(f"Running `{' '.join(words)}` in `{found.prefix}`"))
