"""`weft export`: a project's lock in another format.

Owns which members, extras and groups are exported, what is left out, and where it is written.
Refuses to make the formats: that is `weft.lock`.
Follows uv to the byte.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.lock.export import Exported, Target
    from weft.lock.uvmodel import UvLock, UvPackage
    from weft.ops.context import Context
    from weft.ops.lock_reading import Opened
    from weft.ops.sync_checks import Roots

REQUIREMENTS, PYLOCK, CYCLONEDX = "requirements.txt", "pylock.toml", "cyclonedx1.5"


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError for a member, an extra or a group that there is not."""
    from weft.lock.export import exported

    form = _format(context)
    with Session(context) as session:
        if form == CYCLONEDX and context.settings.script is None:
            _warn(context)
        opened = open_for_export(context, session)
        if form == CYCLONEDX and context.settings.script is not None:
            _warn(context)
        roots = roots_of(context, opened)
        packages = [
            each
            for each in exported(opened.lock, _target(context, opened, roots))
            if _is_included(context, opened.lock, roots, each.package)
        ]
        text = _text(context, session, opened, roots=roots, packages=packages, form=form)
    from weft.ops.pip_compile import write_result

    write_result(context, text)
    return 0


def open_for_export(context: Context, session: Session) -> Opened:
    """The lock, after a look at what `--package` names."""
    from weft.ops.lock_reading import open_lock

    settings = context.settings
    if settings.script is None and settings.package:
        from weft.ops.projects import open_project
        from weft.ops.sync import check_members

        if not settings.frozen or len(settings.package) == 1:
            check_members(settings.package, open_project(context))
    return open_lock(context, session)


def _warn(context: Context) -> None:
    """Say that a format may change, unless that is known."""
    from weft.core.events import Warned
    from weft.ops.settings_values import previews

    settings = context.settings
    if not previews(settings, "sbom-export"):
        context.sink(
            Warned(
                "`weft export --format=cyclonedx1.5` is experimental and may change without "
                "warning. Pass `--preview-features sbom-export` to disable this warning."
            )
        )


def _format(context: Context) -> str:
    """The one asked for, else what the name of the file says."""
    settings = context.settings
    name = (settings.output_file or "").replace("\\", "/").rpartition("/")[2]
    is_lock = _is_lock_name(name)
    form = settings.export_format or (PYLOCK if is_lock else REQUIREMENTS)
    if form == PYLOCK and name and not is_lock:
        raise WeftError(
            "Expected the output filename to be `pylock.toml` or `pylock.<name>.toml`, where "
            f"`<name>` is non-empty and contains no dots; found `{name}`"
        )
    return form


def _is_lock_name(name: str) -> bool:
    middle = name.removeprefix("pylock.").removesuffix(".toml")
    return name == "pylock.toml" or (
        name == f"pylock.{middle}.toml" and bool(middle) and "." not in middle
    )


def roots_of(context: Context, opened: Opened) -> Roots:
    """The members that are exported; none of a script."""
    from weft.ops.sync_checks import Roots
    from weft.ops.syncing import chosen_roots

    if opened.project is None:
        return Roots((), single=False, script=True)
    return chosen_roots(context.settings, opened.project, opened.lock)


def _target(context: Context, opened: Opened, roots: Roots) -> Target:
    from weft.core.names import normalize_name
    from weft.lock.export import Target, shared_groups
    from weft.ops.project_groups import chosen_extras, chosen_groups
    from weft.ops.sync_checks import check_conflicts, check_names

    settings = context.settings
    project = opened.project
    extras = chosen_extras(settings)
    groups = chosen_groups(settings, project.pyproject if project is not None else None)
    check_conflicts(opened.lock, roots, extras, groups)
    check_names(opened.lock, roots, extras=extras, groups=groups)
    return Target(
        roots.names,
        extras.wants,
        groups.wants,
        named_groups=tuple(filter(groups.asks, shared_groups(opened.lock))),
        only_groups=groups.only,
        prune=frozenset(normalize_name(name) for name in settings.prune),
        chosen=roots.single or bool(settings.package),
    )


def _is_included(context: Context, lock: UvLock, roots: Roots, package: UvPackage) -> bool:
    """Whether the options about what to emit let a package through."""
    from weft.ops.syncing import workspace_members

    settings = context.settings
    name = package.name
    members = workspace_members(lock)
    project = roots.names if roots.single else ()
    local = package.source.kind in ("path", "directory", "editable", "virtual")
    rules = (
        (settings.no_install_project, settings.only_install_project, name in project),
        (settings.no_install_workspace, settings.only_install_workspace, name in members),
        (settings.no_install_local, settings.only_install_local, local),
        (
            bool(settings.no_emit_package),
            bool(settings.only_install_package),
            name in (*settings.no_emit_package, *settings.only_install_package),
        ),
    )
    return not any((no and it_is) or (only and not it_is) for no, only, it_is in rules)


def _text(
    context: Context,
    session: Session,
    opened: Opened,
    *,
    roots: Roots,
    packages: list[Exported],
    form: str,
) -> str:
    settings = context.settings
    if form == CYCLONEDX:
        return _bill(context, opened, roots, packages)
    header = "" if settings.no_header else _header(context)
    if form == PYLOCK:
        from weft.lock.export_pylock import pylock_of
        from weft.lock.pylock_text import pylock_text
        from weft.system.lean import os

        document = pylock_of(
            packages,
            requires_python=opened.lock.requires_python,
            environments=opened.lock.supported_markers,
            absolute=lambda path: os.path.normpath(os.path.join(opened.root, path)),
            digest=_digest,
            path=_relative(context, opened.root),
            editable=_editable(context),
        )
        return header + pylock_text(document)
    from weft.lock.export_requirements import requirements_text

    return (
        header
        + _preamble(context, session)
        + requirements_text(
            packages,
            hashes=not settings.no_hashes,
            annotate=not settings.no_annotate,
            editable=_editable(context),
        )
    )


def _digest(path: str) -> str:
    """The hash of a file that the lock has none of. Raises WeftError where it cannot be read."""
    from weft.core.digest import new_sha256
    from weft.core.errors import OsCause

    running = new_sha256()
    try:
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(1 << 20):
                running.update(chunk)
    except OSError as error:
        raise WeftError(f"Failed to read `{path}`") from OsCause(error)
    return f"sha256:{running.hexdigest()}"


def _editable(context: Context) -> Callable[[str], bool]:
    settings = context.settings
    return lambda name: not settings.no_editable and name not in settings.no_editable_package


def _relative(context: Context, root: str) -> Callable[[str], str]:
    """Makes a path of the lock count from the directory of the output, or the working one."""
    from weft.system.lean import os

    output = os.path.join(context.cwd, context.settings.output_file or "pylock.toml")

    def relative(path: str) -> str:
        if os.path.isabs(path):
            return path
        target = os.path.join(root, path)
        return os.path.relpath(target, os.path.dirname(output)).replace(os.sep, "/")

    return relative


def _header(context: Context) -> str:
    command = " ".join(["weft", *_words(context.words)])
    return f"# This file was autogenerated by weft via the following command:\n#    {command}\n"


def _words(words: tuple[str, ...]) -> Iterator[str]:
    """The command line without what the result does not depend on."""
    is_value = False
    for word in words:
        if is_value:
            is_value = False
        elif word in ("--upgrade-package", "-P"):
            is_value = True
        elif word in ("--upgrade", "-U", "--quiet", "-q", "--verbose", "-v"):
            continue
        elif not word.startswith(("--upgrade-package=", "-P")):
            yield word


def _preamble(context: Context, session: Session) -> str:
    """`--index-url` and `--find-links`, as asked for."""
    settings = context.settings
    if not (settings.emit_index_url or settings.emit_find_links):
        return ""
    from weft.ops.compile_header import preamble
    from weft.ops.locked import lock_wants

    # Which builds are allowed is not told, so that nobody asks for the rules.
    return preamble(settings, lock_wants(context), session.locations(), None)  # type: ignore[arg-type]


def _bill(context: Context, opened: Opened, roots: Roots, packages: list[Exported]) -> str:
    import json
    import time
    import uuid

    from weft import __version__
    from weft.core.defaults import DEFAULT_INDEX
    from weft.lock.cyclonedx import bill_of_materials
    from weft.lock.export import root_package

    root = root_package(opened.lock)
    every = context.settings.all_packages or (root is None and len(roots.names) != 1)
    name = root.name if root is not None else "weft-workspace"
    if len(roots.names) == 1:
        name = roots.names[0]
    nanoseconds = time.time_ns()
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(nanoseconds // 10**9))
    bill = bill_of_materials(
        opened.lock,
        packages,
        root=name,
        every_member=every,
        serial=str(uuid.uuid4()),
        moment=f"{moment}.{nanoseconds % 10**9:09d}Z",
        version=__version__,
        default_index=DEFAULT_INDEX,
    )
    return json.dumps(bill, indent=2, ensure_ascii=False)
