"""What Git has to do with a new project: a repository around it, and who makes it.

Owns both questions to Git. Refuses to commit anything.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.init_texts import Author
    from weft.system.process import Completed


class GitNotInstalled(WeftError):
    """A repository was asked for, and there is no `git`."""

    def __init__(self) -> None:
        super().__init__(
            "Attempted to initialize a Git repository, but `git` was not found in PATH"
        )


def start_repository(context: Context, directory: str, vcs: str | None) -> None:
    """Make `directory` a repository with a `.gitignore`, unless it is in one already.

    `vcs` is "git", "none", or None for what seems right. Raises GitNotInstalled where Git was asked
    for, and WeftError with what Git says.
    """
    if vcs == "none":
        return
    state = _state(context, directory)
    if state == "repository" or (vcs is None and state != "none"):
        return
    done = _git(context, directory, "init")
    if done is None:
        raise GitNotInstalled
    if done.code:
        error = WeftError(f"Failed to initialize Git repository at `{directory}`")
        said = b"\n".join([done.stdout.rstrip(), done.stderr.rstrip()]).strip()
        raise error from WeftError(said.decode("utf-8", "replace"))
    from weft.ops.init_texts import GITIGNORE
    from weft.ops.init_write import write_new

    write_new(f"{directory}/.gitignore", GITIGNORE)


def author_of(context: Context, directory: str) -> Author | None:
    """Whom Git would name as the author of a commit in `directory`."""
    from weft.ops.init_texts import Author

    told = []
    for key in ("user.name", "user.email"):
        done = _git(context, directory, "config", "--get", key)
        answer = done.stdout.decode("utf-8", "replace") if done and not done.code else ""
        told.append(answer.strip())
    return Author(*told) if any(told) else None


def _state(context: Context, directory: str) -> str:
    """`repository`, `none`, or `broken` where Git cannot tell."""
    done = _git(context, directory, "rev-parse", "--is-inside-work-tree")
    if done is None:
        return "broken"
    if not done.code:
        return "repository" if done.stdout.strip() == b"true" else "broken"
    return "none" if b"not a git repository" in done.stderr else "broken"


def _git(context: Context, directory: str, *words: str) -> Completed | None:
    """One question; None where there is no Git."""
    from shutil import which

    from weft.system.process import run

    program = which("git", path=context.environ.get("PATH"))
    if program is None:
        return None
    return run([program, *words], env={**context.environ, "LC_ALL": "C"}, cwd=directory)
