"""From references to commits and trees, over real repositories on the file system and over HTTP."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fetch.git_room import ABSENT, Room, causes, make_room, refused
from tests.support.git_repositories import GitServer, Repository
from weft.fetch.git import SubdirectoryMissing
from weft.fetch.git_url import parse_git_url


@pytest.fixture
def room(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return make_room(tmp_path, tmp_path_factory)


# What a reference stands for.


def test_every_kind_of_reference_is_found(room: Room) -> None:
    room.repository.git("update-ref", "refs/pull/1/head", room.second)
    room.repository.git("tag", "twice", room.first)
    room.repository.git("branch", "twice", room.second)
    expected = {
        "": room.third,
        "@HEAD": room.third,
        "@main": room.third,
        "@feat/x": room.second,
        "@v1": room.first,
        "@v2": room.third,
        "@refs/heads/feat/x": room.second,
        "@refs/tags/v2": room.third,
        "@refs/pull/1/head": room.second,
        f"@{room.second}": room.second,
        f"@{room.second.upper()}": room.second,
        f"@{room.second[:7]}": room.second,
        "@twice": room.second,  # a branch goes before a tag
    }
    found = {each: room.take(room.repository.url + each) for each in expected}
    assert {each: commit for each, (commit, _) in found.items()} == expected
    digits = {room.first: "1", room.second: "2", room.third: "3"}
    for commit, tree in found.values():
        assert (tree / "a.txt").read_text() == digits[commit]


def test_what_happens_is_told_in_two_lines(room: Room) -> None:
    room.take(f"{room.repository.url}@v1")
    url = room.repository.url
    assert room.told == [f"Updating {url} (v1)", f"Updated {url} ({room.first})"]


def test_a_whole_commit_is_told_only_when_it_is_fetched(room: Room) -> None:
    url = f"{room.repository.url}@{room.second}"
    _, tree = room.take(url)
    assert room.repository.git("-C", str(tree), "status", "--porcelain") == ""
    assert [each.partition(" ")[0] for each in room.told] == ["Updating", "Updated"]
    room.events.clear()
    room.take(url)
    assert room.told == []


def test_a_branch_that_moved_is_followed(room: Room) -> None:
    assert room.take(room.repository.url)[0] == room.third
    fourth = room.repository.commit({"a.txt": "4"})
    commit, tree = room.take(room.repository.url)
    assert (commit, (tree / "a.txt").read_text()) == (fourth, "4")


def test_a_branch_that_was_rewritten_is_followed(room: Room) -> None:
    room.take(f"{room.repository.url}@main")
    room.repository.git("reset", "--quiet", "--hard", room.first)
    other = room.repository.commit({"a.txt": "other"})
    assert room.take(f"{room.repository.url}@main")[0] == other


def test_a_tag_that_moved_is_followed(room: Room) -> None:
    room.take(f"{room.repository.url}@main")
    room.take(f"{room.repository.url}@v1")
    room.repository.git("tag", "--force", "v1", room.second)
    commit, tree = room.take(f"{room.repository.url}@v1")
    assert commit == room.second
    assert room.repository.git("-C", str(tree), "describe", "--tags") == "v1"


def test_a_branch_may_take_the_place_of_a_directory_of_branches(room: Room) -> None:
    room.take(f"{room.repository.url}@feat/x")
    room.take(f"{room.repository.url}@{room.second[:9]}")
    room.repository.git("branch", "--delete", "--force", "feat/x")
    room.repository.git("branch", "feat", room.first)
    assert room.take(f"{room.repository.url}@feat")[0] == room.first
    room.repository.commit(tag="later")
    later = room.repository.commit()
    assert room.take(f"{room.repository.url}@{later[:9]}")[0] == later


def test_one_run_asks_once(room: Room) -> None:
    git = room.git()
    url = parse_git_url(f"git+{room.repository.url}@main")
    assert git.resolve(url) == room.third
    room.repository.commit({"a.txt": "4"})
    assert git.resolve(url) == room.third
    assert room.git().resolve(url) != room.third


# Trees.


def test_a_tree_is_a_clean_repository_with_history_and_tags(room: Room) -> None:
    _, tree = room.take(f"{room.repository.url}@feat/x")
    git = room.repository.git
    assert git("-C", str(tree), "status", "--porcelain") == ""
    assert git("-C", str(tree), "describe", "--tags").startswith("v1-1-g")
    assert git("-C", str(tree), "rev-list", "--count", "HEAD") == "2"
    assert git("-C", str(tree), "config", "remote.origin.url") == room.repository.url


def test_line_ends_are_those_of_the_repository(room: Room) -> None:
    (room.root / ".gitconfig").write_text("[core]\n\tautocrlf = true\n")
    room.repository.commit({"lines.txt": "a\nb\n"})
    _, tree = room.take(room.repository.url)
    assert (tree / "lines.txt").read_bytes() == b"a\nb\n"


def test_a_subdirectory_is_the_tree(room: Room) -> None:
    _, tree = room.take(f"{room.repository.url}#subdirectory=sub")
    assert os.listdir(tree) == ["c.txt"]


@pytest.mark.parametrize("subdirectory", ["none", "a.txt", "../demo", "sub/../..", "link"])
def test_a_subdirectory_has_to_be_there_and_inside(room: Room, subdirectory: str) -> None:
    os.symlink("/", room.repository.path / "link")
    room.repository.commit()
    with pytest.raises(SubdirectoryMissing) as caught:
        room.take(f"{room.repository.url}@main#subdirectory={subdirectory}")
    assert caught.value.message == (
        f"The source distribution `git+{room.repository.url}@main#subdirectory={subdirectory}` "
        f"has no subdirectory `{subdirectory}`"
    )
    assert caught.value.exit_code == 1


def test_submodules_come_along(room: Room) -> None:
    inner = Repository(room.root / "served" / "inner")
    inner.commit({"inner.txt": "inner"})
    room.repository.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", "../inner", "vendored"
    )
    room.repository.git("config", "--file", ".gitmodules", "submodule.vendored.url", "../inner")
    room.repository.commit()
    failure = refused(lambda: room.take(room.repository.url))
    assert "git config --global protocol.file.allow always" in failure.failure.hints[0]
    assert os.listdir(room.root / "trees") == []
    (room.root / ".gitconfig").write_text('[protocol "file"]\n\tallow = always\n')
    _, tree = room.take(room.repository.url)
    assert (tree / "vendored" / "inner.txt").read_text() == "inner"


def test_addresses_with_spaces_are_found(room: Room) -> None:
    spaced = Repository(room.root / "served" / "with space")
    commit = spaced.commit({"x": "x"})
    assert room.take(f"file://{spaced.path}")[0] == commit


# Over HTTP, where requests can be counted.


def test_only_what_is_needed_is_asked_and_fetched(room: Room) -> None:
    with GitServer(room.root / "served") as server:
        url = server.url("demo")
        _, tree = room.take(f"{url}@main")
        room.repository.git("-C", str(tree), "rev-list", "--count", "HEAD")
        missing = room.repository.git(
            "-C", str(tree), "rev-list", "--objects", "--missing=print", "HEAD"
        )
        # Of `a.txt` only the newest of three contents came.
        assert sum(line.startswith("?") for line in missing.splitlines()) == 2
        server.asked.clear()
        room.take(f"{url}@main")
        assert [each.partition("?")[0] for each in server.asked] == [
            "GET /demo/info/refs",
            "POST /demo/git-upload-pack",
        ]
        server.asked.clear()
        room.take(f"{url}@{room.third}")
        assert server.asked == []


def test_servers_without_partial_clones_send_everything(room: Room) -> None:
    room.repository.git("config", "uploadpack.allowFilter", "false")
    with GitServer(room.root / "served") as server:
        room.take(f"{server.url('demo')}@main")
    commit, tree = room.take(f"{server.url('demo')}@{room.first}", git=room.git(offline=True))
    assert (commit, (tree / "a.txt").read_text()) == (room.first, "1")


def test_servers_may_refuse_filters_and_single_commits(room: Room) -> None:
    room.repository.git("config", "uploadpackfilter.allow", "false")
    with GitServer(room.root / "served") as server:
        assert room.take(f"{server.url('demo')}@{room.second}")[0] == room.second


def test_offline_only_whole_commits_that_are_here_can_be_had(room: Room) -> None:
    with GitServer(room.root / "served") as server:
        url = server.url("demo")
        room.take(f"{url}@main")
    offline = room.git(offline=True)
    commit, tree = room.take(f"{url}@{room.third}", git=offline)
    assert (commit, (tree / "a.txt").read_text()) == (room.third, "3")
    assert offline.resolve(parse_git_url(f"git+{url}@{room.third[:8]}")) == room.third
    sentence = (
        "Remote Git fetches are not allowed because network connectivity is disabled "
        "(i.e., with `--offline`)"
    )
    for reference, told in (
        ("main", "failed to fetch branch or tag `main`"),
        (ABSENT, f"failed to fetch commit `{ABSENT}`"),
        (ABSENT[:8], f"failed to fetch branch, tag, or commit `{ABSENT[:8]}`"),
    ):
        failure = refused(lambda each=reference: room.take(f"{url}@{each}", git=offline))
        assert causes(failure)[2:] == [told, sentence]
    # The commit is here, but its files are not.
    failure = refused(lambda: room.take(f"{url}@{room.first}", git=offline))
    assert causes(failure)[1:] == [f"failed to check out commit `{room.first}`", sentence]
    assert len(os.listdir(room.root / "trees")) == 2


def test_offline_does_not_mean_the_file_system(room: Room) -> None:
    assert room.take(room.repository.url, git=room.git(offline=True))[0] == room.third


# What cannot be had.


def test_an_unknown_reference_is_named(room: Room) -> None:
    room.take(room.repository.url)
    url = room.repository.url
    failure = refused(lambda: room.take(f"{url}@none"))
    assert causes(failure) == [
        "Git operation failed",
        f"failed to fetch into: {room.root}/store/git-v1/db/{room.clones[0]}",
        "failed to fetch branch or tag `none`",
        f"The repository `{url}` has no branch or tag `none`",
    ]
    assert failure.failure is not None
    assert failure.failure.hints == (f"Run `git ls-remote {url}` to see what it has",)


@pytest.mark.parametrize("reference", ["a%20b", "", "v1~1", "v1%5E%7B%7D", "a..b", "x.lock", ":x"])
def test_what_can_be_no_reference_is_not_asked_for(room: Room, reference: str) -> None:
    failure = refused(lambda: room.take(f"{room.repository.url}@{reference}"))
    assert causes(failure)[-1].endswith("is not a name that a branch or a tag can have")
    assert room.clones == []


@pytest.mark.parametrize(
    "reference",
    ["-x", "--upload-pack=touch%20made", "--output=made", "refs/heads/--exec=touch%20made"],
)
def test_a_reference_is_no_option(room: Room, reference: str) -> None:
    refused(lambda: room.take(f"{room.repository.url}@{reference}"))
    assert not list(room.root.rglob("made"))


@pytest.mark.parametrize("reference", [ABSENT, ABSENT[:9]])
def test_an_unknown_commit_is_named(room: Room, reference: str) -> None:
    failure = refused(lambda: room.take(f"{room.repository.url}@{reference}"))
    assert f"`{reference}`" in " ".join(causes(failure)[1:3])
    assert room.clones == []
    assert os.listdir(room.root / "trees") == []


def test_a_repository_that_is_not_there_is_told_as_git_tells_it(room: Room) -> None:
    failure = refused(lambda: room.take(f"file://{room.root}/none"))
    told = causes(failure)
    assert told[1].startswith(f"failed to clone into: {room.root}/store/git-v1/db/")
    assert f"git ls-remote -- file://{room.root}/none HEAD" in told[-1]
    assert "(exit status: 128)\n--- stderr\nfatal: " in told[-1]
    assert failure.failure is not None and failure.failure.hints[0].startswith("Check the address")
    assert room.clones == []
    assert os.listdir(room.root / "store" / "staging-v1") == []


def test_an_empty_repository_has_no_head(room: Room) -> None:
    empty = Repository(room.root / "served" / "empty")
    failure = refused(lambda: room.take(empty.url))
    assert causes(failure)[-1] == f"The repository `{empty.url}` has no `HEAD`"


def test_a_server_that_nobody_runs_is_told(room: Room) -> None:
    failure = refused(lambda: room.take("http://127.0.0.1:1/demo"))
    assert "Failed to connect to 127.0.0.1 port 1" in causes(failure)[-1]


def test_without_git_it_is_said_what_is_missing(room: Room) -> None:
    git = room.git(environ={"PATH": str(room.root)})
    failure = refused(lambda: room.take(room.repository.url, git=git))
    assert causes(failure) == [
        "Git operation failed",
        "Git executable not found. Ensure that Git is installed and available.",
    ]


def test_what_a_remote_says_cannot_change_the_terminal(room: Room) -> None:
    program = room.root / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintf 'fatal: \\033[2J red\\rover\\r\\nend' >&2\nexit 128\n")
    program.chmod(0o755)
    git = room.git(environ={"PATH": f"{program.parent}:/bin"})
    failure = refused(lambda: room.take(room.repository.url, git=git))
    assert "fatal: \ufffd[2J red\nover\nend" in causes(failure)[-1]
