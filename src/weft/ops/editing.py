"""The files that `weft add` and `weft remove` change, before and after.

Owns which `pyproject.toml` or script is meant, its text in memory, and writing several files so
that either all are new or all are as they were. Refuses to know what changes.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weft.ops.context import Context
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import GroupChoice
    from weft.ops.session import Session
    from weft.ops.settings_values import Settings
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter

_BOM = b"\xef\xbb\xbf"


@value
class Editable:
    """A file as it is: `text` without a byte order mark, which `mark` keeps."""

    path: str
    text: str
    mark: bytes = b""

    def encoded(self, text: str) -> bytes:
        """The bytes of the file with another text."""
        return self.mark + text.encode()


def open_member(context: Context) -> Project:
    """The project to change, seen from the member that `--package` names.

    Raises ProjectMissing and WeftError for a member that there is not.
    """
    from weft.ops.projects import open_project

    return as_member(open_project(context), context.settings.member)


def as_member(project: Project, name: str | None) -> Project:
    """The same project, seen from another member."""
    if name is None:
        return project
    from weft.core.names import normalize_name

    member = project.member(normalize_name(name))
    if member is None:
        raise WeftError(f"The workspace does not have a member {name}: {project.root}")
    return replace(
        project, directory=member.directory, pyproject=member.pyproject, name=member.name
    )


def read_editable(path: str, *, shown: str = "") -> Editable:
    """A file that is there. Raises WeftError where it cannot be read or is not UTF-8."""
    from weft.project.reader import local_reader

    shown = shown or path
    data = local_reader(path)
    if data is None:
        import errno

        from weft.core.errors import OsCause
        from weft.system.lean import os

        missing = OsCause(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path))
        raise WeftError(f"failed to read from file `{shown}`: {missing}")
    mark = _BOM if data.startswith(_BOM) else b""
    try:
        return Editable(path, data[len(mark) :].decode(), mark)
    except UnicodeDecodeError:
        raise WeftError(f"failed to read from file `{shown}`: it is not valid UTF-8") from None


def overlay(new: Mapping[str, bytes]) -> Callable[[str], bytes | None]:
    """A reader that finds `new` in place of the files of these absolute paths."""
    from weft.project.reader import local_reader

    return lambda path: new[path] if path in new else local_reader(path)


def changed_project(project: Project, new: Mapping[str, bytes]) -> Project:
    """The project as it is with other files: members may have come."""
    from weft.project.discovery import find_project

    found = find_project(project.directory, overlay(new))
    assert found is not None, "the file that was changed is there"
    return found


def save(
    new: Mapping[str, bytes], known: dict[str, bytes | None] | None = None
) -> dict[str, bytes | None]:
    """Write files: all of them, or none. The bytes that they had, of those that changed; `known`
    has them even before the first one changes.

    What takes time is done beside them; then one rename follows the other. An interrupt is heard
    after the last one. Raises SystemFailure.
    """
    from weft.system.files import read_bytes
    from weft.system.lifeline import Undisturbed

    before = {path: old for path, data in new.items() if (old := read_bytes(path)) != data}
    if known is not None:
        known.update(before)
    try:
        with Undisturbed():
            _exchange(before, new)
    except KeyboardInterrupt:  # heard when all was done
        restore(before)
        raise
    return before


def _exchange(before: Mapping[str, bytes | None], new: Mapping[str, bytes]) -> None:
    """Put what is new in the place of `before`. Raises SystemFailure, and then nothing is new."""
    from weft.core.errors import OsCause, SystemFailure

    staged: dict[str, str] = {}
    try:
        for path in before:
            staged[path] = _staged(path, new[path])
        for path, place in staged.items():
            _rename(place, path)
    except OSError as error:
        _discard(staged.values())
        restore(before)
        raise SystemFailure("write", path, error) from OsCause(error)
    except SystemFailure as failure:  # people know the file, not what lies beside it
        _discard(staged.values())
        raise SystemFailure("write", path, failure.error) from OsCause(failure.error)


def _staged(path: str, data: bytes) -> str:
    """A file beside `path`, or beside what a symbolic link there leads to, with its mode."""
    from weft.system.files import random_name, write_atomic
    from weft.system.lean import os

    target = os.path.realpath(path)
    mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o644
    place = os.path.join(os.path.dirname(target), random_name())
    write_atomic(place, data, mode=mode)
    return place


def _rename(place: str, path: str) -> None:
    from weft.system.lean import os

    os.replace(place, os.path.realpath(path))


def _discard(places: Iterable[str]) -> None:
    from weft.system.lean import os

    for place in places:
        if os.path.exists(place):
            os.unlink(place)


def restore(before: Mapping[str, bytes | None]) -> None:
    """Make files what they were; None is for one that was not there."""
    from weft.system.files import read_bytes
    from weft.system.lean import os
    from weft.system.lifeline import Undisturbed

    with Undisturbed():
        for path, data in before.items():
            if read_bytes(path) == data:
                continue
            if data is not None:
                _rename(_staged(path, data), path)
            else:
                os.unlink(path)


class Restoring:
    """Files become what they were, `before`, if the block is left by an error or an interrupt."""

    def __init__(self, before: Mapping[str, bytes | None]) -> None:
        self._before = before

    def __enter__(self) -> None:
        """Nothing to do yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            restore(self._before)


@value
class _Nothing:
    """Stands for a lock that the file system does not have."""

    def release(self) -> None:
        """Nothing to do."""


class Exclusive:
    """One command at a time changes a project: what others wrote meanwhile is read, not lost."""

    def __init__(self, context: Context, project: Project) -> None:
        self._context = context
        self._project = project

    def __enter__(self) -> None:
        from weft.ops.project_lock import hold
        from weft.system.termination import heed

        heed()  # who asks us to end wants the files as they were, too

        self._lock = hold(self._context, self._project.root) or _Nothing()

    def __exit__(self, *_raised: object) -> None:
        self._lock.release()


def check_flags(settings: Settings) -> None:
    """What the options say against each other. Raises WeftError."""
    given = settings.sources
    if settings.no_sync and settings.frozen and given.get("no_sync", "").startswith("-"):
        raise WeftError("the argument `--no-sync` cannot be used with `--frozen`")


def settled(
    context: Context, session: Session, project: Project, groups: GroupChoice
) -> tuple[Interpreter, Environment | None]:
    """The interpreter to resolve with, and the environment where something is installed, locked
    for the rest of the command."""
    if context.settings.frozen or context.settings.no_sync:
        from weft.ops.project_python import project_interpreter

        return project_interpreter(context, session, project, groups=groups), None
    from weft.ops.environment_lock import lock
    from weft.ops.project_environment import project_environment

    environment = project_environment(context, session, project, groups=groups)
    lock(context, environment.target())
    return environment.interpreter, environment
