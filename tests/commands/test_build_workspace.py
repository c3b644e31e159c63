"""What `weft build` builds: members of workspaces; and what it says where uv says something."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.test_build import FAILS, names, project
from tests.support.backends import make_project, make_sdist
from tests.support.commands import Weft

UV = Path(sys.executable).parent / "uv"


@pytest.fixture
def workspace(weft: Weft) -> Path:
    """A root that is no package, two members that are, one that is not, one that is left out."""
    for name in ("alpha", "beta", "gone"):
        make_project(weft.cwd / "packages" / name, "in-tree", name)
    plain = weft.cwd / "packages/plain"
    plain.mkdir()
    (plain / "pyproject.toml").write_text('[project]\nname = "plain"\nversion = "1"\n')
    (weft.cwd / "packages/.hidden").mkdir()
    (weft.cwd / "pyproject.toml").write_text(
        '[project]\nname = "root"\nversion = "1"\n'
        '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/gone"]\n'
    )
    return weft.cwd


def test_all_members_of_a_workspace_are_built_into_one_directory(
    weft: Weft, workspace: Path
) -> None:
    done = weft.ok("build", "--all-packages", "--clear")
    assert sorted(done.lines[:4]) == [
        "[alpha] Building source distribution...",
        "[alpha] Building wheel from source distribution...",
        "[beta] Building source distribution...",
        "[beta] Building wheel from source distribution...",
    ]
    assert done.lines[4:] == [
        "Successfully built dist/alpha-1.0.tar.gz",
        "Successfully built dist/alpha-1.0-py3-none-any.whl",
        "Successfully built dist/beta-1.0.tar.gz",
        "Successfully built dist/beta-1.0-py3-none-any.whl",
    ]
    assert len(names(workspace / "dist")) == 5


def test_one_member_is_built_from_wherever_the_command_runs(weft: Weft, workspace: Path) -> None:
    inside = workspace / "packages/alpha"
    done = weft.ok("build", "--package", "Beta", "--wheel", cwd=inside)
    assert done.lines[-1] == f"Successfully built {workspace}/dist/beta-1.0-py3-none-any.whl"
    weft.ok("build", "--wheel", cwd=inside)
    assert "alpha-1.0-py3-none-any.whl" in names(workspace / "dist")
    assert not (inside / "dist").exists()
    done = weft("build", "--package", "nope")
    assert (done.code, done.lines) == (2, ["error: Package `nope` not found in workspace"])
    done = weft("build", "--package", "plain")
    assert done.code == 2
    assert "is missing a `build-system`" in done.err


def test_a_member_that_fails_does_not_keep_the_others_from_being_built(
    weft: Weft, workspace: Path
) -> None:
    for name in ("broken", "worse"):
        make_project(workspace / "packages" / name, "in-tree", name, code=FAILS)
    done = weft("build", "--all-packages", "--wheel", "--no-build-logs")
    assert done.code == 2
    assert names(workspace / "dist") == [
        ".gitignore",
        "alpha-1.0-py3-none-any.whl",
        "beta-1.0-py3-none-any.whl",
    ]
    errors = [line for line in done.lines if line.startswith("error:")]
    assert errors == [
        f"error: Failed to build `{name} @ {workspace}/packages/{name}`"
        for name in ("broken", "worse")
    ]


def test_ctrl_c_ends_back_ends_and_what_they_have_started(weft: Weft, workspace: Path) -> None:
    starts = (
        "def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):\n"
        "    import subprocess\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    print('child', child.pid, flush=True)\n"
        "    child.wait()\n"
    )
    for name in ("alpha", "beta"):
        make_project(workspace / "packages" / name, "in-tree", name, code=starts)
    process = weft.start("build", "--all-packages", "--wheel")
    assert process.stderr is not None
    children: list[int] = []
    while len(children) < 2:
        word, _, number = process.stderr.readline().partition(" ")
        if word == "child":
            children.append(int(number))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    deadline = time.monotonic() + 10
    while any(_runs(child) for child in children):
        assert time.monotonic() < deadline, "a child of a back end is still there"
        time.sleep(0.05)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.parametrize(
    "words",
    [
        ("nothere",),
        ("bare",),
        ("bare", "-q"),
        ("bare", "--all-packages"),
        ("demo/pyproject.toml",),
        ("demo-1.0.tar.gz",),
        ("demo-1.0.tar.gz", "--sdist", "--wheel"),
        ("demo-1.0.tar.gz", "--package", "x"),
        ("demo", "--package", "other"),
        ("demo", "--all-packages"),
        ("demo", "-o", "../work/out", "--wheel"),
        ("./demo/.", "--sdist"),
        ("demo", "-C", "nonsense"),
        ("demo", "-b", "nothere.txt"),
        ("demo", "--list", "--force-pep517"),
        ("demo", "--all-packages", "--package", "demo"),
    ],
    ids=" ".join,
)
def test_lines_and_exit_codes_are_those_of_uv(weft: Weft, words: tuple[str, ...]) -> None:
    project(weft)
    make_sdist(weft.cwd, "in-tree")
    (weft.cwd / "bare").mkdir()
    environ = {**weft.environ, "UV_CACHE_DIR": str(weft.root / "uv"), "UV_PYTHON": sys.executable}
    theirs = subprocess.run(
        [UV, "build", *words], cwd=weft.cwd, capture_output=True, text=True,
        env={**environ, "COLUMNS": "1000"},  # uv wraps what it says
    )  # fmt: skip
    ours = weft("build", *words, WEFT_PYTHON=sys.executable)
    assert ours.code == theirs.returncode
    said = ours.err.lower().replace("weft", "uv")
    assert said.split("usage:")[0] == theirs.stderr.lower().split("usage:")[0]
    assert ours.out == theirs.stdout
