"""`weft venv`: make a virtual environment.

Owns which interpreter and which path it gets, what is printed about it, and its seed packages.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from weft.core.events import Event, Sink
    from weft.ops.context import Context
    from weft.ops.project_python import PythonNeeds
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def run(context: Context) -> int:
    """Exit code 2 where the path is taken or no interpreter is found."""
    from weft.core.events import Changes, Warned
    from weft.ops.session import Session
    from weft.ops.venv_verdict import Hearing, remember
    from weft.python.environment import default_prompt

    settings = context.settings
    if settings.system:
        context.sink(
            Warned(
                "The `--system` flag has no effect, `weft venv` always ignores virtual "
                "environments when finding a Python interpreter; did you mean "
                "`--no-managed-python`?"
            )
        )
    prompt = settings.prompt
    options: dict[str, Any] = {
        "prompt": default_prompt(settings.path, context.cwd) if prompt is None else prompt,
        "system_site_packages": settings.system_site_packages,
        "relocatable": settings.relocatable,
        "seed": settings.seed,
        "clear": settings.clear,
        "force": settings.force,
        "allow_existing": settings.allow_existing,
    }
    with Session(context) as session:
        heard = Hearing(context.sink)
        needs, interpreter = choose_interpreter(context.having(settings, sink=heard), session)
        path = settings.path or settings.project_environment or ".venv"

        def fill(made: Interpreter) -> None:
            if settings.seed:
                seed(context, session, made, _only(Changes, context.sink))

        make(
            context.sink, path, interpreter, context.environ, cwd=context.cwd, **options, fill=fill
        )
        remember(context, session, needs, interpreter, heard=heard, options=options)
    return 0


def make(
    sink: Sink,
    path: str,
    interpreter: Interpreter,
    environ: Mapping[str, str],
    *,
    cwd: str,
    fill: Callable[[Interpreter], None] = lambda _made: None,
    **options: Any,
) -> None:
    """Make the environment and say so; `fill` puts packages into it.

    `options` are those of `weft.python.environment.create`, which tells what is raised.
    """
    from weft.core.events import Note
    from weft.python.activation import command
    from weft.python.environment import create

    seeding = " with seed packages" if options["seed"] else ""
    sink(Note(f"Creating virtual environment{seeding} at: {path}"))
    fill(create(path, interpreter, cwd=cwd, **options))
    activate = command(path, environ)
    if activate is not None:
        sink(Note(f"Activate with: {activate}"))


def choose_interpreter(context: Context, session: Session) -> tuple[PythonNeeds, Interpreter]:
    """`--python`, else what a version file or the project around asks for; it is named.

    Warns of one that the project does not allow.
    """
    from weft.ops.interpreters import find_interpreter
    from weft.ops.project_python import announce
    from weft.ops.wanted_python import wanted_python, warn_unless_allowed

    needs = wanted_python(context, context.settings.python)
    found = find_interpreter(context, session, needs.request)
    announce(context, found)
    warn_unless_allowed(context, needs, found)
    return needs, found


def seed(context: Context, session: Session, interpreter: Interpreter, sink: Sink) -> None:
    """pip, and for Pythons before 3.12 setuptools and wheel, out of the index."""
    from weft.core.errors import WeftError
    from weft.install.target import environment_target
    from weft.ops.build_environments import NoneFound
    from weft.ops.pip_install import install
    from weft.ops.wants import Wants
    from weft.resolver.report import NoSolution

    old = interpreter.minor < (3, 12)
    names = ("pip", "setuptools", "wheel") if old else ("pip",)
    wants = Wants(requirements=(), plain=names, count=len(names))
    target = environment_target(interpreter, relocatable=context.settings.relocatable)
    quiet = context.having(context.settings, sink=sink)
    try:
        install(quiet, session, wants, interpreter=interpreter, target=target)
    except WeftError as error:
        cause = NoneFound(names, error) if isinstance(error, NoSolution) else error
        raise WeftError("Failed to install seed packages into virtual environment") from cause


def _only(kind: type, sink: Sink) -> Sink:
    """Hear of one kind of event only: seeding is not worth a summary."""

    def hear(event: Event) -> None:
        if isinstance(event, kind):
            sink(event)

    return hear
