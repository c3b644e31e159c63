"""What `weft tool install` is asked for: one package, what goes with it, and limits.

Owns reading all that into the form of a receipt, in which it is compared with what is installed,
and the way from a receipt to a request for the resolver. Refuses to resolve; a directory or an
archive is asked for its name, since a tool is known by it. Follows uv.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.core.requirement import Requirement
    from weft.lock.uvmodel import UvRequirement
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_receipts import ToolReceipt
    from weft.ops.tool_request import ToolRequest
    from weft.ops.wants import Wants
    from weft.project.lines import RequirementLine


@value
class Asked:
    """A request for a tool. `name` is the project's normal name, `shown` its requirement as text.

    `receipt` has no entry points and no options yet. `wants` is for the resolver. `providers` are
    the normal names of further projects whose executables are wanted.
    """

    name: str
    shown: str
    receipt: ToolReceipt
    wants: Wants
    providers: tuple[str, ...] = ()

    @property
    def is_directory(self) -> bool:
        """Whether the tool is a project on this machine."""
        source = self.receipt.requirements[0].source
        return source is not None and source.kind in ("directory", "editable")


class WrongTool(WeftError):
    """What was asked for can be no tool."""


def read_asked(context: Context, session: Session, request: ToolRequest) -> Asked:
    """Read everything that the settings name.

    Raises WrongTool, errors of files and requirements, and of builds where a name is asked for.
    """
    settings = context.settings
    is_alone = not (_has_more(context) or settings.with_executables_from or settings.as_editable)
    if is_alone and settings.from_package is None:
        found = _simple(context, request)
        if found is not None:
            return found
    from weft.ops.run_layers import split_requirements
    from weft.project.lines import parse_line

    main = parse_line(request.requirement, context.cwd, editable=settings.as_editable)
    sources = [
        parse_line(text, context.cwd) for text in split_requirements(settings.with_executables_from)
    ]
    rest = _rest(context, session)
    others = [*_lines(rest), *sources]
    # What has a name goes first, as in the receipts of uv.
    others.sort(key=lambda line: line.requirement is None)
    lines = _named(context, session, [main, *others])
    name = _name_of(lines[0])
    _check_name(request, lines[0], settings.from_package)
    providers = [_name_of(line) for line in _named(context, session, sources)]
    receipt = _receipt(lines, rest)
    return Asked(
        name,
        lines[0].requirement.text if lines[0].requirement is not None else name,
        receipt,
        wants_of(context, receipt, lines=lines, rest=rest),
        tuple(dict.fromkeys(providers)),
    )


def _simple(context: Context, request: ToolRequest) -> Asked | None:
    """One package of an index and nothing else, without loading what reads more than that."""
    from weft.ops.tool_receipts import ToolReceipt
    from weft.ops.tool_requirements import written
    from weft.ops.wants import read_simple

    wants = read_simple(context.changed(packages=(request.requirement,)))
    if wants is None or not request.requirement:
        return None
    requirement = wants.named[0]
    receipt = ToolReceipt((written(requirement),))
    return Asked(str(requirement.name), requirement.text, receipt, wants)


def _name_of(line: RequirementLine) -> str:
    assert line.requirement is not None, "all have got their names"
    return str(line.requirement.name)


def _check_name(request: ToolRequest, line: RequirementLine, package: str | None) -> None:
    """`weft tool install NAME --from PACKAGE` says twice what is to be installed."""
    if package is None:
        return
    from weft.core.names import is_valid_name, normalize_name

    word = request.program
    if not is_valid_name(word):
        raise WrongTool(
            f"Package requirement (`{package}`) provided with `--from` conflicts with install "
            f"request (`{word}`)"
        )
    if normalize_name(word) != _name_of(line):
        raise WrongTool(
            f"Package name (`{_name_of(line)}`) provided with `--from` does not match install "
            f"request (`{word}`)"
        )


def _rest(context: Context, session: Session) -> Wants | None:
    """`--with…`, constraints, overrides; None where there is nothing of the kind."""
    if not _has_more(context):
        return None
    from weft.ops.run_layers import split_requirements
    from weft.ops.wants import read_wants

    settings = context.settings
    files = tuple(part for text in settings.with_requirements for part in text.split(",") if part)
    wants = read_wants(
        context.changed(
            packages=split_requirements(settings.with_packages),
            editable=split_requirements(settings.with_editable),
            requirements=files,
        )
    )
    if not wants.trees:
        return wants
    from weft.ops.building import Building
    from weft.ops.interpreters import find_interpreter
    from weft.ops.trees import with_trees

    interpreter = find_interpreter(context, session, settings.python)
    with Building(context, session, interpreter) as building:
        return with_trees(context, wants, building.tree_metadata)


def _has_more(context: Context) -> bool:
    settings = context.settings
    return bool(
        settings.with_packages or settings.with_editable or settings.with_requirements
        or settings.constraints or settings.overrides or settings.excludes
        or settings.build_constraints or settings.lfs
    )  # fmt: skip


def _lines(rest: Wants | None) -> Sequence[RequirementLine]:
    if rest is None:
        return ()
    return rest.lines or [_line(each) for each in rest.named]


def _line(requirement: Requirement) -> RequirementLine:
    from weft.project.lines import RequirementLine

    return RequirementLine(requirement, None, text=requirement.text)


def _named(
    context: Context, session: Session, lines: Sequence[RequirementLine]
) -> list[RequirementLine]:
    """The lines with the names of their projects, and with `--lfs` where it counts."""
    if all(line.requirement is not None for line in lines):
        return [_with_lfs(line, context.settings.lfs) for line in lines]
    from weft.ops.building import Building
    from weft.ops.interpreters import find_interpreter

    interpreter = find_interpreter(context, session, context.settings.python)
    with Building(context, session, interpreter) as building:
        named = [
            line
            if line.requirement is not None
            else replace(line, requirement=_found(session, building, line), path_or_url=None)
            for line in lines
        ]
    return [_with_lfs(line, context.settings.lfs) for line in named]


def _found(session: Session, building: Building, line: RequirementLine) -> Requirement:
    """The requirement of a path or a URL, with the name that its metadata tells."""
    from weft.core.names import normalize_name
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY
    from weft.ops.direct_sources import locate
    from weft.project.lines import file_url

    try:
        place = locate(line, building)
        name = place.name() or str(place.direct(session, building).requirement.name)
    except WeftError as error:
        error.exit_code = 2  # nobody knows what is asked for, so it was asked for wrongly
        raise
    target = line.path_or_url or ""
    url = target if "://" in target else file_url(target)
    return Requirement(normalize_name(name), line.extras, ANY, url, line.marker)


def _with_lfs(line: RequirementLine, lfs: bool) -> RequirementLine:
    requirement = line.requirement
    if not lfs or requirement is None or not (requirement.url or "").startswith("git+"):
        return line

    url = requirement.url or ""
    marked = f"{url}{'&' if '#' in url else '#'}lfs=true"
    return replace(line, requirement=replace(requirement, url=marked))


def _receipt(lines: Iterable[RequirementLine], rest: Wants | None) -> ToolReceipt:
    from weft.ops.tool_receipts import ToolReceipt
    from weft.ops.tool_requirements import requirement_of

    requirements = tuple(map(requirement_of, lines))
    if rest is None:
        return ToolReceipt(requirements)

    def limits(given: Iterable[Requirement]) -> tuple[UvRequirement, ...]:
        return tuple(requirement_of(_line(each)) for each in given)

    return ToolReceipt(
        requirements,
        constraints=limits(rest.constraints),
        overrides=limits(rest.overrides),
        excludes=tuple(sorted(rest.excludes)),
        build_constraints=limits(rest.build_constraints),
    )


def wants_of(
    context: Context,
    receipt: ToolReceipt,
    *,
    lines: Sequence[RequirementLine] = (),
    rest: Wants | None = None,
) -> Wants:
    """What the resolver is asked for a receipt.

    `lines` are its requirements as they were read, which know more (hashes, settings for builds),
    and `rest` has what the files among them say besides.
    """
    from weft.ops.tool_requirements import line_of
    from weft.ops.wants import Wants, divided

    # A directory that nobody names now is built again only where it has changed.
    known = [replace(line_of(each), origin="the receipt") for each in receipt.requirements]
    lines = lines or known
    named, direct = divided(lines)
    limits = [
        [line_of(each) for each in listed] for listed in (receipt.constraints, receipt.overrides)
    ]
    building = [line_of(each) for each in receipt.build_constraints]
    built = None
    if building or rest is not None or context.settings.require_build_hashes:
        from weft.ops.build_settings import build_limits

        built = build_limits(context, building)
    return Wants(
        requirements=tuple(named),
        direct=tuple(direct),
        constraints=_requirements(limits[0]),
        overrides=_requirements(limits[1]),
        excludes=frozenset(receipt.excludes),
        hashes=rest.hashes if rest is not None else {},
        options=rest.options if rest is not None else None,
        count=len(lines),
        config_settings=rest.config_settings if rest is not None else {},
        limits=built,
        lines=tuple(lines),
        constraint_lines=tuple(limits[0]),
        override_lines=tuple(limits[1]),
    )


def _requirements(lines: Iterable[RequirementLine]) -> tuple[Requirement, ...]:
    return tuple([line.requirement for line in lines if line.requirement is not None])


def absolute_python(text: str | None, cwd: str) -> str | None:
    """The request for a Python as a receipt has it: paths are the same from everywhere."""
    if text is None:
        return None
    from weft.python.request import PythonRequest

    request = PythonRequest.parse(text, cwd=cwd)
    if request.kind in ("file", "directory"):
        return os.path.normpath(os.path.join(cwd, text))
    return text
