"""`weft self update`: bring weft up to date, the way it was installed.

Owns telling how weft was installed, and the command that updates it so. It is run where it changes
nothing but weft's own environment and where what installed it remembers from where; elsewhere it
is named. Refuses to download weft itself, and to ask an index for the name of a weft that came
from somewhere else: there it may be another project's.
Follows the database of installed projects (INSTALLER, direct_url.json) and PEP 668.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.context import Context


@value
class Installation:
    """How weft came here. `command` updates it; empty where there is none for it.

    `is_safe` tells whether running it changes weft's own environment alone, and gets weft from
    where it came from; `advice` is for people where it is not run.
    """

    method: str
    told: str
    place: str
    command: tuple[str, ...]
    is_safe: bool
    advice: str = ""


@value
class Origin:
    """What weft was installed from, as an installer takes it: a path, a URL, or a requirement."""

    target: str
    is_editable: bool = False
    is_directory: bool = False


class Surroundings:
    """What is around the running weft. `library` is the directory that its package lies in."""

    def __init__(self, library: str, *, prefix: str, base_prefix: str, executable: str) -> None:
        self.library = library
        self.prefix = prefix
        self.base_prefix = base_prefix
        self.executable = executable

    @staticmethod
    def here() -> Surroundings:
        """Those of this process."""
        import sys

        import weft

        library = os.path.dirname(os.path.dirname(os.path.abspath(weft.__file__ or "")))
        prefix, base_prefix = sys.prefix, sys.base_prefix
        if sys.flags.no_site and prefix == base_prefix:  # `site` is what sees an environment
            above = os.path.dirname(os.path.dirname(sys.executable))
            if os.path.exists(os.path.join(above, "pyvenv.cfg")):
                prefix = above
        return Surroundings(
            library, prefix=prefix, base_prefix=base_prefix, executable=sys.executable
        )


def run(context: Context) -> int:
    """The exit code of the command that updates weft. Raises WeftError where none is run."""
    from weft import __version__

    settings = context.settings
    found = installation(Surroundings.here(), settings.target_version)
    shown = _quoted(found.command)
    if settings.output_format == "json":
        context.out(_as_json(found, __version__))
        if settings.dry_run:
            return 0
    if not found.is_safe:
        raise WeftError(f"Self-update is not available: weft {found.told}", hints=(found.advice,))
    from weft.core.events import Note

    context.sink(Note(f"weft {__version__} {found.told} (`{found.place}`)"))
    if settings.dry_run:
        context.sink(Note(f"Would run `{shown}`"))
        return 0
    if settings.offline:
        raise WeftError(
            "Self-update is not possible because network connectivity is disabled (i.e., with "
            "`--offline`)"
        )
    return _update(context, found)


def installation(around: Surroundings, version: str | None) -> Installation:
    """How the weft in `around` was installed, and the command for `version` (the newest: None)."""
    record = record_of(around.library)
    if record is None:
        return _of_source(around.library)
    origin = origin_of_record(record)
    if origin.is_editable:
        return _editable(origin.target)
    found = _of_tool(around, version)
    if found is not None and not (version and origin.target):
        return _of_files(found, origin) if origin.is_directory else found  # else by its receipt
    if origin.target:
        return _of_origin(around, _installer(record), origin)
    return _of_system(around, record) or _of_environment(around, record, version)


def _of_source(library: str) -> Installation:
    advice = f"Update the files in `{library}`, with `git pull` if they are a checkout"
    return Installation("source", "runs from its source", library, (), False, advice)


def _editable(checkout: str) -> Installation:
    command = ("git", "-C", checkout, "pull")
    advice = f"Update the checkout: `{_quoted(command)}`"
    told = "is installed editable"
    return Installation("editable", told, checkout, command, False, advice)


def _of_tool(around: Surroundings, version: str | None) -> Installation | None:
    """A tool of weft, of uv or of pipx: in an environment that is there for nothing else."""

    exact = f"weft=={version}"
    words: tuple[str, ...]
    for mark, tool in (("weft-receipt.toml", "weft"), ("uv-receipt.toml", "uv")):
        if os.path.exists(os.path.join(around.prefix, mark)):
            words = ("install", exact) if version else ("upgrade", "weft")
            start = (around.executable, "-m", "weft") if tool == "weft" else (tool,)
            told = f"was installed by `{tool} tool install`"
            return Installation(f"{tool}-tool", told, around.prefix, (*start, "tool", *words), True)
    if os.path.exists(os.path.join(around.prefix, "pipx_metadata.json")):
        words = ("install", "--force", exact) if version else ("upgrade", "weft")
        told = "was installed by `pipx`"
        return Installation("pipx", told, around.prefix, ("pipx", *words), True)
    return None


def _of_files(tool: Installation, origin: Origin) -> Installation:
    """A tool made of a directory: `upgrade` sees another version there, but not other files."""
    from weft.core.value import replace

    again = {"pipx": ("--force",), "uv-tool": ("--reinstall-package", "weft")}
    start = tool.command[: tool.command.index("upgrade")]
    words = ("install", *again.get(tool.method, ()), origin.target)
    told = f"{tool.told} from `{origin.target}`"
    return replace(tool, command=(*start, *words), told=told)


def _of_system(around: Surroundings, record: str) -> Installation | None:
    """A package of the system, of Homebrew or of conda: those are changed by their manager."""
    from glob import escape, glob

    if glob(os.path.join(escape(around.prefix), "conda-meta", "weft-*.json")):
        command: tuple[str, ...] = ("conda", "update", "weft")
        method, told = "conda", "was installed by `conda`"
    elif "/Cellar/" in around.library:
        command = ("brew", "upgrade", "weft")
        method, told = "brew", "was installed by `brew`"
    elif (
        around.prefix == around.base_prefix
        and around.library.endswith("/dist-packages")
        and "/local/" not in around.library
    ) or _installer(record) in ("debian", "rpm"):
        manager = (
            ("dnf", "upgrade") if os.path.isdir("/etc/yum.repos.d") else ("apt-get", "install")
        )
        command, method = ("sudo", *manager, "weft"), "system"
        told = "is a package of the operating system"
    else:
        return None
    advice = f"Update it with its package manager: `{_quoted(command)}`"
    return Installation(method, told, around.library, command, False, advice)


def _of_origin(around: Surroundings, installer: str, origin: Origin) -> Installation:
    """From a directory, a repository or a file: no index is asked for the name."""
    command = (*_installing(around, installer), *_again(installer), origin.target)
    told = f"was installed from `{origin.target}`"
    advice = f"Bring that up to date, or name another place, and run `{_quoted(command)}`"
    return Installation(installer or "pip", told, around.prefix, command, False, advice)


def _of_environment(around: Surroundings, record: str, version: str | None) -> Installation:
    """Beside other packages: a virtual environment, or a whole Python. From an index, but who knows
    from which: the command is named."""

    installer = _installer(record)
    wanted = f"weft=={version}" if version else "weft"
    command = (*_installing(around, installer), "--upgrade", wanted)
    by = f"was installed by `{installer or 'pip'}`"
    own = around.prefix != around.base_prefix
    told = f"{by} in {'an environment' if own else 'a Python that other programs use'}"
    if not own and os.path.exists(os.path.join(_standard_library(), "EXTERNALLY-MANAGED")):
        advice = (
            "The operating system manages that Python: remove weft from it, and install it for "
            "itself with `uv tool install` or `pipx install`"
        )
    else:
        advice = (
            f"Run `{_quoted(command)}`, with the index that weft came from: on another one that "
            "name may belong to another project"
        )
    return Installation(installer or "pip", told, around.prefix, command, False, advice)


def _installing(around: Surroundings, installer: str) -> tuple[str, ...]:
    """The words that install into the environment of this weft, with what it was installed by."""
    if installer in ("uv", "weft"):
        start = ("uv",) if installer == "uv" else (around.executable, "-m", "weft")
        return (*start, "pip", "install", "--python", around.executable)
    return (around.executable, "-m", "pip", "install")


def _again(installer: str) -> tuple[str, ...]:
    """What makes `installer` replace the same version."""
    if installer in ("uv", "weft"):
        return ("--reinstall-package", "weft")
    return ("--force-reinstall",)


def record_of(library: str) -> str | None:
    """The `.dist-info` directory of weft in `library`."""
    from glob import escape, glob

    found = glob(os.path.join(escape(library), "weft-*.dist-info"))
    return found[0] if found else None


def _installer(record: str) -> str:
    from weft.system.files import read_bytes

    data = read_bytes(os.path.join(record, "INSTALLER")) or b""
    return data.decode("utf-8", "replace").strip().split("\n")[0]


def origin_of_record(record: str) -> Origin:
    """What `direct_url.json` says: no target where weft came from an index."""
    import json

    from weft.index.urls import local_path, without_credentials
    from weft.system.files import read_bytes

    data = read_bytes(os.path.join(record, "direct_url.json"))
    try:
        said = json.loads(data or b"{}")
        url = without_credentials(said["url"])
        if "dir_info" in said:
            editable = bool(said["dir_info"].get("editable"))
            return Origin(local_path(url) or url, editable, is_directory=True)
        if "vcs_info" not in said:
            return Origin(url)
        revision, inside = said["vcs_info"].get("requested_revision"), said.get("subdirectory")
        where = f"weft @ {said['vcs_info']['vcs']}+{url}" + (f"@{revision}" if revision else "")
        return Origin(f"{where}#subdirectory={inside}" if inside else where)
    except (ValueError, AttributeError, KeyError, TypeError):
        return Origin("")


def _standard_library() -> str:
    import sysconfig

    return sysconfig.get_path("stdlib")


def _update(context: Context, found: Installation) -> int:
    """Run the command with our streams. Raises WeftError where it cannot be started."""
    import subprocess

    from weft.core.errors import OsCause
    from weft.core.events import Note

    shown = _quoted(found.command)
    environ = _environ(context, found)
    context.sink(Note(f"Running `{shown}`"))
    try:
        return subprocess.call(found.command, env=environ)
    except OSError as error:
        failure = WeftError(
            f"Failed to run `{shown}`", hints=("Run it where its first word is found",)
        )
        raise failure from OsCause(error)


def _environ(context: Context, found: Installation) -> dict[str, str]:
    """The variables for the command. weft as a tool of its own is updated where it lies, and not in
    the home of who asks (`sudo`): there, the command would make a second one."""
    environ = dict(context.environ)
    if found.method == "weft-tool":
        from weft.ops.tool_receipts import read_receipt
        from weft.system.lean import os

        environ["WEFT_TOOL_DIR"] = os.path.dirname(found.place)
        receipt = read_receipt(found.place)
        if receipt is not None and receipt.entrypoints:
            environ["WEFT_TOOL_BIN_DIR"] = os.path.dirname(receipt.entrypoints[0].install_path)
    return environ


def _quoted(command: Sequence[str]) -> str:
    from shlex import join

    return join(command)


def _as_json(found: Installation, version: str) -> str:
    """`version`, `method`, `place`, `command` (null: none) and `runs`, whether it would be run."""
    import json

    return json.dumps(
        {
            "version": version,
            "method": found.method,
            "place": found.place,
            "command": list(found.command) or None,
            "runs": found.is_safe,
        },
        indent=2,
    )
