"""From the rows of a page to its packed form.

Owns sorting files by version and dropping what is no file of the project. Refuses to judge files
any further: whether a wheel fits an interpreter is asked of a version only when it is looked at.
Follows PEP 440 and the file names of PEP 427 and PEP 625.
"""

from __future__ import annotations

from weft.core.names import normalize_name
from weft.core.version import Version, VersionError
from weft.index.simple.packed import encode
from weft.index.simple.page import leads_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.core.names import NormalizedName
    from weft.index.simple.page import Page, Row

_ARCHIVES = (
    ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz", ".txz", ".tar.lz",
    ".tar.lzma", ".tlz", ".tar",
)  # fmt: skip

_TAGS = (2, 3)  # dashes behind the version in the name of a wheel


class _Release:
    """The files of one version."""

    __slots__ = ("rows", "version", "wheels", "yanked")

    def __init__(self, version: Version) -> None:
        self.version = version
        self.rows: list[Row | str] = []
        self.wheels = 0
        self.yanked = 0


class Releases:
    """Files by version, of the page of one project (normalized name) at `url`."""

    def __init__(self, url: str, project: str) -> None:
        self._url = url
        self._project = project
        self._releases: dict[bytes, _Release] = {}
        self._known: dict[str | None, _Release | None] = {}  # by version as the file names spell it
        self._names: dict[str, bool] = {}
        self._dropped = 0

    def add(self, filename: str, row: Row | str, yanked: bool) -> None:
        """Put a file to its version; one whose name makes no sense for the project is dropped.

        `row` is what is kept of it: a row, or what one can be made of.
        """
        text: str | None
        is_wheel = filename[-4:] == ".whl"
        if is_wheel:
            name, _, tags = filename.partition("-")
            text, _, tags = tags.partition("-")
            fits = self._names.get(name)
            if fits is None:
                fits = self._names[name] = normalize_name(name) == self._project
            if not fits or tags.count("-") not in _TAGS:
                text = None
        else:
            text = _archive_version(filename, self._project, self._names)
        release = self._known.get(text)
        if release is None and text is not None and text not in self._known:
            release = self._open(text)
        if release is None:
            self._dropped += 1
            return
        release.rows.append(row)
        if is_wheel:
            release.wheels += 1
        if yanked:
            release.yanked += 1

    def drop(self) -> None:
        """Count a file that is left out."""
        self._dropped += 1

    def ordered(
        self, status: str, reason: str
    ) -> tuple[tuple[Any, ...], list[tuple[Row | str, ...]]]:
        """What `packed.encode` wants, for a project of this status."""
        keys = sorted(self._releases)
        masks = [0, 0, 0]
        rows, texts = [], []
        for position, key in enumerate(keys):
            release, bit = self._releases[key], 1 << position
            if release.version.is_prerelease:
                masks[0] |= bit
            if release.yanked == len(release.rows):
                masks[1] |= bit
            if not release.wheels:
                masks[2] |= bit
            rows.append(tuple(release.rows))
            texts.append(release.version.text)
        return (
            self._project,
            self._url,
            status,
            reason,
            self._dropped,
            tuple(keys),
            tuple(texts),
            *masks,
        ), rows

    def _open(self, text: str) -> _Release | None:
        """The release of a version, None for a text that is none."""
        release = None
        try:
            version = Version.parse(text)
        except VersionError:
            pass
        else:
            release = self._releases.setdefault(version.key, _Release(version))
        self._known[text] = release
        return release


def pack(page: Page, project: str) -> bytes:
    """The page of `project` (normalized) as bytes for `PackedPage.load`."""
    releases = Releases(page.url, project)
    for row in page.rows:
        filename = row[0] or filename_of(row[1])
        if not is_sound(filename) or leads_home(row[1], page.url):
            releases.drop()
        else:
            releases.add(filename, row, row[5] is not None)
    return encode(*releases.ordered(page.status, page.reason))


def group(page: Page) -> dict[str, Page]:
    """A page with the files of many projects, as one page for each by normalized name."""
    found: dict[str, list[Row]] = {}
    for row in page.rows:
        filename = row[0] or filename_of(row[1])
        name = project_of(filename) if is_sound(filename) else None
        if name is not None and not leads_home(row[1], page.url):
            found.setdefault(name, []).append(row)
    from weft.core.value import replace

    return {name: replace(page, rows=tuple(rows)) for name, rows in found.items()}


def is_sound(filename: str) -> bool:
    """Whether a name is one name, and harmless on a terminal."""
    return "/" not in filename and "\\" not in filename and filename.isprintable()


def filename_of(url: str) -> str:
    """The last segment of a link's path, decoded."""
    name = url.rpartition("/")[2]
    if "?" in url or "#" in url:
        name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    if "%" in name:
        from urllib.parse import unquote

        return unquote(name)
    return name


def _archive_version(filename: str, project: str, names: dict[str, bool]) -> str | None:
    stem = _stem(filename)
    if stem is None:
        return None
    size = len(project)
    if stem[size : size + 1] == "-":
        name = stem[:size]
        fits = names.get(name)
        if fits is None:
            fits = names[name] = normalize_name(name) == project
        if fits:
            return stem[size + 1 :]
    head, dash, version = stem.rpartition("-")  # a name with longer separators than usual
    return version if dash and normalize_name(head) == project else None


def project_of(filename: str) -> NormalizedName | None:
    """The normalized name of the project that a file is of, by its name alone."""
    if filename.endswith(".whl"):
        return normalize_name(filename.partition("-")[0])
    stem = _stem(filename)
    name, dash, _ = (stem or "").rpartition("-")
    return normalize_name(name) if dash else None


def _stem(filename: str) -> str | None:
    for ending in _ARCHIVES:
        if filename.endswith(ending):
            return filename[: -len(ending)]
    return None
