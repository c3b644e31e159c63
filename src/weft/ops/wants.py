"""What a pip command is asked for: requirements, limits, hashes, and the options out of files.

Owns the merge of the command line with requirements files and settings. Refuses to build: projects
whose requirements only a back end knows are handed on as `trees`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.requirement import Requirement
    from weft.ops.build_settings import BuildLimits
    from weft.ops.context import Context
    from weft.project.inputs import Inputs
    from weft.project.lines import RequirementLine
    from weft.project.options import FileOptions
    from weft.project.trees import SourceTree


ARCHIVES = (".whl", ".gz", ".zip", ".bz2", ".xz", ".tar", ".tgz")

_OF_PROJECTS = ("pyproject.toml", "setup.py", "setup.cfg")


@value
class Wants:
    """A request, read and merged.

    `plain` are the names of a request that consists of names only; it then has no `requirements`.
    `direct` have a path or a URL. `hashes` maps normalized names to the allowed `algorithm:hex`.
    `count` is how many requirements were asked for. `config_settings` maps normalized names to the
    `KEY=VALUE` of their lines (those of `direct` have theirs), `indexes` to the URL of the one
    index that is allowed, besides what `lines` say. `trees` are projects whose requirements are
    asked for and only their metadata tells; `ops.trees` puts them in, and wants `extras_left` to be
    found there. `limits` are for builds; None for none. `files` are the paths of everything that
    was read, None where the network or a stream was, or a project, which may belong to others.
    `lines`, `constraint_lines` and `override_lines` are all of them as they were read, with their
    origins; only the requirements of `trees` are not among them yet. `preferences` are the versions
    to try first, by normalized name.
    """

    requirements: tuple[Requirement, ...]
    direct: tuple[RequirementLine, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    excludes: frozenset[str] = frozenset()
    hashes: Mapping[str, frozenset[str]] = {}
    require_hashes: bool = False
    options: FileOptions | None = None
    count: int = 0
    plain: tuple[str, ...] = ()
    config_settings: Mapping[str, tuple[str, ...]] = {}
    indexes: Mapping[str, str] = {}
    trees: tuple[SourceTree, ...] = ()
    extras_left: tuple[str, ...] = ()
    limits: BuildLimits | None = None
    files: tuple[str, ...] | None = ()
    lines: tuple[RequirementLine, ...] = ()
    constraint_lines: tuple[RequirementLine, ...] = ()
    override_lines: tuple[RequirementLine, ...] = ()
    preferences: Mapping[str, str] = {}

    @property
    def build_constraints(self) -> tuple[Requirement, ...]:
        """The versions that builds are kept to."""
        return self.limits.constraints if self.limits is not None else ()

    @property
    def named(self) -> tuple[Requirement, ...]:
        """The requirements that an index has to meet."""
        if not self.plain:
            return self.requirements
        from weft.core.requirement import Requirement

        return tuple([Requirement.parse(name) for name in self.plain])


def read_wants(context: Context, *, hashes: bool = True) -> Wants:
    """Read everything that the settings name. Raises WeftError with exit code 2.

    Without `hashes` those that the files give do not count, nor that files demand them.
    """
    settings = context.settings
    simple = read_simple(context)
    if simple is not None:
        return simple
    from weft.core.events import Warned
    from weft.ops.reading import Noting, reader_of
    from weft.ops.trees import source_choice
    from weft.project.inputs import Sources, read_inputs

    sources = Sources(
        packages=settings.packages,
        editables=settings.editable,
        files=settings.requirements,
        constraints=settings.constraints,
        overrides=settings.overrides,
        excludes=settings.excludes,
        build_constraints=settings.build_constraints,
        groups=settings.group,
        extras=settings.extra,
        all_extras=settings.all_extras,
        choice=source_choice(context),
    )
    if _may_be_more(settings.requirements):
        from weft.ops.project_settings import check_projects

        check_projects(context)
    read = Noting(reader_of(context))
    inputs = read_inputs(sources, read=read, environ=context.environ, directory=context.cwd)
    for warning in inputs.warnings:
        context.sink(Warned(warning))
    is_plain = not (inputs.warnings or settings.group or _may_be_more(settings.requirements))
    files = read.files() if is_plain else None
    return _merge(context, inputs, files=files, hashes=hashes)


def _may_be_more(paths: Iterable[str]) -> bool:
    """Whether one of the files may be no list of requirements but a project, a lock or a script."""
    return any(path.endswith((".toml", ".py", ".cfg")) for path in paths)


def names_projects(paths: Iterable[str]) -> bool:
    """Whether one of the files says what a project requires."""
    return any(path.rpartition("/")[2] in _OF_PROJECTS for path in paths)


def read_simple(context: Context) -> Wants | None:
    """The everyday request, named packages and nothing else, without loading file readers.

    None for any other, which is for `read_wants`.
    """
    settings = context.settings
    if (
        settings.requirements or settings.editable or settings.constraints or settings.overrides
        or settings.excludes or settings.group or settings.extra or settings.all_extras
        or settings.require_hashes or settings.constraint_dependencies
        or settings.override_dependencies or settings.exclude_dependencies
        or settings.build_constraints or settings.build_constraint_dependencies
        or settings.require_build_hashes
    ):  # fmt: skip
        return None
    from weft.core.names import is_valid_name

    texts = settings.packages
    # `demo-1.0-py3-none-any.whl` is spelled like a name, but means the file.
    names_only = all(is_valid_name(text) and not text.lower().endswith(ARCHIVES) for text in texts)
    plain = tuple(texts) if names_only else ()
    named = [] if plain else _parsed(texts)
    if named is None:
        return None
    return Wants(requirements=tuple(named), count=len(texts), plain=plain)


def _parsed(texts: Iterable[str]) -> list[Requirement] | None:
    """None where a text is no named requirement: the reader of inputs knows what it is."""
    from weft.core.requirement import Requirement

    named = []
    for text in texts:
        if any(mark in text for mark in "/\\@:") or text.lower().endswith(ARCHIVES):
            return None
        try:
            named.append(Requirement.parse(text))
        except WeftError:
            return None
    return named


def _merge(
    context: Context, inputs: Inputs, *, files: tuple[str, ...] | None, hashes: bool
) -> Wants:
    from weft.core.names import normalize_name
    from weft.core.requirement import Requirement
    from weft.ops.build_settings import build_limits
    from weft.ops.limits import check_hashes, collect_hashes
    from weft.ops.limits import named as named_only

    settings = context.settings
    constraints = [
        *named_only(inputs.constraints, "Constraints"),
        *(Requirement.parse(text) for text in settings.constraint_dependencies),
    ]
    overrides = [
        *named_only(inputs.overrides, "Overrides"),
        *(Requirement.parse(text) for text in settings.override_dependencies),
    ]
    excludes = {*inputs.excludes, *map(normalize_name, settings.exclude_dependencies)}
    require = hashes and (settings.require_hashes or inputs.options.require_hashes)
    if require:
        check_hashes(inputs.requirements, inputs.constraints)
    named, direct = divided(inputs.requirements)
    skip = not hashes or (settings.no_verify_hashes and not require)
    hashed = () if skip else (*inputs.requirements, *inputs.constraints)
    return Wants(
        requirements=tuple(named),
        direct=tuple(direct),
        constraints=tuple(constraints),
        overrides=tuple(overrides),
        excludes=frozenset(excludes),
        hashes=collect_hashes(hashed),
        require_hashes=require,
        options=inputs.options,
        count=len(inputs.requirements),
        config_settings=_config_settings(inputs.requirements),
        trees=inputs.trees,
        extras_left=inputs.extras_left,
        limits=build_limits(context, inputs.build_constraints),
        files=files,
        lines=inputs.requirements,
        constraint_lines=inputs.constraints,
        override_lines=inputs.overrides,
    )


def _config_settings(lines: Iterable[RequirementLine]) -> dict[str, tuple[str, ...]]:
    """The settings of lines with a name, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        if line.requirement is not None and line.config_settings:
            name = line.requirement.name
            found[name] = (*found.get(name, ()), *line.config_settings)
    return found


def divided(
    lines: Iterable[RequirementLine],
) -> tuple[list[Requirement], list[RequirementLine]]:
    """What an index has to meet, and what has a path or a URL."""
    named: list[Requirement] = []
    direct: list[RequirementLine] = []
    for line in lines:
        if line.requirement is not None and line.requirement.url is None and not line.editable:
            named.append(line.requirement)
        else:
            direct.append(line)
    return named, direct


def pinned_indexes(
    lines: Iterable[RequirementLine], environment: Mapping[str, str]
) -> dict[str, str]:
    """The one index of each project that has one here. Raises WeftError where lines disagree."""
    found: dict[str, str] = {}
    for line in lines:
        if line.requirement is None or not line.index:
            continue
        marker = line.requirement.marker
        if marker is not None and not marker.evaluate(environment):
            continue
        name = line.requirement.name
        before = found.setdefault(name, line.index)
        if before != line.index:
            from weft.index.urls import redact

            first, second = sorted((redact(before), redact(line.index)))
            raise WeftError(
                f"Requirements contain conflicting indexes for package `{name}`:\n"
                f"- {first}\n- {second}"
            )
    return found
