"""Installed tools in trouble: killed, in a hurry, on other disks, without a Python."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.mounts import Mounter, shared_bytes
from tests.support.tool_twins import tools
from tests.support.wheels import make_wheel

BELL = "bell 2.0 []\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    directory = tmp_path_factory.mktemp("wheels")
    tools(directory)
    for version in ("1.0", "2.0"):
        files = {f"peal/part{part}.py": f"value = {part}\n" * 50 for part in range(400)}
        more = {"peal/__init__.py": f"def main():\n    print({version!r})\n", **files}
        make_wheel(directory, "peal", version, files=more,
                   entry_points={"console_scripts": {"peal": "peal:main"}})  # fmt: skip
    with IndexServer(directory) as server:
        yield server


@pytest.fixture
def weft(tmp_path: Path, index: IndexServer, caches: Path) -> Weft:
    """A machine whose cache is that of the module."""
    found = Weft(tmp_path, index.url)
    found.cache = caches / "weft"
    found.environ |= {
        "WEFT_CACHE_DIR": str(found.cache),
        "WEFT_TOOL_DIR": str(tmp_path / "tools"),
        "WEFT_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "SHELL": "/bin/bash",
    }
    return found


def place(weft: Weft, name: str = "") -> Path:
    return Path(weft.environ["WEFT_TOOL_DIR"]) / name


def executable(weft: Weft, name: str) -> Path:
    return Path(weft.environ["WEFT_TOOL_BIN_DIR"]) / name


def said(weft: Weft, name: str) -> str:
    """What a tool prints."""
    done = subprocess.run([executable(weft, name)], capture_output=True, text=True, check=True)
    return done.stdout


def leftovers(weft: Weft) -> list[str]:
    """What is neither a tool nor an executable."""
    found = []
    for directory in (place(weft), Path(weft.environ["WEFT_TOOL_BIN_DIR"])):
        known = (".gitignore", ".lock")
        found += [path.name for path in directory.glob(".*") if path.name not in known]
    return found


# Killed.


def test_a_killed_installation_leaves_all_of_a_tool_or_nothing(weft: Weft) -> None:
    weft.ok("tool", "install", "peal")  # what is cached from now on
    weft.ok("tool", "uninstall", "peal")
    start = time.monotonic()
    weft.ok("tool", "install", "peal")
    whole = time.monotonic() - start
    chance = random.Random(11)
    for _ in range(8):
        weft.ok("tool", "uninstall", "--all")
        kill_within(weft, chance.uniform(0.1, whole), "tool", "install", "peal")
        if os.path.lexists(executable(weft, "peal")):
            assert said(weft, "peal") == "2.0\n"
        if place(weft, "peal").exists():
            assert (place(weft, "peal") / "weft-receipt.toml").exists()
        weft.ok("tool", "install", "peal")
        assert said(weft, "peal") == "2.0\n"
        weft.ok("tool", "install", "bell")  # whoever comes next tidies up
        assert leftovers(weft) == []


def test_a_killed_upgrade_leaves_the_old_tool_or_the_new_one(weft: Weft) -> None:
    weft.ok("tool", "install", "peal")
    start = time.monotonic()
    weft.ok("tool", "install", "peal<2")
    whole = time.monotonic() - start
    chance = random.Random(12)
    for number in range(8):
        wanted = ("peal==2.0", "peal<2")[number % 2]
        kill_within(weft, chance.uniform(0.1, whole), "tool", "install", wanted)
        assert said(weft, "peal") in ("1.0\n", "2.0\n")
        assert "peal v" in weft.ok("tool", "list").out
        weft.ok("tool", "install", wanted)
        assert said(weft, "peal") == ("2.0\n", "1.0\n")[number % 2]
        assert leftovers(weft) == []


def kill_within(weft: Weft, seconds: float, *words: str) -> None:
    process = weft.start(*words)
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_tool_can_be_started_at_any_moment_of_its_upgrade(weft: Weft) -> None:
    weft.ok("tool", "install", "peal<2")
    path = place(weft, "peal") / "bin" / "peal"
    missing = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            if not (executable(weft, "peal").exists() and path.exists()):
                missing.append(time.monotonic())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for wanted in ("peal==2.0", "peal<2", "peal==2.0"):
            weft.ok("tool", "install", wanted)
    finally:
        over.set()
        watcher.join()
    assert missing == []


def test_an_exchange_in_two_steps_that_was_interrupted_is_taken_back(weft: Weft) -> None:
    weft.ok("tool", "install", "bell")
    place(weft, "bell").rename(place(weft, ".old-bell"))
    weft.ok("tool", "install", "horn")
    assert said(weft, "bell") == BELL
    assert leftovers(weft) == []


# At once.


def test_tools_are_installed_side_by_side(weft: Weft) -> None:
    names = ("bell", "bell", "horn", "tower")
    runs = [weft.start("tool", "install", name) for name in names]
    for run in runs:
        _, err = run.communicate(timeout=60)
        assert run.returncode == 0, err
    assert said(weft, "bell") == BELL
    listed = weft.ok("tool", "list").out
    assert [line for line in listed.splitlines() if not line.startswith("-")] == [
        "bell v2.0", "horn v1.0", "tower v2.0"
    ]  # fmt: skip
    assert leftovers(weft) == []


# Places.


@pytest.mark.mounts
def test_a_directory_of_executables_that_cannot_be_written_to(
    weft: Weft, mounts: Mounter, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    sealed = mounts.bind("sealed", tmp_path / "real", read_only=True)
    done = weft("tool", "install", "horn", WEFT_TOOL_BIN_DIR=str(sealed))
    assert done.code == 2
    assert f"error: Failed to install executable at `{sealed}/honk`" in done.err
    assert "Read-only file system" in done.err
    assert "WEFT_TOOL_BIN_DIR" in done.err
    assert not place(weft, "horn").exists()
    weft.ok("tool", "install", "horn")
    away = weft("tool", "install", "horn", WEFT_TOOL_DIR=str(sealed / "tools"))
    assert away.code == 2
    assert away.lines[-1] == (
        "hint: Run `export WEFT_TOOL_DIR=` with a directory where you may write"
    )
    more = weft("tool", "install", "horn", "--reinstall", WEFT_TOOL_BIN_DIR=str(sealed))
    assert more.code == 2
    assert said(weft, "toot") == "horn 1.0 []\n"
    assert leftovers(weft) == []


@pytest.mark.mounts
def test_a_full_disk_leaves_nothing_of_an_environment(weft: Weft, mounts: Mounter) -> None:
    disk = mounts.tmpfs("full", size="2m")
    weft.environ["WEFT_TOOL_DIR"] = str(disk / "tools")
    weft.ok("tool", "install", "bell")
    weft.ok("tool", "uninstall", "bell")
    with open(disk / "fill", "wb", 0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    done = weft("tool", "install", "bell")
    assert done.code == 2
    assert "No space left on device" in done.err
    assert leftovers(weft) == []


def test_a_file_where_executables_should_go(weft: Weft) -> None:
    Path(weft.environ["WEFT_TOOL_BIN_DIR"]).write_text("")
    done = weft("tool", "install", "bell")
    assert done.code == 2
    assert "Failed to install executable at" in done.err
    assert not place(weft, "bell").exists()


@pytest.mark.mounts
def test_tools_on_another_file_system_share_their_files_with_a_part_of_the_cache_there(
    weft: Weft, mounts: Mounter
) -> None:
    cache, disk = mounts.ext4("cache"), mounts.xfs("disk")
    weft.environ |= {"WEFT_CACHE_DIR": str(cache / "cache"), "WEFT_TOOL_DIR": str(disk / "tools")}
    weft.ok("tool", "install", "peal")
    assert said(weft, "peal") == "2.0\n"
    modules = list(place(weft, "peal").glob("lib/python3*/site-packages/peal/part*.py"))
    assert len(modules) == 400
    for module in modules[:20]:
        in_common, mapped = shared_bytes(module)
        assert module.stat().st_nlink >= 2 or in_common == mapped > 0, module
    weft.ok("tool", "install", "peal<2")
    assert said(weft, "peal") == "1.0\n"
    weft.ok("tool", "upgrade", "peal")
    weft.ok("cache", "prune")
    weft.ok("tool", "uninstall", "peal")
    assert not place(weft, "peal").exists()


def test_symbolic_links_into_the_cache_survive_a_prune_and_an_upgrade(weft: Weft) -> None:
    weft.cache = weft.root / "own-cache"
    weft.environ |= {"WEFT_CACHE_DIR": str(weft.cache), "WEFT_LINK_MODE": "symlink"}
    for wanted in ("bell<2", "bell==2.0", "bell"):
        weft.ok("tool", "install", wanted, "--with", "rope")
        modules = list(place(weft, "bell").glob("lib/python3*/site-packages/bell.py"))
        assert [module.is_symlink() for module in modules] == [True]
        weft.ok("cache", "prune")
        assert said(weft, "bell").startswith("bell ")


def test_builds_without_isolation_use_the_environment_of_the_tool(weft: Weft) -> None:
    from tests.commands.test_tool_install_like_uv import write_project

    project = weft.cwd / "proj"
    write_project(project)
    backend = project / "backend.py"
    backend.write_text("import bell\n" + backend.read_text())
    words = ("tool", "install", "./proj", "--with", "bell", "--no-build-isolation")
    weft.ok(*words)
    assert said(weft, "carillon") == "1\n"
    weft.ok(*words, "--with", "rope")
    assert said(weft, "carillon") == "1\n"


# Pythons.


def test_a_tool_whose_python_is_gone_is_told_of_and_repaired(weft: Weft) -> None:
    for command, extra in (("install", []), ("upgrade", [])):
        weft.ok("tool", "install", "bell", *extra)
        python = place(weft, "bell") / "bin" / "python"
        python.unlink()
        python.symlink_to("/nowhere/python3")
        done = weft.ok("tool", "list")
        assert done.out == ""
        assert "The Python of tool `bell` is gone" in done.err
        assert "run `weft tool install bell --reinstall` to reinstall" in done.err
        weft.ok("tool", command, "bell")
        assert said(weft, "bell") == BELL


def test_an_environment_without_python_or_package(weft: Weft) -> None:
    weft.ok("tool", "install", "bell")
    shutil.rmtree(place(weft, "bell") / "bin")
    assert "missing Python executable" in weft.ok("tool", "list").err
    weft.ok("tool", "install", "bell")
    assert said(weft, "bell") == BELL
    for info in place(weft, "bell").glob("lib/python3*/site-packages/bell-2.0.dist-info"):
        shutil.rmtree(info)
    assert "Package `bell` is missing" in weft.ok("tool", "list").err
    assert "Added bell v2.0" in weft.ok("tool", "upgrade", "bell").err


# Executables.


def test_a_foreign_executable_is_not_removed_with_the_tool(weft: Weft) -> None:
    weft.ok("tool", "install", "horn")
    executable(weft, "toot").unlink()
    executable(weft, "toot").write_text("mine")
    done = weft.ok("tool", "uninstall", "horn")
    assert f"warning: Kept `{executable(weft, 'toot')}`" in done.err
    assert executable(weft, "toot").read_text() == "mine"
    assert not os.path.lexists(executable(weft, "honk"))


def test_links_that_the_receipt_has_forgotten_go_with_the_tool(weft: Weft) -> None:
    weft.ok("tool", "install", "bell")
    executable(weft, "other").symlink_to("/nowhere/tools/bell/bin/bell")
    receipt = place(weft, "bell") / "weft-receipt.toml"
    receipt.write_text('[tool]\nrequirements = [{ name = "bell" }]\nentrypoints = []\n')
    weft.ok("tool", "uninstall", "bell")
    assert os.listdir(executable(weft, "")) == ["other"]


def test_an_upgrade_does_not_remove_a_tool_whose_receipt_names_nothing(weft: Weft) -> None:
    weft.ok("tool", "install", "bell")
    receipt = place(weft, "bell") / "weft-receipt.toml"
    receipt.write_text("[tool]\nrequirements = []\nentrypoints = []\n")
    assert weft("tool", "upgrade", "bell").code == 1
    assert said(weft, "bell") == BELL


def test_a_tool_that_is_there_gets_a_lost_link_again(weft: Weft) -> None:
    weft.ok("tool", "install", "bell")
    executable(weft, "bell").unlink()
    assert "already installed" in weft.ok("tool", "install", "bell").err
    assert said(weft, "bell") == BELL


def test_executables_that_a_tool_no_longer_has_are_gone(weft: Weft) -> None:
    weft.ok("tool", "install", "tower==2.0")
    executable(weft, "old").symlink_to(place(weft, "tower") / "bin" / "old")  # of a killed upgrade
    executable(weft, "mine").symlink_to("/nowhere")
    weft.ok("tool", "install", "tower==1.0")
    names = sorted(path.name for path in executable(weft, "mine").parent.iterdir())
    assert names == ["mine", "strike"]


def test_a_failed_update_leaves_the_tool_as_it_was(weft: Weft) -> None:
    weft.ok("tool", "install", "bell<2")
    receipt = (place(weft, "bell") / "weft-receipt.toml").read_text()
    assert weft("tool", "install", "bell>9").code == 1
    assert weft("tool", "install", "bell", "--with", "gong").code == 1
    assert said(weft, "bell") == "bell 1.5 []\n"
    assert (place(weft, "bell") / "weft-receipt.toml").read_text() == receipt
    executable(weft, "toot").write_text("mine")
    done = weft("tool", "install", "bell", "--with-executables-from", "horn")
    assert (done.code, "Executable already exists: toot" in done.err) == (2, True)
    assert said(weft, "bell") == "bell 1.5 []\n"


def test_an_executable_starts_with_nothing_between_python_and_the_tool(weft: Weft) -> None:
    weft.ok("tool", "install", "bell")
    text = executable(weft, "bell").read_text()
    root = place(weft, "bell")
    assert text.startswith(f"#!{root}/bin/python\n")
    lines = [line for line in text.splitlines() if line.startswith(("import", "from"))]
    assert lines == ["import sys", "from bell import main"]
    assert list(root.glob("lib/python3*/site-packages/*.pth")) == []
    loaded = "import sys; print(sorted(sys.modules))"
    own, base = (
        subprocess.run([python, "-I", "-c", loaded], capture_output=True, text=True).stdout
        for python in (root / "bin" / "python", os.path.realpath(sys.executable))
    )
    assert set(json.loads(own.replace("'", '"'))) <= set(json.loads(base.replace("'", '"')))


# Receipts.


def test_a_tool_of_uv_that_was_moved_here_keeps_its_receipt(weft: Weft) -> None:
    weft.ok("tool", "install", "bell<2")
    ours = place(weft, "bell") / "weft-receipt.toml"
    theirs = ours.with_name("uv-receipt.toml")
    theirs.write_text(ours.read_text().replace(', specifier = "<2"', ""))
    ours.unlink()
    assert weft.ok("tool", "list").out == "bell v1.5\n- bell\n"
    assert "Updated bell v1.5 -> v2.0" in weft.ok("tool", "upgrade", "bell").err
    assert theirs.exists()
    assert not ours.exists()


def test_options_are_kept_and_secrets_are_not(weft: Weft, index: IndexServer) -> None:
    secret = index.url.replace("://", "://joe:hunter2@")
    weft.ok("tool", "install", "bell", "--prerelease", "allow", "--extra-index-url", secret)
    text = (place(weft, "bell") / "weft-receipt.toml").read_text()
    assert 'prerelease = "allow"' in text
    assert "hunter2" not in text
    assert weft.ok("tool", "list").out.startswith("bell v3.0rc1")
    assert "Nothing to upgrade" in weft.ok("tool", "upgrade", "bell").err
    weft.ok("tool", "upgrade", "bell", "--prerelease", "disallow")
    assert weft.ok("tool", "list").out.startswith("bell v2.0")


def test_the_list_for_programs(weft: Weft) -> None:
    assert json.loads(weft.ok("tool", "list", "--output-format", "json").out) == []
    weft.ok("tool", "install", "bell[loud]<2", "--with", "rope>1.0")
    (listed,) = json.loads(weft.ok("tool", "list", "--output-format", "json").out)
    python = listed.pop("python")
    assert python.startswith("CPython 3.")
    assert listed == {
        "name": "bell",
        "version": "1.5",
        "latest": None,
        "required": "<2",
        "extras": ["loud"],
        "with": ["rope>1.0"],
        "path": str(place(weft, "bell")),
        "executables": [{"name": "bell", "path": str(executable(weft, "bell")), "package": "bell"}],
    }
    (newer,) = json.loads(weft.ok("tool", "list", "--outdated", "--output-format", "json").out)
    assert newer["latest"] == "2.0"


def test_a_tool_from_a_repository(weft: Weft) -> None:
    from tests.commands.test_tool_install_like_uv import write_project

    project = weft.cwd / "proj"
    write_project(project)
    author = ["-c", "user.name=Jo", "-c", "user.email=jo@example.com"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "One"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    weft.ok("tool", "install", f"git+file://{project}")
    assert said(weft, "carillon") == "1\n"
    text = (place(weft, "carillon") / "weft-receipt.toml").read_text()
    assert f'{{ name = "carillon", git = "file://{project}" }}' in text
    assert "Nothing to upgrade" in weft.ok("tool", "upgrade", "carillon").err
    (project / "src" / "carillon.py").write_text("def main():\n    print(3)\n")
    subprocess.run(["git", *author, "commit", "-qam", "Three"], cwd=project, check=True)
    weft.ok("tool", "upgrade", "carillon")
    assert said(weft, "carillon") == "3\n"
