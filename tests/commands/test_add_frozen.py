"""`weft add --frozen` and `weft remove --frozen`: the file, the words and the exit code of uv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Weft

UV = os.path.join(os.path.dirname(sys.executable), "uv")
HEAD = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
MEMBER = '[build-system]\nrequires = []\nbuild-backend = "x"\n'
GIT = "x @ git+https://git.example/a/b"

Steps = tuple[str, ...]
CASES: dict[str, Steps] = {
    "names": ("add six idna six", "add Six", "remove six idna nope", "remove Six"),
    "specifiers": ("add rich<14,>=10 b!=1.2,==1.2.post1,~=1.0 x==1.*",),
    "markers": (
        "add six>1;os_name=='a' six>1;os_name=='a'",
        "add six<9;os_name=='b'",
        "add six;python_version<'4'",
        "add y[b,a]>=2 z;python_version<'3.12' --marker sys_platform=='win32'",
    ),
    "extras": ("add six --extra z --extra Y", "add six[a]"),
    "groups": (
        "add --dev six",
        "add --group Docs_x six",
        "add --optional web six",
        "add --optional web demo",
        "add --dev demo",
        "remove six",
        "remove --dev nope",
        "remove --group docs_x six",
        "remove --group nope six",
        "remove --optional web six",
        "remove --optional nope demo",
        "remove --dev six",
    ),
    "itself": ("add demo",),
    "bounds": ("add --bounds major six", "add --bounds exact idna>2"),
    "members": (
        "add ./lib/a",
        "add other/b --editable",
        "add b-pkg --dev --editable",
        "add --no-workspace ../out/c --editable",
        "remove b-pkg",
        "remove --dev b-pkg",
    ),
    "a member with a name": ("add a-pkg@./lib/a",),
    "a directory that is not there": (
        "add x@./nothere",
        "add x@./no/there/",
        "add y@./nothere.whl",
        "add z@../nothere",
    ),
    "a directory": ("add --no-workspace ./lib/a --no-editable",),
    "a directory outside": ("add ../out/c", "add --workspace ../out/c"),
    "a raw directory": ("add --raw --no-workspace ./lib/a",),
    "a URL": ("add x@https://u:p@files.example/x-1.zip#subdirectory=a%20b",),
    "a raw URL": ("add --raw x@https://u:p@files.example/x-1.zip",),
    "git": (
        "add x@git+https://user:pw@git.example/a/b@v1#subdirectory=s/t",
        "add x --branch main",
        "add x --tag 1.0 --lfs",
        "add y --branch main",
        "add y --rev abc",
        "add y --lfs",
        "add y --editable",
        "remove x",
    ),
    "git references": (f"add {GIT.replace(' ', '')} --rev abcdef --lfs",),
    "git tags": (f"add {GIT.replace(' ', '')}@main --tag v2",),
    "member by other means": (
        "add ./lib/a",
        "add a-pkg@https://files.example/a.zip",
        f"add {GIT.replace(' ', '').replace('x', 'a-pkg', 1)}",
    ),
    "files": ("add -r reqs.txt", "add -r reqs.txt --no-workspace idna", "add -r empty.txt"),
    "refused files": (
        "add -r pyproject.toml",
        "add -r setup.py",
        "add -r setup.cfg",
        "add -r pylock.toml",
    ),
    "bad words": ("add six==", "add six --package nope", "remove six --package nope"),
    "places that are none": (
        "add ./nothere",
        "add ./void",
        "add ./empty.txt",
        "add x@./void",
    ),
    "no sync": ("add six --no-sync", "remove six --no-sync"),
    "indexes": (
        "add six --index ./nothere",
        "add six --index ./void",
        "add six --index ./files",
        "add six --index loc=./files",
        "add idna --index loc=./files",
    ),
    "a default index": ("add d --default-index https://three.example",),
    "indexes that are not kept": (
        "add d -i https://i.example --extra-index-url https://e.example",
    ),
    "several indexes": (
        "add b --index one=https://u:p@one.example/simple --index https://two.example/simple",
    ),
}


def lay_out(root: Path) -> Path:
    """A project with directories in and beside it."""
    project = root / "demo"
    for path in ("lib/a", "other/b", "../out/c"):
        directory = project / path
        directory.mkdir(parents=True)
        (directory / "pyproject.toml").write_text(
            f'[project]\nname = "{directory.name}-pkg"\nversion = "1"\n{MEMBER}'
        )
    (project / "pyproject.toml").write_text(HEAD)
    (project / "reqs.txt").write_text("six\n-e ./lib/a\nidna[x]>=1 # hi\n-c limits.txt\n")
    (project / "limits.txt").write_text("six<1\n")
    (project / "empty.txt").write_text("# nothing\n")
    (project / "void").mkdir()
    (project / "files").mkdir()
    (project / "files" / "a.txt").touch()
    return project


def run_uv(weft: Weft, project: Path, words: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        [UV, *words],
        cwd=project,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(weft.home),
            "UV_CACHE_DIR": str(weft.root / "uv-cache"),
            "UV_NO_SYSTEM_CONFIG": "1",
            "UV_OFFLINE": "1",
            "UV_PYTHON": sys.executable,
        },
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", CASES)
def test_frozen_edits_are_those_of_uv(name: str, weft: Weft) -> None:
    environment = weft.venv()
    ours, theirs = lay_out(weft.cwd / "weft"), lay_out(weft.cwd / "uv")
    for project in (ours, theirs):
        shutil.copytree(environment, project / ".venv", symlinks=True)
    for step in CASES[name]:
        command, *words = step.split()
        words = [command, "--frozen", *words]
        code, told = run_uv(weft, theirs, words)
        done = weft(
            *words, cwd=ours, WEFT_OFFLINE="1", WEFT_PYTHON=sys.executable, WEFT_DEFAULT_INDEX=""
        )
        expected = told.replace(str(theirs.parent), str(ours.parent))
        expected = expected.replace("`uv ", "`weft ")
        assert (done.code, done.err) == (code, expected), step
        assert done.out == ""
        for member in ("", "lib/a/", "other/b/", "../out/c/"):
            path = f"{member}pyproject.toml"
            text = (theirs / path).read_text().replace(str(theirs.parent), str(ours.parent))
            assert (ours / path).read_text() == text, (step, path)


def test_a_file_that_is_no_distribution_is_refused(weft: Weft) -> None:
    project = lay_out(weft.cwd)
    done = weft("add", "--frozen", "x@./empty.txt", cwd=project, WEFT_PYTHON=sys.executable)
    assert done.code == 2
    assert "to end in a supported file extension" in done.err
    assert (project / "pyproject.toml").read_text() == HEAD
