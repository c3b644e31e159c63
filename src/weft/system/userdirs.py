"""Where a person's files live.

Owns the directories of the cache, data, programs and configuration. Refuses to look at the disk
and at the process: the environment and the platform (as in `sys.platform`) come in. Follows the
XDG base directory specification, on macOS too; Windows uses its known folders.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def home(environ: Mapping[str, str], platform: str) -> str:
    """The home directory: `HOME` (`USERPROFILE` on Windows), else what the system knows."""
    found = environ.get("USERPROFILE" if platform == "win32" else "HOME")
    if found:
        return found
    try:
        import pwd
    except ImportError:
        return environ.get("HOMEDRIVE", "C:") + environ.get("HOMEPATH", "\\")
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container may run under a number without a name
        return "/"


def cache_dir(environ: Mapping[str, str], platform: str) -> str:
    """The default place of the cache."""
    if platform == "win32":
        return _join(_known(environ, "LOCALAPPDATA", "Local"), "weft", "cache")
    return _join(_base(environ, "XDG_CACHE_HOME", ".cache"), "weft")


def data_dir(environ: Mapping[str, str], platform: str) -> str:
    """The place of tools and interpreters."""
    if platform == "win32":
        return _join(_known(environ, "APPDATA", "Roaming"), "weft", "data")
    return _join(_base(environ, "XDG_DATA_HOME", ".local/share"), "weft")


def bin_dir(environ: Mapping[str, str], platform: str) -> str:
    """The place of executables that people call by name."""
    for variable, below in (("XDG_BIN_HOME", ""), ("XDG_DATA_HOME", "../bin")):
        found = environ.get(variable, "")
        if _is_absolute(found, platform):
            return os.path.normpath(_join(found, below)) if below else found
    return _join(home(environ, platform), ".local", "bin")


def config_dirs(environ: Mapping[str, str], platform: str) -> tuple[str, ...]:
    """Directories that may hold `weft/weft.toml` and `uv/uv.toml`: the user's, then the system's.

    The first file found among the system's counts, the others are not read.
    """
    if platform == "win32":
        drive = environ.get("SYSTEMDRIVE", "C:")
        return (_known(environ, "APPDATA", "Roaming"), f"{drive}\\ProgramData")
    listed = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    system = tuple(part for part in listed.split(":") if part.startswith("/"))
    return (_base(environ, "XDG_CONFIG_HOME", ".config"), *system, "/etc")


def _base(environ: Mapping[str, str], variable: str, below_home: str) -> str:
    found = environ.get(variable, "")
    if found.startswith("/"):  # the specification: a relative path is to be ignored
        return found
    return _join(home(environ, ""), below_home)


def _known(environ: Mapping[str, str], variable: str, below: str) -> str:
    return environ.get(variable) or _join(home(environ, "win32"), "AppData", below)


def _is_absolute(path: str, platform: str) -> bool:
    if platform == "win32":
        return path[1:3] in (":\\", ":/") or path.startswith("\\\\")
    return path.startswith("/")


def _join(base: str, *parts: str) -> str:
    separator = "\\" if "\\" in base else "/"
    return base.rstrip(separator) + separator + separator.join(parts)
