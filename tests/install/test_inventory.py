"""What is remembered of an environment's distributions holds for one interpreter only."""

from __future__ import annotations

import os
import time
from pathlib import Path

from weft.core.requirement import Requirement
from weft.install.inventory import Inventory
from weft.store.store import Store


def test_another_set_of_tags_is_judged_anew(tmp_path: Path) -> None:
    """Two C libraries, or a build without the GIL: the markers are the same, the wheels are not."""
    info = tmp_path / "site" / "demo-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp313-cp313t-linux_x86_64\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    (info / "RECORD").write_text("")
    os.utime(info / "METADATA", (0, 0))
    store = Store(str(tmp_path / "store"))

    def is_satisfied(tag: str) -> bool:
        inventory = Inventory(
            store, [str(tmp_path / "site")], environment={"python_version": "3.13"}, tags=[tag]
        )
        return inventory.satisfies([Requirement.parse("demo")])

    time.sleep(0.1)  # so that what was read is old enough to be remembered
    assert is_satisfied("cp313-cp313t-linux_x86_64")
    assert not is_satisfied("cp313-cp313-linux_x86_64")
    assert is_satisfied("cp313-cp313t-linux_x86_64")
