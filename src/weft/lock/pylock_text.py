"""The text of a `pylock.toml`.

Owns the order of keys and the layout, which are those of uv byte for byte, so that lock files of
both differ in what they say alone. Refuses to sort packages, and to write the comment above them.
Follows PEP 751 and TOML 1.0.
"""

from __future__ import annotations

from weft.core.dates import timestamp
from weft.lock.quoting import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.lock.model import (
        LockedDirectory,
        LockedFile,
        LockedPackage,
        LockedVcs,
        Pylock,
    )

# The order in which a file's hashes are written; others come behind, by name.
_ALGORITHMS = ("md5", "sha256", "sha384", "sha512", "blake2b")


def pylock_text(document: Pylock) -> str:
    """The file's text, with a newline at its end."""
    lines = [
        f"lock-version = {quoted(document.lock_version)}",
        f"created-by = {quoted(document.created_by)}",
    ]
    if document.environments:
        lines.append(f"environments = [{', '.join(map(quoted, document.environments))}]")
    if document.requires_python:
        lines.append(f"requires-python = {quoted(document.requires_python)}")
    for key, texts in (
        ("extras", document.extras),
        ("dependency-groups", document.dependency_groups),
        ("default-groups", document.default_groups),
    ):
        if texts:
            lines.append(f"{key} = {_stacked(map(quoted, texts))}")
    if not document.packages:
        lines.append("packages = []")
    for package in document.packages:
        lines += package_lines(package)
    return "\n".join((*lines, ""))


def package_lines(package: LockedPackage) -> Iterator[str]:
    """The lines of a package, with its header."""
    yield from ("", "[[packages]]")
    yield f"name = {quoted(package.name)}"
    for key, text in (
        ("version", package.version),
        ("marker", package.marker),
        ("requires-python", package.requires_python),
        ("index", package.index),
    ):
        if text:
            yield f"{key} = {quoted(text)}"
    if package.vcs is not None:
        yield f"vcs = {_inline(_vcs(package.vcs))}"
    if package.directory is not None:
        yield f"directory = {_inline(_directory(package.directory))}"
    if package.archive is not None:
        yield f"archive = {_inline(_archive(package.archive))}"
    if package.sdist is not None:
        yield f"sdist = {_inline(_file(package.sdist))}"
    if package.wheels:
        yield f"wheels = {_list([_inline(_file(wheel)) for wheel in package.wheels])}"


def _vcs(vcs: LockedVcs) -> Iterator[tuple[str, str]]:
    yield "type", quoted(vcs.type)
    yield from _texts(
        ("url", vcs.url),
        ("path", vcs.path),
        ("requested-revision", vcs.requested_revision),
        ("commit-id", vcs.commit_id),
        ("subdirectory", vcs.subdirectory),
    )


def _directory(directory: LockedDirectory) -> Iterator[tuple[str, str]]:
    yield "path", quoted(directory.path)
    if directory.editable is not None:
        yield "editable", "true" if directory.editable else "false"
    yield from _texts(("subdirectory", directory.subdirectory))


def _archive(file: LockedFile) -> Iterator[tuple[str, str]]:
    yield from _texts(("url", file.url), ("path", file.path))
    if file.size is not None:
        yield "size", str(file.size)
    if file.upload_time is not None:
        yield "upload-time", timestamp(file.upload_time)
    yield from _texts(("subdirectory", file.subdirectory))
    yield "hashes", _hashes(file)


def _file(file: LockedFile) -> Iterator[tuple[str, str]]:
    yield from _texts(("name", file.name), ("url", file.url), ("path", file.path))
    if file.uploaded:
        yield "upload-time", file.uploaded
    elif file.upload_time is not None:
        yield "upload-time", timestamp(file.upload_time)
    if file.size is not None:
        yield "size", str(file.size)
    yield "hashes", _hashes(file)


def _hashes(file: LockedFile) -> str:
    def place(pair: tuple[str, str]) -> tuple[int, str]:
        known = pair[0] in _ALGORITHMS
        return _ALGORITHMS.index(pair[0]) if known else len(_ALGORITHMS), pair[0]

    return _inline((name, quoted(digest)) for name, digest in sorted(file.hashes, key=place))


def _texts(*pairs: tuple[str, str]) -> Iterator[tuple[str, str]]:
    for key, text in pairs:
        if text:
            yield key, quoted(text)


def _inline(pairs: Iterable[tuple[str, str]]) -> str:
    inside = ", ".join([f"{key} = {text}" for key, text in pairs])
    return f"{{ {inside} }}" if inside else "{}"


def _list(items: Sequence[str]) -> str:
    """One item stays on the line of its key, more have a line each."""
    return f"[{items[0]}]" if len(items) == 1 else _stacked(items)


def _stacked(items: Iterable[str]) -> str:
    return "[\n" + "".join([f"    {item},\n" for item in items]) + "]"
