"""Every spelling of uv's commands and options means the same here, or is refused with a reason."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.beside_uv import UV
from tests.support.commands import Weft
from weft.cli.parser import parse
from weft.ops.commands import Command, command, resolve_name
from weft.ops.options import options

# Other names of commands.
ALIASES = """
virtualenv = venv
v = venv
pip ls = pip list
tool ls = tool list
tool update = tool upgrade
tool ensurepath = tool update-shell
python ls = python list
python ensurepath = python update-shell
cache clear = cache clean
clean = clean
tool uvx = tool weftx
--generate-shell-completion = generate-shell-completion
"""

# Spellings that uv's help leaves out: older ones, those of pip and its relatives, negations. One
# command line a row; the words before the first dash are the command.
HIDDEN = """
cache dir --native-tls
cache dir --no-native-tls
cache dir --system-certs --no-system-certs
cache dir --trusted-host localhost
cache dir --no-cache-dir
cache dir --no-offline
cache dir --preview
cache dir --no-preview
cache dir --preview-features pylock,audit-command
cache dir --preview-feature pylock
cache dir --python-preference only-system
cache dir --allow-python-downloads
cache dir --python-fetch manual
cache dir --no-color
cache dir --show-settings
cache dir --no-installer-metadata
cache dir --managed-python --no-managed-python
cache size --human
cache size --human-readable
cache size -H
init --application
init --library
init --virtual
init --pin-python
init --no-project
init --build-backend hatch
add x --requirement r.txt
add x --constraint c.txt
add x --raw-sources
add x --no-editable
add x --no-editable-package x
add x --only-install-project
add x --only-install-workspace
add x --only-install-local
add x --only-install-package x
add x --no-active
add x --no-locked
add x --no-frozen
remove x --no-active
remove x --no-locked
remove x --no-frozen
sync --no-exact
sync --exact
sync --editable
sync --dev
sync --no-check
sync --no-all-extras
sync --no-active
sync --no-locked
sync --no-frozen
sync --only-install-project
sync --only-install-workspace
sync --only-install-local
sync --only-install-package x
sync --pre
sync --force-reinstall
sync --no-reinstall
sync --no-upgrade
sync --no-refresh
sync --build
sync --binary
sync --build-isolation
sync --no-compile-bytecode
sync --compile
sync --no-compile
sync --config-settings a=b
sync --link-mode reflink
sync --prerelease if-necessary-or-explicit
sync --no-require-build-hashes
sync --config-setting a=b
run --dev --exact
run --editable --exact
run --inexact
run --show-resolution --exact
run --max-recursion-depth 5 --exact
run --no-all-extras --exact
run --no-active --exact
lock --locked
lock --frozen
lock --check-exists
lock --no-locked
lock --no-frozen
tree --reverse
tree --dev
tree --no-locked
export --only-emit-project
export --only-emit-workspace
export --only-emit-local
export --only-emit-package x
export --no-install-project
export --no-install-workspace
export --no-install-local
export --no-install-package x
export --hashes
export --header
export --annotate
export --editable
export --no-all-extras
version --no-active
version --no-locked
version --no-frozen
pip install x --requirement r.txt
pip install x --constraint c.txt
pip install x --override o.txt
pip install x --exclude e.txt
pip install x --build-constraint b.txt
pip install x --deps
pip install x --no-require-hashes
pip install x --verify-hashes
pip install x --no-break-system-packages
pip install x --no-system
pip install x --no-strict
pip install x --inexact
pip install x --no-all-extras
pip install x --build
pip install x --disable-pip-version-check
pip sync r.txt --constraint c.txt
pip sync r.txt --no-allow-empty-requirements
pip sync r.txt --no-strict
pip compile r.in --unsafe-package x
pip compile r.in --strip-extras
pip compile r.in --strip-markers
pip compile r.in --annotate
pip compile r.in --header
pip compile r.in --no-generate-hashes
pip compile r.in --emit-marker-expression
pip compile r.in --no-universal
pip compile r.in --no-emit-index-url
pip compile r.in --no-emit-find-links
pip compile r.in --no-emit-build-options
pip compile r.in --no-emit-index-annotation
pip compile r.in --override o.txt
pip compile r.in --exclude e.txt
pip list --no-strict
pip list --no-outdated
pip freeze --no-strict
pip show x --no-strict
pip tree --reverse
pip uninstall x --requirement r.txt
pip uninstall x --yes
pip uninstall x -y
venv --no-clear
venv --system
venv --no-system
venv --no-relocatable
venv --no-seed
venv --no-pip
venv --no-setuptools
venv --no-wheel
build --all
build --build-constraint b.txt
build --build-logs
build --create-gitignore
build --no-require-hashes
build --verify-hashes
build --list
build --skip-dependency-check
tool install x --from y
tool install x --constraint c.txt
tool install x --override o.txt
tool install x --exclude e.txt
tool install x --build-constraint b.txt
tool upgrade x -U
tool upgrade x --upgrade
tool upgrade x -P y
tool upgrade x --upgrade-group y
tool upgrade x --config-setting-package x:a=b
python install --compile
tool run --generate-shell-completion bash
tool uvx --generate-shell-completion zsh
"""

# What is parsed and then answered with a sentence, in the words of uv.
REFUSED = """
pip debug
pip install x --user
pip sync r.txt --ask
pip sync r.txt --python-executable x
pip sync r.txt --user
pip sync r.txt --client-cert x
pip sync r.txt --config x
pip sync r.txt --pip-args x
pip compile r.in --reuse-hashes
pip compile r.in --max-rounds 3
pip compile r.in --client-cert x
pip compile r.in --emit-trusted-host
pip compile r.in --config x
pip compile r.in --emit-options
pip compile r.in --pip-args x
pip compile r.in --resolver legacy
publish x.whl --skip-existing
"""

# What uv has and weft has not, and why. A command stands for everything under it.
WITHOUT = {
    "auth helper get": "The word is an argument of `weft auth helper`",
    "init --backend": "uv lists it for completion and refuses it, too",
    "build-backend": "The backend is the package `uv_build`, which weft runs like every other",
    "generate-shell-completion --version": "Only `weft` and `weftx` have a version",
    "generate-shell-completion -V": "Only `weft` and `weftx` have a version",
}


def lines(table: str) -> list[str]:
    return [line for line in table.splitlines() if line]


@pytest.mark.parametrize("row", lines(ALIASES))
def test_every_other_name_of_a_command_is_known(row: str) -> None:
    words, meant = row.split(" = ")
    path = ""
    for word in words.split():
        below = resolve_name(path, word)
        assert below is not None
        path = below
    assert path == meant
    assert parse([*words.split(), "-h"], {}).command.path == meant


def accepted_by_uv(words: list[str]) -> bool:
    """Whether uv's parser takes the words: it looks at them one by one, and then finds `--help`."""
    done = subprocess.run([UV, *words, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 2)
    return done.returncode == 0


@pytest.mark.parametrize("line", lines(HIDDEN))
def test_spellings_that_help_leaves_out_are_taken_where_uv_takes_them(line: str) -> None:
    assert accepted_by_uv(line.split())
    assert parse(line.split(), {}).asked in ("", "no command")


@pytest.mark.parametrize("line", lines(REFUSED))
def test_what_pip_alone_can_is_refused_in_the_same_words(line: str, tmp_path: Path) -> None:
    environ = {"UV_NO_WRAP": "1", "UV_NO_CONFIG": "1"}
    theirs = subprocess.run(
        [UV, *line.split()], capture_output=True, text=True, cwd=tmp_path, env=environ
    )
    ours = Weft(tmp_path)(*line.split())
    renamed = re.sub(r"\buv(x?)\b", r"weft\1", theirs.stderr)
    assert theirs.returncode == ours.code == 2
    assert ours.err.split() == renamed.split()
    assert ours.out == theirs.stdout == ""


@cache
def surface_of_uv() -> dict[str, set[str]]:
    """Every option that uv's completion knows, by the path of the command."""
    done = subprocess.run(
        [UV, "generate-shell-completion", "bash"], capture_output=True, text=True, check=True
    )
    above: dict[str, tuple[str, str]] = {}
    step = r'^            (uv\S*),(\S+)\)\n\s+cmd="(\S+)"'
    for parent, word, state in re.findall(step, done.stdout, re.MULTILINE):
        above.setdefault(state, (parent, word))
    found = {}
    for state, words in re.findall(
        r'^        (uv\S*)\)\n\s+opts="([^"]*)"', done.stdout, re.MULTILINE
    ):
        path: list[str] = []
        at = state
        while at != "uv":
            at, word = above[at]
            path.insert(0, word)
        if path[:1] != ["help"]:
            found[" ".join(path)] = {word for word in words.split() if word[0] == "-"}
    return found


def known(path: str) -> Command | None:
    """The command of weft that uv's `path` names."""
    ours = ""
    for word in path.split():
        below = resolve_name(ours, word)
        if below is None:
            return None
        ours = below
    return command(ours)


def test_every_command_of_uv_is_here_or_has_a_reason_not_to_be() -> None:
    surface = surface_of_uv()
    assert len(surface) > 60
    missing = {path for path in surface if known(path) is None}
    assert {path for path in missing if not {path, path.split()[0]} & WITHOUT.keys()} == set()


def test_every_option_of_uv_is_here_or_has_a_reason_not_to_be() -> None:
    missing = set()
    for path, spelled in surface_of_uv().items():
        ours = known(path)
        if ours is None:
            continue
        names = {
            name
            for _, option in options(ours.blocks)
            for name in (*option.spellings, *option.aliases, *option.negations)
        }
        missing |= {f"{path} {name}" for name in spelled - names}
    assert missing - WITHOUT.keys() == set()
    assert (
        WITHOUT.keys() - {"build-backend", "auth helper get"} <= missing
    )  # no reason for what is there


def test_options_that_take_a_value_in_uv_take_one_here() -> None:
    """`--name=value` is refused by both or by neither, as far as the name goes."""
    done = subprocess.run(
        [UV, "generate-shell-completion", "fish"], capture_output=True, text=True, check=True
    )
    rows = re.findall(
        r'^complete -c uv -n "__fish_uv_using_subcommand (\S+)" (?:-s \S )?-l (\S+)(.*)$',
        done.stdout, re.MULTILINE,
    )  # fmt: skip
    assert len(rows) > 400
    for path, name, rest in rows:
        ours = known(path)
        if ours is None or f"{path} --{name}" in WITHOUT:
            continue
        spelling = f"--{name}"
        takes = bool(re.search(r" -r(?: |$)", rest))
        for _, option in options(ours.blocks):
            if spelling in (*option.spellings, *option.aliases, *option.negations):
                assert option.takes_value == takes, f"{path} {spelling}"
