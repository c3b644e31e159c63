"""What `weft build` makes out of what: the decisions that need no disk.

Owns which steps a source takes, the words about them, the names that must agree, and how paths are
shown. Refuses to read, to write and to run anything.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

SDIST_SUFFIXES = (
    ".tar.gz", ".zip", ".tar.bz2", ".tar.lz", ".tar.lzma", ".tar.xz", ".tar.zst", ".tar", ".tbz",
    ".tgz", ".tlz", ".txz",
)  # fmt: skip


@value
class Job:
    """One source. `source` (a directory or an archive) and `output` are absolute paths.

    `name` is the project's, as far as it is known; `label` goes before lines where several are
    built at once, and `shown` is the source in errors.
    """

    source: str
    output: str
    is_archive: bool = False
    name: str = ""
    label: str = ""
    shown: str = ""
    requires_python: str | None = None


@value
class Steps:
    """What is made. `chained`: the wheel is made of a source distribution, not of the tree."""

    sdist: bool
    wheel: bool
    chained: bool = False


class FailedToBuild(WeftError):
    """One job failed; the cause says why."""

    def __init__(self, job: Job, cause: WeftError) -> None:
        super().__init__()
        self.job = job
        self.__cause__ = cause

    @property
    def message(self) -> str:
        return f"Failed to build `{self.job.shown}`"

    @property
    def hints(self) -> tuple[str, ...]:
        from weft.fetch.orders import general_hints

        return general_hints(self.__cause__)


class Outcome:
    """What one job has made, in order, and why it did not make the rest."""

    __slots__ = ("failure", "paths")

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.failure: FailedToBuild | None = None


def steps(job: Job, *, sdist: bool, wheel: bool) -> Steps:
    """By the options `--sdist` and `--wheel`. Raises WeftError for what an archive cannot give."""
    if not job.is_archive:
        if sdist or wheel:
            return Steps(sdist=sdist, wheel=wheel)
        return Steps(sdist=True, wheel=True, chained=True)
    if sdist:
        raise WeftError("Building an `--sdist` from a source distribution is not supported")
    if not wheel:
        raise WeftError("Pass `--wheel` explicitly to build a wheel from a source distribution")
    if not job.source.endswith(SDIST_SUFFIXES):
        *most, last = [f"`{suffix}`" for suffix in SDIST_SUFFIXES]
        raise WeftError(
            f"`{job.source.rpartition('/')[2]}` is not a valid build source. Expected to receive "
            f"a source directory, or a source distribution ending in one of: {', '.join(most)}, "
            f"or {last}"
        )
    return Steps(sdist=False, wheel=True, chained=True)


def starting(kind: str, job: Job, *, chained: bool) -> str:
    """The line when a step begins; `kind` is `sdist` or `wheel`."""
    if kind == "sdist":
        return f"{job.label}Building source distribution..."
    return f"{job.label}Building wheel{' from source distribution' if chained else ''}..."


def declared(filename: str) -> tuple[str, str] | None:
    """Normal name and version that an archive's file name tells, None where it tells none."""
    from weft.core.filename import FilenameError, SdistName
    from weft.core.names import is_valid_name, normalize_name

    for suffix in sorted(SDIST_SUFFIXES, key=len, reverse=True):
        if filename.endswith(suffix):
            filename = filename[: -len(suffix)]
            break
    written = filename.rpartition("-")[0]
    if not is_valid_name(written):
        return None
    try:
        found = SdistName.parse(f"{filename}.tar.gz", normalize_name(written))
    except FilenameError:
        return None
    return found.name, found.version


def check_names(sdist: str, wheel: str) -> None:
    """A wheel has the name and version of the source distribution that it was made of.

    Both are file names. A source distribution whose name does not say what it is may be anything.
    Raises WeftError.
    """
    from weft.core.filename import WheelName

    found = WheelName.parse(wheel)
    of_sdist = declared(sdist)
    if of_sdist is None:
        return
    pairs = (("name", of_sdist[0], found.name), ("version", of_sdist[1], found.version))
    for what, one, two in pairs:
        if one != two:
            raise WeftError(
                f"The source distribution declares {what} {one}, but the wheel declares {what} "
                f"{two}"
            )


def shown_path(path: str, directory: str) -> str:
    """`path` without `.` and doubled slashes, relative to `directory` where it begins with it."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    above = [part for part in directory.split("/") if part not in ("", ".")]
    if parts[: len(above)] == above:
        return "/".join(parts[len(above) :]) or "."
    return "/" + "/".join(parts)
