"""What an earlier output of `weft pip compile` pins.

Owns reading it back: versions to prefer and the hashes that were written for them. Refuses to
insist: a pin that does not fit any more counts for nothing. Follows pip's requirements file format.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.marker import Marker
    from weft.core.names import NormalizedName
    from weft.ops.context import Context
    from weft.project.lines import RequirementLine


@value
class Preference:
    """One `name==version`, where `marker` holds (None: everywhere).

    `hashes` are `(algorithm, hexadecimal digest)` in the order of the file.
    """

    name: NormalizedName
    version: str
    marker: Marker | None = None
    hashes: tuple[tuple[str, str], ...] = ()


def read_preferences(context: Context, *, lock: bool) -> tuple[Preference, ...]:
    """The pins of the output file; none without one, and none of what is to be upgraded.

    With `lock` it is a lock file. Raises WeftError where the file is there and cannot be read.
    """
    from weft.system.lean import os

    settings = context.settings
    if settings.output_file is None or settings.upgrade:
        return ()
    path = os.path.join(context.cwd, settings.output_file)
    if not os.path.isfile(path):
        return ()
    leaving = _leaving(settings.upgrade_package)
    if lock:
        return tuple(_locked(context, settings.output_file, leaving))
    from weft.ops.reading import reader_of
    from weft.project.inputs import Collector
    from weft.project.sources import Choice

    collector = Collector(
        read=reader_of(context), environ=context.environ, directory=context.cwd, choice=Choice()
    )
    collector.file(settings.output_file, "requirement")
    return tuple(_pins(collector.inputs().requirements, leaving))


def _locked(context: Context, path: str, leaving: frozenset[str]) -> Iterable[Preference]:
    """The versions of a lock file, whose hashes are asked for again."""
    from weft.core.marker import Marker
    from weft.ops.locked import read_lock

    for package in read_lock(context, path).document.packages:
        if package.version and package.name not in leaving:
            marker = Marker.parse(package.marker) if package.marker else None
            yield Preference(package.name, package.version, marker)  # type: ignore[arg-type]


def _leaving(texts: Iterable[str]) -> frozenset[str]:
    from weft.core.requirement import Requirement

    return frozenset([str(Requirement.parse(text).name) for text in texts])


def _pins(lines: Iterable[RequirementLine], leaving: frozenset[str]) -> Iterable[Preference]:
    for line in lines:
        requirement = line.requirement
        if requirement is None or requirement.url is not None or requirement.name in leaving:
            continue
        version = _exact(requirement.specifiers.text)
        if version is not None:
            yield Preference(requirement.name, version, requirement.marker, line.hashes)


def _exact(specifiers: str) -> str | None:
    """The version of a lone `==version`, in normal form."""
    if not specifiers.startswith("==") or specifiers.startswith("===") or "," in specifiers:
        return None
    from weft.core.version import Version, VersionError

    try:
        return str(Version.parse(specifiers[2:].strip()))
    except VersionError:
        return None  # `==1.*`
