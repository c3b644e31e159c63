"""The words of an explanation: packages, ranges, facts and conclusions as uv says them.

Owns the way from `Term`s and facts to phrases. A range end is said in the words of the specifier
it came from; ends that no specifier named are versions that exist. A range that reaches to the
lowest or highest version that exists is open on that side: with versions 1 to 3, "1 and 2" is
`<=2`, and all of them are "all versions".
Refuses to decide what is said, and in which order; see `weft.resolver.report`.
"""

from __future__ import annotations

from weft.core.ranges import FULL, TOP, complement, contains
from weft.core.specifier import Specifiers
from weft.resolver.clauses import NO_FLAG, SELF_CONFLICT, Constrained, Depends, Rejected, Required
from weft.resolver.proof import (
    AsksForPython,
    NoneAvailable,
    OtherPython,
    concerns_one,
    exactly,
    spread,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.ranges import Ranges
    from weft.resolver.clauses import Demand
    from weft.resolver.packages import Package, PackageTable
    from weft.resolver.proof import Statement, Step, Terms
    from weft.resolver.resolution import Request

INDENT = "    "
MOST_PIECES = 8
"""A range in more pieces is said from its first to its last version if nothing lies between."""


class Wording:
    """Phrases about the packages of one resolution. `learn` the proof's demands first."""

    def __init__(self, table: PackageTable, request: Request) -> None:
        self._table = table
        self._subject = request.subject
        self._python = request.requested_python
        self._environment_python = request.environment["python_full_version"]
        self._low: dict[bytes, str] = {}
        self._high: dict[bytes, str] = {}
        self._whole: dict[tuple[bytes, bytes], str] = {}

    def learn(self, statements: Sequence[Statement]) -> None:
        """Know the versions of the packages, and the specifiers of the demands."""
        for statement in statements:
            if isinstance(statement, Required | Constrained | Depends):
                self._learn_specifiers(statement.demand.text)
        for row in self._table.rows:
            self._learn_versions(row)

    def _learn_specifiers(self, text: str) -> None:
        for clause in text.split(",") if text else ():
            ranges = Specifiers.parse(clause).ranges
            operator = clause.rstrip("0123456789abcdefghijklmnopqrstuvwxyz.*!+-_")
            version = clause[len(operator) :] if clause[:2] != "!=" else clause[2:]
            for low, high in ranges:
                if operator in (">=", ">"):
                    self._name(low, low=clause, high=("<" if operator == ">=" else "<=") + version)
                elif operator in ("<=", "<"):
                    self._name(high, low=(">" if operator == "<=" else ">=") + version, high=clause)
                elif operator == "~=":
                    upper = _successor(version)
                    self._name(low, low=f">={version}", high=f"<{version}")
                    self._name(high, low=f">={upper}", high=f"<{upper}")
                elif clause.endswith(".*"):
                    self._star(clause, low, high)
                else:  # `==`, and the two sides that `!=` leaves
                    self._exact(version, low, high)
                    if operator != "!=":
                        self._whole[low, high] = "==" + version

    def _star(self, clause: str, low: bytes, high: bytes) -> None:
        version = clause[2:-2]
        ends = (low, high) if clause[0] == "=" else (high, low)
        if clause[0] == "=":
            self._whole[low, high] = clause
        if ends[0] not in (b"", TOP):
            self._name(ends[0], low=f">={version}.dev0", high=f"<{version}.dev0")
        if ends[1] not in (b"", TOP):
            upper = f"{_successor(f'{version}.0')}"
            self._name(ends[1], low=f">={upper}", high=f"<{upper}")

    def _exact(self, version: str, low: bytes, high: bytes) -> None:
        if high != TOP:
            inside = low != b""
            self._name(high, low=(">" if inside else ">=") + version, high="<=" + version)
            if not inside:
                self._high[high] = "<" + version
        if low != b"":
            inside = high != TOP
            self._name(low, low=(">=" if inside else ">") + version, high="<" + version)
            if not inside:
                self._high[low] = "<=" + version

    def _learn_versions(self, row: Package) -> None:
        previous = ""
        for position, key in enumerate(row.versions.keys):
            if not row.available >> position & 1:
                continue
            text = row.versions.texts[position]
            self._low.setdefault(key, ">=" + text)
            self._high.setdefault(key, "<=" + previous if previous else "<" + text)
            ((low, high),) = exactly(row, position)
            self._whole.setdefault((low, high), "==" + text)
            self._name(low, low=">=" + text, high="<" + text)
            self._name(high, low=">" + text, high="<=" + text)
            previous = text

    def _name(self, key: bytes, *, low: str, high: str) -> None:
        self._low.setdefault(key, low)
        self._high.setdefault(key, high)

    # Ranges

    def parts(self, package: int, ranges: Ranges) -> list[str]:
        """The pieces of a range as specifiers, `[""]` for every version."""
        row = self._table.rows[package]
        pieces = self._simple(row, ranges)
        if len(pieces) > MOST_PIECES:
            hull = ((pieces[0][0], pieces[-1][1]),)
            if row.mask(hull) == row.mask(ranges):
                pieces = hull
        return [self._said(row, piece) for piece in pieces]

    def _said(self, row: Package, piece: tuple[bytes, bytes]) -> str:
        """A piece in the words of its ends, as long as these mean the same versions: the end of
        `<2` lies before the pre-releases of 2, and what begins there is not `>=2` if there are
        any."""
        text = self._part(piece)
        mask = row.mask((piece,))
        if mask and not row.extra and row.mask(Specifiers.parse(text).ranges) != mask:
            return self._existing(row, piece)
        return text

    def _part(self, piece: tuple[bytes, bytes]) -> str:
        low, high = piece
        whole = self._whole.get(piece)
        if whole is not None:
            return whole
        below = "" if low == b"" else self._low[low]
        above = "" if high == TOP else self._high[high]
        if below[:2] == ">=" and above[:2] == "<=" and below[2:] == above[2:]:
            return "==" + below[2:]
        return f"{below},{above}" if below and above else below or above

    def _simple(self, row: Package, ranges: Ranges) -> Ranges:
        """The same existing versions in fewer pieces; as it is where no version is in it."""
        keys = [key for at, key in enumerate(row.versions.keys) if row.available >> at & 1]
        inside = [contains(ranges, key) for key in keys]
        if row.extra or not any(inside):
            return ranges
        if len(ranges) == 1 and ranges[0] in self._whole:
            return ranges
        result: list[tuple[bytes, bytes]] = []
        for position, key in enumerate(keys):
            if not inside[position]:
                continue
            low, high = next(piece for piece in ranges if piece[0] <= key < piece[1])
            if position and inside[position - 1]:
                low = result.pop()[0]
            result.append((b"" if position == 0 else low, high))
        if inside[-1]:
            result[-1] = (result[-1][0], TOP)
        return tuple(result)

    def some(self, label: str, parts: Sequence[str], *, none: str = "") -> str:
        """Versions of a package as the subject or object of a sentence.

        `none` is put before several pieces: "one of" or "all of".
        """
        if len(parts) == 1:
            return label + parts[0]
        lines = "".join([f"\n{INDENT}{label}{part}" for part in parts])
        return f"{none}:{lines}\n"

    def versions(self, label: str, package: int, ranges: Ranges) -> tuple[str, bool]:
        """Versions as the subject of a sentence, and whether it is in the plural."""
        parts = self.parts(package, ranges)
        if parts == [""]:
            return f"all versions of {label}", True
        return self.some(label, parts, none="all of"), len(parts) > 1

    def wanted(self, label: str, package: int, ranges: Ranges) -> str:
        """Versions as the object of "requires" or "depends on"."""
        return self.some(label, self.parts(package, ranges), none="one of")

    # Facts

    def facts(self, statements: Sequence[Statement]) -> list[str]:
        """The facts of one sentence, in the order given.

        What the request requires is one phrase or several under one verb, and so is what the
        same versions depend on. A phrase ends with a line feed if it ends with a list.
        """
        phrases: dict[object, list[str]] = {}
        demands: dict[object, list[Demand]] = {}
        for statement in statements:
            if isinstance(statement, Required):
                demands.setdefault(Required, []).append(statement.demand)
                phrases[Required] = []
            elif isinstance(statement, Depends):
                key: object = (statement.package, statement.versions, statement.flag)
                demands.setdefault(key, []).append(statement.demand)
                phrases[key] = [self._owner(statement)]
            else:
                phrases[statement] = [self._fact(statement)]
        for owner, asked in demands.items():
            objects = self._objects(asked)
            opening = phrases[owner][0] if phrases[owner] else self.requires
            phrases[owner] = [_space(opening, objects[0]), *objects[1:]]
        return [phrase for of_one in phrases.values() for phrase in of_one]

    def _fact(self, statement: Statement) -> str:
        if isinstance(statement, Constrained):
            return self._objects([statement.demand])[0]
        if isinstance(statement, NoneAvailable):
            return self._none_available(statement)
        if isinstance(statement, OtherPython):
            return self._other_python(statement)
        assert isinstance(statement, Rejected | AsksForPython)
        subject, plural = self._subject_of(statement)
        if isinstance(statement, AsksForPython):
            verb = "depend on" if plural else "depends on"
            return _space(subject, f"{verb} Python{statement.requires_python}")
        reason = statement.reason
        if reason == SELF_CONFLICT:
            them = "themselves" if plural else "itself"
            reason = f"has incompatible dependencies on {them}"
        return _space(subject, _plural(reason) if plural else reason)

    def _owner(self, statement: Depends) -> str:
        subject, plural = self._subject_of(statement)
        return _space(subject, "depend on" if plural else "depends on")

    def _subject_of(self, statement: Depends | Rejected | AsksForPython) -> tuple[str, bool]:
        """The versions that a fact is about, and whether they are in the plural."""
        row = self._table.rows[statement.package]
        flag = NO_FLAG if isinstance(statement, AsksForPython) else statement.flag
        label = row.label if flag == NO_FLAG else self._table.rows[flag].label
        versions = statement.versions
        if concerns_one(statement):
            ranges = exactly(row, versions.bit_length() - 1)
        else:
            ranges = spread(row, versions)
        return self.versions(label, row.number, ranges)

    @property
    def requires(self) -> str:
        """ "you require", "my-project depends on"."""
        return "you require" if self._subject == "you" else f"{self._subject} depends on"

    def _objects(self, demands: Sequence[Demand]) -> list[str]:
        """Demands as objects of one verb; an extra is said with the version it comes with."""
        extras: dict[int, list[str]] = {}
        for demand in demands:
            row = self._table.rows[demand.package]
            if row.extra:
                extras.setdefault(row.base, []).append(row.extra)
        with_versions = {demand.package for demand in demands}
        objects = []
        for demand in demands:
            row = self._table.rows[demand.package]
            if row.extra and row.base in with_versions:
                continue
            label = demand.label
            if demand.package in extras and "[" in label:
                label = f"{row.name}[{','.join(dict.fromkeys(extras[demand.package]))}]"
            objects.append(self.wanted(label, demand.package, demand.ranges))
        return list(dict.fromkeys(objects))

    def _none_available(self, statement: NoneAvailable) -> str:
        row = self._table.rows[statement.package]
        if row.missing is not None:
            return f"{row.name} {row.missing.reason}"
        if statement.ranges == FULL or not row.available:
            return f"there are no versions of {row.name}"
        parts = [self._part(piece) for piece in statement.ranges]
        if len(parts) == 1 and parts[0][:2] == "==" and parts[0][-1] != "*":
            return f"there is no version of {row.name}{parts[0]}"
        if len(row.versions.texts) == 1:
            return f"only {row.name}=={row.versions.texts[0]} is available"
        exist = [piece for piece in complement(statement.ranges) if row.mask((piece,))]
        said = [self._existing(row, piece) for piece in exist]
        if len(said) == 1:
            return f"only {row.name}{said[0]} is available"
        lines = "".join([f"\n{INDENT}{row.name}{part}" for part in said])
        return f"only the following versions of {row.name} are available:{lines}\n"

    def _existing(self, row: Package, piece: tuple[bytes, bytes]) -> str:
        """A piece of what is available, in the words of the versions at its ends."""
        mask = row.mask((piece,))
        first = row.versions.texts[(mask & -mask).bit_length() - 1]
        last = row.versions.texts[mask.bit_length() - 1]
        if piece[0] == b"":
            return "<=" + last
        if piece[1] == TOP:
            return ">=" + first
        return f"=={first}" if first == last else f">={first},<={last}"

    def _other_python(self, statement: OtherPython) -> str:
        which = f"current Python version ({self._environment_python})"
        if self._python:
            which = f"requested Python version ({self._python})"
        return f"the {which} does not satisfy Python{statement.requires_python}"

    # Conclusions

    def conclusion(self, step: Step) -> str:
        """What a step says, behind "we can conclude that"."""
        terms = self._merged(step.terms)
        if not terms:
            whose = "your" if self._subject == "you" else f"{self._subject}'s"
            return f"{whose} requirements are unsatisfiable"
        terms.sort(key=_by_label)
        subjects = [
            self.versions(label, package, ranges)
            for label, package, ranges, absent in terms
            if not absent
        ]
        objects = [
            self.wanted(label, package, complement(ranges))
            for label, package, ranges, absent in terms
            if absent
        ]
        if not subjects:
            return f"{self.requires} {' or '.join(objects)}"
        if not objects:
            if len(subjects) == 1:
                return _space(subjects[0][0], "cannot be used")
            return f"{_listed([text for text, _ in subjects])} are incompatible"
        plural = len(subjects) > 1 or subjects[0][1]
        subject = _listed([text for text, _ in subjects])
        together = " together" if len(subjects) > 1 else ""
        verb = "depend on" if plural else "depends on"
        return _space(subject, f"{together} {verb} {' or '.join(objects)}".strip())

    def _merged(self, terms: Terms) -> list[tuple[str, int, Ranges, bool]]:
        """The terms with extras folded into the names of their packages."""
        extras: dict[int, list[str]] = {}
        for package, term in terms.items():
            if self._table.rows[package].extra and not term.absent:
                row = self._table.rows[package]
                extras.setdefault(row.base, []).append(row.extra)
        folded = [base for base in extras if base in terms and not terms[base].absent]
        result = []
        for package, term in terms.items():
            row = self._table.rows[package]
            label = row.label
            if row.extra and row.base in folded and not term.absent:
                continue
            if package in folded:
                label = f"{row.name}[{','.join(extras[package])}]"
            result.append((label, package, term.ranges, term.absent))
        return result


def _by_label(term: tuple[str, int, Ranges, bool]) -> str:
    return term[0]


def _plural(reason: str) -> str:
    """ "has no wheels" → "have no wheels", of several versions."""
    first, space, rest = reason.partition(" ")
    return {"has": "have", "was": "were", "is": "are"}.get(first, first) + space + rest


def _listed(texts: Sequence[str]) -> str:
    if len(texts) < 3:
        return " and ".join(texts)
    return ", ".join(texts[:-1]) + ", and " + texts[-1]


def _space(first: str, second: str) -> str:
    """Two parts of a sentence; a list before the second ends with its own line feed."""
    return f"{first}{second}" if first.endswith("\n") else f"{first} {second}"


def _successor(version: str) -> str:
    """The exclusive upper end of `~=version`: `1.2` → `2.dev0`."""
    epoch, mark, rest = version.rpartition("!")
    numbers = []
    for number in rest.split("."):
        digits = number[: len(number) - len(number.lstrip("0123456789"))]
        if digits != number or not digits:
            numbers += [digits] if digits else []
            break
        numbers.append(number)
    numbers = numbers[:-1] or numbers
    numbers[-1] = str(int(numbers[-1]) + 1)
    return f"{epoch}{mark}{'.'.join(numbers)}.dev0"
