"""Universal requests by outlines, without opening a page.

Owns when that may be tried, and what is kept for the next time. Refuses to search
(`weft.resolver.universal_outline`); what it has no answer for is resolved as ever.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.distribution import File
    from weft.core.requirement import Requirement
    from weft.fetch.outlines import Outlines
    from weft.fetch.universal import UniversalDatabase
    from weft.index.locations import IndexLocation
    from weft.ops.compile_universal import Asking
    from weft.resolver.joining import UniversalResolution
    from weft.resolver.outline import Outline
    from weft.resolver.universal import Reading


class UniversalTrial:
    """One universal request that outlines may answer. `keep` is for when they could not."""

    def __init__(
        self, asking: Asking, requirements: Sequence[Requirement], index: IndexLocation
    ) -> None:
        from weft.fetch.outlines import Outlines
        from weft.ops.plainly import facts_of
        from weft.store.layout import origin_key

        context = asking.context
        facts = facts_of(context.settings, asking.wants, index, asking.judged)
        self._started = context.now
        self._session = asking.session
        self._requirements = requirements
        self._python = asking.python
        self._origin = origin_key(index.url)
        self._found: dict[str, Outline | None] = {}
        self._outlines: Outlines = Outlines(
            asking.session.store,
            f"universal {asking.python.text} {facts}",
            origin=self._origin,
            now=None if context.settings.offline else context.now,
        )

    def answer(self) -> UniversalResolution | None:
        """The resolution; None where it takes more to find it."""
        if not self._outlines.entries():
            return None
        if any(each.name not in self._outlines.entries() for each in self._requirements):
            return None
        from weft.resolver.universal_outline import search

        return search(self._requirements, self._find, python=self._python)

    def file(self, name: str, position: int) -> File | None:
        """The file of a version that an answer has chosen."""
        from weft.core.distribution import File

        outline = self._found[name]
        assert outline is not None, "what was chosen is in an outline"
        return File(*outline.known[position - outline.older][0])

    def pages(self) -> list[tuple[str, int]]:
        """The pages behind an answer: their keys, and until when each is fresh."""
        return [(f"{self._origin}/{name}", until) for name, until in self._outlines.used.items()]

    def keep(
        self, database: UniversalDatabase, resolution: UniversalResolution, reading: Reading
    ) -> None:
        """Have what this resolution has read at hand for the next one.

        Not where it had to go back, nor where what outlines lacked was not knowledge.
        """
        pages = self._session.client().pages_read()
        if pages is None or resolution.missing_extras or not reading.is_straight:
            return
        from weft.fetch.universal_outlining import is_known, made

        if all(
            is_known(self._find(name), position, extra)
            for name, position, extra in reading.lists
            if name
        ):
            return
        outlines = made(database, reading.lists, earlier=self._find)
        if outlines is not None:
            until = dict(pages)
            fresh = {
                name: (each, until[f"{self._origin}/{name}"]) for name, each in outlines.items()
            }
            self._outlines.keep(fresh, started=self._started)

    def _find(self, name: str) -> Outline | None:
        try:
            return self._found[name]
        except KeyError:
            found = self._found[name] = self._outlines.find(name)
            return found


def universal_trial(asking: Asking) -> UniversalTrial | None:
    """The request as one that outlines may answer, None for all others."""
    from weft.ops.plainly import plain_index

    wants, settings = asking.wants, asking.context.settings
    if (
        asking.preferences
        or settings.environments
        or settings.required_environments
        or settings.fork_strategy != "requires-python"
        or any(line.index for line in wants.lines)
    ):
        return None
    requirements = [line.requirement for line in wants.lines if line.requirement is not None]
    if len(requirements) < len(wants.lines) or any(each.url for each in requirements):
        return None
    index = plain_index(settings, wants, asking.session.locations(wants))
    if index is None:
        return None
    return UniversalTrial(asking, requirements, index)
