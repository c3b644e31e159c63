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
    from weft.core.names import NormalizedName
    from weft.index.simple.page import Page, Row

_ARCHIVES = (
    ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz", ".txz", ".tar.lz",
    ".tar.lzma", ".tlz", ".tar",
)  # fmt: skip


class _Release:
    """The files of one version."""

    __slots__ = ("rows", "wheels", "yanked")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.wheels = 0
        self.yanked = 0


def pack(page: Page, project: str) -> bytes:
    """The page of `project` (normalized) as bytes for `PackedPage.load`."""
    releases, versions, dropped = _releases(page, project)
    keys = sorted(releases)
    masks = [0, 0, 0]
    for position, key in enumerate(keys):
        release, bit = releases[key], 1 << position
        if versions[key].is_prerelease:
            masks[0] |= bit
        if release.yanked == len(release.rows):
            masks[1] |= bit
        if not release.wheels:
            masks[2] |= bit
    rows = [tuple(releases[key].rows) for key in keys]
    front = (
        project,
        page.url,
        page.status,
        page.reason,
        dropped,
        tuple(keys),
        tuple([versions[key].text for key in keys]),
        *masks,
    )
    return encode(front, rows)


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


def _releases(page: Page, project: str) -> tuple[dict[bytes, _Release], dict[bytes, Version], int]:
    """Files by version key, the version of each key as first met, and how many were dropped."""
    releases: dict[bytes, _Release] = {}
    versions: dict[bytes, Version] = {}
    known: dict[str, bytes | None] = {}  # keys by version as the file names spell it
    names: dict[str, bool] = {}
    dropped = 0
    for row in page.rows:
        filename = row[0] or filename_of(row[1])
        if not is_sound(filename) or leads_home(row[1], page.url):
            dropped += 1
            continue
        is_wheel = filename.endswith(".whl")
        text = _wheel_version(filename, project, names) if is_wheel else None
        if text is None and not is_wheel:
            text = _archive_version(filename, project)
        if text is None:
            dropped += 1
            continue
        if text not in known:
            known[text] = _remember(text, versions)
        key = known[text]
        if key is None:
            dropped += 1
            continue
        release = releases.get(key)
        if release is None:
            release = releases[key] = _Release()
        release.rows.append(row)
        release.wheels += is_wheel
        release.yanked += row[5] is not None
    return releases, versions, dropped


def _remember(text: str, versions: dict[bytes, Version]) -> bytes | None:
    try:
        version = Version.parse(text)
    except VersionError:
        return None
    versions.setdefault(version.key, version)
    return version.key


def _wheel_version(filename: str, project: str, names: dict[str, bool]) -> str | None:
    parts = filename[:-4].split("-")
    if len(parts) not in (5, 6):
        return None
    name = parts[0]
    fits = names.get(name)
    if fits is None:
        fits = names[name] = normalize_name(name) == project
    return parts[1] if fits else None


def _archive_version(filename: str, project: str) -> str | None:
    stem = _stem(filename)
    if stem is None:
        return None
    size = len(project)
    if stem[size : size + 1] == "-" and normalize_name(stem[:size]) == project:
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
