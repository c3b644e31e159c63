"""What `weft pip install` came to, remembered: the shortest way from words to wheels.

Owns the memory of one plan: with these words, this environment of the process and this working
directory these wheels of the cache were what an environment lacked, and nothing else was to be
done or said. It names every file that the plan was drawn from, each with its identity, absent ones
too: settings, requirements files, the interpreter, the pages that the resolution was made from, the
pointers and manifests of the wheels. It holds while all of them are the same, the pages are fresh
where there is a network, and the environment is one of the same Python by the same `pyvenv.cfg`
in which nothing is installed that the resolution has looked at. So it also holds for an
environment that was made anew.
Refuses what has no trace (see `weft.ops.reuse`), settings that it does not know, interpreters
without an environment, answers that were built, downloaded a moment ago or warned about, and runs
that changed anything that was there before. Carrying it out is `weft.ops.install_again`.
"""

from __future__ import annotations

from weft.install.verdict import BUCKET, PLAIN, is_eligible, keep, place, standing, surroundings
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from weft.core.distribution import CachedWheel, InstalledDist
    from weft.core.events import Event, Sink
    from weft.install.target import Target
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter

KIND = "plan"
_FLAGS = PLAIN | {"--dry-run", "--spares", "--no-spares", "-q", "--quiet"}
# Settings that decide how it is carried out; they are remembered.
_CARRIED = (
    "cache_dir", "cache_members", "cache_volumes", "concurrent_installs", "dry_run", "link_mode",
    "lock_timeout", "no_progress", "quiet", "seal", "spares",
)  # fmt: skip
# Those that decide what the answer is, which the trace has in its name, or how it is got.
_DECIDED = frozenset((
    "allow_insecure_host", "cert", "concurrent_builds", "concurrent_downloads", "constraints",
    "exclude_newer", "exclude_newer_package", "given_indexes", "http_connect_timeout",
    "http_proxy", "http_retries", "http_timeout", "https_proxy", "index", "index_strategy",
    "keyring_provider", "no_binary", "no_binary_package", "no_build", "no_build_package",
    "no_deps", "no_proxy", "offline", "packages", "prerelease", "prerelease_package", "python",
    "python_downloads", "requirements", "system_certs",
))  # fmt: skip


class Plan:
    """What is remembered, as `marshal` takes it.

    `note` names the environment (empty for none), `settings` are those of `_CARRIED` that are not
    at their defaults. `target` has the fields of `weft.install.target.Target`, each of `wheels`
    those of `weft.core.distribution.CachedWheel`, by name. `configuration` is the `pyvenv.cfg` of
    the environment. `looked_at` are the projects whose pages were read, `fresh_until` is in epoch
    seconds.
    """

    __slots__ = (
        "configuration",
        "fresh_until",
        "libc",
        "looked_at",
        "note",
        "settings",
        "target",
        "wheels",
    )

    def __init__(self, row: Sequence[Any]) -> None:
        self.note: str
        self.settings: dict[str, Any]
        self.target: tuple[Any, ...]
        self.wheels: tuple[tuple[Any, ...], ...]
        self.configuration: bytes
        self.looked_at: frozenset[str]
        self.fresh_until: float
        self.libc: str
        for name, item in zip(self.__slots__, row, strict=True):
            setattr(self, name, item)


class Hearing:
    """Passes events on; `more` tells that there was news besides what is told again."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.more = False

    def __call__(self, event: Event) -> None:
        from weft.core.events import (
            Changes,
            Debug,
            PhaseAdvanced,
            PhaseEnded,
            PhaseStarted,
            Summary,
        )

        usual = Summary | Changes | PhaseStarted | PhaseAdvanced | PhaseEnded | Debug
        if not isinstance(event, usual):
            self.more = True
        self._sink(event)


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str, now: float
) -> Plan | None:
    """The plan for `words` (behind `pip install`), if all that it came from is as it was.

    Whether the environment lacks what is planned is for `is_vacant` to say. `now` is in epoch
    seconds.
    """
    if not is_eligible(words, environ, plain=_FLAGS):
        return None
    row = standing(place(words, environ, cwd=cwd, platform=platform, kind=KIND))
    if row is None or len(row) != len(Plan.__slots__):
        return None
    plan = Plan(row)
    if now >= plan.fresh_until or plan.libc != _libc():
        return None
    return plan if _configuration(plan.target[0]) == plan.configuration else None


def is_vacant(directories: Sequence[str], looked_at: frozenset[str]) -> bool:
    """Whether nothing is installed there of these projects, and nothing was left half done."""
    from weft.core.names import normalize_name

    for directory in directories:
        try:
            names = os.listdir(directory)
        except FileNotFoundError:
            continue
        except OSError:
            return False
        for name in names:
            if name.startswith("~") or name.endswith((".egg-info", ".egg-link", ".egg")):
                return False
            if name.endswith(".dist-info") and normalize_name(name.split("-")[0]) in looked_at:
                return False
    return True


def may_remember(context: Context, wants: Wants, interpreter: Interpreter) -> bool:
    """Whether the way is a usual one, as far as words, settings and files tell."""
    words = context.words
    if words[:2] != ("pip", "install") or not is_eligible(words[2:], context.environ, plain=_FLAGS):
        return False
    if wants.files is None or wants.direct or wants.trees or not interpreter.is_virtual:
        return False
    return _is_known(context) and _is_meant(context, interpreter)


def remember(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    interpreter: Interpreter,
    target: Target,
    installed: Sequence[InstalledDist],
    wheels: Mapping[str, CachedWheel],
) -> None:
    """Keep a plan, unless something that it was drawn from is too young or unknown.

    `installed` is what there was before, `wheels` all that came, by name.
    """
    from weft.fetch.trace import pages_of
    from weft.python.discovery import target_note
    from weft.python.interpreter import row_of

    words, environ, cwd = context.words[2:], context.environ, context.cwd
    path = place(words, environ, cwd=cwd, platform=context.platform, kind=KIND)
    if os.path.dirname(path) != os.path.join(session.store.root, BUCKET):
        return  # a settings file names the cache: nobody would look there before reading it
    trace = session.traces[0] if len(session.traces) == 1 else ""
    found = pages_of(session.store, trace)
    if found is None or not wheels:
        return
    until, pages = found
    looked_at = {os.path.basename(page) for page in pages}
    if not looked_at.issuperset(wheels) or any(str(each.name) in looked_at for each in installed):
        return
    entries = list(_files_of(session, wheels))
    if None in entries or not _are_read(pages):
        return
    mine = f"{target.prefix}/pyvenv.cfg"  # by its content: the environment may be made anew
    around = [each for each in surroundings(cwd, environ, context.platform) if each != mine]
    bare = f"{target.prefix}/bin/python"
    consulted = [*around, interpreter.executable, bare, *wants.files, *pages, *entries]  # type: ignore[misc]
    values = context.settings.__dict__
    row = {
        "note": target_note(interpreter, cwd) or "",
        "settings": {name: values[name] for name in _CARRIED if name in values},
        "target": row_of(target),
        "wheels": tuple([row_of(wheel) for _, wheel in sorted(wheels.items())]),
        "configuration": _configuration(target.prefix),
        "looked_at": frozenset(looked_at),
        "fresh_until": float("inf") if context.settings.offline else until,
        "libc": _libc(),
    }
    kept = tuple([row[name] for name in Plan.__slots__])
    keep(path, kept, consulted=dict.fromkeys(consulted), since=context.now)


def _is_known(context: Context) -> bool:
    """Whether every setting is at its default, or one that is known here."""
    settings = context.settings
    usual = type(settings)
    for name, item in settings.__dict__.items():
        if name in ("sources", "origins") or name in _CARRIED or name in _DECIDED:
            continue
        default = getattr(usual, name, None)
        if item != default and (item or default):
            return False
    return True


def _is_meant(context: Context, interpreter: Interpreter) -> bool:
    """Whether the words and variables lead to the environment by its own path."""
    from weft.install.verdict import upwards

    cwd, prefix = context.cwd, interpreter.prefix
    request, active = context.settings.python, context.environ.get("VIRTUAL_ENV")
    if request is not None:
        meant = os.path.normpath(os.path.join(cwd, request))
        return meant in (prefix, interpreter.executable)
    if active:
        return os.path.normpath(os.path.join(cwd, active)) == prefix
    if context.environ.get("CONDA_PREFIX"):
        return False
    return any(prefix in (each, os.path.join(each, ".venv")) for each in upwards(cwd))


def _files_of(session: Session, wheels: Mapping[str, CachedWheel]) -> Iterator[str | None]:
    """Of each wheel the pointer and the manifest; None for one that is nowhere."""
    from weft.store.layout import MANIFEST, Bucket

    for name, wheel in wheels.items():
        store = session.cache.find_entry(wheel.entry)
        if store is None or not wheel.filename.endswith(".whl"):
            yield None
            return
        yield session.store.path(Bucket.WHEELS, f"{wheel.origin}/{name}/{wheel.filename}")
        yield f"{store.entry_path(wheel.entry)}{os.sep}{MANIFEST}"


def _are_read(pages: Mapping[str, tuple[int, int, int]]) -> bool:
    """Whether the pages are those that the resolution was made from."""
    from weft.install.verdict import stamp

    for path, read in pages.items():
        known = stamp(path)
        if known is None or (known[0], known[2], known[3]) != read:
            return False
    return True


def _configuration(prefix: str) -> bytes | None:
    """The whole `pyvenv.cfg` of an environment."""
    try:
        descriptor = os.open(f"{prefix}/pyvenv.cfg", os.O_RDONLY)
        try:
            return os.read(descriptor, 1 << 16)
        finally:
            os.close(descriptor)
    except OSError:
        return None


def _libc() -> str:
    """The C library, which decides which wheels there are for this machine."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        return ""
