"""`weft add --script` and `weft remove --script` beside uv."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.commands.test_add import run_uv, run_weft, told
from tests.support.commands import Weft
from tests.support.index_server import IndexServer

INDEX = '#\n# [[tool.uv.index]]\n# url = "{url}"\n# default = true\n'
PYTHON = f">={sys.version_info[0]}.{sys.version_info[1]}"


def script(path: Path, index: IndexServer, *requirements: str, rest: str = "print(1)\n") -> Path:
    listed = ", ".join(f'"{each}"' for each in requirements)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'# /// script\n# requires-python = "{PYTHON}"\n# dependencies = [{listed}]\n'
        f"{INDEX.format(url=index.url)}# ///\n{rest}"
    )
    return path


STEPS: dict[str, tuple[str, ...]] = {
    "without a lock": (
        "add wick",
        "add lantern[bright] oil<4",
        "add wick",
        "remove oil",
        "remove oil",
        "add nothing-of-that-name",
    ),
    "with a lock": (
        "lock",
        "add wick",
        "add --bounds exact lantern",
        "remove wick",
        "remove lantern",
    ),
    "limits": ("lock", "add wick -c limits.txt --raw", "add oil --marker sys_platform=='win32'"),
    "frozen": ("add wick --frozen", "add --no-sync oil", "remove wick --frozen"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_script_goes_the_same_way_as_with_uv(name: str, weft: Weft, index: IndexServer) -> None:
    ours, theirs = weft.cwd / "weft", weft.cwd / "uv"
    for directory in (ours, theirs):
        script(directory / "x.py", index)
        (directory / "limits.txt").write_text("wick<2\n")
    for step in STEPS[name]:
        command, *words = step.split()
        words = [command, "--script", "x.py", *words]
        expected = run_uv(weft, theirs, *words)
        done = run_weft(weft, ours, *words)
        assert told(done, ours) == told(expected, theirs), step
        assert done.code == expected.code
        for file in ("x.py", "x.py.lock"):
            there = (theirs / file).exists()
            assert (ours / file).exists() == there, (step, file)
            if there:
                text = (theirs / file).read_text().replace('# [\n#  "', '# [\n#     "')
                assert (ours / file).read_text() == text, (step, file)


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("import x\n", "{block}import x\n"),
        ("", "{block}"),
        ("#!/usr/bin/python3\n", "#!/usr/bin/python3\n{block}"),
        ("#!/usr/bin/python3\n# other\nx\n", "#!/usr/bin/python3\n{block}\n# other\nx\n"),
        ("\ufeffx\r\ny\r\n", "\ufeff{block}x\r\ny\r\n"),
    ],
)
def test_a_script_without_a_head_gets_one(before: str, behind: str, weft: Weft) -> None:
    path = weft.cwd / "x.py"
    path.write_bytes(before.encode())
    path.chmod(0o755)
    done = weft("add", "--script", "x.py", "wick", WEFT_PYTHON=sys.executable, WEFT_OFFLINE="")
    assert done.code == 0, done.err
    lines = (
        "# /// script",
        f'# requires-python = "{PYTHON}"',
        "# dependencies = [",
        '#     "wick>=2.0",',
        "# ]",
    )
    block = "\n".join((*lines, "")) + kept_index(weft) + "# ///\n"
    if "\r" in before:
        block = block.replace("\n", "\r\n")
    assert path.read_bytes().decode() == behind.replace("{block}", block)
    assert path.stat().st_mode & 0o777 == 0o755


def kept_index(weft: Weft) -> str:
    """The index of the tests' environment, which is written down as uv does."""
    return INDEX.format(url=weft.environ["WEFT_DEFAULT_INDEX"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("add", "--script", "no.py", "wick"),
            "error: failed to read from file `no.py`: No such file or directory (os error 2)",
        ),
        (
            ("remove", "--script", "no.py", "wick"),
            "error: Failed to read `no.py` (not found); run `weft init --script no.py` to create a "
            "PEP 723 script",
        ),
        (
            ("remove", "--script", "plain.py", "wick"),
            "error: `plain.py` does not contain a PEP 723 metadata tag; run `weft init --script "
            "plain.py` to initialize the script",
        ),
    ],
)
def test_scripts_that_are_none_are_said(words: tuple[str, ...], message: str, weft: Weft) -> None:
    (weft.cwd / "plain.py").write_text("print(1)\n")
    done = weft(*words)
    assert (done.code, done.err) == (2, message + "\n")


def test_a_directory_beside_a_script_is_named_from_there(weft: Weft, index: IndexServer) -> None:
    path = script(weft.cwd / "deep" / "x.py", index)
    inner = weft.cwd / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[project]\nname = "inner"\nversion = "1"\n')
    done = run_weft(weft, weft.cwd, "add", "--frozen", "--script", "deep/x.py", "./inner")
    assert done.code == 0, done.err
    assert '# inner = { path = "../inner" }\n' in path.read_text()
