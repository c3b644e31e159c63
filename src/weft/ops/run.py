"""`weft run`: run a command in the environment that it needs.

Owns the order: what to run, its variables, the environment, what lies over it, and becoming the
command. Refuses to do any of these steps itself.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.ops.run_target import SCRIPTS, read_target
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.run_base import Base
    from weft.ops.run_child import Place
    from weft.ops.run_target import Target
    from weft.ops.scripts import Script
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter
    from weft.store.staging import Staging


def run(context: Context) -> int:
    """The exit code of the command where it did not take the place of this process.

    Exit code 2 without a command.
    """
    from weft.ops.run_child import depth_of

    settings = context.settings
    depth = depth_of(context.environ, settings.max_recursion_depth)
    _check_files(context)
    target = read_target(settings, context.cwd, stdin=_stdin)
    if target.kind == "stdin" and "-" in settings.with_requirements:
        raise WeftError("Cannot read both requirements file and script from stdin")
    environ = with_env_files(context)
    staging = _temporary(context, target)
    if staging is None:
        return _run(context, target, environ, depth=depth, directory="")
    with staging:
        if target.kind == "remote":
            from weft.ops.run_remote import fetched

            target = fetched(context, target, staging.path)
        return _run(context, target, environ, depth=depth, directory=staging.path)


def _run(
    context: Context, target: Target, environ: dict[str, str], *, depth: int, directory: str
) -> int:
    from weft.ops.run_child import become, commands_in, stay_with, variables, words_of
    from weft.ops.run_memory import Heard
    from weft.ops.session import Session

    heard = Heard(context.sink)
    context = context.having(context.settings, sink=heard)
    with Session(context) as session:
        place = _place(context, session, target, directory)
        if target.kind == "nothing":
            context.out(_listing(commands_in(place.scripts[0])))
            return 2
        words = words_of(target, place)
        child = variables(environ, place, depth=depth)
        _explain(context, place, words)
        if directory:
            session.rest()
            return stay_with(target, words, child)
    context.leaving()
    return become(target, words, child)


def _place(context: Context, session: Session, target: Target, directory: str) -> Place:
    """Where the command runs, made ready."""
    from weft.ops.run_child import Place
    from weft.ops.run_layers import is_wanted

    base, world = _base(context, session, target, directory)
    below = base.interpreter
    over: tuple[Interpreter, ...] = ()
    if is_wanted(context):
        from weft.ops.run_layers import lay_over

        new = directory if world.settings.isolated_run else ""
        over = lay_over(world, session, below, preferences=base.versions, directory=new)
    top = over[0] if over else below
    scripts = [each.schemes["scripts"] for each in (*over, below)]
    place = Place(top.executable, top.prefix if top.is_virtual else "", tuple(scripts))
    if not (directory or target.kind in ("stdin", "nothing")):
        from weft.ops.projects import start_directory
        from weft.ops.run_memory import keep

        beside = os.path.dirname(os.path.join(context.cwd, target.name))
        starts = (start_directory(world), os.path.normpath(beside))
        keep(context, target, base, place, session=session, over=over, starts=starts)
    return place


def _base(
    context: Context, session: Session, target: Target, directory: str
) -> tuple[Base, Context]:
    """The environment below, and the world with the settings that hold."""
    from weft.ops.run_base import base_of, warn_of_script

    script = _script(context, target)
    if script is None or (script.metadata is None and script.directory == context.cwd):
        return base_of(context, session, directory=directory), context
    from weft.ops.scripts import script_context

    world = script_context(context, script, session)
    if script.metadata is not None:
        from weft.ops.run_scripts import prepare_script

        base = prepare_script(world, session, script)
        warn_of_script(context)
        return base, world
    if context.settings.project is None:
        world = world.changed(project=script.directory)
    return base_of(world, session, directory=directory), world


def _script(context: Context, target: Target) -> Script | None:
    """The script that is to be run; None for whatever is none, and where there is no file."""
    if target.kind not in SCRIPTS:
        return None
    from weft.ops.scripts import open_script, script_of

    if target.kind == "stdin":
        return script_of(target.text, path="-", shown="-", directory=context.cwd)
    if target.kind == "remote":
        from weft.system.files import read_bytes

        data = read_bytes(target.path) or b""
        return script_of(data, path=target.name, shown=target.name, directory=context.cwd)
    return open_script(target.name, context.cwd)


def _stdin() -> bytes:
    import sys

    return sys.stdin.buffer.read()


def _check_files(context: Context) -> None:
    for path in context.settings.with_requirements:
        name = os.path.basename(path)
        if name in ("pyproject.toml", "setup.py", "setup.cfg"):
            raise WeftError(f"Adding requirements from a `{name}` is not supported in `weft run`")


def with_env_files(context: Context) -> dict[str, str]:
    """The variables of this process, and those of `.env` files that are not among them."""
    settings = context.settings
    if settings.no_env_file or not settings.env_file:
        return dict(context.environ)
    from weft.core.events import Warned
    from weft.ops.run_dotenv import DotenvError, with_files

    def warn(shown: str, error: DotenvError) -> None:
        where = f"Failed to parse environment file `{shown}` at position {error.position}"
        context.sink(Warned(f"{where}: {error.text}"))

    return with_files(
        settings.env_file,
        context.environ,
        read=lambda shown: _env_text(context, shown),
        broken=warn,
    )


def _env_text(context: Context, shown: str) -> str:
    from weft.system.files import read_bytes

    try:
        data = read_bytes(os.path.join(context.cwd, shown))
        if data is None:
            raise WeftError(f"No environment file found at: {shown}")
        return data.decode()
    except SystemFailure as failure:
        told = OsCause(failure.error)
        raise WeftError(f"Failed to read environment file `{shown}`: {told}") from None
    except UnicodeDecodeError:
        raise WeftError(
            f"Failed to read environment file `{shown}`: stream did not contain valid UTF-8"
        ) from None


def _temporary(context: Context, target: Target) -> Staging | None:
    """A directory for what has to go afterwards; None where nothing has to.

    It lies in the cache, beside what is linked into it, where the next prune takes it if this
    process is killed; without a cache among the temporary files.
    """
    settings = context.settings
    if not (settings.isolated_run or target.kind == "remote" or settings.no_cache):
        return None
    from weft.ops.session import store_root
    from weft.store.layout import Bucket
    from weft.store.staging import Staging
    from weft.system.files import make_directory

    if settings.no_cache:
        from tempfile import gettempdir

        return Staging(gettempdir())
    parent = os.path.join(store_root(context), Bucket.STAGING)
    make_directory(parent)
    return Staging(parent)


def _listing(names: list[str]) -> str:
    """What to say where there is no command."""
    lines = [
        "Provide a command or script to invoke with `weft run <command>` or "
        "`weft run <script>.py`.",
        "",
    ]
    if names:
        lines += ["The following commands are available in the environment:", ""]
        lines += [f"- {name}" for name in names]
    return "\n".join([*lines, "", "See `weft run --help` for more information."])


def _explain(context: Context, place: Place, words: list[str]) -> None:
    if not context.settings.verbose:
        return
    from weft.core.events import Debug

    context.sink(Debug(f"Running `{' '.join(words)}` in `{place.prefix or place.python}`"))
