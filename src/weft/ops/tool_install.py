"""`weft tool install`: a package's programs in an environment of their own.

Owns what is asked for, whether it is there already, and what becomes of an environment that cannot
go on: one of another Python, with a broken receipt, without its interpreter. Refuses to change
anything itself (`ops.tool_change`). Follows uv.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.events import Change
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_asked import Asked
    from weft.ops.tool_receipts import ToolReceipt
    from weft.ops.tool_request import ToolRequest
    from weft.python.interpreter import Interpreter


def run(context: Context) -> int:
    """Exit code 0. Raises WrongTool, NoExecutables, ExecutablesTaken and errors of resolving."""
    from weft.ops.session import Session
    from weft.ops.tool_options import options_of, plain

    request = _request(context)
    options = options_of(context)
    context = plain(context)
    if request.latest:
        context = context.changed(refresh=True)
    with Session(context) as session:
        return install(context, session, request, options=options)


def _request(context: Context) -> ToolRequest:
    from weft.ops.tool_asked import WrongTool
    from weft.ops.tool_request import ToolRequest

    settings = context.settings
    word = settings.request or ""
    request = ToolRequest.parse(word, settings.from_package)
    if request.is_python:
        raise WrongTool(
            "Cannot install Python with `weft tool install`. Did you mean to use `weft python "
            "install`?"
        )
    given = settings.from_package or word
    if settings.as_editable and (request.latest or request.requirement != given):
        raise WrongTool("`--editable` is only supported for local packages")
    return request


def install(
    context: Context, session: Session, request: ToolRequest, *, options: dict[str, object]
) -> int:
    """The same with settings for tools. `options` are for the receipt."""
    from weft.ops.shell_path import warn_off_path
    from weft.ops.tool_asked import read_asked
    from weft.ops.tool_environment import tidy
    from weft.ops.tools import bin_directory, make_directory_of_tools, tools_lock

    asked = read_asked(context, session, request)
    if request.latest:
        context = _changed(context, session, upgrade_package=(asked.name,))
    if context.settings.force:
        packages = (*context.settings.reinstall_package, asked.name)
        context = _changed(context, session, reinstall_package=packages)
    make_directory_of_tools(context)
    with tools_lock(context):
        tidy(context)
        done = _install(context, session, request, asked=asked, options=options)
    if done:
        warn_off_path(
            context,
            bin_directory(context),
            what="installed tools",
            command="weft tool update-shell",
        )
    return 0


def _changed(context: Context, session: Session, **settings: object) -> Context:
    context = context.changed(**settings)
    session.context = context
    return context


def _install(
    context: Context,
    session: Session,
    request: ToolRequest,
    *,
    asked: Asked,
    options: dict[str, object],
) -> bool:
    """Whether something was done; False where the tool is there as it was asked for."""
    from weft.core.events import Changes, Note
    from weft.ops.tool_asked import absolute_python
    from weft.ops.tool_change import Bringing, Tool
    from weft.ops.tools import tool_root

    root = tool_root(context, asked.name)
    before, broken = _before(context, root, asked.name)
    base, existing = _interpreters(context, session, root, asked.name)
    settings = context.settings
    python = absolute_python(settings.python, context.cwd)
    if python is None and before is not None and existing is not None:
        python = before.python
    receipt = replace(asked.receipt, python=python, options=options)
    again = bool(settings.reinstall or settings.reinstall_package)
    again = again or asked.is_directory  # who names one has changed something in it
    newer = request.latest or settings.upgrade or settings.upgrade_package
    stays = before is not None and existing is not None and not (again or newer)
    if stays and before is not None and _is_same(receipt, before):
        _keep(context, root, receipt, before)
        context.sink(Note(f"`{asked.shown}` is already installed"))
        return False
    if settings.force:
        existing = None

    def tell(changes: tuple[Change, ...]) -> bool:
        context.sink(Changes(changes))
        return True

    tool = Tool(
        asked.name,
        root,
        base,
        existing,
        receipt,
        before,
        asked.wants,
        providers=asked.providers,
        force=settings.force or broken,
    )
    try:
        Bringing(context, session, tool, tell=tell).run()
    except WeftError as error:
        from weft.ops.fitting_python import fitting_python

        other = fitting_python(context, session, base, error)
        if other is None:
            raise
        Bringing(context, session, replace(tool, base=other, existing=None), tell=tell).run()
    return True


def _before(context: Context, root: str, name: str) -> tuple[ToolReceipt | None, bool]:
    """The receipt, and whether there was one that is broken, whose environment is gone now."""
    from weft.core.events import Warned
    from weft.ops.tool_environment import remove_environment
    from weft.ops.tool_receipts import ReceiptBroken, read_receipt

    try:
        return read_receipt(root), False
    except ReceiptBroken:
        remove_environment(root)
        context.sink(Warned(f"Removed existing `{name}` with invalid receipt"))
        return None, True


def _interpreters(
    context: Context, session: Session, root: str, name: str
) -> tuple[Interpreter, Interpreter | None]:
    """What an environment is made of, and that of the environment that can go on.

    With no Python asked for, whatever the environment has will do, unless all is made again.
    """
    from weft.core.events import Note
    from weft.ops.interpreters import find_interpreter
    from weft.ops.tools import existing_interpreter, is_made_of
    from weft.ops.version_files import global_text

    settings = context.settings
    wanted = settings.python
    existing = existing_interpreter(context, session, root)
    if existing is not None and wanted is None and not settings.reinstall:
        return existing, existing
    if wanted is None:
        base = find_interpreter(context, session, global_text(context))
        fits = existing is None or is_made_of(existing, base)
    else:
        from weft.ops.project_python import satisfies

        base = find_interpreter(context, session, wanted)
        fits = existing is None or satisfies(context, session, wanted, existing)
    if existing is None or fits:
        return (existing or base), existing
    which = "requested Python" if wanted is not None else "Python"
    context.sink(
        Note(
            f"Ignoring existing environment for `{name}`: the {which} interpreter does not match "
            "the environment interpreter"
        )
    )
    return base, None


def _is_same(receipt: ToolReceipt, before: ToolReceipt) -> bool:
    return (
        receipt.requirements == before.requirements
        and receipt.constraints == before.constraints
        and receipt.overrides == before.overrides
        and sorted(receipt.excludes) == sorted(before.excludes)
        and receipt.build_constraints == before.build_constraints
    )


def _keep(context: Context, root: str, receipt: ToolReceipt, before: ToolReceipt) -> None:
    """The tool stays; its receipt gets the options, its executables their links where they lack."""
    from weft.ops.tool_links import Links
    from weft.ops.tool_receipts import write_receipt
    from weft.ops.tools import scripts_of

    if dict(before.options) != dict(receipt.options):
        write_receipt(root, replace(before, options=receipt.options))
    scripts = scripts_of(root)
    pairs = [
        (os.path.join(scripts, os.path.basename(entry.install_path)), entry.install_path)
        for entry in before.entrypoints
        if not os.path.lexists(entry.install_path)
    ]
    try:
        with Links(pairs) as links:
            links.put()
    except WeftError as error:
        from weft.core.events import Warned

        context.sink(Warned(error.message))
