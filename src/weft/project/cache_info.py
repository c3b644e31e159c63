"""The state of a local source as it is now.

Owns the reading of what cache keys name: times of files, births of directories, variables, and the
commit and tags of the Git repository, out of its files. Refuses to run Git, and to read source
files: a change of those is no reason to build an editable installation again.
Follows uv, whose `uv_cache.json` has to come out the same.
"""

from __future__ import annotations

import stat

from weft.core.cache_info import CacheInfo
from weft.project.cache_keys import parse_cache_keys
from weft.system.files import read_bytes
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weft.core.cache_info import Birth


def read_cache_info(directory: str, environ: Mapping[str, str]) -> CacheInfo:
    """The state of the project in `directory`, by the cache keys in its `pyproject.toml`.

    What a key names and is not there is left out. Raises CacheKeysError, GlobError and, for a
    `pyproject.toml` that cannot be read, SystemFailure.
    """
    path = os.path.join(directory, "pyproject.toml")
    keys = parse_cache_keys(read_bytes(path), path)
    times = [_changed(os.path.join(directory, name)) for name in keys.files]
    if keys.globs:
        from weft.project.cache_globs import matching_files

        times += [_changed(found) for found in matching_files(directory, keys.globs)]
    births: dict[str, Birth | None] = {}
    for name in keys.directories:
        _note_birth(births, name, os.path.join(directory, name))
    commit, tags = None, None
    if keys.commit or keys.tags:
        from weft.project.git_state import read_commit, read_tags

        commit = read_commit(directory) if keys.commit else None
        tags = read_tags(directory) if keys.tags else None
    return CacheInfo(
        max((time for time in times if time is not None), default=None),
        commit,
        tags,
        tuple(_variables(keys.variables, environ)),
        tuple(sorted(births.items())),
    )


def consulted_paths(directory: str) -> list[str] | None:
    """Every path that `read_cache_info` looks at, absent ones too. Raises the same.

    None where something else decides: variables, Git, or globs, which other files may match soon.
    """
    path = os.path.join(directory, "pyproject.toml")
    keys = parse_cache_keys(read_bytes(path), path)
    if keys.globs or keys.commit or keys.tags or keys.variables:
        return None
    return [path, *[os.path.join(directory, name) for name in (*keys.files, *keys.directories)]]


def file_cache_info(path: str) -> CacheInfo:
    """The state of an archive: a wheel or a source distribution. Raises SystemFailure."""
    try:
        return CacheInfo(os.stat(path).st_ctime_ns)
    except OSError as error:
        from weft.core.errors import SystemFailure

        raise SystemFailure("read", path, error) from error


def _changed(path: str) -> int | None:
    """ctime of a file; None for anything else."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ctime_ns if stat.S_ISREG(found.st_mode) else None


def _note_birth(births: dict[str, Birth | None], name: str, path: str) -> None:
    """When the directory was made; its inode where the file system does not keep that."""
    from weft.system.birth import birth_time

    try:
        found = os.stat(path)
    except FileNotFoundError:
        births[name] = None
        return
    except (OSError, ValueError):
        return
    if stat.S_ISDIR(found.st_mode):
        time = birth_time(path)
        births[name] = ("inode", found.st_ino) if time is None else ("time", time)


def _variables(
    names: Iterable[str], environ: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    """Ascending; a text that is not UTF-8 counts as unset."""
    for name in sorted(set(names)):
        text = environ.get(name)
        if text is not None and not _is_unicode(text):
            text = None
        yield name, text


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
