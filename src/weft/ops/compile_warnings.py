"""What `weft pip compile` warns about: yanked versions, missing extras, missing lower bounds.

Owns the sentences and when they are due. Refuses to change an answer because of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from weft.core.events import Warned
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database
    from weft.ops.compile_pins import Pin
    from weft.ops.context import Context
    from weft.ops.wants import Wants


def warn_before(context: Context, wants: Wants) -> None:
    """The lowest version of what has no lower bound is a very old one."""
    if context.settings.resolution not in ("lowest", "lowest-direct"):
        return
    from weft.core.events import Warned

    bounded = _bounded([*wants.named, *wants.constraints])
    for requirement in wants.named:
        if requirement.name not in bounded:
            context.sink(
                Warned(
                    f"The direct dependency `{requirement.name}` is unpinned. Consider setting a "
                    "lower bound when using `--resolution lowest` or `--resolution lowest-direct` "
                    "to avoid using outdated versions."
                )
            )


def _bounded(requirements: Iterable[Requirement]) -> set[str]:
    """The names of those that cannot lead to just any old version."""
    return {
        str(each.name)
        for each in requirements
        if each.url is not None or (each.specifiers.ranges and each.specifiers.ranges[0][0])
    }


def warnings_after(
    context: Context,
    wants: Wants,
    pins: Sequence[Pin],
    *,
    missing: Iterable[tuple[str, str]],
    database: Callable[[], Database],
) -> tuple[Warned, ...]:
    """In the order in which they are told, once the output is there.

    `missing` are pairs of a package and an extra that its version does not have.
    """
    from weft.core.events import Warned

    # Without dependencies nobody wants to know what an extra would require.
    found = [*_accepted(pins, () if context.settings.no_deps else missing)]
    if context.settings.resolution == "lowest":
        found += _unbounded(wants, pins, database())
    return tuple([Warned(text) for text in found])


def _accepted(pins: Sequence[Pin], missing: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What the resolution took with a frown, package by package."""
    lacking: dict[str, list[str]] = {}
    for name, extra in missing:
        lacking.setdefault(name, []).append(extra)
    for pin in sorted(pins, key=lambda pin: pin.name):
        shown = f"{pin.name}=={pin.version}"
        if pin.direct is not None:
            shown = f"{pin.name} @ {pin.direct.direct_url.shown}"
        for extra in lacking.get(pin.name, ()):
            yield f"The package `{shown}` does not have an extra named `{extra}`"
        if pin.file is not None and pin.file.yanked is not None:
            why = f' (reason: "{pin.file.yanked}")' if pin.file.yanked else ""
            yield f"`{shown}` is yanked{why}"


def _unbounded(wants: Wants, pins: Sequence[Pin], database: Database) -> Iterator[str]:
    """Packages that others need, none of which says from which version on."""
    asked = [*wants.named, *wants.constraints]
    named = {str(each.name) for each in wants.named}
    for pin in pins:
        if pin.direct is not None:
            asked += pin.direct.candidate.metadata().requirements
        else:
            asked += database.metadata(pin.name, pin.position).requirements
    bounded = _bounded(asked)
    for pin in pins:
        if pin.name not in bounded and pin.name not in named and pin.direct is None:
            yield (
                f"The transitive dependency `{pin.name}` is unpinned. Consider setting a lower "
                "bound with a constraint when using `--resolution lowest` to avoid using outdated "
                "versions."
            )
