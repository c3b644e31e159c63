"""Where a direct requirement leads: a wheel, an archive, a directory or a commit.

Owns reading paths and URLs, and the record of them (`direct_url.json`, PEP 610). Refuses to fetch
anything but the name of a commit.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import File
    from weft.core.source import Source
    from weft.ops.building import Building
    from weft.ops.direct import Place
    from weft.project.lines import RequirementLine

_ALGORITHMS = ("md5", "sha256", "sha384", "sha512", "blake2b")
_SOURCES = (
    ".tar.gz", ".zip", ".tar.bz2", ".tar.lz", ".tar.lzma", ".tar.xz", ".tar.zst", ".tar",
    ".tbz", ".tgz", ".tlz", ".txz",
)  # fmt: skip


class DistributionMissing(WeftError):
    """Nothing lies where the requirement `url` leads; exit code 1."""

    exit_code = 1

    def __init__(self, url: str) -> None:
        super().__init__(f"Distribution not found at: {url}")
        self.url = url


def locate(line: RequirementLine, building: Building) -> Place:
    """What the requirement's path or URL is. Raises WeftError for what can be none."""
    place = locate_here(line)
    return with_name(place) if place is not None else _git(_target(line), line, building)


def with_name(place: Place) -> Place:
    """With the name that a directory gives itself, for settings and messages."""
    source = place.source
    if source is None or source.name or source.kind != "directory":
        return place
    from weft.core.value import replace
    from weft.fetch.static_metadata import read_name
    from weft.index.urls import local_path

    tree = f"{local_path(source.url)}/{source.subdirectory}"
    return replace(place, source=replace(source, name=read_name(tree)))


def _target(line: RequirementLine) -> str:
    target = line.requirement.url if line.requirement is not None else line.path_or_url
    assert target is not None, "a direct requirement has a path or a URL"
    from weft.index.urls import without_dots

    return without_dots(target) if "/." in target and "://" in target else target


def locate_here(line: RequirementLine) -> Place | None:
    """The same without asking anybody; None where only the repository knows the commit."""
    from weft.ops.direct import Place

    target = _target(line)
    if target.startswith("git+"):
        return None
    url, _, fragment = _url(target).partition("#")
    facts = _fragment(fragment)
    path = _local(url, line)
    if path is not None:
        from weft.system.lean import os

        if os.path.isdir(path):
            return _directory(url, line, facts.get("subdirectory", ""))
    if line.editable:
        raise WeftError(
            f"Unsupported editable requirement: `{line.text or target}`",
            hints=("Editable requirements must refer to a local directory",),
        )
    from weft.core.distribution import DirectUrl

    subdirectory = facts.get("subdirectory", "")
    record = DirectUrl(_without_credentials(url), "archive", False, (), None, subdirectory or None)
    file = _file(url, line, facts)
    if file.filename.lower().endswith(".whl"):
        _check_name(file.filename)
        return Place(line, record, file=file)
    if not file.filename.lower().endswith(_SOURCES):
        raise _unsupported(line, target)
    return Place(line, record, source=_archive(url, line, file, subdirectory))


def _url(target: str) -> str:
    if "://" in target or target.startswith("file:"):
        return target
    from weft.project.lines import file_url

    return file_url(target)


def _fragment(text: str) -> dict[str, str]:
    """`#subdirectory=…&sha256=…` as pairs."""
    from urllib.parse import unquote

    pairs = (part.partition("=") for part in text.split("&"))
    return {key: unquote(value) for key, equals, value in pairs if equals}


def _check_name(filename: str) -> None:
    """Raise FilenameError with exit code 1 for what cannot be a wheel, whether it exists or not."""
    from weft.core.filename import FilenameError, WheelName

    try:
        WheelName.parse(filename)
    except FilenameError as error:
        error.exit_code = 1
        raise


def _unsupported(line: RequirementLine, target: str) -> WeftError:
    """What is there, or would be, is no archive that is known."""
    from weft.index.urls import local_path
    from weft.project.lines import LineError

    text = line.text or target
    place = local_path(text) or text
    what = "path" if "://" not in target or target.startswith("file:") else "direct URL"
    names = [f"`{extension}`" for extension in (".whl", *_SOURCES)]
    error = LineError(text)
    error.__cause__ = WeftError(
        f"Expected {what} (`{place}`) to end in a supported file extension: "
        f"{', '.join(names[:-1])}, or {names[-1]}\n{text}\n{'^' * len(text)}"
    )
    return error


def _local(url: str, line: RequirementLine) -> str | None:
    """The path of a file URL; None for others. Raises where nothing is there."""
    if not url.startswith("file:"):
        return None
    from weft.index.urls import local_path
    from weft.system.lean import os

    path = local_path(url)
    if path is None or not os.path.exists(path):
        name = (path or "").rpartition("/")[2]
        if os.path.splitext(name)[1] and not name.lower().endswith((".whl", *_SOURCES)):
            raise _unsupported(line, url)  # what has no extension may have been a directory
        if name.lower().endswith(".whl") and line.requirement is None:
            _check_name(name)  # it is all that tells what it is
        raise DistributionMissing(url)
    return path


def _directory(url: str, line: RequirementLine, subdirectory: str) -> Place:
    from weft.core.distribution import DirectUrl
    from weft.core.source import Source
    from weft.ops.direct import Place

    record = DirectUrl(url, "dir", line.editable, (), None, subdirectory or None)
    name = str(line.requirement.name) if line.requirement is not None else ""
    source = Source(
        "directory",
        url,
        name,
        subdirectory=subdirectory,
        editable=line.editable,
        settings=line.config_settings,
    )
    return Place(line, record, source=source)


def _archive(url: str, line: RequirementLine, file: File, subdirectory: str) -> Source:
    """Name and version are those of the requirement, else those of the file's name."""
    from weft.core.filename import FilenameError, SdistName
    from weft.core.source import Source
    from weft.index.simple.packing import project_of

    name = str(line.requirement.name) if line.requirement is not None else ""
    guess = name or project_of(file.filename) or ""
    version = ""
    if guess:
        try:
            version = SdistName.parse(file.filename, guess).version  # type: ignore[arg-type]
            name = guess
        except FilenameError:
            pass  # archives of forges have names such as `main.zip`
    return Source(
        "archive",
        _without_credentials(url),
        name,
        version,
        file,
        subdirectory,
        settings=line.config_settings,
    )


def _git(target: str, line: RequirementLine, building: Building) -> Place:
    from weft.core.distribution import DirectUrl, Vcs
    from weft.core.source import Source
    from weft.fetch.git_url import parse_git_url
    from weft.ops.direct import Place

    parsed = parse_git_url(target, lfs=building.context.settings.git_lfs)
    commit = building.git().resolve(parsed)
    name = str(line.requirement.name) if line.requirement is not None else ""
    record = DirectUrl(
        parsed.repository,
        "vcs",
        False,
        (),
        Vcs("git", commit, parsed.reference, parsed.lfs),
        parsed.subdirectory or None,
    )
    source = Source(
        "git",
        parsed.repository,
        name,
        subdirectory=parsed.subdirectory or "",
        commit=commit,
        requested=parsed.reference,
        lfs=parsed.lfs,
        settings=line.config_settings,
    )
    return Place(line, record, source=source)


def _without_credentials(url: str) -> str:
    from weft.index.urls import without_credentials

    return without_credentials(url)


def _file(url: str, line: RequirementLine, facts: dict[str, str]) -> File:
    from urllib.parse import unquote

    from weft.core.distribution import File

    hashes = list(line.hashes)
    hashes += [(key, text.lower()) for key, text in facts.items() if key in _ALGORITHMS]
    return File(
        filename=unquote(url.partition("?")[0].rpartition("/")[2]),
        url=url,
        hashes=tuple(dict.fromkeys(hashes)),
        size=None,
        requires_python=None,
        yanked=None,
        upload_time=None,
        metadata=None,
        index="",
    )
