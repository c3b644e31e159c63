"""What `weft lock` warns about: missing lower bounds, missing extras, yanked versions.

Owns when the sentences are due. Refuses to change an answer because of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.requirement import Requirement
    from weft.ops.context import Context
    from weft.ops.lock_places import LockPlaces
    from weft.ops.lock_request import LockRequest
    from weft.ops.lock_resolving import Resolved

_INDEX = "index+"


def warn_before(context: Context, request: LockRequest, places: LockPlaces) -> None:
    """The lowest version of what has no lower bound is a very old one."""
    if context.settings.resolution not in ("lowest", "lowest-direct"):
        return
    from weft.core.events import Warned

    named = [*places.noted(request.requirements), *places.direct()]
    lines = (*request.constraints, *request.overrides)
    limits = [line.requirement for line in lines if line.requirement is not None]
    bounded = _bounded([*named, *limits])
    for name in dict.fromkeys([each.name for each in named]):
        if name not in bounded:
            context.sink(
                Warned(
                    f"The direct dependency `{name}` is unpinned. Consider setting a lower bound "
                    "when using `--resolution lowest` or `--resolution lowest-direct` to avoid "
                    "using outdated versions."
                )
            )


def _bounded(requirements: Iterable[Requirement]) -> set[str]:
    """The names of those that cannot lead to just any old version."""
    return {
        str(each.name)
        for each in requirements
        if each.url is not None or (each.specifiers.ranges and each.specifiers.ranges[0][0])
    }


def warn_after(context: Context, resolved: Resolved) -> None:
    """What the resolution took with a frown, package by package."""
    from weft.core.events import Warned

    for name in _unbounded(resolved) if context.settings.resolution == "lowest" else ():
        context.sink(
            Warned(
                f"The transitive dependency `{name}` is unpinned. Consider setting a lower bound "
                "with a constraint when using `--resolution lowest` to avoid using outdated "
                "versions."
            )
        )

    lacking: dict[str, list[str]] = {}
    for name, extra in resolved.resolution.missing_extras:
        lacking.setdefault(name, []).append(extra)
    for package in resolved.resolution.packages:
        placed = package.url and not package.url.startswith(_INDEX)
        place = f"{package.name} @ {package.url}" if package.url else package.name
        shown = place if placed else f"{package.name}=={package.version}"
        for extra in lacking.get(package.name, ()):
            context.sink(Warned(f"The package `{shown}` does not have an extra named `{extra}`"))
        file = None if placed else resolved.source.file(place, package.position)
        if file is not None and file.yanked is not None:
            why = f' (reason: "{file.yanked}")' if file.yanked else ""
            context.sink(Warned(f"`{shown}` is yanked{why}"))


def _unbounded(resolved: Resolved) -> list[str]:
    """Packages of an index none of whose dependents says from which version on."""
    asked = list(resolved.limits)
    listed = []
    for package in resolved.resolution.packages:
        if package.url and not package.url.startswith(_INDEX):
            asked += resolved.places.requirements(f"{package.name} @ {package.url}")
            continue
        listed.append(package.name)
        place = f"{package.name} @ {package.url}" if package.url else package.name
        asked += resolved.source.metadata(place, package.position).requirements
    bounded = _bounded(asked)
    return [name for name in dict.fromkeys(listed) if name not in bounded]
