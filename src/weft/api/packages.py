"""Packages: what requirements lead to, and environments that satisfy them.

Owns `resolve_requirements`, `install_requirements`, `uninstall_packages` and `list_packages`.
Refuses projects and their locks; see `weft.api.projects`.
"""

from __future__ import annotations

from weft.api.call import Call, several
from weft.api.config import Config
from weft.api.pythons import python_flags
from weft.api.values import Changed, Installed, Resolved
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from weft.api.values import Python
    from weft.core.distribution import InstalledDist
    from weft.ops.answers import Answer
    from weft.ops.context import Context

    Path = str | os.PathLike[str]
    Strategy = Literal["highest", "lowest", "lowest-direct"]
    Prerelease = Literal["disallow", "allow", "if-necessary", "explicit"]

_DEFAULT = Config()


def resolve_requirements(
    requirements: Iterable[str] = (),
    *,
    files: Iterable[Path] = (),
    constraints: Iterable[str] = (),
    python: Path | Python | None = None,
    python_version: str | None = None,
    platform: str | None = None,
    resolution: Strategy | None = None,
    prerelease: Prerelease | None = None,
    exclude_newer: str | None = None,
    config: Config = _DEFAULT,
) -> tuple[Resolved, ...]:
    """The exact versions that requirements lead to, by name. Nothing is installed.

    `requirements` are what `weft pip install` takes: `flask>=3`, a URL, a path. `files` are
    requirements files, or a `pyproject.toml` whose dependencies are meant. `constraints` narrow
    packages that are needed anyway. The answer is for `python`, or for the version and the
    platform that are named (`3.12`, `linux`, `windows`, `macos`, `x86_64-manylinux_2_28`, …).
    `exclude_newer` is a date, a time, or a span such as `1 week`.
    Raises NoSolution with an explanation where nothing satisfies them, and other WeftErrors.
    """
    flags = [
        "--dry-run",  # else wheels are fetched while the resolution goes on
        *python_flags(python),
        *_given("--python-version", python_version),
        *_given("--python-platform", platform),
        *_given("--resolution", resolution),
        *_given("--prerelease", prerelease),
        *_given("--exclude-newer", exclude_newer),
        *(f"--requirements={path}" for path in several(files)),
    ]
    with Call(config, "pip install", flags, requirements) as call:
        return tuple(_resolved(call, _limited(call.context, constraints)))


def _resolved(call: Call, context: Context) -> Iterator[Resolved]:
    from weft.core.errors import WeftError
    from weft.ops.building import Building
    from weft.ops.compile_python import find_interpreter, with_version
    from weft.ops.locked import lock_of
    from weft.ops.platforms import judge
    from weft.ops.resolving import resolve_wants
    from weft.ops.wants import read_wants

    context = with_version(context)
    if lock_of(context.settings) is not None:
        raise WeftError("A lock file is an answer already; it can be installed, not resolved")
    wants = read_wants(context)
    interpreter = find_interpreter(context, call.session, wants)
    with Building(context, call.session, interpreter, wants=wants) as building:
        if wants.trees:
            from weft.ops.trees import with_trees

            wants = with_trees(context, wants, building.tree_metadata)
        answer = resolve_wants(
            context,
            call.session,
            wants,
            judged=judge(context.settings, interpreter),
            installed=(),
            building=building,
        )
    yield from _packages(answer)


def _packages(answer: Answer) -> Iterator[Resolved]:
    from weft.index.urls import without_credentials

    for package in answer.resolution.packages:
        file, direct = answer.files.get(package.name), answer.direct.get(package.name)
        yield Resolved(
            name=str(package.name),
            version=package.version,
            extras=tuple(sorted(package.extras)),
            requires=tuple(sorted(str(name) for name, _ in package.requirements)),
            filename=file.filename if file is not None else "",
            url=without_credentials(file.url) if file is not None else "",
            hashes=tuple([f"{kind}:{text}" for kind, text in file.hashes]) if file else (),
            origin=without_credentials(direct.direct_url.shown) if direct is not None else "",
        )


def install_requirements(
    requirements: Iterable[str] = (),
    *,
    python: Path | Python | None = None,
    files: Iterable[Path] = (),
    constraints: Iterable[str] = (),
    editable: Iterable[Path] = (),
    upgrade: bool = False,
    reinstall: bool = False,
    exact: bool = False,
    dependencies: bool = True,
    dry_run: bool = False,
    config: Config = _DEFAULT,
) -> Changed:
    """Make an environment satisfy requirements, as `weft pip install` does.

    `python` is an environment, or an interpreter of one; None takes the active environment, else
    the nearest `.venv`. `files` are requirements files, a `pyproject.toml` whose dependencies are
    meant, or one `pylock.toml` alone. What is installed and fits stays, unless `upgrade` or
    `reinstall` says otherwise; with `exact` everything that is not needed goes. Without
    `dependencies` only what is named is installed. With `dry_run` nothing is changed. Another
    process that changes the same environment is waited for. Where fetching or building fails, the
    environment is as it was.
    Raises NoSolution, InterpreterNotFound and other WeftErrors.
    """
    flags = [
        *python_flags(python),
        *(f"--requirements={path}" for path in several(files)),
        *(f"--editable={path}" for path in several(editable)),
        *_switches(upgrade=upgrade, reinstall=reinstall, exact=exact, dry_run=dry_run),
        *(() if dependencies else ("--no-deps",)),
    ]
    with Call(config, "pip install", flags, requirements) as call:
        from weft.ops.locked import lock_of

        lock = lock_of(call.context.settings)
        if lock is not None:
            _install_lock(call, lock)
        else:
            _install(call, _limited(call.context, constraints))
        return Changed(call.heard.changes, call.heard.warnings)


def _install(call: Call, context: Context) -> None:
    from weft.ops import pip_install
    from weft.ops.environment_lock import may_write
    from weft.ops.platforms import judge
    from weft.ops.site import write_target
    from weft.ops.wants import read_wants

    session = call.session
    wants = read_wants(context)
    interpreter, target = write_target(context, session)
    if may_write(context):
        call.hold(target)
    inventory = pip_install.inventory_of(session, target, judge(context.settings, interpreter))
    if not pip_install.already_satisfied(context, wants, inventory):
        pip_install.install(context, session, wants, interpreter=interpreter, target=target)


def _install_lock(call: Call, path: str) -> None:
    """What a `pylock.toml` lists for this environment, as it stands there."""
    from weft.ops.building import Building
    from weft.ops.environment_lock import may_write
    from weft.ops.locked import answer_of, check_python, lock_wants, read_lock
    from weft.ops.pip_install import apply_answer
    from weft.ops.platforms import judge
    from weft.ops.site import write_target
    from weft.python.installed import scan

    context, session = call.context, call.session
    interpreter, target = write_target(context, session)
    if may_write(context):
        call.hold(target)
        session.place(target.purelib)
    lock = read_lock(context, path)
    check_python(lock, interpreter.version)
    judged, wants = judge(context.settings, interpreter), lock_wants(context)
    with Building(context, session, interpreter, wants=wants) as building:
        apply_answer(
            context,
            session,
            answer_of(lock, session, building, judged=judged),
            wants=wants,
            interpreter=interpreter,
            target=target,
            judged=judged,
            building=building,
            installed=scan(target.site_directories),
        )


def uninstall_packages(
    names: Iterable[str],
    *,
    python: Path | Python | None = None,
    dry_run: bool = False,
    config: Config = _DEFAULT,
) -> Changed:
    """Remove distributions by name. A name that is not installed is a warning.

    `python` as for `install_requirements`. Raises InterpreterNotFound and other WeftErrors.
    """
    from weft.core.events import Change
    from weft.core.names import normalize_name
    from weft.install.uninstall import uninstall_all
    from weft.ops.placing import forget
    from weft.ops.site import write_target
    from weft.python.installed import scan

    wanted = dict.fromkeys(normalize_name(name) for name in several(names))
    if not wanted:
        return Changed()
    with Call(config, "pip uninstall", python_flags(python), wanted) as call:
        _, target = write_target(call.context, call.session, name_interpreter=False)
        if not dry_run:
            call.hold(target)
        found = [dist for dist in scan(target.site_directories) if dist.name in wanted]
        for name in sorted(wanted.keys() - {dist.name for dist in found}):
            call.heard.warn(f"Skipping {name} as it is not installed")
        if found and not dry_run:
            uninstall_all(target, found, sink=call.heard)
            forget(call.session.cache, target.prefix, [str(dist.name) for dist in found])
        rows = [Change("removed", str(dist.name), dist.version, _origin(dist)) for dist in found]
        rows.sort(key=lambda change: (change.name, change.version))
        return Changed(tuple(rows), call.heard.warnings)


def list_packages(
    python: Path | Python | None = None, *, config: Config = _DEFAULT
) -> tuple[Installed, ...]:
    """What is installed in an environment, by name.

    `python` is an environment or any interpreter; None takes the active environment, the nearest
    `.venv`, or whichever Python comes first. Raises InterpreterNotFound and other WeftErrors.
    """
    from weft.ops.site import read_site

    with Call(config, "pip list", python_flags(python)) as call:
        return tuple([_installed(dist) for dist in read_site(call.context).installed_set()])


def _installed(dist: InstalledDist) -> Installed:
    from weft.python.installed import direct_url

    found = direct_url(dist)
    return Installed(
        name=str(dist.name),
        version=dist.version,
        path=dist.path,
        origin=found.shown if found is not None else "",
        editable=found.editable if found is not None else dist.kind == "egg-link",
    )


def _origin(dist: InstalledDist) -> str:
    from weft.python.installed import origin_of

    return origin_of(dist)


def _limited(context: Context, constraints: Iterable[str]) -> Context:
    """The same world with further limits."""
    texts = several(constraints)
    if not texts:
        return context
    known = context.settings.constraint_dependencies
    return context.changed(constraint_dependencies=(*known, *texts))


def _given(flag: str, text: str | None) -> list[str]:
    return [f"{flag}={text}"] if text is not None else []


def _switches(**chosen: bool) -> list[str]:
    return [f"--{name.replace('_', '-')}" for name, on in chosen.items() if on]
