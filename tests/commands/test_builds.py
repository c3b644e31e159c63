"""`weft pip install` of what has to be built, with real back ends: sdists, trees, editables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from tests.support.backends import BACKENDS, backend_wheels, make_project, make_sdist
from tests.support.commands import Weft
from tests.support.index_server import IndexServer


@pytest.fixture
def workbench(weft: Weft, wheels: Path) -> Weft:
    """An index with real back ends, and an environment."""
    backend_wheels(wheels)
    weft.venv()
    return weft


def record(weft: Weft, directory: str, name: str) -> dict[str, object]:
    path = weft.site_packages() / directory / name
    found: dict[str, object] = json.loads(path.read_text())
    return found


def built_entries(weft: Weft) -> list[Path]:
    return list(weft.cache.glob("built-v1/**/*.whl"))


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_an_sdist_of_every_back_end_is_built_and_installed(
    workbench: Weft, wheels: Path, backend: str
) -> None:
    make_sdist(wheels, backend, "sample", "1.5", requires=["oil<3"])
    done = workbench.ok("pip", "install", "sample")
    assert done.lines == [
        "Resolved 2 packages in T",
        "   Building sample==1.5",
        "      Built sample==1.5",
        "Prepared 2 packages in T",
        "Installed 2 packages in T",
        " + oil==2.0",
        " + sample==1.5",
    ]
    assert workbench.python(".venv", "import sample; sample.main()") == "1.5"


def test_what_was_built_once_is_linked_from_then_on(
    workbench: Weft, wheels: Path, index: IndexServer
) -> None:
    make_sdist(wheels, "flit_core", "sample", "1.5")
    workbench.ok("pip", "install", "sample")
    workbench.venv("second")
    index.forget()
    done = workbench.ok("pip", "install", "--python", "second", "sample")
    assert done.lines[1:] == [
        "Resolved 1 package in T",
        "Installed 1 package in T",
        " + sample==1.5",
    ]
    assert index.count("file") == 0


def test_metadata_that_stands_in_the_sdist_needs_no_build(workbench: Weft, wheels: Path) -> None:
    make_sdist(wheels, "setuptools", "sample", "1.5", requires=["nowhere>=3"], static=True)
    done = workbench("pip", "install", "sample")
    assert done.code == 1
    assert "nowhere was not found" in done.err
    assert "Building" not in done.err
    assert not built_entries(workbench)


def test_settings_for_the_back_end_are_part_of_what_is_kept(workbench: Weft, wheels: Path) -> None:
    make_sdist(
        wheels, "in-tree", "sample", "1.5",
        code="def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
             "    text = 'colour = %r' % (config_settings or {}).get('colour')\n"
             "    return write_wheel(directory, files=[('sample.py', text)])\n",
    )  # fmt: skip
    for colour in ("red", "blue", "red"):
        workbench.ok("pip", "install", "--reinstall", "sample", "-C", f"colour={colour}")
        assert workbench.python(".venv", "import sample; print(sample.colour)") == colour
    assert len(built_entries(workbench)) == 2


def test_a_directory_is_built_again_whenever_it_is_named(workbench: Weft) -> None:
    tree = Path(make_project(workbench.root / "tree", "flit_core", "sample"))
    first = workbench.ok("pip", "install", str(tree))
    assert f" + sample==1.0 (from file://{tree})" in first.lines
    module = next(tree.glob("**/sample/__init__.py"))
    module.write_text(module.read_text() + "\nchanged = 1\n")
    again = workbench.ok("pip", "install", str(tree))
    assert f" ~ sample==1.0 (from file://{tree})" in again.lines
    assert workbench.python(".venv", "import sample; print(sample.changed)") == "1"
    info = "sample-1.0.dist-info"
    assert record(workbench, info, "direct_url.json") == {"url": f"file://{tree}", "dir_info": {}}
    assert record(workbench, info, "uv_build.json") == {}
    assert record(workbench, info, "uv_cache.json")["timestamp"]


def test_a_directory_out_of_a_file_is_built_again_when_its_metadata_changed(
    workbench: Weft,
) -> None:
    tree = Path(make_project(workbench.root / "tree", "hatchling", "sample"))
    (workbench.cwd / "all.txt").write_text(f"-e {tree}\nwick\n")
    workbench.ok("pip", "install", "-r", "all.txt")
    assert workbench.ok("pip", "install", "-r", "all.txt").lines == ["Checked 2 packages in T"]
    text = (tree / "pyproject.toml").read_text()
    (tree / "pyproject.toml").write_text(text.replace("1.0", "1.1"))
    done = workbench.ok("pip", "install", "-r", "all.txt")
    assert done.lines[-2:] == [
        f" - sample==1.0 (from file://{tree})",
        f" + sample==1.1 (from file://{tree})",
    ]


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_editing_shows_at_once_and_editable_can_be_switched(workbench: Weft, backend: str) -> None:
    tree = Path(make_project(workbench.root / "tree", backend, "sample", requires=["wick"]))
    workbench.ok("pip", "install", "-e", str(tree))
    module = next(tree.glob("**/sample/__init__.py"))
    module.write_text(module.read_text() + "\nchanged = 1\n")
    ask = "import sample; print(getattr(sample, 'changed', 0))"
    assert workbench.python(".venv", ask) == "1"
    listed = json.loads(workbench.ok("pip", "list", "--format", "json").out)
    assert listed[0]["editable_project_location"] == str(tree)
    workbench.ok("pip", "install", str(tree))
    module.write_text(module.read_text() + "\nchanged = 2\n")
    assert workbench.python(".venv", ask) == "1"
    workbench.ok("pip", "install", "-e", str(tree))
    assert workbench.python(".venv", ask) == "2"
    workbench.ok("pip", "uninstall", "sample")
    assert not list(workbench.site_packages().glob("*sample*"))


def test_dependencies_by_url_of_a_direct_requirement_are_followed(workbench: Weft) -> None:
    inner = make_project(workbench.root / "inner", "flit_core", "inner")
    outer = make_project(
        workbench.root / "outer", "flit_core", "outer", requires=[f"inner @ file://{inner}"]
    )
    done = workbench.ok("pip", "install", str(outer))
    assert done.lines[-2:] == [
        f" + inner==1.0 (from file://{inner})",
        f" + outer==1.0 (from file://{outer})",
    ]


def test_archives_by_path_and_by_url(workbench: Weft, wheels: Path, index: IndexServer) -> None:
    path = make_sdist(workbench.cwd, "hatchling", "sample", "1.0", format="zip")
    workbench.ok("pip", "install", path)
    remote = make_sdist(wheels, "hatchling", "other", "2.0")
    url = index.file_url(os.path.basename(remote))
    done = workbench.ok("pip", "install", url)
    assert done.lines[-1] == f" + other==2.0 (from {url})"
    assert workbench.ok("pip", "install", path).lines[-1] == "Checked 1 package in T"


def test_a_hash_is_compared_with_the_archive(workbench: Weft, wheels: Path) -> None:
    make_sdist(wheels, "flit_core", "sample", "1.5")
    (workbench.cwd / "pinned.txt").write_text(f"sample==1.5 --hash=sha256:{'0' * 64}\n")
    done = workbench("pip", "install", "-r", "pinned.txt")
    assert done.code == 1
    assert "Hash mismatch" in done.err
    assert not built_entries(workbench)
    assert not list(workbench.site_packages().glob("sample*"))


def test_nothing_is_built_where_that_is_forbidden(workbench: Weft, wheels: Path) -> None:
    make_sdist(wheels, "flit_core", "sample", "1.5")
    done = workbench("pip", "install", "--no-build", "sample")
    assert done.code == 1
    assert "building from source is disabled for all packages" in done.err
    tree = make_project(workbench.root / "tree", "setuptools", "tree", toml="")
    done = workbench("pip", "install", "--only-binary", "tree", f"tree @ file://{tree}")
    assert done.code == 1
    assert "is disabled, but attempted to build `tree`" in done.err


def test_without_isolation_the_environment_itself_has_to_have_the_back_end(
    workbench: Weft, wheels: Path
) -> None:
    make_sdist(wheels, "flit_core", "sample", "1.5")
    done = workbench("pip", "install", "--no-build-isolation", "sample")
    assert done.code == 1
    assert "flit_core" in done.err
    done = workbench.ok("pip", "install", "flit_core")
    done = workbench.ok("pip", "install", "--no-build-isolation", "sample")
    assert done.lines[-1] == " + sample==1.5"


def test_a_build_requirement_that_is_an_sdist_itself_is_built_first(
    workbench: Weft, wheels: Path
) -> None:
    make_sdist(wheels, "flit_core", "helper", "1.0")
    make_sdist(
        wheels, "in-tree", "sample", "1.5", build_requires=["helper"],
        code="import helper\n",
    )  # fmt: skip
    done = workbench.ok("pip", "install", "sample")
    assert done.lines[-1] == " + sample==1.5"


def test_projects_that_need_each_other_to_be_built_are_told(workbench: Weft, wheels: Path) -> None:
    make_sdist(wheels, "in-tree", "hen", "1.0", build_requires=["egg"])
    make_sdist(wheels, "in-tree", "egg", "1.0", build_requires=["hen"])
    done = workbench("pip", "install", "hen", "egg")
    assert done.code == 1
    assert "Cyclic build dependency detected for `" in done.err


def test_constraints_for_builds_hold(workbench: Weft, wheels: Path) -> None:
    make_sdist(wheels, "in-tree", "sample", "1.5", build_requires=["oil"],
               code="import importlib.metadata\n"
                    "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
                    "    text = 'oil = %r' % importlib.metadata.version('oil')\n"
                    "    return write_wheel(directory, files=[('sample.py', text)])\n")  # fmt: skip
    (workbench.cwd / "limits.txt").write_text("oil<3\n")
    workbench.ok("pip", "install", "--build-constraints", "limits.txt", "sample")
    assert workbench.python(".venv", "import sample; print(sample.oil)") == "2.0"
    workbench.ok("pip", "install", "--reinstall", "sample")
    assert workbench.python(".venv", "import sample; print(sample.oil)") == "4.0"


def test_another_name_or_version_than_the_archive_promises_is_an_error(
    workbench: Weft, wheels: Path
) -> None:
    path = Path(make_sdist(workbench.cwd, "flit_core", "sample", "1.0"))
    for other, what in (("sample-2.0.tar.gz", "version"), ("simple-1.0.tar.gz", "name")):
        renamed = path.with_name(other)
        renamed.write_bytes(path.read_bytes())
        done = workbench("pip", "install", str(renamed))
        assert done.code == 1
        assert f"Package metadata {what} `" in done.err
        assert not built_entries(workbench)


def test_a_hostile_archive_leaves_nothing_behind(workbench: Weft, wheels: Path) -> None:
    with tarfile.open(wheels / "sample-1.0.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("sample-1.0/escape")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../../../../etc"
        archive.addfile(link)
    done = workbench("pip", "install", "sample")
    assert done.code == 1
    assert "escape" in done.err
    assert not built_entries(workbench)
    assert not list(workbench.cache.glob("staging-v1/*"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def build_wheel(*a, **k): raise SystemExit(3)", "exit status: 3"),
        ("def build_wheel(*a, **k): os.kill(os.getpid(), 9)", "signal: 9"),
        ("def build_wheel(*a, **k): os.write(2, b'\\xff\\x00\\xfe'); raise OSError", "build_wheel"),
        ("def build_wheel(*a, **k): return 'sample-1.5-py3-none-any.whl'", "sample-1.5-py3"),
        ("import no_such_thing", "no_such_thing"),
    ],
)
def test_a_back_end_that_fails_is_told_and_leaves_everything_as_it_was(
    workbench: Weft, wheels: Path, code: str, told: str
) -> None:
    make_sdist(wheels, "in-tree", "sample", "1.5", static=True, code=code)
    before = sorted(os.listdir(workbench.site_packages()))
    done = workbench("pip", "install", "sample")
    assert done.code == 1
    assert "error: Failed to build `sample==1.5`" in done.err
    assert told in done.err
    assert 'Traceback (most recent call last):\n  File "/' not in done.err.split("[stderr]")[0]
    assert sorted(os.listdir(workbench.site_packages())) == before
    assert not built_entries(workbench)
    assert not list(workbench.cache.glob("staging-v1/*"))


def test_two_processes_do_not_build_the_same_thing_twice(workbench: Weft, wheels: Path) -> None:
    log = workbench.root / "builds"
    make_sdist(wheels, "in-tree", "sample", "1.5", static=True,
               code="import time\n"
                    "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
                    f"    open({str(log)!r}, 'a').write('built\\n'); time.sleep(1)\n"
                    "    return write_wheel(directory)\n")  # fmt: skip
    workbench.venv("second")
    runs = [workbench.start("pip", "install", "--python", name, "sample")
            for name in (".venv", "second")]  # fmt: skip
    for run in runs:
        _, err = run.communicate(timeout=60)
        assert run.returncode == 0, err
    assert log.read_text() == "built\n"


@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_ends_back_ends_that_hang_with_their_children(
    workbench: Weft, wheels: Path, count: int
) -> None:
    place = workbench.root / "children"
    place.mkdir()
    names = [f"sample{number}" for number in range(count)]
    for name in names:
        make_sdist(
            wheels, "in-tree", name, "1.5", static=True,
            code="import subprocess, time\n"
                 "def build_wheel(*a, **k):\n"
                 "    words = [sys.executable, '-c', 'import time; time.sleep(99)']\n"
                 "    child = subprocess.Popen(words)\n"
                 f"    path = os.path.join({str(place)!r}, {name!r})\n"
                 "    with open(path + '.new', 'w') as stream:\n"
                 "        stream.write(f'{child.pid} {os.getpid()}')\n"
                 "    os.rename(path + '.new', path)\n"
                 "    time.sleep(99)\n",
        )  # fmt: skip
    run = workbench.start("pip", "install", *names)
    deadline = time.monotonic() + 60
    while len([path for path in place.iterdir() if path.suffix != ".new"]) < count:
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode not in (0, 1), err
    assert "Traceback" not in err
    pids = [int(pid) for path in place.iterdir() for pid in path.read_text().split()]
    assert len(pids) == 2 * count
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, pids
        time.sleep(0.05)
    assert not list(workbench.cache.glob("staging-v1/*"))
    assert not built_entries(workbench)


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_git_repositories_by_branch_tag_and_commit(workbench: Weft) -> None:
    tree = Path(make_project(workbench.root / "repository", "flit_core", "sample"))

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.test", *words],
            cwd=tree, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    git("init", "-q", "-b", "trunk")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("tag", "v1")
    commit = git("rev-parse", "HEAD")
    done = workbench.ok("pip", "install", f"sample @ git+file://{tree}@v1")
    assert done.lines[-1] == f" + sample==1.0 (from git+file://{tree}@{commit})"
    assert record(workbench, "sample-1.0.dist-info", "direct_url.json") == {
        "url": f"file://{tree}",
        "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": commit},
    }
    by_commit = workbench.ok("pip", "install", f"git+file://{tree}@{commit}")
    assert "Building" not in by_commit.err
    assert workbench("pip", "install", f"git+file://{tree}@nowhere").code != 0
