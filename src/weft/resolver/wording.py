"""The words of an explanation: packages, ranges, facts and conclusions as uv says them.

Owns the way from facts and steps to phrases: who is subject and object, singular and plural,
"you" or a project. Projects are not said to have versions: one alone is "your project", several
are "your workspace", by their names. How ranges of versions are called is `weft.resolver.naming`.
Refuses to decide what is said, and in which order; see `weft.resolver.report`.
"""

from __future__ import annotations

from weft.core.ranges import FULL, complement
from weft.resolver.clauses import NO_FLAG, SELF_CONFLICT, Constrained, Depends, Rejected, Required
from weft.resolver.naming import Naming
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
    from collections.abc import Mapping, Sequence

    from weft.core.ranges import Ranges
    from weft.resolver.clauses import Demand
    from weft.resolver.packages import PackageTable
    from weft.resolver.proof import Statement, Step, Terms
    from weft.resolver.resolution import Request

INDENT = "    "


class Wording:
    """Phrases about the packages of one resolution. `learn` the proof's demands first.

    `markers` are those of demands, by label and text.
    """

    def __init__(
        self,
        table: PackageTable,
        request: Request,
        markers: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._table = table
        self._markers = markers or {}
        self._subject = request.subject
        self._members = frozenset(request.members)
        if self._members:
            self._subject = "your project" if len(self._members) == 1 else "your workspace"
        self._python = request.requested_python
        self._environment_python = request.environment["python_full_version"]
        self._naming = Naming()

    def learn(self, statements: Sequence[Statement]) -> None:
        """Know the versions of the packages, and the specifiers of the demands."""
        texts = [
            statement.demand.text
            for statement in statements
            if isinstance(statement, Required | Constrained | Depends)
        ]
        self._naming.learn(texts, self._table.rows)

    # Ranges

    def parts(self, package: int, ranges: Ranges) -> list[str]:
        """The pieces of a range as specifiers, `[""]` for every version."""
        return self._naming.parts(self._table.rows[package], ranges)

    def some(self, label: str, parts: Sequence[str], *, several: str) -> str:
        """Versions of a package as the subject or object of a sentence.

        `several` is put before several pieces: "one of" or "all of".
        """
        if len(parts) == 1:
            return label + parts[0]
        lines = "".join([f"\n{INDENT}{label}{part}" for part in parts])
        return f"{several}:{lines}\n"

    def versions(self, label: str, package: int, ranges: Ranges) -> tuple[str, bool]:
        """Versions as the subject of a sentence, and whether it is in the plural."""
        if self._table.rows[package].name in self._members:
            return self._member(label), False
        parts = self.parts(package, ranges)
        if parts == [""]:
            return f"all versions of {label}", True
        return self.some(label, parts, several="all of"), len(parts) > 1

    def wanted(self, label: str, package: int, ranges: Ranges) -> str:
        """Versions as the object of "requires" or "depends on"."""
        if self._table.rows[package].name in self._members:
            return self._member(label)
        return self.some(label, self.parts(package, ranges), several="one of")

    def _member(self, label: str) -> str:
        """A project, one of its extras, or one of its groups."""
        return self._subject if len(self._members) == 1 and label in self._members else label

    def _is_project(self, package: int) -> bool:
        """Whether this is the one project; that it is wanted goes without saying."""
        row = self._table.rows[package]
        return len(self._members) == 1 and row.name in self._members and not row.extra

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
                if self._is_project(statement.demand.package):
                    continue
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
            if self._members:
                objects.sort(key=lambda text: text.replace(":", "~"))  # extras before groups
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
        """ "you require", "my-project depends on", "your workspace requires"."""
        if self._members:
            return f"{self._subject} requires"
        return "you require" if self._subject == "you" else f"{self._subject} depends on"

    def _asks_for(self, terms: Sequence[tuple[str, int, Ranges, bool]]) -> str:
        """The same for a conclusion about `terms`: what a project needs are dependencies."""
        of_members = [self._table.rows[package].name in self._members for _, package, _, _ in terms]
        if len(self._members) == 1 and not any(of_members):
            return f"{self._subject} depends on"
        return self.requires

    def _objects(self, demands: Sequence[Demand]) -> list[str]:
        """Demands as objects of one verb; an extra is said with the version it comes with."""
        extras: dict[int, list[str]] = {}
        for demand in demands:
            row = self._table.rows[demand.package]
            if row.is_flag and row.name not in self._members:
                extras.setdefault(row.base, []).append(row.extra)
        with_versions = {demand.package for demand in demands if demand.package in extras}
        objects = []
        for demand in demands:
            row = self._table.rows[demand.package]
            if row.is_flag and row.base in with_versions:
                continue
            label = demand.label
            if demand.package in extras and "[" in label:
                label = f"{row.name}[{','.join(dict.fromkeys(extras[demand.package]))}]"
            label += self._where(demand)
            if demand.ranges:
                objects.append(self.wanted(label, demand.package, demand.ranges))
            else:  # as it is written, for no version is in it
                objects.append(label + demand.text)
        return list(dict.fromkeys(objects))

    def _where(self, demand: Demand) -> str:
        """ "{sys_platform == 'win32'}" where a demand does not count everywhere."""
        marker = self._markers.get((demand.label, demand.text), "")
        return f"{{{marker}}}" if marker else ""

    def _none_available(self, statement: NoneAvailable) -> str:
        row = self._table.rows[statement.package]
        if row.missing is not None:
            return f"{row.name} {row.missing.reason}"
        if statement.ranges == FULL or not row.available:
            return f"there are no versions of {row.name}"
        parts = [self._naming.part(piece) for piece in statement.ranges]
        if len(parts) == 1 and parts[0][:2] == "==" and parts[0][-1] != "*":
            return f"there is no version of {row.name}{parts[0]}"
        if len(row.versions.texts) == 1:
            return f"only {row.name}=={row.versions.texts[0]} is available"
        exist = [piece for piece in complement(statement.ranges) if row.mask((piece,))]
        said = [self._naming.existing(row, piece) for piece in exist]
        if len(said) == 1:
            return f"only {row.name}{said[0]} is available"
        lines = "".join([f"\n{INDENT}{row.name}{part}" for part in said])
        return f"only the following versions of {row.name} are available:{lines}\n"

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
            return f"{self._asks_for(terms)} {' or '.join(objects)}"
        if not objects:
            if len(terms) == 1 and self._table.rows[terms[0][1]].name in self._members:
                return f"{subjects[0][0]}'s requirements are unsatisfiable"
            if len(subjects) == 1:
                return _space(subjects[0][0], "cannot be used")
            return f"{_listed([text for text, _ in subjects])} are incompatible"
        plural = len(subjects) > 1 or subjects[0][1]
        subject = _listed([text for text, _ in subjects])
        together = "together " if len(subjects) > 1 else ""
        verb = "depend on" if plural else "depends on"
        return _space(subject, f"{together}{verb} {' or '.join(objects)}")

    def _merged(self, terms: Terms) -> list[tuple[str, int, Ranges, bool]]:
        """The terms with extras folded into the names of their packages."""
        extras: dict[int, list[str]] = {}
        for package, term in terms.items():
            row = self._table.rows[package]
            if row.is_flag and not term.absent and row.name not in self._members:
                extras.setdefault(row.base, []).append(row.extra)
        folded = [base for base in extras if base in terms and not terms[base].absent]
        result = []
        for package, term in terms.items():
            row = self._table.rows[package]
            label = row.label
            if self._is_project(package) and not term.absent:
                continue
            if row.is_flag and row.base in folded and not term.absent:
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
