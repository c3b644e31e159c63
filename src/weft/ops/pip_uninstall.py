"""`weft pip uninstall`: remove distributions by name.

Owns what is said of names that are not installed. Never asks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0 also where nothing was installed under the names."""
    import time

    from weft.core.events import Changes, Summary, Warned
    from weft.install.plan import changes
    from weft.install.uninstall import is_large, resume, uninstall_all
    from weft.ops.environment_lock import lock
    from weft.ops.placing import forget
    from weft.ops.session import Session
    from weft.ops.site import write_target
    from weft.python.installed import origin_of, scan

    settings = context.settings
    with Session(context) as session:
        names, addresses = wanted(context)
        _, target = write_target(context, session, name_interpreter=False)
        if not settings.dry_run:
            lock(context, target)
        start = time.monotonic()
        found = _matching(context, scan(target.site_directories), names, addresses)
        if not found:
            if not settings.dry_run:  # what was killed took their metadata, not yet their files
                resume(target, sink=context.sink)
            context.sink(Warned("No packages to uninstall"))
            return 0
        rows = [(str(dist.name), dist.version, origin_of(dist)) for dist in found]
        if not settings.dry_run:
            trash = session.trash() if is_large(found) else None
            uninstall_all(target, found, sink=context.sink, trash=trash)
            forget(session.cache, target.prefix, [str(dist.name) for dist in found])
        verb = "Would uninstall" if settings.dry_run else "Uninstalled"
        seconds = None if settings.dry_run else time.monotonic() - start
        context.sink(Summary(verb, len(found), seconds))
        context.sink(Changes(changes(rows, ())))
        return 0


def wanted(context: Context) -> tuple[list[str], list[str]]:
    """Normalized names, and URLs of paths, of the command line and of files; each once."""
    from weft.ops.reading import reader_of
    from weft.project.inputs import Sources, read_inputs
    from weft.project.lines import file_url

    settings = context.settings
    sources = Sources(packages=settings.packages, files=settings.requirements)
    read = reader_of(context)
    inputs = read_inputs(sources, read=read, environ=context.environ, directory=context.cwd)
    names, addresses = [], []
    for line in inputs.requirements:
        if line.requirement is not None:
            names.append(str(line.requirement.name))
        elif line.path_or_url is not None:
            address = line.path_or_url
            addresses.append(address if "://" in address else file_url(address))
    return list(dict.fromkeys(names)), list(dict.fromkeys(addresses))


def _matching(
    context: Context, installed: list[InstalledDist], names: list[str], addresses: list[str]
) -> list[InstalledDist]:
    """Every distribution of each name; a warning for each name without one."""
    from weft.core.events import Warned
    from weft.ops.known_names import did_you_mean
    from weft.python.installed import origin_of

    found: list[InstalledDist] = []
    for name in sorted(names):
        matching = [dist for dist in installed if dist.name == name]
        found.extend(matching)
        if not matching:
            hints = did_you_mean(name, [dist.name for dist in installed])
            context.sink(Warned(f"Skipping {name} as it is not installed", hints))
    for address in addresses:
        matching = [dist for dist in installed if origin_of(dist) == address]
        found.extend(dist for dist in matching if dist not in found)
        if not matching:
            context.sink(Warned(f"Skipping `{address}` as it is not installed"))
    return sorted(found, key=lambda dist: (dist.name, dist.version))
