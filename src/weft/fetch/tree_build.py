"""One source tree and its back end.

Owns the order of hooks and what their answers must be: one wheel, under the name that was told.
Refuses to make environments, to choose sources, and to read what was built.
Follows PEP 517 and PEP 660.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import value
from weft.fetch.build_system import read_build_system
from weft.fetch.hooks import HookAbsent, Hooks
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Literal, NoReturn

    from weft.fetch.build_system import BuildSystem, Environments, Isolated

    Kind = Literal["wheel", "editable", "sdist"]

    __all__ = ["BuildSettings", "Environments", "TreeBuild"]


@value
class BuildSettings:
    """`config_settings` go to every hook. `stream` hears what back ends say while they say it.

    `in_place` tells that others may build the same tree at the same time, so that a back end that
    leaves files in it needs a lock; `lock_timeout` is in seconds, None waits for ever. `trace`
    hears each call of a hook.
    """

    config_settings: Mapping[str, str | bool | list[str]]
    stream: Callable[[bytes], None] | None = None
    in_place: bool = True
    lock_timeout: float | None = None
    trace: Callable[[str], None] | None = None


class BadFilename(WeftError):
    """A back end gave its wheel or source distribution a name that is none; the cause says why."""

    exit_code = 1

    def __init__(self, what: str, cause: WeftError) -> None:
        super().__init__(f"Built {what} has an invalid filename")
        self.__cause__ = cause


class TreeBuild:
    """The hooks of one tree during one run. Not thread-safe.

    `scratch` is a directory of its own, which the caller removes; `shown` is how messages name the
    source. Errors of the tree itself (NotAProject, BadBuildSystem) come with the first question.
    """

    def __init__(
        self,
        tree: str,
        *,
        shown: str,
        environments: Environments,
        scratch: str,
        settings: BuildSettings,
    ) -> None:
        self.tree = tree
        self.shown = shown
        self._environments = environments
        self._scratch = scratch
        self._settings = settings
        self._system: BuildSystem | None = None
        self._hooks: Hooks | None = None
        self._isolated: dict[Kind, Isolated] = {}
        self._metadata: dict[Kind, str] = {}

    @property
    def system(self) -> BuildSystem:
        """What the tree says about its build. Raises NotAProject and BadBuildSystem."""
        if self._system is None:
            shown = self.tree if self._settings.in_place else self.shown
            self._system = read_build_system(self.tree, shown=shown)
        return self._system

    def metadata(self, *, editable: bool = False) -> str | None:
        """Path of a `.dist-info` that the back end prepared; None where it prepares none.

        Raises BuildFailure, and what making the environment raises.
        """
        if _metadata_differs(self.system):
            return None
        kind: Kind = "editable" if editable else "wheel"
        directory = self._empty(f"metadata-{kind}")
        hook = f"prepare_metadata_for_build_{kind}"
        try:
            name = self._call(kind, hook, metadata_directory=directory, _allow_fallback=False)
        except HookAbsent:
            return None
        self._metadata[kind] = self._answer(hook, name, directory, is_right=os.path.isdir)
        return self._metadata[kind]

    def wheel(self, directory: str, *, editable: bool = False) -> str:
        """Build the wheel into `directory` and return its path.

        Raises BuildFailure, BadFilename, and what making the environment raises.
        """
        from weft.core.filename import FilenameError, WheelName

        kind: Kind = "editable" if editable else "wheel"
        prepared = self._metadata.get(kind)
        path = self._build(kind, f"build_{kind}", metadata_directory=prepared)
        try:
            WheelName.parse(os.path.basename(path))
        except FilenameError as error:
            raise BadFilename("wheel", error) from error
        written = [name for name in os.listdir(os.path.dirname(path)) if name.endswith(".whl")]
        if len(written) > 1:
            listed = ", ".join(f"`{name}`" for name in sorted(written))
            self._refuse(
                f"build_{kind}", f"{len(written)} wheels were written instead of one: {listed}"
            )
        return deliver(path, directory)

    def sdist(self, directory: str) -> str:
        """Build the source distribution into `directory` and return its path.

        Raises BuildFailure, BadFilename, and what making the environment raises.
        """
        from weft.core.filename import SDIST_EXTENSIONS, FilenameError

        path = self._build("sdist", "build_sdist")
        name = os.path.basename(path)
        if not name.endswith(SDIST_EXTENSIONS):
            error = FilenameError(name, "Unsupported file extension", kind="source distribution")
            raise BadFilename("source distribution", error)
        return deliver(path, directory)

    def _build(self, kind: Kind, hook: str, **arguments: object) -> str:
        """Path of what the hook has built, in a directory where nothing else is."""
        directory = self._empty(f"built-{kind}")
        place = "sdist_directory" if kind == "sdist" else "wheel_directory"
        try:
            name = self._call(kind, hook, **{place: directory}, **arguments)
        except HookAbsent as error:
            self._refuse(hook, error.message)
        return self._answer(hook, name, directory, is_right=_is_plain_file)

    def _call(self, kind: Kind, hook: str, **arguments: object) -> object:
        arguments["config_settings"] = dict(self._settings.config_settings)
        isolated = self._environment(kind, hook, arguments)
        with self._lock():
            return self._ready_hooks().call(isolated, hook, None, **arguments)

    def _environment(self, kind: Kind, hook: str, arguments: Mapping[str, object]) -> Isolated:
        """An environment with everything that this kind of build needs; asked for once.

        `hook` is what will be called in it, and with what.
        """
        if kind not in self._isolated:
            self._isolated[kind] = self._make_environment(kind, hook, arguments)
        return self._isolated[kind]

    def _make_environment(
        self, kind: Kind, following: str, arguments: Mapping[str, object]
    ) -> Isolated:
        requires, hooks = self.system.requires, self._ready_hooks()
        isolated = self._provide(requires)
        hook = f"get_requires_for_build_{kind}"
        then = hooks.following(isolated, following, arguments, requires)
        settings = arguments["config_settings"]
        with self._lock():
            answer = hooks.call(isolated, hook, then, config_settings=settings)
        further = [text for text in self._requirements(hook, answer) if text not in requires]
        return self._provide((*requires, *further)) if further else isolated

    def _provide(self, requires: tuple[str, ...]) -> Isolated:
        return self._environments.provide(requires, shown=self.shown, source_tree=self.tree)

    def _requirements(self, hook: str, answer: object) -> list[str]:
        from weft.core.requirement import Requirement, RequirementError
        from weft.store.errors import shown

        if not isinstance(answer, list):
            self._refuse(hook, f"Expected a list of requirements, found `{shown(repr(answer))}`")
        for text in answer:
            if not isinstance(text, str):
                self._refuse(hook, f"Expected a requirement, found `{shown(repr(text))}`")
            try:
                Requirement.parse(text)
            except RequirementError as error:
                self._refuse(hook, error.detail.message)
        return answer

    def _answer(
        self, hook: str, name: object, directory: str, *, is_right: Callable[[str], bool]
    ) -> str:
        """The path that the hook's answer means. Raises BuildFailure for anything else."""
        from weft.store.errors import shown

        if not isinstance(name, str):
            self._refuse(hook, f"Expected the name of what was made, found `{shown(repr(name))}`")
        if not name or name in (".", "..") or os.path.basename(name) != name or "\0" in name:
            self._refuse(hook, f"Expected a name without a directory, found `{shown(name)}`")
        path = os.path.join(directory, name)
        if not is_right(path):
            self._refuse(hook, f"`{shown(name)}` was announced, but not written")
        return path

    def _refuse(self, hook: str, reason: str) -> NoReturn:
        self._ready_hooks().refuse(hook, reason)

    def _ready_hooks(self) -> Hooks:
        if self._hooks is None:
            settings = self._settings
            self._hooks = Hooks(
                self.tree,
                self.system,
                shown=self.shown,
                stream=settings.stream,
                trace=settings.trace,
            )
        return self._hooks

    def _empty(self, name: str) -> str:
        from weft.system.files import make_staging

        return make_staging(os.path.join(self._scratch, name))

    def _lock(self) -> AbstractContextManager[None]:
        from contextlib import nullcontext

        if not self._settings.in_place or not self.system.is_setuptools:
            return nullcontext()
        return _tree_lock(self.tree, self._settings.lock_timeout)


def _metadata_differs(system: BuildSystem) -> bool:
    """Whether prepared metadata may say other things than the wheel.

    Hatchling's build hooks may change dynamic dependencies while it builds.
    """
    return system.backend == "hatchling.build" and (
        "dependencies" in system.dynamic or "optional-dependencies" in system.dynamic
    )


def _is_plain_file(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)


def deliver(path: str, directory: str) -> str:
    """Put a file into `directory`, whole or not at all, over one of the same name."""
    from weft.system.files import make_directory, random_name

    target = os.path.join(directory, os.path.basename(path))
    try:
        make_directory(directory)
    except OSError as error:
        raise SystemFailure("create directory", directory, error) from OsCause(error)
    try:
        os.replace(path, target)
    except OSError:  # another file system
        import shutil

        beside = os.path.join(directory, random_name())
        try:
            shutil.copyfile(path, beside)
            os.replace(beside, target)
        except OSError as error:
            if os.path.lexists(beside):
                os.unlink(beside)
            raise SystemFailure("write to", target, error) from OsCause(error)
    return target


def _tree_lock(tree: str, timeout: float | None) -> AbstractContextManager[None]:
    """Keeps two builds out of one tree; where it cannot be had, builds go without it."""
    import tempfile
    from contextlib import contextmanager

    from weft.core.digest import short_digest
    from weft.system.locks import FileLock, LockUnsupported

    name = f"weft-setuptools-{short_digest(os.path.realpath(tree))}.lock"
    lock = FileLock(os.path.join(tempfile.gettempdir(), name), resource=tree)

    @contextmanager
    def hold() -> Iterator[None]:
        try:
            lock.acquire(timeout=timeout)
        except (LockUnsupported, SystemFailure):
            pass
        try:
            yield
        finally:
            lock.release()

    return hold()
