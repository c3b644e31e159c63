"""Advice on a project that cannot be locked: edits and commands that were tried and work.

Owns what a change means in the files of a project, and on the command line of whatever locks.
Refuses to advise what was not solved again; see `weft.ops.fixes` for its limits.
"""

from __future__ import annotations

from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weft.core.errors import WeftError
    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers
    from weft.fetch.universal import UniversalDatabase
    from weft.index.locations import Locations
    from weft.ops.context import Context
    from weft.ops.lock_request import LockRequest
    from weft.project.pyproject import Pyproject
    from weft.python.interpreter import Interpreter
    from weft.resolver.bounded import Bounded
    from weft.resolver.fixes import Change
    from weft.resolver.report import NoSolution
    from weft.resolver.universal import UniversalRequest

COMMANDS = ("lock", "add", "sync", "run", "remove", "tree", "export", "version")

_WITH_PLACES = ("--project", "--directory", "--config-file", "--cache-dir")


@value
class Trial:
    """A lock that was tried in vain: `request` as `question`, answered out of `source`.

    `again` makes the question and its source anew for other Pythons.
    """

    context: Context
    request: LockRequest
    question: UniversalRequest
    source: UniversalDatabase
    again: Callable[[Specifiers], tuple[UniversalRequest, UniversalDatabase]]
    interpreter: Interpreter
    locations: Locations


def advise_lock(error: WeftError, trial: Trial) -> None:
    """Add what works instead to the hints of `error`, if it is a `NoSolution`."""
    from weft.ops.fixes import advise_places, in_time
    from weft.ops.name_hints import name_hints
    from weft.resolver.report import NoSolution

    if not isinstance(error, NoSolution):
        return
    advise_places(error, trial.source, trial.locations, trial.interpreter.markers)
    error.advise(*name_hints(error, trial.source, trial.context))
    settings = trial.context.settings
    if settings.quiet or settings.locked or trial.request.project is None or not _command(trial):
        return
    error.advise(*in_time(lambda bounded: _advice(error, trial, bounded)))


def _command(trial: Trial) -> str:
    """Which of `COMMANDS` was given; empty for others."""
    before = ""
    for word in trial.context.words:
        if word in COMMANDS and before not in _WITH_PLACES:
            return word
        before = word
    return ""


def _advice(
    error: NoSolution, trial: Trial, bounded: Callable[[UniversalDatabase], Bounded]
) -> Iterator[str]:
    """Sentences, the best first."""
    from weft.resolver.fixes import MOST_FIXES, fixes, has_answer

    count = 0
    python = _other_python(error, trial)
    if python is not None:
        question, source = trial.again(python)
        if has_answer(question, bounded(source)):
            count += 1
            then = f"edit `{_root_file(trial)}`, then: `{_shown(trial)}`"
            yield f"`requires-python` raised to `{python.text}` works ({then})"
    for change in fixes(error, trial.question, bounded(trial.source)):
        if count == MOST_FIXES:
            return
        said = _said(change, trial)
        if said:
            count += 1
            yield said


def _other_python(error: NoSolution, trial: Trial) -> Specifiers | None:
    """What the one project may say of Pythons instead; None where that is not the matter, or
    where the interpreter would not do any more."""
    from weft.core.specifier import Specifiers
    from weft.core.version import Version
    from weft.resolver.fixes import oldest_python

    project = trial.request.project
    oldest = oldest_python(error)
    if not oldest or project is None or len(project.members) != 1 or project.top.name is None:
        return None
    upper = [text for text in trial.request.python.text.split(",") if text[:1] in "<!"]
    python = Specifiers.parse(",".join([f">={oldest}", *filter(None, upper)]))
    return python if python.contains(Version.parse(trial.interpreter.version)) else None


# What a change means


def _said(change: Change, trial: Trial) -> str:
    """The sentence with the edit or the command; empty where nobody could follow it."""
    if change.kind == "prerelease":
        from weft.ops.fixes import with_option

        value = f"{change.name}=allow"
        words = with_option(trial.context, "--prerelease-package", value, command=_command(trial))
        return f"Allowing pre-releases of `{change.name}` works (try: `{_shown(trial, words)}`)"
    if change.override is not None:
        owners = " and ".join(f"`{owner}`" for owner in change.owners)
        then = f"add it to `override-dependencies` of `[tool.uv]` in `{_root_file(trial)}`"
        return (
            f"Allowing `{change.override.text}` in {owners} works ({then}, then: `{_shown(trial)}`)"
        )
    return _exchanged(change, trial)


def _exchanged(change: Change, trial: Trial) -> str:
    """Requirements that give way, on the command line or in a file."""
    words = list(trial.context.words)
    parts = []
    for old, new in change.pairs:
        place = _place(change, old, trial)
        if place is None:
            return ""
        if isinstance(place, int) and new is not None:
            words[place] = _bare(new)
            parts.append(f"`{words[place]}` in place of `{trial.context.words[place]}`")
        elif isinstance(place, tuple) and new is not None:
            file, written = place
            parts.append(f"`{_bare(new)}` in place of {written} in `{file}`")
        elif isinstance(place, tuple):
            file, written = place
            parts.append(f"`{file}` without {written} in `constraint-dependencies`")
    then = "try" if words != list(trial.context.words) else "then"
    return f"Having {' and '.join(dict.fromkeys(parts))} works ({then}: `{_shown(trial, words)}`)"


def _place(change: Change, old: Requirement, trial: Trial) -> int | tuple[str, str] | None:
    """The place of the word that is the requirement, or the file where it stands and how."""
    from weft.ops.locking import shown

    if change.kind == "constraint":
        written = _written(trial.request.table.constraints, old)
        return (_root_file(trial), written) if written else None
    words = trial.context.words if _command(trial) == "add" else ()
    for position, word in enumerate(words):
        if not word.startswith("-") and "/" not in word and _written([word], old):
            return position
    project = trial.request.project
    assert project is not None
    files = [(project.root, project.top)]
    if change.owners:
        members = [each for each in project.members if each.name in change.owners]
        files = [(each.directory, each.pyproject) for each in members]
    for directory, pyproject in files:
        written = _written(_texts(pyproject), old)
        if written:
            return shown(trial.context, f"{directory}/pyproject.toml"), written
    return None


def _texts(pyproject: Pyproject) -> Iterator[str]:
    """Every requirement that a file states; includes of groups are no text."""
    groups = pyproject.groups.values()
    for entries in (pyproject.dependencies, *pyproject.extras.values(), *groups):
        yield from [each for each in entries if isinstance(each, str)]


def _written(texts: Iterable[str], requirement: Requirement) -> str:
    """How a requirement is written among `texts`, without its marker; empty where it is not.

    "`oil<2`", or "every `oil<2` and `oil <2`", for all of these have to change.
    """
    from weft.core.errors import WeftError
    from weft.core.requirement import Requirement

    found = []
    for text in texts:
        try:
            if _bare(Requirement.parse(text)) == _bare(requirement):
                found.append(f"`{text.partition(';')[0].strip()}`")
        except WeftError:
            continue
    different = " and ".join(dict.fromkeys(found))
    return f"every {different}" if len(found) > 1 else different


def _root_file(trial: Trial) -> str:
    from weft.ops.locking import shown

    return shown(trial.context, f"{trial.request.root}/pyproject.toml")


def _bare(requirement: Requirement) -> str:
    """Without the marker, which stays as it is written."""
    return replace(requirement, marker=None).text


def _shown(trial: Trial, words: list[str] | None = None) -> str:
    from weft.ops.fixes import shown_words

    return shown_words(list(trial.context.words) if words is None else words)
