"""Distributions that old setuptools installed.

Owns which files an egg-info directory stands for. Refuses to believe names that are no
identifiers, and namespace packages, which others share. Follows setuptools: `installed-files.txt`
has paths relative to the directory itself, `top_level.txt` module names.
"""

from __future__ import annotations

from weft.system.files import read_bytes
from weft.system.lean import os

_MODULE_SUFFIXES = (".py", ".pyc", ".pyo")


def egg_files(egg_info: str, location: str) -> list[str]:
    """Files of the distribution whose egg-info directory is at `egg_info`, below `location`."""
    listed = _lines(f"{egg_info}/installed-files.txt")
    if listed:
        inside = f"{os.path.basename(egg_info)}/"
        relative = [os.path.normpath(os.path.join(inside, path)) for path in listed]
        return [path for path in relative if not path.startswith(inside)]
    namespaces = set(_lines(f"{egg_info}/namespace_packages.txt"))
    files: list[str] = []
    for name in _lines(f"{egg_info}/top_level.txt"):
        if not name.isidentifier() or name in namespaces:
            continue
        if not os.path.islink(f"{location}/{name}"):
            files += _below(location, name)
        files += [name + suffix for suffix in _MODULE_SUFFIXES]
    return files


def _below(location: str, name: str) -> list[str]:
    """Every file of a package, relative to `location`; links are files here."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        directory = waiting.pop()
        try:
            entries = list(os.scandir(f"{location}/{directory}"))
        except OSError:
            continue
        for entry in entries:
            path = f"{directory}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                found.append(path)
    return found


def _lines(path: str) -> list[str]:
    data = read_bytes(path)
    if data is None:
        return []
    lines = data.decode("utf-8", "replace").split("\n")
    return [line.strip() for line in lines if line.strip()]
