"""The environment of a tool, made beside its place and put there in one step.

Owns that step: whoever starts the tool meanwhile, and whatever happens to us, there is the old
environment or the new one. What is made is called `.tmp-…`, in the directory of tools; what an
exchange in two steps has left is called `.old-NAME`, and `tidy` puts it back. All of this is done
under the lock of the directory. Refuses to decide what is installed.
Follows PEP 405: scripts name the interpreter of the place that the environment is going to have.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.install.target import Target
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter

_MADE = ".tmp-"
_OLD = ".old-"


class Staging:
    """An environment that is going to be at `root`; `path` is where it is until then.

    A context manager: what was not put in its place is removed.
    """

    def __init__(self, session: Session, root: str, path: str) -> None:
        self._session = session
        self.root = root
        self.path = path

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_raised: object) -> None:
        from weft.system.removal import remove_tree

        remove_tree(self.path)

    def target(self, base: Interpreter) -> Target:
        """Where packages go now; scripts are made for the place of the environment."""
        from weft.install.target import environment_target
        from weft.ops.tools import python_of
        from weft.python.interpreter import in_environment

        there = python_of(self.root)
        return environment_target(in_environment(base, self.path, executable=there))

    def put(self) -> None:
        """Into its place, in one step; what was there is removed. Raises SystemFailure."""
        from weft.store.roots import move

        try:
            _put(self.path, self.root)
        except OSError as error:
            raise SystemFailure("replace", self.root, error) from OsCause(error)
        move(self._session.store, self.path, self.root)


def _put(path: str, root: str) -> None:
    try:
        os.rename(path, root)  # over nothing, or over an empty directory
        return
    except OSError:
        if not os.path.lexists(root):
            raise
    from weft.system.exchange import exchange

    if exchange(path, root):
        return
    old = _old_of(root)
    os.rename(root, old)
    try:
        os.rename(path, root)
    except OSError:
        os.rename(old, root)
        raise
    os.rename(old, path)


def _old_of(root: str) -> str:
    return os.path.join(os.path.dirname(root), _OLD + os.path.basename(root))


def stage_new(session: Session, root: str, base: Interpreter) -> Staging:
    """An environment without packages."""
    from weft.python.environment import write_for

    staging = Staging(session, root, _beside(root))
    try:
        write_for(root, staging.path, base)
    except BaseException:
        staging.__exit__()
        raise
    return staging


def stage_copy(session: Session, root: str, _base: Interpreter) -> Staging:
    """The environment that is there once more: the same files, by hard links where they can be.

    What the cache knows of it holds for the copy.
    """
    from weft.store.roots import copy

    staging = Staging(session, root, _beside(root))
    try:
        _copy(root, staging.path)
        copy(session.store, root, staging.path)
    except OSError as error:
        staging.__exit__()
        raise SystemFailure("copy", root, error) from OsCause(error)
    except BaseException:
        staging.__exit__()
        raise
    return staging


def _beside(root: str) -> str:
    from weft.system.files import random_name

    return os.path.join(os.path.dirname(root), random_name(_MADE))


def _copy(source: str, target: str) -> None:
    """Files of an environment are never written to, only replaced: a link is as good as a copy."""
    os.mkdir(target, os.stat(source).st_mode & 0o777)
    with os.scandir(source) as entries:
        for entry in entries:
            path = f"{target}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), path)
            elif entry.is_dir():
                _copy(entry.path, path)
            elif entry.is_file():
                _link_or_copy(entry.path, path)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # no hard links here, or too many of this file
        import shutil

        shutil.copy2(source, target)


def remove_environment(root: str) -> None:
    """Take the environment of a tool away: out of sight by one rename, then for good."""
    from weft.system.removal import remove_tree

    aside = _beside(root)
    try:
        os.rename(root, aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SystemFailure("remove", root, error) from OsCause(error)
    remove_tree(aside)


def tidy(context: Context) -> None:
    """Finish what was interrupted, under the lock of the directory of tools."""
    from weft.ops.tool_links import is_ours
    from weft.ops.tools import bin_directory, tools_directory
    from weft.system.removal import remove_tree

    directory = tools_directory(context)
    for name in _listed(directory):
        path = os.path.join(directory, name)
        if name.startswith(_OLD):
            root = os.path.join(directory, name.removeprefix(_OLD))
            if os.path.lexists(root):
                remove_tree(path)
            else:
                os.rename(path, root)
        elif name.startswith(_MADE):
            remove_tree(path)
    executables = bin_directory(context)
    for name in _listed(executables):
        path = os.path.join(executables, name)
        if name.startswith(_MADE) and is_ours(path, directory):
            remove_tree(path)


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []
