"""Which extras and dependency groups a command on a project wants.

Owns the options about them, and the groups that count by default. Refuses to know whether they
exist in a lock: `weft.lock` does.
Follows uv: `--no-group` goes before everything, `--only-group` leaves the project out.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import normalize_name
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.settings import Settings
    from weft.project.pyproject import Pyproject


@value
class GroupChoice:
    """`named` are included, all of them with `every`; `defaults` unless they are `only` those.

    Names are normal ones. `refused` go before all others. `implied` are those that nobody wrote
    down as a name, as by `--no-dev`, which need not exist.
    """

    named: frozenset[str] = frozenset()
    every: bool = False
    refused: frozenset[str] = frozenset()
    only: bool = False
    defaults: frozenset[str] = frozenset()
    every_default: bool = False
    implied: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Whether the group belongs to what is installed."""
        if name in self.refused:
            return False
        return self.every or name in self.named or self.is_default(name)

    def asks(self, name: str) -> bool:
        """Whether it is wanted because somebody said so."""
        return self.wants(name) and not self.is_default(name)

    def is_default(self, name: str) -> bool:
        """Whether it is included because nobody said otherwise."""
        if self.only or name in self.named or name in self.refused or self.every:
            return False
        return self.every_default or name in self.defaults

    @property
    def explicit(self) -> tuple[str, ...]:
        """The names that somebody wrote down, which have to exist."""
        return tuple(sorted((self.named | self.refused) - self.implied))


@value
class ExtraChoice:
    """`named` are included, all of them with `every`; `refused` go before them."""

    named: frozenset[str] = frozenset()
    every: bool = False
    refused: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Whether the extra belongs to what is installed."""
        return name not in self.refused and (self.every or name in self.named)

    @property
    def explicit(self) -> tuple[str, ...]:
        """The names that somebody wrote down, which have to exist."""
        return tuple(sorted(self.named | self.refused))


def chosen_extras(settings: Settings) -> ExtraChoice:
    """What the options say about extras."""
    return ExtraChoice(
        frozenset(map(normalize_name, settings.extra)),
        settings.all_extras,
        frozenset(map(normalize_name, settings.no_extra)),
    )


def chosen_groups(settings: Settings, pyproject: Pyproject | None) -> GroupChoice:
    """What the options say about groups; the defaults are those of `pyproject`, None for none.

    Raises WeftError for a default that does not exist.
    """
    named = {*map(normalize_name, settings.group), *map(normalize_name, settings.only_group)}
    refused = set(map(normalize_name, settings.no_group))
    dev = frozenset((normalize_name("dev"),))
    implied = dev - named - refused
    if settings.dev or settings.only_dev:
        named |= dev
    if settings.no_dev:
        refused |= dev
    defaults, every = _defaults(pyproject) if pyproject is not None else (frozenset(), False)
    if settings.no_default_groups:
        defaults, every = frozenset(), False
    return GroupChoice(
        frozenset(named),
        settings.all_groups,
        frozenset(refused),
        bool(settings.only_group or settings.only_dev),
        defaults,
        every,
        implied,
    )


def _defaults(pyproject: Pyproject) -> tuple[frozenset[str], bool]:
    from weft.project.discovery import uv_table

    table = uv_table(pyproject)
    told = table.get("default-groups")
    if told is None:
        return frozenset(("dev",)), False
    if told == "all":
        return frozenset(), True
    if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
        raise WeftError("`tool.uv.default-groups` has to be a list of groups, or `all`")
    known = set(pyproject.groups)
    if table.get("dev-dependencies") is not None:
        known.add(normalize_name("dev"))
    for name in told:
        if normalize_name(name) not in known:
            raise WeftError(
                f"Default group `{name}` (from `tool.uv.default-groups`) is not defined in the "
                "project's `dependency-groups` table"
            )
    return frozenset(map(normalize_name, told)), False
