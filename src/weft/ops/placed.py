"""What a lock has from paths, URLs and repositories, as an answer has it.

Owns the versions of what a lock names by its place alone. Refuses to choose: a lock has chosen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.distribution import DirectUrl, File
    from weft.core.metadata import Metadata
    from weft.core.source import Source
    from weft.ops.building import Building
    from weft.ops.direct import Direct
    from weft.ops.session import Session


def directs_of(
    placed: Mapping[str, tuple[DirectUrl, Source | None, File | None]],
    versions: Mapping[str, str],
    *,
    session: Session,
    building: Building,
) -> dict[str, Direct]:
    """By name, with versions; sources that have to be asked for theirs are asked side by side."""
    from functools import partial

    from weft.core.requirement import Requirement
    from weft.fetch.projects import Candidate
    from weft.ops.direct import Direct

    asked = [source for name, (_, source, _) in placed.items() if source and not versions[name]]
    if asked:
        builder = building.builder
        building.in_threads([partial(builder.metadata, source) for source in asked])
    directs = {}
    for name, (record, source, file) in placed.items():
        read = partial(_metadata, session, building, source or file)
        version = versions[name] or read().version
        requirement = Requirement.parse(name)
        directs[name] = Direct(requirement, Candidate(version, read, file), record, source)
    return directs


def _metadata(session: Session, building: Building, place: Source | File | None) -> Metadata:
    from weft.core.distribution import File
    from weft.core.metadata import unpack

    if isinstance(place, File):
        return unpack(session.client().metadata(place))
    assert place is not None, "what is no wheel is built"
    return building.builder.metadata(place)
