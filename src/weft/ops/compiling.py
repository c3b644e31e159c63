"""From a request to the pins of a compiled file.

Owns the composition: preferences out of an earlier output, the resolution for one environment or
for all, and what is asked about the answer afterwards. Refuses to write anything.
"""

from __future__ import annotations

from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weft.core.events import Warned
    from weft.core.marker import Marker
    from weft.fetch.database import Database
    from weft.fetch.selection import Rules
    from weft.index.locations import Locations
    from weft.ops.building import Building
    from weft.ops.compile_pins import Pin
    from weft.ops.compile_preferences import Preference
    from weft.ops.context import Context
    from weft.ops.direct import Direct
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.wants import Wants


class Compiled:
    """The pins of an answer, in the order of a file, and what can be said about them.

    `wants` is the request as it was resolved, `direct` what came from paths and URLs.
    `database` answers questions about the pinned versions; it and the `rules` are made when they
    are first asked for, which most texts do not need. `requires_python` says which Pythons the
    answer is for. `warnings` are for after the output.
    """

    def __init__(
        self,
        context: Context,
        wants: Wants,
        *,
        pins: Sequence[Pin],
        direct: Mapping[str, Direct],
        preferences: Sequence[Preference],
        database: Callable[[], Database],
        rules: Callable[[], Rules],
        places: Locations,
        building: Building,
        environment: Mapping[str, str] | None,
        requires_python: str,
        warnings: Sequence[Warned],
    ) -> None:
        self.wants = wants
        self.pins = pins
        self.direct = direct
        self._make_database = database
        self._make_rules = rules
        self.places = places
        self.building = building
        self.requires_python = requires_python
        self.warnings = warnings
        self._context = context
        self._preferences = preferences
        self._environment = environment

    @property
    def database(self) -> Database:
        """What exists, as the resolver saw it."""
        return self._make_database()

    @property
    def rules(self) -> Rules:
        """What decides between files."""
        return self._make_rules()

    @property
    def count(self) -> int:
        """How many packages there are, several versions of one counting as such."""
        return len({(pin.name, pin.version, pin.url) for pin in self.pins})

    def sources(self) -> Mapping[str, Sequence[str]]:
        """By name, who asked for a package besides other packages; see `compile_origins`."""
        from weft.ops.compile_origins import sources

        return sources(self._context, self.wants, self.direct, holds=self._holds)

    def relevant_markers(self) -> str:
        """The environments that the answer is known to be right for; empty for a universal one."""
        if self._environment is None:
            return ""
        from weft.ops.compile_markers import relevant_markers

        return relevant_markers(
            self.pins, self.wants, environment=self._environment, database=self.database
        )

    def hashes(self) -> Mapping[Pin, Sequence[str]]:
        """The hashes of the pins; none where they are not asked for."""
        if not self._context.settings.generate_hashes:
            return {}
        from weft.ops.compile_hashes import hashes_of

        return hashes_of(
            self.pins, self._preferences, database=self.database, building=self.building
        )

    def _holds(self, marker: Marker | None) -> bool:
        if marker is None or self._environment is None:
            return True
        return marker.evaluate(self._environment)


def compile_wants(
    context: Context, session: Session, wants: Wants, *, building: Building, lock: bool
) -> Compiled:
    """Resolve, for one environment or for all. Raises NoSolution and errors of the index.

    With `lock` it is for a lock file: the pins say everything that the file will say.
    """
    from weft.ops.compile_preferences import read_preferences
    from weft.ops.compile_warnings import warn_before

    settings = context.settings
    session.locations(wants)
    preferences = read_preferences(context, lock=lock)
    if wants.trees:
        from weft.ops.trees import with_trees

        wants = with_trees(context, wants, building.tree_metadata)
    warn_before(context, wants)
    if settings.universal:
        from weft.ops.compile_universal import compile_universal

        return compile_universal(
            context, session, wants, building=building, preferences=preferences
        )
    return _compile_here(
        context,
        session,
        wants,
        building=building,
        preferences=preferences,
        with_markers=lock or settings.no_strip_markers,
        whole_markers=lock,
    )


def _compile_here(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    building: Building,
    preferences: Sequence[Preference],
    with_markers: bool,
    whole_markers: bool,
) -> Compiled:
    """For the environment of the interpreter, or the one that the options name.

    `whole_markers` keeps what every Python from the one here on meets, as locks do.
    """
    from weft.ops.compile_pins import pins_of
    from weft.ops.compile_warnings import warnings_after
    from weft.ops.platforms import judge
    from weft.ops.resolving import resolve_wants

    settings = context.settings
    judged = judge(settings, building.interpreter)
    wants = replace(wants, preferences=_versions(preferences, judged))
    answer = resolve_wants(
        context.changed(dry_run=True),  # nothing is fetched ahead: nothing is installed
        session,
        wants,
        judged=judged,
        installed=(),
        building=building,
    )
    wants = replace(wants, indexes=answer.indexes)
    made: list[Database] = []

    def database() -> Database:
        if not made:
            made.append(database_of(context, session, wants, judged, building=building))
        return made[0]

    markers: Mapping[str, str] = {}
    if with_markers:
        from weft.ops.compile_markers import markers_of

        markers = markers_of(answer, wants, judged=judged, database=database(), whole=whole_markers)
    pins = pins_of(answer, markers)
    return Compiled(
        context,
        wants,
        pins=pins,
        direct=answer.direct,
        preferences=preferences,
        database=database,
        rules=lambda: _rules(context, wants, judged),
        places=session.locations(wants),
        building=building,
        environment=judged.environment,
        requires_python=f">={settings.python_version or judged.python}",
        warnings=warnings_after(
            context, wants, pins, missing=answer.resolution.missing_extras, database=database
        ),
    )


def _rules(context: Context, wants: Wants, judged: Judged) -> Rules:
    from weft.ops.asking import rules

    return rules(context, wants, judged)


def _versions(preferences: Iterable[Preference], judged: Judged) -> dict[str, str]:
    """The preferred version of each name here; the first of several counts."""
    found: dict[str, str] = {}
    for each in preferences:
        if each.marker is None or each.marker.evaluate(judged.environment):
            found.setdefault(each.name, each.version)
    return found


def database_of(
    context: Context, session: Session, wants: Wants, judged: Judged, *, building: Building
) -> Database:
    """What the resolver saw, for questions about the versions that it chose.

    Everything it answers with has been read already, in this run or in that of an earlier answer.
    """
    from weft.fetch.database import Database
    from weft.ops.asking import pinned, rules
    from weft.ops.gathering import sdist
    from weft.ops.reuse import open_ledger

    limits = rules(context, wants, judged)
    places = session.locations(wants)
    return Database(
        session.client(),
        places,
        limits,
        pool=session.threads,
        offline=context.settings.offline,
        pinned=pinned(context, places, wants.indexes),
        noted=open_ledger(session, limits),
        built=lambda name, version, file: building.builder.metadata(
            sdist(name, version, file, wants)
        ),
    )
