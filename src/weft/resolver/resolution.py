"""Resolve a request: the room's door.

Owns the question (`Request`); the answer is in `weft.resolver.answer`. Refuses to guess: what the
source does not tell is not known. Raises `NoSolution` (`weft.resolver.report`) when no answer
exists. Follows PEP 440, PEP 508, PEP 592 and uv where those leave a choice.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.resolver.answer import Resolution, ResolvedPackage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.requirement import Requirement
    from weft.resolver.candidates import CandidateSource, Prerelease, Strategy
    from weft.resolver.provider import Provider
    from weft.resolver.solution import Effort, Solution

_NOTHING: Mapping[str, str] = {}


@value
class Request:
    """What is asked for.

    `environment` holds the eleven marker variables of PEP 508. Constraints narrow packages that
    are needed anyway; overrides replace every requirement on their names, wherever it stands;
    `excludes` are names whose requirements are dropped. `preferences` maps names to the versions
    to try first (installed or locked ones), `floors` to those that are taken in place of any lower
    one. `prerelease_packages` overrides `prerelease` by name.

    `subject` is who asks, for messages: "you", or the name of a project. `requested_python` is
    set where the user named the Python version that `environment` describes; in a `universal`
    resolution it is what the request says of Pythons (`>=3.9`). `direct` is what projects of the
    user require, which count as written in the request itself; `members` are the names of these
    projects, for messages.
    """

    requirements: tuple[Requirement, ...]
    environment: Mapping[str, str]
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    excludes: frozenset[str] = frozenset()
    strategy: Strategy = "highest"
    prerelease: Prerelease = "if-necessary"
    prerelease_packages: Mapping[str, Prerelease] = _NOTHING  # type: ignore[assignment]
    preferences: Mapping[str, str] = _NOTHING
    floors: Mapping[str, str] = _NOTHING
    no_dependencies: bool = False
    subject: str = "you"
    requested_python: str = ""
    universal: bool = False
    direct: tuple[Requirement, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def first_party(self) -> tuple[Requirement, ...]:
        """Every requirement that the user wrote."""
        return self.requirements + self.constraints + self.overrides + self.direct


class UrlNotDirect(WeftError):
    """A dependency names a URL that the request itself does not mention."""

    exit_code = 1

    def __init__(self, name: str, url: str) -> None:
        super().__init__()
        self.name = name
        self.url = url

    @property
    def message(self) -> str:
        return (
            f"Package `{self.name}` was included as a URL dependency. URL dependencies must be"
            f" expressed as direct requirements or constraints. Consider adding"
            f" `{self.name} @ {self.url}` to your dependencies or constraints file."
        )


def resolve(request: Request, source: CandidateSource) -> Resolution:
    """The versions to install for `request`.

    Raises `NoSolution` with a derivation if there are none, `UrlNotDirect`, and whatever `source`
    raises.
    """
    from weft.resolver.descent import Descent
    from weft.resolver.provider import Provider
    from weft.resolver.solution import Contradiction

    provider = Provider(request, source)
    descent = Descent(provider)
    try:
        solution = descent.run()
    except Contradiction as contradiction:
        from weft.resolver.report import explain

        error = explain(contradiction.clause, descent.solver.book, provider.table, request)
    else:
        return _collect(provider, solution, descent.effort)
    raise error


def _collect(provider: Provider, solution: Solution, effort: Effort) -> Resolution:
    """Walk from the roots along the requirements of the chosen versions."""
    table = provider.table
    extras: dict[str, set[str]] = {}
    edges: dict[str, dict[str, set[str]]] = {}
    queue: list[tuple[str, str]] = []

    def want(requirement: Requirement) -> None:
        name = requirement.name
        if name not in extras:
            extras[name] = set()
            edges[name] = {}
            queue.append((name, ""))
        for extra in requirement.extras:
            if extra not in extras[name]:
                extras[name].add(extra)
                queue.append((name, extra))

    for requirement in provider.root_requirements:
        want(requirement)
    for name, extra in queue:  # grows while it is walked
        package = table.package(name)
        for requirement in provider.needs(package, solution.decided[package.number], extra):
            want(requirement)
            if requirement.name != name:
                edges[name].setdefault(requirement.name, set()).update(requirement.extras)
    packages = []
    missing = []
    for name in sorted(extras):
        package = table.package(name)
        position = solution.decided[package.number]
        requirements = tuple([(other, tuple(sorted(of))) for other, of in edges[name].items()])
        packages.append(
            ResolvedPackage(
                name,
                package.versions.texts[position],
                position,
                frozenset(extras[name]),
                requirements,
            )
        )
        provided = provider.provided_extras(package, position)
        missing += [(name, extra) for extra in sorted(extras[name]) if extra not in provided]
    return Resolution(tuple(packages), effort, tuple(missing))
