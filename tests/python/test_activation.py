"""Activation in the real shells: what it sets, that deactivation restores it, odd names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from weft.python.activation import command
from weft.python.environment import create
from weft.python.interpreter import Interpreter

NAMES = [
    "plain",
    "with space",
    "quo'te",
    'dou"ble',
    "dol$HOME",
    "back`id`tick",
    "per%cent",
    "b\\ack",
]
ODD = 'it\'s "a" $(touch pwned) `touch pwned` \\ %n ! é'

# Without whatever else this machine calls `deactivate`.
SEARCH = "/usr/local/bin:/usr/bin:/bin"

# What is printed at four moments: before, inside, inside again, after.
SH = r"""
PS1='start> '
show() {
    echo "$1|${VIRTUAL_ENV-unset}|${VIRTUAL_ENV_PROMPT-unset}|$PATH|${PYTHONHOME-unset}|$PS1"
}
show before
. "$1"
show inside
python -c 'import sys; print(sys.executable)'
. "$1"
show again
deactivate
show after
command -v deactivate >/dev/null || echo gone
"""
CSH = r"""
set prompt = 'start> '
set script = "$1:q"
alias show 'echo "\!:1|$?VIRTUAL_ENV|$?VIRTUAL_ENV_PROMPT|$PATH|$?PYTHONHOME|$prompt:q"'
alias values 'echo "$VIRTUAL_ENV:q"; echo "$VIRTUAL_ENV_PROMPT:q"'
show before
source "$script:q"
show inside
values
which python
source "$script:q"
show again
deactivate
show after
alias deactivate
echo end
"""
FISH = r"""
function fish_prompt
    echo -n "start$status> "
end
function yield
    return $argv[1]
end
function show
    set -l home unset; set -q PYTHONHOME; and set home $PYTHONHOME
    set -l env unset; set -q VIRTUAL_ENV; and set env $VIRTUAL_ENV
    set -l name unset; set -q VIRTUAL_ENV_PROMPT; and set name $VIRTUAL_ENV_PROMPT
    yield 7
    set -l prompt (fish_prompt)
    echo "$argv[1]|$env|$name|"(string join : $PATH)"|$home|$prompt"
end
show before
source $argv[1]
show inside
command -v python
source $argv[1]
show again
deactivate
show after
functions -q deactivate; or echo gone
"""


def tool(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"these tests need `{name}`"
    return path


def made(directory: Path, interpreter: Interpreter, **options: object) -> str:
    create(str(directory), interpreter, **options)  # type: ignore[arg-type]
    return str(directory)


def run(argv: list[str], cwd: Path, **extra: str) -> list[str]:
    home = str(cwd / "home")
    environ = {"PATH": SEARCH, "HOME": home, "LANG": "C.UTF-8", **extra}
    done = subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.splitlines()


SH_SHELLS = [
    ["bash", "--norc"],
    ["bash", "--norc", "-eu"],
    ["bash", "--posix"],
    ["zsh", "-f"],
    ["zsh", "-f", "-u"],
    ["dash"],
    ["dash", "-eu"],
    ["ksh"],
    ["ksh", "-u"],
]


@pytest.mark.parametrize("shell", SH_SHELLS, ids="".join)
def test_sh_family_activates_twice_and_restores_everything(
    shell: list[str], tmp_path: Path, own: Interpreter
) -> None:
    prefix = made(tmp_path / "with ' space", own, prompt="name")
    driver = tmp_path / "driver"
    driver.write_text(SH)
    lines = run(
        [tool(shell[0]), *shell[1:], str(driver), f"{prefix}/bin/activate"],
        tmp_path,
        PYTHONHOME="/somewhere",
    )
    before, inside, which, again, after, gone = lines
    path = SEARCH
    assert before == f"before|unset|unset|{path}|/somewhere|start> "
    assert inside == f"inside|{prefix}|name|{prefix}/bin:{path}|unset|(name) start> "
    assert which == f"{prefix}/bin/python"
    assert again == inside.replace("inside", "again", 1)
    assert after == before.replace("before", "after")
    assert gone == "gone"


@pytest.mark.parametrize("shell", [["csh", "-f"], ["tcsh", "-f"], ["bsd-csh", "-f"]], ids="".join)
def test_csh_family_activates_twice_and_restores_everything(
    shell: list[str], tmp_path: Path, own: Interpreter
) -> None:
    prefix = made(tmp_path / "with ' space", own, prompt="name")
    driver = tmp_path / "driver"
    driver.write_text(CSH)
    lines = run(
        [tool(shell[0]), *shell[1:], str(driver), f"{prefix}/bin/activate.csh"],
        tmp_path,
        PYTHONHOME="/somewhere",
    )
    before, inside, env, name, which, again, after, end = lines
    path = SEARCH
    assert before == f"before|0|0|{path}|1|start> "
    assert inside == f"inside|1|1|{prefix}/bin:{path}|0|(name) start> "
    assert (env, name, which) == (prefix, "name", f"{prefix}/bin/python")
    assert again == inside.replace("inside", "again", 1)
    assert after == before.replace("before", "after")
    assert end == "end"


def test_fish_activates_twice_and_restores_everything(tmp_path: Path, own: Interpreter) -> None:
    prefix = made(tmp_path / "with ' space \\", own, prompt="name")
    driver = tmp_path / "driver.fish"
    driver.write_text(FISH)
    lines = run(
        [tool("fish"), "--no-config", str(driver), f"{prefix}/bin/activate.fish"],
        tmp_path,
        PYTHONHOME="/somewhere",
    )
    before, inside, which, again, after, gone = lines
    path = SEARCH
    assert before == f"before|unset|unset|{path}|/somewhere|start7> "
    assert inside == f"inside|{prefix}|name|{prefix}/bin:{path}|unset|(name) start7> "
    assert which == f"{prefix}/bin/python"
    assert again == inside.replace("inside", "again", 1)
    assert after == before.replace("before", "after")
    assert gone == "gone"


PRINT = 'print -r -- "$VIRTUAL_ENV"; print -r -- "$VIRTUAL_ENV_PROMPT"'
PRINTENV = "printenv VIRTUAL_ENV; printenv VIRTUAL_ENV_PROMPT; which python"
READERS = {
    "bash": '. "$1"; echo "$VIRTUAL_ENV"; echo "$VIRTUAL_ENV_PROMPT"; command -v python',
    "zsh": f'. "$1"; {PRINT}; command -v python',
    "dash": '. "$1"; printf "%s\\n" "$VIRTUAL_ENV" "$VIRTUAL_ENV_PROMPT"; command -v python',
    "ksh": f'. "$1"; {PRINT}; eval "print -r -- $(command -v python)"',
    "fish": "source $argv[1]; printf '%s\\n' $VIRTUAL_ENV $VIRTUAL_ENV_PROMPT; command -v python",
    "tcsh": f'source "$1:q"; {PRINTENV}',
    "bsd-csh": f'source "$1:q"; {PRINTENV}',
}
ENDINGS = {"fish": ".fish", "tcsh": ".csh", "bsd-csh": ".csh"}


@pytest.mark.parametrize("name", [*NAMES, "ex!claim", "new-é"])
@pytest.mark.parametrize("shell", READERS)
def test_no_directory_name_or_prompt_is_taken_for_code(
    shell: str, name: str, tmp_path: Path, own: Interpreter
) -> None:
    prefix = made(tmp_path / name, own, prompt=ODD)
    driver = tmp_path / "driver"
    driver.write_text(READERS[shell] + "\n")
    script = f"{prefix}/bin/activate{ENDINGS.get(shell, '')}"
    quick = {"zsh": ["-f"], "fish": ["--no-config"], "tcsh": ["-f"], "bsd-csh": ["-f"]}
    lines = run([tool(shell), *quick.get(shell, []), str(driver), script], tmp_path)
    assert lines == [prefix, ODD, f"{prefix}/bin/python"]
    assert set(os.listdir(tmp_path)) <= {name, "driver", "home"}


PROMPTS = {
    "bash": (["--norc", "-i"], "PS1='> '\n"),
    "zsh": (["-f", "-i", "-o", "PROMPT_SUBST"], "PS1='> '\n"),
    "dash": (["-i"], "PS1='> '\n"),
    "ksh": (["-i"], "PS1='> '\n"),
}


@pytest.mark.parametrize("shell", PROMPTS)
def test_an_interactive_prompt_runs_nothing_of_what_it_shows(
    shell: str, tmp_path: Path, own: Interpreter
) -> None:
    prefix = made(tmp_path / "e", own, prompt=ODD)
    options, start = PROMPTS[shell]
    typed = f"{start}. {prefix}/bin/activate\n:\n:\nexit\n"
    environ = {"PATH": SEARCH, "HOME": str(tmp_path), "TERM": "dumb"}
    environ["LANG"] = "C.UTF-8"
    done = subprocess.run(
        [tool(shell), *options],
        input=typed,
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )
    shown = '(it\'s "a" _(touch pwned) _touch pwned_ _ _n _ é) >'
    if shell == "ksh":
        shown = shown.replace("'", "")  # this shell takes quotes out of its prompt
    assert shown in done.stdout + done.stderr
    assert not (tmp_path / "pwned").exists()


def test_an_environment_over_another_restores_to_the_start(
    tmp_path: Path, own: Interpreter
) -> None:
    one, two = made(tmp_path / "one", own), made(tmp_path / "two", own)
    text = f'. {one}/bin/activate; . {two}/bin/activate; echo "$PATH"; deactivate; echo "$PATH"'
    path = SEARCH
    assert run([tool("bash"), "-c", text], tmp_path) == [f"{two}/bin:{path}", path]


def test_an_environment_of_the_standard_library_is_replaced_cleanly(
    tmp_path: Path, own: Interpreter
) -> None:
    theirs = tmp_path / "theirs"
    subprocess.run([own.executable, "-m", "venv", "--without-pip", str(theirs)], check=True)
    ours = made(tmp_path / "ours", own)
    for first, second in ((theirs, ours), (ours, theirs)):
        text = f'. {first}/bin/activate; . {second}/bin/activate; echo "$PATH"; deactivate'
        lines = run([tool("bash"), "-c", f'{text}; echo "$PATH"'], tmp_path)
        assert lines == [f"{second}/bin:{SEARCH}", SEARCH]


def test_the_prompt_can_be_left_alone(tmp_path: Path, own: Interpreter) -> None:
    prefix = made(tmp_path / "e", own)
    text = f'PS1=\'> \'; . {prefix}/bin/activate; echo "$PS1"; deactivate; echo "$PS1"'
    lines = run([tool("bash"), "-c", text], tmp_path, VIRTUAL_ENV_DISABLE_PROMPT="1")
    assert lines == ["> ", "> "]


@pytest.mark.parametrize("shell", ["bash", "zsh", "ksh", "fish"])
def test_a_relocatable_environment_is_found_where_it_was_moved(
    shell: str, tmp_path: Path, own: Interpreter
) -> None:
    made(tmp_path / "before", own, relocatable=True)
    moved = tmp_path / "after it's moved"
    os.rename(tmp_path / "before", moved)
    ending = ".fish" if shell == "fish" else ""
    text = f"source 'after it'\\''s moved/bin/activate{ending}'; echo $VIRTUAL_ENV"
    if shell in ("bash", "ksh", "zsh"):
        text = text.replace("$VIRTUAL_ENV", '"$VIRTUAL_ENV"')
    assert run([tool(shell), "-c", text], tmp_path) == [str(moved)]
    assert not (moved / "bin" / "activate.csh").exists()


def test_running_the_script_instead_of_sourcing_it_says_so(
    tmp_path: Path, own: Interpreter
) -> None:
    script = f"{made(tmp_path / 'e', own)}/bin/activate"
    done = subprocess.run([tool("bash"), script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{script}: source this file instead of running it\n"


def test_a_running_python_can_enter_the_environment(tmp_path: Path, own: Interpreter) -> None:
    prefix = Path(made(tmp_path / "it's", own))
    (packages,) = (prefix / "lib").glob("python*/site-packages")
    (packages / "inside.py").write_text("value = 42\n")
    text = (
        "import os, runpy, sys; runpy.run_path(sys.argv[1]); import inside; "
        "print(inside.value, sys.prefix, os.environ['VIRTUAL_ENV'], os.environ['PATH'])"
    )
    script = str(prefix / "bin" / "activate_this.py")
    lines = run([own.executable, "-c", text, script], tmp_path)
    assert lines == [f"42 {prefix} {prefix} {prefix}/bin:{SEARCH}"]


def test_xonsh_activates_and_restores(tmp_path: Path, own: Interpreter) -> None:
    prefix = made(tmp_path / "it's", own, prompt="name")
    driver = tmp_path / "driver.xsh"
    driver.write_text(
        "before = list($PATH)\n"
        f"source @({str(prefix)!r} + '/bin/activate.xsh')\n"
        "print($VIRTUAL_ENV, $VIRTUAL_ENV_PROMPT, $PATH[0])\n"
        f"source @({str(prefix)!r} + '/bin/activate.xsh')\n"
        "print(list($PATH)[1:] == before)\n"
        "deactivate\n"
        "print(list($PATH) == before, 'VIRTUAL_ENV' in ${...}, 'deactivate' in aliases)\n"
    )
    lines = run([sys.executable, "-m", "xonsh", "--no-rc", str(driver)], tmp_path)
    assert lines == [f"{prefix} name {prefix}/bin", "True", "True False False"]


@pytest.mark.parametrize(
    ("environ", "path", "expected"),
    [
        ({"SHELL": "/bin/bash"}, ".venv", "source .venv/bin/activate"),
        ({"SHELL": "/bin/zsh"}, "a b", "source 'a b/bin/activate'"),
        ({"SHELL": "/bin/ksh"}, ".venv", ". .venv/bin/activate"),
        ({"SHELL": "/bin/dash"}, ".venv", ". .venv/bin/activate"),
        ({"SHELL": "/usr/bin/fish"}, "it's", "source 'it\\'s/bin/activate.fish'"),
        ({"SHELL": "/bin/tcsh"}, "x ! y", "source 'x \\! y/bin/activate.csh'"),
        ({"SHELL": "/bin/nu"}, ".venv", "overlay use .venv/bin/activate.nu"),
        ({"SHELL": "/bin/xonsh"}, ".venv", "source .venv/bin/activate.xsh"),
        ({"SHELL": "/bin/pwsh"}, ".venv", ". .venv/bin/activate.ps1"),
        ({"SHELL": "/bin/bash", "FISH_VERSION": "3"}, "v", "source v/bin/activate.fish"),
        ({"SHELL": ""}, ".venv", None),
        ({"SHELL": "/bin/elvish"}, ".venv", None),
    ],
)
def test_the_advice_is_in_the_language_of_the_shell(
    environ: dict[str, str], path: str, expected: str | None
) -> None:
    assert command(path, environ) == expected
