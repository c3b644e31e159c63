"""Shims of pyenv, seen through.

Owns the question which executable a shim would run. A shim is a shell script that takes some
50 ms to find out; the same files and variables are read here in microseconds. Refuses to trust
the name of a shim: what it leads to is probed like anything else, and a shim whose version is not
selected leads nowhere. Follows `pyenv-version-name` and `pyenv-which`.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORD_LIMIT = 1024


def see_through(path: str, *, environ: Mapping[str, str], cwd: str) -> str | None:
    """The executable that a shim of pyenv runs here; `path` itself if it is no shim.

    None for a shim that would say `command not found`.
    """
    directory, name = os.path.split(path)
    root = os.path.dirname(directory)
    if os.path.basename(directory) != "shims" or not os.path.isfile(f"{root}/libexec/pyenv"):
        return path
    versions = _selected(root, environ, cwd)
    for version in versions:
        if version == "system":
            found = _on_path(name, directory, environ, cwd)
        else:
            found = f"{root}/versions/{version}/bin/{name}"
        if found and os.access(found, os.X_OK):
            return found
    return None if "system" in versions else _on_path(name, directory, environ, cwd)


def unselected(wanted: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Versions that pyenv has installed and that begin with `wanted`: (name, executable)."""
    root = environ.get("PYENV_ROOT") or os.path.join(environ.get("HOME", "/"), ".pyenv")
    for name in reversed(_installed(root, wanted)):
        yield name, f"{root}/versions/{name}/bin/python"


def _selected(root: str, environ: Mapping[str, str], cwd: str) -> list[str]:
    """The versions that hold here, in order."""
    text = environ.get("PYENV_VERSION")
    words = text.split(":") if text else _from_files(root, environ, cwd)
    resolved = []
    for word in words or ["system"]:
        plain = word.removeprefix("python-")
        for name in (word, plain):
            if name == "system" or os.path.isdir(f"{root}/versions/{name}"):
                resolved.append(name)
                break
        else:
            resolved += _installed(root, plain)[-1:]
    return resolved


def _from_files(root: str, environ: Mapping[str, str], cwd: str) -> list[str]:
    """The words of the nearest `.python-version` file, else of the global one."""
    for start in dict.fromkeys((environ.get("PYENV_DIR") or cwd, cwd)):
        directory = start
        while True:
            path = f"{directory}/.python-version"
            if os.path.isfile(path):
                return _words(path)
            parent = os.path.dirname(directory)
            if parent == directory:
                break
            directory = parent
    return _words(f"{root}/version")


def _words(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = [line.split() for line in stream]
    except OSError:
        return []
    words = [line[0][:_WORD_LIMIT] for line in lines if line and not line[0].startswith("#")]
    return [word for word in words if word != ".." and "/" not in word]


def _installed(root: str, prefix: str) -> list[str]:
    """Installed releases that `prefix` stands for, oldest first: `3.12` for `3.12.1`."""
    free = prefix.endswith("t") and prefix[-2:-1].isdigit()
    stem = prefix[:-1] if free else prefix
    found = []
    try:
        names = os.listdir(f"{root}/versions")
    except OSError:
        return []
    for name in names:
        if not name.startswith((f"{stem}.", f"{stem}-")) and name != prefix:
            continue
        numbers = name.removesuffix("t").rpartition("-")[2].split(".")
        if name.endswith("t") == free and all(part.isdigit() for part in numbers):
            found.append(([int(part) for part in numbers], name))
    return [name for _, name in sorted(found)]


def _on_path(name: str, without: str, environ: Mapping[str, str], cwd: str) -> str | None:
    for entry in environ.get("PATH", "").split(os.pathsep):
        directory = os.path.join(cwd, entry)
        path = os.path.join(directory, name)
        if entry and directory != without and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
