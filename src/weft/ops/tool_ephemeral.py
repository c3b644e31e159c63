"""The environment in which a tool runs that nobody has to install first.

Owns the way from a request to it: a tool that is installed and does, else an environment of the
cache with what was resolved, made where it is missing. Refuses to run anything in it.
Follows uv: Pythons of environments and of a directory's version file do not count here, nor do the
settings of a project.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.ops.kept_environment import consulted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.install.inventory import Inventory
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_request import ToolRequest
    from weft.ops.wants import Wants
    from weft.project.lines import RequirementLine
    from weft.python.interpreter import Interpreter


@value
class ToolEnvironment:
    """Where a tool runs.

    `project` is the normal name of the package that was asked for, empty for a Python. `program` is
    the name of the program to run. `use` is the file that keeps an environment of the cache, empty
    for a tool that is installed; `wants` is what it was found to have. `consulted` are the
    paths whose change may mean that it has not any more.
    """

    interpreter: Interpreter
    project: str
    program: str
    use: str
    wants: Wants
    consulted: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """The root of the environment."""
        return self.interpreter.prefix

    @property
    def scripts(self) -> str:
        """The directory of its programs."""
        return self.interpreter.schemes["scripts"]


def tool_environment(context: Context, session: Session, request: ToolRequest) -> ToolEnvironment:
    """The environment with what `request` names, and with the settings' `--with…`.

    It says only that packages were installed. An environment of the cache stays as long as this
    process lives, and the program that it becomes. Raises Unsolved, InterpreterNotFound and errors
    of the index.
    """
    from weft.ops.wants import read_wants

    world = _asking(context, request)
    session.enter(world)
    python = _python(context, request)
    wants = read_wants(world)
    name = _name(wants, request)
    found = _installed(world, session, request, wants, name=name, python=python)
    if found is not None:
        return found
    return _made(world, session, request, wants, name=name, python=python)


def _asking(context: Context, request: ToolRequest) -> Context:
    """The options as those of `weft pip install`, which they are like."""
    from weft.ops.run_layers import split_requirements
    from weft.ops.run_quiet import quiet

    settings = context.settings
    asked = () if request.is_python else (request.requirement,)
    files = tuple(part for text in settings.with_requirements for part in text.split(",") if part)
    return quiet(
        context.changed(
            packages=(*asked, *split_requirements(settings.with_packages)),
            editable=split_requirements(settings.with_editable),
            requirements=files,
            extra=(),
            all_extras=False,
            group=(),
            exact=False,
            refresh=settings.refresh or request.latest,
            git_lfs=settings.git_lfs or settings.lfs,
            upgrade=False,
            upgrade_package=(),
            reinstall=False,
            reinstall_package=(),
            constraint_dependencies=(),
            override_dependencies=(),
            exclude_dependencies=(),
            build_constraint_dependencies=(),
            check=False,  # of the command that needs the tool
            dry_run=False,
        )
    )


def _python(context: Context, request: ToolRequest) -> str | None:
    """The text of the request for an interpreter, None for any; the person's pin is one."""
    given = context.settings.python
    if not request.python:
        from weft.ops.version_files import global_text

        return given if given is not None else global_text(context)
    if given is not None:
        from weft.python.request import PythonRequest

        other = PythonRequest.parse(request.python).describe().removeprefix("Python ")
        raise WeftError(f"Received multiple Python version requests: `{given}` and `{other}`")
    return request.python


def _name(wants: Wants, request: ToolRequest) -> str:
    """The normal name of the package, empty for a Python and where nobody knows it yet."""
    if request.is_python:
        return ""
    if wants.plain:
        from weft.core.names import normalize_name

        return normalize_name(wants.plain[0])
    line = _line(wants, request)
    named = wants.requirements[0] if line is None else line.requirement
    return str(named.name) if named is not None else ""


def _line(wants: Wants, request: ToolRequest) -> RequirementLine | None:
    """The requirement with a path or a URL that the request is; None where it has neither."""
    for line in wants.direct:
        if line.text == request.requirement and not line.origin and not line.editable:
            return line
    return None


def _installed(
    context: Context,
    session: Session,
    request: ToolRequest,
    wants: Wants,
    *,
    name: str,
    python: str | None,
) -> ToolEnvironment | None:
    """The tool of this name, if it is installed and has everything that is wanted."""
    if not name or request.latest or context.settings.isolated_run:
        return None
    from weft.ops.tool_options import options_of
    from weft.ops.tool_receipts import ReceiptBroken
    from weft.ops.tools import find_tool
    from weft.python.interpreter import probe
    from weft.python.probe import InterpreterFailure

    try:
        tool = find_tool(context, name)
        if tool is None or tool.receipt.options != options_of(context):
            return None
        interpreter = probe(tool.python, session.store, environ=context.environ)
    except (ReceiptBroken, InterpreterFailure):
        return None  # a broken tool is none
    from weft.ops.project_python import satisfies

    if not satisfies(context, session, python, interpreter):
        return None
    inventory = _inventory(context, session, interpreter, wants)
    if inventory is None:
        return None
    paths = (*consulted(interpreter), *inventory.consulted)
    return ToolEnvironment(interpreter, name, request.program or name, "", wants, paths)


def _inventory(
    context: Context, session: Session, interpreter: Interpreter, wants: Wants
) -> Inventory | None:
    """What the environment holds, if that is all that is wanted."""
    from weft.install.target import environment_target
    from weft.ops.pip_install import already_satisfied, inventory_of
    from weft.ops.platforms import judge

    judged = judge(context.settings, interpreter)
    inventory = inventory_of(session, environment_target(interpreter), judged)
    try:
        return inventory if already_satisfied(context, wants, inventory) else None
    except WeftError:
        return None  # what cannot be read is not there; making an environment of it tells why


def _made(
    context: Context,
    session: Session,
    request: ToolRequest,
    wants: Wants,
    *,
    name: str,
    python: str | None,
) -> ToolEnvironment:
    """The environment of the cache, made where it is missing; where nobody named a Python, maybe
    with another one than the first that is found."""
    from weft.ops.interpreters import find_interpreter
    from weft.ops.run_layers import Unsolved

    base = find_interpreter(context, session, python)
    try:
        return _made_for(context, session, request, wants, name=name, python=python, base=base)
    except Unsolved as error:
        from weft.ops.fitting_python import fitting_python

        other = fitting_python(context, session, base, error.error) if python is None else None
        if other is None:
            raise
    return _made_for(context, session, request, wants, name=name, python=python, base=other)


def _made_for(
    context: Context,
    session: Session,
    request: ToolRequest,
    wants: Wants,
    *,
    name: str,
    python: str | None,
    base: Interpreter,
) -> ToolEnvironment:
    from weft.ops.building import Building
    from weft.ops.run_layers import Layer

    with Building(context, session, base, wants=wants) as building:
        if not (name or request.is_python):
            name = _found_name(session, building, _line(wants, request))
            found = _installed(context, session, request, wants, name=name, python=python)
            if found is not None:
                return found
        if wants.trees:
            from weft.ops.trees import with_trees

            wants = with_trees(context, wants, building.tree_metadata)
        if request.latest:
            wants = _newest(context, session, base, wants)
        layer = Layer(context, session, base, wants=wants, building=building, what="tool")
        made = layer.made()
    paths = (made.base_executable, *consulted(made))
    return ToolEnvironment(made, name, request.program or name, f"{made.prefix}.use", wants, paths)


def _found_name(session: Session, building: Building, line: RequirementLine | None) -> str:
    """What the project behind a path or a URL is called. Raises Unresolved."""
    from weft.ops.direct_sources import locate
    from weft.ops.run_layers import Unresolved
    from weft.project.lines import LineError

    assert line is not None, "what has no name has a place"
    try:
        place = locate(line, building)
        return place.name() or str(place.direct(session, building).requirement.name)
    except LineError:
        raise
    except WeftError as error:
        raise Unresolved("`--with`") from error


def _newest(context: Context, session: Session, base: Interpreter, wants: Wants) -> Wants:
    """The newest version that there is of the package: no older one will do instead."""
    from weft.core.specifier import Specifiers
    from weft.core.value import replace
    from weft.ops.latest import newest
    from weft.ops.platforms import judge

    asked, *others = wants.named
    judged = judge(context.settings, base)
    found = newest(context, session, [asked.name], judged, any_python=True).get(asked.name)
    if found is None:
        return wants
    pinned = replace(asked, specifiers=Specifiers.parse(f"=={found.version}"))
    return replace(wants, plain=(), requirements=(pinned, *others))
