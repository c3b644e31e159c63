"""Many wheels that came together before: what is linked is read by who links it."""

from __future__ import annotations

import json
import marshal
import os
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.wheels import make_wheel

COUNT = 16  # so many are remembered together
NAMES = [f"part{number:02}" for number in range(COUNT)]
FILES = 60  # of each: enough for a second process


@pytest.fixture
def known(weft: Weft, tmp_path: Path) -> Weft:
    """A machine on which they were installed once."""
    for name in NAMES:
        files = {f"{name}/piece{number}.py": f"x = {number}" for number in range(FILES)}
        make_wheel(
            tmp_path / "wheels", name, "1.0", files={**files, f"{name}/empty.py": ""},
            entry_points={"console_scripts": {name: f"{name}.piece1:main"}},
        )  # fmt: skip
    weft.environ["WEFT_FIND_LINKS"] = str(tmp_path / "wheels")
    put(weft, "first", NAMES)
    return weft


def put(weft: Weft, name: str, names: list[str], *words: str) -> None:
    weft.venv(name)
    weft.ok("pip", "install", "--no-index", "--python", name, *words, *names)


def sheets(weft: Weft) -> list[Path]:
    return list((weft.cache / "installed-v1").glob("batch-*"))


def contents(weft: Weft, name: str) -> dict[str, bytes]:
    """All that an environment holds, with its own place taken out of it."""
    root = weft.cwd / name
    found = {}
    for folder, _, names in os.walk(root):
        for each in names:
            path = Path(folder, each)
            if "part" in str(path.relative_to(root)):
                found[str(path.relative_to(root))] = path.read_bytes().replace(
                    os.fsencode(root), b"~"
                )
    return found


def rows(found: dict[str, bytes]) -> dict[str, bytes]:
    """Without the hashes of scripts, which name their environment."""
    return {
        path: b"\n".join(line for line in data.split(b"\n") if b"/bin/" not in line)
        if path.endswith("RECORD")
        else data
        for path, data in found.items()
    }


def test_what_is_linked_out_of_a_known_batch_is_the_same(known: Weft) -> None:
    assert len(sheets(known)) == 1
    put(known, "second", NAMES, "--receipt", "told.json")
    assert rows(contents(known, "second")) == rows(contents(known, "first"))
    told = json.loads((known.cwd / "told.json").read_text())
    assert told["files"] == COUNT * (FILES + 1 + 3)
    assert len(sheets(known)) == 1


def test_the_sums_of_a_known_batch_come_from_its_sheet(known: Weft) -> None:
    put(known, "second", NAMES, "--receipt", "before.json")
    [sheet] = sheets(known)
    form, entries = marshal.loads(sheet.read_bytes())
    entry, outline = entries[0]
    larger = (*outline[:6], outline[6] + 10**6, *outline[7:])
    sheet.write_bytes(marshal.dumps((form, ((entry, larger), *entries[1:]))))
    put(known, "third", NAMES, "--receipt", "after.json")
    before, after = (
        json.loads((known.cwd / f"{name}.json").read_text()) for name in ("before", "after")
    )
    assert after["bytes"] == before["bytes"] + 10**6
    assert after["files"] == before["files"]


def test_few_wheels_are_no_batch_to_remember(known: Weft) -> None:
    put(known, "few", NAMES[1:])
    assert len(sheets(known)) == 1


def test_an_entry_that_cannot_be_read_by_who_links_it_undoes_the_installation(known: Weft) -> None:
    manifest = next(known.cache.glob("entries-v1/*/*/manifest"))
    good = manifest.read_bytes()
    manifest.chmod(0o644)
    manifest.write_bytes(b"nonsense")
    known.venv("second")
    done = known("pip", "install", "--no-index", "--python", "second", *NAMES)
    assert done.code
    assert contents(known, "second") == {}
    manifest.write_bytes(good)
    put(known, "third", NAMES)
    assert rows(contents(known, "third")) == rows(contents(known, "first"))


def test_nothing_is_removed_for_an_entry_that_cannot_be_read(known: Weft) -> None:
    before = contents(known, "first")
    manifest = next(known.cache.glob("entries-v1/*/*/manifest"))
    manifest.chmod(0o644)
    manifest.write_bytes(bytes(manifest.stat().st_size))
    done = known("pip", "install", "--no-index", "--python", "first", "--reinstall", *NAMES)
    assert done.code
    assert "is missing or damaged" in done.err
    assert contents(known, "first") == before
