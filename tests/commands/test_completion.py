"""Tab in the real shells, and what weft answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import SOURCE, Weft
from tests.support.shells import Shell

PROJECT = """\
[project]
name = "harbour"
version = "1"
requires-python = ">=3.11"
dependencies = ["rope>=2", "anchor"]

[project.optional-dependencies]
lights = ["lamp"]

[dependency-groups]
docking = ["fender"]

[[tool.uv.index]]
name = "warehouse"
url = "https://warehouse.example/simple"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine with weft and weftx on the path and a project in its working directory."""
    root = tmp_path_factory.mktemp("shells")
    for name in ("bin", "work", "home", "work/papers"):
        (root / name).mkdir()
    program = root / "bin" / "weft"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={SOURCE} exec {sys.executable} -S -m weft "$@"\n')
    program.chmod(0o755)
    (root / "bin" / "weftx").symlink_to(program)  # only its name is typed
    (root / "work" / "pyproject.toml").write_text(PROJECT)
    (root / "work" / "cargo.txt").write_text("")
    (root / "work" / "two words.txt").write_text("")
    (root / "work" / "papers.txt").write_text("")
    for name in ("zebra", "zeppelin-parts"):
        (root / "cache" / "simple-v1" / "pypi" / name).mkdir(parents=True)
    (root / "data" / "weft" / "tools" / "telescope").mkdir(parents=True)
    return root


@pytest.fixture(scope="module")
def environ(place: Path) -> dict[str, str]:
    return {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "HOME": str(place / "home"),
        "XDG_DATA_HOME": str(place / "data"),
        "WEFT_CACHE_DIR": str(place / "cache"),
        "LANG": "C.UTF-8",
    }


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, place: Path, environ: dict[str, str]) -> Iterator[Shell]:
    shell = Shell(request.param, bin=place / "bin", cwd=place / "work", environ=environ)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("weft syn", "weft sync"),
        ("weft pip unin", "weft pip uninstall"),
        ("weft generate-shell-completion pow", "weft generate-shell-completion powershell"),
        ("weft help cache pru", "weft help cache prune"),
        ("weft sync --no-defa", "weft sync --no-default-groups"),
        ("weft --offli", "weft --offline"),
        ("weft sync --link-mode hard", "weft sync --link-mode hardlink"),
        ("weft sync --link-mode=hard", "weft sync --link-mode=hardlink"),
        ("weft lock -qp 3 --fork-strategy few", "weft lock -qp 3 --fork-strategy fewest"),
        ("weft sync --extra li", "weft sync --extra lights"),
        ("weft sync --group=do", "weft sync --group=docking"),
        ("weft remove an", "weft remove anchor"),
        ("weft add zep", "weft add zeppelin-parts"),
        ("weft pip install -r car", "weft pip install -r cargo.txt"),
        ("weft pip install --requirements=car", "weft pip install --requirements=cargo.txt"),
        ("weft run python3 car", "weft run python3 cargo.txt"),
        ("weftx zep", "weftx zeppelin-parts"),
        ("weftx teles", "weftx telescope"),
        ("weftx --link-mode hard", "weftx --link-mode hardlink"),
    ],
)  # fmt: skip
def test_tab_writes_the_rest(shell: Shell, line: str, words: str) -> None:
    assert shell.completed(line) == words.split()


def test_a_path_with_a_blank_is_quoted_by_the_shell(shell: Shell) -> None:
    words = ["weft", "pip", "install", "-r", "two words.txt"]
    assert shell.completed("weft pip install -r two") == words


def test_only_directories_stand_where_a_directory_is_needed(shell: Shell) -> None:
    words = shell.completed("weft --directory pap")  # a `papers.txt` is there too
    assert [word.rstrip("/") for word in words] == ["weft", "--directory", "papers"]


def test_what_makes_no_sense_is_left_as_it_is(shell: Shell) -> None:
    assert shell.completed("weft sync --nonsense") == ["weft", "sync", "--nonsense"]


class Asked:
    """`weft --complete` as a script calls it."""

    def __init__(self, weft: Weft) -> None:
        self.weft = weft

    def __call__(self, line: str, shell: str = "fish") -> tuple[list[str], dict[str, str]]:
        """The columns of the head, and candidates with their meaning."""
        program, *words = line.split(" ")
        current = words.pop()
        out = self.weft.ok("--complete", shell, f"={current}", program, *words).out
        head, *rows = out.splitlines()
        return head.split("\t"), dict(row.split("\t") for row in rows)


@pytest.fixture
def asked(weft: Weft) -> Asked:
    return Asked(weft)


def test_every_shown_command_and_option_is_offered_with_its_help(asked: Asked) -> None:
    from weft.ops.commands import subcommands
    from weft.ops.options import options

    groups = [""]
    while groups:
        path = groups.pop()
        found = [command for command in subcommands(path) if not command.hidden]
        candidates = asked(f"weft {path} ".replace("  ", " "))[1]
        assert candidates == {command.name: command.about for command in found}
        groups += [command.path for command in found if not command.module]
        for command in found[:2]:
            shown = [option for _, option in options(command.blocks) if not option.hidden]
            _, flags = asked(f"weft {command.path} -")
            wanted = {name: option.help for option in shown for name in option.spellings}
            assert flags == wanted


def test_values_of_choices_are_offered_without_their_aliases(asked: Asked) -> None:
    _, values = asked("weft sync --link-mode ")
    assert list(values) == ["auto", "clone", "hardlink", "symlink", "copy"]
    assert asked("weft sync --link-mode=")[1].keys() == {f"--link-mode={name}" for name in values}


def test_options_that_would_be_refused_are_not_offered(asked: Asked) -> None:
    flags = asked("weft -q pip list --format json --editable --")[1]
    assert not {"--format", "--verbose", "--exclude-editable", "--editable"} & flags.keys()
    assert {"--quiet", "--exclude", "--outdated"} <= flags.keys()


def test_names_of_the_environment_are_offered(weft: Weft, asked: Asked) -> None:
    weft.venv()
    weft.ok("pip", "install", "-q", "lantern")
    assert asked("weft pip show ")[1].keys() == {"lantern", "oil", "wick"}
    assert asked("weft pip show oil l")[1].keys() == {"lantern", "wick"}
    assert "lantern" in asked("weft run ")[1]
    assert "lantern" in asked("weft pip install l")[1]  # since the cache has its page


def test_names_of_the_lock_and_the_project_are_offered(weft: Weft, asked: Asked) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT.replace('"rope>=2", "anchor"', '"lantern"'))
    lock = ["version = 1", "", "[[package]]", 'name = "harbour"', 'source = { virtual = "." }', "",
            "[[package]]", 'name = "lantern"', 'source = { registry = "x" }']  # fmt: skip
    (weft.cwd / "uv.lock").write_text("\n".join(lock))
    assert asked("weft sync --no-build-package ")[1].keys() == {"harbour", "lantern"}
    assert asked("weft sync --package ")[1].keys() == {"harbour"}
    assert asked("weft remove ")[1].keys() == {"lantern"}
    assert asked("weft remove --optional lights ")[1].keys() == {"lamp"}
    assert asked("weft remove --group docking ")[1].keys() == {"fender"}
    assert asked("weft publish --index ")[1].keys() == {"warehouse"}
    (weft.cwd / "below").mkdir()
    assert asked("weft --directory below sync --extra ")[1].keys() == {"lights"}


def test_the_command_behind_run_is_left_to_its_own_completion(asked: Asked) -> None:
    assert asked("weft run --quiet ls -")[0] == ["command", "2", ""]
    assert asked("weftx --quiet ruff -")[0] == ["command", "1", ""]


def test_a_broken_project_breaks_no_completion(weft: Weft, asked: Asked) -> None:
    (weft.cwd / "pyproject.toml").write_text("[project\n")
    (weft.cwd / "uv.lock").mkdir()
    (weft.cwd / "uv.toml").write_text("nonsense = 1\n")
    assert asked("weft sync --extra ") == (["none", "0", ""], {})
    assert "sync" in asked("weft ")[1]


def test_names_that_a_shell_would_obey_are_not_offered(weft: Weft, asked: Asked) -> None:
    (weft.cwd / "pyproject.toml").write_text(
        '[project.optional-dependencies]\nfine-2 = []\n"$(touch x)" = []\n"a b" = []\n'
        '"a;b" = []\n"\\u001b[2J" = []\n"new\\nline" = []\n"" = []\n'
    )
    assert asked("weft sync --extra ")[1].keys() == {"fine-2"}


def test_nushell_gets_json_and_null_where_it_completes_paths_itself(weft: Weft) -> None:
    answer = weft.ok("--complete", "nushell", "=unin", "weft", "pip").out
    assert json.loads(answer) == [
        {"value": "uninstall", "description": "Remove packages from an environment"}
    ]
    assert json.loads(weft.ok("--complete", "nushell", "=", "weft", "sync", "--script").out) is None


@pytest.mark.parametrize("words", [(), ("fish",), ("tcsh", "=", "weft"), ("fish", "x", "weft")])
def test_what_is_no_question_gets_no_answer(weft: Weft, words: tuple[str, ...]) -> None:
    done = weft("--complete", *words)
    assert (done.code, done.out, done.err) == (2, "", "")


@pytest.mark.parametrize("shell", ["bash", "elvish", "fish", "nushell", "powershell", "zsh"])
def test_brackets_and_quotes_of_every_script_close(weft: Weft, shell: str) -> None:
    script = weft.ok("generate-shell-completion", shell).out
    assert weft.ok("-qq", "--generate-shell-completion", shell).out == script
    assert script.isascii() and "\t" not in script
    if shell in ("elvish", "nushell", "powershell"):
        assert unbalanced(script, shell) == ""


def unbalanced(script: str, shell: str) -> str:
    """Where a bracket or quote does not close, "" when all do. For shells without `case … )`."""
    opened: list[str] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    quote = ""
    place = 0
    while place < len(script):
        letter = script[place]
        if quote:
            if letter == quote:
                quote = ""
            elif letter in "`\\" and quote == '"' and (letter == "`") == (shell == "powershell"):
                place += 1
        elif letter in "'\"":
            quote = letter
        elif letter == "#":
            place = script.find("\n", place)
        elif letter in "([{":
            opened.append(letter)
        elif letter in pairs and (not opened or opened.pop() != pairs[letter]):
            return script[place:]
        place += 1
    return quote or "".join(opened)
