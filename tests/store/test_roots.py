"""Environments are found again after a move, and forgotten when they are gone."""

from __future__ import annotations

import marshal
import os
import shutil
from pathlib import Path

import pytest

from tests.support.mounts import Mounter
from weft.store import roots
from weft.store.layout import Bucket
from weft.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def environment(tmp_path: Path, store: Store) -> Path:
    path = tmp_path / "work" / "project" / ".venv"
    path.mkdir(parents=True)
    roots.record(store, str(path), ["e1"], "symlink")
    return path


def paths(store: Store) -> list[str]:
    return [root.path for root in roots.known(store)]


def test_an_environment_that_was_renamed_is_followed(store: Store, environment: Path) -> None:
    moved = environment.rename(environment.parent / "renamed")
    assert roots.forget_missing(store) == []
    (root,) = roots.known(store)
    assert (root.path, set(root.symlinked)) == (str(moved), {"e1"}) and root.is_there()


def test_an_environment_whose_project_was_renamed_is_followed(
    store: Store, environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "work" / "other" / ".venv").mkdir(parents=True)
    environment.parent.rename(tmp_path / "work" / "renamed")
    assert roots.forget_missing(store) == []
    assert paths(store) == [str(tmp_path / "work" / "renamed" / ".venv")]


def test_what_was_installed_after_the_move_is_kept_with_the_rest(
    store: Store, environment: Path
) -> None:
    moved = environment.rename(environment.parent / "renamed")
    os.unlink(store.path(Bucket.LINKED, os.listdir(store.path(Bucket.LINKED))[0]))
    roots.record(store, str(moved), ["e2"], "hardlink")
    assert len(paths(store)) == 2
    roots.forget_missing(store)
    (root,) = roots.known(store)
    assert root.entries == (("e1", "symlink"), ("e2", "hardlink"))


def test_an_environment_that_moved_far_is_known_at_its_next_command(
    store: Store, environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    moved = environment.parent.rename(tmp_path / "far" / "away" / "project") / ".venv"
    roots.record(store, str(moved), ["e2"], "clone")
    (root,) = roots.known(store)
    assert root == roots.Root(str(moved), root.identity, (("e1", "symlink"), ("e2", "clone")))
    assert len(os.listdir(store.path(Bucket.LINKED))) == 1
    roots.forget_missing(store)
    assert paths(store) == [str(moved)]


def test_a_copy_of_an_environment_is_another_one(store: Store, environment: Path) -> None:
    copied = environment.parent / "copy"
    shutil.copytree(environment, copied)
    roots.record(store, str(copied), ["e2"], "clone")
    assert [root.entries for root in roots.known(store)] == [
        (("e1", "symlink"),),
        (("e2", "clone"),),
    ]


def test_a_new_environment_at_the_old_place_does_not_lose_the_moved_one(
    store: Store, environment: Path
) -> None:
    moved = environment.rename(environment.parent / "renamed")
    environment.mkdir()
    roots.record(store, str(environment), ["e2"], "clone")
    assert paths(store) == [str(environment), str(moved)]
    assert roots.symlinked_entries(store) == {"e1"}


def test_an_environment_below_a_directory_that_was_renamed_is_followed(
    store: Store, environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "work").rename(tmp_path / "renamed")
    assert roots.forget_missing(store) == []
    assert paths(store) == [str(tmp_path / "renamed" / "project" / ".venv")]


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_an_environment_that_is_gone_is_forgotten(
    store: Store, environment: Path, levels: int
) -> None:
    shutil.rmtree([environment, *environment.parents][levels])
    assert [root.path for root in roots.forget_missing(store)] == [str(environment)]
    assert paths(store) == [] == os.listdir(store.path(Bucket.LINKED))


@pytest.mark.mounts
def test_an_environment_on_a_file_system_that_is_away_is_kept(
    store: Store, mounts: Mounter
) -> None:
    point = mounts.tmpfs("disk")
    (point / "env").mkdir()
    roots.record(store, str(point / "env"), ["e1"], "symlink")
    mounts.unmount(point)
    assert point.is_dir()  # the mount point itself lies on another file system
    assert roots.forget_missing(store) == []
    assert paths(store) == [str(point / "env")]


def test_another_number_of_the_same_device_makes_no_other_environment(
    store: Store, environment: Path
) -> None:
    """As after a start of the machine that found its disks in another order."""
    (root,) = roots.known(store)
    device, inode = root.identity
    renumbered = roots.Root(root.path, (device + 1, inode), root.entries)
    roots.replace_mode(store, renumbered, [], "")
    assert roots.known(store)[0].identity == (device + 1, inode)
    assert roots.forget_missing(store) == []
    roots.record(store, str(environment), ["e2"], "clone")
    (root,) = roots.known(store)
    assert root.identity == (device, inode) and root.symlinked == {"e1"}


def test_an_environment_made_anew_looks_for_no_other_one_that_needs_nothing(
    store: Store, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots.record(store, str(environment), ["e1"], "hardlink")
    environment.rename(environment.parent / "renamed")
    environment.mkdir()
    looked: list[object] = []
    monkeypatch.setattr(os, "listdir", looked.append)
    roots.record(store, str(environment), ["e2"], "hardlink")
    monkeypatch.undo()
    assert looked == []
    [root] = roots.known(store)
    assert root.entries == (("e2", "hardlink"),)


def test_projects_are_noted_with_their_entries(store: Store, environment: Path) -> None:
    path = str(environment)
    roots.record(store, path, ["e1", "e2"], "clone", projects={"e1": "one", "e2": "two"})
    roots.record(store, path, ["e3"], "clone", removed=["e1"])
    root = roots.find(store, path)
    assert root is not None and root.projects == (("e2", "two"),)
    moved = environment.rename(environment.parent / "renamed")
    roots.move(store, path, str(moved))
    root = roots.find(store, str(moved))
    assert root is not None and root.projects == (("e2", "two"),)


def test_a_note_of_old_has_no_projects(store: Store, environment: Path) -> None:
    roots.record(store, str(environment), ["e1"], "symlink", projects={"e1": "one"})
    [name] = os.listdir(store.path(Bucket.ROOTS))
    fields = marshal.loads(store.read(Bucket.ROOTS, name) or b"")
    store.write(Bucket.ROOTS, name, marshal.dumps(fields[:5], 4))
    root = roots.find(store, str(environment))
    assert root is not None and (root.entries, root.projects) == ((("e1", "symlink"),), ())
