"""`weft python install`: managed Pythons and their executables.

Owns which of the requests need a download, and what is reported. The work is done by
`ops.python_fetch` and `ops.python_bin`. Everything happens under the lock of the directory, so that
two of these commands never do the same work. Follows uv in rules and wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from weft.ops.context import Context
    from weft.ops.python_bin import Executables
    from weft.ops.python_requests import Wanted
    from weft.ops.session import Session
    from weft.python.downloads import Download
    from weft.python.keys import PythonKey
    from weft.python.managed import Home, Installation

    # Who asked to go on to newer patches, if anybody did.
    Upgrade = Literal["", "install --upgrade", "upgrade"]


@value
class Plan:
    """What is to be done. `existing` is what was installed before, `by_default` tells that nobody
    named a version, `of_all` that all installed ones are upgraded."""

    wanted: tuple[Wanted, ...]
    existing: tuple[Installation, ...]
    upgrade: Upgrade
    reinstall: bool
    by_default: bool = False
    of_all: bool = False
    from_file: bool = False


class Work:
    """What was done so far."""

    def __init__(self) -> None:
        self.satisfied: list[Installation] = []
        self.installed: list[Installation] = []
        self.replaced: set[PythonKey] = set()
        self.failures: list[tuple[PythonKey, WeftError]] = []


def run(context: Context) -> int:
    """Exit code 1 where a Python could not be installed, 2 for requests that make no sense."""
    return install(context, "install --upgrade" if context.settings.upgrade else "")


def install(context: Context, upgrade: Upgrade) -> int:
    """The whole command; also `weft python upgrade`."""
    import time

    from weft.core.events import Note, Warned
    from weft.ops.python_fetch import home_of
    from weft.ops.python_table import python_downloads
    from weft.ops.session import Session
    from weft.ops.settings_values import previews

    settings = context.settings
    started = time.monotonic()
    if settings.default:
        if not previews(settings, _FEATURE):
            context.sink(Warned(_EXPERIMENTAL))
        if len(settings.targets) > 1:
            raise WeftError("The `--default` flag cannot be used with multiple targets")
    with Session(context) as session:
        home = home_of(context)
        lock = home.lock(settings.lock_timeout)
        try:
            table = python_downloads(context, session)
            plan = plan_of(context, home, table, upgrade=upgrade)
            if not plan.wanted:
                if upgrade == "upgrade":
                    context.sink(Note("There are no installed versions to upgrade"))
                return 0
            if upgrade and (refused := next((w for w in plan.wanted if w.names_patch), None)):
                raise _only_minors(upgrade, refused, from_file=plan.from_file)
            work, downloads = _sorted_out(context, plan, table)
            if downloads and settings.python_downloads == "never":
                context.sink(Note(_FORBIDDEN))
                return 1
            if downloads:
                _fetch_all(context, session, home, downloads, work)
            return _finish(context, session, home, plan, work, started=started)
        finally:
            lock.release()


_FEATURE = "python-install-default"
_EXPERIMENTAL = (
    "The `--default` option is experimental and may change without warning. Pass "
    f"`--preview-features {_FEATURE}` to disable this warning"
)
_FORBIDDEN = (
    'Python downloads are not allowed (`python-downloads = "never"`). Change to '
    '`python-downloads = "manual"` to allow explicit installs.'
)


def plan_of(context: Context, home: Home, table: tuple[Download, ...], *, upgrade: Upgrade) -> Plan:
    """The requests of the command line, of variables, of files, or what stands in for them."""
    from weft.ops.python_requests import answered, of_installation, parse
    from weft.ops.python_table import host_of
    from weft.python.request import ANY

    settings, host = context.settings, host_of(context)
    existing = tuple(each for each in home.installations(host) if each.is_there)
    reinstall = settings.reinstall
    texts = settings.targets or _told(context)
    requests = [parse(context, text) for text in texts]
    by_default = of_all = from_file = False
    if not texts and upgrade == "upgrade":
        of_all = True
        requests = list(dict.fromkeys(of_installation(each, exact=False) for each in existing))
    elif not texts:
        found = _version_file(context)
        from_file = found is not None
        if found is not None:
            requests = [parse(context, each) for each in found]
        else:
            by_default = True
            wanted = answered(ANY if reinstall else None, table, host)
            return Plan((wanted,), existing, upgrade, reinstall, by_default=True)
    wanted_all = tuple([answered(each, table, host) for each in requests])
    return Plan(
        wanted_all, existing, upgrade, reinstall, by_default, of_all=of_all, from_file=from_file
    )


def _told(context: Context) -> tuple[str, ...]:
    """The variable that stands for the words."""
    environ = context.environ
    found = environ.get("WEFT_PYTHON") or environ.get("UV_PYTHON") or ""
    return tuple(found.split())


def _version_file(context: Context) -> list[str] | None:
    from weft.ops.version_files import nearest

    found = nearest(context, context.cwd, several=True)
    return None if found is None else [each.canonical for each in found.requests]


def _only_minors(upgrade: Upgrade, wanted: Wanted, *, from_file: bool) -> WeftError:
    hint = (
        "The version request came from a `.python-version` file; change the patch version in the "
        "file to upgrade instead"
    )
    return WeftError(
        f"`weft python {upgrade}` only accepts minor versions, got: {wanted.text}",
        hints=(hint,) if from_file else (),
        exit_code=1,
    )


def _sorted_out(
    context: Context, plan: Plan, table: tuple[Download, ...]
) -> tuple[Work, list[Download]]:
    """What is there already, and which builds are needed, each once."""
    work = Work()
    needed: dict[PythonKey, Download] = {}

    def need(download: Download) -> None:
        needed.setdefault(download.key, download)
        if any(each.key == download.key for each in plan.existing):
            work.replaced.add(download.key)

    for wanted in plan.wanted:
        there = [each for each in plan.existing if wanted.allows(each.key)]
        if plan.reinstall:
            for download in _again(context, there, table) if there else (wanted.download,):
                need(download)
        elif plan.upgrade:
            same = next((each for each in there if each.key == wanted.download.key), None)
            if same is not None and wanted.download.build in ("", same.build):
                work.satisfied.append(same)
            else:
                need(wanted.download)
        elif there:
            work.satisfied.append(there[0])
        else:
            need(wanted.download)
    return work, list(needed.values())


def _again(
    context: Context, installations: list[Installation], table: tuple[Download, ...]
) -> list[Download]:
    """The builds of what is installed, as far as the table still has them."""
    from weft.core.events import Warned
    from weft.ops.python_requests import answered, of_installation
    from weft.ops.python_table import host_of

    found, host = [], host_of(context)
    for each in installations:
        try:
            found.append(answered(of_installation(each, exact=True), table, host).download)
        except WeftError as error:
            told = "Failed to create reinstall request for existing installation"
            context.sink(Warned(f"{told} `{each.key}`: {error.message}"))
    return found


def _fetch_all(
    context: Context, session: Session, home: Home, downloads: list[Download], work: Work
) -> None:
    """All downloads at once. The failure of one does not stop the others."""
    from weft.ops.python_fetch import archive_client, fetch
    from weft.system.workers import ThreadPool

    def attempt(download: Download) -> Installation | WeftError:
        try:
            return fetch(context, client, home, download)
        except WeftError as error:
            return error

    client = archive_client(context, session)
    try:
        with ThreadPool(min(len(downloads), context.settings.concurrent_downloads)) as threads:
            tasks = [threads.submit(attempt, each) for each in downloads]
            for download, task in zip(downloads, tasks, strict=True):
                found = task.result()
                if isinstance(found, WeftError):
                    work.failures.append((download.key, found))
                else:
                    work.installed.append(found)
    finally:
        client.close()


def _finish(
    context: Context, session: Session, home: Home, plan: Plan, work: Work, *, started: float
) -> int:
    """Links, bytecode, and what is told of everything."""
    import time

    from weft.ops.python_bin import Executables, bin_wish, make_executables
    from weft.ops.python_table import host_of
    from weft.python.links import set_minor_links

    touched = [*work.installed, *work.satisfied]
    set_minor_links(
        home, host_of(context), [each.key.minor_name for each in (*touched, *plan.existing)]
    )
    executables = Executables()
    if bin_wish(context) is not False:
        for each in touched:
            make_executables(context, home, each, plan=plan, touched=touched, made=executables)
    seconds = time.monotonic() - started
    if context.settings.compile_bytecode:
        _compile(context, session, touched)
    changed = {each.key: each for each in work.installed}
    changed.update({each.key: each for each in executables.changed})
    if not changed and not work.failures and not executables.failures:
        _say_nothing_done(context, plan)
        return 0
    if changed:
        _report(context, list(changed.values()), work, executables, seconds)
    return _fail(context, work, executables)


def _say_nothing_done(context: Context, plan: Plan) -> None:
    from weft.core.events import Note

    several = len(plan.wanted) > 1
    if plan.by_default and plan.upgrade:
        text = (
            "The default Python installation is already on the latest supported patch release. Use "
            "`weft python install <request>` to install another version."
        )
    elif plan.by_default:
        text = (
            "Python is already installed. Use `weft python install <request>` to install another "
            "version."
        )
    elif plan.of_all:
        text = "All versions already on latest supported patch release"
    elif plan.upgrade and several:
        text = "All requested versions already on latest supported patch release"
    elif plan.upgrade:
        text = f"{plan.wanted[0].shown} is already on the latest supported patch release"
    elif several:
        text = "All requested versions already installed"
    else:
        text = f"{plan.wanted[0].shown} is already installed"
    context.sink(Note(text))


def _report(
    context: Context,
    changed: list[Installation],
    work: Work,
    executables: Executables,
    seconds: float,
) -> None:
    """`Installed Python 3.12.1 in 1.2s`, a line for each, and a word about the search path."""
    from weft.core.events import Change, Summary
    from weft.ops.python_bin import bin_directory, bin_wish
    from weft.ops.python_table import host_of
    from weft.ops.shell_path import warn_off_path

    if len(changed) == 1:
        context.sink(Summary(f"Installed Python {changed[0].key.version}", None, seconds))
    else:
        context.sink(Summary("Installed", len(changed), seconds, noun="version"))
    host = host_of(context)
    for each in sorted(changed, key=lambda item: item.key.rank(host), reverse=True):
        names = sorted(executables.names.get(each.key, ()))
        listed = f" ({', '.join(names)})" if names else ""
        kind = "reinstalled" if each.key in work.replaced else "added"
        context.sink(Change(kind, f"{each.key}{listed}", ""))  # type: ignore[arg-type]
    if bin_wish(context) is not False:
        warn_off_path(
            context,
            bin_directory(context),
            what="installed Python executables",
            command="weft python update-shell",
        )


def _fail(context: Context, work: Work, executables: Executables) -> int:
    """Tell of failures; those of executables are warnings unless somebody asked for them."""
    from weft.core.events import Failed, Warned
    from weft.ops.python_bin import bin_wish
    from weft.ops.python_fetch import InstallFailure

    for key, error in work.failures:
        context.sink(Failed(InstallFailure(str(key), error)))
    insisted = bin_wish(context) is True
    for key, error in executables.failures:
        text = f"Failed to install executable for {key}"
        if insisted:
            failed = WeftError(text)
            failed.__cause__ = error
            context.sink(Failed(failed))
        else:
            context.sink(Warned(text, (), error))
    return 1 if work.failures or (insisted and executables.failures) else 0


def _compile(context: Context, session: Session, installations: list[Installation]) -> None:
    """Bytecode of the standard libraries."""
    import time

    from weft.core.events import Summary
    from weft.ops.python_bin import compile_library

    started, files = time.monotonic(), 0
    for each in installations:
        files += compile_library(context, session, each)
    if files:
        context.sink(Summary("Bytecode compiled", files, time.monotonic() - started, noun="file"))
