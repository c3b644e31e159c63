"""Every explanation is true: its facts, its conclusions, and what its words say of versions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.resolver.universe import (
    Release,
    Universe,
    below,
    effective,
    prerelease_allowed,
    random_request,
    random_universe,
    request,
)
from weft.core.ranges import complement, contains, intersect
from weft.core.specifier import Specifiers
from weft.resolver.clauses import Constrained, Depends, Rejected, Required
from weft.resolver.essence import essence, leaves
from weft.resolver.packages import PackageTable
from weft.resolver.proof import (
    PYTHON,
    AsksForPython,
    Logic,
    NoneAvailable,
    OtherPython,
    Step,
)
from weft.resolver.provider import Provider
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, resolve
from weft.resolver.solution import Contradiction
from weft.resolver.solver import Solver
from weft.resolver.telling import _as_found, tell
from weft.resolver.wording import Wording


class Failed:
    """An impossible request with everything that was learned about it."""

    def __init__(self, universe: Universe, wanted: Request) -> None:
        self.universe, self.wanted = universe, wanted
        self.provider = Provider(wanted, universe)
        self.solver = Solver(self.provider)
        try:
            self.solver.run()
        except Contradiction as contradiction:
            self.proof = contradiction.clause

    @property
    def table(self) -> PackageTable:
        return self.provider.table


def failures(count: int, first: int = 0) -> Iterator[tuple[int, Failed]]:
    seed = first
    while count:
        seed += 1
        dice = random.Random(seed)
        universe = random_universe(dice)
        failed = Failed(universe, random_request(dice, universe))
        if hasattr(failed, "proof"):
            count -= 1
            yield seed, failed


def steps_of(root: Step) -> list[Step]:
    found: dict[Step, None] = {}
    stack = [root]
    while stack:
        step = stack.pop()
        if step not in found:
            found[step] = None
            stack += step.premises
    return list(found)


# Facts are true of the universe


def check_fact(failed: Failed, fact: object) -> None:
    universe, wanted = failed.universe, failed.wanted
    rows = failed.table.rows

    def demanded(demand: object, listed: Sequence[object], extras: frozenset[str]) -> bool:
        row = rows[demand.package]  # type: ignore[attr-defined]
        return any(
            requirement.name == row.name
            and (
                row.extra in requirement.extras
                if row.extra
                else intersect(requirement.specifiers.ranges, complement(demand.ranges)) == ()  # type: ignore[attr-defined]
            )
            for requirement in effective(wanted, listed, extras)  # type: ignore[arg-type]
        )

    if isinstance(fact, Required):
        assert demanded(fact.demand, wanted.requirements, frozenset())
        return
    if isinstance(fact, Constrained):
        name = rows[fact.demand.package].name
        assert any(
            constraint.name == name and constraint.specifiers.ranges == fact.demand.ranges
            for constraint in wanted.constraints
        )
        return
    if isinstance(fact, OtherPython):
        assert below(fact.requires_python)
        return
    row = rows[fact.package]
    if isinstance(fact, NoneAvailable):
        if row.name not in universe.lists:
            return
        for position, key in enumerate(universe.lists[row.name].keys):
            available = prerelease_allowed(universe, wanted, row.name, position)
            assert not (available and contains(fact.ranges, key))
        return
    assert fact.versions
    for position, release in enumerate(universe.releases[row.name]):
        if not fact.versions >> position & 1:
            continue
        listed = universe.metadata[row.name, position].requirements
        if isinstance(fact, Depends):
            extras = frozenset((rows[fact.flag].extra,)) if fact.flag >= 0 else frozenset()
            assert demanded(fact.demand, listed, extras)
        elif isinstance(fact, AsksForPython) or fact.requires_python is not None:
            assert fact.requires_python in (release.python, release.python_in_metadata)
        elif "itself" in fact.reason:
            extras = frozenset((rows[fact.flag].extra,)) if fact.flag >= 0 else frozenset()
            key = universe.lists[row.name].keys[position]
            assert any(
                requirement.name == row.name and not requirement.specifiers.contains_key(key)
                for requirement in effective(wanted, listed, extras)
            )
        else:
            reasons = (release.unusable, f"was yanked (reason: {release.yanked})", release.broken)
            assert fact.reason in reasons


def test_every_fact_of_an_explanation_is_true() -> None:
    kinds: set[type] = set()
    for seed, failed in failures(1500):
        with pytest.raises(NoSolution) as caught:
            resolve(failed.wanted, failed.universe)
        assert caught.value.statements, seed
        for fact in caught.value.statements:
            check_fact(failed, fact)
            kinds.add(type(fact))
    assert kinds == {
        AsksForPython, Constrained, Depends, NoneAvailable, OtherPython, Rejected, Required
    }  # fmt: skip


# Conclusions follow from premises


def worlds(failed: Failed, packages: Sequence[int]) -> Iterator[Mapping[int, bytes | None]]:
    """Every way to install some version of these packages, or none; `b""` for wanted extras."""
    choices: list[list[bytes | None]] = []
    for number in packages:
        row = failed.table.rows[number]
        if row.extra:
            choices.append([None, b"1"])
            continue
        keys = [k for at, k in enumerate(row.versions.keys) if row.available >> at & 1]
        choices.append([None, *keys])
    for combination in itertools.product(*choices):
        yield dict(zip(packages, combination, strict=True))


def allows(step: Step, world: Mapping[int, bytes | None]) -> bool:
    """Whether `world` does what a step says: some term of it does not hold."""
    for package, term in step.terms.items():
        state = b"\x80" if package == PYTHON else world[package]
        holds = term.absent if state is None else contains(term.ranges, state)
        if not holds:
            return True
    return False


@pytest.mark.parametrize("projects", [0, 1, 2])
@pytest.mark.parametrize("order", ["told", "as found"])
def test_every_conclusion_follows_from_its_premises(order: str, projects: int) -> None:
    checked = 0
    for seed, failed in failures(700 if projects == 0 else 350, first=5000):
        proof = essence(failed.proof, failed.solver.book)
        members = [each.name for each in failed.wanted.requirements[:projects]]
        root = tell(proof, failed.table, members)
        if order == "as found":
            root = _as_found(failed.proof, Logic(failed.table, members))
        assert root.terms == {}, seed
        for step in steps_of(root):
            if not step.premises:
                continue
            concerned = [step, *step.premises]
            packages = sorted({p for one in concerned for p in one.terms if p != PYTHON})
            if len(packages) > 7:
                continue
            checked += 1
            for world in worlds(failed, packages):
                if all(allows(premise, world) for premise in step.premises):
                    assert allows(step, world), seed
    assert checked > (1000 if projects == 0 else 400)


def test_no_fact_of_an_explanation_could_be_left_out() -> None:
    for seed, failed in failures(150, first=9000):
        facts = leaves(essence(failed.proof, failed.solver.book))
        packages = sorted({p for clause in facts for p in clause.terms})
        if len(packages) > 8:
            continue
        for left_out in facts:
            rest = [clause for clause in facts if clause is not left_out]
            assert any(
                all(
                    any(state & ~clause.terms[package] for package, state in world.items()
                        if package in clause.terms)
                    for clause in rest
                )
                for world in masks(failed, packages)
            ), seed  # fmt: skip


def masks(failed: Failed, packages: Sequence[int]) -> Iterator[Mapping[int, int]]:
    choices = []
    for number in packages:
        row = failed.table.rows[number]
        count = 1 if row.extra else len(row.versions.keys)
        choices.append([-1 << max(count, 1), *[1 << position for position in range(count)]])
    for combination in itertools.product(*choices):
        yield dict(zip(packages, combination, strict=True))


# Words mean what was proved


def test_the_words_for_a_range_mean_the_versions_that_exist_in_it() -> None:
    compared = 0
    for seed, failed in failures(600, first=20000):
        root = tell(essence(failed.proof, failed.solver.book), failed.table)
        steps = steps_of(root)
        wording = Wording(failed.table, failed.wanted)
        wording.learn([step.statement for step in steps if step.statement is not None])
        for step in steps:
            for package, term in step.terms.items():
                if package == PYTHON or failed.table.rows[package].extra:
                    continue
                row = failed.table.rows[package]
                for ranges in (term.ranges, complement(term.ranges)):
                    if not row.mask(ranges):
                        continue
                    said = 0
                    for part in wording.parts(package, ranges):
                        said |= row.mask(Specifiers.parse(part).ranges)
                    assert said == row.mask(ranges), (seed, row.name, ranges)
                    compared += 1
    assert compared > 1000


@pytest.mark.parametrize(
    "specifiers",
    ["", ">=2", ">2", "<2", "<=2", "==2", "!=2", "~=2.1", "==2.*", "!=2.*", ">=1,<3", ">1,!=2,<4"],
)
def test_demands_are_said_in_the_words_they_came_in(specifiers: str) -> None:
    versions = ("0.5", "1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
    universe = Universe({"a": {version: Release() for version in versions}})
    provider = Provider(request(f"a{specifiers}"), universe)
    (clause,) = provider.roots()
    wording = Wording(provider.table, request())
    wording.learn([clause.cause])
    row = provider.table.package("a")
    demand = clause.cause.demand
    parts = wording.parts(0, demand.ranges)
    said = 0
    for part in parts:
        said |= row.mask(Specifiers.parse(part).ranges)
    assert said == demand.mask
    if specifiers and "!" not in specifiers and "~" not in specifiers:
        assert parts == [specifiers]


def test_a_contradiction_of_many_versions_is_told_shortly() -> None:
    count = 300
    universe = Universe(
        {
            "app": {"1": Release(requires=["boto3", "urllib3>=2", "s3"])},
            "s3": {"1": Release(requires=["botocore"])},
            "boto3": {f"1.{n}": Release(requires=[f"botocore==1.{n}"]) for n in range(count)},
            "botocore": {f"1.{n}": Release(requires=["urllib3<2"]) for n in range(count)},
            "urllib3": {"1.9": Release(), "2.5": Release()},
        }
    )
    with pytest.raises(NoSolution) as caught:
        resolve(request("app"), universe)
    assert len(caught.value.derivation.splitlines()) == 3
    assert "all versions of botocore depend on urllib3<2" in caught.value.derivation
    assert "==" not in caught.value.derivation
