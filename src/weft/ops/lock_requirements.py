"""How requirements, places and files are named in a lock.

Owns paths relative to the lock, the texts of repositories, and `requires-dist` of the trees on
this machine. Refuses to resolve.
Follows uv.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.core.distribution import DirectUrl, File
    from weft.core.specifier import Specifiers
    from weft.lock.uvmodel import UvFile, UvMetadata, UvRequirement, UvSource
    from weft.ops.lock_places import LockPlaces
    from weft.project.lines import RequirementLine


class Writer:
    """Names for one lock, which lies in `root`."""

    def __init__(
        self,
        root: str,
        python: Specifiers,
        places: LockPlaces,
        references: Mapping[str, str],
    ) -> None:
        self.root = root
        self.python = python
        self._places = places
        self._references = references
        self._checkouts: dict[tuple[str, str], str] = {}

    # Places.

    def index(self, url: str) -> UvSource:
        """An index; a directory of files is a path."""
        from weft.index.urls import local_path
        from weft.lock.uvmodel import UvSource

        path = local_path(url) if url.startswith("file:") else None
        return UvSource("registry", url if path is None else self.path(path))

    def local(self, kind: str, directory: str) -> UvSource:
        """A tree on this machine."""
        from weft.lock.uvmodel import UvSource

        return UvSource(kind, self.path(directory))  # type: ignore[arg-type]

    def direct(self, url: str, record: DirectUrl) -> UvSource:
        """What a URL of a requirement leads to, without a look at a tree."""
        from weft.index.urls import local_path
        from weft.lock.uvmodel import UvSource

        if record.vcs is not None:
            asked = url
            if record.vcs.requested == record.vcs.commit and url not in self._references:
                asked = self._checkouts.get((record.url, record.vcs.commit), url)
            address = self.git(asked, subdirectory=record.subdirectory or "")
            return UvSource("git", f"{address}#{record.vcs.commit}")
        path = local_path(record.url) if record.url.startswith("file:") else None
        if record.kind == "dir":
            kind = "editable" if record.editable else "directory"
            return self.local(kind, path or record.url)
        if path is not None:
            return UvSource("path", self.path(path), record.subdirectory or "")
        return UvSource("url", record.url, record.subdirectory or "")

    def path(self, path: str) -> str:
        """From the lock to there, with forward slashes."""
        from weft.system.lean import os

        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def note(self, url: str, record: DirectUrl) -> None:
        """Somebody asked for a repository by `url`: what lies in it is named by the same words."""
        if record.vcs is not None and url in self._references:
            self._checkouts.setdefault((record.url, record.vcs.commit), url)

    def git(self, url: str, *, subdirectory: str | None = None) -> str:
        """A repository with what is asked of it as a query."""
        from weft.fetch.git_url import parse_git_url

        parsed = parse_git_url(url)
        inside = parsed.subdirectory if subdirectory is None else subdirectory
        facts = [f"subdirectory={_quoted(inside)}"] if inside else []
        facts += ["lfs=true"] if parsed.lfs else []
        if parsed.reference is not None:
            word = self._references.get(url) or "rev"
            facts.append(f"{word}={_quoted(parsed.reference)}")
        return f"{parsed.repository}{'?' * bool(facts)}{'&'.join(facts)}"

    # Requirements.

    def requirements(self, lines: Iterable[RequirementLine]) -> tuple[UvRequirement, ...]:
        return tuple(dict.fromkeys(self.requirement(line) for line in lines))

    def requirement(self, line: RequirementLine) -> UvRequirement:
        """A requirement as the lock says it."""
        from weft.lock.uvmodel import UvConflictItem, UvRequirement

        requirement = line.requirement
        assert requirement is not None, "a requirement without a name has been refused"
        marker = "" if requirement.marker is None else MarkerSet.of(requirement.marker).text
        if requirement.url is not None:
            return UvRequirement(
                requirement.name,
                requirement.extras,
                marker=marker,
                source=self._required(line, requirement.url),
            )
        return UvRequirement(
            requirement.name,
            requirement.extras,
            marker=marker,
            specifier=requirement.specifiers.text,
            index=line.index,
            conflict=UvConflictItem(*line.part) if line.part is not None else None,  # type: ignore[arg-type]
        )

    def _required(self, line: RequirementLine, url: str) -> UvSource:
        """The place of a requirement; the commit of a repository is not part of it."""
        from weft.index.urls import local_path
        from weft.lock.uvmodel import UvSource

        if url.startswith("git+"):
            return UvSource("git", self.git(url))
        place = f"{line.requirement.name} @ {url}" if line.requirement is not None else ""
        bare, _, fragment = url.partition("#")
        subdirectory = _subdirectory(fragment)
        path = local_path(bare) if bare.startswith("file:") else None
        if path is None:
            return UvSource("url", bare, subdirectory)
        tree = self._places.tree(place)
        if tree is not None:
            kind = tree.kind if tree.kind == "virtual" else None
            return self.local(kind or ("editable" if line.editable else "directory"), path)
        from weft.system.lean import os

        if os.path.isdir(path):
            return self.local("editable" if line.editable else "directory", path)
        return UvSource("path", self.path(path), subdirectory)

    def metadata(self, place: str) -> UvMetadata:
        """What a tree asks for, as it was when the lock was written."""
        from weft.lock.uvmodel import UvMetadata

        tree = self._places.tree(place)
        if tree is None:
            lines = self._places.lines_of(place)
            extras = self._places.read(place).candidate.metadata().provides_extra
            return UvMetadata(self.requirements(lines), tuple(extras))
        lowered = tree.lowered
        return UvMetadata(
            self.requirements(lowered.lines),
            lowered.extras,
            tuple([(name, self.requirements(lines)) for name, lines in lowered.groups]),
            tree.default_groups,
            tree.group_pythons,
        )

    # Files.

    def file(self, file: File) -> UvFile:
        """A file that an index offers; the path of a local one counts from the index."""
        from weft.lock.uvmodel import UvFile
        from weft.ops.lock_packages import strongest

        path = None
        if file.url.startswith("file:"):
            from weft.index.urls import local_path
            from weft.system.lean import os

            path = local_path(file.url) or ""
            above = local_path(file.index) if file.index.startswith("file:") else None
            path = os.path.relpath(path, above or self.root).replace(os.sep, "/")
        return UvFile(
            url="" if path is not None else public(file.url),
            path=path or "",
            hash=strongest(file.hashes),
            size=file.size,
            upload_time=_moment(file.uploaded),
        )


def public(url: str) -> str:
    """Without credentials."""
    if "@" not in url:
        return url
    from weft.index.urls import without_credentials

    return without_credentials(url)


def _moment(written: str) -> str:
    """To the millisecond, in UTC."""
    if not written:
        return ""
    if written[10:11] == "T" and written[-1] == "Z" and len(written) in (20, 24, 27):
        fraction = written[20:-1][:3].rstrip("0")  # the form that indexes use
        return f"{written[:19]}.{fraction}Z" if fraction else f"{written[:19]}Z"
    from weft.core.dates import parse_upload_time, timestamp

    seconds = parse_upload_time(written)
    if seconds is None:
        return ""
    fraction = ""
    if "." in written:
        rest = written.partition(".")[2]
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        fraction = digits[:3].rstrip("0")
    whole = timestamp(seconds)
    return f"{whole[:-1]}.{fraction}Z" if fraction else whole


def _subdirectory(fragment: str) -> str:
    for part in fragment.split("&"):
        key, _, content = part.partition("=")
        if key == "subdirectory":
            from urllib.parse import unquote

            return unquote(content)
    return ""


def _quoted(text: str) -> str:
    """As a form writes it."""
    from urllib.parse import quote_plus

    return quote_plus(text, safe="*-._")
