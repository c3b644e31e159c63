"""`weft tree`: who requires whom in a project's lock.

Owns which environment the tree is for, and what the index adds to it. Refuses to look at what is
installed: `weft pip tree` does.
Follows uv.
"""

from __future__ import annotations

from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.export import Key
    from weft.lock.tree import Notes, TreeOptions
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.lock_reading import Opened


def run(context: Context) -> int:
    """Exit code 0 whatever is found. Raises errors of reading and of locking."""
    as_json = context.settings.tree_format == "json"
    with Session(context) as session:
        if as_json:
            _warn(context)
        opened = open_lock_for_tree(context, session)
        options = options_of(context, opened)
        notes = _notes(context, session, opened)
    if as_json:
        context.out(_json_text(opened, options, notes))
        return 0
    from weft.lock.tree import tree_lines

    lines = tree_lines(opened.lock, options, notes)
    if lines:
        context.out("\n".join(lines))
    return 0


def _warn(context: Context) -> None:
    from weft.core.events import Warned
    from weft.ops.settings_values import previews

    settings = context.settings
    if not previews(settings, "json-output"):
        context.sink(
            Warned(
                "The `--format json` option is experimental and the schema may change without "
                "warning. Pass `--preview-features json-output` to disable this warning."
            )
        )


def _json_text(opened: Opened, options: TreeOptions, notes: Notes) -> str:
    import json

    from weft.lock.tree_json import tree_document

    script = opened.script.path if opened.script is not None else None
    document = tree_document(
        opened.lock, options, root=opened.root, script=script, latest=notes.latest
    )
    return json.dumps(document, indent=2, ensure_ascii=False)


def open_lock_for_tree(context: Context, session: Session) -> Opened:
    """The lock, with an interpreter where the tree is for an environment."""
    from weft.ops.lock_reading import open_lock

    return open_lock(context, session, interpreter=not context.settings.universal)


def options_of(context: Context, opened: Opened) -> TreeOptions:
    """What the options say about the tree."""
    from weft.core.names import normalize_name
    from weft.lock.tree import TreeOptions
    from weft.ops.platforms import judge
    from weft.ops.project_groups import chosen_groups

    settings = context.settings
    project = opened.project
    groups = chosen_groups(settings, project.pyproject if project is not None else None)
    environment = None
    if opened.interpreter is not None and not settings.universal:
        environment = judge(settings, opened.interpreter).environment
    return TreeOptions(
        groups.wants,
        environment,
        only_groups=groups.only,
        prune=frozenset(normalize_name(name) for name in settings.prune),
        packages=settings.package,
        depth=settings.depth,
        dedupe=not settings.no_dedupe,
        invert=settings.invert,
    )


def _notes(context: Context, session: Session, opened: Opened) -> Notes:
    from weft.lock.tree import Notes

    settings = context.settings
    latest = _latest(context, session, opened) if settings.outdated else {}
    return Notes(latest, _sizes(opened.lock) if settings.show_sizes else {})


def _sizes(lock: UvLock) -> dict[Key, str]:
    """How large the first wheel of each package is whose size the lock has."""
    from weft.core.quantities import format_size
    from weft.lock.export import key_of

    found = {}
    for package in lock.packages:
        sizes = [wheel.size for wheel in package.wheels if wheel.size is not None]
        if sizes:
            found[key_of(package)] = format_size(sizes[0])
    return found


def _latest(context: Context, session: Session, opened: Opened) -> dict[Key, str]:
    """The newest version of each package from an index that is newer than the locked one."""
    from weft.lock.export import key_of
    from weft.ops.interpreters import find_interpreter
    from weft.ops.latest import newest
    from weft.ops.platforms import judge

    packages = [package for package in opened.lock.packages if package.source.kind == "registry"]
    interpreter = opened.interpreter or find_interpreter(context, session, None)
    names = sorted({package.name for package in packages})
    known = newest(context, session, names, judge(context.settings, interpreter))
    found = {}
    for package in packages:
        latest = known.get(package.name)
        if latest is not None and _is_newer(latest.version, package.version):
            found[key_of(package)] = latest.version
    return found


def _is_newer(one: str, other: str) -> bool:
    from weft.core.version import Version

    return Version.parse(one).key > Version.parse(other).key
