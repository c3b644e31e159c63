"""Locks and environments of projects through the Python API."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import weft


@pytest.fixture
def project(config: weft.Config) -> Path:
    directory = Path(config.cwd) / "shop"
    directory.mkdir()
    (directory / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["lantern==1.0"]\n'
        '[project.optional-dependencies]\nglass = ["mirror"]\n'
        '[dependency-groups]\ndev = ["oil<3"]\n'
    )
    return directory


def installed(config: weft.Config, project: Path) -> set[str]:
    return {each.name for each in weft.list_packages(project / ".venv", config=config)}


def test_a_project_is_locked_once_and_then_unchanged(config: weft.Config, project: Path) -> None:
    first = weft.lock_project("shop", python=sys.executable, config=config)
    assert first.changed
    assert first.path == str(project / "uv.lock")
    assert {each.name for each in first.packages} >= {"shop", "lantern", "wick", "mirror"}
    own = next(each for each in first.packages if each.name == "shop")
    assert (own.version, own.source, own.location) == ("1", "virtual", ".")
    again = weft.lock_project(project, python=sys.executable, locked=True, config=config)
    assert not again.changed
    assert again.packages == first.packages


def test_an_old_lock_is_an_error_where_it_has_to_be_right(
    config: weft.Config, project: Path
) -> None:
    weft.lock_project(project, python=sys.executable, config=config)
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace("lantern==1.0", "lantern==0.9"))
    before = (project / "uv.lock").read_bytes()
    with pytest.raises(weft.LockOutdated):
        weft.lock_project(project, python=sys.executable, locked=True, config=config)
    planned = weft.lock_project(project, python=sys.executable, dry_run=True, config=config)
    assert planned.changed
    assert planned.reason
    assert (project / "uv.lock").read_bytes() == before
    made = weft.lock_project(project, python=sys.executable, config=config)
    assert ("lantern", "0.9") in {(each.name, each.version) for each in made.packages}


def test_versions_stay_locked_until_they_are_upgraded(config: weft.Config, project: Path) -> None:
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace('"lantern==1.0"', '"lantern", "wick<2"'))
    weft.lock_project(project, python=sys.executable, config=config)
    (project / "pyproject.toml").write_text(text.replace('"lantern==1.0"', '"lantern", "wick"'))

    def wick(lock: weft.Lock) -> str:
        return next(each.version for each in lock.packages if each.name == "wick")

    assert wick(weft.lock_project(project, python=sys.executable, config=config)) == "1.5"
    upgraded = weft.lock_project(
        project, python=sys.executable, upgrade_packages=["wick"], config=config
    )
    assert wick(upgraded) == "2.0"


def test_the_environment_of_a_project_is_made_and_kept(config: weft.Config, project: Path) -> None:
    changed = weft.sync_project(project, python=sys.executable, config=config)
    assert changed.added == {"lantern": "1.0", "oil": "2.0", "wick": "2.0"}
    assert weft.sync_project(project, python=sys.executable, frozen=True, config=config).added == {}
    more = weft.sync_project(project, python=sys.executable, extras=["glass"], config=config)
    assert more.added == {"mirror": "1.0"}
    assert installed(config, project) == {"lantern", "mirror", "oil", "wick"}
    less = weft.sync_project(
        project, python=sys.executable, no_groups=["dev"], dry_run=True, config=config
    )
    assert less.removed == {"mirror": "1.0"}
    assert installed(config, project) == {"lantern", "mirror", "oil", "wick"}


def test_no_project_is_an_error(config: weft.Config) -> None:
    with pytest.raises(weft.WeftError, match=r"pyproject\.toml"):
        weft.lock_project(config=config)
