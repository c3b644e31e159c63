"""The account of what happened: sums, fall-backs, and the warning about a copy."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.link.receipt import COPY_THRESHOLD, Receipt, Tally
from weft.system.mounts import Mount

DISK = Mount(1, "8:1", "/", "/", "ext4", "/dev/sda1", "rw")
RAM = Mount(2, "0:30", "/", "/ram", "tmpfs", "tmpfs", "rw")
REFUSALS = (
    (),
    (("clone", errno.EOPNOTSUPP),),
    (("clone", errno.EXDEV), ("hardlink", errno.EXDEV)),
)

TALLIES = st.builds(
    Tally,
    mode=st.sampled_from(["hardlink", "copy", "empty", "symlink"]),
    refusals=st.sampled_from(REFUSALS),
    store=st.sampled_from([DISK, None]),
    target=st.sampled_from([DISK, RAM, None]),
    files=st.integers(0, 50),
    bytes=st.integers(0, 1 << 30),
    example=st.just("/x"),
)
RECEIPTS = st.builds(Receipt, st.lists(TALLIES, max_size=8).map(tuple))


@given(st.lists(RECEIPTS, max_size=5))
def test_merging_keeps_every_sum(receipts: list[Receipt]) -> None:
    merged = Receipt.merge(receipts)
    assert sum(merged.files.values()) == sum(sum(each.files.values()) for each in receipts)
    assert sum(merged.bytes.values()) == sum(sum(each.bytes.values()) for each in receipts)
    ways = [(tally.mode, tally.refusals, tally.store, tally.target) for tally in merged.tallies]
    assert len(set(ways)) == len(ways)


@given(RECEIPTS)
def test_the_json_form_adds_up_and_is_json(receipt: Receipt) -> None:
    page = json.loads(json.dumps(receipt.to_json()))
    assert page["files"] == sum(row["files"] for row in page["modes"])
    assert page["bytes"] == sum(row["bytes"] for row in page["modes"])
    for row in page["fallbacks"]:
        assert row["reason"] == errno.errorcode[row["errno"]]
    # Whatever arrives at a mode by a fall-back is among the files of some mode.
    assert sum(row["files"] for row in page["fallbacks"]) <= 2 * page["files"]


def copies(size: int, *, example: str = "/ram/env/lib/x.py") -> Receipt:
    shared = Tally("hardlink", (("clone", 95),), DISK, DISK, 3, 5000, "/env/y")
    copied = Tally("copy", (("clone", 95), ("hardlink", errno.EXDEV)), DISK, RAM, 7, size, example)
    return Receipt((shared, copied))


def test_each_step_of_a_fall_back_is_named_with_its_error() -> None:
    steps = [
        (step.from_mode, step.to_mode, step.errno, step.files, step.bytes)
        for step in copies(9000).fallbacks
    ]
    assert steps == [
        ("clone", "hardlink", 95, 7, 9000),
        ("hardlink", "copy", errno.EXDEV, 7, 9000),
        ("clone", "hardlink", 95, 3, 5000),
    ]
    assert copies(9000).store == DISK
    assert copies(9000).target == RAM


@pytest.mark.parametrize(
    ("requested", "size", "warns"),
    [
        ("auto", COPY_THRESHOLD, True),
        ("symlink", COPY_THRESHOLD, True),
        ("auto", COPY_THRESHOLD - 1, False),
        ("copy", 10 * COPY_THRESHOLD, False),
    ],
)
def test_a_copy_is_told_unless_it_is_small_or_was_asked_for(
    requested: str, size: int, warns: bool
) -> None:
    assert (copies(size).copy_warning(requested) is not None) is warns  # type: ignore[arg-type]


def test_a_copy_that_was_asked_for_is_no_fall_back() -> None:
    receipt = Receipt((Tally("copy", (), DISK, RAM, 1, 1 << 40, "/x"),))
    assert receipt.copy_warning("auto") is None


def test_the_warning_says_what_it_cost_and_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "env" / "lib").mkdir(parents=True)
    warning = copies(412 << 20, example=str(tmp_path / "env" / "lib" / "x.py")).copy_warning("auto")
    assert warning is not None
    text, hint = warning
    assert text == (
        "Copied 412.0MiB into the environment instead of sharing it with the cache: `hardlink` "
        "from `/` (ext4) to `/ram` (tmpfs) failed with "
        f"`{os.strerror(errno.EXDEV)}` (os error 18)"
    )
    assert hint.startswith("Run `export WEFT_CACHE_DIR=/")
    assert hint.endswith("or pass `--link-mode copy` if that is intended")
