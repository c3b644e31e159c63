"""`weft pip install` from the first download to nothing to do."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel


def test_packages_and_what_they_need_are_installed_and_listed(weft: Weft) -> None:
    weft.venv()
    done = weft.ok("pip", "install", "lantern")
    assert done.out == ""
    assert done.lines == [
        "Resolved 3 packages in T",
        "Prepared 3 packages in T",
        "Installed 3 packages in T",
        " + lantern==1.0",
        " + oil==3.0",
        " + wick==2.0",
    ]
    assert weft.python(".venv", "import lantern; lantern.main()") == "light"


def test_a_second_time_there_is_nothing_to_do_and_nothing_is_asked(
    weft: Weft, index: IndexServer
) -> None:
    weft.venv()
    weft.ok("pip", "install", "lantern")
    index.forget()
    assert weft.ok("pip", "install", "lantern", "wick>1").lines == ["Checked 2 packages in T"]
    assert index.count() == 0


def test_a_second_environment_is_linked_from_the_cache_without_a_file_request(
    weft: Weft, index: IndexServer
) -> None:
    for name in ("one", "two"):
        weft.venv(name)
    weft.ok("pip", "install", "--python", "one", "lantern")
    index.forget()
    done = weft.ok("pip", "install", "--python", "two", "--link-mode", "hardlink", "lantern")
    assert index.count("file") == index.count("page") == 0
    assert not any("Prepared" in line for line in done.lines)
    data = "lantern/data.txt"
    status = os.stat(weft.site_packages("two") / data)
    assert status.st_nlink >= 2
    empty = os.stat(weft.site_packages("two") / "lantern/empty.py")
    assert (empty.st_nlink, empty.st_size) == (1, 0)


def test_linked_files_are_sealed_and_copies_can_be_written(weft: Weft) -> None:
    for mode in ("hardlink", "copy"):
        weft.venv(mode)
        weft.ok("pip", "install", "--python", mode, "--link-mode", mode, "lantern")
    modes = {
        mode: stat.S_IMODE(os.stat(weft.site_packages(mode) / "lantern/data.txt").st_mode)
        for mode in ("hardlink", "copy")
    }
    assert modes["hardlink"] & 0o222 == 0
    assert modes["copy"] & 0o200


def test_sealing_can_be_turned_off(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "--link-mode", "hardlink", "lantern", WEFT_SEAL="false")
    mode = stat.S_IMODE(os.stat(weft.site_packages() / "lantern/data.txt").st_mode)
    assert mode & 0o200


def test_strictness_against_copies_that_were_asked_for_names_the_link_mode(weft: Weft) -> None:
    weft.venv()
    done = weft("pip", "install", "--link-mode", "copy", "--link-strict", "wick")
    assert done.code == 1
    assert "would be copied into the environment, but `--link-strict` was given" in done.err
    assert done.lines[-1] == (
        "hint: The link mode is `copy`; use `--link-mode auto` to share files with the cache"
    )
    done = weft("pip", "install", "--link-mode", "copy", "wick", WEFT_LINK_POLICY="require-shared")
    assert done.code == 1
    assert 'into the environment, but `link-policy = "require-shared"` is set' in done.err
    assert weft.ok("pip", "freeze").out == ""


def test_symbolic_links_lead_into_the_store(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "--link-mode", "symlink", "lantern")
    path = weft.site_packages() / "lantern/data.txt"
    assert path.is_symlink()
    assert str(weft.cache) in os.readlink(path)
    assert weft.python(".venv", "import lantern; lantern.main()") == "light"


def test_an_upgrade_replaces_and_names_both_versions(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick==1.0")
    assert weft.ok("pip", "install", "wick").lines == ["Checked 1 package in T"]
    done = weft.ok("pip", "install", "-U", "wick")
    assert done.lines[-2:] == [" - wick==1.0", " + wick==2.0"]
    assert weft.python(".venv", "import wick; print(wick.version)") == "2.0"
    left = sorted(path.name for path in weft.site_packages().glob("wick*"))
    assert left == ["wick", "wick-2.0.dist-info"]


def test_an_upgrade_never_leads_to_a_lower_version(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "lantern==2.0rc1")
    done = weft.ok("pip", "install", "-U", "lantern")
    assert done.lines == ["Resolved 2 packages in T", "Checked 2 packages in T"]
    assert weft.ok("pip", "install", "-U", "lantern<2.0rc1").lines[-1] == " + oil==3.0"


def test_what_is_installed_stays_where_it_fits(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick==1.5")
    done = weft.ok("pip", "install", "lantern")
    assert " + wick==2.0" not in done.lines
    assert weft.ok("pip", "freeze").out.splitlines() == ["lantern==1.0", "oil==3.0", "wick==1.5"]


def test_reinstall_says_so_with_a_tilde(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick")
    done = weft.ok("pip", "install", "--reinstall", "wick")
    assert done.lines[-1] == " ~ wick==2.0"


def test_a_dry_run_changes_nothing(weft: Weft) -> None:
    weft.venv()
    done = weft.ok("pip", "install", "--dry-run", "lantern[bright]")
    assert done.lines == [
        "Resolved 4 packages in T",
        "Would download 4 packages",
        "Would install 4 packages",
        " + lantern==1.0",
        " + mirror==1.0",
        " + oil==3.0",
        " + wick==2.0",
    ]
    assert weft.ok("pip", "list").out == ""
    assert not (weft.cwd / ".venv" / ".lock").exists()


def test_check_exits_1_only_if_something_would_change(weft: Weft) -> None:
    weft.venv()
    assert weft("pip", "install", "--check", "wick").code == 1
    weft.ok("pip", "install", "wick")
    done = weft.ok("pip", "install", "--check", "wick")
    assert done.lines == ["Checked 1 package in T", "Would make no changes"]


def test_exact_removes_what_was_not_asked_for(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "lantern")
    done = weft.ok("pip", "install", "--exact", "wick")
    assert done.lines[-2:] == [" - lantern==1.0", " - oil==3.0"]


def test_changes_are_told_to_machines_on_stdout(weft: Weft) -> None:
    weft.venv()
    done = weft.ok("pip", "install", "--output-format", "json", "wick")
    assert json.loads(done.out) == {
        "schema": {"version": "preview"},
        "changes": [{"name": "wick", "version": "2.0", "action": "installed"}],
        "dry_run": False,
    }


def test_the_receipt_accounts_for_every_byte(weft: Weft) -> None:
    weft.venv()
    receipt = weft.root / "receipt.json"
    weft.ok("pip", "install", "--receipt", str(receipt), "lantern")
    told = json.loads(receipt.read_text())
    assert told["files"] == sum(row["files"] for row in told["modes"]) > 5
    assert told["bytes"] == sum(row["bytes"] for row in told["modes"]) > 5000


@pytest.mark.parametrize(
    ("words", "pins"),
    [
        (["lantern", "--resolution", "lowest"], ["lantern==0.9", "wick==1.0"]),
        (["oil", "--resolution", "lowest-direct"], ["oil==1.0"]),
        (["lantern", "--prerelease", "allow"], ["lantern==2.0rc1", "wick==2.0"]),
        (["lantern", "--no-deps"], ["lantern==1.0"]),
        (["mirror"], ["mirror==1.0"]),
        (["wick<2 ; python_version > '3'", "oil; python_version < '3'"], ["wick==1.5"]),
    ],
)  # fmt: skip
def test_options_decide_which_versions(weft: Weft, words: list[str], pins: list[str]) -> None:
    weft.venv()
    weft.ok("pip", "install", *words)
    assert weft.ok("pip", "freeze").out.splitlines() == pins


def test_files_of_requirements_constraints_and_overrides_are_read(weft: Weft) -> None:
    (weft.cwd / "requirements.txt").write_text("lantern  # light\n-c limits.txt\n")
    (weft.cwd / "limits.txt").write_text("wick<2\n")
    (weft.cwd / "overrides.txt").write_text("oil==1.0\n")
    weft.venv()
    weft.ok("pip", "install", "-r", "requirements.txt", "--override", "overrides.txt")
    assert weft.ok("pip", "freeze").out.splitlines() == ["lantern==1.0", "oil==1.0", "wick==1.5"]


def test_a_wheel_is_installed_by_path_and_by_url(
    weft: Weft, wheels: Path, index: IndexServer
) -> None:
    weft.venv()
    path = make_wheel(weft.root / "elsewhere", "local", "1.0", requires=["wick"])
    done = weft.ok("pip", "install", path)
    assert done.lines[-2:] == [f" + local==1.0 (from file://{path})", " + wick==2.0"]
    url = index.file_url("oil-4.0-py3-none-any.whl")
    assert weft.ok("pip", "install", url).lines[-1] == f" + oil==4.0 (from {url})"
    frozen = weft.ok("pip", "freeze").out.splitlines()
    assert frozen == [f"local @ file://{path}", f"oil @ {url}", "wick==2.0"]


def test_the_bare_file_name_of_a_wheel_means_the_file(weft: Weft) -> None:
    weft.venv()
    path = make_wheel(weft.cwd, "local", "1.0", requires=["wick"])
    name = os.path.basename(path)
    done = weft.ok("pip", "install", name)
    assert done.lines[-2:] == [f" + local==1.0 (from file://{path})", " + wick==2.0"]


def test_hashes_are_required_and_checked(weft: Weft, wheels: Path) -> None:
    weft.venv()
    import hashlib

    digest = hashlib.sha256((wheels / "wick-2.0-py3-none-any.whl").read_bytes()).hexdigest()
    pins = weft.cwd / "pins.txt"
    pins.write_text(f"wick==2.0 --hash=sha256:{digest}\n")
    weft.ok("pip", "install", "--require-hashes", "-r", "pins.txt")
    pins.write_text(f"wick==1.5 --hash=sha256:{'0' * 64}\n")
    done = weft("pip", "install", "--require-hashes", "-r", "pins.txt")
    assert done.code == 1
    assert weft.python(".venv", "import wick; print(wick.version)") == "2.0"
    done = weft("pip", "install", "--require-hashes", "oil")
    assert done.code == 2
    assert "all requirements must have their versions pinned with `==`" in done.err


def test_target_and_prefix_take_packages_beside_environments(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "--target", "flat", "lantern")
    assert (weft.cwd / "flat" / "lantern" / "__init__.py").is_file()
    assert (weft.cwd / "flat" / "bin" / "lantern").is_file()
    weft.ok("pip", "install", "--prefix", "usr", "wick")
    assert list((weft.cwd / "usr").glob("lib/python3.*/site-packages/wick"))
    assert weft.ok("pip", "list").out == ""


def test_offline_works_from_the_cache_and_says_what_is_missing(
    weft: Weft, index: IndexServer
) -> None:
    weft.venv("one")
    weft.ok("pip", "install", "--python", "one", "lantern")
    weft.venv("two")
    index.forget()
    weft.ok("pip", "install", "--python", "two", "--offline", "lantern")
    done = weft("pip", "install", "--python", "two", "--offline", "heater")
    assert done.code == 1
    assert "heater was not found in the cache" in done.err
    assert "hint: Packages were unavailable because the network was disabled" in done.err
    assert index.count() == 0


def test_a_hundred_files_are_asked_for_once_each(
    weft: Weft, wheels: Path, index: IndexServer
) -> None:
    names = [f"part{number}" for number in range(40)]
    for name in names:
        make_wheel(wheels, name, "1.0", requires=["wick"])
    weft.venv()
    weft.ok("pip", "install", *names)
    asked = [each.path for each in index.requests if each.kind in ("page", "metadata", "file")]
    assert len(asked) == len(set(asked))
    assert index.count("page") == len(names) + 1


def test_compiled_bytecode_is_made_on_request(weft: Weft) -> None:
    weft.venv()
    done = weft.ok("pip", "install", "--compile-bytecode", "lantern")
    assert any(line.startswith("Bytecode compiled 4 files") for line in done.lines)
    assert list(weft.site_packages().glob("lantern/__pycache__/*.pyc"))


def test_an_installed_package_that_requires_something_else_is_resolved_anew(weft: Weft) -> None:
    """Of one version, but edited: what was found for another environment is not its answer."""
    for name in ("one", "two"):
        weft.venv(name)
        weft.ok("pip", "install", "-p", name, "--link-mode", "copy", "wick")
    metadata = next(weft.site_packages("two").glob("wick-*.dist-info")) / "METADATA"
    metadata.write_text(metadata.read_text().replace("\nName:", "\nRequires-Dist: mirror\nName:"))
    time.sleep(0.1)
    for _ in range(2):  # the second is the answer of the first
        assert (
            " + mirror==1.0"
            not in weft.ok("pip", "install", "-p", "one", "lantern", "--dry-run").lines
        )
    assert " + mirror==1.0" in weft.ok("pip", "install", "-p", "two", "lantern", "--dry-run").lines


def test_a_limit_of_age_leaves_no_answer_behind(weft: Weft) -> None:
    """It means another date each second, however many digits it begins with."""
    weft.venv()
    words = ("pip", "install", "wick", "--dry-run")
    weft.ok(*words)
    time.sleep(0.1)  # so that the page is old enough
    for limit in ("heater=1000 days", "heater=P3D"):
        weft.ok(*words, "--exclude-newer-package", limit)
        assert not list(weft.cache.rglob("resolution-*"))
    weft.ok(*words, "--exclude-newer-package", "heater=2024-01-01")
    assert list(weft.cache.rglob("resolution-*"))


def test_the_receipt_goes_through_links_and_into_pipes(weft: Weft) -> None:
    """As `/dev/stdout` and `/dev/null` are: neither may become a plain file."""
    weft.venv()
    pipe, link, behind = (weft.root / name for name in ("pipe", "link", "behind"))
    link.symlink_to(behind)
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        weft.ok("pip", "install", "wick", "--receipt", str(pipe))
        assert json.loads(os.read(descriptor, 1 << 16))["modes"]
    finally:
        os.close(descriptor)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    weft.ok("pip", "install", "oil", "--receipt", str(link))
    assert link.is_symlink()
    assert json.loads(behind.read_text())["modes"]


def test_paths_need_not_be_utf_8(weft: Weft) -> None:
    """Neither those of wheels nor those of the cache and of the place to install into."""
    place = weft.root / os.fsdecode(b"\xff place")
    make_wheel(place, "torch-bearer", "1.0")
    wheel = make_wheel(place, "bearer", "1.0", requires=["torch-bearer"])
    (place / os.fsdecode(b"\xfe-1.0-py3-none-any.whl")).write_bytes(b"of a project without a name")
    weft.venv()
    for words in (("bearer", "--target", str(place / "target")), (str(wheel),)):
        weft.ok(
            "pip", "install", "--no-index", "--find-links", str(place), *words,
            WEFT_CACHE_DIR=str(place / "cache"),
        )  # fmt: skip
    assert (place / "target" / "bearer-1.0.dist-info").is_dir()
    assert weft.python(".venv", "import bearer, torch_bearer; print('both')") == "both"
