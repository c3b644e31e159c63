"""What the tests of Git share: a store, a repository with some history, and what was told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.git_repositories import Repository, environment
from weft.core.events import Step
from weft.fetch.git import Git
from weft.fetch.git_command import GitFailure
from weft.fetch.git_url import parse_git_url
from weft.store.store import Store

ABSENT = "0123456789012345678901234567890123456789"


def make_room(root: Path, factory: pytest.TempPathFactory) -> Room:
    """A room below `root`; its history is made once and copied."""
    template = factory.getbasetemp() / "git-template"
    if not template.exists():
        made = Repository(template)
        made.commit({"a.txt": "1", "b.txt": "unchanged"}, tag="v1")
        made.commit({"a.txt": "2"})
        made.git("branch", "feat/x")
        made.commit({"a.txt": "3", "sub/c.txt": "c"})
        made.git("tag", "--annotate", "-m", "Two", "v2")
    return Room(root, template)


class Room:
    """A store, a repository with some history, and what was told."""

    def __init__(self, root: Path, template: Path) -> None:
        self.root = root
        (root / "trees").mkdir()
        self.store = Store(str(root / "store"))
        self.events: list[Any] = []
        self.repository = Repository(root / "served" / "demo", like=template)
        commits = self.repository.git("rev-parse", "main~2", "main~1", "main")
        self.first, self.second, self.third = commits.split()

    def git(self, **options: Any) -> Git:
        options.setdefault("offline", False)
        options.setdefault("environ", environment(self.root))
        return Git(self.store, sink=self.events.append, **options)

    def take(self, address: str, *, git: Git | None = None) -> tuple[str, Path]:
        """Resolve and check out: the commit and the tree."""
        git = git or self.git()
        url = parse_git_url(f"git+{address}")
        commit = git.resolve(url)
        directory = self.root / "trees" / str(len(os.listdir(self.root / "trees")))
        tree = git.checkout(
            url.repository, commit, str(directory), subdirectory=url.subdirectory, lfs=url.lfs
        )
        return commit, Path(tree)

    @property
    def told(self) -> list[str]:
        assert all(isinstance(event, Step) for event in self.events)
        return [f"{event.verb} {event.text}" for event in self.events]

    @property
    def clones(self) -> list[str]:
        place = Path(self.store.root) / "git-v1" / "db"
        return sorted(os.listdir(place)) if place.exists() else []


def causes(error: BaseException) -> list[str]:
    """The message of an error and of its causes, outermost first."""
    found = []
    each: BaseException | None = error
    while each is not None:
        found.append(str(each))
        each = each.__cause__
    return found


def refused(call: Callable[[], object]) -> GitFailure:
    with pytest.raises(GitFailure) as caught:
        call()
    assert caught.value.exit_code == 1
    return caught.value
