"""A lock as a requirements file.

Owns the lines, their order, and the comments below them. Refuses to decide which packages there
are, and to write headers.
Follows pip's requirements file format and uv to the byte.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weft.lock.export import Exported
    from weft.lock.uvmodel import UvPackage


def requirements_text(
    packages: Iterable[Exported],
    *,
    hashes: bool = True,
    annotate: bool = True,
    editable: Callable[[str], bool] = lambda name: True,
) -> str:
    """One requirement a line; `editable` says of which members the tree itself is installed."""
    lines: list[str] = []
    for each in sorted(packages, key=lambda each: _order(each.package)):
        text = _requirement(each.package, editable)
        if text is None:
            continue
        if not each.marker.is_true:
            text += f" ; {each.marker.text}"
        rows = [text]
        if hashes:
            rows += [f"    --hash={found}" for found in hashes_of(each.package)]
        lines.append(" \\\n".join(rows))
        if annotate:
            lines += _via(each.dependents)
    return "".join([f"{line}\n" for line in lines])


def hashes_of(package: UvPackage) -> list[str]:
    """All hashes of a package's files, sorted."""
    files = [*package.wheels, *([package.sdist] if package.sdist is not None else [])]
    found = [file.hash for file in files if file.hash]
    found += [file.zstd[0] for file in files if file.zstd is not None and file.zstd[0]]
    return sorted(found)


def _via(names: tuple[str, ...]) -> list[str]:
    if len(names) < 2:
        return [f"    # via {name}" for name in names]
    return ["    # via", *[f"    #   {name}" for name in names]]


def _order(package: UvPackage) -> tuple[int, tuple[str, ...], object]:
    """What has no name in the file comes first."""
    kind, location = package.source.kind, package.source.location
    parts = tuple(location.split("/"))
    if kind == "editable":
        return 0, parts, ()
    if kind in ("path", "directory"):
        return 1, parts, ()
    return 2, (package.name,), package_order(package)


def package_order(package: UvPackage) -> tuple[str, bytes, str, str]:
    """By name, version and source."""
    from weft.core.version import version_key

    version = version_key(package.version) if package.version else None
    return package.name, version or b"", package.source.kind, package.source.location


def _requirement(package: UvPackage, editable: Callable[[str], bool]) -> str | None:
    """The requirement without its marker; None for what is no package."""
    kind, location = package.source.kind, package.source.location
    if kind == "virtual":
        return None
    if kind == "registry":
        return f"{package.name}=={package.version}"
    if kind == "git":
        return f"{package.name} @ {git_requirement(location)}"
    if kind == "url":
        inside = package.source.subdirectory
        return f"{package.name} @ {location}{f'#subdirectory={inside}' if inside else ''}"
    path = anchored(location)
    return f"-e {path}" if kind == "editable" and editable(package.name) else path


def anchored(location: str) -> str:
    """A path that nobody takes for a name."""
    if location.startswith("/"):
        from urllib.parse import quote

        return f"file://{quote(location)}"
    if location in ("", "."):
        return "."
    return location if location.partition("/")[0] in (".", "..") else f"./{location}"


def git_parts(location: str) -> tuple[str, dict[str, str], str]:
    """Repository, what was asked for (`rev`, `tag`, `branch`, `subdirectory`), and commit."""
    from urllib.parse import unquote

    whole, _, commit = location.partition("#")
    url, _, query = whole.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return url, {key: unquote(text) for key, _, text in pairs}, commit


def git_requirement(location: str) -> str:
    """`git+URL@COMMIT#subdirectory=…`."""
    url, asked, commit = git_parts(location)
    fragments = []
    if asked.get("subdirectory"):
        fragments.append(f"subdirectory={asked['subdirectory']}")
    if asked.get("lfs") == "true":
        fragments.append("lfs=true")
    tail = f"#{'&'.join(fragments)}" if fragments else ""
    return f"git+{url}@{commit}{tail}"
