"""Finding the route between two places, by trying it.

Owns the trial of each mode under a temporary name, and what this process has learned from it.
Refuses to conclude from device numbers; also a trial must not cost what it is to find out (a link
on an overlay may copy the file). Follows the order of `link.route`.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure
from weft.link.modes import MODES, Pair
from weft.link.places import find_places, way_of
from weft.link.route import HARDLINK, after, again, error_number, first_route, is_lasting
from weft.system.files import make_directory, random_name
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.link.places import Group, Places, Way
    from weft.link.route import LinkMode, Route
    from weft.system.mounts import Mounts

# Where the first mode that works was found, for the rest of this process.
_known_routes: dict[tuple[LinkMode, Places], Route] = {}


class Finder:
    """Finds routes among the mounts of one moment.

    `thorough`: errors about a single file (another owner's, one with too many links) count as
    well, so that the route is that of the file tried.
    """

    def __init__(self, mounts: Mounts, *, thorough: bool = False) -> None:
        self.mounts = mounts
        self.thorough = thorough
        self.overlays = frozenset(
            mount.identifier for mount in mounts.mounts if mount.fstype == "overlay"
        )

    def find_way(self, tree: str, groups: Iterable[Group], *, mode: LinkMode) -> Way | None:
        """The way that the first file of `groups` will go; None where all are empty.

        Makes that file's directory. Raises SystemFailure.
        """
        for source, target, names, _ in groups:
            if names:
                pair = open_pair(os.path.join(os.fsencode(tree), source), target)
                try:
                    places = find_places(pair)
                    return way_of(self.find(pair, names[0], mode=mode, places=places), places)
                finally:
                    pair.close()
        return None

    def find(self, pair: Pair, name: bytes, *, mode: LinkMode, places: Places) -> Route:
        """The first route that works between two places; remembered if it is that of all files."""
        if self.thorough:
            return self._search(pair, name, mode=mode, places=places)
        route = _known_routes.get((mode, places))
        if route is None:
            route = self._search(pair, name, mode=mode, places=places)
            _known_routes[(mode, places)] = route
        return route

    def _search(self, pair: Pair, name: bytes, *, mode: LinkMode, places: Places) -> Route:
        route = first_route(mode)
        while (following := route.next) is not None:
            error = self.attempt(pair, name, route, places=places)
            if error is None:
                break
            number = error_number(error)
            if route.mode == HARDLINK and number == errno.EXDEV:
                via = self._find_cover(pair, name, route, places=places)
                if via:
                    route = again(route, number, via=via)
                    break
            if not self.thorough and not is_lasting(route.mode, number):
                break  # the matter of this one file, met again when it is placed
            route = after(route, number) or following
        return route

    def open_covered(self, pair: Pair, via: int, *, places: Places) -> Pair | None:
        """The directories of `pair` through the mount `via`; None where it does not show them."""
        from weft.link.covers import open_through

        cover = self.mounts.by_identifier(via)
        return open_through(cover, pair, places, self.mounts) if cover else None

    def _find_cover(self, pair: Pair, name: bytes, route: Route, *, places: Places) -> int:
        """The number of a mount that `name` can be linked through; 0 if there is none."""
        from weft.link.covers import candidates

        for cover in candidates(places, self.mounts):
            covered = self.open_covered(pair, cover.identifier, places=places)
            if covered is None:
                continue
            same = ((cover.identifier, places[0][1]), (cover.identifier, places[1][1]))
            try:
                if self.attempt(covered, name, route, places=same) is None:
                    return cover.identifier
            finally:
                covered.close()
        return 0

    def attempt(self, pair: Pair, name: bytes, route: Route, *, places: Places) -> OSError | None:
        """Make a file in the mode of `route`, and remove it; the error if that is refused."""
        if route.mode == HARDLINK and places[0][0] == places[1][0] in self.overlays:
            return None  # works within one mount; `link.overlay` sees what it costs, file by file
        temporary = random_name().encode()
        try:
            MODES[route.mode](pair, name, temporary)
        except OSError as error:
            return error
        os.unlink(pair.target_name(temporary), dir_fd=pair.target)
        return None


def open_pair(source: bytes, target: bytes) -> Pair:
    """The two directories of a group; that of the target is made if missing.

    Raises SystemFailure.
    """
    try:
        return Pair(source, target)
    except OSError:
        make_directory(os.fsdecode(target))  # raises where it is a file, or cannot be made
    try:
        return Pair(source, target)
    except OSError as error:
        raise SystemFailure("open directory", os.fsdecode(source), error) from OsCause(error)
