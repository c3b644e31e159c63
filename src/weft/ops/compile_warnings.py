"""What `weft pip compile` warns about: yanked versions, missing extras, missing lower bounds.

Owns the sentences and when they are due. Refuses to change an answer because of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.core.events import Warned
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database
    from weft.ops.context import Context
    from weft.ops.resolving import Answer
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
    context: Context, wants: Wants, answer: Answer, *, database: Database
) -> tuple[Warned, ...]:
    """In the order in which they are told, once the output is there."""
    from weft.core.events import Warned

    found = [*_accepted(answer)]
    if context.settings.resolution == "lowest":
        found += _unbounded(wants, answer, database)
    return tuple([Warned(text) for text in found])


def _accepted(answer: Answer) -> Iterator[str]:
    """What the resolution took with a frown, package by package."""
    missing: dict[str, list[str]] = {}
    for name, extra in answer.resolution.missing_extras:
        missing.setdefault(name, []).append(extra)
    for package in answer.resolution.packages:
        name = package.name
        direct, file = answer.direct.get(name), answer.files.get(name)
        shown = f"{name}=={package.version}"
        if direct is not None:
            shown = f"{name} @ {direct.direct_url.shown}"
        for extra in missing.get(name, ()):
            yield f"The package `{shown}` does not have an extra named `{extra}`"
        if file is not None and file.yanked is not None:
            why = f' (reason: "{file.yanked}")' if file.yanked else ""
            yield f"`{shown}` is yanked{why}"


def _unbounded(wants: Wants, answer: Answer, database: Database) -> Iterator[str]:
    """Packages that others need, none of which says from which version on."""
    asked = [*wants.named, *wants.constraints]
    named = {str(each.name) for each in wants.named}
    for package in answer.resolution.packages:
        direct = answer.direct.get(package.name)
        if direct is not None:
            asked += direct.candidate.metadata().requirements
        else:
            asked += database.metadata(package.name, package.position).requirements
    bounded = _bounded(asked)
    for package in answer.resolution.packages:
        name = package.name
        if name not in bounded and name not in named and name not in answer.direct:
            yield (
                f"The transitive dependency `{name}` is unpinned. Consider setting a lower bound "
                "with a constraint when using `--resolution lowest` to avoid using outdated "
                "versions."
            )
