"""Why there is no solution, in sentences.

Owns `NoSolution`: the derivation as text, and the hints below it. A proof is told from its leaves
up: "Because A and B, we can conclude that C.", then "And because D, we can conclude that E."; a
conclusion that is needed again later gets a number.
Refuses to prove; see `weft.resolver.essence` and `weft.resolver.telling`. Follows uv's wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.resolver.clauses import Depends, Rejected, Required
from weft.resolver.essence import essence
from weft.resolver.hints import hints_of
from weft.resolver.proof import AsksForPython, NoneAvailable, OtherPython
from weft.resolver.telling import tell
from weft.resolver.wording import Wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.resolver.clauses import Clause, ClauseBook
    from weft.resolver.packages import PackageTable
    from weft.resolver.proof import Statement, Step
    from weft.resolver.resolution import Request


class Derivation(WeftError):
    """The cause of `NoSolution`: several lines."""

    exit_code = 1


class NoSolution(WeftError):
    """The request cannot be met. `derivation` says why, and is also the cause.

    `statements` are the facts it rests on; the numbers in them are places in `packages`. `split`
    names the environments that it is about, where the others were solved or not tried.
    """

    exit_code = 1

    def __init__(
        self,
        derivation: str,
        *,
        hints: tuple[str, ...],
        statements: tuple[Statement, ...],
        packages: tuple[str, ...],
        split: str = "",
    ) -> None:
        where = f" for split ({split})" if split else ""
        super().__init__(f"No solution found when resolving dependencies{where}", hints=hints)
        self.derivation = derivation
        self.statements = statements
        self.packages = packages
        self.split = split
        self.__cause__ = Derivation(derivation)

    def advise(self, *hints: str, first: bool = False) -> None:
        """Add what else there is to say, above or below what the resolver says by itself."""
        self._hints = (*hints, *self._hints) if first else (*self._hints, *hints)


def explain(
    proof: Clause,
    book: ClauseBook,
    table: PackageTable,
    request: Request,
    *,
    split: str = "",
    markers: Mapping[tuple[str, str], str] | None = None,
) -> NoSolution:
    """The error for a proof of the empty clause, in the environments of `split` if given.

    `markers` tells of demands, by label and text, where alone they count.
    """
    root = tell(essence(proof, book), table, request.members)
    steps = list(_steps(root))
    statements = tuple([step.statement for step in steps if step.statement is not None])
    wording = Wording(table, request, markers)
    wording.learn(statements)
    text = _Narrator(wording, steps).tell(root)
    hints = tuple(dict.fromkeys(hints_of(statements, table, request)))
    packages = tuple([row.label for row in table.rows])
    return NoSolution(text, hints=hints, statements=statements, packages=packages, split=split)


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
        self._said: dict[Step, int] = {}  # the block that concludes with the step
        self._recalled: set[int] = set()  # blocks that a later one refers to

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
            # The last conclusion that is told stands right before the step and needs no number.
            _, conclusions = self._parts(step)
            stack += [(premise, False) for premise in reversed(conclusions)]
        numbers = {block: number for number, block in enumerate(sorted(self._recalled), 1)}
        for block, number in numbers.items():
            self._blocks[block] += f" ({number})"
        text = "\n".join(self._blocks)
        for block, number in numbers.items():
            text = text.replace(_recall(block), f"({number})")
        return text

    def _parts(self, step: Step) -> tuple[list[Step], list[Step]]:
        """The facts that a step adds, and the conclusions that it builds on.

        A conclusion that serves this step alone and adds but one fact to another one is not
        told: its fact is named together with the step's own.
        """
        facts, conclusions = _split(step)
        if len(conclusions) == 1 and len(self._phrases(facts)) == 1:
            inner_facts, inner_conclusions = _split(conclusions[0])
            alone = self._uses[conclusions[0]] == 1 and len(inner_conclusions) == 1
            if alone and len(self._phrases(inner_facts)) == 1:
                return inner_facts + facts, inner_conclusions
        return facts, conclusions

    def _say(self, step: Step) -> None:
        facts, conclusions = self._parts(step)
        opening = "Because "
        if conclusions and self._said[conclusions[-1]] == len(self._blocks) - 1:
            opening = "And because "
            conclusions = conclusions[:-1]
        elif self._blocks:
            self._blocks.append("")
        words = []
        for conclusion in conclusions:
            block = self._said[conclusion]
            self._recalled.add(block)
            said = self._wording.conclusion(conclusion)
            words.append(f"we know from {_recall(block)} that {said}")
        words += self._phrases(facts)
        if words:
            therefore = f"we can conclude that {self._wording.conclusion(step)}"
            text = _joined([opening + words[0], *words[1:]])
            text += therefore if text.endswith("\n") else f", {therefore}"
            self._blocks.append(text + ("" if text.endswith("\n") else "."))
        self._said[step] = len(self._blocks) - 1

    def _phrases(self, steps: Sequence[Step]) -> list[str]:
        """The facts in reading order."""
        statements = [step.statement for step in steps if step.statement is not None]
        return self._wording.facts(sorted(dict.fromkeys(statements), key=_rank))


def _split(step: Step) -> tuple[list[Step], list[Step]]:
    """The premises that are facts, and those that are conclusions."""
    facts = [premise for premise in step.premises if not premise.premises]
    return facts, [premise for premise in step.premises if premise.premises]


def _recall(block: int) -> str:
    """Stands for a number until all numbers are known."""
    return f"(\0{block})"


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


def _joined(phrases: Sequence[str]) -> str:
    """ "A and B", "A, B, and C"; behind a phrase that ends with a list a new line begins."""
    text = ""
    group: list[str] = []
    for position, phrase in enumerate(phrases, 1):
        group.append(phrase)
        last = position == len(phrases)
        if last or phrase.endswith("\n"):
            text += ("and " if text and last else "") + _enumerated(group)
            group = []
    return text


def _enumerated(phrases: Sequence[str]) -> str:
    if len(phrases) < 3:
        return " and ".join(phrases)
    return ", ".join(phrases[:-1]) + ", and " + phrases[-1]
