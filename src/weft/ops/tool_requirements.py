"""Requirements of tools: from what a person writes to what a receipt has, and back.

Owns both ways. Refuses to resolve and to look at names that only metadata tells.
Follows uv: requirements in receipts are like those of a lock, with absolute paths.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.requirement import Requirement
    from weft.lock.uvmodel import UvRequirement, UvSource
    from weft.project.lines import RequirementLine

_WORDS = ("rev", "tag", "branch")


def requirement_of(line: RequirementLine) -> UvRequirement:
    """What a receipt says of a line, whose project has to be known by name."""
    assert line.requirement is not None, "the name is asked of the metadata before"
    return written(line.requirement, editable=line.editable, index=line.index)


def written(requirement: Requirement, *, editable: bool = False, index: str = "") -> UvRequirement:
    """What a receipt says of a requirement, whose paths are absolute."""
    from weft.lock.uvmodel import UvRequirement

    return UvRequirement(
        requirement.name,
        requirement.extras,
        marker=requirement.marker.text if requirement.marker is not None else "",
        source=_source(requirement.url, editable) if requirement.url is not None else None,
        specifier=requirement.specifiers.text,
        index=index,
    )


def _source(url: str, editable: bool) -> UvSource:
    from weft.lock.uvmodel import UvSource

    if url.startswith("git+"):
        return UvSource("git", _repository(url))
    from weft.index.urls import local_path, without_credentials

    bare, _, fragment = url.partition("#")
    subdirectory = ""
    for part in fragment.split("&"):
        key, _, content = part.partition("=")
        subdirectory = content if key == "subdirectory" else subdirectory
    path = local_path(bare) if bare.startswith("file:") else None
    if path is None:
        # Receipts stay; what they leave out is `weft auth login`'s to know.
        return UvSource("url", without_credentials(bare), subdirectory)
    path = path.replace(os.sep, "/")
    if editable:
        return UvSource("editable", path)
    return UvSource("directory" if os.path.isdir(path) else "path", path)


def _repository(url: str) -> str:
    from urllib.parse import quote_plus

    from weft.fetch.git_url import parse_git_url

    parsed = parse_git_url(url)
    facts = [f"subdirectory={quote_plus(parsed.subdirectory)}"] if parsed.subdirectory else []
    facts += ["lfs=true"] if parsed.lfs else []
    if parsed.reference is not None:
        facts.append(f"rev={quote_plus(parsed.reference, safe='*-._')}")
    return f"{parsed.repository}{'?' * bool(facts)}{'&'.join(facts)}"


def line_of(item: UvRequirement) -> RequirementLine:
    """The requirement again, as if it had been written now."""
    from weft.core.marker import Marker
    from weft.core.names import normalize_name
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY, Specifiers
    from weft.project.lines import RequirementLine

    requirement = Requirement(
        normalize_name(item.name),
        tuple(map(normalize_name, item.extras)),
        Specifiers.parse(item.specifier) if item.specifier else ANY,
        url_of(item.source) if item.source is not None else None,
        Marker.parse(item.marker) if item.marker else None,
    )
    return RequirementLine(
        requirement,
        None,
        editable=item.source is not None and item.source.kind == "editable",
        text=requirement.text,
        index=item.index,
        given=requirement.url or "",
    )


def url_of(source: UvSource) -> str:
    """The URL of a place."""
    if source.kind == "git":
        return _git_url(source.location)
    if source.kind == "url":
        inside = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
        return source.location + inside
    from weft.project.lines import file_url

    return file_url(source.location)


def _git_url(location: str) -> str:
    """`git+REPOSITORY@REFERENCE#subdirectory=…` out of `REPOSITORY?rev=…&subdirectory=…#COMMIT`."""
    from urllib.parse import unquote_plus

    address = location.partition("#")[0]
    repository, _, query = address.partition("?")
    facts = {}
    for part in query.split("&") if query else ():
        key, _, content = part.partition("=")
        facts[key] = unquote_plus(content)
    reference = next((facts[word] for word in _WORDS if word in facts), "")
    fragment = [f"{key}={facts[key]}" for key in ("subdirectory", "lfs") if key in facts]
    return (
        f"git+{repository}{f'@{reference}' if reference else ''}"
        f"{'#' if fragment else ''}{'&'.join(fragment)}"
    )


def shown_specifier(item: UvRequirement) -> str:
    """What `tool list --show-version-specifiers` tells: versions, or where it comes from."""
    if item.source is None:
        return item.specifier
    return url_of(item.source)
