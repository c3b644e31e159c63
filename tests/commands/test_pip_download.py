"""`weft pip download`: files of packages in a directory that works as find-links."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.backends import make_project, make_sdist
from tests.support.commands import Weft
from tests.support.index_server import IndexServer, garbage, half, slow, status
from tests.support.mounts import Mounter
from tests.support.wheels import make_wheel

LANTERN = ["lantern-1.0-py3-none-any.whl", "oil-3.0-py3-none-any.whl", "wick-2.0-py3-none-any.whl"]


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_files_of_a_package_and_of_what_it_needs_are_saved(weft: Weft, wheels: Path) -> None:
    done = weft.ok("pip", "download", "lantern==1.0", "-d", "out")
    assert done.out == ""
    assert done.lines == [
        "Resolved 3 packages in T",
        *[f"Saved ./out/{name}" for name in LANTERN],
        "Successfully downloaded lantern oil wick",
    ]
    assert names(weft.cwd / "out") == LANTERN
    for name in LANTERN:
        assert (weft.cwd / "out" / name).read_bytes() == (wheels / name).read_bytes()


def test_without_a_directory_the_files_go_where_the_command_runs(weft: Weft) -> None:
    weft.ok("pip", "download", "wick")
    assert names(weft.cwd) == ["wick-2.0-py3-none-any.whl"]


def test_the_directory_works_as_find_links_without_a_network(
    weft: Weft, index: IndexServer, tmp_path: Path
) -> None:
    weft.ok("pip", "download", "lantern[bright]==1.0", "--dest", "out")
    weft.venv()
    elsewhere = {"WEFT_CACHE_DIR": str(tmp_path / "other"), "WEFT_OFFLINE": "1"}
    weft.ok("pip", "install", "--no-index", "-f", "out", "lantern[bright]", **elsewhere)
    assert weft.python(".venv", "import lantern, mirror, oil, wick; print(wick.version)") == "2.0"


def test_pip_installs_from_the_directory(weft: Weft, tmp_path: Path) -> None:
    weft.ok("pip", "download", "lantern==1.0", "-d", "out")
    target = tmp_path / "target"
    subprocess.run(
        [sys.executable, "-I", "-m", "pip", "install", "--no-index", "--find-links",
         str(weft.cwd / "out"), "--target", str(target), "lantern", "-q",
         "--disable-pip-version-check"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert (target / "oil").is_dir()


def test_a_file_that_is_there_is_checked_and_kept(weft: Weft, index: IndexServer) -> None:
    weft.ok("pip", "download", "lantern==1.0", "-d", "out")
    before = {path.name: path.stat().st_ino for path in (weft.cwd / "out").iterdir()}
    index.forget()
    done = weft.ok("pip", "download", "lantern==1.0", "-d", "out")
    assert f"File was already downloaded ./out/{LANTERN[0]}" in done.lines
    assert done.lines[-1] == "Successfully downloaded lantern oil wick"
    assert index.count("file") == 0
    assert {path.name: path.stat().st_ino for path in (weft.cwd / "out").iterdir()} == before


def test_a_file_with_another_content_is_replaced(weft: Weft, wheels: Path) -> None:
    out = weft.cwd / "out"
    out.mkdir()
    (out / "wick-2.0-py3-none-any.whl").write_bytes(b"something else")
    done = weft.ok("pip", "download", "wick", "-d", "out")
    assert done.lines == [
        "Resolved 1 package in T",
        "warning: `./out/wick-2.0-py3-none-any.whl` is not the file of the index and is replaced",
        "Saved ./out/wick-2.0-py3-none-any.whl",
        "Successfully downloaded wick",
    ]
    name = "wick-2.0-py3-none-any.whl"
    assert (out / name).read_bytes() == (wheels / name).read_bytes()


def test_without_hashes_of_the_index_nothing_there_is_believed(
    weft: Weft, index: IndexServer, wheels: Path
) -> None:
    index.hashes = False
    name = "wick-2.0-py3-none-any.whl"
    weft.ok("pip", "download", "wick")
    (weft.cwd / name).write_bytes(b"x" * (wheels / name).stat().st_size)
    weft.ok("pip", "download", "wick")
    assert (weft.cwd / name).read_bytes() == (wheels / name).read_bytes()


def test_a_directory_in_the_place_of_a_file_is_an_error(weft: Weft) -> None:
    (weft.cwd / "wick-2.0-py3-none-any.whl").mkdir()
    done = weft("pip", "download", "wick")
    assert done.code == 1
    assert done.lines[-1] == "error: `./wick-2.0-py3-none-any.whl` is a directory"


def test_a_dry_run_saves_nothing(weft: Weft) -> None:
    done = weft.ok("pip", "download", "wick", "-d", "out", "--dry-run")
    assert done.lines[1:] == ["Would save ./out/wick-2.0-py3-none-any.whl"]
    assert not (weft.cwd / "out").exists()


def test_the_result_can_be_had_as_json(weft: Weft, index: IndexServer) -> None:
    weft.ok("pip", "download", "wick")
    done = weft.ok("pip", "download", "wick", "oil<4", "--output-format", "json", "-q")
    document = json.loads(done.out)
    assert [(each["name"], each["version"], each["action"]) for each in document["files"]] == [
        ("oil", "3.0", "saved"),
        ("wick", "2.0", "kept"),
    ]
    assert document["files"][0]["path"] == str(weft.cwd / "oil-3.0-py3-none-any.whl")
    assert document["files"][0]["url"] == index.file_url("oil-3.0-py3-none-any.whl")
    assert document["dry_run"] is False


def test_dependencies_can_be_left_out(weft: Weft) -> None:
    weft.ok("pip", "download", "--no-deps", "lantern==1.0")
    assert names(weft.cwd) == ["lantern-1.0-py3-none-any.whl"]


def test_requirements_and_constraints_out_of_files_count(weft: Weft) -> None:
    (weft.cwd / "in.txt").write_text("lantern\n")
    (weft.cwd / "limits.txt").write_text("wick<2\n")
    weft.ok("pip", "download", "-r", "in.txt", "-c", "limits.txt", "-d", "out")
    assert "wick-1.5-py3-none-any.whl" in names(weft.cwd / "out")


def test_hashes_of_a_file_are_demanded(weft: Weft, wheels: Path) -> None:
    name = "wick-2.0-py3-none-any.whl"
    right = f"wick==2.0 --hash=sha256:{sha256(wheels / name)}\n"
    (weft.cwd / "in.txt").write_text("wick==2.0 --hash=sha256:" + "0" * 64 + "\n")
    done = weft("pip", "download", "-r", "in.txt", "--require-hashes", "-d", "out")
    assert done.code == 1
    assert names(weft.cwd / "out") == [] if (weft.cwd / "out").exists() else True
    (weft.cwd / "in.txt").write_text(right)
    weft.ok("pip", "download", "-r", "in.txt", "--require-hashes", "-d", "out")
    assert names(weft.cwd / "out") == [name]


@pytest.fixture
def platforms(wheels: Path) -> None:
    """A project with a wheel for each of several platforms, and one that differs by platform."""
    for tag in (
        "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-cp312-musllinux_1_2_x86_64",
        "cp312-cp312-macosx_11_0_arm64",
        "cp312-cp312-win_amd64",
        "pp310-pypy310_pp73-win_amd64",
        "cp310-abi3-win_arm64",
    ):
        requires = ["oil; sys_platform == 'win32'", "wick; sys_platform != 'win32'"]
        make_wheel(wheels, "gear", "1.0", tag=tag, requires=requires)


@pytest.mark.usefixtures("platforms")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--platform", "win_amd64"], ["cp312-cp312-win_amd64", "oil"]),
        (["--platform", "windows"], ["cp312-cp312-win_amd64", "oil"]),
        (["--platform", "macosx_13_0_arm64"], ["cp312-cp312-macosx_11_0_arm64", "wick"]),
        (["--platform", "manylinux2014_x86_64"],
         ["cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "wick"]),
        (["--platform", "manylinux_2_39_x86_64"], ["cp312-cp312-manylinux_2_28_x86_64", "wick"]),
        (["--platform", "musllinux_1_2_x86_64"], ["cp312-cp312-musllinux_1_2_x86_64", "wick"]),
        (["--platform", "win_arm64", "--abi", "abi3"], ["cp310-abi3-win_arm64", "oil"]),
        (["--platform", "any", "--platform", "win_amd64"], ["cp312-cp312-win_amd64", "oil"]),
    ],
)  # fmt: skip
def test_files_for_another_platform(weft: Weft, words: list[str], expected: list[str]) -> None:
    weft.ok("pip", "download", "gear", "--python-version", "312", *words)
    gear, other = names(weft.cwd)
    assert gear == f"gear-1.0-{expected[0]}.whl"
    assert other.startswith(expected[1])


def test_a_python_that_is_not_there_matters_only_to_builds(weft: Weft) -> None:
    words = ["pip", "download", "oil", "--python-version", "3.99"]
    assert "will be used to build dependencies instead" in weft.ok(*words).err
    assert "warning" not in weft.ok(*words, "--only-binary", ":all:").err


@pytest.mark.usefixtures("platforms")
def test_files_for_another_kind_of_python(weft: Weft) -> None:
    words = ["--python-version", "3.10", "--implementation", "pp", "--abi", "pypy310_pp73"]
    weft.ok("pip", "download", "gear", "--no-deps", "--platform", "win_amd64", *words)
    assert names(weft.cwd) == ["gear-1.0-pp310-pypy310_pp73-win_amd64.whl"]


@pytest.mark.usefixtures("platforms")
def test_a_platform_without_a_file_is_told(weft: Weft) -> None:
    done = weft("pip", "download", "gear", "--platform", "linux_armv7l", "--python-version", "312")
    assert done.code == 1
    assert "gear" in done.err
    assert names(weft.cwd) == []


@pytest.mark.parametrize("text", ["bogus", "manylinux_x_y_z", "macosx_10", "", "android_x_y"])
def test_an_unknown_platform_is_an_error(weft: Weft, text: str) -> None:
    done = weft("pip", "download", "wick", "--platform", text)
    assert done.code == 2
    assert f"error: `{text}` is not a platform that wheels are made for" in done.lines


def test_an_archive_of_a_source_is_saved_as_it_is(weft: Weft, wheels: Path) -> None:
    archive = Path(make_sdist(wheels, "in-tree", "loom", "1.0", requires=["wick"]))
    weft.ok("pip", "download", "loom", "-d", "out")
    assert names(weft.cwd / "out") == [archive.name, "wick-2.0-py3-none-any.whl"]
    assert (weft.cwd / "out" / archive.name).read_bytes() == archive.read_bytes()


def test_an_archive_in_the_cache_is_not_fetched_again(
    weft: Weft, wheels: Path, index: IndexServer
) -> None:
    archive = Path(make_sdist(wheels, "in-tree", "loom", "1.0"))
    weft.ok("pip", "download", "loom", "-d", "one")
    index.forget()
    weft.ok("pip", "download", "loom", "-d", "two")
    assert index.count("file") == 0
    copy = weft.cwd / "two" / archive.name
    copy.write_bytes(b"changed")  # what is in the folder is nobody else's
    weft.ok("pip", "download", "loom", "-d", "three")
    assert (weft.cwd / "three" / archive.name).read_bytes() == archive.read_bytes()


def test_sources_can_be_forbidden_and_demanded(weft: Weft, wheels: Path) -> None:
    make_sdist(wheels, "in-tree", "wick", "2.0")
    make_sdist(wheels, "in-tree", "loom", "1.0")
    weft.ok("pip", "download", "wick==2.0", "--no-binary", "wick", "-d", "source")
    assert names(weft.cwd / "source") == ["wick-2.0.tar.gz"]
    done = weft("pip", "download", "loom", "--only-binary", ":all:")
    assert done.code == 1
    assert names(weft.cwd) == ["source"]


def test_a_directory_becomes_a_source_distribution(weft: Weft) -> None:
    make_project(weft.cwd / "loom", "in-tree", "loom", "3.0", requires=["wick"])
    weft.ok("pip", "download", "./loom", "-d", "out")
    assert names(weft.cwd / "out") == ["loom-3.0.tar.gz", "wick-2.0-py3-none-any.whl"]
    weft.venv()
    weft.ok("pip", "install", "--no-index", "-f", "out", "loom")
    assert weft.python(".venv", "import loom; print(loom.version)") == "3.0"


def test_a_file_given_by_its_path_is_saved_too(weft: Weft, wheels: Path) -> None:
    weft.ok("pip", "download", str(wheels / "heater-1.0-py3-none-any.whl"), "--no-deps")
    name = "heater-1.0-py3-none-any.whl"
    assert (weft.cwd / name).read_bytes() == (wheels / name).read_bytes()
    again = weft.ok("pip", "download", f"./{name}", "--no-deps")
    assert f"File was already downloaded ./{name}" in again.lines


def test_find_links_on_this_machine_are_cloned_or_copied(weft: Weft, wheels: Path) -> None:
    weft.ok("pip", "download", "wick", "--no-index", "-f", str(wheels), "-d", "out")
    name = "wick-2.0-py3-none-any.whl"
    assert (weft.cwd / "out" / name).stat().st_ino != (wheels / name).stat().st_ino


@pytest.mark.parametrize(
    "answer", [status(500), status(404), garbage(), half()], ids=["500", "404", "garbage", "half"]
)
def test_a_server_that_fails_leaves_nothing_half(
    weft: Weft, index: IndexServer, answer: object
) -> None:
    index.fail("/files/oil-3.0-py3-none-any.whl", answer, always=True)  # type: ignore[arg-type]
    done = weft("pip", "download", "lantern==1.0", "-d", "out")
    assert done.code in (1, 2)
    assert "Failed to download `oil==3.0`" in done.err
    assert set(names(weft.cwd / "out")) <= set(LANTERN) - {"oil-3.0-py3-none-any.whl"}


def test_what_was_complete_before_a_failure_is_kept_the_next_time(
    weft: Weft, index: IndexServer
) -> None:
    index.fail("/files/oil-3.0-py3-none-any.whl", status(404), always=True)
    weft("pip", "download", "wick", "-d", "out")
    assert weft("pip", "download", "lantern==1.0", "-d", "out").code != 0
    index.forget()
    index.fail("/files/oil-3.0-py3-none-any.whl")
    weft.ok("pip", "download", "lantern==1.0", "-d", "out")
    assert names(weft.cwd / "out") == LANTERN
    assert index.count(path="/files/wick-2.0-py3-none-any.whl") == 0


def test_killed_in_the_middle_and_repeated(weft: Weft, index: IndexServer) -> None:
    index.fail("/files/oil-3.0-py3-none-any.whl", slow(60), always=True)
    process = weft.start("pip", "download", "lantern==1.0", "-d", "out")
    out = weft.cwd / "out"
    deadline = time.monotonic() + 60
    while not out.exists() or len(set(names(out)) & set(LANTERN)) < 2:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert set(names(out)) <= {*LANTERN, ".weft-download"}
    assert "oil-3.0-py3-none-any.whl" not in names(out)
    index.fail("/files/oil-3.0-py3-none-any.whl")
    weft.ok("pip", "download", "lantern==1.0", "-d", "out")
    assert names(out) == LANTERN


def test_two_at_once_into_one_directory(weft: Weft) -> None:
    runs = [weft.start("pip", "download", "lantern==1.0", "-d", "out") for _ in range(2)]
    for run in runs:
        _, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
    assert names(weft.cwd / "out") == LANTERN


@pytest.mark.mounts
def test_a_full_disk_is_told_and_leaves_nothing_half(weft: Weft, mounts: Mounter) -> None:
    place = mounts.tmpfs("small", size="4k") / "out"
    done = weft("pip", "download", "lantern==1.0", "-d", str(place))
    assert done.code == 2
    assert "No space left on device (os error 28)" in done.err
    assert "error: Failed to write" in done.err
    assert not any(name.endswith(".whl") and name not in LANTERN for name in names(place))
    for name in names(place):
        assert (place / name).stat().st_size > 0


@pytest.mark.mounts
def test_a_read_only_directory_is_told(weft: Weft, mounts: Mounter) -> None:
    place = mounts.tmpfs("sealed")
    mounts.remount(place, "ro")
    done = weft("pip", "download", "wick", "-d", str(place))
    assert done.code == 2
    assert "Read-only file system (os error 30)" in done.err
    assert str(place) in done.err


def test_a_file_in_the_place_of_the_directory_is_told(weft: Weft) -> None:
    (weft.cwd / "out").write_text("")
    done = weft("pip", "download", "wick", "-d", "out")
    assert done.code == 2
    assert "`" + str(weft.cwd / "out") + "`" in done.err


def test_an_interrupt_leaves_what_is_complete(weft: Weft, index: IndexServer) -> None:
    index.fail("/files/oil-3.0-py3-none-any.whl", slow(60), always=True)
    process = weft.start("pip", "download", "lantern==1.0", "-d", "out", WEFT_HTTP_TIMEOUT="5")
    out = weft.cwd / "out"
    deadline = time.monotonic() + 60
    while not out.exists() or len(set(names(out)) & set(LANTERN)) < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert names(out) == [LANTERN[0], LANTERN[2]]


def test_a_file_name_that_leads_out_of_the_directory_is_refused(
    weft: Weft, index: IndexServer, wheels: Path
) -> None:
    digest = sha256(wheels / "wick-2.0-py3-none-any.whl")
    link = f"../../files/wick-2.0-py3-none-any.whl#sha256={digest}"
    for name in ("../../evil-2.0-py3-none-any.whl", "/tmp/wick-2.0-py3-none-any.whl"):
        page = f'<!DOCTYPE html><html><body><a href="{link}">{name}</a></body></html>'
        index.pages["/simple/wick/"] = ("text/html", page.encode())
        done = weft("pip", "download", "wick", "-d", "out", "--refresh")
        assert "Traceback" not in done.err
        assert done.code != 0 or names(weft.cwd / "out") == ["wick-2.0-py3-none-any.whl"]
        assert {path.name for path in weft.cwd.parent.iterdir()} == before_of(weft)


def before_of(weft: Weft) -> set[str]:
    """What lies around the working directory and is meant to."""
    return {weft.cwd.name, weft.home.name, weft.cache.name, "wheels"}


@pytest.mark.parametrize(("mode", "links"), [("hardlink", 2), ("copy", 1), ("auto", 1)])
def test_archives_are_linked_only_where_that_was_asked_for(
    weft: Weft, wheels: Path, mode: str, links: int
) -> None:
    archive = Path(make_sdist(wheels, "in-tree", "loom", "1.0"))
    weft.ok("pip", "download", "loom", "-d", "out", "--link-mode", mode)
    found = weft.cwd / "out" / archive.name
    assert found.stat().st_nlink == links
    assert found.read_bytes() == archive.read_bytes()


def test_nothing_asked_for_is_an_error(weft: Weft) -> None:
    done = weft("pip", "download")
    assert done.code == 2
    assert "error: the following required arguments were not provided:" in done.lines
