"""`weft audit`: known vulnerabilities of what a project locks, and projects in a bad state.

Owns the order: lock, choose packages, ask, leave out what is ignored, report; and the exit code.
Refuses to work without a network, since an audit that asked nobody would tell nothing.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.audit_report import Audited
    from weft.ops.audit_values import Dependency, Status, Vulnerability
    from weft.ops.context import Context

_FEATURE = "audit-command"


@value
class Findings:
    """What was found and not ignored; `matched` are the ignored identifiers that mean something."""

    vulnerabilities: tuple[Vulnerability, ...]
    statuses: tuple[Status, ...]
    matched: frozenset[str]


def run(context: Context) -> int:
    """Exit code 1 where there is a vulnerability."""
    begin(context, "weft audit")
    with Session(context) as session:
        if context.settings.installed:
            dependencies, place = _installed(context)
        else:
            dependencies, place = _locked(context, session)
        findings = look_up(context, session, dependencies)
    warn_unmatched(context, findings.matched, "the project")
    from weft.ops.audit_report import Audited

    audited = Audited(len(dependencies), findings.vulnerabilities, findings.statuses, place)
    _report(context, audited)
    return 1 if audited.vulnerabilities else 0


def begin(context: Context, command: str) -> None:
    """Warn of what may change, and refuse to go on without a network."""
    from weft.core.events import Warned
    from weft.ops.settings_values import previews

    settings = context.settings
    if settings.offline:
        raise WeftError("Auditing requires network access and cannot be performed in offline mode")
    if not previews(settings, _FEATURE):
        context.sink(
            Warned(
                f"`{command}` is experimental and may change without warning. Pass "
                f"`--preview-features {_FEATURE}` to disable this warning."
            )
        )
    if settings.audit_format == "json" and not previews(settings, "json-output"):
        context.sink(
            Warned(
                "The `--output-format json` option is experimental and the schema may change "
                "without warning. Pass `--preview-features json-output` to disable this warning."
            )
        )


def _locked(context: Context, session: Session) -> tuple[list[Dependency], str]:
    """What the lock of the project or script has, and the name of its file."""
    from weft.ops.audit_packages import Reached
    from weft.ops.lock_reading import open_lock
    from weft.ops.locking import lock_path
    from weft.ops.platforms import judge
    from weft.ops.project_groups import chosen_extras, chosen_groups
    from weft.system.lean import os

    settings = context.settings
    targeted = settings.python_version is not None or settings.python_platform is not None
    opened = open_lock(context, session, interpreter=targeted)
    everything = not (settings.only_group or settings.only_dev or settings.no_default_groups)
    choice = context.changed(all_extras=True, all_groups=everything).settings
    extras, groups = chosen_extras(choice), chosen_groups(choice, None)
    environment = None
    if targeted:
        assert opened.interpreter is not None, "it was asked for"
        environment = judge(settings, opened.interpreter).environment
    reached = Reached(
        opened.lock,
        extras=extras.wants,
        groups=groups.wants,
        project=not groups.only,
        environment=environment,
    )
    if opened.script is not None:
        place = os.path.join(opened.root, os.path.basename(opened.script.lock_path))
    else:
        assert opened.project is not None, "a lock is a project's or a script's"
        place = lock_path(opened.project)
    return reached.dependencies(), reference(context, place)


def reference(context: Context, path: str) -> str:
    """A path as SARIF has it: relative to the working directory where it lies below that."""
    from urllib.parse import quote

    from weft.index.urls import file_url

    inside = context.cwd.rstrip("/") + "/"
    if path.startswith(inside):
        return quote(path.removeprefix(inside), errors="surrogateescape")
    return file_url(path)


def _installed(context: Context) -> tuple[list[Dependency], str]:
    from weft.ops.audit_packages import installed_dependencies
    from weft.ops.site import read_site

    site = read_site(context)
    found = installed_dependencies(site.directories)
    return found, reference(context, site.interpreter.prefix)


def look_up(context: Context, session: Session, dependencies: Sequence[Dependency]) -> Findings:
    """Ask about each package once, and leave out what is ignored."""
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.ops.audit_osv import Osv
    from weft.ops.audit_statuses import adverse_statuses

    if not dependencies:
        return Findings((), (), frozenset())
    context.sink(PhaseStarted("Auditing dependencies..."))
    try:
        with Osv(context, session) as osv:
            found = osv.find(dependencies)
        statuses = adverse_statuses(context, session, dependencies)
    finally:
        context.sink(PhaseEnded())
    kept, matched = _not_ignored(context, found)
    return Findings(tuple(kept), tuple(statuses), matched)


def _not_ignored(
    context: Context, found: Sequence[Vulnerability]
) -> tuple[list[Vulnerability], frozenset[str]]:
    """What remains, and which of the ignored identifiers mean something that was found."""
    ignored = frozenset(context.settings.ignore)
    until_fixed = frozenset(context.settings.ignore_until_fixed)
    matched: frozenset[str] = frozenset()
    kept = []
    for each in found:
        always, for_now = each.is_called(ignored), each.is_called(until_fixed)
        matched |= always | for_now
        if not always and not (for_now and not each.fix_versions):
            kept.append(each)
    return kept, matched


def warn_unmatched(context: Context, matched: frozenset[str], where: str) -> None:
    """Tell of identifiers that are ignored without need."""
    from weft.core.events import Warned

    settings = context.settings
    for each in dict.fromkeys((*settings.ignore, *settings.ignore_until_fixed)):
        if each not in matched:
            context.sink(
                Warned(
                    f"Ignored vulnerability `{each}` does not match any vulnerability in {where}"
                )
            )


def _report(context: Context, audited: Audited) -> None:
    from weft.core.events import Note
    from weft.ops.audit_report import banner, json_document, sarif, text

    form = context.settings.audit_format
    if form == "text":
        context.sink(Note(banner(audited)))
        if not audited.is_empty:
            context.out(text(audited))
        return
    import json

    document = json_document(audited) if form == "json" else sarif((audited,))
    context.out(json.dumps(document, indent=2, ensure_ascii=False))
