"""Where files for a directory are made, and the ways in which they come to be.

Owns the working directory below a destination with its sweeping, a file as a clone or copy of one
that there is, and the source distribution of a tree. Refuses to know which files are wanted.
Follows PEP 517 for the last.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from weft.link.modes import Pair
    from weft.link.route import RealMode
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.pip_download_files import Item

_WAYS: dict[str, tuple[RealMode, ...]] = {
    "auto": ("clone", "copy"),  # a person may change what lies in a folder, so no hard link
    "clone": ("clone", "copy"),
    "hardlink": ("hardlink", "copy"),
    "symlink": ("symlink", "copy"),
    "copy": ("copy",),
}


class Workplace:
    """A directory of one's own in `folder/name`, with what killed runs left there removed.

    Leaving the context removes it; `folder` is made if it is missing. `now` is in epoch seconds.
    """

    def __init__(self, folder: str, name: str, *, now: float) -> None:
        from weft.store.errors import StagingRefused
        from weft.store.staging import Staging
        from weft.system.files import make_directory

        make_directory(folder)
        self._above = os.path.join(folder, name)
        try:
            self._staging = Staging(self._above)
        except (StagingRefused, SystemFailure) as error:
            cause = error.error
            raise SystemFailure("write to", folder, cause) from OsCause(cause)
        self.path = self._staging.path
        self._sweep(now)

    def _sweep(self, now: float) -> None:
        from weft.store.staging import is_stale
        from weft.system.removal import remove_tree

        for name in os.listdir(self._above):
            path = os.path.join(self._above, name)
            if path != self.path and is_stale(path, now=now):
                remove_tree(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._staging.close()
        try:
            os.rmdir(self._above)
        except OSError:
            pass  # another run works there


def bring(path: str, directory: str, filename: str, *, mode: str) -> str:
    """A file of `directory` with the content of `path`, as cheap as `mode` allows; its path.

    Raises SystemFailure.
    """
    from weft.link.modes import Pair

    target = os.path.join(directory, filename)
    above, _, name = path.rpartition(os.sep)
    try:
        pair = Pair(os.fsencode(above or os.sep), os.fsencode(directory))
        try:
            _first_that_works(pair, name, filename, ways=_WAYS[mode])
        finally:
            pair.close()
    except OSError as error:
        raise SystemFailure("write", target, error) from OsCause(error)
    return target


def _first_that_works(pair: Pair, name: str, filename: str, *, ways: tuple[RealMode, ...]) -> None:
    """Raises the OSError of the last way."""
    from weft.link.modes import MODES

    for way in ways:
        try:
            MODES[way](pair, os.fsencode(name), os.fsencode(filename))
            return
        except OSError:
            if way == ways[-1]:
                raise


def build_sdist(context: Context, building: Building, item: Item, directory: str) -> str:
    """The source distribution of a directory or repository, in `directory`; its path.

    Raises BuildFailed, and WheelRefused where nothing may be built.
    """
    from weft.core.events import Step
    from weft.core.source import Source
    from weft.fetch.orders import BuildFailed, WheelRefused, shown
    from weft.fetch.tree_build import BuildSettings, TreeBuild
    from weft.index.urls import file_url
    from weft.ops.building import Ordered

    assert item.source is not None
    settings = context.settings
    if settings.no_build or item.name in settings.no_build_package:
        raise WheelRefused(item.name)
    told = shown(item.source)
    context.sink(Step("Building", told))
    try:
        tree = building.builder.tree(item.source)
        orders = building.orders(Source("directory", file_url(tree), name=item.name))
        scratch = os.path.join(directory, f"build-{item.name}")
        build = TreeBuild(
            tree,
            shown=told,
            environments=Ordered(building.environments, orders),
            scratch=scratch,
            settings=BuildSettings(
                orders.config_settings,
                in_place=item.source.kind == "directory",
                lock_timeout=settings.lock_timeout,
            ),
        )
        output = os.path.join(directory, f"sdist-{item.name}")
        os.makedirs(output)
        path = build.sdist(output)
    except WeftError as error:
        raise BuildFailed(item.source, error) from error
    context.sink(Step("Built", told))
    return path
