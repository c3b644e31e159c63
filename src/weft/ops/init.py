"""`weft init`: a new project, or a new member of a workspace.

Owns what is made and in which order: the `pyproject.toml` of the project comes last but for the
workspace's, so that nothing is a project before it is whole. Refuses to overwrite files.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.init_texts import Draft
    from weft.project.discovery import Project
    from weft.project.reader import Reader


def run(context: Context) -> int:
    """Exit code 2 where there is a project already or its name cannot be one."""
    from weft.core.events import Note
    from weft.ops.init_python import choose_python

    settings = context.settings
    if settings.as_script:
        from weft.ops.init_script import init_script

        init_script(context)
        return 0
    from weft.system.lean import os

    directory = os.path.normpath(os.path.join(context.cwd, settings.path or ""))
    if os.path.lexists(f"{directory}/pyproject.toml"):
        raise WeftError(
            f"Cannot initialize a project in `{directory}` because `pyproject.toml` already exists"
        )
    name = _name(context, directory)
    around = _workspace(context, directory, name)
    chosen = choose_python(context, directory, around)
    is_new = not os.path.lexists(directory)
    try:
        _make(context, directory, name, chosen.requires)
        if chosen.pin:
            _pin(context, directory, chosen.pin, around=around)
        if around is not None:
            _join(context, directory, name, around)
    except BaseException:
        if is_new:  # nobody else has put anything there
            from weft.system.removal import remove_tree

            remove_tree(directory)
        raise
    place = f" at `{directory}`" if settings.path is not None else ""
    context.sink(Note(f"Initialized project `{name}`{place}"))
    return 0


def _name(context: Context, directory: str) -> str:
    """The one asked for, else the directory's; normal."""
    from weft.core.names import is_valid_name, normalize_name
    from weft.system.lean import os

    settings = context.settings
    if settings.name is not None:
        return normalize_name(settings.name)
    written = os.path.basename(directory)
    if not written or os.path.basename((settings.path or "").rstrip("/")) == "..":
        raise WeftError("Missing directory name")
    name = written.strip().replace(" ", "-")
    if not is_valid_name(name):
        which = "target" if settings.path is not None else "current"
        raise WeftError(
            f"The {which} directory (`{written}`) is not a valid package name. Please provide a "
            "package name with `--name`."
        )
    return normalize_name(name)


def _workspace(context: Context, directory: str, name: str) -> Project | None:
    """The project above `directory`, which the new one joins."""
    from weft.project.discovery import ProjectUnmanaged, find_project
    from weft.project.reader import local_reader
    from weft.system.lean import os

    if context.settings.no_workspace:
        return None
    reader = _with_draft(local_reader, f"{directory}/pyproject.toml", name)
    failure: WeftError
    try:
        found = find_project(os.path.dirname(directory), reader)
    except ProjectUnmanaged:
        return None
    except WeftError as error:
        failure = error
    else:
        if found is None or found.has_root_project or found.top.workspace is not None:
            return found
        failure = WeftError(f"No `project` table found in: {found.root}/pyproject.toml")
    raise WeftError(
        "Failed to discover parent workspace; use `weft init --no-workspace` to ignore"
    ) from failure


def _with_draft(read: Reader, path: str, name: str) -> Reader:
    """As if the new project was there: a glob of the workspace may match it already."""

    def reader(asked: str) -> bytes | None:
        if asked == path:
            return f'[project]\nname = "{name}"\nversion = "0.1.0"\n'.encode()
        return read(asked)

    return reader


def _make(context: Context, directory: str, name: str, requires: str) -> None:
    """All files of the project itself."""
    from weft.ops.init_git import author_of, start_repository
    from weft.ops.init_texts import Draft, pyproject_text
    from weft.ops.init_write import write_new
    from weft.system.files import make_directory

    settings = context.settings
    bare = settings.bare
    asked = settings.lib or settings.package_it or bool(settings.build_backend)
    packaged = asked or not (bare or settings.no_package or settings.virtual)
    make_directory(directory)
    start_repository(context, directory, settings.vcs or ("none" if bare else None))
    source = settings.author_from or ("auto" if packaged else "none")
    draft = Draft(
        name,
        requires,
        description=_description(context),
        readme=not (settings.no_readme or bare),
        author=author_of(context, directory) if source != "none" else None,
        library=settings.lib,
        backend=(settings.build_backend or "uv") if packaged else "",
        bare=bare,
    )
    for path, text in _files(draft).items():
        write_new(f"{directory}/{path}", text)
    write_new(f"{directory}/pyproject.toml", pyproject_text(draft))


def _files(draft: Draft) -> dict[str, str]:
    """What is beside the `pyproject.toml`, by path."""
    from weft.ops.init_texts import main_text, package_files

    if draft.bare:
        return {}
    files = package_files(draft) if draft.backend else {"main.py": main_text(draft.name)}
    return {**files, "README.md": ""} if draft.readme else files


def _description(context: Context) -> str:
    settings = context.settings
    if settings.no_description:
        return ""
    if settings.description is not None:
        return settings.description
    return "" if settings.bare else "Add your description here"


def _join(context: Context, directory: str, name: str, around: Project) -> None:
    """Make the project a member of the workspace, unless a glob says that it is one or not."""
    from weft.core.events import Note
    from weft.project.edit import Edit
    from weft.project.workspace import matches
    from weft.system.files import read_bytes, write_atomic
    from weft.system.lean import os

    parts = os.path.relpath(directory, around.root).split(os.sep)

    def listed(patterns: tuple[str, ...]) -> bool:
        split = [[part for part in text.split("/") if part not in ("", ".")] for text in patterns]
        return any(matches(pattern, parts) for pattern in split)

    members, excluded = around.top.workspace or ((), ())
    if listed(excluded):
        context.sink(Note(f"Project `{name}` is excluded by workspace `{around.root}`"))
    elif listed(members):
        context.sink(Note(f"Project `{name}` is already a member of workspace `{around.root}`"))
    else:
        path = os.path.realpath(f"{around.root}/pyproject.toml")
        edit = Edit((read_bytes(path) or b"").decode())
        edit.add_member("/".join(parts))
        write_atomic(path, edit.text.encode(), mode=os.stat(path).st_mode & 0o777)
        context.sink(Note(f"Adding `{name}` as member of workspace `{around.root}`"))


def _pin(context: Context, directory: str, text: str, *, around: Project | None) -> None:
    """Write `.python-version`, where none says the same already."""
    from weft.ops.version_files import VERSION_FILE, in_directory, write

    there = in_directory(context, directory)
    if around is None:
        if there is not None and there.first is not None:
            return
    else:
        for found in (there, in_directory(context, around.root)):
            if found is not None and found.first is not None and found.first.canonical == text:
                return
    write(f"{directory}/{VERSION_FILE}", text)
