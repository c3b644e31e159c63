"""`weft workspace metadata` with an environment: what is installed, and whose the modules are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.beside_uv import Twins
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel
from weft.ops.module_owners import modules_of

PROJECT = """[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["lantern==1.0", "multi-pack"]
"""
FILES = (
    "multi/__init__.py", "multi/sub/__init__.py", "multi/ext.cpython-311-x86_64-linux-gnu.so",
    "single.py", "_private.py", "ns/inner/mod.py", "data/x.txt", "stub-stubs/__init__.pyi",
    "typed.pyi", "bad-name.py", "1x.py", "wick/extra.py", "fast.abi3.so",
)  # fmt: skip


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer, wheels: Path, caches: Path) -> Twins:
    make_wheel(wheels, "multi-pack", "1.0", files=dict.fromkeys(FILES, ""))
    found = Twins(tmp_path / "twins", index.url, caches)
    found.write("pyproject.toml", PROJECT)
    found.environ["UV_PREVIEW_FEATURES"] = "workspace-metadata"
    return found


def same(twins: Twins, *words: str, **environ: str) -> dict[str, Any]:
    """The documents are the same but for the places of the two."""
    ours, theirs = (
        twins.outcome(name, "workspace", "metadata", *words, **environ) for name in ("weft", "uv")
    )
    assert (ours.code, ours.out) == (theirs.code, theirs.out), ours.err + theirs.err
    return json.loads(ours.out)  # type: ignore[no-any-return]


def test_modules_and_their_owners_are_told_like_uv(twins: Twins) -> None:
    document = same(twins, "--sync")
    assert [*document] == ["schema", "workspace_root", "environment", "workspace",
                           "requires_python", "conflicts", "modules", "members",
                           "resolution"]  # fmt: skip
    assert len(document["modules"]["wick"]["owners"]) == 2
    assert {each["name"] for each in document["environment"]["packages"].values()} == {
        "lantern", "multi-pack", "oil", "wick",
    }  # fmt: skip


def test_an_environment_that_is_there_is_told_of_without_being_asked(twins: Twins) -> None:
    assert "environment" not in same(twins)
    same(twins, "--sync")
    assert "environment" in same(twins)
    assert "environment" in same(twins, "--frozen")
    assert "environment" in same(twins, "--sync", "--locked")


def test_what_is_not_in_the_lock_stays_unless_it_is_exact(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT.replace(', "multi-pack"', ""))
    weft.ok("sync")
    weft.ok("pip", "install", "mirror")
    done = weft.ok("workspace", "metadata", "--sync", "--preview")
    assert "mirror" not in json.loads(done.out)["modules"]
    assert (weft.site_packages() / "mirror").exists()
    assert "Installed" not in done.err
    weft.ok("workspace", "metadata", "--sync", "--exact", "--preview")
    assert not (weft.site_packages() / "mirror").exists()


def test_exact_is_only_for_sync(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    done = weft("workspace", "metadata", "--exact")
    assert done.code == 2
    assert "  --sync" in done.lines


def test_a_script_has_an_environment_of_its_own(weft: Weft) -> None:
    (weft.cwd / "job.py").write_text('# /// script\n# dependencies = ["oil==3.0"]\n# ///\n')
    words = ("workspace", "metadata", "--preview", "--script", "job.py")
    assert "environment" not in json.loads(weft.ok(*words).out)
    document = json.loads(weft.ok(*words, "--sync").out)
    assert [*document["modules"]] == ["oil"]
    assert document["environment"]["root"].startswith(str(weft.cache))


def test_only_what_can_be_imported_is_a_module() -> None:
    assert modules_of([*FILES, "../outside.py", "__pycache__/x.cpython-311.pyc", "a/__init__.py",
                       "demo-1.0.dist-info/RECORD", "__init__.py", "/abs/x.py"]) == {
        "multi", "multi.sub", "multi.ext", "single", "_private", "ns", "ns.inner", "ns.inner.mod",
        "wick", "wick.extra", "fast", "a",
    }  # fmt: skip
