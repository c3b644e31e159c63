"""What `weft build` was asked to build, and where the results go.

Owns finding sources and output directories: the directory or archive that was named, or members of
its workspace. Refuses to build, and to make anything but the output directory.
"""

from __future__ import annotations

from weft.core.defaults import UV_BUILD
from weft.core.errors import SystemFailure, WeftError
from weft.ops.build_plan import Job, declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.build_members import Member, Members
    from weft.ops.context import Context
    from weft.ops.settings import Settings

_BACK_END = f"""[build-system]
requires = ["{UV_BUILD}"]
build-backend = "uv_build"
"""


def find_jobs(context: Context) -> list[Job]:
    """What the words name. Raises WeftError for a source that is not there."""
    from weft.system.lean import os

    settings = context.settings
    if settings.source == "" or settings.out_dir == "":
        raise WeftError("cannot make an empty path absolute")
    given = settings.source if settings.source is not None else _project(settings)
    source = os.path.join(context.cwd, given)
    # `..` behind a symbolic link leads elsewhere than the text says.
    source = os.path.realpath(source) if ".." in given.split("/") else os.path.normpath(source)
    if os.path.isfile(source):
        return [_archive(context, source)]
    if not os.path.isdir(source):
        raise WeftError(f"Source `{given}` does not exist")
    if settings.member is None and not settings.all_packages:
        return [_directory(context, source)]
    return _of_workspace(context, source)


def _project(settings: Settings) -> str:
    """The directory of `--project`, which may name the file in it."""
    given = settings.project or "."
    return given.removesuffix("pyproject.toml") or "."


def _archive(context: Context, source: str) -> Job:
    from weft.system.lean import os

    settings = context.settings
    for option, given in (
        ("--package", settings.member),
        ("--all-packages", settings.all_packages),
    ):
        if given:
            raise WeftError(f"Cannot specify `{option}` when building from a file")
    output = _output(context, source.rpartition("/")[0] or "/")
    known = declared(os.path.basename(source))
    name = known[0] if known is not None else ""
    return Job(source, output, is_archive=True, name=name, shown=source)


def _directory(context: Context, source: str) -> Job:
    """A directory may be no project that can be read: then its back end is what can tell."""
    from weft.ops.build_members import find_members

    try:
        workspace = find_members(source)
    except WeftError:
        return Job(source, _output(context, f"{source}/dist"), shown=source)
    member = workspace.at(source)
    return Job(
        source,
        _output(context, f"{workspace.root}/dist"),
        name=member.name if member is not None else "",
        shown=source,
        requires_python=member.requires_python if member is not None else None,
    )


def _of_workspace(context: Context, source: str) -> list[Job]:
    from weft.ops.build_members import find_members

    settings = context.settings
    option = "--package" if settings.member is not None else "--all-packages"
    try:
        workspace = find_members(source)
    except WeftError as error:
        raise WeftError(f"`{option}` was provided, but no workspace was found") from error
    if settings.member is not None:
        member = _named(settings.member, workspace, context)
        return [_of_member(context, workspace, member, several=False)]
    packages = [member for member in workspace.members if member.is_package]
    if not packages:
        raise WeftError("No packages found in workspace")
    return [_of_member(context, workspace, each, several=True) for each in packages]


def _named(given: str, workspace: Members, context: Context) -> Member:
    from weft.core.names import normalize_name
    from weft.ops.build_plan import shown_path

    name = normalize_name(given)
    member = workspace.named(name)
    if member is None:
        raise WeftError(f"Package `{name}` not found in workspace")
    if not member.is_package:
        path = shown_path(f"{member.directory}/pyproject.toml", context.cwd)
        raise WeftError(
            f"Package `{name}` is missing a `build-system`. For example, to build with "
            f"`uv_build`, add the following to `{path}`:\n```toml\n{_BACK_END}```"
        )
    return member


def _of_member(context: Context, workspace: Members, member: Member, *, several: bool) -> Job:
    return Job(
        member.directory,
        _output(context, f"{workspace.root}/dist"),
        name=member.name,
        label=f"[{member.name}] " if several else "",
        shown=f"{member.name} @ {member.directory}" if several else member.directory,
        requires_python=member.requires_python,
    )


def _output(context: Context, default: str) -> str:
    """Absolute; `..` and links in what was given keep their meaning."""
    from weft.system.lean import os

    given = context.settings.out_dir
    return os.path.join(context.cwd, given) if given is not None else default


def prepare_output(job: Job, settings: Settings, *, clear: bool) -> None:
    """Make the output directory, emptied if `clear`, with a `.gitignore` that covers all of it.

    Raises SystemFailure; WeftError where emptying would remove the source itself.
    """
    from weft.system.lean import os

    if clear:
        _clear(job)
    try:
        os.makedirs(job.output, exist_ok=True)
    except OSError as error:
        raise SystemFailure("create directory", job.output, error) from error
    if settings.no_create_gitignore:
        return
    path = os.path.join(job.output, ".gitignore")
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write("*")
    except FileExistsError:
        return
    except OSError as error:
        raise SystemFailure("create", path, error) from error


def _clear(job: Job) -> None:
    from weft.system.lean import os
    from weft.system.removal import remove_tree

    output, source = os.path.realpath(job.output), os.path.realpath(job.source)
    if os.path.commonpath((output, source)) == output:
        raise WeftError(
            f"Refusing to clear output directory `{job.output}` because it contains the build "
            f"source `{job.source}`"
        )
    try:
        names = os.listdir(output)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SystemFailure("read directory", job.output, error) from error
    for name in names:
        remove_tree(os.path.join(output, name))
