"""Wrong command lines are answered in uv's words.

Left out is what differs on purpose: lists of commands and of link modes, which weft has more of.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.beside_uv import UV
from tests.support.commands import Weft

WRONG = """
adit
instal
pip instal
pip lst
tool instal x
python instal
cache claen
snyc
verison
pip install
pip install --bogus
pip install x --upgrad
pip install x --no-dep
pip install x --link-mod copy
pip install x --resolution highst
pip install x --index-strategy first
pip install x -Z
pip install x --offline=1
pip install -r
pip install x --python
pip install x --target a --prefix b
pip uninstall
pip list --format yaml
pip list --editable --exclude-editable
pip list x
pip tree -d x
pip tree -d 300
pip compile
pip sync
pip check --bogus
sync --extra
sync --extra a --all-extras
sync --bogus
sync --froze
sync --frozen --locked
sync x
lock --upgrad
lock --check --upgrade
run --bogus
add
add --bogus
add x --bounds hi
add x --dev --optional y
remove
init --lib --app
init --vcs hg
export --format yaml
tree --depth
venv --seed=1
venv a b
build --bogus
publish --bogus
python pin a b
python uninstall
python find --show-versio
python list --output-format yaml
tool install
tool run --bogus
tool uninstall
tool upgrade
tool upgrade --all x
tool uninstall x --all
tool list --show-path
tool dir x
cache prune --c
cache dir x
self updat
auth login
auth token
auth logot x
generate-shell-completion
generate-shell-completion fsh
generate-shell-completion bash zsh
--color blue cache dir
--bogus
--directory
"""


@pytest.mark.parametrize("line", [line for line in WRONG.splitlines() if line])
def test_what_makes_no_sense_is_told_as_by_uv(line: str, tmp_path: Path) -> None:
    weft = Weft(tmp_path)
    environ = {"HOME": str(weft.home), "PATH": weft.environ["PATH"], "COLUMNS": "100"}
    theirs = subprocess.run(
        [UV, *line.split()], capture_output=True, text=True, cwd=weft.cwd, env=environ
    )
    ours = weft(*line.split())
    assert (ours.code, ours.out) == (theirs.returncode, theirs.stdout)
    assert ours.err == re.sub(r"\buv(x?)\b", r"weft\1", theirs.stderr)
