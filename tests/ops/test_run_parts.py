"""Parts of `weft run` on their own: files of variables, lists of requirements, verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.beside_uv import UV
from weft.ops.run_child import Place, SpawnFailure, become, depth_of, stay_with, words_of
from weft.ops.run_dotenv import DotenvError, read_dotenv
from weft.ops.run_layers import split_requirements
from weft.ops.run_target import Target
from weft.ops.run_verdict import words_from

LINES = [
    "A=1", "A = 1", " A=1", "export A=1", "export A = 1", "export=1", "A=", "A= # c", "A=b#c",
    "A=b #c", "A=1  # it's\nB=2", "A='x y'", 'A="x y"', 'A="x\\ny"', "A='x\\ny'",
    'A="a\nb"\nB=2', "A='a\nb'\nB=2", "A=x y", "A=$HOME_X", "Z=q\nA=$Z", "Z=q\nA=${Z}x",
    "Z=q\nA='$Z'", 'Z=q\nA="$Z"', 'Z=q\nA="$Z x"', "Z=q\nA=$Zx", "Z=q\nZ_b=r\nA=$Z_b",
    "Z_b=r\nA=${Z_b}", "A=\\$X", 'A="\\$X"', "A=\\t", "A=a\\ b", 'A="un', "A='un\nB=1", "1A=2",
    "A", "A b", "# c\nA=1", "A=1\nbad line\nB=2", "A.b=1", "A-b=1", "A=1\r\nB=2\r\n", "A='a'b",
    "A='a' b", "A='a' # b", "A=é", "A=${PATH_X", "A=$", "A=$$", "Z=q\nA=$Z$Z", "Z=q\nA=$Z-$Z",
    "A=`x`", 'A=a"b"c', "A=\"a'b\"", "A='a\"b'", 'A="#x"', "\ufeffA=1", "A=x\\", 'A="x\\',
    'B=1\nA="$B\nc"', "HOME=zzz\nA=$HOME", "A==b", "A=a=b", "\tA=1", "A=1 ", "A=1 \n", "A=\t1",
    "A=\\\\", 'A="\\\\"', 'A=$"x"', "A=$#", "Z=q\nA=$Z#x", "Z=q\nA=$Z #x", "A=it's # isn't\nB=2",
    "A=# it's\nB=2", "#it's\nA=1", "A=x #it's\nB=2", 'A="$"', "A='x' 'y'", "_A=1", "A=$1",
    "Z=q\nA=$Z'x'", "export export=1", "export\nA=1", "exportA=1", "A=${}", "A=${ Z }",
]  # fmt: skip


@pytest.mark.parametrize("number", range(8))
def test_files_of_variables_mean_what_they_mean_to_uv(tmp_path: Path, number: int) -> None:
    base = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "UV_NO_CONFIG": "1"}
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    for text in LINES[number::8]:
        (tmp_path / "x.env").write_bytes(text.encode())
        command = [str(UV), "run", "-p", sys.executable, "--no-project", "--env-file", "x.env"]
        done = subprocess.run(
            [*command, "python", "-c", show],
            cwd=tmp_path, env=base, capture_output=True, text=True, check=True,
        )  # fmt: skip
        known = {*base, "UV", "UV_RUN_RECURSION_DEPTH", "VIRTUAL_ENV", "LC_CTYPE"}
        theirs = {k: v for k, v in json.loads(done.stdout).items() if k not in known}
        ours: dict[str, str] = {}
        warning = ""
        try:
            for name, content in read_dotenv(text, base):
                ours.setdefault(name, content)
        except DotenvError as error:
            what = f"at position {error.position}: {error.text}"
            warning = f"warning: Failed to parse environment file `x.env` {what}"
        ours = {k: v for k, v in ours.items() if k not in known}
        assert (ours, warning.strip()) == (theirs, done.stderr.strip()), repr(text)


@given(st.text("AB=$'\"\\#{} \n\r\tx", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = list(read_dotenv(text, {"A": "1"}))
    except DotenvError as error:
        assert 0 <= error.position <= len(text.encode())
    else:
        assert all(name for name, _ in found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("a,b",), ("a", "b")),
        (("a>=1,<2",), ("a>=1,<2",)),
        (("a>=1, !=1.5,b[x,y]>2 , c",), ("a>=1, !=1.5", "b[x,y]>2", "c")),
        (("a", "", "b,"), ("a", "b")),
        (("./x,../y.whl",), ("./x", "../y.whl")),
        (("a (>=1,<2), b",), ("a (>=1,<2)", "b")),
    ],
)
def test_commas_divide_requirements(given: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert split_requirements(given) == expected


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["python", "-c", "pass"], ()),
        (["--frozen", "-p", "3.12", "x", "--with"], ("--frozen", "-p", "3.12")),
        (["--extra=a", "--", "x"], ("--extra=a", "--")),
        (["--with", "six", "-w", "a<2", "python"], ("--with", "six", "-w", "a<2")),
        (["--env-file", "x", "python"], ("--env-file", "x")),
        (["--with", "./six", "python"], None),
        (["--with=six @ https://h.example/six.zip", "python"], None),
        (["-w", "git+ssh:six", "python"], None),
        (["--with-editable", "six", "python"], None),
        (["--isolated", "python"], None),
        (["-v", "python"], None),
        (["--upgrade", "python"], None),
        (["--frozen"], None),
        (["-p"], None),
        ([], None),
    ],
)
def test_only_options_that_are_understood_have_a_verdict(
    words: list[str], options: tuple[str, ...] | None
) -> None:
    found = words_from(words, {})
    assert (found.options if found is not None else None) == options
    assert words_from(words, {"UV_ENV_FILE": "x"}) is None


def test_weft_counts_its_own_runs_before_those_of_uv() -> None:
    assert depth_of({}, 100) == 0
    assert depth_of({"UV_RUN_RECURSION_DEPTH": "7"}, 100) == 7
    both = {"UV_RUN_RECURSION_DEPTH": "7", "WEFT_RUN_RECURSION_DEPTH": "3"}
    assert depth_of(both, 100) == 3


@pytest.mark.parametrize("kind", ["external", "stdin"])
def test_what_no_system_takes_as_a_word_is_told(kind: str) -> None:
    target = Target(kind, "a\0b", text=b"print('\0')")  # type: ignore[arg-type]
    words = words_of(target, Place(sys.executable, "", ("/bin",)))
    for start in (become, stay_with):
        with pytest.raises(SpawnFailure) as caught:
            start(target, words, {"PATH": "/bin"})
        assert "nul byte" in str(caught.value.__cause__)
