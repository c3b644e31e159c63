"""Advice that the facts of a derivation call for.

Owns the hints that the resolver can give by itself: pre-releases, other Pythons, and what the
source says of packages and versions. Refuses to try anything; see `weft.resolver.fixes`. Follows
uv's wording.
"""

from __future__ import annotations

from weft.core.ranges import contains
from weft.core.specifier import Specifiers
from weft.resolver.clauses import Constrained, Depends, Rejected, Required
from weft.resolver.proof import AsksForPython, NoneAvailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.resolver.packages import Package, PackageTable
    from weft.resolver.proof import Statement
    from weft.resolver.resolution import Request


def hints_of(
    statements: Sequence[Statement], table: PackageTable, request: Request
) -> Iterator[str]:
    """Advice that the facts of a derivation call for."""
    for fact in statements:
        if isinstance(fact, NoneAvailable):
            row = table.rows[fact.package]
            if row.missing is not None and row.missing.hint:
                yield row.missing.hint
            example = _hidden(row, fact)
            if example:
                yield _prerelease_hint(row.name, example, _wanted_prerelease(fact, statements))
        elif isinstance(fact, Rejected):
            unusable = table.rows[fact.package].unusable
            for position in sorted(unusable, reverse=True):
                if fact.versions >> position & 1 and unusable[position].hint:
                    yield unusable[position].hint
                    break  # the newest version stands for the others
        elif isinstance(fact, AsksForPython) and request.requested_python:
            row = table.rows[fact.package]
            example = row.versions.texts[fact.versions.bit_length() - 1]
            option, better = "--python-version", "a higher `--python-version` value"
            if request.universal:
                option = "requires-python"
                better = f"a more restrictive `{option}` value (like {fact.requires_python})"
            yield (
                f"The `{option}` value ({request.requested_python}) includes Python"
                f" versions that are not supported by your dependencies (e.g.,"
                f" {row.name}=={example} only supports {fact.requires_python}). Consider using"
                f" {better}."
            )


def _hidden(row: Package, lack: NoneAvailable) -> str:
    """The newest version in the range that the policy on pre-releases leaves out; "" for none."""
    for position in range(len(row.versions.keys) - 1, -1, -1):
        hidden = not row.available >> position & 1
        if hidden and contains(lack.ranges, row.versions.keys[position]):
            return row.versions.texts[position]
    return ""


def _prerelease_hint(name: str, example: str, asked: str) -> str:
    how = "pre-releases weren't enabled (try: `--prerelease=allow`)"
    if asked:
        return f"`{name}` was requested with a pre-release marker (e.g., {asked}), but {how}"
    return (
        f"Pre-releases are available for `{name}` in the requested range (e.g., {example}), but"
        f" {how}"
    )


def _wanted_prerelease(lack: NoneAvailable, statements: Sequence[Statement]) -> str:
    """The requirement that names a pre-release of what is lacking; empty for none."""
    for fact in statements:
        if isinstance(fact, Required | Constrained | Depends):
            demand = fact.demand
            concerned = demand.package == lack.package and demand.text
            if concerned and Specifiers.parse(demand.text).mentions_prerelease:
                return f"{demand.label}{demand.text}"
    return ""
