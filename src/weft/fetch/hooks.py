"""Calling one hook of a back end.

Owns the process of a hook: its environment, where its output goes, and telling its failures apart.
Refuses to know the order of hooks. Follows PEP 517 and PEP 660 by way of `pyproject_hooks`, whose
script runs inside; each call has a process of its own, which may be a fork (`hook_pairs`).
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.fetch.build_failures import BuildFailure, HookFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, NoReturn

    from pyproject_hooks import BuildBackendHookCaller

    from weft.fetch.build_system import BuildSystem, Isolated
    from weft.fetch.hook_pairs import Ahead, Following
    from weft.system.process import Completed

# What is kept of each output of a hook, in bytes. Compilers can say gigabytes.
KEPT = 256 << 10


class HookAbsent(WeftError):
    """The back end has no such hook, and may have none."""

    def __init__(self, hook: str) -> None:
        super().__init__(f"The build backend has no `{hook}` hook")
        self.hook = hook


class Hooks:
    """The hooks of the back end of one tree. Not thread-safe.

    `stream` hears the output while it comes; without it the output is kept for the error. `trace`
    hears each call before it is made.
    """

    def __init__(
        self,
        tree: str,
        system: BuildSystem,
        *,
        shown: str,
        stream: Callable[[bytes], None] | None = None,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self._tree = tree
        self._system = system
        self._shown = shown
        self._stream = stream
        self._trace = trace
        self._command: Sequence[str] = ()
        self._completed: Completed | None = None
        self._ahead: Ahead | None = None

    def following(
        self, isolated: Isolated, hook: str, arguments: Mapping[str, object], known: Sequence[str]
    ) -> Following | None:
        """For `call`: `hook` with these arguments, once nothing is required but what is `known`.

        None where it has to be called by itself: its output is heard live, or the back end stands
        in the tree and is found by the script only.
        """
        if self._stream is not None or self._system.backend_path:
            return None
        questions: list[bytes] = []

        def note(command: Sequence[str], **_more: object) -> None:
            with open(f"{command[-1]}/input.json", "rb") as file:
                questions.append(file.read())
            raise _Noted

        try:
            getattr(self._caller(isolated, note), hook)(**arguments)
        except (_Noted, OSError, ValueError, TypeError):
            pass  # what is wrong is told when it is called
        from weft.fetch.hook_pairs import Following

        return Following(hook, questions[0], known) if questions else None

    def _caller(self, isolated: Isolated, runner: Callable[..., None]) -> BuildBackendHookCaller:
        import pyproject_hooks

        return pyproject_hooks.BuildBackendHookCaller(
            self._tree,
            self._system.backend,
            self._system.backend_path or None,
            runner=runner,
            python_executable=isolated.python,
        )

    def call(
        self, isolated: Isolated, hook: str, then: Following | None = None, **arguments: object
    ) -> Any:
        """What the hook returned. Raises HookAbsent, BuildFailure, SystemFailure, ProcessEnded.

        What follows may be called in the same go; the next call for it then gets its answer.
        """
        import pyproject_hooks

        if self._trace is not None:
            shown = ", ".join(f"{key}={item!r}" for key, item in arguments.items() if key[0] != "_")
            self._trace(f"Calling `{self._system.backend}.{hook}({shown})`")
        self._completed = None
        caller = self._caller(
            isolated,
            lambda command, cwd=None, extra_environ=None: self._run(
                isolated, command, cwd=cwd, extra=extra_environ or {}, then=then
            ),
        )
        try:
            return getattr(caller, hook)(**arguments)
        except pyproject_hooks.HookMissing as error:
            raise HookAbsent(str(error) or hook) from None
        except pyproject_hooks.BackendUnavailable as error:
            self.refuse(hook, f"Cannot import `{self._system.backend}`", said=error.traceback)
        except pyproject_hooks.UnsupportedOperation as error:
            self.refuse(hook, "The operation is not supported", said=error.traceback)
        except _HookProcessFailed:
            self.refuse(hook)
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            if self._completed is not None:  # an answer that is missing, or is none
                self.refuse(hook, "The hook gave no answer")
            if isinstance(error, OSError):  # it was ours to write the question
                raise SystemFailure("write to", _temporary(), error) from OsCause(error)
            self.refuse(hook, str(error))

    def refuse(self, hook: str, reason: str = "", *, said: str = "") -> NoReturn:
        """Raise the BuildFailure of the last call; `said` is shown behind its output."""
        failure = self._failure(hook, reason, said=said)
        raise failure from failure.call

    def _failure(self, hook: str, reason: str, *, said: str) -> BuildFailure:
        done = self._completed
        told = said.encode("utf-8", "backslashreplace")
        if told and self._stream is not None:
            self._stream(told)
        cause = HookFailure(
            f"{self._system.backend}.{hook}",
            done.code if done else 0,
            reason=reason,
            stdout=done.stdout if done else b"",
            stderr=(done.stderr if done else b"") + told,
            streamed=self._stream is not None,
            command=self._command,
        )
        system = self._system
        return BuildFailure(cause, shown=self._shown, name=system.name, version=system.version)

    def _run(
        self,
        isolated: Isolated,
        command: Sequence[str],
        *,
        cwd: str | None,
        extra: Mapping[str, str],
        then: Following | None,
    ) -> None:
        environ = {
            **isolated.environ,
            "PYTHONIOENCODING": "utf-8:backslashreplace",
            **extra,
        }
        if self._stream is not None:
            environ["PYTHONUNBUFFERED"] = "1"  # else a pipe gets everything at the end
        self._command = command

        def run(words: Sequence[str]) -> Completed:
            from weft.system import process

            return process.run(
                words, cwd=cwd, env=environ, stream=self._stream, keep=KEPT, sweep=True
            )

        if then is not None:
            from weft.fetch.hook_pairs import run_pair

            self._completed, self._ahead = run_pair(command, then, run=run)
        else:
            self._completed = self._called_ahead(command) or run(command)
        if self._completed.code:
            raise _HookProcessFailed
        self._take_warnings(f"{command[-1]}/output.json")

    def _called_ahead(self, command: Sequence[str]) -> Completed | None:
        """What the hook did when it was called ahead, with its answer put where it belongs."""
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.hook != command[-2]:
            return None
        with open(f"{command[-1]}/input.json", "rb") as file:
            if file.read() != ahead.question:
                return None
        if ahead.answer is not None:
            with open(f"{command[-1]}/output.json", "wb") as file:
                file.write(ahead.answer)
        return ahead.completed

    def _take_warnings(self, path: str) -> None:
        """Pass the back end's warnings on as lines.

        `pyproject_hooks` would raise them again in this process, through state that all threads
        share, so they are taken out of its answer.
        """
        import json

        with open(path, encoding="utf-8") as file:
            answer = json.load(file)
        warnings = answer.pop("warnings", ())
        if not warnings:
            return
        with open(path, "w", encoding="utf-8") as file:
            json.dump(answer, file)
        for each in warnings:
            line = f"{each['filename']}:{each['lineno']}: UserWarning: {each['message']}\n"
            if self._stream is not None:
                self._stream(line.encode("utf-8", "backslashreplace"))


class _HookProcessFailed(Exception):
    """The process of a hook ended with an exit code."""


class _Noted(Exception):
    """The question is known; nobody has to be asked."""


def _temporary() -> str:
    import tempfile

    return tempfile.gettempdir()
