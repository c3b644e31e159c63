"""From a lock file to an answer, without resolving.

Owns reading the file that `-r pylock.toml` names, what may stand beside it, and the translation of
its packages into files and sources. Refuses to install. What the lock file says about indexes is
not believed: where a file is from, its own address says.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.distribution import DirectUrl, File
    from weft.core.source import Source
    from weft.lock.model import Pylock
    from weft.lock.select import Selected
    from weft.ops.answers import Answer
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants

_MOST = 1 << 28  # bytes of a lock file; ten thousand packages with all their wheels take a quarter


@value
class Lock:
    """A lock file as it was read. Its paths count from `directory`, empty for a remote one."""

    document: Pylock
    directory: str


def lock_of(settings: Settings) -> str | None:
    """The lock file that the command names, None for requirements of other kinds.

    Raises WeftError for what cannot stand beside one.
    """
    names = [path for path in settings.requirements if path.endswith(".toml")]
    if not names:
        return None
    from weft.project.projects import is_lock_name

    locks = [path for path in names if is_lock_name(path)]
    if not locks:
        return None
    others = len(settings.requirements) - len(locks)
    if others or settings.packages or settings.editable:
        raise WeftError("Cannot specify additional requirements alongside a `pylock.toml` file")
    for what, given in (("constraints", settings.constraints), ("overrides", settings.overrides)):
        if given:
            raise WeftError(f"Cannot specify {what} with a `pylock.toml` file")
    if any(":" in group for group in settings.group):
        raise WeftError(
            "Cannot specify paths for groups with a `pylock.toml` file; all groups must refer to "
            "the `pylock.toml` file"
        )
    if len(locks) > 1:
        raise WeftError(f"Multiple `pylock.toml` files specified: `{locks[0]}` vs. `{locks[1]}`")
    return locks[0]


def install_lock(context: Context, session: Session, path: str) -> int:
    """Change the environment of the settings into what the lock file says for it."""
    from weft.ops.building import Building
    from weft.ops.environment_lock import lock as hold
    from weft.ops.environment_lock import may_write
    from weft.ops.pip_install import apply_answer
    from weft.ops.platforms import judge
    from weft.ops.site import write_target
    from weft.python.installed import scan

    _place(context, path)  # a file that is missing is the better complaint
    interpreter, target = write_target(context, session)
    if may_write(context):
        hold(context, target)
        session.place(target.purelib)
    lock = read_lock(context, path)
    check_python(lock, interpreter.version)
    judged = judge(context.settings, interpreter)
    wants = lock_wants(context)
    with Building(context, session, interpreter, wants=wants) as building:
        answer = answer_of(lock, session, building, judged=judged)
        return apply_answer(
            context,
            session,
            answer,
            wants=wants,
            interpreter=interpreter,
            target=target,
            judged=judged,
            building=building,
            installed=scan(target.site_directories),
        )


def read_lock(context: Context, path: str) -> Lock:
    """Raises InvalidLock, FileMissing and errors of reading; warns about what is ignored."""
    from weft.core.events import Warned
    from weft.lock.pylock import parse_pylock
    from weft.ops.reading import reader_of
    from weft.project.encoding import decode
    from weft.project.input_errors import FileMissing
    from weft.system.lean import os

    place = _place(context, path)
    remote = "://" in place
    _check_size(path, 0 if remote else os.path.getsize(place))
    data = reader_of(context)(place)
    if data is None:
        raise FileMissing(path)
    _check_size(path, len(data))
    document, warnings = parse_pylock(decode(data, path), path)
    for warning in warnings:
        context.sink(Warned(warning))
    return Lock(document, "" if remote else os.path.dirname(place))


def _place(context: Context, path: str) -> str:
    """The absolute path of the lock file, or its URL. Raises FileMissing where nothing is there."""
    from weft.index.urls import local_path
    from weft.project.input_errors import FileMissing
    from weft.system.lean import os

    if "://" in path:
        place = local_path(path)
        if place is None:
            return path
    else:
        place = os.path.normpath(os.path.join(context.cwd, path))
    if not os.path.isfile(place):
        raise FileMissing(path)
    return place


def _check_size(path: str, size: int) -> None:
    if size > _MOST:
        raise WeftError(f"The lock file `{path}` is larger than {_MOST >> 20} MiB")


def check_python(lock: Lock, version: str) -> None:
    """The interpreter is one that the lock file was made for; it counts, and not `--python-…`."""
    from weft.core.specifier import requires_python_allows

    wanted = lock.document.requires_python
    if wanted and not requires_python_allows(wanted, version):
        raise WeftError(
            f"The requested interpreter resolved to Python {version}, which is incompatible with "
            f"the `pylock.toml`'s Python requirement: `{wanted}`"
        )


def lock_wants(context: Context) -> Wants:
    """What a lock file leaves to be wanted: limits for builds."""
    from weft.ops.build_settings import read_build_limits
    from weft.ops.wants import Wants

    return Wants(requirements=(), limits=read_build_limits(context))


def answer_of(lock: Lock, session: Session, building: Building, *, judged: Judged) -> Answer:
    """The packages of this environment, each with its file or source. Raises LockError.

    Sources whose version the lock file does not tell are asked for it.
    """
    from weft.ops.answers import Answer
    from weft.ops.locked_files import Maker
    from weft.ops.placed import directs_of
    from weft.resolver.answer import Resolution, ResolvedPackage

    selected = _selected(lock, building.context, judged)
    if building.context.settings.require_hashes:
        _check_hashes(selected)
    maker = Maker(lock.directory, session, building)
    files: dict[str, File | None] = {}
    versions: dict[str, str] = {}
    found: dict[str, tuple[DirectUrl, Source | None, File | None]] = {}
    for each in selected:
        name = each.package.name
        # What a build gives has the last word: a lock file may be wrong about it.
        versions[name] = each.version if each.is_wheel else ""
        files[name] = None
        if each.kind in ("wheel", "sdist"):
            versions[name] = each.version
            files[name] = maker.indexed(each)
        else:
            found[name] = maker.place(each)
            files[name] = found[name][2]
    direct = directs_of(found, versions, session=session, building=building)
    packages = [
        ResolvedPackage(name, direct[name].candidate.version if name in direct else version, 0,
                        frozenset(), ())
        for name, version in sorted(versions.items())
    ]  # fmt: skip
    return Answer(Resolution(tuple(packages), None), files, direct)


def _selected(lock: Lock, context: Context, judged: Judged) -> tuple[Selected, ...]:
    from weft.core.events import Warned
    from weft.core.names import normalize_name
    from weft.lock.select import Target, chosen_groups, select
    from weft.ops.asking import rules

    settings, document = context.settings, lock.document
    named = [normalize_name(name) for name in settings.extra]
    groups = [normalize_name(name) for name in settings.group]
    for what, wanted, known in (
        ("extra", named, document.extras),
        ("dependency group", groups, document.dependency_groups),
    ):
        for name in wanted:
            if name not in known:
                context.sink(Warned(f"The lock file does not have {_a(what)} named `{name}`"))
    choice = rules(context, None, judged)
    target = Target(
        judged.environment,
        judged.python,
        choice.supported.rank,
        extras=frozenset(document.extras if settings.all_extras else named),
        groups=chosen_groups(document, frozenset(groups)),
        no_binary=choice.no_binary.__contains__,
        no_build=choice.no_build.__contains__,
    )
    return select(document, target)


def _a(what: str) -> str:
    return f"an {what}" if what.startswith("e") else f"a {what}"


def _check_hashes(selected: Iterable[Selected]) -> None:
    """`--require-hashes`: a directory and a commit have none."""
    for each in selected:
        if each.file is None or not each.file.hashes:
            version = f"=={each.version}" if each.version else ""
            raise WeftError(
                "In `--require-hashes` mode, all requirements must have a hash, but none were "
                f"provided for: {each.package.name}{version}"
            )
