"""`weft build`, with real back ends out of an index on loopback."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.backends import BACKENDS, backend_wheels, make_project, make_sdist
from tests.support.commands import Weft
from tests.support.mounts import Mounter

ALL = sorted([*BACKENDS, "legacy"])
LISTS_TREE = """
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    names = repr(sorted(os.listdir(".")))
    return write_wheel(wheel_directory, files={"demo/__init__.py": "tree = " + names})

def build_sdist(sdist_directory, config_settings=None):
    import tarfile
    with tarfile.open(os.path.join(sdist_directory, "demo-1.0.tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "backend.py"):
            archive.add(name, arcname="demo-1.0/" + name)
    return "demo-1.0.tar.gz"
"""
TALKS = """
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("settings", config_settings)
    print("to stderr", file=sys.stderr)
    return write_wheel(wheel_directory)
"""
FAILS = """
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise RuntimeError("no luck today")
"""


def project(weft: Weft, backend: str = "in-tree", name: str = "demo", **given: str) -> Path:
    return Path(make_project(weft.cwd / name, backend, name, "1.0", **given))  # type: ignore[arg-type]


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def in_wheel(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


@pytest.mark.parametrize("backend", ALL)
def test_a_source_distribution_and_a_wheel_of_every_back_end(
    weft: Weft, wheels: Path, backend: str
) -> None:
    backend_wheels(wheels, *BACKENDS["setuptools" if backend == "legacy" else backend][0])
    tree = project(weft, backend)
    done = weft.ok("build", "--no-build-logs", "demo")
    wheel = next(name for name in names(tree / "dist") if name.endswith(".whl"))
    assert done.out == ""
    assert done.lines == [
        "Building source distribution...",
        "Building wheel from source distribution...",
        "Successfully built demo/dist/demo-1.0.tar.gz",
        f"Successfully built demo/dist/{wheel}",
    ]
    assert names(tree / "dist") == [".gitignore", wheel, "demo-1.0.tar.gz"]
    assert "Name: demo\n" in in_wheel(tree / "dist" / wheel, "demo-1.0.dist-info/METADATA")
    assert "def main" in in_wheel(tree / "dist" / wheel, "demo/__init__.py")


def test_what_was_built_can_be_installed(weft: Weft) -> None:
    project(weft)
    weft.ok("build", "demo")
    weft.venv()
    weft.ok("pip", "install", "demo/dist/demo-1.0-py3-none-any.whl")
    assert weft.python(".venv", "import demo; print(demo.version)") == "1.0"


@pytest.mark.parametrize("backend", ["flit_core", "hatchling", "setuptools"])
def test_the_same_tree_gives_the_same_bytes_where_the_date_is_given(
    weft: Weft, wheels: Path, backend: str
) -> None:
    backend_wheels(wheels, *BACKENDS[backend][0])
    found = []
    for place, changed in (("one", 1_600_000_000), ("other", 1_700_000_000)):
        tree = Path(make_project(weft.cwd / place / "demo", backend))
        for path in sorted(tree.rglob("*")):
            os.utime(path, (changed, changed))
        # setuptools writes the dates of files into source distributions, whatever it is told
        words = ("--wheel",) if backend == "setuptools" else ()
        weft.ok("build", "-q", *words, str(tree), SOURCE_DATE_EPOCH="1577836800")
        found.append({path.name: path.read_bytes() for path in (tree / "dist").iterdir()})
    assert len(found[0]) == (2 if backend == "setuptools" else 3)
    assert found[0] == found[1]


def test_the_wheel_is_made_of_the_source_distribution(weft: Weft) -> None:
    tree = project(weft, code=LISTS_TREE)
    weft.ok("build", "demo")
    made = in_wheel(tree / "dist/demo-1.0-py3-none-any.whl", "demo/__init__.py")
    assert "'src'" not in made
    assert "'backend.py', 'pyproject.toml'" in made
    weft.ok("build", "demo", "--wheel")
    made = in_wheel(tree / "dist/demo-1.0-py3-none-any.whl", "demo/__init__.py")
    assert "'src'" in made


@pytest.mark.parametrize(
    ("words", "lines", "built"),
    [
        (("--sdist",), ["Building source distribution..."], ["demo-1.0.tar.gz"]),
        (("--wheel",), ["Building wheel..."], ["demo-1.0-py3-none-any.whl"]),
        (
            ("--wheel", "--sdist"),
            ["Building source distribution...", "Building wheel..."],
            ["demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"],
        ),
    ],
)
def test_what_is_asked_for_is_built_and_nothing_else(
    weft: Weft, words: tuple[str, ...], lines: list[str], built: list[str]
) -> None:
    tree = project(weft)
    done = weft.ok("build", *words, cwd=tree)
    assert done.lines == [*lines, *(f"Successfully built dist/{name}" for name in built)]
    assert names(tree / "dist") == sorted([".gitignore", *built])


@pytest.mark.parametrize("format", ["tar.gz", "zip"])
def test_an_archive_becomes_a_wheel_beside_it(weft: Weft, format: str) -> None:
    make_sdist(weft.cwd / "in", "in-tree", format=format)
    done = weft.ok("build", f"in/demo-1.0.{format}", "--wheel")
    assert done.lines == [
        "Building wheel from source distribution...",
        "Successfully built in/demo-1.0-py3-none-any.whl",
    ]
    assert "demo-1.0-py3-none-any.whl" in names(weft.cwd / "in")


@pytest.mark.parametrize(("name", "version"), [("other-1.0", "name"), ("demo-2.0", "version")])
def test_a_wheel_that_contradicts_its_archive_is_not_kept(
    weft: Weft, name: str, version: str
) -> None:
    sdist = Path(make_sdist(weft.cwd, "in-tree"))
    sdist.rename(weft.cwd / f"{name}.tar.gz")
    done = weft("build", f"{name}.tar.gz", "--wheel", "-o", "out")
    assert done.code == 2
    assert f"cause: The source distribution declares {version} " in done.err
    assert names(weft.cwd / "out") == [".gitignore"]


def test_an_archive_that_leads_out_of_its_tree_is_refused(weft: Weft) -> None:
    with tarfile.open(weft.cwd / "demo-1.0.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("demo-1.0/../../outside")
        archive.addfile(member)
    done = weft("build", "demo-1.0.tar.gz", "--wheel")
    assert done.code == 2
    assert "Building wheel" not in done.err
    assert "`demo-1.0/../../outside`" in done.err


def test_the_output_directory_is_hidden_from_git_unless_it_says_otherwise(weft: Weft) -> None:
    project(weft)
    weft.ok("build", "demo", "--wheel", "-o", "hidden")
    assert (weft.cwd / "hidden/.gitignore").read_text() == "*"
    weft.ok("build", "demo", "--wheel", "-o", "open", "--no-create-gitignore")
    assert names(weft.cwd / "open") == ["demo-1.0-py3-none-any.whl"]
    (weft.cwd / "open/.gitignore").write_text("*.log\n")
    weft.ok("build", "demo", "--wheel", "-o", "open")
    assert (weft.cwd / "open/.gitignore").read_text() == "*.log\n"


def test_clear_empties_the_output_directory_but_never_the_source(weft: Weft) -> None:
    tree = project(weft)
    old = tree / "dist/old/deep"
    old.mkdir(parents=True)
    (tree / "dist/.hidden").touch()
    (old / "link").symlink_to(tree)
    weft.ok("build", "demo", "--wheel", "--clear")
    assert names(tree / "dist") == [".gitignore", "demo-1.0-py3-none-any.whl"]
    for words in (("demo", "-o", "demo"), ("demo", "-o", "."), ("demo", "-o", "demo/dist/..")):
        done = weft("build", "--clear", *words)
        assert done.code == 2
        assert "cause: Refusing to clear output directory" in done.err
    assert (tree / "pyproject.toml").exists()


def test_an_output_directory_that_is_a_file_is_an_error(weft: Weft) -> None:
    tree = project(weft)
    (weft.cwd / "taken").touch()
    done = weft("build", "demo", "-o", "taken")
    assert done.code == 2
    assert done.lines == [
        f"error: Failed to build `{tree}`",
        f"  cause: Failed to create directory `{weft.cwd}/taken`",
        "  cause: File exists (os error 17)",
    ]


@pytest.mark.mounts
def test_results_get_to_another_file_system_whole(weft: Weft, mounts: Mounter) -> None:
    project(weft)
    elsewhere = mounts.tmpfs("elsewhere")
    weft.ok("build", "demo", "-o", str(elsewhere / "out"))
    assert names(elsewhere / "out") == [
        ".gitignore",
        "demo-1.0-py3-none-any.whl",
        "demo-1.0.tar.gz",
    ]


def test_what_back_ends_say_is_shown_unless_it_should_not(weft: Weft) -> None:
    project(weft, code=TALKS)
    words = ("build", "demo", "--wheel", "-C", "a=1", "-C", "a=2", "-C", "b=x")
    done = weft.ok(*words)
    assert "settings {'a': ['1', '2'], 'b': 'x'}" in done.lines
    assert "to stderr" in done.lines
    assert weft.ok(*words, "--no-build-logs").lines == [
        "Building wheel...",
        "Successfully built demo/dist/demo-1.0-py3-none-any.whl",
    ]
    assert weft.ok(*words, "-q").lines == []


def test_a_failure_is_told_with_its_cause_and_keeps_what_was_built(weft: Weft) -> None:
    tree = project(weft, code=FAILS)
    done = weft("build", "demo")
    assert done.code == 2
    assert done.err.count("RuntimeError: no luck today") == 1
    start = done.lines.index(f"error: Failed to build `{tree}`")
    assert done.lines[start + 1 : start + 3] == [
        "  cause: The build backend returned an error",
        "  cause: Call to `backend.build_wheel` failed (exit status: 1)",
    ]
    assert "hint: Build failures usually indicate a problem with the package or the build" in (
        done.err
    )
    assert names(tree / "dist") == [".gitignore", "demo-1.0.tar.gz"]
    hidden = weft("build", "demo", "--no-build-logs")
    assert hidden.err.count("RuntimeError: no luck today") == 1


@pytest.mark.parametrize("given", ["demo", "demo/pyproject.toml"])
def test_without_a_source_the_project_of_the_option_is_built(weft: Weft, given: str) -> None:
    project(weft)
    done = weft.ok("build", "--wheel", "--project", given)
    assert done.lines[-1] == "Successfully built demo/dist/demo-1.0-py3-none-any.whl"


def test_settings_of_one_project_count_for_it_alone(weft: Weft) -> None:
    asks = (
        "def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):\n"
        "    print('asked', config_settings, os.environ.get('FLAVOUR'))\n"
        "    return write_wheel(wheel_directory)\n"
    )
    for name in ("demo", "other"):
        tree = project(weft, name=name, code=asks)
        with open(tree / "pyproject.toml", "a") as file:
            file.write('[tool.uv.extra-build-variables]\ndemo = { FLAVOUR = "sweet" }\n')
    words = ("build", "--wheel", "--config-settings-package", "demo:level=3")
    assert "asked {'level': '3'} sweet" in weft.ok(*words, cwd=weft.cwd / "demo").lines
    assert "asked {} None" in weft.ok(*words, cwd=weft.cwd / "other").lines


def test_the_project_says_which_python_builds_it_unless_the_command_does(weft: Weft) -> None:
    tree = project(weft, requires_python=">=3.99")
    missing = "cause: No interpreter found for Python {}"
    assert missing.format(">=3.99") in weft("build", "demo").err
    (tree / ".python-version").write_text("3.98\n")
    assert missing.format("3.98") in weft("build", "demo").err
    weft.ok("build", "demo", "--wheel", "--python", sys.executable)


def test_limits_and_hashes_hold_for_what_builds_need(weft: Weft, wheels: Path) -> None:
    backend_wheels(wheels, "flit_core")
    wheel = next(wheels.glob("flit_core-*.whl"))
    version = wheel.name.split("-")[1]
    project(weft, "flit_core")
    limits = weft.cwd / "limits.txt"
    limits.write_text("flit_core<3\n")
    done = weft("build", "demo", "--sdist", "-b", "limits.txt")
    assert done.code == 2
    assert "Failed to resolve requirements from `build-system.requires`" in done.err
    limits.write_text(f"flit_core=={version}\n")
    weft.ok("build", "demo", "--sdist", "-b", "limits.txt")
    for words in (("-b", "limits.txt"), ()):
        done = weft("build", "demo", "--sdist", "--require-hashes", *words)
        assert done.code == 2
        assert f"`flit-core=={version}` has no hash" in done.err
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    limits.write_text(f"flit_core=={version} --hash=sha256:{right}\n")
    weft.ok("build", "demo", "--sdist", "--require-hashes", WEFT_BUILD_CONSTRAINT="limits.txt")
    limits.write_text(f"flit_core=={version} --hash=sha256:{'0' * 64}\n")
    done = weft("build", "demo", "--sdist", "-b", "limits.txt")
    assert done.code == 2
    assert "Hash mismatch for `flit-core" in done.err
    weft.ok("build", "demo", "--sdist", "-b", "limits.txt", "--no-verify-hashes")


def test_without_isolation_the_active_environment_builds(weft: Weft, wheels: Path) -> None:
    backend_wheels(wheels, "flit_core")
    project(weft, "flit_core")
    weft.venv()
    done = weft("build", "demo", "--wheel", "--no-build-isolation")
    assert done.code == 2
    weft.ok("pip", "install", "flit_core")
    weft.ok("build", "demo", "--wheel", "--no-build-isolation")


def test_listing_shows_origins_and_writes_nothing(weft: Weft, wheels: Path) -> None:
    backend_wheels(wheels, "uv_build")
    tree = project(weft, "uv_build")
    before = names(tree)
    done = weft.ok("build", "--list", "demo")
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0] == "Building demo-1.0.tar.gz will include the following files:"
    assert "demo-1.0/PKG-INFO (generated)" in lines
    assert "demo-1.0/src/demo/__init__.py (src/demo/__init__.py)" in lines
    assert "Building demo-1.0-py3-none-any.whl will include the following files:" in lines
    assert "demo/__init__.py (src/demo/__init__.py)" in lines
    assert names(tree) == before


def test_a_cache_inside_the_source_is_warned_of(weft: Weft) -> None:
    project(weft)
    done = weft.ok("build", "demo", "--wheel", "--cache-dir", "demo/cache")
    assert done.lines[0] == (
        "warning: The cache directory `demo/cache` is inside the build source directory `demo` "
        "and may be included in distributions"
    )


def test_a_killed_build_leaves_nothing_in_the_output_directory(weft: Weft) -> None:
    slow = (
        "def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):\n"
        "    name = write_wheel(wheel_directory)\n"
        "    print('waiting', flush=True)\n"
        "    import time\n"
        "    if not os.path.exists('go'):\n"
        "        time.sleep(600)\n"
        "    return name\n"
    )
    tree = project(weft, code=slow)
    process = weft.start("build", "demo", "--wheel")
    assert process.stderr is not None
    while process.stderr.readline() != "waiting\n":
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert names(tree / "dist") == [".gitignore"]
    (tree / "go").touch()
    weft.ok("build", "demo", "--wheel")
    assert names(tree / "dist") == [".gitignore", "demo-1.0-py3-none-any.whl"]
