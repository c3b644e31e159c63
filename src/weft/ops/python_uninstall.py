"""`weft python uninstall`: remove managed Pythons and their names.

Owns which of them a request means, and what is told. Refuses Pythons of other directories: those
that uv manages stay. Follows uv in wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.python.managed import Home, Installation
    from weft.python.request import PythonRequest


def run(context: Context) -> int:
    """Exit code 0 also where nothing was installed, 1 where something could not be removed."""
    import time

    from weft.ops.python_fetch import home_of
    from weft.ops.python_table import host_of
    from weft.python.links import set_minor_links

    settings = context.settings
    home = home_of(context)
    started = time.monotonic()
    requests = [_parse(context, text) for text in sorted(set(settings.targets))]
    lock = home.lock(settings.lock_timeout)
    try:
        found = _matching(context, home, requests)
        if not found:
            return 0
        removed, failures = _remove(context, home, found)
        set_minor_links(home, host_of(context), [each.key.minor_name for each in found])
        _report(context, removed, time.monotonic() - started)
        for each, error in failures:
            _tell(context, each, error)
        return 1 if failures else 0
    finally:
        lock.release()


def _parse(context: Context, text: str) -> PythonRequest:
    from weft.python.request import PythonRequest

    request = PythonRequest.parse(text, cwd=context.cwd)
    if request.is_place:
        raise WeftError(f"Cannot uninstall managed Python for request: {request.describe()}")
    return request


def _matching(context: Context, home: Home, requests: list[PythonRequest]) -> list[Installation]:
    """What is meant, with words for each request; all of them without requests."""
    from weft.core.events import Note
    from weft.ops.python_table import host_of
    from weft.python.downloads import request_means

    installations = home.installations(host_of(context))
    if not requests:
        context.sink(Note("Searching for Python installations"))
        if not installations:
            context.sink(Note("No Python installations found"))
        return installations
    found: list[Installation] = []
    for request in requests:
        shown = request.describe()
        context.sink(Note(f"Searching for Python versions matching: {shown}"))
        means = [each for each in installations if request_means(request, each.key)]
        if not means:
            context.sink(Note(f"No existing installations found for: {shown}"))
        found += [each for each in means if each not in found]
    if not found:
        context.sink(Note("No Python installations found matching the requests"))
    return found


def _remove(
    context: Context, home: Home, found: list[Installation]
) -> tuple[list[tuple[Installation, list[str]]], list[tuple[Installation, WeftError]]]:
    """Names go first: a name that leads nowhere is worse than none."""
    from weft.ops.python_bin import bin_directory
    from weft.python.links import remove_bin_links

    removed, failures = [], []
    for each in found:
        try:
            names = remove_bin_links(bin_directory(context), each)
            home.remove(each)
            removed.append((each, names))
        except WeftError as error:
            failures.append((each, error))
    return removed, failures


def _report(
    context: Context, removed: list[tuple[Installation, list[str]]], seconds: float
) -> None:
    from weft.core.events import Change, Summary
    from weft.ops.python_table import host_of

    if len(removed) == 1:
        context.sink(Summary(f"Uninstalled Python {removed[0][0].key.version}", None, seconds))
    elif removed:
        context.sink(Summary("Uninstalled", len(removed), seconds, noun="version"))
    host = host_of(context)
    for each, names in sorted(removed, key=lambda item: item[0].key.rank(host), reverse=True):
        listed = f" ({', '.join(sorted(names))})" if names else ""
        context.sink(Change("removed", f"{each.key}{listed}", ""))


def _tell(context: Context, installation: Installation, error: WeftError) -> None:
    from weft.core.events import Failed

    failed = WeftError(f"Failed to uninstall {installation.key}")
    failed.__cause__ = error
    context.sink(Failed(failed))
