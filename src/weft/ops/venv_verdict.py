"""Which Python `weft venv` takes, remembered: the shortest way to a new environment.

Owns the memory of one choice: with these words (but for the path of the environment), this
environment of the process and this working directory this is the interpreter, and these are the
options. It names every file and directory that the choice was drawn from, each with its identity,
absent ones too (`weft.ops.python_verdict`). It holds while all of them are the same. The
environment itself is made as it always is (`weft.python.environment`): what is at its path, and
whether that may be replaced, nobody remembers.
Refuses options that it does not know, seed packages, workspaces, interpreters that are searched for
among several kinds, programs that run another one, and runs that said more than which Python it is.
"""

from __future__ import annotations

from weft.install.verdict import BUCKET, ELSEWHERE, keep, others, place, standing
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from weft.core.events import Event, Sink
    from weft.ops.context import Context
    from weft.ops.project_python import PythonNeeds
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter

    # How quiet to be; what was said before; the path as shown where the words have none; the
    # options of `create`; the fields of the interpreter.
    Choice = tuple[int, str, str, dict[str, Any], tuple[Any, ...]]

KIND = "venv"
_FIELDS = 5
_FLAGS = frozenset((
    "-c", "--clear", "--no-clear", "--force", "--allow-existing", "--no-project", "--no-workspace",
    "--system-site-packages", "--relocatable", "--no-relocatable", "--managed-python",
    "--no-managed-python", "--no-python-downloads", "--offline", "-q", "--quiet",
))  # fmt: skip
_VALUED = frozenset(("-p", "--python", "--prompt"))
_ELSEWHERE = ("PYENV_DIR", "WEFT_NO_CACHE", "UV_NO_CACHE")


class Hearing:
    """Passes events on and keeps the one note; `more` tells that there was other news."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.note = ""
        self.more = False

    def __call__(self, event: Event) -> None:
        from weft.core.events import Debug, Note

        if isinstance(event, Note) and not self.note:
            self.note = event.text
        elif not isinstance(event, Debug):
            self.more = True
        self._sink(event)


def divided(words: Sequence[str], environ: Mapping[str, str]) -> tuple[list[str], str] | None:
    """`words` (behind `venv`) without the path, and the path, empty where there is none.

    None for words that may not be remembered.
    """
    if any(name in environ for name in (*ELSEWHERE, *_ELSEWHERE)):
        return None
    found = others(words, _FLAGS, _VALUED)
    if found is None or len(found) > 1:
        return None
    if not found:
        return list(words), ""
    path = words[found[0]]
    if not path or path.startswith("-"):
        return None
    return [*words[: found[0]], *words[found[0] + 1 :]], path


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> tuple[str, Choice] | None:
    """The path as shown, and what to do there, if everything is still as it was, else None."""
    parts = divided(words, environ)
    if parts is None:
        return None
    rest, path = parts
    choice: Choice | None = standing(_place(rest, path, environ, cwd=cwd, platform=platform))
    if choice is None or len(choice) != _FIELDS:
        return None
    return path or choice[2], choice


def remember(
    context: Context,
    session: Session,
    needs: PythonNeeds,
    found: Interpreter,
    *,
    heard: Hearing,
    options: dict[str, Any],
) -> None:
    """Keep a choice, unless something that it was drawn from is too young or unknown.

    `options` are those of `weft.python.environment.create` that the words, variables and settings
    files decide.
    """
    environ, settings = context.environ, context.settings
    parts = divided(context.words[1:], environ) if context.words[:1] == ("venv",) else None
    if parts is None or heard.more or not heard.note:
        return
    if settings.warnings or settings.verbose or settings.seed or settings.system:
        return
    if settings.color != "auto":
        return
    path = _place(*parts, environ, cwd=context.cwd, platform=context.platform)
    if os.path.dirname(path) != os.path.join(session.store.root, BUCKET):
        return  # a settings file names the cache: nobody would look there before reading it
    from weft.core.value import replace
    from weft.ops.python_verdict import around, has_workspace, is_usual, looked_at
    from weft.python.interpreter import row_of

    if not is_usual(found) or has_workspace(context.cwd):
        return
    looked = looked_at(context, session, needs, found, scope="system")
    if looked is None:
        return
    # Environments at hand have no say in what another one is made of.
    around_it = [
        each for each in around(context, settings.python) if not each.endswith("pyvenv.cfg")
    ]
    consulted = dict.fromkeys((*around_it, *looked, found.base_executable))
    shown = settings.project_environment or ".venv"
    facts = row_of(replace(found, packed_tags=b""))  # half of it, for wheels alone
    kept = (settings.quiet, heard.note, shown, options, facts)
    keep(path, kept, consulted=consulted, since=context.now)


def _place(
    rest: Sequence[str], path: str, environ: Mapping[str, str], *, cwd: str, platform: str
) -> str:
    kind = KIND if path else f"{KIND}-here"
    return place(rest, environ, cwd=cwd, platform=platform, kind=kind)
