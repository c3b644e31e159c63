"""Whether what a project's lock says can be had here, as it was asked for.

Owns the refusals before anything is chosen: the Python, the platform, extras and groups that
exclude each other or that nobody has. Refuses to choose packages.
Follows uv in order and wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.lock.uvmodel import UvConflictItem, UvLock, UvPackage
    from weft.ops.project_groups import ExtraChoice, GroupChoice


@value
class Roots:
    """The members that are installed, by name, with the groups of a root that is no project.

    `single` tells that one member was meant, and not the workspace or several of its members.
    """

    names: tuple[str, ...]
    single: bool
    script: bool = False


def check_lock(
    lock: UvLock,
    roots: Roots,
    *,
    extras: ExtraChoice,
    groups: GroupChoice,
    environment: Mapping[str, str],
    python: str,
) -> None:
    """Raises WeftError for the first thing that does not go; `python` is the interpreter's."""
    from weft.core.specifier import requires_python_allows

    if not requires_python_allows(lock.requires_python, python):
        raise WeftError(
            f"The current Python version ({python}) is not compatible with the locked Python "
            f"requirement: `{lock.requires_python}`"
        )
    if lock.conflicts:
        check_conflicts(lock, roots, extras, groups)
    check_names(lock, roots, extras=extras, groups=groups)
    if lock.supported_markers:
        _check_platform(lock, environment)


def check_names(
    lock: UvLock,
    roots: Roots,
    *,
    extras: ExtraChoice,
    groups: GroupChoice,
) -> None:
    """Raises WeftError for an extra or a group that was named and that nobody has.

    Groups of the workspace's root count for every member.
    """
    if extras.explicit or groups.explicit:
        members = [package for package in lock.packages if package.name in roots.names]
        _check_extras(members, roots, extras)
        _check_groups(lock, members, roots, groups)


def _check_platform(lock: UvLock, environment: Mapping[str, str]) -> None:
    from weft.core.marker import Marker

    supported = lock.supported_markers
    if not any(Marker.parse(text).evaluate(environment) for text in supported):
        shown = ", ".join(f"`{text}`" for text in supported)
        raise WeftError(
            "The current Python platform is not compatible with the lockfile's supported "
            f"environments: {shown}"
        )


def _check_extras(members: Iterable[UvPackage], roots: Roots, extras: ExtraChoice) -> None:
    from weft.ops.known_names import did_you_mean

    known = {name for member in members for name in member.metadata.provides_extras}
    for name in extras.explicit:
        if name in known:
            continue
        if roots.script:
            raise WeftError(
                "PEP 723 scripts do not support optional dependencies, but extra "
                f"`{name}` was specified"
            )
        if roots.single:
            raise WeftError(
                f"Extra `{name}` is not defined in the `optional-dependencies` table for "
                f"`{roots.names[0]}`",
                hints=did_you_mean(name, known),
            )
        raise WeftError(
            f"Extra `{name}` is not defined in any project's `optional-dependencies` table",
            hints=did_you_mean(name, known),
        )


def _check_groups(
    lock: UvLock, members: Iterable[UvPackage], roots: Roots, groups: GroupChoice
) -> None:
    from weft.ops.known_names import did_you_mean

    known = {name for member in members for name, _ in member.metadata.requires_dev}
    known.update(name for member in members for name, _ in member.dev_dependencies)
    if not roots.script and not known.issuperset(groups.explicit):
        from weft.lock.export import shared_groups

        known |= shared_groups(lock)
    for name in groups.explicit:
        if name in known:
            continue
        if roots.script:
            raise WeftError(
                f"PEP 723 scripts do not support dependency groups, but group `{name}` was "
                "specified"
            )
        whose = "the project's" if roots.single else "any project's"
        raise WeftError(
            f"Group `{name}` is not defined in {whose} `dependency-groups` table",
            hints=did_you_mean(name, known),
        )


def check_conflicts(lock: UvLock, roots: Roots, extras: ExtraChoice, groups: GroupChoice) -> None:
    """Raises WeftError where what is wanted excludes each other."""
    for conflict in lock.conflicts:
        wanted = [item for item in conflict if _is_wanted(item, roots, extras, groups)]
        if len(wanted) > 1:
            raise _conflicting(conflict, wanted, groups)


def _is_wanted(
    item: UvConflictItem, roots: Roots, extras: ExtraChoice, groups: GroupChoice
) -> bool:
    if item.package not in roots.names:
        return False
    if item.kind == "extra":
        return not groups.only and extras.wants(item.name)
    if item.kind == "group":
        return groups.wants(item.name)
    return not groups.only


def _conflicting(
    conflict: tuple[UvConflictItem, ...], wanted: list[UvConflictItem], groups: GroupChoice
) -> WeftError:
    """`Extras `a` and `b` are incompatible with the declared conflicts: {…}`."""
    shown = ", ".join(f"`{_label(item)}`" for item in conflict)
    kinds = {item.kind for item in wanted}
    if kinds in ({"extra"}, {"group"}):
        names = [_name(item, groups) for item in wanted]
        kind = kinds.pop()
        declared = "declared conflicts" if kind == "extra" else "conflicts"
        return WeftError(
            f"{kind.capitalize()}s {_and(names)} are incompatible with the {declared}: {{{shown}}}"
        )
    names = [f"{_kind(item)} {_name(item, groups)}" for item in wanted]
    names[0] = names[0][0].upper() + names[0][1:]
    return WeftError(f"{_and(names)} are incompatible with the declared conflicts: {{{shown}}}")


def _kind(item: UvConflictItem) -> str:
    return "package" if item.kind == "project" else item.kind


def _name(item: UvConflictItem, groups: GroupChoice) -> str:
    if item.kind == "project":
        return f"`{item.package}`"
    default = item.kind == "group" and groups.is_default(item.name)
    return f"`{item.name}`" + (" (enabled by default)" if default else "")


def _label(item: UvConflictItem) -> str:
    if item.kind == "extra":
        return f"{item.package}[{item.name}]"
    return f"{item.package}:{item.name}" if item.kind == "group" else item.package


def _and(names: list[str]) -> str:
    if len(names) == 2:
        return f"{names[0]} and {names[1]}"
    return f"{', '.join(names[:-1])}, and {names[-1]}"
