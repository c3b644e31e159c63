"""What the dead left in staging goes, what the living work on stays."""

from __future__ import annotations

import os
from pathlib import Path

from weft.store.staging import Staging, sweep


def test_sweeping_removes_what_nobody_works_on(tmp_path: Path) -> None:
    parent = str(tmp_path / "staging")
    with Staging(parent) as living:
        with Staging(parent) as gone:
            left = gone.abandon()
        Path(left, "half").write_text("of a file")
        Path(parent, "other").mkdir()
        sweep(parent)
        assert sorted(os.listdir(parent)) == sorted([os.path.basename(living.path), "other"])
        sweep(str(tmp_path / "nowhere"))
