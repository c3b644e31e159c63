"""`weft tool run` and `weftx` beside uv: what is run, what is said, and how it ends."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.beside_uv import Outcome, Twins
from tests.support.index_server import IndexServer
from tests.support.tool_twins import tool
from tests.support.wheels import make_wheel

_NAMED = re.compile(r"\buv(?= (?:tool|cache)\b)")


def tools(directory: Path) -> None:
    """Packages with one program, with several, with none, and with those of others."""
    for version in ("1.0", "1.5", "2.0", "3.0rc1"):
        tool(directory, "bell", version, "bell", extras={"loud": ["horn"]})
    tool(directory, "horn", "1.0", "toot", "honk")
    tool(directory, "tower-clock", "1.0", "strike", requires=["bell<2", "horn"])
    make_wheel(directory, "rope", "1.0")
    tool(directory, "gong", "1.0", "gong", requires=["no-such-metal"])
    tool(directory, "future", "1.0", "future")
    tool(directory, "future", "2.0", "future", requires_python=">=3.99")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    directory = tmp_path_factory.mktemp("wheels")
    tools(directory)
    with IndexServer(directory) as server:
        yield server


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, index: IndexServer) -> Twins:
    found = Twins(tmp_path_factory.mktemp("tool-run"), index.url)
    found.environ["PATH"] += f"{os.pathsep}/usr/bin{os.pathsep}/bin"
    found.write("script.py", "print()")
    found.write("limits.txt", "bell<1.2\n")
    found.write("more.txt", "horn\n")
    found.write("tool.env", "COLOUR=red\nbroken line\n")
    found.write(
        "local/pyproject.toml",
        '[project]\nname = "Local.Tool"\nversion = "7"\nscripts = {local-tool = "local_tool:main"}'
        '\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    )
    found.write("empty/nothing.txt", "")
    return found


def _ours(text: str) -> str:
    text = text.replace("uvx", "weftx").replace("uv run script", "weft run script")
    return _NAMED.sub("weft", text)


def both(twins: Twins, *words: str, short: bool = True, **environ: str) -> tuple[Outcome, Outcome]:
    """What weft and uv made of the same words; `short` for `weftx`."""
    their = twins.outcome("uv", "tool", "uvx" if short else "run", *words, **environ)
    our = twins.outcome("weft", "tool", "weftx" if short else "run", *words, **environ)
    return our, their


def alike(twins: Twins, *words: str, short: bool = True, **environ: str) -> Outcome:
    """Both end the same way, and say the same."""
    our, their = both(twins, *words, short=short, **environ)
    assert (our.code, our.out, our.err) == (their.code, _ours(their.out), _ours(their.err)), words
    return our


@pytest.mark.parametrize(
    "words",
    [
        ("bell", "a", "--b", "-v", "--", "c"),
        ("--", "bell", "--help"),
        ("-q", "bell"),
        ("Bell",),
        ("bell==1.0",),
        ("bell>=1,<2", "x"),
        ("bell ~= 1.0",),
        ("bell@1.0",),
        ("bell@1",),
        ("bell@latest",),
        ("bell@3.0rc1",),
        ("bell[loud]", "x"),
        ("bell[loud]@1.5", "x"),
        ("--from", "bell[loud]", "toot"),
        ("--from", "bell@1.5", "bell"),
        ("--from", "bell==1.0", "bell"),
        ("--from", "tower-clock", "strike", "--from"),
        ("--with", "horn", "bell"),
        ("--with", "horn,rope", "--with", "", "bell"),
        ("--with", "horn>=1,<2", "bell"),
        ("-c", "limits.txt", "bell"),
        ("--overrides", "limits.txt", "bell"),
        ("--with-requirements", "more.txt", "bell"),
        ("--isolated", "bell"),
        ("--offline", "bell"),
        ("--prerelease", "allow", "bell"),
        ("--no-cache", "bell", "x"),
        ("--show-resolution", "bell"),
        ("--show-resolution", "--from", "bell==1.5", "bell"),
    ],
)
def test_a_program_of_a_package_runs(twins: Twins, words: tuple[str, ...]) -> None:
    alike(twins, *words)


@pytest.mark.parametrize(
    "words",
    [(), ("bell", "x"), ("no-such-tool", "-v"), ("run", "x"), ("tower-clock",), ("script.py",),
     ("other.py",), ("--from", "tower-clock", "honk"), ("--upgrade", "bell"), ("--bogus",)],
)  # fmt: skip
def test_the_long_spelling_is_named_where_it_was_typed(
    twins: Twins, words: tuple[str, ...]
) -> None:
    alike(twins, *words, short=False)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-q",),
        ("no-such-tool",),
        ("no-such-tool", "-v"),
        ("no-such-tool", "-vx"),
        ("no-such-tool", "--flag", "-vv", "--verbose"),
        ("run", "bell"),
        ("bell==9",),
        ("bell@9",),
        ("gong",),
        ("rope",),
        ("horn",),
        ("tower-clock",),
        ("tower_clock",),
        ("--from", "rope", "pull"),
        ("--from", "bell", "toll"),
        ("--from", "bell", "bell@1.0"),
        ("--from", "horn", "bell"),
        ("--from", "tower-clock", "bell"),
        ("--from", "tower-clock", "honk", "x"),
        ("--from", "bell", "sh", "-c", "exit 3"),
        ("--from", "bell", "/tmp"),
        ("--with", "no-such-tool", "bell"),
        ("--with", "bell==1.0", "bell==2.0"),
        ("--with", "./nowhere", "bell"),
        ("--with-editable", "./nowhere", "bell"),
        ("./nowhere",),
        ("--from", "./nowhere", "bell"),
        ("./empty",),
        ("--from", "./local", "--with", "local-tool @ ./empty", "bell"),
        ("limits.txt",),
        ("./limits.txt",),
        ("--from", "./limits.txt", "bell"),
        ("script.py",),
        ("other.py",),
        ("./other.py",),
        ("--from", "script.py", "bell"),
        ("--from", "./script.py", "bell"),
        ("bell@",),
        ("bell@>=1",),
        ("bell[x",),
        ("bell horn",),
        ("",),
        ("--from", "", "bell"),
        ("@",),
        ("@1.0",),
        ("python@latest",),
        ("python@foo",),
        ("python@3.99",),
        ("-p", "3.99", "bell"),
        ("--with-requirements", "nowhere.txt", "bell"),
        ("--env-file", "nowhere.env", "bell"),
        ("--env-file", "tool.env", "--from", "bell", "sh", "-c", "echo $COLOUR"),
        ("--no-env-file", "--from", "bell", "sh", "-c", "echo $COLOUR"),
        ("--upgrade", "bell"),
        ("-P", "bell", "bell"),
        ("--reinstall", "bell"),
        ("--offline", "never-seen"),
        ("--offline", "never-seen@latest"),
        ("--bogus",),
        ("--from",),
        ("pythonfoo",),
    ],
)
def test_what_is_wrong_is_told_as_uv_tells_it(twins: Twins, words: tuple[str, ...]) -> None:
    alike(twins, *words)


@pytest.mark.parametrize(
    "word", ["python", "Python", "python3", f"python{sys.version_info[0]}.{sys.version_info[1]}",
             f"python@{sys.version_info[0]}.{sys.version_info[1]}", "cpython", "python>=3.8",
             f"cpython@{sys.version_info[0]}"],
)  # fmt: skip
def test_an_interpreter_is_a_tool_too(twins: Twins, word: str) -> None:
    code = "import sys; print(sys.version_info[:3], sys.prefix != sys.base_prefix)"
    alike(twins, word, "-c", code)
    alike(twins, "--from", word, "python", "-c", code)


def test_two_requests_for_a_python_are_one_too_many(twins: Twins) -> None:
    alike(twins, "-p", "3.12", "python3.10")
    alike(twins, "-p", sys.executable, "python", "-c", "print(1)")


def test_packages_beside_an_interpreter(twins: Twins) -> None:
    alike(twins, "--with", "bell==1.0", "python", "-c", "import bell; print(bell.VERSION)")


def test_variables_of_the_program(twins: Twins) -> None:
    show = "import os; print(sorted(n for n in os.environ if n[:3] not in ('UV_', 'WEF', 'PYT')))"
    alike(twins, "python", "-c", show, VIRTUAL_ENV="/nowhere")


def test_files_of_variables_do_not_replace_what_is_set(twins: Twins) -> None:
    words = ("--env-file", "tool.env", "--from", "bell", "sh", "-c", "echo $COLOUR")
    assert alike(twins, *words).out == "red\n"
    assert alike(twins, *words, COLOUR="blue").out == "blue\n"


def test_settings_of_a_project_do_not_count(twins: Twins) -> None:
    twins.write("project/pyproject.toml", '[tool.uv]\nconstraint-dependencies = ["bell<1.2"]\n')
    twins.write("project/uv.toml", "no-such-key = 1\n")
    found = {
        name: twins.run_one(name, "tool", "run", "bell", cwd="project") for name in ("uv", "weft")
    }
    assert found["weft"].out == found["uv"].out == "bell 2.0 []\n", found["weft"].err


def test_pins_of_a_directory_do_not_count(twins: Twins) -> None:
    twins.write("pinned/.python-version", "3.99\n")
    for name in ("uv", "weft"):
        assert twins.run_one(name, "tool", "run", "bell", cwd="pinned").code == 0


def test_the_pin_of_a_person_counts(twins: Twins, tmp_path: Path) -> None:
    pin = tmp_path / "uv" / ".python-version"
    pin.parent.mkdir()
    pin.write_text("3.99\n")
    found = alike(twins, "bell", XDG_CONFIG_HOME=str(tmp_path))
    assert found.code == 2
    alike(twins, "python", XDG_CONFIG_HOME=str(tmp_path))
    assert alike(twins, "-p", sys.executable, "bell", XDG_CONFIG_HOME=str(tmp_path)).code == 0


def test_versions_of_the_commands(twins: Twins) -> None:
    from weft import __version__

    assert twins.run_one("weft", "tool", "weftx", "--version").out == f"weftx {__version__}\n"
    assert twins.run_one("weft", "tool", "uvx", "-V").out == f"weftx {__version__}\n"
    assert twins.run_one("weft", "tool", "run", "--version").code == 2
