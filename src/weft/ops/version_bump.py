"""The version that follows another.

Owns the rules of `weft version --bump`. Refuses to read or write a project.
Follows PEP 440, and uv in which rules go together.
"""

from __future__ import annotations

from weft.core.errors import UsageError, WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_RELEASE = ("major", "minor", "patch")
_BEFORE = {"alpha": "a", "beta": "b", "rc": "rc"}
COMPONENTS = (*_RELEASE, "stable", *_BEFORE, "post", "dev")
_LARGEST = (1 << 64) - 1


class NotIncreased(WeftError):
    """A rule led to a version that is not above the one it started from."""

    def __init__(self, old: str, new: str, advice: str) -> None:
        super().__init__(f"{old} => {new} didn't increase the version; {advice}")
        self.old = old
        self.new = new


@value
class Bump:
    """One rule; `number` is the one to set instead of the next."""

    component: str
    number: int | None = None

    def __str__(self) -> str:
        return self.component if self.number is None else f"{self.component}={self.number}"


def parse_bump(text: str) -> Bump:
    """The rule of `minor` or `minor=7`. Raises UsageError."""
    component, equals, number = text.partition("=")
    if component not in COMPONENTS:
        raise _wrong(f"invalid bump component `{component}`")
    if not equals:
        return Bump(component)
    if component == "stable":
        raise _wrong("`--bump stable` does not accept a value")
    if not number:
        raise _wrong("`--bump` values cannot be empty")
    if not (number.isascii() and number.isdigit()) or int(number) > _LARGEST:
        raise _wrong(f"invalid numeric value `{number}` for `--bump {component}`")
    return Bump(component, int(number))


def _wrong(message: str) -> UsageError:
    return UsageError(message, usage="weft version [OPTIONS] [VALUE]")


def bumped(old: str, bumps: Sequence[Bump]) -> str:
    """The version after `old`, a normal one. Raises NotIncreased and WeftError."""
    _check(bumps)
    from weft.core.version import Version

    before = Version.parse(old)
    parts = _Parts(old)
    for bump in sorted(bumps, key=lambda bump: COMPONENTS.index(bump.component)):
        parts.apply(bump)
    new = parts.text
    after = Version.parse(new)
    if after.key <= before.key:
        raise NotIncreased(old, new, _advice(before, after))
    return new


def _check(bumps: Sequence[Bump]) -> None:
    """Which rules exclude each other."""
    listed = ", ".join(map(str, bumps))
    for component in ("stable", "post"):
        if len(bumps) > 1 and any(bump.component == component for bump in bumps):
            raise WeftError(
                f"`--bump {component}` cannot be used with another `--bump` value, got: {listed}"
            )
    for what, components in (("release", _RELEASE), ("pre-release", (*_BEFORE, "dev"))):
        found = [str(bump) for bump in bumps if bump.component in components]
        if len(found) > 1:
            raise WeftError(
                f"Only one {what} version component can be provided to `--bump`, got: "
                f"{', '.join(found)}"
            )


def _advice(old, new) -> str:  # type: ignore[no-untyped-def]
    if new.is_devrelease and not old.is_devrelease:
        return (
            "when bumping to a dev version you also need to increase another version component, "
            "e.g., with `--bump <major|minor|patch|alpha|beta|rc>`"
        )
    if new.is_prerelease and not old.is_prerelease:
        return (
            "when bumping to a pre-release version you also need to increase a release version "
            "component, e.g., with `--bump <major|minor|patch>`"
        )
    return "provide the exact version to force an update"


class _Parts:
    """A version taken apart: `1!2.3a4.post5.dev6+local`."""

    def __init__(self, text: str) -> None:
        import re

        rest, plus, local = text.partition("+")
        found = re.fullmatch(
            r"(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)(?:(?P<kind>a|b|rc)(?P<number>\d+))?"
            r"(?:\.post(?P<post>\d+))?(?:\.dev(?P<dev>\d+))?",
            rest,
        )
        assert found is not None, "a normal version"
        self.epoch = f"{found['epoch']}!" if found["epoch"] else ""
        self.release = [int(part) for part in found["release"].split(".")]
        self.before = (found["kind"], int(found["number"])) if found["kind"] else None
        self.post = int(found["post"]) if found["post"] else None
        self.dev = int(found["dev"]) if found["dev"] else None
        self.local = plus + local

    def apply(self, bump: Bump) -> None:
        """Raise what the rule names; what follows it starts again or goes."""
        component, number = bump.component, bump.number
        if component in _RELEASE:
            place = _RELEASE.index(component)
            self.release += [0] * (place + 1 - len(self.release))
            self.release[place] = self.release[place] + 1 if number is None else number
            self.release[place + 1 :] = [0] * (len(self.release) - place - 1)
            self.before = self.post = self.dev = None
        elif component == "stable":
            self.before = self.post = self.dev = None
        elif component in _BEFORE:
            kind = _BEFORE[component]
            same = self.before is not None and self.before[0] == kind
            following = self.before[1] + 1 if same and self.before is not None else 1
            self.before = (kind, following if number is None else number)
            self.post = self.dev = None
        elif component == "post":
            self.post = ((self.post or 0) + 1) if number is None else number
            self.dev = None
        else:
            self.dev = ((self.dev or 0) + 1) if number is None else number

    @property
    def text(self) -> str:
        """The version as it is now."""
        text = self.epoch + ".".join(map(str, self.release))
        if self.before is not None:
            text += f"{self.before[0]}{self.before[1]}"
        if self.post is not None:
            text += f".post{self.post}"
        if self.dev is not None:
            text += f".dev{self.dev}"
        return text + self.local
