"""`python -m tests.conformance`: run the scenarios and print a table.

Owns the options and the report. Ends with 1 where a scenario fails, on any kind of index.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import copy
import fnmatch
import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path

from packaging.version import Version

from tests.conformance.comparing import difference, same_message
from tests.conformance.environments import interpreters
from tests.conformance.index import KINDS
from tests.conformance.running import Choices, Result, Runner
from tests.conformance.scenarios import Scenario, amend, fetch, load


def main() -> int:
    options = _options().parse_args()
    archive = options.scenarios or fetch()
    chosen = _chosen(load(archive), options)
    if options.list:
        for scenario in chosen:
            print(f"{scenario.kind:8} {scenario.id}")
        return 0
    pythons = interpreters(options.python)
    print(f"{len(chosen)} scenarios of {archive.name}")
    print("Python", ", ".join(sorted(pythons, key=Version)))
    top = options.work or Path(tempfile.mkdtemp(prefix="conformance-"))
    failed = 0
    report = {}
    for name in options.index or KINDS:
        choices = Choices(
            index=KINDS[name], pythons=pythons, timeout=options.timeout, keep=options.keep,
            variables=tuple(_pair(text) for text in options.env),
            prefixes=tuple({"UV_", f"{Path(_command(options.cli)[0]).name.upper()}_", "WEFT_"}),
            lock_name=options.lock_name, sync=options.sync, again=options.again,
        )  # fmt: skip
        bad, rows = _one_index(name, chosen, choices, top / name, options)
        failed += bad
        report[name] = rows
    if options.json:
        options.json.write_text(json.dumps(report, indent=1))
    if options.keep:
        print("everything is kept in", top)
    else:
        shutil.rmtree(top, ignore_errors=True)
    return 1 if failed else 0


def _one_index(
    name: str, chosen: list[Scenario], choices: Choices, top: Path, options: argparse.Namespace
) -> tuple[int, list[dict[str, object]]]:
    """Run every scenario on one kind of index; the number that failed, and a row for each."""
    scenarios = [copy.copy(scenario) for scenario in chosen]
    for scenario in scenarios:
        if options.expect == "uv":
            amend(scenario, dynamic=choices.index.dynamic)
    words = _command(options.cli)
    runner = Runner(words, top / "cli", choices)
    reference = None
    if options.reference:
        reference = Runner(_command(options.reference), top / "reference", choices)
    began = time.monotonic()
    same, rows, table = 0, [], {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(runner.run, scenarios):
            if reference is not None:
                other = reference.run(result.scenario)
                told = difference(result, other)
                result.checks["reference" if options.strict else "differs"] = told
                names = (Path(words[0]).name, Path(_command(options.reference)[0]).name)
                same += same_message(result, other, names)
                if told and not options.strict:
                    print(f"     differs: {result.scenario.id}: {result.checks.pop('differs')}")
            counts = table.setdefault(result.scenario.kind, [0, 0])
            counts[bool(result.faults)] += 1
            rows.append(_row(result))
            if result.faults or options.verbose:
                _tell(result)
    total = " ".join(f"{kind} {good} of {good + bad}" for kind, (good, bad) in table.items())
    print(f"{name:12} {total}   {time.monotonic() - began:.1f} s", end="")
    print(f"   same messages {same}" if reference else "", flush=True)
    return sum(bad for _, bad in table.values()), rows


def _chosen(scenarios: list[Scenario], options: argparse.Namespace) -> list[Scenario]:
    def named(scenario: Scenario, patterns: list[str]) -> bool:
        return any(
            fnmatch.fnmatch(scenario.id, text) or text in scenario.id for text in patterns
        )  # fmt: skip

    if options.as_lock:
        for scenario in scenarios:
            if scenario.kind != "lock":  # whether these can be solved everywhere, nobody says
                scenario.kind, scenario.solvable, scenario.other_pythons = "lock", None, []
                scenario.python = max(scenario.python, "3.12", key=Version)
    kinds = options.kinds.split(",")
    return [
        scenario
        for scenario in scenarios
        if scenario.kind in kinds
        and (not options.select or named(scenario, options.select))
        and not named(scenario, options.exclude)
    ]


def _tell(result: Result) -> None:
    print(f"{'fail' if result.faults else 'pass'} {result.scenario.id} {result.seconds:.2f} s")
    for check, reason in result.faults.items():
        print(f"     {check}: {reason[:600]}")
    if result.faults and result.run is not None:
        print(f"     $ {shlex.join(result.run.words)}")
        for line in (result.run.out[-800:] + result.run.err[-1500:]).splitlines():
            print(f"     | {line}")
    sys.stdout.flush()


def _row(result: Result) -> dict[str, object]:
    run = result.run
    return {
        "id": result.scenario.id,
        "kind": result.scenario.kind,
        "faults": result.faults,
        "amended": result.scenario.amended,
        "found": result.found,
        "pins": result.pins,
        "lock": result.lock,
        "seconds": round(result.seconds, 3),
        "command": run and {"code": run.code, "out": run.out, "err": run.err},
    }


def _command(text: str) -> list[str]:
    words = shlex.split(text)
    path = shutil.which(words[0])
    if path is None:
        sys.exit(f"command not found: {words[0]}")
    return [os.path.abspath(path), *words[1:]]


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    add = parser.add_argument
    add("--cli", required=True, help="the command, for example `weft` or `python -m weft`")
    add("--reference", help="another command, run on the same scenarios and compared")
    add("--strict", action="store_true", help="another answer than the reference's is a failure")
    add("--index", action="append", choices=list(KINDS), help="kind of index (default: every one)")
    add("--kinds", default="install,compile,lock")
    add("--select", action="append", default=[], help="part or pattern of an id; repeatable")
    add("--exclude", action="append", default=[])
    add("--scenarios", type=Path, help="a source distribution of packse that is here already")
    add("--expect", choices=["uv", "published"], default="uv", help="published: amend nothing")
    add("--as-lock", action="store_true", help="run install and compile scenarios as locks")
    add("--sync", action="store_true", help="also sync what was locked")
    add(
        "--again", action="store_true", help="also run what installs and compiles again, four times"
    )
    add("--lock-name", default="uv.lock", help="name of the lock file that the command writes")
    add("--python", action="append", default=[], help="path of a further interpreter; repeatable")
    add("--env", action="append", default=[], help="NAME=VALUE for the command; repeatable")
    add("--jobs", "-j", type=int, default=os.cpu_count() or 1)
    add("--timeout", type=float, default=60, help="seconds for one command")
    add("--json", type=Path, help="write a report here")
    add("--work", type=Path, help="a new directory to work in")
    add("--keep", action="store_true", help="keep that directory")
    add("--list", action="store_true", help="only list what would run")
    add("--verbose", "-v", action="store_true", help="tell every scenario")
    return parser


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
