"""`Requires-Python` of several projects as one, in the form that a lock says it.

Owns the bounds. Refuses to know interpreters.
Follows uv: only releases count, `~=3.9` is `>=3.9, <4`, one minor version is `==3.11.*`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.specifier import Specifiers

    Release = tuple[int, ...]
    Bound = tuple[Release, bool, str]  # release, whether it is beyond the version itself, text


def combined(texts: Iterable[str]) -> Specifiers:
    """The Pythons that all of `texts`, which have been checked, allow."""
    from weft.core.specifier import Specifiers

    lower: Bound | None = None
    upper: Bound | None = None
    excluded: dict[tuple[Release, bool], str] = {}
    for text in texts:
        for clause in Specifiers.parse(text).text.split(","):
            clause = clause.strip()
            if not clause:
                continue
            low, high, gap = _bounds(clause)
            if low is not None and (lower is None or _order(low) > _order(lower)):
                lower = low
            if high is not None and (upper is None or _order(high) < _order(upper)):
                upper = high
            if gap is not None:
                excluded.setdefault(gap[:2], gap[2])
    return Specifiers.parse(",".join(_told(lower, upper, excluded)))


# In which order a lock says clauses about the same version.
_OPERATORS = ("==", "===", "!=", "~=", "<", "<=", ">", ">=")


def sorted_clauses(texts: Iterable[str]) -> str:
    """All clauses of `texts`, which have been checked, with the lowest versions first."""
    from weft.core.specifier import Specifiers
    from weft.core.version import Version

    found = []
    for text in texts:
        for clause in Specifiers.parse(text).text.split(","):
            clause = clause.strip()
            operator = clause[: len(clause) - len(clause.lstrip("=!~<>"))]
            written = clause.removeprefix(operator).strip()
            version = Version.parse(written.removesuffix(".*"))
            found.append((version, _OPERATORS.index(operator), operator + written))
    return ",".join([clause for *_, clause in sorted(found)])


def _bounds(clause: str) -> tuple[Bound | None, Bound | None, Bound | None]:
    """The lower bound, the upper bound and the gap of one clause."""
    from weft.core.version import Version

    operator = clause[: 3 if clause[:3] == "===" else 2 if clause[1:2] == "=" else 1]
    written = clause.removeprefix(operator).strip()
    series = written.endswith(".*")
    version = Version.parse(written.removesuffix(".*"))
    release, text = tuple(version.release), ".".join(map(str, version.release))
    if operator == "~=" or (operator == "==" and series):
        kept = release if series else release[:-1]
        following = (*kept[:-1], kept[-1] + 1)
        return (release, False, text), (following, False, ".".join(map(str, following))), None
    at, beyond = (release, False, text), (release, True, text)
    if operator == "!=":
        return None, None, (release, series, text)
    if operator in ("==", "==="):
        return at, beyond, None
    if operator[0] == ">":
        return (at if operator == ">=" else beyond), None, None
    return None, (beyond if operator == "<=" else at), None


def _order(bound: Bound) -> tuple[Release, bool]:
    release = bound[0]
    while len(release) > 1 and not release[-1]:
        release = release[:-1]
    return release, bound[1]


def _told(
    lower: Bound | None, upper: Bound | None, excluded: dict[tuple[Release, bool], str]
) -> list[str]:
    if lower is not None and upper is not None and not lower[1]:
        if upper[1] and _order(upper)[0] == _order(lower)[0]:
            return [f"=={lower[2]}"]
        first, after = lower[0], upper[0]
        if len(first) > 1 and not upper[1] and after == (*first[:-1], first[-1] + 1):
            return [f"=={lower[2]}.*", *_gaps(lower, upper, excluded)]
    found = []
    if lower is not None:
        found.append(f"{'>' if lower[1] else '>='}{lower[2]}")
    found += _gaps(lower, upper, excluded)
    if upper is not None:
        found.append(f"{'<=' if upper[1] else '<'}{upper[2]}")
    return found


def _gaps(
    lower: Bound | None, upper: Bound | None, excluded: dict[tuple[Release, bool], str]
) -> list[str]:
    found = []
    for (release, series), text in sorted(excluded.items()):
        place = _order((release, False, text))
        if lower is not None and place < _order(lower) and not series:
            continue
        if upper is not None and place >= _order(upper):
            continue
        found.append(f"!={text}{'.*' if series else ''}")
    return found
