"""What `weft add` is asked to add: requirements with names, and the sources they come from.

Owns reading words and files, finding out the names of paths and URLs, and the entry of
`[tool.uv.sources]` that says where a requirement comes from. Refuses to change a file.
Follows uv in order, form and wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.project.edit_list import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.requirement import Requirement
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.settings_values import Settings
    from weft.project.lines import RequirementLine
    from weft.project.pyproject import Pyproject
    from weft.python.interpreter import Interpreter

_REFUSED = ("pyproject.toml", "setup.py", "setup.cfg", "pylock.toml")


@value
class Asked:
    """One requirement, its URL absolute; `given` is how its path was written, `directory` the
    absolute path where it names a directory, `editable` whether a file says so."""

    requirement: Requirement
    given: str = ""
    directory: str = ""
    editable: bool = False


@value
class AskedLines:
    """What was asked for as it was read, and limits of the resolution."""

    requirements: tuple[RequirementLine, ...]
    constraints: tuple[RequirementLine, ...] = ()


def read_asked(context: Context) -> AskedLines:
    """Words, files and constraints. Raises WeftError with exit code 2; warns of empty files."""
    settings = context.settings
    if not settings.requirements and not settings.constraints:
        from weft.project.lines import parse_line

        return AskedLines(tuple([parse_line(text, context.cwd) for text in settings.packages]))
    from weft.core.events import Warned
    from weft.ops.reading import reader_of
    from weft.project.inputs import Sources, read_inputs

    for path in settings.requirements:
        name = path.replace("\\", "/").rpartition("/")[2]
        if name.startswith("pylock.") and name.endswith(".toml"):
            name = "pylock.toml"
        if name in _REFUSED:
            raise WeftError(f"Adding requirements from a `{name}` is not supported in `weft add`")
    sources = Sources(
        packages=settings.packages, files=settings.requirements, constraints=settings.constraints
    )
    inputs = read_inputs(
        sources, read=reader_of(context), environ=context.environ, directory=context.cwd
    )
    for warning in inputs.warnings:
        context.sink(Warned(warning))
    return AskedLines(inputs.requirements, inputs.constraints)


def name_all(
    context: Context,
    session: Session,
    interpreter: Interpreter,
    lines: Sequence[RequirementLine],
) -> list[Asked]:
    """The requirements with their names, markers and extras. Those that had a name go first."""
    named = [line for line in lines if line.requirement is not None]
    unnamed = [line for line in lines if line.requirement is None]
    for line in named:
        _check_file(line)
    found = [_asked(context.settings, line, line.requirement) for line in named]
    if unnamed:
        from weft.ops.building import Building

        with Building(context, session, interpreter) as building:
            for line in unnamed:
                try:
                    name = _name_of(session, building, _at_reference(context.settings, line))
                except WeftError as error:
                    error.exit_code = 2  # what was wrong is what was asked for
                    raise
                found.append(_asked(context.settings, line, _with_name(line, name)))
    return found


def _check_file(line: RequirementLine) -> None:
    """A file has to be a wheel or a source distribution. Raises LineError."""
    url = line.requirement.url if line.requirement is not None else None
    if url is None or not url.startswith("file:"):
        return
    from weft.index.urls import local_path
    from weft.system.lean import os

    if os.path.isfile(local_path(url.partition("#")[0]) or ""):
        from weft.ops.direct_sources import locate_here

        locate_here(line)


def _at_reference(settings: Settings, line: RequirementLine) -> RequirementLine:
    """The repository at the commit, tag or branch that an option names."""
    told = settings.rev or settings.tag or settings.branch
    url = line.path_or_url or ""
    if told is None or not url.startswith("git+"):
        return line
    from urllib.parse import quote

    from weft.fetch.git_url import parse_git_url

    address, mark, fragment = url.partition("#")
    if parse_git_url(url).reference is not None:
        address = address.rpartition("@")[0]
    return replace(line, path_or_url=f"{address}@{quote(told)}{mark}{fragment}")


def _name_of(session: Session, building: object, line: RequirementLine) -> str:
    from weft.ops.direct_sources import locate

    place = locate(line, building)  # type: ignore[arg-type]
    return place.name() or str(place.direct(session, building).requirement.name)  # type: ignore[arg-type]


def _with_name(line: RequirementLine, name: str) -> Requirement:
    from weft.core.names import normalize_name
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY
    from weft.project.lines import file_url

    place = line.path_or_url or ""
    url = place if "://" in place else file_url(place)
    return Requirement(normalize_name(name), line.extras, ANY, url, line.marker)


def _asked(settings: Settings, line: RequirementLine, requirement: Requirement | None) -> Asked:
    """With what the options add: marker, extras and the reference of a repository."""
    assert requirement is not None, "every line has got a name"
    from weft.core.names import normalize_name

    extras = (*requirement.extras, *map(normalize_name, settings.extra))
    requirement = replace(requirement, extras=tuple(sorted(set(extras))))
    if settings.marker:
        from weft.core.marker import Marker
        from weft.project.markers import both

        marker = both(requirement.marker, Marker.parse(settings.marker))
        requirement = replace(requirement, marker=marker)
    return Asked(requirement, line.given, _directory(requirement.url), line.editable)


def _directory(url: str | None) -> str:
    """The absolute path of a directory that a URL names, else empty.

    What is not there is one that is still to come, unless it is called like an archive.
    """
    if url is None or not url.startswith("file:"):
        return ""
    from weft.index.urls import local_path
    from weft.project.lines import ARCHIVES
    from weft.system.lean import os

    path = (local_path(url.partition("#")[0]) or "").rstrip("/")
    missing = not os.path.lexists(path) and not path.endswith(ARCHIVES)
    return path if os.path.isdir(path) or missing else ""


def with_logins(context: Context, asked: Sequence[Asked]) -> Context:
    """The world for what follows: credentials of repositories that were given on the command line
    are not written to a file, so Git has to get them in another way."""
    from weft.fetch.git_command import login_settings
    from weft.fetch.git_url import parse_git_url

    settings: list[tuple[str, str]] = []
    for each in asked:
        url = each.requirement.url
        if url is not None and url.startswith("git+"):
            git = parse_git_url(url)
            settings += login_settings(git.repository, git.login)
    if not settings:
        return context
    quoted_pairs = [
        "'{}'".format(f"{name}={text}".replace("'", "'\\''")) for name, text in settings
    ]
    before = context.environ.get("GIT_CONFIG_PARAMETERS", "")
    environ = {
        **context.environ,
        "GIT_CONFIG_PARAMETERS": " ".join([before, *quoted_pairs]).strip(),
    }
    return context.having(context.settings, environ=environ)


def source_entry(
    settings: Settings,
    asked: Asked,
    *,
    root: str,
    is_member: bool,
    known: Pyproject | None,
    index: str,
) -> str:
    """The inline table that says where the requirement comes from; empty for any index.

    `root` is where relative paths start; `known` has the sources so far; `index` is the name of
    the one index that was given. Raises WeftError where options and requirement do not fit.
    """
    requirement = asked.requirement
    name, url = requirement.name, requirement.url
    is_git = url is not None and url.startswith("git+")
    if not is_git and (settings.rev or settings.tag or settings.branch or settings.lfs):
        return _other_reference(settings, name, known)
    if not is_member and not asked.directory and settings.as_editable:
        raise WeftError(
            f"`{name}` did not resolve to a local directory, but the `--editable` flag was "
            "provided. Editable installs are only supported for local directories."
        )
    if is_member:
        return _member(settings, asked)
    if url is None:
        return _table(("index", index)) if index else ""
    if is_git:
        return _git(settings, url)
    if url.startswith("file:"):
        return _path(settings, asked, root)
    address, _, fragment = url.partition("#")
    return _table(("url", address), ("subdirectory", _subdirectory(fragment)))


def _member(settings: Settings, asked: Asked) -> str:
    url = asked.requirement.url
    if url is not None and not asked.directory:
        what = "a Git repository" if url.startswith("git+") else "a URL"
        what = "a file" if url.startswith("file:") else what
        raise WeftError(
            f"Workspace dependency `{asked.requirement.name}` must refer to local directory, "
            f"not {what}"
        )
    return _table(("workspace", True), ("editable", _editable(settings, asked)))


def _editable(settings: Settings, asked: Asked) -> bool | None:
    """What `--editable`, `--no-editable` or `--no-editable-package` says; None without them."""
    if "as_editable" in settings.sources:
        return settings.as_editable
    return False if asked.requirement.name in settings.no_editable_package else None


def _other_reference(settings: Settings, name: str, known: Pyproject | None) -> str:
    """Another commit of the repository that the source so far names."""
    entries = known.sources.get(name, ()) if known is not None else ()  # type: ignore[call-overload]
    for entry in entries:
        if entry.kind == "git":
            return _table(
                ("git", entry.location),
                ("subdirectory", entry.subdirectory),
                ("rev", settings.rev),
                ("tag", settings.tag),
                ("branch", settings.branch),
                ("lfs", settings.lfs or None),
                ("marker", entry.marker.text if entry.marker is not None else ""),
                ("extra", entry.extra),
                ("group", entry.group),
            )
    for option in ("rev", "tag", "branch"):
        text = getattr(settings, option)
        if text:
            raise WeftError(
                f"`{name}` did not resolve to a Git repository, but a Git reference "
                f"(`--{option} {text}`) was provided."
            )
    raise WeftError(
        f"`{name}` did not resolve to a Git repository, but a Git extension (`--lfs`) was provided."
    )


def _git(settings: Settings, url: str) -> str:
    from weft.fetch.git_url import parse_git_url

    git = parse_git_url(url)
    told = settings.rev or settings.tag or settings.branch
    return _table(
        ("git", git.repository),
        ("subdirectory", git.subdirectory),
        ("rev", settings.rev if told else git.reference),
        ("tag", settings.tag),
        ("branch", settings.branch),
        ("lfs", (settings.lfs or git.lfs) or None),
    )


def _path(settings: Settings, asked: Asked, root: str) -> str:
    from weft.index.urls import local_path
    from weft.system.lean import os

    path = local_path((asked.requirement.url or "").partition("#")[0]) or ""
    if not os.path.isabs(asked.given) and "://" not in asked.given:
        path = os.path.relpath(path, root).replace(os.sep, "/")
    told = _editable(settings, asked)
    editable = (told if told is not None else asked.editable or None) if asked.directory else None
    return _table(("path", path), ("editable", editable))


def _subdirectory(fragment: str) -> str:
    for part in fragment.split("&"):
        key, _, text = part.partition("=")
        if key == "subdirectory":
            return text
    return ""


def _table(*pairs: tuple[str, object]) -> str:
    """An inline table without what is empty."""
    shown = [
        f"{key} = {str(item).lower() if isinstance(item, bool) else quoted(str(item))}"
        for key, item in pairs
        if item not in (None, "")
    ]
    return f"{{ {', '.join(shown)} }}"
