"""Which files, directories, variables and Git facts decide whether a project is built again.

Owns `cache-keys` in `[tool.weft]` and `[tool.uv]` of a `pyproject.toml`, and the keys that hold
without it. Refuses to look at what the keys name. Follows uv's table of that name.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_GLOB = "*?[{"


class CacheKeysError(WeftError):
    """The `cache-keys` of a `pyproject.toml` cannot be understood; the cause says where and why."""

    exit_code = 1

    def __init__(self, path: str) -> None:
        super().__init__(f"Failed to parse cache keys in `{path}`")
        self.path = path


@value
class CacheKeys:
    """Paths are relative to the project, as written; `commit` and `tags` are of its repository."""

    files: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    commit: bool = False
    tags: bool = False


DEFAULT = CacheKeys(files=("pyproject.toml", "setup.py", "setup.cfg"), directories=("src",))


def parse_cache_keys(data: bytes | None, path: str) -> CacheKeys:
    """The keys of a `pyproject.toml` with this content; None stands for no such file.

    Raises CacheKeysError, with `path` in it.
    """
    # Most projects have no such table, and reading TOML takes longer than all that follows. A key
    # may be spelled with escapes of code points, though nobody does.
    escapes = (b"\\u", b"\\U", b"\\x")
    if data is None or not any(text in data for text in (b"cache-keys", *escapes)):
        return DEFAULT
    from weft.project.toml import TomlError, locate, parse_toml

    text = data.decode("utf-8", "replace")
    try:
        tools = parse_toml(text).get("tool")
        for name in ("weft", "uv"):
            settings = tools.get(name) if isinstance(tools, dict) else None
            if isinstance(settings, dict) and "cache-keys" in settings:
                try:
                    return _read(settings["cache-keys"])
                except _Unfit as unfit:
                    line, column, width = locate(text, ("tool", name, "cache-keys"))
                    raise TomlError(
                        str(unfit), text, line=line, column=column, width=width
                    ) from None
    except TomlError as error:
        raise CacheKeysError(path) from error
    return DEFAULT


def wrong_cache_keys(keys: object) -> str:
    """Why a value of `cache-keys` cannot be understood; "" where it can be."""
    try:
        _read(keys)
    except _Unfit as unfit:
        return str(unfit)
    return ""


class _Unfit(Exception):
    """What is wrong with a key."""


def _mistyped(found: object, expected: str) -> _Unfit:
    from weft.project.toml import described

    return _Unfit(f"invalid type: {described(found)}, expected {expected}")


def _read(keys: Any) -> CacheKeys:
    if not isinstance(keys, list):
        raise _mistyped(keys, "a sequence")
    files: list[str] = []
    directories: list[str] = []
    variables: list[str] = []
    facts = {"commit": False, "tags": False}
    for key in keys:
        kind, found = ("file", key) if isinstance(key, str) else _single(key)
        if kind == "git":
            for name, asked in _git(found).items():
                facts[name] = facts[name] or asked
        elif not isinstance(found, str):
            raise _mistyped(found, "a string")
        else:
            {"file": files, "dir": directories, "env": variables}[kind].append(found)
    return CacheKeys(
        files=tuple([name for name in files if not _is_glob(name)]),
        globs=tuple([name for name in files if _is_glob(name)]),
        directories=tuple(directories),
        variables=tuple(variables),
        commit=facts["commit"],
        tags=facts["tags"],
    )


def _single(key: Any) -> tuple[str, Any]:
    """The one entry of a table."""
    if not isinstance(key, dict):
        raise _mistyped(key, "a string or a cache key table")
    for name in key:
        if name not in ("file", "dir", "git", "env"):
            raise _Unfit(f"unknown field `{name}`, expected one of `file`, `dir`, `git`, `env`")
    if len(key) != 1:
        raise _Unfit("extra cache key field" if key else "missing cache key field")
    return next(iter(key.items()))


def _git(found: Any) -> dict[str, bool]:
    if isinstance(found, bool):
        return {"commit": found}
    if not isinstance(found, dict):
        raise _mistyped(found, "a boolean or a Git cache key table")
    for name, asked in found.items():
        if name not in ("commit", "tags"):
            raise _Unfit(f"unknown field `{name}`, expected `commit` or `tags`")
        if not isinstance(asked, bool):
            raise _mistyped(asked, "a boolean")
    return found


def _is_glob(name: str) -> bool:
    return any(mark in name for mark in _GLOB)
