"""Requirements that name a file or a URL instead of a project.

Owns finding out which project and version such a file is. Wheels only, for now: what would have to
be built is an error that says so.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weft.core.distribution import DirectUrl, File
    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.fetch.database import Candidate
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.project.lines import RequirementLine


@value
class Direct:
    """One such requirement, by its name now, with the one candidate that can meet it."""

    requirement: Requirement
    candidate: Candidate
    direct_url: DirectUrl


class NeedsBuilding(WeftError):
    """A requirement that only a build back end can turn into a wheel."""

    def __init__(self, shown: str) -> None:
        super().__init__(
            f"Building from source is not supported yet: `{shown}`",
            hints=("Build a wheel first, for example with `pip wheel`, and install that",),
        )


def read_direct(
    context: Context, session: Session, lines: Iterable[RequirementLine], judged: Judged
) -> dict[str, Direct]:
    """By normalized name; lines whose marker does not hold here are left out."""
    found: dict[str, Direct] = {}
    for line in lines:
        marker = line.requirement.marker if line.requirement is not None else line.marker
        if marker is not None and not marker.evaluate(judged.environment):
            continue
        direct = _read(context, session, line)
        name = str(direct.requirement.name)
        before = found.get(name)
        if before is not None and before.direct_url.url != direct.direct_url.url:
            raise WeftError(
                f"Requirements contain conflicting URLs for package `{name}`:\n"
                f"- {before.direct_url.url}\n- {direct.direct_url.url}"
            )
        found[name] = direct
    return found


def _read(context: Context, session: Session, line: RequirementLine) -> Direct:
    from weft.core.distribution import DirectUrl
    from weft.core.filename import WheelName
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY
    from weft.fetch.database import Candidate

    requirement = line.requirement
    target = requirement.url if requirement is not None else line.path_or_url
    assert target is not None, "a direct requirement has a path or a URL"
    url = _url(target)
    if line.editable or not url.partition("#")[0].endswith(".whl"):
        _check_local(url)
        raise NeedsBuilding(line.text or target)
    _check_local(url)
    file = _file(url, line)
    wheel = WheelName.parse(file.filename)
    if requirement is not None and requirement.name != wheel.name:
        raise WeftError(
            f"Package metadata name `{wheel.name}` does not match given name `{requirement.name}`",
            exit_code=1,
        )
    extras = requirement.extras if requirement is not None else tuple(line.extras)
    return Direct(
        Requirement(wheel.name, extras, ANY, None, None),
        Candidate(wheel.version, _metadata(session, file), file),
        DirectUrl(url.partition("#")[0], "archive", False, (), None, None),
    )


def _metadata(session: Session, file: File) -> Callable[[], Metadata]:
    def read() -> Metadata:
        from weft.core.metadata import unpack

        return unpack(session.client().metadata(file))

    return read


def _url(target: str) -> str:
    if "://" in target or target.startswith("file:"):
        return target
    from weft.project.lines import file_url

    return file_url(target)


def _check_local(url: str) -> None:
    """uv's message for a path that leads nowhere, exit code 1."""
    if not url.startswith("file://"):
        return
    import os
    from urllib.parse import unquote

    path = unquote(url.removeprefix("file://").partition("#")[0], errors="surrogateescape")
    if not os.path.exists(path):
        raise WeftError(f"Distribution not found at: {url}", exit_code=1)


def _file(url: str, line: RequirementLine) -> File:
    from urllib.parse import unquote

    from weft.core.distribution import File

    address, _, fragment = url.partition("#")
    hashes = list(line.hashes)
    for part in fragment.split("&"):
        algorithm, equals, digest = part.partition("=")
        if equals and algorithm in ("md5", "sha256", "sha384", "sha512"):
            hashes.append((algorithm, digest.lower()))
    return File(
        filename=unquote(address.rpartition("/")[2]),
        url=address,
        hashes=tuple(dict.fromkeys(hashes)),
        size=None,
        requires_python=None,
        yanked=None,
        upload_time=None,
        metadata=None,
        index="",
    )
