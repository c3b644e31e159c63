"""What a lock is made from: the members, the limits of the root, and the options.

Owns `LockRequest`, read once for freshness and for the resolution. Refuses to resolve.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.marker_sets import MarkerSet
    from weft.core.specifier import Specifiers
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.lock_places import LockPlaces
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.project.discovery import Project
    from weft.project.lines import RequirementLine
    from weft.project.manifest import ResolutionTable
    from weft.python.interpreter import Interpreter


@value
class LockRequest:
    """`root` is the directory that the lock's paths count from. Limits have their sources.

    `requirements` are those of a script; `groups` those of a root that is no project.
    """

    root: str
    project: Project | None
    python: Specifiers
    table: ResolutionTable
    constraints: tuple[RequirementLine, ...]
    overrides: tuple[RequirementLine, ...]
    build_constraints: tuple[RequirementLine, ...]
    requirements: tuple[RequirementLine, ...]
    groups: tuple[tuple[str, tuple[RequirementLine, ...]], ...]
    references: dict[str, str]


def project_request(context: Context, project: Project, interpreter: Interpreter) -> LockRequest:
    """Read what the files of a project say. Warns where no Python is named."""
    from weft.ops.lock_places import member_sources, placed_lines
    from weft.ops.trees import source_choice
    from weft.project.lowering import read_groups
    from weft.project.manifest import requires_python, resolution_table

    table = resolution_table(project)
    sources = member_sources(project, source_choice(context), project.root)
    references: dict[str, str] = {}

    def lines(texts: tuple[str, ...]) -> tuple[RequirementLine, ...]:
        return tuple(placed_lines(sources, texts, references))

    python = python_of(context, requires_python(project), interpreter)
    check_environments(table.environments, python)
    check_environments(table.required_environments)
    return LockRequest(
        project.root,
        project,
        python,
        table,
        lines(table.constraints),
        lines(table.overrides),
        lines(table.build_constraints),
        (),
        read_groups(sources) if project.top.name is None else (),
        references,
    )


class EnvironmentsOverlap(WeftError):
    """Two of the environments have something in common."""

    def __init__(self, first: MarkerSet, second: MarkerSet) -> None:
        one, two = first.text or "true", second.text or "true"
        super().__init__(
            "Supported environments must be disjoint, but the following markers overlap: "
            f"`{one}` and `{two}`",
            hints=(f"replace `{two}` with `{(~first & second).text}`",),
        )


def check_environments(texts: Iterable[str], python: Specifiers | None = None) -> None:
    """Raises EnvironmentsOverlap, and WeftError for an environment without a Python."""
    from weft.core.marker_sets import MarkerSet

    sets = [MarkerSet.parse(text) for text in texts]
    for number, second in enumerate(sets[1:]):
        first = sets[number]
        if not first.is_disjoint(second):
            raise EnvironmentsOverlap(first, second)
    pythons = MarkerSet.TRUE if python is None else MarkerSet.of_python(python)
    for each in sets:
        if each.is_disjoint(pythons):
            told = python.spaced_text if python is not None else ""
            raise WeftError(
                f"Environment markers `{each.text}` don't overlap with Python requirement `{told}`"
            )


def default_python(interpreter: Interpreter) -> str:
    """The specifier of all Pythons from this one's minor version on: `>=3.11`."""
    return f">={'.'.join(interpreter.version.split('.')[:2])}"


def python_of(context: Context, told: Specifiers | None, interpreter: Interpreter) -> Specifiers:
    """The Pythons to resolve for: `told`, else those from the interpreter on; warns of odd ones."""
    from weft.core.events import Warned
    from weft.core.specifier import Specifiers

    default = default_python(interpreter)
    if told is None:
        context.sink(
            Warned(f"No `requires-python` value found in the workspace. Defaulting to `{default}`.")
        )
        return Specifiers.parse(default)
    text = told.spaced_text
    if not text or text.startswith(("<", "!=")):
        context.sink(
            Warned(
                f"The workspace `requires-python` value (`{text}`) does not contain a lower "
                "bound. Add a lower bound to indicate the minimum compatible Python version "
                f"(e.g., `{default}`)."
            )
        )
    elif text.startswith("==") and not text.endswith(".*") and text.count(".") < 2:
        context.sink(
            Warned(
                f"The workspace `requires-python` value (`{text}`) contains an exact match without "
                "a patch version. When omitted, the patch version is implicitly `0` (e.g., "
                f"`{text}.0`). Did you mean `{text}.*`?"
            )
        )
    return told


def lock_wants(context: Context, request: LockRequest) -> Wants:
    """What builds and downloads want to know of the request."""
    from weft.ops.build_settings import build_limits
    from weft.ops.wants import Wants

    return Wants(requirements=(), limits=build_limits(context, request.build_constraints))


def lock_places(
    context: Context, session: Session, building: Building, request: LockRequest, pin: object
) -> LockPlaces:
    """The places of a request; reading members may ask a back end."""
    from weft.ops.lock_places import LockPlaces
    from weft.ops.trees import source_choice

    return LockPlaces(
        session,
        building,
        project=request.project,
        choice=source_choice(context),
        pin=pin,  # type: ignore[arg-type]
    )
