"""The options that requirements files may set, and how several of them add up.

Owns `FileOptions`. Refuses to decide between a file and the command line: `weft.ops` does.
Follows pip's list of options per file; those that uv only warns about are warned about here.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import is_valid_name, normalize_name
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.project.requirements_file import Statement

# What to pass on the command line instead.
_ON_COMMAND_LINE = {
    "--pre": "--pre",
    "--trusted-host": "--trusted-host",
    "--all-releases": "--prerelease-package",
    "--only-final": "--prerelease-package",
}


class InvalidUrl(WeftError):
    """The argument of an index option is no URL and no existing path."""

    def __init__(self, url: str, path: str, reason: str) -> None:
        super().__init__()
        self.url = url
        self.path = path
        self.position = 0
        self.__cause__ = WeftError(reason)

    @property
    def message(self) -> str:
        return f"Invalid URL in `{self.path}` at position {self.position}: {self.url}"


class InvalidSpecifier(WeftError):
    """The argument of `--no-binary` or `--only-binary` names no package."""

    def __init__(self, option: str, path: str, text: str, name: str) -> None:
        from weft.project.pyproject import invalid_name

        super().__init__(f"Invalid specifier for `{option}` in `{path}`: {text}")
        self.__cause__ = WeftError(invalid_name(name))


@value
class FileOptions:
    """Options of all files together, later ones behind earlier ones.

    `no_binary` and `only_binary` hold normal names, `:all:` and `:none:` in the order written.
    `find_links` are URLs and absolute paths, `written_links` the same as they were written.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    require_hashes: bool = False
    written_links: tuple[str, ...] = ()

    def with_statement(
        self, statement: Statement, shown: str, base: str
    ) -> tuple[FileOptions, str]:
        """These options and one more, and a warning or "". `base` is the file's directory.

        Raises InvalidUrl and InvalidSpecifier.
        """
        argument = statement.text
        match statement.kind:
            case "--index-url":
                return replace(self, index_url=_location(argument, shown, base)), ""
            case "--extra-index-url":
                urls = (*self.extra_index_urls, _location(argument, shown, base))
                return replace(self, extra_index_urls=urls), ""
            case "--find-links":
                links = (*self.find_links, _location(argument, shown, base))
                written = (*self.written_links, argument)
                return replace(self, find_links=links, written_links=written), ""
            case "--no-index":
                return replace(self, no_index=True), ""
            case "--require-hashes":
                return replace(self, require_hashes=True), ""
            case "--no-require-hashes":
                return replace(self, require_hashes=False), ""
            case "--no-binary":
                names = _names("--no-binary", argument, shown)
                return replace(self, no_binary=self.no_binary + names), ""
            case "--only-binary":
                names = _names("--only-binary", argument, shown)
                return replace(self, only_binary=self.only_binary + names), ""
            case kind:
                return self, _ignored(kind, shown)


def _ignored(kind: str, shown: str) -> str:
    warning = f"Ignoring unsupported option in `{shown}`: `{kind}`"
    if kind in _ON_COMMAND_LINE:
        warning += f" (hint: pass `{_ON_COMMAND_LINE[kind]}` on the command line instead)"
    return warning


def _names(option: str, text: str, shown: str) -> tuple[str, ...]:
    """`:all:`, `:none:` or names between commas."""
    names: list[str] = []
    for part in text.split(","):
        name = part.strip()
        if name in (":all:", ":none:"):
            names.append(name)
        elif is_valid_name(name):
            names.append(normalize_name(name))
        else:
            raise InvalidSpecifier(option, shown, text, name)
    return tuple(names)


def _location(text: str, shown: str, base: str) -> str:
    """A URL as it is; a path beside the file, if it exists there, as an absolute path."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme.isascii() and scheme.replace("+", "").isalnum():
        from urllib.parse import urlsplit

        fault = ""
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError as error:
            fault = str(error)
        if fault:
            raise InvalidUrl(text, shown, fault)
        if scheme != "file" and not parts.hostname:
            raise InvalidUrl(text, shown, "empty host")
        if " " in rest.partition("/")[0]:
            raise InvalidUrl(text, shown, "invalid international domain name")
        return text
    from weft.system.lean import os

    if text.startswith("file:"):
        text = text[5:]
    path = os.path.normpath(os.path.join(base, text))
    if "://" not in base and os.path.exists(path):
        return path
    raise InvalidUrl(text, shown, "relative URL without a base")
