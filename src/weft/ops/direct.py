"""Requirements that name a file, a directory, a URL or a Git repository instead of a project.

Owns finding out which project and version each is, and what such projects require by URL in turn.
Refuses to choose among versions: a direct requirement has one.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weft.core.distribution import DirectUrl, File
    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.core.source import Source
    from weft.fetch.projects import Candidate
    from weft.ops.building import Building
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.project.lines import RequirementLine

    # A requirement, and as it was written by somebody else where it is not the user's.
    Line = tuple[RequirementLine, Requirement | None]


class ConflictingUrls(WeftError):
    """Two requirements name different places for the project `name`; exit code 1."""

    exit_code = 1

    def __init__(self, name: str, *places: str) -> None:
        first, second = sorted(places)
        super().__init__(
            f"Requirements contain conflicting URLs for package `{name}`:\n- {first}\n- {second}"
        )
        self.name = name


@value
class Direct:
    """One such requirement, by its name now, with the one candidate that can meet it.

    `source` is set for what has to be built. `requirement` has no URL any more; `written` is as
    somebody else's metadata has it, None for one of the user's. `lines` are those that name it.
    """

    requirement: Requirement
    candidate: Candidate
    direct_url: DirectUrl
    source: Source | None = None
    written: Requirement | None = None
    lines: tuple[RequirementLine, ...] = ()


@value
class Directs:
    """Direct requirements by normalized name, and the one index of projects that have one.

    `replaced` are those in whose place an override counts, by name only.
    """

    found: Mapping[str, Direct]
    indexes: Mapping[str, str]
    replaced: tuple[Requirement, ...] = ()


def read_direct(
    session: Session,
    building: Building,
    lines: Iterable[RequirementLine],
    judged: Judged,
    *,
    dependencies: bool = True,
    limits: Iterable[Requirement] = (),
    overridden: frozenset[str] = frozenset(),
) -> Directs:
    """Lines whose marker does not hold here are left out.

    With `dependencies`, what these require by URL is among them. `limits` are constraints and
    overrides with a URL, which count as somebody else's; nothing else does of a project that is
    `overridden`.
    """
    from weft.ops.direct_sources import locate

    found: dict[str, Direct] = {}
    indexes: dict[str, str] = {}
    waiting: list[Line] = [(line, None) for line in lines if _applies(line, judged)]
    ours = tuple(limits)
    waiting += [(_limit_line(limit), limit) for limit in ours]
    replaced: list[Requirement] = []
    while waiting:
        waiting = _without(waiting, ours, overridden, replaced)
        places = [locate(line, building) for line, _ in waiting]
        for (line, written), place in zip(waiting, places, strict=True):
            source, on_command_line = place.source, written is None and not line.origin
            if on_command_line and source is not None and source.kind == "directory":
                building.fresh.add(source)  # who names a directory has changed something in it
        build_ahead(building, [place.source for place in places if place.source is not None])
        following: list[Line] = []
        for (_, written), place in zip(waiting, places, strict=True):
            direct = place.direct(session, building)
            if written not in ours and direct.requirement.name in overridden:
                replaced.append(direct.requirement)
                continue
            if written is not None:
                direct = replace(direct, written=written)
            news = _add(found, direct)
            if dependencies and news:
                following += _required(direct, building, judged, indexes)
        waiting = following
    return Directs(found, indexes, tuple(replaced))


def _limit_line(limit: Requirement) -> RequirementLine:
    """A constraint or an override with a URL; its marker holds."""
    from weft.project.lines import RequirementLine

    return RequirementLine(replace(limit, marker=None), None, text=limit.text, origin="a limit")


def _without(
    waiting: list[Line],
    ours: tuple[Requirement, ...],
    overridden: frozenset[str],
    replaced: list[Requirement],
) -> list[Line]:
    """Those that count: nobody looks for what an override replaces."""
    kept = []
    for line, written in waiting:
        named = line.requirement
        if named is None or written in ours or named.name not in overridden:
            kept.append((line, written))
        elif written is None:
            replaced.append(replace(named, url=None, marker=None))
    return kept


def _applies(line: RequirementLine, judged: Judged) -> bool:
    marker = line.requirement.marker if line.requirement is not None else line.marker
    return marker is None or marker.evaluate(judged.environment)


def build_ahead(building: Building, sources: list[Source]) -> None:
    """Several sources find out their metadata side by side."""
    if len(sources) > 1:
        builder = building.builder
        building.in_threads([lambda source=source: builder.metadata(source) for source in sources])  # type: ignore[misc]


def _add(found: dict[str, Direct], direct: Direct) -> bool:
    """Whether it tells something new: another extra counts."""
    name = str(direct.requirement.name)
    before = found.get(name)
    if before is None:
        found[name] = direct
        return True
    if _place(before) != _place(direct):
        raise ConflictingUrls(name, _shown(before), _shown(direct))
    before = found[name] = replace(before, lines=(*before.lines, *direct.lines))
    extras = tuple(dict.fromkeys((*before.requirement.extras, *direct.requirement.extras)))
    chosen = direct if direct.direct_url.editable else before  # one that is editable wins
    changes = chosen is not before and not before.direct_url.editable
    if extras == before.requirement.extras and not changes:
        return False
    written = before.written if direct.written is not None else None
    requirement = replace(before.requirement, extras=extras)
    found[name] = replace(chosen, requirement=requirement, written=written, lines=before.lines)
    return True


def _place(direct: Direct) -> tuple[str, str, str]:
    """What makes two URLs the same place."""
    from weft.install.plan import canonical_url

    url = direct.direct_url
    return canonical_url(url.url), url.subdirectory or "", url.vcs.commit if url.vcs else ""


def _shown(direct: Direct) -> str:
    return direct.direct_url.shown


def _required(
    direct: Direct, building: Building, judged: Judged, indexes: dict[str, str]
) -> list[Line]:
    """What its metadata requires by URL or by its sources, for the extras that are asked for.

    What its sources want from one index is noted in `indexes`.
    """
    extras = frozenset(direct.requirement.extras)
    lines: list[Line] = []
    for line in dependencies_of(direct, building):
        requirement = line.requirement
        if requirement is None or (requirement.url is None and not line.index):
            continue
        marker = requirement.marker
        if marker is not None and not marker.evaluate(judged.environment, extras):
            continue
        if requirement.url is None:
            indexes.setdefault(str(requirement.name), line.index)
        else:
            lines.append(
                (replace(line, requirement=replace(requirement, marker=None)), requirement)
            )
    return lines


def dependencies_of(direct: Direct, building: Building) -> list[RequirementLine]:
    """All that its metadata requires; `[tool.uv.sources]` of a tree say from where."""
    from weft.project.lines import RequirementLine

    requirements = direct.candidate.metadata().requirements
    source = direct.source
    if not requirements or source is None or source.kind not in ("directory", "git"):
        return [RequirementLine(each, None, text=each.text) for each in requirements]
    from weft.fetch.orders import address_of
    from weft.ops.trees import source_choice
    from weft.project.sources import Checkout, lower

    tree = building.builder.tree(source)
    checkout = None
    if source.kind == "git":
        root = tree.removesuffix(f"/{source.subdirectory}") if source.subdirectory else tree
        checkout = Checkout(address_of(replace(source, subdirectory="")), root)
    return lower(requirements, tree, choice=source_choice(building.context), checkout=checkout)


@value
class Place:
    """Where a direct requirement leads, before its metadata is read."""

    line: RequirementLine
    direct_url: DirectUrl
    file: File | None = None
    source: Source | None = None

    def name(self) -> str:
        """The project's normalized name where nothing has to be built for it, else empty."""
        if self.source is not None:
            return self.source.name
        from weft.core.filename import WheelName

        return WheelName.parse(self.file.filename).name if self.file is not None else ""

    def direct(self, session: Session, building: Building) -> Direct:
        """With name and version. Raises what reading or building raises."""
        if self.source is not None:
            return self._from_source(building, self.source)
        assert self.file is not None, "what is not built is a wheel"
        return self._from_wheel(session, self.file)

    def _from_wheel(self, session: Session, file: File) -> Direct:
        from weft.core.filename import WheelName
        from weft.fetch.projects import Candidate

        wheel = WheelName.parse(file.filename)
        given = self.line.requirement
        if given is not None and given.name != wheel.name:
            from weft.store.errors import SourceMismatch

            raise SourceMismatch("name", found=wheel.name, given=given.name)
        candidate = Candidate(wheel.version, _reader(session, file), file)
        requirement = self._requirement(wheel.name)
        return Direct(requirement, candidate, self.direct_url, lines=(self.line,))

    def _from_source(self, building: Building, source: Source) -> Direct:
        from weft.fetch.projects import Candidate

        metadata = building.builder.metadata(source)
        candidate = Candidate(metadata.version, lambda: metadata, None)
        requirement = self._requirement(metadata.normalized_name)
        return Direct(requirement, candidate, self.direct_url, source, lines=(self.line,))

    def _requirement(self, name: str) -> Requirement:
        from weft.core.requirement import Requirement
        from weft.core.specifier import ANY

        given = self.line.requirement
        extras = given.extras if given is not None else tuple(self.line.extras)
        return Requirement(name, extras, ANY, None, None)  # type: ignore[arg-type]


def _reader(session: Session, file: File) -> Callable[[], Metadata]:
    def read() -> Metadata:
        from weft.core.metadata import unpack

        return unpack(session.client().metadata(file))

    return read
