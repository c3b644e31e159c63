"""The interpreter of a project.

Owns which Python a project asks for (`--python`, then `.python-version`, then `requires-python` of
its members and of the groups that are wanted), and the errors for one that it does not allow.
Refuses to make environments: `ops.project_environment` does, and looks into them first.
Follows uv in order and wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from weft.core.specifier import Specifiers
    from weft.ops.context import Context
    from weft.ops.project_groups import GroupChoice
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter

    Origin = Literal["option", "file", "project"]


@value
class Declaration:
    """One `requires-python`: whose it is, and of which of its groups (empty for the project's)."""

    member: str
    group: str
    specifiers: Specifiers


@value
class PythonNeeds:
    """What a project asks for. `request` is the text of a request, None for any Python.

    `origin` tells where it is from; for "file" `path` is that file, as people would write it.
    `allowed` is what all declarations together allow, None without any.
    """

    request: str | None
    origin: Origin
    path: str
    allowed: Specifiers | None
    declarations: tuple[Declaration, ...]
    several: bool

    def allows(self, version: str) -> bool:
        """Whether an interpreter of this version may be used."""
        return self.allowed is None or allows(self.allowed, version)

    def check(self, version: str) -> None:
        """Raises WeftError where it may not, naming whose `requires-python` is against it."""
        if self.allowed is None or self.allows(version):
            return
        resolved = {
            "option": f"The requested interpreter resolved to Python {version}, which",
            "file": f"The Python request from `{self.path}` resolved to Python {version}, which",
            "project": f"The resolved Python interpreter (Python {version})",
        }[self.origin]
        against = [each for each in self.declarations if not allows(each.specifiers, version)]
        message = (
            f"{resolved} is incompatible with the project's Python requirement: "
            f"`{self.allowed.text}`{_whose(against, several=self.several)}"
        )
        if self.origin == "file":
            advice = "Use `weft python pin` to update the `.python-version` file"
            message += f"\n{advice} to a compatible version"
        raise WeftError(message)


def allows(specifiers: Specifiers, version: str) -> bool:
    """As `Requires-Python` is understood: a pre-release of 3.14 is a 3.14."""
    from weft.core.specifier import requires_python_allows

    return requires_python_allows(specifiers.text, version)


def project_interpreter(
    context: Context, session: Session, project: Project, *, groups: GroupChoice | None = None
) -> Interpreter:
    """The interpreter that a project is resolved with: its environment's, if that will do.

    Says which one it is where it is another. Raises InterpreterNotFound and WeftError.
    """
    from weft.ops.project_environment import existing

    needs = python_needs(context, project, groups)
    found = existing(context, session, project, needs)
    return found if found is not None else find(context, session, needs)


def find(context: Context, session: Session, needs: PythonNeeds) -> Interpreter:
    """An interpreter outside of environments; says which one. Raises if it is not allowed."""
    from weft.ops.interpreters import find_interpreter

    interpreter = find_interpreter(context, session, needs.request)
    announce(context, interpreter)
    needs.check(interpreter.version)
    return interpreter


def announce(context: Context, interpreter: Interpreter) -> None:
    """`Using CPython 3.12.1 interpreter at: …`; where a managed one lies is nobody's business."""
    from weft.core.events import Note
    from weft.python.discovery import World, display
    from weft.python.search import managed_homes

    name = f"Using {interpreter.implementation} {interpreter.version}"
    world = World(context.environ, context.cwd, None, platform=context.platform)  # type: ignore[arg-type]
    if not interpreter.executable.startswith(tuple(f"{home}/" for home in managed_homes(world))):
        name += f" interpreter at: {display(interpreter.executable, context.cwd)}"
    context.sink(Note(name))


def python_needs(
    context: Context, project: Project, groups: GroupChoice | None, *, start: str | None = None
) -> PythonNeeds:
    """What is asked for; version files are looked for from `start` (None: the root) up to the root.

    Raises WeftError where the members contradict each other.
    """
    if groups is None:
        from weft.ops.project_groups import chosen_groups

        groups = chosen_groups(context.settings, project.pyproject)
    declarations = tuple(_declarations(project, groups))
    allowed = _together(declarations)
    several = len(project.members) > 1
    if context.settings.python is not None:
        return PythonNeeds(context.settings.python, "option", "", allowed, declarations, several)
    pinned = _pinned(context, project, allowed, start=start or project.root)
    if pinned is not None:
        text, path = pinned
        return PythonNeeds(text, "file", path, allowed, declarations, several)
    wanted = allowed.text if allowed is not None else None
    return PythonNeeds(wanted, "project", "", allowed, declarations, several)


def satisfies(context: Context, session: Session, text: str | None, found: Interpreter) -> bool:
    """Whether the interpreter of an environment is what a request asks for."""
    if text is None:
        return True
    from weft.python.request import PythonRequest

    request = PythonRequest.parse(text, cwd=context.cwd)
    if request.is_place:
        return _is_same(context, session, text, found)
    return request.matches(found)


def _is_same(context: Context, session: Session, text: str, found: Interpreter) -> bool:
    """A path or a name leads to the environment, or to what it was made of."""
    from weft.ops.interpreters import find_interpreter
    from weft.system.lean import os

    try:
        named = find_interpreter(context, session, text)
    except WeftError:
        return False
    if os.path.realpath(named.prefix) == os.path.realpath(found.prefix):
        return True
    return os.path.realpath(named.base_executable) == os.path.realpath(found.base_executable)


def _declarations(project: Project, groups: GroupChoice) -> Iterator[Declaration]:
    """Those of the members and of the groups that are wanted, by name."""
    from weft.core.names import normalize_name
    from weft.core.specifier import Specifiers

    for member in project.members:
        told = member.pyproject.requires_python
        if told is not None:
            yield Declaration(member.name, "", Specifiers.parse(told))
        if not isinstance(member.settings.get("dependency-groups"), dict):
            continue
        from weft.project.groups import together
        from weft.project.manifest import group_pythons
        from weft.project.pythons import sorted_clauses

        found = together(member.pyproject.groups, group_pythons(member.settings))
        for group, texts in sorted(found.items()):
            if groups.wants(normalize_name(group)):
                told = sorted_clauses(texts)
                yield Declaration(member.name, normalize_name(group), Specifiers.parse(told))


def _together(declarations: Sequence[Declaration]) -> Specifiers | None:
    from weft.core.ranges import EMPTY, intersect

    if not declarations:
        return None
    ranges = declarations[0].specifiers.ranges
    for each in declarations[1:]:
        ranges = intersect(ranges, each.specifiers.ranges)
    if ranges == EMPTY:
        raise WeftError(f"Found conflicting Python requirements:\n{_listed(declarations)}")
    return tightest([each.specifiers for each in declarations])


def tightest(specifiers: Sequence[Specifiers]) -> Specifiers:
    """One text for all: of several bounds on a side only the one that counts."""
    from weft.core.specifier import Specifiers

    texts = dict.fromkeys(each.text for each in specifiers)
    if len(texts) == 1:
        return specifiers[0]
    clauses = dict.fromkeys(piece.strip() for text in texts for piece in text.split(","))
    lower = [each for each in clauses if each.startswith(">")]
    upper = [each for each in clauses if each.startswith("<")]
    others = [each for each in clauses if each[0] not in "<>" and each]
    if lower:
        lower = [max(lower, key=lambda text: Specifiers.parse(text).ranges[0][0])]
    if upper:
        upper = [min(upper, key=lambda text: Specifiers.parse(text).ranges[0][1])]
    return Specifiers.parse(", ".join((*lower, *upper, *others)))


def _whose(against: Sequence[Declaration], *, several: bool) -> str:
    """The end of a sentence that names who does not allow a version."""
    if len(against) > 1:
        return (
            ".\nThe following `requires-python` declarations do not permit this version:\n"
            f"{_listed(against)}"
        )
    if not against:
        return ""
    each = against[0]
    owner = f"workspace member `{each.member}`'s " if several else ""
    if each.group:
        return f" (from {owner}`tool.uv.dependency-groups.{each.group}.requires-python`)."
    return f" (from {owner}`project.requires-python`)" + ("." if several else "")


def _listed(declarations: Sequence[Declaration]) -> str:
    return "\n".join(
        f"- {each.member}{':' if each.group else ''}{each.group}: "
        + ", ".join([clause.strip() for clause in each.specifiers.text.split(",")])
        for each in declarations
    )


def _pinned(
    context: Context, project: Project, allowed: Specifiers | None, *, start: str
) -> tuple[str, str] | None:
    """The request of a version file and its path: the project's, else that of the person.

    One of the person's own that the project does not allow is not meant for it.
    """
    from weft.ops.version_files import nearest
    from weft.python.discovery import display

    found = nearest(context, start, stop=project.root)
    if found is None or found.first is None:
        return None
    version = found.first.fixed_version if found.is_global else None
    if version is not None and allowed is not None and not allows(allowed, version):
        return None
    return found.first.canonical, display(found.path, context.cwd)
