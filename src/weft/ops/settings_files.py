"""Which settings files count, and what is in them.

Owns discovery: `--config-file` alone; else the project's files (`weft.toml`, `uv.toml` or the
`tool` tables of `pyproject.toml`, in the nearest directory upwards that has any, from where
`settings_start` says), then the user's, then the system's. In one place weft's key goes before
uv's. A broken `weft.toml` or `uv.toml` is an error; a broken table in a `pyproject.toml` is a
warning, and the search goes on above it.
Refuses to merge the layers: that is `ops.settings`.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_TOOLS = ("weft", "uv")  # weft's keys count first
_MOST_PARTS = 1 << 11  # of 64 KiB
_AROUND = frozenset(b" \t\"'")
_BARE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class Layer:
    """The values of one tool in one place, by key, and the file they are from.

    `place` is "project", "user" and so on: weft's and uv's files of one place are one place.
    """

    __slots__ = ("place", "source", "values")

    def __init__(self, source: str, values: Mapping[str, Any], place: str = "") -> None:
        self.source = source
        self.values = values
        self.place = place


class Found:
    """Layers, the most important first, and what to warn about."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.warnings: list[str] = []


class Search:
    """Where to look. `project` is None where the project's files are not to be read."""

    __slots__ = ("config_dirs", "config_file", "cwd", "project", "system")

    def __init__(
        self,
        *,
        cwd: str,
        config_file: str | None,
        project: str | None,
        config_dirs: tuple[str, ...],
        system: bool,
    ) -> None:
        self.cwd = cwd
        self.config_file = config_file
        self.project = project
        self.config_dirs = config_dirs
        self.system = system


def find(search: Search) -> Found:
    """Read what counts. Raises WeftError for a file that cannot be used."""
    found = Found()
    if search.config_file is not None:
        _explicit(found, search.config_file, search.cwd)
        return found
    if search.project is not None:
        _project(found, search.project, search.cwd)
    if search.config_dirs:
        _configured(found, search.config_dirs[:1], search.cwd)
        if search.system:
            _configured(found, search.config_dirs[1:], search.cwd, place="system")
    return found


def _explicit(found: Found, path: str, cwd: str) -> None:
    from weft.system.lean import os

    if os.path.basename(path) == "pyproject.toml":
        found.warnings.append(
            "The `--config-file` argument expects to receive a `weft.toml` or `uv.toml` file, not "
            "a `pyproject.toml`. If you're trying to run a command from another project, use the "
            "`--project` argument instead."
        )
    absolute = os.path.join(cwd, path)
    data = read(absolute)
    if data is None:
        raise WeftError(f"failed to open file `{path}`: No such file or directory (os error 2)")
    tool = "uv" if os.path.basename(path) == "uv.toml" else "weft"
    found.layers.append(_own_file(tool, absolute, data, cwd))


def _configured(
    found: Found, directories: tuple[str, ...], cwd: str, *, place: str = "user"
) -> None:
    """The first `TOOL/TOOL.toml` among `directories`, for either tool."""
    for tool in _TOOLS:
        for directory in directories:
            path = f"{directory}/{tool}/{tool}.toml"
            data = read(path)
            if data is not None:
                layer = _own_file(tool, path, data, cwd)
                layer.place = place
                found.layers.append(layer)
                break


def _project(found: Found, start: str, cwd: str) -> None:
    """The nearest directory upwards with settings of either tool."""
    from weft.ops.settings_start import start_directory
    from weft.system.lean import os

    directory = start_directory(start)
    while True:
        layers = _in_directory(found, directory, cwd)
        if layers:
            found.layers.extend(layers)
            return
        above = os.path.dirname(directory)
        if above == directory:
            return
        directory = above


def _in_directory(found: Found, directory: str, cwd: str) -> list[Layer]:
    tables = _Tables(found, directory, cwd)
    layers = []
    for tool in _TOOLS:
        path = f"{directory.rstrip('/')}/{tool}.toml"
        data = read(path)
        if data is None:
            layer = tables.layer(tool)
        else:
            layer = _own_file(tool, path, data, cwd)
            masked = tables.keys(tool)
            if masked:
                listed = "".join(f"\n- {key}" for key in masked)
                found.warnings.append(
                    f"Found both a `{tool}.toml` file and a `[tool.{tool}]` section in an adjacent "
                    f"`pyproject.toml`. The following fields from `[tool.{tool}]` will be ignored "
                    f"in favor of the `{tool}.toml` file:{listed}"
                )
        if layer is not None:
            layers.append(layer)
    return layers


class _Tables:
    """The `tool` tables of one directory's `pyproject.toml`, parsed when first asked for."""

    def __init__(self, found: Found, directory: str, cwd: str) -> None:
        self.found = found
        self.directory = directory
        self.path = f"{directory.rstrip('/')}/pyproject.toml"
        self.shown = _shown(self.path, cwd)
        data = read(self.path)
        self.data = data if data is not None and may_matter(data) else None
        self.text = ""
        self.parsed: dict[str, Any] | None = None

    def table(self, tool: str) -> object:
        if self.data is None:
            return None
        if self.parsed is None:
            from weft.ops.settings_toml import TomlError, parse

            try:
                self.text = text_of(self.data, self.path)
                self.parsed = parse(self.text)
            except TomlError as error:
                self.warn(error)
                self.data = None
                return None
        tools = self.parsed.get("tool")
        return tools.get(tool) if isinstance(tools, dict) else None

    def layer(self, tool: str) -> Layer | None:
        table = self.table(tool)
        if table is None:
            return None
        from weft.ops.settings_schema import Reader
        from weft.ops.settings_toml import TomlError

        if isinstance(table, dict):
            check_version(tool, table)
        try:
            values = Reader(self.text, self.directory, ("tool", tool)).read(table)
        except TomlError as error:
            self.warn(error)
            return None
        return Layer(self.path, values)

    def keys(self, tool: str) -> list[str]:
        """The keys of a table that only settings files of their own would replace."""
        from weft.ops.settings_keys import KEYS, PROJECT_KEYS

        table = self.table(tool)
        if not isinstance(table, dict):
            return []
        return [key for key in KEYS if key in table and key not in PROJECT_KEYS]

    def warn(self, error: WeftError) -> None:
        indented = error.message.replace("\n", "\n  ")
        self.found.warnings.append(
            f"Failed to parse `{self.shown}` during settings discovery:\n  {indented}\n"
        )


def _own_file(tool: str, path: str, data: bytes, cwd: str) -> Layer:
    """A `weft.toml` or `uv.toml`. Raises WeftError when anything in it is wrong."""
    from weft.ops.settings_keys import PROJECT_KEYS
    from weft.ops.settings_schema import Reader
    from weft.ops.settings_toml import TomlError, parse
    from weft.system.lean import os

    text = text_of(data, path)
    shown = _shown(path, cwd)
    try:
        table = parse(text)
        check_version(tool, table)
        for key in PROJECT_KEYS:
            if key in table:
                raise WeftError(
                    f"Failed to parse `{shown}`. The `{key}` field is not allowed in a "
                    f"`{tool}.toml` file. `{key}` is only applicable in the context of a project, "
                    "and should be placed in a `pyproject.toml` file instead."
                )
        values = Reader(text, os.path.dirname(path), ()).read(table)
    except TomlError as error:
        raise WeftError(f"Failed to parse: {shown}") from error
    return Layer(path, values)


class VersionRefused(WeftError):
    """A settings file wants another version of weft than this one."""

    def __init__(self, wanted: str, running: str) -> None:
        exact = wanted.removeprefix("==")
        tail = f" {exact}" if exact != wanted and exact[:1].isdigit() and "," not in exact else ""
        super().__init__(
            f"Required weft version `{wanted}` does not match the running version `{running}`",
            hints=(f"Update `weft` by running `weft self update{tail}`",),
        )


def check_version(tool: str, table: Mapping[str, Any]) -> None:
    """Refuse to run when weft's own files ask for another version of weft.

    `required-version` in files of uv is about uv and says nothing about weft. Raises
    VersionRefused.
    """
    required = table.get("required-version")
    if tool != "weft" or not isinstance(required, str):
        return
    from weft import __version__
    from weft.core.specifier import SpecifierError, Specifiers
    from weft.core.version import Version

    text = required if required[:1] in "<>=!~" else f"=={required}"
    try:
        wanted = Specifiers.parse(text)
    except SpecifierError as error:
        raise WeftError(f"Invalid `required-version`: `{required}`") from error
    if not wanted.contains(Version.parse(__version__)):
        raise VersionRefused(wanted.text, __version__)


def may_matter(data: bytes) -> bool:
    """Whether a `pyproject.toml` can hold a table of either tool; parsing costs 15 ms.

    Sound, not exact. Such a table is named `tool.NAME`, with blanks and quotes around the words as
    one likes, or it stands inside of something that is named `tool` alone. A key with escapes could
    be any word.
    """
    if b"\\u" in data or b"\\U" in data or b"\\x" in data:
        return True
    alone = any(data[end : end + 1] != b"." for _, end in _words(data, b"tool"))
    for name in (b"uv", b"weft"):
        for start, _ in _words(data, name):
            before = data[max(0, start - 1) : start]
            if alone or (before == b"." and _follows_tool(data, start - 1)):
                return True
    return False


def _words(data: bytes, word: bytes) -> Iterator[tuple[int, int]]:
    """Where `word` stands as a key, blanks and quotes around it included: start and end."""
    position = data.find(word)
    while position >= 0:
        start, end = position, position + len(word)
        before = data[start - 1] if start else 0
        after = data[end] if end < len(data) else 0
        if before not in _BARE and after not in _BARE:
            while start and data[start - 1] in _AROUND:
                start -= 1
            while end < len(data) and data[end] in _AROUND:
                end += 1
            yield start, end
        position = data.find(word, position + len(word))


def _follows_tool(data: bytes, dot: int) -> bool:
    while dot and data[dot - 1] in _AROUND:
        dot -= 1
    return data[max(0, dot - 4) : dot] == b"tool"


def read(path: str) -> bytes | None:
    """The file's bytes, None where there is none. Raises WeftError where it cannot be read."""
    from weft.system.lean import os

    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise WeftError(_unreadable(path, error)) from None
    try:
        parts = []
        while part := os.read(descriptor, 1 << 16):
            parts.append(part)
            if len(parts) > _MOST_PARTS:  # a link to `/dev/zero` in somebody's repository
                import errno

                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return b"".join(parts)
    except OSError as error:
        raise WeftError(_unreadable(path, error)) from None
    finally:
        os.close(descriptor)


def _unreadable(path: str, error: OSError) -> str:
    return f"failed to read from file `{path}`: {error.strerror} (os error {error.errno})"


def text_of(data: bytes, path: str) -> str:
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise WeftError(
            f"failed to read from file `{path}`: stream did not contain valid UTF-8"
        ) from None


def _shown(path: str, cwd: str) -> str:
    """A path as messages show it: relative below the working directory."""
    prefix = cwd.rstrip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else path
