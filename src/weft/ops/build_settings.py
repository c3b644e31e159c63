"""What the settings say about the build of one project.

Owns the merge for one name: config settings, further requirements, variables, isolation, metadata
that is told. Refuses to read files and to build.
Follows PEP 517: a setting that is given several times is a list.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.ops.context import Context
    from weft.ops.settings_builds import Several
    from weft.ops.settings_values import Settings
    from weft.project.lines import RequirementLine


def config_settings(
    settings: Settings, name: str, *, own: Iterable[str] = ()
) -> dict[str, str | list[str]]:
    """For the back end of `name`: those of its line in a file, of its package, of all.

    `own` are `KEY=VALUE`, as `RequirementLine.config_settings` has them. What is said in several
    places adds up, the narrower first.
    """
    found: dict[str, str | list[str]] = {}
    for text in own:
        key, _, content = text.partition("=")
        _add(found, key, content)
    for package, key, several in settings.config_settings_package:
        if package == name:
            _add(found, key, several)
    for key, several in settings.config_setting:
        _add(found, key, several)
    return found


def _add(found: dict[str, str | list[str]], key: str, content: Several) -> None:
    """One text stays a text; a list, or a second text, makes a list."""
    before = found.get(key)
    if before is None:
        found[key] = content if isinstance(content, str) else list(content)
        return
    listed = [before] if isinstance(before, str) else before
    found[key] = [*listed, *([content] if isinstance(content, str) else content)]


def extra_requires(settings: Settings, name: str) -> tuple[tuple[str, bool], ...]:
    """`(requirement, match-runtime)`: what builds of `name` get besides `build-system.requires`.

    With `match-runtime` the requirement has to be met by the version that is being installed.
    """
    return tuple([row[1:] for row in settings.extra_build_dependencies if row[0] == name])


def matched(text: str, versions: Mapping[str, str]) -> str:
    """A requirement with `match-runtime`, pinned to the version that is being installed.

    Raises WeftError where it has a version of its own or is not in `versions` (by normal name).
    """
    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers

    requirement = Requirement.parse(text)
    if requirement.specifiers.text or requirement.url is not None:
        raise WeftError(
            "Dependencies marked with `match-runtime = true` cannot include version specifiers, "
            f"but found: `{text}`"
        )
    version = versions.get(requirement.name)
    if version is None:
        raise WeftError(
            f"`{requirement.name}` was declared as an extra build dependency with "
            "`match-runtime = true`, but was not found in the resolution"
        )
    return replace(requirement, specifiers=Specifiers.parse(f"=={version}")).text


def extra_variables(settings: Settings, name: str) -> tuple[tuple[str, str], ...]:
    """`(variable, content)`, sorted; of two that are equal, the more important place's."""
    found: dict[str, str] = {}
    for package, variable, content in settings.extra_build_variables:
        if package == name:
            found.setdefault(variable, content)
    return tuple(sorted(found.items()))


def is_isolated(settings: Settings, name: str) -> bool:
    """Whether builds of `name` (empty where it is not known) get an environment of their own."""
    return not settings.no_build_isolation and name not in settings.no_build_isolation_package


def told_metadata(settings: Settings, name: str, version: str | None) -> Metadata | None:
    """The `dependency-metadata` for this version, else the one for all versions.

    Where neither the table nor the caller knows the version there is no answer: metadata without
    one is of no use.
    """
    from weft.core.version import version_key

    wanted = None if version is None else version_key(version)
    rows = [row for row in settings.dependency_metadata if row.name == name]
    for row in rows:
        if row.version is not None and (wanted is None or version_key(row.version) == wanted):
            return _metadata(row.name, row.version, row)
    for row in rows:
        if row.version is None and version is not None:
            return _metadata(row.name, version, row)
    return None


def _metadata(name: str, version: str, row: object) -> Metadata:
    from weft.core.metadata import Metadata
    from weft.ops.settings_builds import StaticMetadata

    assert isinstance(row, StaticMetadata)
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
    if row.requires_python is not None:
        lines.append(f"Requires-Python: {row.requires_python}")
    lines += [f"Requires-Dist: {text}" for text in row.requires_dist]
    lines += [f"Provides-Extra: {extra}" for extra in row.provides_extra]
    return Metadata.parse(("\n".join(lines) + "\n").encode())


@value
class BuildLimits:
    """Versions and hashes that builds are kept to.

    `hashes` maps normalized names to the allowed `algorithm:hex`. With `require_hashes` everything
    that a build needs must be pinned in `constraints` and have a hash.
    """

    constraints: tuple[Requirement, ...] = ()
    hashes: Mapping[str, frozenset[str]] = {}
    require_hashes: bool = False


def build_limits(context: Context, lines: Iterable[RequirementLine] = ()) -> BuildLimits:
    """Limits of `--build-constraints` files (`lines`, as read) and of the settings.

    Raises WeftError for a limit without a name, and for one that pins nothing where hashes are
    demanded.
    """
    settings = context.settings
    texts = settings.build_constraint_dependencies
    lines = tuple(lines)
    if not lines and not texts:
        return BuildLimits((), {}, settings.require_build_hashes)
    from weft.ops.limits import check_pins, collect_hashes, named
    from weft.project.lines import parse_constraint

    rows = [*lines, *(parse_constraint(text, context.cwd) for text in texts)]
    if settings.require_build_hashes:
        check_pins(rows)
    hashes = {} if settings.no_verify_hashes else collect_hashes(rows)
    return BuildLimits(tuple(named(rows, "Constraints")), hashes, settings.require_build_hashes)


def read_build_limits(context: Context) -> BuildLimits:
    """For commands that only build: reads the files of `--build-constraints`."""
    if not context.settings.build_constraints:
        return build_limits(context)
    from weft.ops.reading import reader_of
    from weft.project.inputs import Sources, read_inputs

    inputs = read_inputs(
        Sources(build_constraints=context.settings.build_constraints),
        read=reader_of(context),
        environ=context.environ,
        directory=context.cwd,
    )
    return build_limits(context, inputs.build_constraints)
