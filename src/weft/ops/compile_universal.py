"""`weft pip compile --universal`: one answer for all platforms and for Pythons from one on.

Owns whether outlines or a resolution answer a request (`weft.ops.compile_everywhere`), and the
translation of the answer into pins.
Refuses to write anything.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.ops.platforms import judge
from weft.resolver.sited import INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.distribution import File
    from weft.fetch.selection import Rules
    from weft.fetch.universal import UniversalDatabase
    from weft.ops.building import Building
    from weft.ops.compile_pins import Pin
    from weft.ops.compile_places import ReadPlaces
    from weft.ops.compile_preferences import Preference
    from weft.ops.compile_trace import Missing
    from weft.ops.compiling import Compiled
    from weft.ops.context import Context
    from weft.ops.direct import Direct
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.resolver.joining import UniversalPackage, UniversalResolution
    from weft.resolver.universal import UniversalRequest


def compile_universal(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    building: Building,
    preferences: Sequence[Preference],
) -> Compiled:
    """Resolve for everybody. Raises NoSolution, ConflictingUrls and errors of the index."""
    from weft.ops.compile_trace import recall_pins, universal_key
    from weft.ops.compile_warnings import warnings_after
    from weft.ops.compiling import Compiled

    asking = Asking(context, session, wants, building=building, preferences=preferences)
    key = universal_key(asking)
    found = recall_pins(context, session, key) if key is not None else None
    pins, missing = found or _pinned(asking, key)
    return Compiled(
        context,
        wants,
        pins=pins,
        direct=asking.direct,
        preferences=preferences,
        database=lambda: asking.source,
        rules=lambda: asking.limits,
        places=session.locations(wants),
        building=building,
        environment=None,
        requires_python=asking.python.text,
        warnings=warnings_after(
            context, wants, pins, missing=missing, database=lambda: asking.source
        ),
    )


class Asking:
    """A request in one world of settings; the source is made when it is first asked for."""

    def __init__(
        self,
        context: Context,
        session: Session,
        wants: Wants,
        *,
        building: Building,
        preferences: Sequence[Preference],
    ) -> None:
        self.context = context
        self.session = session
        self.wants = wants
        self.building = building
        self.preferences = preferences
        self.python = python_of(context, building)
        self.judged = judge(context.settings, building.interpreter)
        self._limits: Rules | None = None
        self._found: tuple[UniversalDatabase, ReadPlaces] | None = None

    @property
    def limits(self) -> Rules:
        """What decides between files."""
        if self._limits is None:
            from weft.ops.compile_everywhere import universal_rules

            self._limits = universal_rules(self.context, self.wants, self.judged, self.python)
        return self._limits

    @property
    def source(self) -> UniversalDatabase:
        """What exists."""
        return self._sources()[0]

    @property
    def places(self) -> ReadPlaces:
        """What lies at paths and URLs."""
        return self._sources()[1]

    @property
    def direct(self) -> Mapping[str, Direct]:
        """What was found there."""
        return {} if self._found is None else self.places.found

    def request(self) -> UniversalRequest:
        """The request as the resolver takes it, but for the requirements."""
        from weft.ops.compile_everywhere import request_of

        return request_of(self.context, self.wants, self.python, self.preferences)

    def again(self, world: Context) -> Asking:
        """The same under other settings."""
        return Asking(
            world, self.session, self.wants, building=self.building, preferences=self.preferences
        )

    def _sources(self) -> tuple[UniversalDatabase, ReadPlaces]:
        if self._found is None:
            from weft.ops.compile_everywhere import universal_source

            self._found = universal_source(
                self.context,
                self.session,
                self.wants,
                rules=self.limits,
                python=self.python,
                building=self.building,
            )
        return self._found


def _pinned(asking: Asking, key: str | None) -> tuple[tuple[Pin, ...], Missing]:
    """The pins of an answer that is made now, and the extras that are missing in it."""
    from weft.ops.compile_plainly import universal_trial
    from weft.ops.compile_trace import remember_pins

    context, session = asking.context, asking.session
    by_extra = context.settings.no_strip_extras
    trial = universal_trial(asking)
    plain = trial.answer() if trial is not None else None
    if trial is not None and plain is not None:
        pins = _Pinning(plain, trial.file, None, asking.python).pins(by_extra=by_extra)
        remember_pins(context, session, key, pins, (), pages=trial.pages())
        return pins, ()
    from weft.ops.compile_everywhere import resolve
    from weft.resolver.universal import Reading

    reading = Reading()
    resolution = resolve(asking, reading)
    pinning = _Pinning(resolution, asking.source.file, asking.places, asking.python)
    pins = pinning.pins(by_extra=by_extra)
    session.client().save_ledger()
    if trial is not None:
        trial.keep(asking.source, resolution, reading)
    missing = resolution.missing_extras
    remember_pins(context, session, key, pins, missing, pages=session.client().pages_read())
    return pins, missing


def python_of(context: Context, building: Building) -> Specifiers:
    """The Pythons to resolve for: the wanted version or that of the interpreter, and newer."""
    version = context.settings.python_version
    if version is None:
        version = ".".join(building.interpreter.version.split(".")[:2])
    return Specifiers.parse(f">={version}")


class _Pinning:
    """Makes pins of an answer. Markers lose what all `python` meet."""

    def __init__(
        self,
        resolution: UniversalResolution,
        file: Callable[[str, int], File | None],
        places: ReadPlaces | None,
        python: Specifiers,
    ) -> None:
        self._resolution = resolution
        self._file = file
        self._places = places
        self._supported = MarkerSet.of_python(python)
        self._dependents: dict[tuple[str, str, str, str], set[str]] = {}
        for package in resolution.packages:
            for edge in package.dependencies:
                for extra in ("", *edge.extras) if edge.name != package.name else ():
                    key = (edge.name, edge.version, edge.url, extra)
                    self._dependents.setdefault(key, set()).add(package.name)

    def pins(self, *, by_extra: bool) -> tuple[Pin, ...]:
        """In the order of a file; `by_extra` gives extras that count elsewhere their own pins."""
        from weft.ops.compile_pins import in_order

        found = []
        for package in self._resolution.packages:
            groups: dict[MarkerSet, list[str]] = {package.marker: []}
            for extra, marker in zip(package.extras, package.extra_markers, strict=True):
                groups.setdefault(marker if by_extra else package.marker, []).append(extra)
            for marker, extras in groups.items():
                found.append(self._pin(package, marker, extras))
        return in_order(found)

    def _pin(self, package: UniversalPackage, marker: MarkerSet, extras: list[str]) -> Pin:
        from weft.ops.compile_pins import Pin

        name, url = package.name, package.url
        place = f"{name} @ {url}" if url else name
        whose = [""] if marker == package.marker else extras
        dependents = [
            self._dependents.get((name, package.version, url, extra), set()) for extra in whose
        ]
        return Pin(
            name,
            package.version,
            package.position,
            tuple(extras),
            marker.simplified(self._supported).text,
            tuple(sorted(set().union(*dependents))),
            self._file(place, package.position),
            self._read(place) if url and not url.startswith(INDEX) else None,
            url,
            marker,
        )

    def _read(self, place: str) -> Direct:
        assert self._places is not None, "without places nothing has a URL"
        return self._places.read(place)
