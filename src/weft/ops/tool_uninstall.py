"""`weft tool uninstall`: remove tools and their executables.

Owns the order (executables first, so that none is left that leads nowhere; then the environment, by
one rename out of sight) and what is said. Refuses to remove executables that are not the tool's.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.tool_receipts import Entrypoint


def run(context: Context) -> int:
    """Exit code 0. Raises ToolMissing with exit code 2; tools named before are gone by then."""
    from weft.core.events import Note
    from weft.core.names import normalize_name
    from weft.core.quantities import plural
    from weft.ops.tools import tool_names, tools_directory, tools_lock

    settings = context.settings
    if not os.path.isdir(tools_directory(context)):
        return _nothing(context)
    with tools_lock(context):
        names = tool_names(context) if settings.all_tools else list(settings.packages)
        removed: list[Entrypoint] = []
        dangling = False
        for name in dict.fromkeys(map(normalize_name, names)):
            entries = _remove(context, name)
            dangling = dangling or entries is None
            removed += entries or ()
    if removed:
        told = ", ".join(sorted(entry.name for entry in removed))
        context.sink(Note(f"Uninstalled {plural(len(removed), 'executable')}: {told}"))
    elif not dangling:
        context.sink(Note("Nothing to uninstall"))
    return 0


def _nothing(context: Context) -> int:
    """There is no directory of tools."""
    from weft.core.events import Note

    for name in context.settings.packages:
        raise _missing(name)
    context.sink(Note("Nothing to uninstall"))
    return 0


def _missing(name: str) -> Exception:
    from weft.ops.tools import ToolMissing

    return ToolMissing(name, f"`{name}` is not installed")


def _remove(context: Context, name: str) -> tuple[Entrypoint, ...] | None:
    """The executables of a tool that is gone now; None for a directory that was no tool."""
    from weft.core.events import Note
    from weft.ops.tool_environment import remove_environment
    from weft.ops.tool_links import unlink
    from weft.ops.tool_receipts import ReceiptBroken
    from weft.ops.tools import find_tool, tool_root

    root = tool_root(context, name)
    try:
        tool = find_tool(context, name)
    except ReceiptBroken:
        tool = None
    if tool is None:
        if not os.path.isdir(root):
            raise _missing(name)
        remove_links_into(context, root)
        remove_environment(root)
        context.sink(Note(f"Removed dangling environment for `{name}`"))
        return None
    for entry in unlink(tool.receipt.entrypoints, root):
        from weft.core.events import Warned

        context.sink(
            Warned(f"Kept `{entry.install_path}`, which is not the executable of `{name}`")
        )
    remove_links_into(context, root)  # those that the receipt does not know of
    remove_environment(root)
    return tool.receipt.entrypoints


def remove_links_into(context: Context, root: str) -> None:
    """Remove the links to the executables of a tool whose receipt does not tell them."""
    from weft.ops.tool_links import is_ours
    from weft.ops.tools import bin_directory

    directory = bin_directory(context)
    try:
        names = os.listdir(directory)
    except OSError:
        return
    for name in names:
        path = os.path.join(directory, name)
        if is_ours(path, root):
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise SystemFailure("remove", path, error) from OsCause(error)
