"""Much used projects of the public index, built from their source distributions.

Three with different back ends; `python -m bench.sdists` does all of `bench/sdists.toml`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Weft


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("six", "six"),  # setup.py alone
        ("idna", "idna"),  # flit-core
        ("urllib3", "urllib3"),  # hatchling, and a version out of the archive's own metadata
    ],
)
def test_a_much_used_project_is_built_from_its_source_distribution(
    tmp_path: Path, name: str, module: str
) -> None:
    weft = Weft(tmp_path)
    weft.venv()
    weft.environ.pop("PYTHONWARNINGS")  # back ends of others may warn of whatever they like
    done = weft.ok("pip", "install", "--no-binary", name, name)
    assert any(line.startswith(f"   Building {name}==") for line in done.lines)
    assert weft.python(".venv", f"import {module}; print({module}.__name__)") == module
    info = next(weft.site_packages().glob(f"{name}-*.dist-info"))
    assert json.loads((info / "uv_build.json").read_text()) == {}
    assert (info / "INSTALLER").read_text().strip() == "weft"
    assert weft.ok("pip", "check").code == 0
