"""Requirements that limit others: constraints, overrides, and the hashes of both.

Owns what may be a limit and how hashes of several places come together. Refuses to read files.
Follows pip's hash-checking mode.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.requirement import Requirement
    from weft.project.lines import RequirementLine


def named(lines: Iterable[RequirementLine], what: str) -> list[Requirement]:
    """Limits need a name and a version, not an address. Raises WeftError."""
    found = []
    for line in lines:
        if line.requirement is None or line.requirement.url is not None:
            raise WeftError(
                f"{what} must be named requirements with versions, but found: `{line.text}`"
            )
        found.append(line.requirement)
    return found


def collect_hashes(lines: Iterable[RequirementLine]) -> dict[str, frozenset[str]]:
    """Allowed hashes by project; what two lines allow is what both allow."""
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        if line.requirement is not None and line.hashes:
            allowed = frozenset(f"{algorithm}:{digest}" for algorithm, digest in line.hashes)
            before = found.get(line.requirement.name)
            found[line.requirement.name] = allowed if before is None else before & allowed
    return found


def check_hashes(lines: Iterable[RequirementLine], limits: Iterable[RequirementLine]) -> None:
    """`--require-hashes`: every requirement is pinned and has a hash, its own or a constraint's."""
    hashed = {line.requirement.name for line in limits if line.requirement and line.hashes}
    for line in lines:
        check_pins((line,))
        requirement = line.requirement
        if not line.hashes and (requirement is None or requirement.name not in hashed):
            raise WeftError(
                "In `--require-hashes` mode, all requirements must have a hash, but none were "
                f"provided for: {_shown(line)}"
            )


def check_pins(lines: Iterable[RequirementLine]) -> None:
    """Hashes are of files, so each line has to name one version."""
    for line in lines:
        requirement = line.requirement
        if requirement is None or requirement.url or requirement.specifiers.pinned:
            continue
        raise WeftError(
            "In `--require-hashes` mode, all requirements must have their versions pinned with "
            f"`==`, but found: {_shown(line)}"
        )


def _shown(line: RequirementLine) -> str:
    return line.text or (line.requirement.text if line.requirement else "")
