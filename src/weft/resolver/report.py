"""Why there is no solution, in sentences.

Owns `NoSolution`: the derivation as text, and the hints below it. A proof is told from its leaves
up: "Because A and B, we can conclude that C.", then "And because D, we can conclude that E."; a
conclusion that is needed again later gets a number.
Refuses to prove; see `weft.resolver.essence` and `weft.resolver.telling`. Follows uv's wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.ranges import contains
from weft.resolver.clauses import Depends, Rejected, Required
from weft.resolver.essence import essence
from weft.resolver.proof import AsksForPython, NoneAvailable, OtherPython
from weft.resolver.telling import tell
from weft.resolver.wording import Wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.resolver.clauses import Clause, ClauseBook
    from weft.resolver.packages import PackageTable
    from weft.resolver.proof import Statement, Step
    from weft.resolver.resolution import Request


class Derivation(WeftError):
    """The cause of `NoSolution`: several lines."""

    exit_code = 1


class NoSolution(WeftError):
    """The request cannot be met. `derivation` says why, and is also the cause.

    `statements` are the facts it rests on.
    """

    exit_code = 1

    def __init__(
        self, derivation: str, *, hints: tuple[str, ...], statements: tuple[Statement, ...]
    ) -> None:
        super().__init__("No solution found when resolving dependencies", hints=hints)
        self.derivation = derivation
        self.statements = statements
        self.__cause__ = Derivation(derivation)


def explain(proof: Clause, book: ClauseBook, table: PackageTable, request: Request) -> NoSolution:
    """The error for a proof of the empty clause."""
    root = tell(essence(proof, book), table)
    steps = list(_steps(root))
    statements = tuple([step.statement for step in steps if step.statement is not None])
    wording = Wording(table, request)
    wording.learn(statements)
    text = _Narrator(wording, steps).tell(root)
    hints = tuple(dict.fromkeys(_hints(statements, table, request)))
    return NoSolution(text, hints=hints, statements=statements)


def _steps(root: Step) -> Iterator[Step]:
    """All steps below and including `root`, each once, premises first."""
    seen: set[Step] = set()
    stack = [(root, iter(root.premises))]
    while stack:
        step, rest = stack[-1]
        for premise in rest:
            if premise not in seen:
                seen.add(premise)
                stack.append((premise, iter(premise.premises)))
                break
        else:
            stack.pop()
            yield step


class _Narrator:
    """Turns steps into lines. Iterative: a proof may be thousands of steps deep."""

    def __init__(self, wording: Wording, steps: Sequence[Step]) -> None:
        self._wording = wording
        self._uses: dict[Step, int] = {}
        for step in steps:
            for premise in step.premises:
                self._uses[premise] = self._uses.get(premise, 0) + 1
        self._blocks: list[str] = []
        self._numbers: dict[Step, int] = {}
        self._said: dict[Step, int] = {}  # the block that concludes with the step

    def tell(self, root: Step) -> str:
        """The whole derivation."""
        stack: list[tuple[Step, bool]] = [(root, False)]
        while stack:
            step, ready = stack.pop()
            if step in self._said:
                continue
            if ready:
                self._say(step)
                continue
            stack.append((step, True))
            _, chained = self._leaves(step)
            # The last premise that is told stands right before the step and needs no number.
            stack += [(premise, False) for premise in reversed(chained)]
        return "\n".join(self._blocks)

    def _leaves(self, step: Step) -> tuple[list[Step], list[Step]]:
        """The facts that a step adds, and the conclusions that it builds on.

        A conclusion that serves this step alone and adds but a fact to another one is not told:
        its fact is named together with the step's own.
        """
        facts = [premise for premise in step.premises if not premise.premises]
        conclusions = [premise for premise in step.premises if premise.premises]
        if len(conclusions) != 1 or len(facts) != 1:
            return facts, conclusions
        (inner,) = conclusions
        if self._uses[inner] > 1 or inner in self._said:
            return facts, conclusions
        inner_facts = [premise for premise in inner.premises if not premise.premises]
        inner_conclusions = [premise for premise in inner.premises if premise.premises]
        if len(inner_conclusions) == 1 and len(inner_facts) == 1:
            return inner_facts + facts, inner_conclusions
        return facts, conclusions

    def _say(self, step: Step) -> None:
        facts, conclusions = self._leaves(step)
        words = []
        if conclusions and self._said[conclusions[-1]] == len(self._blocks) - 1:
            opening = "And because "
            conclusions = conclusions[:-1]
        else:
            opening = "Because "
            if self._blocks:
                self._blocks.append("")
        for conclusion in conclusions:
            number = self._number(conclusion)
            words.append(f"we know from ({number}) that {self._wording.conclusion(conclusion)}")
        words += self._facts(facts)
        if not words:  # the step repeats what has just been said
            self._said[step] = len(self._blocks) - 1
            return
        therefore = f"we can conclude that {self._wording.conclusion(step)}"
        text = _joined([opening + words[0], *words[1:]])
        text += therefore if text.endswith("\n") else f", {therefore}"
        self._blocks.append(text + ("" if text.endswith("\n") else "."))
        self._said[step] = len(self._blocks) - 1

    def _number(self, step: Step) -> int:
        """The number of a conclusion, written behind it at its first use."""
        number = self._numbers.get(step)
        if number is None:
            number = self._numbers[step] = len(self._numbers) + 1
            self._blocks[self._said[step]] += f" ({number})"
        return number

    def _facts(self, steps: Sequence[Step]) -> list[str]:
        """The facts in reading order."""
        statements = [step.statement for step in steps if step.statement is not None]
        return self._wording.facts(sorted(dict.fromkeys(statements), key=_rank))


def _rank(fact: Statement) -> tuple[int, int]:
    """What is wrong first, then what follows from it, the request last."""
    if isinstance(fact, OtherPython):
        return 0, 0
    if isinstance(fact, Rejected):
        return 1, 0
    if isinstance(fact, NoneAvailable):
        return 2, 0
    if isinstance(fact, AsksForPython):
        return 3, 0
    if isinstance(fact, Depends):
        return 4, -fact.package  # from the depth of the graph upwards
    return (5, 0) if isinstance(fact, Required) else (6, 0)


def _joined(words: Sequence[str]) -> str:
    """ "A and B", "A, B, and C"; what ends with a list is followed by a new line."""
    text = words[0]
    for position, word in enumerate(words[1:], 1):
        last = position == len(words) - 1
        comma = "," if len(words) > 2 and not text.endswith("\n") else ""
        space = "" if text.endswith("\n") else " "
        text += f"{comma}{space}{'and ' if last else ''}{word}"
    return text


def _hints(statements: Sequence[Statement], table: PackageTable, request: Request) -> Iterator[str]:
    """Advice that the facts of a derivation call for."""
    for fact in statements:
        if isinstance(fact, NoneAvailable):
            row = table.rows[fact.package]
            if row.missing is not None and row.missing.hint:
                yield row.missing.hint
            for position in range(len(row.versions.keys) - 1, -1, -1):
                hidden = not row.available >> position & 1
                if hidden and contains(fact.ranges, row.versions.keys[position]):
                    yield (
                        f"Pre-releases are available for `{row.name}` in the requested range"
                        f" (e.g., {row.versions.texts[position]}), but pre-releases weren't"
                        f" enabled (try: `--prerelease=allow`)"
                    )
                    break
        elif isinstance(fact, Rejected):
            for position, unusable in table.rows[fact.package].unusable.items():
                if fact.versions >> position & 1 and unusable.hint:
                    yield unusable.hint
        elif isinstance(fact, AsksForPython) and request.requested_python:
            row = table.rows[fact.package]
            example = row.versions.texts[fact.versions.bit_length() - 1]
            yield (
                f"The `--python-version` value ({request.requested_python}) includes Python"
                f" versions that are not supported by your dependencies (e.g.,"
                f" {row.name}=={example} only supports {fact.requires_python}). Consider using a"
                f" higher `--python-version` value."
            )
