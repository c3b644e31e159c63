"""Asking many interpreters at once.

Owns which of a list of paths have to be asked, and asking them side by side. Refuses to choose
among them. Starting an interpreter takes some 20 ms, one that hangs ten seconds: none waits for
another. Loads no thread where all answers are known.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.python.interpreter import probe, recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.python.interpreter import Interpreter, ProbeCache

    Answer = Interpreter | WeftError

_AT_ONCE = 16


def probe_all(
    paths: Sequence[str], store: ProbeCache, *, environ: Mapping[str, str] | None = None
) -> list[Answer]:
    """What is at each path, in order: an interpreter, or why there is none.

    What one path has told is known for the others that lead to the same file.
    """
    answers: dict[str, Answer] = {}
    unknown: list[str] = []
    firsts: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        found, real = recall(path, store)
        if found is not None:
            answers[path] = found
        else:
            unknown.append(path)
            firsts.setdefault(real, path)
    if unknown:
        answers.update(_ask(list(firsts.values()), store, environ))
        # A program may look at the name that it is called by, so that every path is asked.
        answers.update(_ask([each for each in unknown if each not in answers], store, environ))
    return [answers[path] for path in paths]


def _ask(
    paths: Sequence[str], store: ProbeCache, environ: Mapping[str, str] | None
) -> dict[str, Answer]:
    if len(paths) < 2:
        return {path: _answer(path, store, environ) for path in paths}
    from weft.system.workers import ThreadPool

    pool = ThreadPool(_AT_ONCE)
    try:
        tasks = {path: pool.submit(_answer, path, store, environ) for path in paths}
        return {path: task.result() for path, task in tasks.items()}
    finally:
        pool.close()


def _answer(path: str, store: ProbeCache, environ: Mapping[str, str] | None) -> Answer:
    try:
        return probe(path, store, environ=environ)
    except WeftError as error:
        return error
