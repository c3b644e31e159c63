"""Which versions to allow of a dependency that is to be upgraded.

Owns what of a requirement's specifiers stands in the way of newer versions, and how they read once
a newer one was chosen. Pure. Follows uv: lower bounds and exclusions stay, each other operator
stays what it is, with the new version at the old one's precision.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.version import Version

_LONGER_FIRST = ("===", "~=", "==", "!=", "<=", ">=", "<", ">")


def relaxed(specifiers: str) -> str:
    """Without upper bounds and pins: `~=1.2,<1.9` becomes `>=1.2`."""
    kept = []
    for operator, version in _clauses(specifiers):
        if operator == "~=":
            kept.append(f">={version}")
        elif operator in (">", ">=", "!="):
            kept.append(operator + version)
    return ",".join(kept)


def proposed(specifiers: str, versions: Sequence[Version]) -> str | None:
    """The specifiers changed so that they allow all of `versions`, which are sorted.

    Those that do are left alone. None where the operators cannot say it.
    """
    from weft.core.specifier import Specifiers

    if not versions or _allows(specifiers, versions):
        return specifiers
    clauses = [
        operator + (version if _allows(operator + version, versions) else
                    _moved(operator, version, versions))
        for operator, version in _clauses(specifiers)
    ]  # fmt: skip
    found = Specifiers.parse(",".join(clauses)).text
    return found if _allows(found, versions) else None


def _clauses(specifiers: str) -> list[tuple[str, str]]:
    found = []
    for piece in specifiers.split(","):
        text = piece.strip()
        for operator in _LONGER_FIRST:
            if text.startswith(operator):
                found.append((operator, text[len(operator) :].strip()))
                break
    return found


def _allows(specifiers: str, versions: Sequence[Version]) -> bool:
    from weft.core.specifier import Specifiers

    parsed = Specifiers.parse(specifiers)
    return all(parsed.contains(version) for version in versions)


def _moved(operator: str, version: str, versions: Sequence[Version]) -> str:
    """What stands behind the operator instead."""
    lowest, highest = versions[0], versions[-1]
    if operator == "~=":
        return _with_release(lowest, _precision(version), suffix=_suffix(lowest))
    if operator == "==" and version.endswith(".*"):
        return _with_release(lowest, _precision(version[:-2])) + ".*"
    if operator in ("==", "==="):
        return lowest.text
    if operator == "<=":
        return highest.public
    if operator == "<":
        precision = _precision(version)
        return _with_release(highest, precision, more=1)
    return version


def _precision(version: str) -> int:
    from weft.core.version import Version

    return len(Version.parse(version).release)


def _suffix(version: Version) -> str:
    """`rc1.post2`: what comes behind the release, without a local part."""
    epoch = f"{version.epoch}!" if version.epoch else ""
    return version.public.removeprefix(epoch)[len(version.release_text) :]


def _with_release(version: Version, precision: int, *, more: int = 0, suffix: str = "") -> str:
    """The release cut or padded to so many numbers, the last of them raised by `more`."""
    padding = (0,) * max(0, precision - len(version.release))
    release = [*version.release[:precision], *padding]
    release[-1] += more
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, release)) + suffix
