"""`weft cache import`: wheels that are on this machine already, into the store.

Owns the words and the choice between a directory and pip's cache. `ops.importing` does the work.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.locations import IndexLocation
    from weft.ops.context import Context
    from weft.ops.importing import Source

PIP = "pip"


def run(context: Context) -> int:
    """Exit code 1 where a wheel was refused; the others are imported all the same."""
    import time

    from weft.core.errors import WeftError
    from weft.core.events import Note, PhaseEnded, PhaseStarted, Summary, Warned
    from weft.core.quantities import plural
    from weft.ops.importing import Catalogue, Importer
    from weft.ops.session import Session

    if context.settings.no_cache:
        raise WeftError("There is nothing to import into with `--no-cache`")
    start = time.monotonic()
    with Session(context) as session:
        sources, pip_caches = find(context)
        indexes = session.locations().indexes
        importer = Importer(
            session.store,
            Catalogue(session.store, indexes, pip_caches),
            index=_named_index(context, indexes),
            workers=context.settings.concurrent_installs or 2,
        )
        context.sink(PhaseStarted("Importing wheels...", len(sources)))
        try:
            report = importer.run(sources)
        finally:
            context.sink(PhaseEnded())
    for path, why in report.refused:
        context.sink(Warned(f"Skipped `{path}`: {why}"))
    if report.imported:
        seconds = time.monotonic() - start
        context.sink(Summary("Imported", report.imported, seconds, noun="wheel"))
    if report.known:
        verb = "was" if report.known == 1 else "were"
        context.sink(Note(f"{plural(report.known, 'wheel')} {verb} in the cache already"))
    if not report.imported and not report.known and not report.refused:
        context.sink(Note("No wheels found"))
    return 1 if report.refused else 0


def find(context: Context) -> tuple[list[Source], list[str]]:
    """What may be wheels, and the directories among the words that are caches of pip's."""
    from weft.core.errors import WeftError
    from weft.ops.importing import in_directory, in_pip_cache
    from weft.ops.pip_cache import default_directory, is_cache
    from weft.system.lean import os

    sources: list[Source] = []
    caches: list[str] = []
    for word in dict.fromkeys(context.settings.directories):
        path = os.path.join(context.cwd, word)
        if word == PIP:
            path = default_directory(context.environ, context.platform)
            if not is_cache(path):
                raise WeftError(
                    f"pip has no cache of downloads at `{path}`",
                    hints=(
                        "Run `pip cache dir` to see where pip keeps it, and pass that directory",
                    ),
                )
        if is_cache(path):
            caches.append(path)
            sources += in_pip_cache(path)
        else:
            sources += in_directory(path)
    return sources, caches


def _named_index(context: Context, indexes: tuple[IndexLocation, ...]) -> IndexLocation | None:
    """The first index of the command line, which wheels of directories are said to be from."""
    for dest, name in (("index", "--index"), ("default_index", "--default-index")):
        if context.settings.sources.get(dest) == name:
            return indexes[0] if dest == "index" else indexes[-1]
    return None
