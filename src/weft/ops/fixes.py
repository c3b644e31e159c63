"""Advice on a request that cannot be met: commands that were tried and work.

Owns what a change to the request is called, which command line it means, and the time that is
spent on finding out. Refuses to build anything for the sake of a hint, to go on after `SECONDS`,
and to advise what was not solved again.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from weft.core.errors import WeftError
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database
    from weft.index.locations import Locations
    from weft.ops.context import Context
    from weft.ops.wants import Wants
    from weft.project.lines import RequirementLine
    from weft.resolver.bounded import Bounded
    from weft.resolver.fixes import Asked, Change
    from weft.resolver.report import NoSolution

SECONDS = 2.0
"""How long the search for advice may take in all."""

COMMANDS = (("pip", "install"), ("pip", "compile"))


@value
class Case:
    """A request that was solved in vain, and what it was made from.

    `again` makes the request and its source anew under other settings. `environment` are the
    marker variables of the interpreter, `locations` where was looked.
    """

    context: Context
    wants: Wants
    request: Asked
    source: Database
    again: Callable[[Context], tuple[Asked, Database]]
    environment: Mapping[str, str]
    locations: Locations


def advise(error: WeftError, case: Case) -> None:
    """Add what works instead to the hints of `error`, if it is a `NoSolution`."""
    from weft.ops.name_hints import name_hints
    from weft.resolver.report import NoSolution

    context = case.context
    if not isinstance(error, NoSolution):
        return
    advise_places(error, case.source, case.locations, case.environment)
    error.advise(*name_hints(error, case.source, context))
    if context.settings.quiet or _command(context) is None:
        return
    error.advise(*in_time(lambda bounded: _advice(error, case, bounded)))


def in_time(advice: Callable[[Callable[[Any], Bounded]], Iterator[str]]) -> list[str]:
    """What `advice` finds in `SECONDS`; it is given what puts the same bounds to a source.

    Works in a thread of its own, which is left alone where an index does not answer in time.
    """
    import threading
    import time

    end = time.monotonic() + SECONDS
    found: list[str] = []

    def bounded(source: Any) -> Bounded:
        from weft.resolver.bounded import Bounded

        return Bounded(source, spent=lambda: time.monotonic() > end, costs=source.needs_build)

    def work() -> None:
        try:
            for text in advice(bounded):
                found.append(text)  # at once: what was found counts even if the rest fails
        except Exception:  # the error that matters is on its way already
            return

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(SECONDS * 1.25)
    return found[:]


def advise_places(
    error: NoSolution, source: Database, locations: Locations, environment: Mapping[str, str]
) -> None:
    """Add what uv tells as well and the resolver does not know: where else there is something."""
    from weft.ops.place_hints import index_hints, split_hint

    error.advise(*index_hints(error, source, locations))
    split = split_hint(error, environment)
    if split:
        error.advise(split, first=True)


def _advice(error: NoSolution, case: Case, bounded: Callable[[Database], Bounded]) -> Iterator[str]:
    """Sentences, the best first."""
    from weft.resolver.fixes import MOST_FIXES, fixes

    count = 0
    for text in _other_settings(error, case, bounded):
        count += 1
        yield text
    for change in fixes(error, case.request, bounded(case.source)):
        if count == MOST_FIXES:
            return
        said = _said(change, case)
        if said:
            count += 1
            yield said
    if not count:
        yield from _apart(error, case, bounded(case.source))


def _apart(error: NoSolution, case: Case, source: Bounded) -> Iterator[str]:
    """Where no change settles it alone: what else is in the way, and what settles all of it."""
    from weft.resolver.apart import conflicts_apart, joint_change

    others = conflicts_apart(error, case.request, source)
    for other in others:
        where = f" for split ({other.split})" if other.split else ""
        derivation = " ".join(other.derivation.split())
        yield f"Apart from this there is another conflict{where}: {derivation.removesuffix('.')}"
    change = joint_change((error, *others), case.request, source) if others else None
    said = _said(change, case) if change is not None else ""
    if said:
        yield said


# Changes of settings


def _other_settings(
    error: NoSolution, case: Case, bounded: Callable[[Database], Bounded]
) -> Iterator[str]:
    """Another Python, and a package that may be newer than the others."""
    from weft.resolver.fixes import has_answer

    if case.wants.direct:
        return  # reading them again may mean to build them again
    for what, option, text, context in _settings(error, case.context):
        request, source = case.again(context)
        if has_answer(request, bounded(source)):
            command = shown_words(with_option(case.context, option, text))
            yield f"{what} works (try: `{command}`)"


def _settings(error: NoSolution, context: Context) -> Iterator[tuple[str, str, str, Context]]:
    """What is changed, by which option with which value, and the world with it."""
    from weft.resolver.fixes import oldest_python, too_new

    settings = context.settings
    python = oldest_python(error)
    if python and _command(context) == ("pip", "compile") and _may_set_python(context):
        changed = context.changed(python_version=python)
        yield f"Raising the Python version to {python}", "--python-version", python, changed
    for name in too_new(error)[:1]:
        limits = dict(settings.exclude_newer_package) | {name: "false"}
        changed = context.changed(exclude_newer_package=tuple(limits.items()))
        what = f"Allowing `{name}` to be newer"
        yield what, "--exclude-newer-package", f"{name}=false", changed


def _may_set_python(context: Context) -> bool:
    """Not where `--python` names a version."""
    return context.settings.python_version is None or any(
        word.partition("=")[0] == "--python-version" for word in context.words
    )


# Changes of the request


def _said(change: Change, case: Case) -> str:
    """The sentence with the command; empty where nobody could follow it."""
    context = case.context
    if change.kind == "prerelease":
        words = with_option(context, "--prerelease-package", f"{change.name}=allow")
        return f"Allowing pre-releases of `{change.name}` works (try: `{shown_words(words)}`)"
    if change.override is not None:
        return _override(change, change.override, context)
    words = list(context.words)
    is_mine = change.kind == "requirement"
    lines = case.wants.lines if is_mine else case.wants.constraint_lines
    parts = []
    for old, new in change.pairs:
        place = _place(old, lines, words if is_mine else ())
        if place is None:
            return ""
        if isinstance(place, int) and new is not None:
            words[place] = new.text
            parts.append(f"`{new.text}` in place of `{context.words[place]}`")
        elif new is not None:
            parts.append(f"`{new.text}` in place of `{old.text}` in `{place}`")
        else:
            parts.append(f"`{place}` without `{old.text}`")
    then = "try" if words != list(context.words) else "then"
    return f"Having {' and '.join(parts)} works ({then}: `{shown_words(words)}`)"


def _place(
    requirement: Requirement, lines: Sequence[RequirementLine], words: Sequence[str]
) -> int | str | None:
    """The place of the word that is the requirement, or the name of the file where it stands."""
    written = [line for line in lines if line.requirement == requirement]
    for line in written:
        if line.via is not None:
            return line.via.path or None
    from weft.core.errors import WeftError
    from weft.core.requirement import Requirement

    for position, word in enumerate(words):
        if word.startswith("-") or "/" in word:
            continue
        try:
            if Requirement.parse(word) == requirement:
                return position
        except WeftError:
            continue
    return "stdin" if written and "-" in words else None


def _override(change: Change, override: Requirement, context: Context) -> str:
    settings = context.settings
    read = (*settings.requirements, *settings.constraints, *settings.overrides, *settings.excludes)
    if "-" in (*read, *settings.build_constraints):
        return ""  # the standard input is taken
    words = with_option(context, "--overrides", "-")
    owners = " and ".join(f"`{owner}`" for owner in change.owners)
    command = f"echo {_quoted(override.text)} | {shown_words(words)}"
    return f"Allowing `{override.text}` in {owners} works (try: `{command}`)"


# Command lines


def _command(context: Context) -> tuple[str, str] | None:
    """Which of `COMMANDS` was given; None for others."""
    words = context.words
    for position in range(len(words) - 1):
        if words[position : position + 2] in COMMANDS:
            return words[position : position + 2]  # type: ignore[return-value]
    return None


def with_option(context: Context, option: str, text: str, *, command: str = "") -> list[str]:
    """The words with the value of an option, behind `command` or one of `COMMANDS`.

    It takes the place of the value that is there; of one for the same package, where the values
    of the option begin with `PACKAGE=`.
    """
    words = list(context.words)
    package, equals, _ = text.partition("=")
    several = option == "--overrides"
    for position, word in enumerate(words):
        name, glued, given = word.partition("=")
        at = position if glued else position + 1
        if several or name != option or at == len(words):
            continue
        if (given if glued else words[at]).startswith(package + equals if equals else ""):
            words[at] = f"{option}={text}" if glued else text
            return words
    if command:
        at = words.index(command) + 1
    else:
        known = _command(context)
        assert known is not None
        at = words.index(known[1], words.index(known[0])) + 1
    return [*words[:at], option, text, *words[at:]]


def shown_words(words: Sequence[str]) -> str:
    """As a shell reads it; passwords have to be put in again."""
    return " ".join(["weft", *map(_quoted, map(_masked, words))])


def _masked(word: str) -> str:
    before, scheme, rest = word.partition("://")
    login, at, host = rest.partition("@")
    if not scheme or not at or "/" in login:
        return word
    user, colon, _ = login.partition(":")
    return f"{before}://{user}:****@{host}" if colon else f"{before}://****@{host}"


def _quoted(word: str) -> str:
    from shlex import quote

    return quote(word)
