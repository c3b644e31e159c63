"""What `weft add` changes: the new text of every file, and where each requirement went.

Owns which list a requirement goes to, when a directory becomes a member of the workspace, and the
indexes that are kept. Everything stays in memory. Refuses to write, resolve and install.
Follows uv.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.project.edit import DEV_GROUP, PRODUCTION, Change, Edit, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.add_requirements import Asked
    from weft.ops.context import Context
    from weft.ops.editing import Editable
    from weft.ops.settings_indexes import IndexSetting
    from weft.ops.settings_values import Settings
    from weft.project.discovery import Project

_LEFT_OUT = (
    ("index_url", "--index-url", "--default-index"),
    ("extra_index_url", "--extra-index-url", "--index"),
)


@value
class Placed:
    """Where a requirement went. `is_open` says that it names no version, `from_index` that it
    comes from an index."""

    name: str
    shown: str
    change: Change
    is_open: bool
    from_index: bool


class Plan:
    """The project as it will be; `new` has the bytes of the files that change, by their path."""

    def __init__(self, project: Project, file: Editable, edit: Edit) -> None:
        self.project = project
        self.file = file
        self.edit = edit
        self.new: dict[str, bytes] = {}
        self.placed: list[Placed] = []

    def settle(self) -> None:
        """Take the text as it is now into `new`, and read the project again."""
        from weft.ops.editing import changed_project

        self.new[self.file.path] = self.file.encoded(self.edit.text)
        self.project = changed_project(self.project, self.new)


def target_of(settings: Settings, edit: Edit, name: str) -> Target:
    """The list that the options name, for a package."""
    from weft.core.names import normalize_name

    if settings.optional is not None:
        return Target("extra", normalize_name(settings.optional))
    group = normalize_name(settings.to_group) if settings.to_group is not None else None
    if settings.dev:
        return edit.development_target(name)
    if group == DEV_GROUP.name:
        from weft.project.edit import DEV

        known = edit.find(name)
        return DEV if DEV in known and DEV_GROUP not in known else DEV_GROUP
    return Target("group", group) if group is not None else PRODUCTION


def planned(context: Context, project: Project, asked: Sequence[Asked]) -> Plan:
    """The plan for a project. Says which members are new. Raises WeftError, EditError."""
    from weft.ops.editing import read_editable

    settings = context.settings
    _check_itself(settings, project, asked)
    project, new = _with_members(context, project, asked)
    path = f"{project.directory}/pyproject.toml"
    file = read_editable(path)
    if path in new:
        file = replace(file, text=new[path][len(file.mark) :].decode())
    plan = Plan(project, file, Edit(file.text))
    plan.new = new
    for each in asked:
        entry = _entry(settings, each, project=project)
        place(plan.edit, plan.placed, settings, each, entry)
    if not settings.raw:
        add_indexes(context, plan.edit, project.directory)
    plan.settle()
    return plan


def _entry(settings: Settings, asked: Asked, *, project: Project) -> str:
    if settings.raw:
        return ""
    from weft.ops.add_requirements import source_entry

    return source_entry(
        settings,
        asked,
        root=project.directory,
        is_member=project.member(asked.requirement.name) is not None,
        known=project.pyproject,
        index=pinned_index(settings),
    )


def pinned_index(settings: Settings) -> str:
    """The name of the index that everything is to come from: the only one that was given."""
    given = settings.given_indexes
    return given[0].name if len(given) == 1 else ""


def place(edit: Edit, placed: list[Placed], settings: Settings, asked: Asked, entry: str) -> None:
    """Put one requirement into its list; those behind it move on."""
    from weft.project.edit import text_of

    requirement = asked.requirement
    if not settings.raw:
        requirement = replace(requirement, url=None)
    target = target_of(settings, edit, requirement.name)
    change = edit.add(requirement, target, source=entry)
    if change.new:
        for number, other in enumerate(placed):
            at = other.change
            if at.target == target and at.index >= change.index:
                placed[number] = replace(other, change=replace(at, index=at.index + 1))
    is_open = not requirement.specifiers.text and requirement.url is None
    from_index = not entry or entry.startswith("{ index = ")
    placed.append(Placed(requirement.name, text_of(requirement), change, is_open, from_index))


def _check_itself(settings: Settings, project: Project, asked: Sequence[Asked]) -> None:
    if settings.dev or settings.optional is not None or settings.to_group is not None:
        return
    for each in asked:
        if each.requirement.name == project.name:
            raise WeftError(
                f"Requirement name `{project.name}` matches project name `{project.name}`, but "
                "self-dependencies are not permitted without the `--dev` or `--optional` flags. "
                f"If your project name (`{project.name}`) is shadowing that of a third-party "
                "dependency, consider renaming the project."
            )


def _with_members(
    context: Context, project: Project, asked: Sequence[Asked]
) -> tuple[Project, dict[str, bytes]]:
    """The project with directories that are asked for as members, and the changed root."""
    directories = [
        each.directory
        for each in asked
        if each.directory and _becomes_member(context.settings, project, each.directory)
    ]
    if not directories:
        return project, {}
    from weft.core.events import Note
    from weft.ops.editing import changed_project, read_editable
    from weft.system.lean import os

    file = read_editable(f"{project.root}/pyproject.toml")
    edit = Edit(file.text)
    for directory in dict.fromkeys(directories):
        inside = _is_inside(directory, project.root)
        shown = os.path.relpath(directory, project.root) if inside else directory
        edit.add_member(shown.replace(os.sep, "/"))
        context.sink(Note(f"Added `{shown}` to workspace members"))
    new = {file.path: file.encoded(edit.text)}
    return changed_project(project, new), new


def _becomes_member(settings: Settings, project: Project, directory: str) -> bool:
    if settings.no_workspace or directory in project.workspace.members.values():
        return False
    return settings.workspace or _is_inside(directory, project.root)


def _is_inside(directory: str, root: str) -> bool:
    return f"{directory}/".startswith(f"{root.rstrip('/')}/")


def add_indexes(context: Context, edit: Edit, directory: str) -> None:
    """Keep the indexes of the command line, the first one at the top."""
    from weft.core.events import Warned

    for dest, flag, other in _LEFT_OUT:
        if dest in context.settings.sources:
            context.sink(
                Warned(
                    f"Indexes specified via `{flag}` will not be persisted to the "
                    f"`pyproject.toml` file; use `{other}` instead."
                )
            )
    kept = [
        found
        for index in context.settings.given_indexes
        if (found := _written(context, index, directory)) is not None
    ]
    if kept:
        from weft.project.edit_index import IndexEntry, add_index

        kept.reverse()
        for index in sorted(kept, key=lambda each: not each.default):
            entry = IndexEntry(index.url, index.name, index.default)
            edit.replace_text(add_index(edit.text, entry))


def _written(context: Context, index: IndexSetting, directory: str) -> IndexSetting | None:
    """The index as files have it: without credentials, a path relative to the project.

    None for an empty directory, with a warning. Raises WeftError for one that is not there.
    """
    if "://" in index.url and not index.url.startswith("file:"):
        scheme, _, rest = index.url.partition("://")
        host, slash, path = rest.partition("/")
        return replace(index, url=f"{scheme}://{host.rpartition('@')[2]}{slash or '/'}{path}")
    from weft.core.events import Warned
    from weft.index.urls import file_url, local_path
    from weft.system.lean import os

    given = local_path(index.url) if index.url.startswith("file:") else index.url
    path = os.path.normpath(os.path.join(context.cwd, given or ""))
    if not os.path.isdir(path):
        raise WeftError(f"Directory not found for index: {file_url(path)}")
    if not os.listdir(path):
        context.sink(Warned(f"Index directory `{file_url(path)}` is empty, skipping"))
        return None
    if os.path.isabs(given or ""):
        return replace(index, url=path)
    return replace(index, url=os.path.relpath(path, directory).replace(os.sep, "/"))
