"""Interpreters and environments.

Owns `find_python` and `create_environment`. Refuses to install anything into them.
"""

from __future__ import annotations

from weft.api.call import Call
from weft.api.config import Config
from weft.api.values import Python
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.python.interpreter import Interpreter

_DEFAULT = Config()


def find_python(
    request: str | None = None, *, environments: bool = True, config: Config = _DEFAULT
) -> Python:
    """The first Python that satisfies a request, in the order of the command line.

    `request` is what `--python` takes: `3.12`, `>=3.11,<3.13`, `pypy`, a path, a name; None takes
    whichever comes first. With `environments` the active environment and `.venv` go before
    everything else. Nothing is downloaded. Raises InterpreterNotFound, and WeftError for a Python
    that does not answer.
    """
    from weft.ops.interpreters import find_installed

    with Call(config, "venv") as call:
        return python_value(
            find_installed(call.context, call.session, request, include_virtual=environments)
        )


def create_environment(
    path: str | os.PathLike[str],
    *,
    python: str | os.PathLike[str] | Python | None = None,
    clear: bool = False,
    system_site_packages: bool = False,
    prompt: str | None = None,
    config: Config = _DEFAULT,
) -> Python:
    """Make a virtual environment at `path`, which counts from the directory of `config`.

    `python` is what `--python` takes; None takes what `.python-version` says, else whichever
    comes first; one that is missing is downloaded where settings allow it. With `clear` an
    environment that is there already is removed first; without it that is a WeftError, as is a
    Python that cannot be had. It gets no packages, not even pip.
    """
    from weft.ops.venv import choose_interpreter
    from weft.python.environment import create, default_prompt

    text = os.fspath(path)
    with Call(config, "venv", python_flags(python), [text]) as call:
        _, interpreter = choose_interpreter(call.context, call.session)
        made = create(
            text,
            interpreter,
            cwd=call.context.cwd,
            prompt=prompt if prompt is not None else default_prompt(text, call.context.cwd),
            system_site_packages=system_site_packages,
            clear=clear,
        )
        return python_value(made)


def python_value(interpreter: Interpreter) -> Python:
    """What the API tells of an interpreter."""
    return Python(
        executable=interpreter.executable,
        prefix=interpreter.prefix,
        version=interpreter.version,
        implementation=interpreter.implementation,
        key=interpreter.key,
        is_virtual=interpreter.is_virtual,
        base_executable=interpreter.base_executable,
        packages=interpreter.package_directories,
    )


def python_flags(python: str | os.PathLike[str] | Python | None) -> list[str]:
    """The option that names an environment or an interpreter."""
    if python is None:
        return []
    return [f"--python={python.executable if isinstance(python, Python) else os.fspath(python)}"]
