"""Dependency groups: includes followed, cycles and gaps named.

Owns the flattening of `[dependency-groups]`. Refuses to read files and to resolve anything.
Follows PEP 735.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import NormalizedName, normalize_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.project.pyproject import GroupEntry


class GroupError(WeftError):
    """The groups of a project contradict themselves."""


class GroupCycle(GroupError):
    """`path` is the way around: the first name is also the last."""

    def __init__(self, path: tuple[str, ...]) -> None:
        shown = " -> ".join(f"`{name}`" for name in path)
        super().__init__(f"Detected a cycle in `dependency-groups`: {shown}")
        self.path = path


class GroupMissing(GroupError):
    """`group` includes a group that does not exist."""

    def __init__(self, group: str, included: str) -> None:
        super().__init__(f"Failed to find group `{included}` included by `{group}`")
        self.group = group
        self.included = included


def flatten_groups(
    groups: Mapping[NormalizedName, tuple[GroupEntry, ...]],
) -> dict[NormalizedName, tuple[str, ...]]:
    """The requirements of every group, includes in place, in order, without doubles.

    All groups are checked, also those that nobody asked for: a broken file stays broken for the
    next reader. Raises GroupCycle and GroupMissing.
    """
    flat: dict[NormalizedName, tuple[str, ...]] = {}
    try:
        for name in sorted(groups):
            _flatten(name, groups, flat, ())
    except RecursionError:
        raise GroupError("The includes of `dependency-groups` are nested too deeply") from None
    return flat


def _flatten(
    name: NormalizedName,
    groups: Mapping[NormalizedName, tuple[GroupEntry, ...]],
    flat: dict[NormalizedName, tuple[str, ...]],
    parents: tuple[NormalizedName, ...],
) -> tuple[str, ...]:
    if name in flat:
        return flat[name]
    if name in parents:
        raise GroupCycle((*parents[parents.index(name) :], name))
    requirements: dict[str, None] = {}
    for entry in groups[name]:
        if isinstance(entry, str):
            requirements[entry] = None
            continue
        included = normalize_name(entry[1])
        if included not in groups:
            raise GroupMissing(name, included)
        requirements.update(dict.fromkeys(_flatten(included, groups, flat, (*parents, name))))
    flat[name] = tuple(requirements)
    return flat[name]


def together(
    groups: Mapping[NormalizedName, tuple[GroupEntry, ...]], told: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """By group, what is said of its Pythons there and in all that it includes; without the rest.

    Has to be asked after `flatten_groups` found the groups to be in order.
    """
    found: dict[str, tuple[str, ...]] = {}

    def walk(name: str) -> tuple[str, ...]:
        if name not in found:
            texts = [told[name]] if name in told else []
            for entry in groups.get(normalize_name(name), ()):
                if not isinstance(entry, str):
                    texts += walk(normalize_name(entry[1]))
            found[name] = tuple(texts)
        return found[name]

    for name in groups:
        walk(name)
    return {name: texts for name, texts in found.items() if texts}


def narrowed(
    groups: Mapping[NormalizedName, tuple[GroupEntry, ...]], told: Mapping[str, str]
) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """By group its requirements, each with the Pythons that it is for: all of them together.

    One that is included in two ways, with other Pythons each, counts twice.

    `told` is what is said of groups, which hold for what they include. Has to be asked after
    `flatten_groups` found the groups to be in order.
    """
    found: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}

    def walk(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if name not in found:
            here = (told[name],) if name in told else ()
            pairs: dict[tuple[str, tuple[str, ...]], None] = {}
            for entry in groups.get(normalize_name(name), ()):
                if isinstance(entry, str):
                    pairs[(entry, here)] = None
                    continue
                for text, pythons in walk(normalize_name(entry[1])):
                    pairs[(text, (*pythons, *here))] = None
            found[name] = tuple(pairs)
        return found[name]

    for name in groups:
        walk(name)
    return found
