"""`weft python list`: the Pythons that are installed, and those that could be.

Owns what belongs to the list, its order and its two forms. Refuses to fetch, and to list what is in
virtual environments. An interpreter that cannot be used is a warning.
Follows uv in all of that: the newest version first, of each version the installed ones first, and
of downloads only the newest patch unless all are asked for.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.discovery import Candidate
    from weft.python.downloads import Download
    from weft.python.interpreter import Interpreter
    from weft.python.keys import Host, PythonKey
    from weft.python.request import PythonRequest

# What comes first where keys are equal.
_SYSTEM, _MANAGED, _DOWNLOAD = range(3)


@value
class Entry:
    """One line: an interpreter at `path`, or a build that can be fetched (an empty path)."""

    key: PythonKey
    kind: int
    path: str
    download: Download | None = None


def run(context: Context) -> int:
    """The list on stdout, exit code 0 whatever is in it.

    Raises RequestError, and the errors of reading a table of downloads.
    """
    from weft.ops.python_verdict import Hearing, remember_list
    from weft.ops.session import Session
    from weft.python.request import ANY, PythonRequest

    settings = context.settings
    text = settings.request
    request = ANY if text is None else PythonRequest.parse(text, cwd=context.cwd)
    request.check()
    heard = Hearing(context.sink)
    context = context.having(settings, sink=heard)
    with Session(context) as session:
        candidates = [] if settings.only_downloads else _candidates(context, session, request)
        entries = list(_installed(context, session, request, candidates))
        entries += _offered(context, session, request)
        shown = _chosen(context, entries)
        made = _as_json if settings.output_format == "json" else _as_text
        told = made(context, shown)
        if told:
            context.out(told)
        paths = [each.path for each in candidates]
        remember_list(context, session, paths, told=told, heard=heard)
    return 0


def _candidates(context: Context, session: Session, request: PythonRequest) -> list[Candidate]:
    from weft.python.discovery import World
    from weft.python.search import every

    world = World(
        context.environ,
        context.cwd,
        session.store,
        context.settings.python_preference,  # type: ignore[arg-type]
        context.platform,
    )
    return every(request, world)


def _installed(
    context: Context, session: Session, request: PythonRequest, candidates: list[Candidate]
) -> Iterator[Entry]:
    from weft.core.errors import WeftError
    from weft.core.events import Warned
    from weft.python.discovery import InspectionFailure
    from weft.python.keys import PythonKey
    from weft.python.links import by_link
    from weft.python.probes import probe_all
    from weft.python.search import MANAGED

    paths = [each.path for each in candidates]
    answers = probe_all(paths, session.store, environ=context.environ)
    for candidate, answer in zip(candidates, answers, strict=True):
        if isinstance(answer, WeftError):
            failure = InspectionFailure(candidate, context.cwd, answer)
            context.sink(Warned(failure.message, failure.hints, answer))
        elif _belongs(request, answer, candidate):
            kind = _MANAGED if candidate.source == MANAGED else _SYSTEM
            path = candidate.shown or answer.executable
            path = by_link(path) if kind == _MANAGED else path
            yield Entry(PythonKey.of(answer), kind, path)


def _belongs(request: PythonRequest, found: Interpreter, candidate: Candidate) -> bool:
    """Interpreters of environments do not, unless they were named."""
    if candidate.shown:
        return True
    return not found.is_virtual and request.matches(found)


def _offered(context: Context, session: Session, request: PythonRequest) -> list[Entry]:
    """The builds of the table that the request allows and that run here."""
    settings = context.settings
    if settings.only_installed or request.is_place:
        return []
    if settings.python_preference == "only-system":
        return []
    if settings.python_downloads != "automatic" and not settings.only_downloads:
        return []
    from weft.ops.python_table import host_of, python_downloads

    host = host_of(context)
    return [
        Entry(each.key, _DOWNLOAD, "", each)
        for each in python_downloads(context, session)
        if _allows(request, each.key) and _runs(context, request, each.key, host=host)
    ]


def _allows(request: PythonRequest, key: PythonKey) -> bool:
    """Whether a build is of the implementation, version and variant that are asked for."""
    if request.implementation not in ("", key.implementation):
        return False
    version = request.version
    if version is None or version == type(version)():
        return not key.debug
    return key.variant == version.variant.replace("gil", "").strip("+") and version.matches(key)


def _runs(context: Context, request: PythonRequest, key: PythonKey, *, host: Host) -> bool:
    """Whether it is for the platform that is asked for, or else for this one."""
    for want, found in zip(request.platform, key.platform, strict=True):
        if want and want != found:
            return False
    if any(request.platform) or context.settings.all_platforms:
        return True
    if context.settings.all_arches:
        return (key.os, key.libc) == (host.os, host.libc)
    return host.runs(key)


def _chosen(context: Context, entries: list[Entry]) -> list[Entry]:
    """The lines in order, without downloads of what is there or what has newer patches."""
    from weft.ops.python_table import host_of

    settings, host = context.settings, host_of(context)
    entries = sorted(entries, key=lambda each: each.path, reverse=True)
    entries.sort(key=lambda each: (each.key.rank(host), each.kind))
    minors, patches, shown = set(), set(), []
    for each in entries:
        key = each.key
        place = (
            key.implementation,
            key.variant,
            key.libc,
            key.os if settings.all_platforms else "",
            key.arch if settings.all_arches else "",
        )
        if each.kind == _DOWNLOAD:
            if (key.release, place) in patches:
                continue
            if (key.minor, place) in minors and not settings.all_versions:
                continue
        if each.kind != _SYSTEM:
            minors.add((key.minor, place))
            patches.add((key.release, place))
        shown.append(each)
    return shown


def _as_text(context: Context, entries: list[Entry]) -> str:
    from weft.python.discovery import display

    width = max([len(str(each.key)) for each in entries], default=0)
    lines = []
    for each in entries:
        if each.download is not None:
            told = "<download available>"
            if context.settings.show_urls:
                told = _url(context, each.download)
        else:
            told = display(each.path, context.cwd)
            link = _link(context, each.path)
            told += f" -> {link}" if link else ""
        lines.append(f"{each.key!s:<{width}}    {told}")
    return "\n".join(lines)


def _as_json(context: Context, entries: list[Entry]) -> str:
    """One object for each line; `path` and `symlink` or else `url` are null."""
    import json

    from weft.python.discovery import display

    rows = []
    for each in entries:
        key, path, link = each.key, None, None
        if each.download is None:
            path = display(each.path, context.cwd)
            link = _link(context, each.path)
        major, minor, patch = key.release
        rows.append(
            {
                "key": str(key),
                "version": key.version,
                "version_parts": {"major": major, "minor": minor, "patch": patch},
                "path": path,
                "symlink": link,
                "url": None if each.download is None else _url(context, each.download),
                "os": key.os,
                "variant": key.variant or "default",
                "implementation": key.implementation,
                "arch": key.arch,
                "libc": key.libc,
            }
        )
    return json.dumps(rows, separators=(",", ":"))


def _url(context: Context, download: Download) -> str:
    from weft.ops.python_table import behind_mirrors

    return behind_mirrors(context, download).url


def _link(context: Context, path: str) -> str | None:
    """What the link at `path` says, None where there is none."""
    from weft.python.discovery import display
    from weft.system.lean import os

    path = os.path.join(context.cwd, path)
    return display(os.readlink(path), context.cwd) if os.path.islink(path) else None
