"""What a pip command is asked for: requirements, limits, hashes, and the options out of files.

Owns the merge of the command line with requirements files and settings. Refuses the network: a
remote requirements file is an error that says so.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.requirement import Requirement
    from weft.ops.context import Context
    from weft.project.inputs import Inputs
    from weft.project.lines import RequirementLine
    from weft.project.options import FileOptions


ARCHIVES = (".whl", ".gz", ".zip", ".bz2", ".xz", ".tar", ".tgz")


@value
class Wants:
    """A request, read and merged.

    `plain` are the names of a request that consists of names only; it then has no `requirements`.
    `direct` have a path or a URL. `hashes` maps normalized names to the allowed `algorithm:hex`.
    `count` is how many requirements were asked for.
    """

    requirements: tuple[Requirement, ...]
    direct: tuple[RequirementLine, ...]
    constraints: tuple[Requirement, ...]
    overrides: tuple[Requirement, ...]
    excludes: frozenset[str]
    hashes: Mapping[str, frozenset[str]]
    require_hashes: bool
    options: FileOptions | None
    count: int
    plain: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[Requirement, ...]:
        """The requirements that an index has to meet."""
        if not self.plain:
            return self.requirements
        from weft.core.requirement import Requirement

        return tuple([Requirement.parse(name) for name in self.plain])


def read_wants(context: Context) -> Wants:
    """Read everything that the settings name. Raises WeftError with exit code 2."""
    settings = context.settings
    simple = _simple(context)
    if simple is not None:
        return simple
    from weft.core.events import Warned
    from weft.project.inputs import Sources, local_reader, read_inputs

    sources = Sources(
        packages=settings.packages,
        editables=settings.editable,
        files=settings.requirements,
        constraints=settings.constraints,
        overrides=settings.overrides,
        excludes=settings.excludes,
        groups=settings.group,
        extras=settings.extra,
        all_extras=settings.all_extras,
        no_sources=settings.no_sources,
    )
    inputs = read_inputs(sources, read=local_reader, environ=context.environ, directory=context.cwd)
    for warning in inputs.warnings:
        context.sink(Warned(warning))
    return _merge(context, inputs)


def _simple(context: Context) -> Wants | None:
    """The everyday request, named packages and nothing else, without loading file readers."""
    settings = context.settings
    if (
        settings.requirements or settings.editable or settings.constraints or settings.overrides
        or settings.excludes or settings.group or settings.extra or settings.all_extras
        or settings.require_hashes or settings.constraint_dependencies
        or settings.override_dependencies or settings.exclude_dependencies
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
    return Wants(
        requirements=tuple(named),
        direct=(),
        constraints=(),
        overrides=(),
        excludes=frozenset(),
        hashes={},
        require_hashes=False,
        options=None,
        count=len(texts),
        plain=plain,
    )


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


def _merge(context: Context, inputs: Inputs) -> Wants:
    from weft.core.names import normalize_name
    from weft.core.requirement import Requirement

    settings = context.settings
    constraints = [
        *_named(inputs.constraints, "Constraints"),
        *(Requirement.parse(text) for text in settings.constraint_dependencies),
    ]
    overrides = [
        *_named(inputs.overrides, "Overrides"),
        *(Requirement.parse(text) for text in settings.override_dependencies),
    ]
    excludes = {*inputs.excludes, *map(normalize_name, settings.exclude_dependencies)}
    require = settings.require_hashes or inputs.options.require_hashes
    if require:
        check_hashes(inputs.requirements, inputs.constraints)
    named, direct = [], []
    for line in inputs.requirements:
        if line.requirement is not None and line.requirement.url is None and not line.editable:
            named.append(line.requirement)
        else:
            direct.append(line)
    hashes = {} if settings.no_verify_hashes and not require else collect_hashes(inputs)
    return Wants(
        requirements=tuple(named),
        direct=tuple(direct),
        constraints=tuple(constraints),
        overrides=tuple(overrides),
        excludes=frozenset(excludes),
        hashes=hashes,
        require_hashes=require,
        options=inputs.options,
        count=len(inputs.requirements),
    )


def _named(lines: Iterable[RequirementLine], what: str) -> list[Requirement]:
    """Limits need a name and a version, not an address."""
    found = []
    for line in lines:
        if line.requirement is None or line.requirement.url is not None:
            raise WeftError(
                f"{what} must be named requirements with versions, but found: `{line.text}`"
            )
        found.append(line.requirement)
    return found


def collect_hashes(inputs: Inputs) -> dict[str, frozenset[str]]:
    """Allowed hashes by project; those of constraints hold too."""
    found: dict[str, frozenset[str]] = {}
    for line in (*inputs.requirements, *inputs.constraints):
        if line.requirement is not None and line.hashes:
            allowed = frozenset(f"{algorithm}:{digest}" for algorithm, digest in line.hashes)
            before = found.get(line.requirement.name)
            found[line.requirement.name] = allowed if before is None else before & allowed
    return found


def check_hashes(lines: Iterable[RequirementLine], limits: Iterable[RequirementLine]) -> None:
    """`--require-hashes`: every requirement is pinned and has a hash, its own or a constraint's."""
    hashed = {line.requirement.name for line in limits if line.requirement and line.hashes}
    for line in lines:
        requirement = line.requirement
        shown = line.text or (requirement.text if requirement else "")
        pinned = requirement is None or requirement.url or requirement.specifiers.pinned
        if not pinned:
            raise WeftError(
                "In `--require-hashes` mode, all requirements must have their versions pinned with "
                f"`==`, but found: {shown}"
            )
        if not line.hashes and (requirement is None or requirement.name not in hashed):
            raise WeftError(
                "In `--require-hashes` mode, all requirements must have a hash, but none were "
                f"provided for: {shown}"
            )
