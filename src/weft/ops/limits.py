"""Requirements that limit others: constraints, overrides, and the hashes of both.

Owns what may be a limit, which limits say where a project has to come from, and how hashes of
several places come together. Refuses to find out what lies at an address.
Follows pip's hash-checking mode, and uv on limits with a path or a URL.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.requirement import Requirement
    from weft.ops.platforms import Judged
    from weft.ops.wants import Wants
    from weft.project.lines import RequirementLine


def named(lines: Iterable[RequirementLine], what: str) -> list[Requirement]:
    """Limits need a name, even if it is one that can be read off their path. Raises WeftError."""
    found = []
    for line in lines:
        requirement = line.requirement or _with_name(line)
        if requirement is None:
            raise WeftError(
                f"{what} must be named requirements, but found: `{line.text}`",
                hints=(f"Write `NAME @ {line.text}`",),
            )
        found.append(requirement)
    return found


def _with_name(line: RequirementLine) -> Requirement | None:
    """A path as `name @ url`; None where only a build could tell the name."""
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY
    from weft.ops.direct_sources import locate_here, with_name

    place = locate_here(line)
    name = with_name(place).name() if place is not None else ""
    if place is None or not name:
        return None
    return Requirement(name, line.extras, ANY, place.direct_url.shown, line.marker)  # type: ignore[arg-type]


def placed(wants: Wants, judged: Judged) -> dict[str, list[Requirement]]:
    """By name, the limits that hold here and say where a project has to come from."""
    found: dict[str, list[Requirement]] = {}
    for limit in (*wants.constraints, *wants.overrides):
        if limit.url and (limit.marker is None or limit.marker.evaluate(judged.environment)):
            found.setdefault(limit.name, []).append(limit)
    return found


def overridden(wants: Wants) -> frozenset[str]:
    """The projects whose requirements do not count, wherever they stand."""
    return frozenset([str(each.name) for each in wants.overrides])


def collect_hashes(lines: Iterable[RequirementLine]) -> dict[str, frozenset[str]]:
    """Allowed hashes by project; what two lines allow is what both allow."""
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        if line.requirement is not None and line.hashes:
            allowed = frozenset(f"{algorithm}:{digest}" for algorithm, digest in line.hashes)
            before = found.get(line.requirement.name)
            found[line.requirement.name] = allowed if before is None else before & allowed
    return found


def check_hashes(lines: Iterable[RequirementLine], limits: Iterable[RequirementLine]) -> None:
    """`--require-hashes`: every requirement is pinned and has a hash, its own or a constraint's."""
    hashed = {line.requirement.name for line in limits if line.requirement and line.hashes}
    for line in lines:
        check_pins((line,))
        requirement = line.requirement
        if not line.hashes and (requirement is None or requirement.name not in hashed):
            raise WeftError(
                "In `--require-hashes` mode, all requirements must have a hash, but none were "
                f"provided for: {_shown(line)}"
            )


def check_pins(lines: Iterable[RequirementLine]) -> None:
    """Hashes are of files, so each line has to name one version."""
    for line in lines:
        requirement = line.requirement
        if requirement is None or requirement.url or requirement.specifiers.pinned:
            continue
        raise WeftError(
            "In `--require-hashes` mode, all requirements must have their versions pinned with "
            f"`==`, but found: {_shown(line)}"
        )


def _shown(line: RequirementLine) -> str:
    if line.path_or_url is not None and line.path_or_url.startswith("/"):
        from weft.index.urls import file_url

        return file_url(line.path_or_url)
    return line.text or (line.requirement.text if line.requirement else "")
