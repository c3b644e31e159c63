"""The tools that are installed: where they are and what is known of each.

Owns the directories of tools and of their executables, the look at one tool and at all of them, and
the lock around the directory. Refuses to change anything. Follows uv's layout: a directory per
tool, named after the project, that is a virtual environment with a receipt in it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.ops.tool_receipts import ReceiptBroken, read_receipt
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_receipts import ToolReceipt
    from weft.python.interpreter import Interpreter
    from weft.system.locks import FileLock


@value
class InstalledTool:
    """A tool with a receipt. `root` is its environment; its interpreter may be gone."""

    name: str
    root: str
    receipt: ToolReceipt

    @property
    def python(self) -> str:
        """The path of the environment's interpreter, whether it is there or not."""
        return python_of(self.root)

    @property
    def version(self) -> str:
        """The version that is installed, empty where the project is not. Looked up each time."""
        found = self.distribution()
        return found.version if found is not None else ""

    def distribution(self) -> InstalledDist | None:
        """The project itself as it is installed."""
        from weft.python.installed import scan

        for dist in scan(site_directories(self.root)):
            if dist.name == self.name:
                return dist
        return None


@value
class BrokenTool:
    """A directory that is no tool: it has no receipt, or (`error`) one that is broken."""

    name: str
    root: str
    error: ReceiptBroken | None


def tools_directory(context: Context) -> str:
    """Where tools are: `WEFT_TOOL_DIR`, else below the data directory. Absolute."""
    from weft.system.userdirs import data_dir

    chosen = context.settings.tool_dir
    if chosen is not None:
        return os.path.normpath(os.path.join(context.cwd, chosen))
    return os.path.join(context.cwd, data_dir(context.environ, context.platform), "tools")


def bin_directory(context: Context) -> str:
    """Where executables of tools are linked: `WEFT_TOOL_BIN_DIR`, else as XDG says. Absolute."""
    from weft.system.userdirs import bin_dir

    chosen = context.settings.tool_bin_dir
    if chosen is not None:
        return os.path.normpath(os.path.join(context.cwd, chosen))
    return os.path.join(context.cwd, bin_dir(context.environ, context.platform))


def tool_root(context: Context, name: str) -> str:
    """The directory of the tool of this normal name."""
    return os.path.join(tools_directory(context), name)


def tools_lock(context: Context) -> FileLock:
    """The lock of those who change tools; a context manager. Raises LockTimeout."""
    from weft.system.locks import FileLock

    directory = tools_directory(context)
    return FileLock(
        os.path.join(directory, ".lock"),
        resource=directory,
        timeout=context.settings.lock_timeout,
    )


def find_tool(context: Context, name: str) -> InstalledTool | None:
    """The tool of this normal name; None where none is installed. Raises ReceiptBroken."""
    root = tool_root(context, name)
    receipt = read_receipt(root)
    return InstalledTool(name, root, receipt) if receipt is not None else None


def installed_tools(context: Context) -> tuple[InstalledTool, ...]:
    """All tools with a receipt that can be read, sorted by name."""
    return tuple([each for each in all_tools(context) if isinstance(each, InstalledTool)])


def all_tools(context: Context) -> tuple[InstalledTool | BrokenTool, ...]:
    """What is in the directory of tools, sorted by name. Warns of what is no tool's name."""
    directory = tools_directory(context)
    found: list[InstalledTool | BrokenTool] = []
    for name in tool_names(context):
        root = os.path.join(directory, name)
        try:
            receipt = read_receipt(root)
        except ReceiptBroken as error:
            found.append(BrokenTool(name, root, error))
            continue
        found.append(
            InstalledTool(name, root, receipt) if receipt else BrokenTool(name, root, None)
        )
    return tuple(found)


def tool_names(context: Context) -> list[str]:
    """The names of the directories that may be tools, sorted.

    Directories whose names begin with a dot are ours: what is being made or removed.
    """
    from weft.core.names import is_valid_name, normalize_name

    directory = tools_directory(context)
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        from weft.core.errors import SystemFailure

        raise SystemFailure("read directory", directory, error) from error
    names = []
    for entry in entries:
        if entry.name.startswith(".") or not entry.is_dir():
            continue
        if is_valid_name(entry.name) and normalize_name(entry.name) == entry.name:
            names.append(entry.name)
            continue
        from weft.core.events import Warned

        context.sink(
            Warned(
                f"Ignoring tool directory `{shown(context, entry.path)}` with an invalid package "
                "name; move it outside the tool directory, or remove it if no longer needed"
            )
        )
    return names


def shown(context: Context, path: str) -> str:
    """A path for people: relative where it is below the working directory."""
    below = context.cwd.rstrip(os.sep) + os.sep
    return path[len(below) :] if path.startswith(below) else path


def python_of(root: str) -> str:
    """The path of the interpreter of the environment `root`."""
    if os.name == "nt":
        return os.path.join(root, "Scripts", "python.exe")
    return os.path.join(root, "bin", "python")


def scripts_of(root: str) -> str:
    """The directory of the executables of the environment `root`."""
    return os.path.dirname(python_of(root))


def site_directories(root: str) -> tuple[str, ...]:
    """Where the environment `root` has packages, without running its interpreter."""
    if os.name == "nt":
        return (os.path.join(root, "Lib", "site-packages"),)
    library = os.path.join(root, "lib")
    try:
        names = sorted(os.listdir(library))
    except OSError:
        return ()
    return tuple([os.path.join(library, name, "site-packages") for name in names])


def make_directory_of_tools(context: Context) -> None:
    """The directory of tools, hidden from Git. Raises SystemFailure."""
    from weft.system.files import make_directory, write_atomic

    directory = tools_directory(context)
    make_directory(directory, variable="WEFT_TOOL_DIR")
    ignoring = os.path.join(directory, ".gitignore")
    if not os.path.exists(ignoring):
        write_atomic(ignoring, b"*")


def existing_interpreter(context: Context, session: Session, root: str) -> Interpreter | None:
    """The interpreter of the environment `root`; None where there is none that works."""
    path = python_of(root)
    if not (os.path.exists(path) and os.path.exists(os.path.join(root, "pyvenv.cfg"))):
        return None
    from weft.python.interpreter import probe
    from weft.python.probe import InterpreterFailure

    try:
        return probe(path, session.store, environ=context.environ)
    except InterpreterFailure:
        return None


def is_made_of(existing: Interpreter, base: Interpreter) -> bool:
    """Whether an environment is one of the Python `base`, by whatever name that goes."""
    return os.path.realpath(base.base_executable) == os.path.realpath(existing.base_executable)


class ToolMissing(WeftError):
    """No tool of this name is installed."""

    def __init__(self, name: str, message: str, *, exit_code: int = 2) -> None:
        super().__init__(message, exit_code=exit_code)
        self.name = name
