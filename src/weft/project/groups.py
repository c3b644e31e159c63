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


def narrowed(
    groups: Mapping[NormalizedName, tuple[GroupEntry, ...]], told: Mapping[str, str]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """By group and requirement, the Pythons that it is for: all of them together.

    `told` is what is said of groups, which hold for what they include. Has to be asked after
    `flatten_groups` found the groups to be in order.
    """
    found: dict[str, dict[str, tuple[str, ...]]] = {}

    def walk(name: str) -> dict[str, tuple[str, ...]]:
        if name in found:
            return found[name]
        requirements: dict[str, tuple[str, ...]] = {}
        for entry in groups.get(normalize_name(name), ()):
            inner = {entry: ()} if isinstance(entry, str) else walk(normalize_name(entry[1]))
            for text, pythons in inner.items():
                requirements.setdefault(text, pythons)
        if name in told:
            requirements = {text: (*pythons, told[name]) for text, pythons in requirements.items()}
        return found.setdefault(name, requirements)

    for name in groups:
        walk(name)
    return found
