"""Uninstalling again what a killed command has left."""

from __future__ import annotations

from pathlib import Path

from tests.support.commands import Weft
from tests.support.wheels import make_wheel


def test_uninstalling_again_removes_what_a_killed_command_left(weft: Weft, wheels: Path) -> None:
    make_wheel(wheels, "demo", "1.0", entry_points={"console_scripts": {"demo": "demo:main"}})
    environment = weft.venv()
    weft.ok("pip", "install", "demo")
    site = weft.site_packages()
    mark = site / "~demo-1.0.dist-info.weft-remove"
    (site / "demo-1.0.dist-info").rename(mark)  # all that it did
    weft.ok("pip", "uninstall", "--dry-run", "demo")
    assert (site / "demo").exists()
    again = weft.ok("pip", "uninstall", "demo")
    assert "warning: No packages to uninstall" in again.lines
    assert not (environment / "bin" / "demo").exists()
    assert not (site / "demo").exists()
    assert not mark.exists()
