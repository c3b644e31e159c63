"""The state of a local project, compared with what uv writes for the same directory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.core.cache_info import CacheInfo
from weft.project.cache_globs import GlobError, cluster
from weft.project.cache_info import file_cache_info, read_cache_info
from weft.project.cache_keys import CacheKeysError

UV = os.path.join(os.path.dirname(sys.executable), "uv")
PYPROJECT = """
[project]
name = "demo"
version = "1.0"
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""


def make_tree(directory: Path, keys: str | None, files: tuple[str, ...] = ()) -> str:
    for name in ("src/demo/__init__.py", *files):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).touch()
    table = "" if keys is None else f"[tool.uv]\ncache-keys = {keys}\n"
    (directory / "pyproject.toml").write_text(PYPROJECT + table)
    return os.fspath(directory)


def by_uv(tree: str, environ: Mapping[str, str]) -> bytes | None:
    """`uv_cache.json` as uv writes it for this directory; None where it writes none."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            [UV, "pip", "install", "--offline", "--no-deps", "--no-config", "--quiet",
             "--python", sys.executable, "--target", f"{place}/t", "--cache-dir", f"{place}/c",
             tree],
            check=True, env=dict(environ),
        )  # fmt: skip
        path = Path(place, "t", "demo-1.0.dist-info", "uv_cache.json")
        return path.read_bytes() if path.exists() else None


def assert_same(tree: str, environ: Mapping[str, str] = os.environ) -> CacheInfo:
    ours = read_cache_info(tree, environ)
    theirs = by_uv(tree, environ)
    if theirs is None:  # uv writes no file that says nothing
        assert ours == CacheInfo()
    else:
        assert ours.to_json() == theirs
        assert CacheInfo.parse(theirs) == ours
    return ours


@pytest.mark.parametrize(
    "keys",
    [
        None, "[]", '["pyproject.toml"]', '[{file = "a/b.txt"}, "a.txt", {file = "absent"}]',
        '[{dir = "a"}, {dir = "absent"}, {dir = "é"}, {dir = "a.txt"}, {dir = "."}]',
        '[{env = "SET"}, {env = "UNSET"}, {env = "ODD"}, {env = "BYTES"}]', '[{git = true}]',
        '["a"]', '["src/**/*.py"]', '["../tree/a/*", "/etc/host*"]',
    ],
)  # fmt: skip
def test_the_state_is_the_one_that_uv_records(keys: str | None, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", keys, ("a/b.txt", "a.txt", "é/x", "setup.cfg"))
    odd = {"SET": "text", "ODD": 'q"uo\\te\n\x01é', "BYTES": "\udcff"}
    assert_same(tree, {**os.environ, **odd})


def test_without_keys_the_usual_files_and_src_count(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", None)
    before = assert_same(tree)
    (tmp_path / "tree/src/demo/__init__.py").write_text("changed")
    assert read_cache_info(tree, {}) == before, "code may change"
    wait_for_the_clock()
    (tmp_path / "tree/setup.py").touch()
    changed = assert_same(tree)
    assert changed.timestamp != before.timestamp
    (tmp_path / "tree/src").rename(tmp_path / "tree/old")
    (tmp_path / "tree/src/demo").mkdir(parents=True)
    (tmp_path / "tree/src/demo/__init__.py").touch()
    assert assert_same(tree).directories != changed.directories, "`src` was made anew"


def wait_for_the_clock() -> None:
    """Until the kernel gives other times to files."""
    time.sleep(0.02)


@pytest.mark.parametrize("made", ["branch", "detached", "packed", "worktree", "unborn", "below"])
def test_commit_and_tags_are_read_from_the_repository(made: str, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    make_tree(tree, "[{git = {commit = true, tags = true}}]", ("sub/x",))

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", tree, *words], check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch", "main")
    git("config", "user.name", "A")
    git("config", "user.email", "a@example.org")
    if made != "unborn":
        git("add", "--all")
        git("commit", "--quiet", "--message", "One")
        git("tag", "v1")
        git("tag", "--annotate", "--message", "Two", "deep/v2")
    if made == "detached":
        git("checkout", "--quiet", "--detach")
    if made == "packed":
        git("pack-refs", "--all")
        git("tag", "v3")
    if made == "worktree":
        git("worktree", "add", "--quiet", "-b", "side", "../other")
        tree = tmp_path / "other"
    if made == "below":
        below = tree / "project"
        make_tree(below, "[{git = {commit = true, tags = true}}]")
        tree = below
    info = assert_same(os.fspath(tree))
    head = subprocess.run(
        ["git", "-C", tree, "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    assert info.commit == (None if made == "unborn" else head)
    expected = {"packed": 3, "unborn": 0}.get(made, 2)
    assert info.tags is not None
    assert len(info.tags) == expected


def test_a_broken_tag_means_that_no_tags_are_known(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", "[{git = {tags = true}}]")
    subprocess.run(["git", "init", "--quiet", tree], check=True)
    (tmp_path / "tree/.git/refs/tags/broken").write_text("nothing\n")
    assert assert_same(tree).tags is None


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("1", "expected a sequence"),
        ("[1]", "invalid type: integer `1`"),
        ('[{bla = "x"}]', "unknown field `bla`"),
        ('[{file = "a", dir = "b"}]', "extra cache key field"),
        ("[{env = 1.5}]", "invalid type: floating point `1.5`, expected a string"),
        ("[{git = 1}]", "invalid type: integer `1`, expected a boolean or a Git cache key table"),
        ("[{git = {commit = true, foo = 1}}]", "unknown field `foo`, expected `commit` or `tags`"),
        ("[{git = {commit = 1}}]", "expected a boolean"),
    ],
)
def test_keys_that_are_none_are_refused(keys: str, reason: str, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", keys)
    with pytest.raises(CacheKeysError) as caught:
        read_cache_info(tree, {})
    assert caught.value.message == f"Failed to parse cache keys in `{tree}/pyproject.toml`"
    assert reason in str(caught.value.__cause__)
    with pytest.raises(subprocess.CalledProcessError):
        by_uv(tree, os.environ)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[z", "unclosed character class; missing ']'"),
        ("{a,b", "unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"),
        ("*}", "unopened alternate group; missing '{' (maybe escape '}' with '[}]'?)"),
        ("[z-a]", "invalid range; 'z' > 'a'"),
    ],
)
def test_patterns_that_are_none_are_refused(pattern: str, reason: str, tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", f'["{pattern}"]')
    with pytest.raises(GlobError) as caught:
        read_cache_info(tree, {})
    assert str(caught.value.__cause__) == f"error parsing glob '{pattern}': {reason}"
    with pytest.raises(subprocess.CalledProcessError):
        by_uv(tree, os.environ)


NAMES = ["a.py", "b.txt", "x/a.py", "x/y/b.txt", "x/y/z/a.py", "xy/.hid", ".h/a.py", "{b}/c[1].py"]
PARTS = [
    "*",
    "**",
    "a.py",
    "x",
    "x*",
    "?y",
    "*.py",
    "*.{py,txt}",
    "[ab].*",
    "[!a]*",
    "y",
    ".",
    "!x",
]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_patterns_match_what_they_match_for_uv(data: Any) -> None:
    parts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4)
    pattern = parts.map("/".join)
    keys = data.draw(st.lists(pattern, min_size=1, max_size=3))
    newest = data.draw(st.sampled_from(NAMES))
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve() / "tree"
        quoted = ", ".join(f"'{key}'" for key in keys)
        tree = make_tree(root, f"[{quoted}]", tuple(NAMES))
        wait_for_the_clock()
        os.utime(root / newest)
        assert_same(tree)


def test_links_to_files_count_and_links_to_directories_do_not(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", '["links/**"]', ("links/x",))
    (tmp_path / "far").mkdir()
    (tmp_path / "tree/links/directory").symlink_to(tmp_path / "far")
    (tmp_path / "tree/links/file").symlink_to(tmp_path / "target")
    (tmp_path / "tree/links/dangling").symlink_to("nowhere")
    (tmp_path / "target").touch()
    wait_for_the_clock()
    (tmp_path / "far/unseen").touch()
    info = assert_same(tree)
    assert info.timestamp == (tmp_path / "target").stat().st_ctime_ns


def test_patterns_below_each_other_are_walked_once() -> None:
    assert cluster(["./*", "a/*", "../foo/*.png"]) == [
        ("", ["*", "a/*"]),
        ("../foo", ["*.png"]),
    ]
    assert cluster(["a/b/*", "a/c/*"]) == [("a/b", ["*"]), ("a/c", ["*"])]


def test_keys_of_weft_win_over_those_of_uv(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", '[{env = "UV"}]')
    with open(tmp_path / "tree/pyproject.toml", "a") as stream:
        stream.write('[tool.weft]\ncache-keys = [{env = "WEFT"}]\n')
    assert read_cache_info(tree, {"WEFT": "1"}).env == (("WEFT", "1"),)


def test_keys_may_be_spelled_with_escapes(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", None)
    with open(tmp_path / "tree/pyproject.toml", "a") as stream:
        stream.write('[tool.uv]\n"cache\\u002dkeys" = [{env = "A"}]\n')
    assert assert_same(tree).env == (("A", None),)


def test_an_archive_is_known_by_its_time(tmp_path: Path) -> None:
    path = tmp_path / "demo.whl"
    path.touch()
    assert file_cache_info(os.fspath(path)).timestamp == path.stat().st_ctime_ns
