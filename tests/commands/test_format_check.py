"""`weft format` and `weft check`: tools out of an index, run over a project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.commands import Finished, Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

TELLS = """
import os, sys

def main():
    print("{name}", "{version}", sys.argv[1:])
    print("in", os.getcwd())
    print("environment", os.environ.get("VIRTUAL_ENV"))
    sys.exit(int(os.environ.get("CODE", "0")))
"""


@pytest.fixture
def tools(weft: Weft, wheels: Path) -> Weft:
    """Programs that say what they were started with, in several versions."""
    for name, versions in (("ruff", ("0.14.9", "0.15.2", "0.16.0")), ("ty", ("0.0.5", "0.0.9"))):
        for version in versions:
            make_wheel(wheels, name, version,
                       entry_points={"console_scripts": {name: f"{name}:main"}},
                       files={f"{name}.py": TELLS.format(name=name, version=version)})  # fmt: skip
    (weft.cwd / "pyproject.toml").write_text(
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["wick"]\n'
    )
    weft.environ["WEFT_PREVIEW"] = "1"
    return weft


def told(done: Finished) -> list[str]:
    assert "Traceback" not in done.err, done.err
    return done.out.splitlines()


def test_ruff_formats_the_project_from_its_root(tools: Weft) -> None:
    below = tools.cwd / "src" / "demo"
    below.mkdir(parents=True)
    done = tools.ok("format", "--show-version", cwd=below)
    assert "ruff 0.15.2" in done.lines
    assert told(done)[:2] == ["ruff 0.15.2 ['format']", f"in {tools.cwd}"]
    assert "Installed 1 package" in done.err
    assert not (tools.cwd / ".venv").exists()
    assert not (tools.cwd / "uv.lock").exists()


def test_without_a_project_ruff_works_where_it_is(tools: Weft) -> None:
    below = tools.cwd / "below"
    below.mkdir()
    assert told(tools.ok("format", "--no-project", cwd=below))[1] == f"in {below}"
    (tools.cwd / "pyproject.toml").unlink()
    assert told(tools.ok("format", cwd=below))[1] == f"in {below}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--check"], "0.15.2 ['format', '--check']"),
        (["--check", "--diff"], "0.15.2 ['format', '--check', '--diff']"),
        (["--", "--line-length", "40", "a b"], "0.15.2 ['format', '--line-length', '40', 'a b']"),
        (["--version", "0.14.9"], "0.14.9 ['format']"),
        (["--version", ">=0.14,<0.15"], "0.14.9 ['format']"),
        (["--version", "latest"], "0.16.0 ['format']"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_options_of_format_and_its_versions(tools: Weft, words: list[str], expected: str) -> None:
    assert told(tools.ok("format", *words))[0] == f"ruff {expected}"


def test_the_exit_code_is_that_of_the_tool(tools: Weft) -> None:
    assert tools("format", CODE="1").code == 1
    assert tools("format", "--no-cache", CODE="3").code == 3
    assert tools("check", CODE="2").code == 2


def test_the_second_time_nothing_is_asked_of_an_index(tools: Weft, index: IndexServer) -> None:
    tools.ok("format")
    index.forget()
    done = tools.ok("format", "--offline")
    assert told(done)[0] == "ruff 0.15.2 ['format']"
    assert index.count() == 0


def test_preview_is_warned_of(tools: Weft) -> None:
    for command, feature in (("format", "format-command"), ("check", "check-command")):
        done = tools.ok(command, WEFT_PREVIEW="")
        assert done.lines[0] == (
            f"warning: `weft {command}` is experimental and may change without warning. Pass "
            f"`--preview-features {feature}` to disable this warning."
        )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["format", "a.py"], "error: unexpected argument 'a.py' found"),
        (["format", "--version", "zz"],
         "error: Failed to parse version: Unexpected end of version specifier, expected operator:"),
        (["check", "--ty-version", "zz"],
         "error: Failed to parse version: Unexpected end of version specifier, expected operator:"),
        (["format", "--version", "99"], "error: Failed to install ruff 99"),
        (["format", "--version", ">=99"], "error: Failed to find ruff version matching: >=99"),
        (["check", "--script", "none.py"], "error: Failed to read `none.py` (not found)"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)  # fmt: skip
def test_what_cannot_be_run_is_told(tools: Weft, words: list[str], expected: str) -> None:
    done = tools(*words)
    assert done.code == 2
    assert any(line.startswith(expected) for line in done.lines), done.err


def test_an_index_without_the_tool_and_one_that_is_gone(
    tools: Weft, index: IndexServer, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    words = ("--no-index", "--find-links", str(empty))
    done = tools("format", *words)
    assert done.code == 2
    assert "error: Failed to find ruff version matching default constraints: >=0.15, <0.16" in (
        done.lines
    )
    index.close()
    assert tools("format").code == 2


def test_ty_checks_the_project_with_its_environment(tools: Weft) -> None:
    done = tools.ok("check", "--show-version", "--show-command")
    assert told(done) == [
        "ty 0.0.9 ['check']", f"in {tools.cwd}", f"environment {tools.cwd}/.venv",
    ]  # fmt: skip
    assert "ty 0.0.9" in done.lines
    assert "ty check" in done.lines
    assert (tools.site_packages() / "wick").is_dir()


def test_ty_is_the_one_that_the_lock_has(tools: Weft) -> None:
    with (tools.cwd / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ndev = ["ty==0.0.5"]\n')
    assert told(tools.ok("check"))[0] == "ty 0.0.5 ['check']"
    assert told(tools.ok("check", "--ty-version", "0.0.9"))[0] == "ty 0.0.9 ['check']"


def test_members_that_are_named_are_checked(tools: Weft) -> None:
    with (tools.cwd / "pyproject.toml").open("a") as file:
        file.write('[tool.uv.workspace]\nmembers = ["one", "two"]\n')
    for name in ("one", "two"):
        (tools.cwd / name).mkdir()
        (tools.cwd / name / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        )
    done = tools.ok("check", "--package", "one", "--fix", cwd=tools.cwd / "two")
    assert told(done)[:2] == [
        f"ty 0.0.9 ['check', '--fix', '{tools.cwd}/one']", f"in {tools.cwd}",
    ]  # fmt: skip
    assert told(tools.ok("check", "--all-packages"))[0] == "ty 0.0.9 ['check']"
    done = tools("check", "--package", "three")
    assert done.code == 2
    assert "does not have a member three" in done.err


def test_an_isolated_check_leaves_nothing(tools: Weft) -> None:
    place = told(tools.ok("check", "--isolated"))[2].removeprefix("environment ")
    assert place.startswith(str(tools.cache))
    assert not os.path.exists(place)
    assert sorted(os.listdir(tools.cwd)) == ["pyproject.toml"]


def test_a_script_is_checked_with_what_it_asks_for(tools: Weft) -> None:
    (tools.cwd / "job.py").write_text('# /// script\n# dependencies = ["oil"]\n# ///\n')
    out = told(tools.ok("check", "--script", "job.py"))
    assert out[0] == f"ty 0.0.9 ['check', '{tools.cwd}/job.py']"
    assert list(Path(out[2].removeprefix("environment ")).glob("lib/*/site-packages/oil"))


def test_another_ty_can_be_named(tools: Weft, tmp_path: Path) -> None:
    program = tmp_path / "my-ty"
    program.write_text("#!/bin/sh\necho mine $*\n")
    program.chmod(0o755)
    assert tools.ok("check", TY=str(program)).out == "mine check\n"
    done = tools("check", TY=str(tmp_path / "none"))
    assert done.code == 2
    assert "error: Failed to spawn: none" in done.lines
