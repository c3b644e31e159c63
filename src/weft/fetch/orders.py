"""What a user wants of builds, and how a build that failed is told.

Owns the orders of a build and its errors. Refuses to build.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.source import Source

    Setting = str | bool | list[str]


@value
class Orders:
    """What one build is made with.

    `requires` are requirements beside those of the project; those in `matching` have to be of the
    version that the target gets. `variables` go into the environment of the back end. `key` stands
    for all inputs but the source: settings, requirements, variables, constraints, and the
    interpreter with its platform. What was built with one key is never taken for another.
    """

    config_settings: Mapping[str, Setting]
    requires: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    isolated: bool = True
    matching: frozenset[str] = frozenset()
    key: str = ""


class BuildRefused(WeftError):
    """A build is needed, and the user does not allow it."""

    exit_code = 1

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def message(self) -> str:
        of_name = f" for `{self.name}`" if self.name else ""
        return f"Building source distributions{of_name} is disabled"


class PythonTooOld(WeftError):
    """The interpreter that would build a source is not one that the source supports."""

    exit_code = 1

    def __init__(self, source: Source, requires_python: str, *, python: str) -> None:
        super().__init__()
        self.source = source
        self.requires_python = requires_python
        self.python = python

    @property
    def message(self) -> str:
        return (
            f"The source distribution for `{shown(self.source)}` requires Python "
            f"{self.requires_python}, but Python {self.python} is installed"
        )


class WheelRefused(BuildRefused):
    """The metadata is known, the wheel would have to be built; says all that there is to say."""

    @property
    def message(self) -> str:
        attempt = f", but attempted to build `{self.name}`" if self.name else ""
        return f"Building source distributions is disabled{attempt}"


class BadMetadata(WeftError):
    """A back end has written metadata that is none; the cause says why."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__("Failed to parse metadata from built wheel")


class CyclicBuild(WeftError):
    """To build a project, the project itself would have to be built first."""

    exit_code = 1

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    @property
    def message(self) -> str:
        return f"Cyclic build dependency detected for `{shown(self.source)}`"


class MatchImpossible(WeftError):
    """A build is to use the versions of the target, and has to be made to choose these."""

    exit_code = 1

    def __init__(self, source: Source, requirement: str) -> None:
        super().__init__()
        self.source = source
        self.requirement = requirement

    @property
    def message(self) -> str:
        return (
            f"Extra build requirement `{self.requirement}` was declared with `match-runtime = "
            f"true`, but `{shown(self.source)}` does not declare static metadata, making "
            "runtime-matching impossible"
        )


class BuildFailed(WeftError):
    """A source whose project is known gave no metadata or no wheel; the cause says why.

    `why` says how the project came to be wanted, if that is known.
    """

    def __init__(self, source: Source, cause: WeftError) -> None:
        super().__init__(exit_code=exit_code_of(cause))
        self.source = source
        self.why: str | None = None
        self.__cause__ = cause

    @property
    def message(self) -> str:
        from weft.fetch.build_failures import BuildFailure

        fetched = self.source.kind != "directory" and not self.source.is_local
        blamed = isinstance(self.__cause__, BuildFailure)
        verb = "download and build" if fetched and not blamed else "build"
        return f"Failed to {verb} `{shown(self.source)}`"

    @property
    def hints(self) -> tuple[str, ...]:
        hints = general_hints(self.__cause__)
        return (self.why, *hints) if self.why is not None else hints


def general_hints(cause: BaseException | None) -> tuple[str, ...]:
    """What to say of a back end that failed where nothing more is known."""
    from weft.fetch.build_failures import BuildFailure

    while cause is not None:
        if isinstance(cause, BuildFailure) and not cause.hints:
            return (
                "Build failures usually indicate a problem with the package or the build "
                "environment",
            )
        cause = cause.__cause__
    return ()


def exit_code_of(cause: WeftError) -> int:
    """1, whatever is wrong with a project; what is wrong with the network has a code of its own."""
    from weft.index.failures import FetchFailure, RetriesExhausted

    return cause.exit_code if isinstance(cause, (FetchFailure, RetriesExhausted)) else 1


def shown(source: Source) -> str:
    """How messages name a source: `demo==1.0`, `demo @ file:///…`, or the address alone."""
    if source.kind == "sdist":
        return f"{source.name}=={source.version}"
    address = address_of(source)
    return f"{source.name} @ {address}" if source.name else address


def address_of(source: Source) -> str:
    """The address with everything that tells sources apart: commit and subdirectory."""
    address = f"git+{source.url}@{source.commit}" if source.kind == "git" else source.url
    facts = [f"subdirectory={source.subdirectory}"] if source.subdirectory else []
    facts += ["lfs=true"] if source.lfs else []
    return f"{address}#{'&'.join(facts)}" if facts else address
