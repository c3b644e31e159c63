"""Why a package is in an environment.

Owns the shortest way from a project to a package of its lock, as a sentence for a hint. Refuses to
evaluate markers: it is asked about packages that were found to belong there.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.lock.uvmodel import UvDependency, UvPackage

    # A package, and the suffix that tells by which extra or group it was come through.
    Step = tuple[UvPackage, str]


def why(name: str, packages: Iterable[UvPackage], roots: Sequence[str]) -> str | None:
    """`b` (v1) was included because `demo` (v0.1.0) depends on `a` (v2) which depends on `b`.

    None where `name` is a root itself, or no way leads to it.
    """
    by_name = {package.name: package for package in packages}
    level: list[tuple[Step, ...]] = []
    for root in roots:
        package = by_name.get(root)
        if package is not None:
            level += [((package, suffix),) for suffix in _suffixes(package)]
    seen = {root for root in roots if root in by_name}
    while level:
        following = []
        for path in level:
            for edge in _edges(*path[-1]):
                target = by_name.get(edge.name)
                if target is None or edge.name in seen:
                    continue
                if edge.name == name:
                    return _sentence(target, path)
                seen.add(edge.name)
                following += [
                    (*path, (target, suffix)) for suffix in ("", *(f"[{x}]" for x in edge.extras))
                ]
        level = following
    return None


def _suffixes(package: UvPackage) -> Iterator[str]:
    yield ""
    for extra, _ in package.optional_dependencies:
        yield f"[{extra}]"
    for group, _ in package.dev_dependencies:
        yield f":{group}"


def _edges(package: UvPackage, suffix: str) -> tuple[UvDependency, ...]:
    if not suffix:
        return package.dependencies
    if suffix.startswith(":"):
        return dict(package.dev_dependencies).get(suffix[1:], ())
    return dict(package.optional_dependencies).get(suffix[1:-1], ())


def _sentence(target: UvPackage, path: Sequence[Step]) -> str:
    shown = [f"`{package.name}{suffix}`{_version(package)}" for package, suffix in path]
    links = [*shown[1:], f"`{target.name}`"]
    way = " which depends on ".join(links)
    version = _version(target) if _is_told(target) else ""
    return f"`{target.name}`{version} was included because {shown[0]} depends on {way}"


def _is_told(package: UvPackage) -> bool:
    """Whether a file's name has the version: what is built has the last word on its own."""
    source = package.source
    return source.kind == "registry" or (
        source.kind in ("path", "url") and source.location.endswith(".whl")
    )


def _version(package: UvPackage) -> str:
    return f" (v{package.version})" if package.version else ""
