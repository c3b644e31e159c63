"""`weft add` and `weft remove`: project, lock, environment and words beside those of uv."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.backends import make_project
from tests.support.commands import Finished, Weft
from tests.support.git_repositories import GitServer, Repository
from tests.support.index_server import IndexServer

UV = os.path.join(os.path.dirname(sys.executable), "uv")
HEAD = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
INDEX = '\n[[tool.uv.index]]\nurl = "{url}"\ndefault = true\n'


def project(directory: Path, index: IndexServer, text: str = "dependencies = []\n") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "pyproject.toml"
    file.write_text(HEAD + text + INDEX.format(url=index.url))
    return file


def run_uv(weft: Weft, directory: Path, *words: str) -> Finished:
    done = subprocess.run(
        [UV, *words],
        cwd=directory,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(weft.home),
            "UV_CACHE_DIR": str(weft.root / "uv-cache"),
            "UV_NO_SYSTEM_CONFIG": "1",
            "UV_PYTHON": sys.executable,
            "UV_LINK_MODE": "copy",
        },
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def run_weft(weft: Weft, directory: Path, *words: str) -> Finished:
    return weft(*words, cwd=directory, WEFT_DEFAULT_INDEX="", WEFT_PYTHON=sys.executable)


def told(finished: Finished, directory: Path) -> list[str]:
    """The lines without durations, those on builds, derivations, and what only weft tells."""
    text = re.sub(r"\n\nhint: What is out of date: .*", "", "\n".join(finished.lines))
    text = re.sub(r"\n\nhint: .* works \((?:try|then|add|edit).*\)(?=\n|$)", "", text)
    text = text.replace(str(directory), "HERE")
    text = re.sub(r"`(?:uv|weft) ", "`TOOL ", text)
    text = re.sub(r"in (?:\d+m )?[\d.]+(?:ms|s)\b", "in T", text)
    return [
        line
        for line in text.split("\n")
        if not line.strip().startswith(("Building ", "Built ", "Prepared ", "cause: Because "))
        and not line.startswith("         ")
    ]


def installed(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.glob(".venv/lib/*/site-packages/*.dist-info"))


STEPS: dict[str, tuple[str, ...]] = {
    "one by one": (
        "add wick",
        "add wick",
        "add lantern oil<4",
        "add --dev oil --bounds major",
        "remove --dev oil",
        "add --dev mirror",
        "add --optional bright mirror",
        "add --group other oil --no-sync",
        "remove lantern wick",
        "remove --optional bright mirror",
    ),
    "groups that are not installed": (
        "add --dev oil<3 --no-sync",
        "add --group tools mirror --no-sync",
        "add wick",
        "add --optional bright lantern",
        "add --group tools heater --frozen",
        "remove --group tools heater --frozen",
        "add --group tools mirror",
        "add --dev oil<3",
        "remove wick",
    ),
    "bounds": (
        "add wick --bounds exact",
        "add oil --bounds minor",
        "add lantern==1.0 oil<4 --bounds exact",
        "add lantern<2 --bounds exact",
    ),
    "limits": ("add lantern -c limits.txt", "add oil --marker sys_platform=='win32'"),
    "raw": ("add --raw wick lantern[bright]",),
    "extras": ("add lantern --extra bright", "remove lantern"),
    "not there": ("add nothing-of-that-name",),
    "too much": ("add oil==1.0", "add heater"),
    "locked": ("add --locked wick", "add wick", "add --locked wick", "remove --locked wick"),
    "a list out of order": ("add oil", "add --raw zzz --frozen", "add aaa --frozen"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_project_goes_the_same_way_as_with_uv(name: str, weft: Weft, index: IndexServer) -> None:
    ours, theirs = weft.cwd / "weft", weft.cwd / "uv"
    for directory in (ours, theirs):
        project(directory, index)
        (directory / "limits.txt").write_text("wick<2\n")
    for step in STEPS[name]:
        expected = run_uv(weft, theirs, *step.split())
        done = run_weft(weft, ours, *step.split())
        assert told(done, ours) == told(expected, theirs), step
        assert done.code == expected.code
        for file in ("pyproject.toml", "uv.lock"):
            there = (theirs / file).exists()
            assert (ours / file).exists() == there, (step, file)
            if there:
                assert (ours / file).read_text() == (theirs / file).read_text(), (step, file)
        assert installed(ours) == installed(theirs), step


WORKSPACE_STEPS: dict[str, tuple[str, ...]] = {
    "a member": (
        "add wick --package inner",
        "add lantern --package inner --dev",
        "add inner",
        "add oil",
        "remove wick --package inner",
        "remove inner",
        "add wick --package nobody",
    ),
    "a root that is no project": (
        "add wick",
        "add --dev wick",
        "add oil --package inner",
        "add oil<4 --group tools",
    ),
}


@pytest.mark.parametrize("name", WORKSPACE_STEPS)
def test_a_workspace_goes_the_same_way_as_with_uv(
    name: str, weft: Weft, index: IndexServer
) -> None:
    ours, theirs = weft.cwd / "weft", weft.cwd / "uv"
    for directory in (ours, theirs):
        file = project(directory, index, '\n[tool.uv.workspace]\nmembers = ["libs/*"]\n')
        if name != "a member":
            file.write_text(file.read_text().removeprefix(HEAD))
        inner = directory / "libs" / "inner" / "pyproject.toml"
        inner.parent.mkdir(parents=True)
        inner.write_text(HEAD.replace("demo", "inner") + "[tool.uv]\npackage = false\n")
    for step in WORKSPACE_STEPS[name]:
        expected = run_uv(weft, theirs, *step.split())
        done = run_weft(weft, ours, *step.split())
        assert told(done, ours) == told(expected, theirs), step
        assert done.code == expected.code
        for file in ("pyproject.toml", "libs/inner/pyproject.toml", "uv.lock"):
            there = (theirs / file).exists()
            assert (ours / file).exists() == there, (step, file)
            if there:
                assert (ours / file).read_text() == (theirs / file).read_text(), (step, file)
        assert installed(ours) == installed(theirs), step


def test_what_is_there_already_is_not_written_again(weft: Weft, index: IndexServer) -> None:
    project(weft.cwd, index)
    run_weft(weft, weft.cwd, "add", "wick", "lantern")
    files = weft.cwd / "pyproject.toml", weft.cwd / "uv.lock"
    before = [(file.stat().st_ino, file.stat().st_mtime_ns) for file in files]
    assert run_weft(weft, weft.cwd, "add", "wick", "lantern").code == 0
    assert [(file.stat().st_ino, file.stat().st_mtime_ns) for file in files] == before


def test_a_link_stays_a_link_and_a_file_keeps_its_rights(weft: Weft, index: IndexServer) -> None:
    file = project(weft.cwd, index)
    real = file.rename(weft.root / "real.toml")
    real.chmod(0o600)
    file.symlink_to(real)
    assert run_weft(weft, weft.cwd, "add", "wick").code == 0
    assert file.is_symlink()
    assert '"wick>=2.0"' in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


def test_files_change_back_when_the_installation_is_interrupted(
    weft: Weft, index: IndexServer
) -> None:
    code = (
        "def build_editable(*_):\n"
        "    open('begun', 'w').close()\n"
        "    __import__('time').sleep(60)\n"
    )
    make_project(weft.cwd, "in-tree", code=code, toml=INDEX.format(url=index.url))
    file = weft.cwd / "pyproject.toml"
    before = file.read_bytes()
    process = weft.start("add", "wick", WEFT_DEFAULT_INDEX="", WEFT_PYTHON=sys.executable)
    while not (weft.cwd / "begun").exists() and process.poll() is None:
        time.sleep(0.01)
    assert b"wick" in file.read_bytes()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert file.read_bytes() == before
    assert not (weft.cwd / "uv.lock").exists()


def test_nothing_changes_when_the_resolution_fails(weft: Weft, index: IndexServer) -> None:
    file = project(weft.cwd, index)
    run_weft(weft, weft.cwd, "add", "wick")
    before = file.read_bytes(), (weft.cwd / "uv.lock").read_bytes()
    done = run_weft(weft, weft.cwd, "add", "lantern", "nothing-of-that-name")
    assert done.code == 1
    assert done.lines[0] == "error: Failed to add dependencies"
    assert done.lines[-1] == (
        "hint: If you want to add the package regardless of the failed resolution, provide the "
        "`--frozen` flag to skip locking and syncing"
    )
    assert (file.read_bytes(), (weft.cwd / "uv.lock").read_bytes()) == before


def test_everything_changes_back_when_the_installation_fails(
    weft: Weft, index: IndexServer
) -> None:
    build = '[build-system]\nrequires = ["no-such-backend"]\nbuild-backend = "x"\n'
    file = project(weft.cwd, index, f"dependencies = []\n{build}")
    before = file.read_bytes()
    done = run_weft(weft, weft.cwd, "add", "wick")
    assert done.code == 1
    assert "Failed to add dependencies" in done.err
    assert file.read_bytes() == before
    assert not (weft.cwd / "uv.lock").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_files_are_as_they_were_or_new(
    number: signal.Signals, weft: Weft, index: IndexServer
) -> None:
    project(weft.cwd, index)
    run_weft(weft, weft.cwd, "add", "wick")
    files = weft.cwd / "pyproject.toml", weft.cwd / "uv.lock"
    before = [file.read_bytes() for file in files]
    start = time.monotonic()
    assert run_weft(weft, weft.cwd, "add", "lantern", "--no-sync").code == 0
    whole = time.monotonic() - start
    after = [file.read_bytes() for file in files]
    between = [after[0], before[1]]  # from one rename to the next nothing but a kill is heard
    for part in range(6):
        for file, content in zip(files, before, strict=True):
            file.write_bytes(content)
        words = ("add", "lantern", "--no-sync", "--refresh")
        process = weft.start(*words, WEFT_DEFAULT_INDEX="", WEFT_PYTHON=sys.executable)
        time.sleep(whole * part / 5)
        process.send_signal(number)
        process.communicate(timeout=30)
        found = [file.read_bytes() for file in files]
        assert found in (before, after) or (number == signal.SIGKILL and found == between)
        assert process.returncode != 0 or found == after
        if found == between:
            assert run_weft(weft, weft.cwd, "lock").code == 0
            assert [file.read_bytes() for file in files] == after


def test_bounds_that_rule_out_a_locked_version_are_resolved_again(
    weft: Weft, index: IndexServer
) -> None:
    project(weft.cwd, index)
    done = run_weft(weft, weft.cwd, "add", "mirror", "--bounds", "major")
    assert [line for line in done.lines if line.startswith("Resolved")] == [
        "Resolved 3 packages in T"
    ]
    lock = (weft.cwd / "uv.lock").read_text()
    assert 'name = "mirror"\nversion = "1.0"' in lock
    assert 'name = "mirror"\nversion = "2.0"' not in lock
    assert run_weft(weft, weft.cwd, "lock", "--check").code == 0


def test_what_two_commands_add_at_once_is_all_there(weft: Weft, index: IndexServer) -> None:
    file = project(weft.cwd, index)
    names = ("wick", "oil", "mirror")
    running = [
        weft.start("add", name, WEFT_DEFAULT_INDEX="", WEFT_PYTHON=sys.executable) for name in names
    ]
    for process in running:
        _, told_there = process.communicate(timeout=60)
        assert process.returncode == 0, told_there
    text = file.read_text()
    assert [name for name in names if f'"{name}>=' not in text] == []
    assert run_weft(weft, weft.cwd, "lock", "--check").code == 0


def test_a_member_of_the_workspace_is_added_and_built(weft: Weft, index: IndexServer) -> None:
    file = project(weft.cwd, index)
    member = weft.cwd / "libs" / "inner"
    make_project(member, "in-tree", "inner", "1.2")
    done = run_weft(weft, weft.cwd, "add", "./libs/inner")
    assert done.code == 0, done.err
    assert "Added `libs/inner` to workspace members" in done.lines
    assert f" + inner==1.2 (from file://{member})" in done.lines
    assert "inner = { workspace = true }" in file.read_text()
    assert run_uv(weft, weft.cwd, "lock", "--check").code == 0


def test_repositories_and_archives_are_added_with_their_sources(
    weft: Weft, index: IndexServer
) -> None:
    file = project(weft.cwd, index)
    repository = Repository(weft.root / "repository")
    make_project(repository.path, "in-tree", "inner", "1.2")
    commit = repository.commit()
    make_project(weft.root / "tree", "in-tree", "outer", "3.0")
    done = run_weft(
        weft, weft.cwd, "add", f"git+file://{repository.path}@{commit}", str(weft.root / "tree")
    )
    assert done.code == 0, done.err
    text = file.read_text()
    assert f'inner = {{ git = "file://{repository.path}", rev = "{commit}" }}' in text
    assert f'outer = {{ path = "{weft.root}/tree" }}' in text
    assert '    "inner",\n    "outer",\n' in text
    assert run_uv(weft, weft.cwd, "lock", "--check").code == 0


def test_the_name_of_a_repository_is_that_of_the_asked_tag(weft: Weft, index: IndexServer) -> None:
    file = project(weft.cwd, index)
    repository = Repository(weft.root / "repository")
    make_project(repository.path, "in-tree", "inner", "1.2")
    repository.commit(tag="v1")
    (repository.path / "pyproject.toml").unlink()
    repository.commit()
    url = f"git+file://{repository.path}@main"
    done = run_weft(weft, weft.cwd, "add", "--frozen", url, "--tag", "v1")
    assert done.code == 0, done.err
    assert f'inner = {{ git = "file://{repository.path}", tag = "v1" }}' in file.read_text()


def test_credentials_are_used_and_not_written_down(weft: Weft, index: IndexServer) -> None:
    file = project(weft.cwd, index)
    repository = Repository(weft.root / "served" / "inner")
    make_project(repository.path, "in-tree", "inner", "1.2")
    repository.commit()
    with GitServer(weft.root / "served", login="me:secret") as server:
        url = server.url("inner/.git", login="me:secret")
        done = run_weft(weft, weft.cwd, "add", f"inner @ git+{url}")
        assert done.code == 0, done.err
    for text in (file.read_text(), (weft.cwd / "uv.lock").read_text(), done.err):
        assert "secret" not in text
    assert f'inner = {{ git = "{server.url("inner/.git")}" }}' in file.read_text()
