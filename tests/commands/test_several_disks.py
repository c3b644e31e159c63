"""One cache over several file systems, as a person with several disks meets it.

The tests named after issues of another tool (their numbers are of its public tracker) replay what
somebody did there and check what weft does.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.mounts import Mounter, shared_bytes
from tests.support.wheels import make_wheel

pytestmark = pytest.mark.mounts
NAMES = [f"piece{number}" for number in range(20)]


@pytest.fixture
def disks(mounts: Mounter) -> dict[str, Path]:
    """Three file systems."""
    return {
        "ext4": mounts.ext4("ext4"),
        "xfs": mounts.xfs("xfs"),
        "tmpfs": mounts.tmpfs("tmpfs"),
    }


@pytest.fixture
def home(weft: Weft, disks: dict[str, Path], wheels: Path) -> Weft:
    """Twenty packages on the index; the cache is on ext4, environments wherever they are put."""
    for number, name in enumerate(NAMES):
        files = {f"{name}/part{part}.py": f"value = {part * number}\n" * 400 for part in range(12)}
        files[f"{name}/__init__.py"] = "" if number % 2 else "x = 1\n"
        files[f"{name}/blob.bin"] = os.urandom(400_000)  # type: ignore[assignment]
        make_wheel(wheels, name, "1.0", files=files)
    weft.environ["WEFT_CACHE_DIR"] = str(disks["ext4"] / "cache")
    weft.cache = disks["ext4"] / "cache"
    return weft


def environment(weft: Weft, disk: Path, name: str) -> Path:
    path = disk / name
    weft.venv(str(path))
    return path


def payload(environment: Path) -> list[Path]:
    """The files of the packages themselves, without what installing generates, and not empty."""
    return [
        path
        for path in environment.glob("lib/python3*/site-packages/piece*/*")
        if path.is_file() and path.stat().st_size
    ]


def shared(path: Path) -> bool:
    """Whether a file's bytes are somebody else's too: by link count, or by shared extents."""
    if path.stat().st_nlink >= 2:
        return True
    try:
        in_common, mapped = shared_bytes(path)
    except OSError:  # tmpfs knows no extents, and cannot clone
        return False
    return in_common == mapped > 0


def install(weft: Weft, environment: Path, *words: str) -> dict[str, object]:
    receipt = weft.root / "receipt.json"
    done = weft.ok(
        "pip", "install", "-p", str(environment), "--receipt", str(receipt), *words, *NAMES
    )
    return {"told": json.loads(receipt.read_text()), "lines": done.lines, "err": done.err}


def test_one_install_fills_every_file_system_without_the_network(
    home: Weft, disks: dict[str, Path], index: IndexServer
) -> None:
    install(home, environment(home, disks["ext4"], "first"))
    for kind in ("xfs", "tmpfs"):
        index.forget()
        first = environment(home, disks[kind], "first")
        done = install(home, first)
        assert index.count("file") == index.count("range") == 0
        assert "warning" not in done["err"]  # type: ignore[operator]
        files = payload(first)
        total = sum(path.stat().st_size for path in files)
        together = sum(path.stat().st_size for path in files if shared(path))
        assert together >= 0.99 * total, (kind, [path for path in files if not shared(path)])
        second = install(home, environment(home, disks[kind], "second"))
        copied = [row for row in second["told"]["modes"] if row["mode"] == "copy"]  # type: ignore[index]
        assert sum(row["bytes"] for row in copied) == 0
        assert index.count("file") == 0


def test_a_note_says_once_where_the_member_is(home: Weft, disks: dict[str, Path]) -> None:
    first = install(home, environment(home, disks["tmpfs"], "first"))
    assert sum(".weft-cache" in line for line in first["lines"]) >= 1  # type: ignore[union-attr]
    second = install(home, environment(home, disks["tmpfs"], "second"))
    assert not any(".weft-cache" in line for line in second["lines"])  # type: ignore[union-attr]


def test_the_sizes_agree_with_the_blocks_on_disk(home: Weft, disks: dict[str, Path]) -> None:
    for kind in ("ext4", "xfs", "tmpfs"):
        install(home, environment(home, disks[kind], "first"))
    told = json.loads(home.ok("cache", "size", "--output-format", "json").out)
    blocks, seen = 0, set()
    for root in [home.cache, disks["xfs"] / ".weft-cache", disks["tmpfs"] / ".weft-cache"]:
        assert root.is_dir()
        for folder, _, names in os.walk(root):
            for entry in [folder, *(os.path.join(folder, name) for name in names)]:
                status = os.lstat(entry)
                if (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    blocks += status.st_blocks * 512
    assert abs(told["bytes"] - blocks) <= 0.01 * blocks


def test_an_unmounted_member_is_named_and_everything_else_works(
    home: Weft, disks: dict[str, Path], mounts: Mounter
) -> None:
    for kind in ("ext4", "xfs"):
        install(home, environment(home, disks[kind], "first"))
    mounts.unmount(disks["xfs"])
    for words in (
        ("cache", "size"),
        ("cache", "dir"),
        ("cache", "prune"),
        ("pip", "list", "-p", str(disks["ext4"] / "first")),
    ):
        home.ok(*words)
    done = home.ok("cache", "prune")
    assert str(disks["xfs"]) in done.err
    install(home, environment(home, disks["ext4"], "second"))


def test_issue_3886_two_disks_cost_no_copies(home: Weft, disks: dict[str, Path]) -> None:
    """The cache on the system disk, projects on another: 81 GB were spent on copies."""
    disk = disks["xfs"]
    install(home, environment(home, disk, "one"), "--link-mode", "hardlink")
    two = environment(home, disk, "two")
    os.sync()
    before = os.statvfs(disk)
    install(home, two, "--link-mode", "hardlink")
    os.sync()
    after = os.statvfs(disk)
    spent = (before.f_bfree - after.f_bfree) * before.f_frsize
    size = sum(path.stat().st_size for path in payload(two))
    assert spent < 0.1 * size


def test_issue_6397_no_vague_warning_across_drives(home: Weft, disks: dict[str, Path]) -> None:
    """`Failed to hardlink files; falling back to full copy` said neither why nor what to do."""
    done = install(home, environment(home, disks["tmpfs"], "env"))
    assert "warning" not in done["err"]  # type: ignore[operator]


def test_issue_6397_where_it_must_copy_it_says_why_and_what_to_do(
    home: Weft, disks: dict[str, Path], wheels: Path
) -> None:
    make_wheel(wheels, "large", "1.0", files={"large/data.bin": os.urandom(12 << 20)})
    path = environment(home, disks["tmpfs"], "env")
    done = home.ok("pip", "install", "-p", str(path), "large", WEFT_CACHE_MEMBERS="false")
    assert "Copied 12.0MiB" in done.err
    assert "(os error 18)" in done.err
    assert str(disks["ext4"]) in done.err
    assert "tmpfs" in done.err
    assert done.lines[-2].startswith("hint: Run `export WEFT_CACHE_MEMBERS=1`")
    told = home.ok("pip", "install", "-p", str(path), "--reinstall", "large").err
    assert "warning" not in told


def test_issue_3547_a_clone_that_fails_is_the_matter_of_one_file(
    home: Weft, disks: dict[str, Path]
) -> None:
    """Whole directories could not be cloned there; weft goes file by file."""
    done = install(home, environment(home, disks["xfs"], "env"), "--link-mode", "clone")
    modes = {row["mode"] for row in done["told"]["modes"]}  # type: ignore[index]
    assert "clone" in modes
    assert "copy" not in modes


def test_strict_fails_before_a_file_is_written(home: Weft, disks: dict[str, Path]) -> None:
    path = environment(home, disks["tmpfs"], "env")
    for words in (["--link-strict"], ["--max-copied", "10KiB"]):
        done = home("pip", "install", "-p", str(path), *words, *NAMES, WEFT_CACHE_MEMBERS="false")
        assert done.code == 1, done.err
        assert "would be copied" in done.err
        assert "(os error 18)" in done.err
        assert not payload(path)
    home.ok("pip", "install", "-p", str(path), "--link-strict", *NAMES)
    assert payload(path)


def test_symlinked_environments_survive_prune_and_stop_clean(
    home: Weft, disks: dict[str, Path]
) -> None:
    path = environment(home, disks["tmpfs"], "env")
    install(home, path, "--link-mode", "symlink")
    home.ok("cache", "prune")
    check = "import " + ", ".join(NAMES)
    home.python(str(path), check)
    done = home("cache", "clean")
    assert done.code == 1
    assert str(path) in done.err
    assert "--materialize" in done.err
    home.python(str(path), check)
    home.ok("cache", "clean", "--materialize")
    home.python(str(path), check)
    assert not any(file.is_symlink() for file in path.glob("lib/python3*/site-packages/**/*"))
    told = json.loads(home.ok("cache", "size", "--output-format", "json").out)
    assert told["bytes"] < 200_000


def test_a_process_that_imports_late_outlives_every_prune(
    home: Weft, disks: dict[str, Path]
) -> None:
    import subprocess

    path = environment(home, disks["tmpfs"], "env")
    install(home, path, "--link-mode", "symlink")
    code = f"import importlib\nfor name in {NAMES!r}:\n    importlib.import_module(name)\n"
    code += (
        "    importlib.import_module(name + '.part7')\n    print(name, flush=True)\n    input()\n"
    )
    words = [str(path / "bin" / "python"), "-I", "-c", code]
    with subprocess.Popen(words, stdin=-1, stdout=-1, stderr=-1) as late:
        assert late.stdin is not None and late.stdout is not None
        for number, name in enumerate(NAMES):
            assert late.stdout.readline() == f"{name}\n".encode()
            if number % 4 == 0:
                home.ok("cache", "prune")
            late.stdin.write(b"\n")
            late.stdin.flush()
        _, err = late.communicate()
    assert (late.returncode, err) == (0, b"")
