"""The same scenario with two command lines.

Owns the comparison of results. Refuses to call a difference in durations or addresses one.
"""

from __future__ import annotations

import re

from tests.conformance.running import Result

# What a run says besides the outcome: which interpreter, which environment.
_ASIDE = re.compile(r"(?m)^(Using (Python|CPython) .*|Creating virtual environment .*)$")


def difference(result: Result, reference: Result) -> str:
    """How the two answers differ; empty where they are the same."""
    ours, theirs = result.run, reference.run
    if ours is None or theirs is None:
        return "one of them did not run"
    if ours.code != theirs.code:
        return f"exit code {ours.code}, reference {theirs.code}"
    if result.found != reference.found:
        return f"{result.found}, reference {reference.found}"
    if result.pins != reference.pins:
        return f"{result.pins}, reference {reference.pins}"
    if (lock := neutral(result.lock)) != (other := neutral(reference.lock)):
        pairs = zip(lock.splitlines(), other.splitlines(), strict=False)
        first = next(((one, two) for one, two in pairs if one != two), ("", "another length"))
        return f"the lock says `{first[0]}`, reference `{first[1]}`"
    return ""


def same_message(result: Result, reference: Result, names: tuple[str, str]) -> bool:
    """Whether both wrote the same to stderr, each with its own name in it."""
    ours, theirs = result.run, reference.run
    if ours is None or theirs is None:
        return False
    ours_said = re.sub(rf"\b{re.escape(names[0])}\b", "NAME", message(ours.err))
    return ours_said == re.sub(rf"\b{re.escape(names[1])}\b", "NAME", message(theirs.err))


def neutral(text: str) -> str:
    """Without the address of the index."""
    return re.sub(r"http://127\.0\.0\.1:\d+", "INDEX", text)


def message(text: str) -> str:
    """Without durations, addresses and line breaks."""
    text = re.sub(r"\b\d+(\.\d+)?(ms|s)\b", "T", neutral(_ASIDE.sub("", text)))
    return re.sub(r"\s+", " ", text).strip()
