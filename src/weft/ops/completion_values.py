"""Names on this machine that may stand on an unfinished command line.

Owns the search for extras, groups, members, dependencies, installed packages and tools, Pythons and
packages that the cache knows, and which option or command takes which of them. Each costs a
directory or a file; whatever cannot be read has no names.
Refuses the network, interpreters, settings files, and errors: a person is only writing yet.
"""

from __future__ import annotations

from weft.ops.completion_line import Line
from weft.ops.options import Option
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    Candidate = tuple[str, str]

# What an option takes, by its dest, where the check of its row does not say it.
_OF_OPTION = {
    "extra": "extras",
    "no_extra": "extras",
    "optional": "extras",
    "group": "groups",
    "no_group": "groups",
    "only_group": "groups",
    "to_group": "groups",
    "upgrade_group": "groups",
    "package": "members",
    "member": "members",
    "python": "pythons",
    "index": "indexes",
    "publish_index": "indexes",
    "from_package": "packages",
    "with_packages": "packages",
}
_OF_CHECK = {"name": "packages", "package_or_all": "packages", "requirement": "packages"}

# What a command works on: by path, else by the first word of the path, else by dest.
_OF_COMMAND = {
    "run": "programs",
    "remove": "dependencies",
    "upgrade": "dependencies",
    "pip uninstall": "installed",
    "pip show": "installed",
    "tool run": "tools packages",
    "tool weftx": "tools packages",
    "tool install": "packages",
    "tool upgrade": "tools",
    "tool uninstall": "tools",
    "tool audit": "tools",
    "help": "topics",
    "python": "pythons",
}
_OF_DEST = {"packages": "packages"}

# Paths that a command works on, by path.
_PATHS = {
    "run": "files",
    "pip sync": "files",
    "pip compile": "files",
    "publish": "files",
    "build": "files",
    "pip install": "files",
    "pip download": "files",
    "add": "files",
    "venv": "directories",
    "init": "directories",
    "cache doctor": "directories",
    "cache import": "directories",
    "tool install": "directories",
    "check": "files",
    "format": "files",
}
_READING = ("pip tree", "pip list", "pip freeze")  # where packages are those that are there
_MOST = 2000  # names out of the cache; more would only slow the shell down


class Names:
    """What the machine knows, seen from `line`."""

    def __init__(self, line: Line, environ: Mapping[str, str], *, cwd: str, platform: str) -> None:
        self.line = line
        self.environ = environ
        self.platform = platform
        for dest in ("directory", "project"):
            cwd = os.path.join(cwd, line.values.get(dest, ["."])[-1])
        self.cwd = os.path.normpath(cwd)  # where the project is looked for

    def of_option(self, option: Option) -> Iterator[Candidate]:
        """Values of an option that is no choice."""
        kind = _OF_OPTION.get(option.dest) or _OF_CHECK.get(option.mark("check") or "", "")
        path = self.line.command.path
        if option.dest == "package" and path in ("tree", "pip tree"):
            kind = "packages"
        if kind == "packages" and path in _READING:
            kind = "installed"
        yield from self.of_kind(kind)

    def of_argument(self) -> Iterator[Candidate]:
        """What the command works on, without what was named already."""
        command = self.line.command
        if not command.positional:
            return
        dest, shown, _ = command.positional
        several = shown.endswith("...")
        if self.line.arguments and not several:
            return
        choice = command.mark("choice")
        if choice:
            from weft.ops.options_values import choices

            yield from ((name, told) for name, told, canonical in choices(choice) if not canonical)
            return
        first = command.path.partition(" ")[0]
        found = (_OF_COMMAND[name] for name in (command.path, first) if name in _OF_COMMAND)
        kinds = next(found, _OF_DEST.get(dest, ""))
        named = set(self.line.arguments) if kinds != "topics" else ()
        for kind in kinds.split():
            yield from (pair for pair in self.of_kind(kind) if pair[0] not in named)

    def paths_of_argument(self) -> str:
        """Whether paths may stand where the cursor is."""
        command = self.line.command
        if not command.positional:
            return "none"
        if self.line.arguments and not command.positional[1].endswith("..."):
            return "none"
        return _PATHS.get(command.path, "none")

    def of_kind(self, kind: str) -> Iterator[Candidate]:
        """All names of one kind, "" for none."""
        if kind:
            source: Callable[[], Iterable[str]] = getattr(self, kind)
            for name in dict.fromkeys(source()):
                if name:
                    yield name, ""

    def extras(self) -> Iterable[str]:
        return sorted(_table(self.pyproject(), "project", "optional-dependencies"))

    def groups(self) -> Iterable[str]:
        return sorted(_table(self.pyproject(), "dependency-groups"))

    def dependencies(self) -> Iterable[str]:
        """The names in the table that the options of the line choose."""
        from weft.core.names import leading_name

        found = self.pyproject()
        listed: list[object] = []
        extras = _table(found, "project", "optional-dependencies")
        groups = _table(found, "dependency-groups")
        chosen = [
            name for dest in ("optional", "to_group") for name in self.line.values.get(dest, ())
        ]
        if "dev" in self.line.used:
            chosen.append("dev")
        for name in chosen:
            for table in (extras, groups):
                rows = table.get(name)
                listed += rows if isinstance(rows, list) else []
        if not chosen:
            rows = _table(found, "project").get("dependencies")
            listed += rows if isinstance(rows, list) else []
        return sorted(leading_name(item) for item in listed if isinstance(item, str))

    def members(self) -> Iterable[str]:
        """Packages of the lock that are projects here; else the project itself."""
        own = _table(self.pyproject(), "project").get("name")
        local = [name for name, is_local in self.locked() if is_local]
        return sorted({*local, own} if isinstance(own, str) else local)

    def indexes(self) -> Iterable[str]:
        """Indexes that the project names."""
        found = [_table(self.pyproject(), "tool", tool).get("index") for tool in ("weft", "uv")]
        rows = [row for listed in found if isinstance(listed, list) for row in listed]
        names = [row.get("name") for row in rows if isinstance(row, dict)]
        return [name for name in names if isinstance(name, str)]

    def packages(self) -> Iterable[str]:
        """What the lock and the cache know, without the rest of the index."""
        known = [name for name, _ in self.locked()]
        yield from sorted(known)
        yield from self.cached()

    def cached(self) -> Iterable[str]:
        """Projects whose pages the cache has."""
        from weft.ops.known_names import cached_names

        wanted = self.line.current.lower().replace("_", "-")
        found = [name for name in cached_names(self.cache()) if name.startswith(wanted)]
        return sorted(found)[:_MOST]

    def cache(self) -> str:
        """The directory of the cache, as far as options and variables say it."""
        from weft.system.userdirs import cache_dir

        given = self.line.values.get("cache_dir", ())
        if given:
            return os.path.join(self.cwd, given[-1])
        found = self.environ.get("WEFT_CACHE_DIR")
        return found or cache_dir(self.environ, self.platform)

    def installed(self) -> Iterable[str]:
        """Distributions in the environment that is active or near."""
        for directory in _site_directories(self.environment()):
            for entry in _listed(directory):
                if entry.endswith(".dist-info"):
                    yield entry.partition("-")[0].replace("_", "-").lower()

    def programs(self) -> Iterable[str]:
        """Executables of the environment, and scripts of the project that it would get."""
        below = "Scripts" if self.platform == "win32" else "bin"
        yield from sorted(
            name
            for name in _listed(os.path.join(self.environment(), below))
            if not name.startswith((".", "activate", "Activate", "deactivate"))
        )
        yield from sorted(_table(self.pyproject(), "project", "scripts"))

    def tools(self) -> Iterable[str]:
        """Installed tools."""
        from weft.system.userdirs import data_dir

        root = self.environ.get("WEFT_TOOL_DIR")
        root = root or os.path.join(data_dir(self.environ, self.platform), "tools")
        return [
            name
            for name in sorted(_listed(root))
            if not name.startswith(".") and os.path.isdir(os.path.join(root, name))
        ]

    def pythons(self) -> Iterable[str]:
        """Versions that are managed or on the path, without asking them anything."""
        from weft.system.userdirs import data_dir

        root = self.environ.get("WEFT_PYTHON_INSTALL_DIR")
        root = root or os.path.join(data_dir(self.environ, self.platform), "python")
        keys = [name for name in _listed(root) if name.count("-") >= 4]
        found = {name.split("-")[1] for name in keys if name.startswith("cpython-")}
        for directory in self.environ.get("PATH", "").split(os.pathsep):
            for name in _listed(directory):
                version = name.removeprefix("python").removesuffix(".exe")
                if version.startswith("3.") and version != name and version[2:].isdigit():
                    found.add(version)
        return [*sorted(found, key=_version_key, reverse=True), *sorted(keys)]

    def topics(self) -> Iterable[str]:
        """Commands below the ones that were named."""
        from weft.ops.commands import resolve_name, subcommands

        path = ""
        for word in self.line.arguments:
            below = resolve_name(path, word)
            if below is None:
                return []
            path = below
        return [item.name for item in subcommands(path) if not item.hidden]

    def environment(self) -> str:
        """The active environment, or the nearest `.venv` above."""
        active = self.environ.get("VIRTUAL_ENV")
        if active:
            return active
        from weft.install.verdict import upwards

        for directory in upwards(self.cwd):
            found = os.path.join(directory, ".venv")
            if os.path.isfile(os.path.join(found, "pyvenv.cfg")):
                return found
        return ""

    def pyproject(self) -> dict[str, Any]:
        """The nearest `pyproject.toml` above."""
        import tomllib

        from weft.core.errors import WeftError
        from weft.install.verdict import upwards
        from weft.system.files import read_bytes

        for directory in upwards(self.cwd):
            try:
                data = read_bytes(os.path.join(directory, "pyproject.toml"))
                if data is not None:
                    return tomllib.loads(data.decode())
            except (WeftError, ValueError, RecursionError):
                break
        return {}

    def locked(self) -> list[tuple[str, bool]]:
        """Packages of the nearest `uv.lock`: name, and whether it lies in a directory here."""
        from weft.ops.known_names import nearest_locked_names

        return nearest_locked_names(self.cwd)


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory) if directory else []
    except OSError:
        return []


def _site_directories(environment: str) -> Iterator[str]:
    """Where an environment may have its packages."""
    if environment:
        yield os.path.join(environment, "Lib", "site-packages")
        for name in _listed(os.path.join(environment, "lib")):
            yield os.path.join(environment, "lib", name, "site-packages")


def _table(found: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """A table of a TOML document; empty where there is none."""
    for key in keys:
        below = found.get(key)
        if not isinstance(below, dict):
            return {}
        found = below
    return dict(found)


def _version_key(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]
