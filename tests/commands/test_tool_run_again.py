"""Environments of tools from run to run: kept, remembered, broken, shared, removed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.test_tool_run import tools
from tests.support.commands import Finished, Weft
from tests.support.index_server import IndexServer
from tests.support.interpreters import INTERPRETERS
from tests.support.tool_twins import tool
from tests.support.wheels import make_wheel


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    directory = tmp_path / "wheels"
    tools(directory)
    return directory


PREFIX = "import sys; print(sys.prefix)"


def prefix(weft: Weft, *words: str) -> Path:
    """The environment in which the options and the package of `words` put a program."""
    return Path(weft.ok("tool", "run", *words, "python", "-c", PREFIX).out.strip())


def modules(weft: Weft, *words: str) -> tuple[Finished, set[str]]:
    """A run, and the modules of weft that it loaded before it became the program."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "weft", *words],
        cwd=weft.cwd, env=weft.environ, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    lines = done.stderr.splitlines()
    names = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    told = "\n".join(line for line in lines if not line.startswith("import time:"))
    return Finished(done.returncode, done.stdout, told), names


def is_short(weft: Weft, *words: str) -> bool:
    """Whether a run takes the short way, without looking at options and environments."""
    found, names = modules(weft, *words)
    assert found.code == 0, found.err
    return "weft.cli.parser" not in names


def settle(weft: Weft, *words: str) -> None:
    """Run until it is remembered where the program is: what is too young does not count."""
    for _ in range(40):
        if is_short(weft, *words):
            return
        time.sleep(0.1)
    raise AssertionError(f"{words} is never remembered")


def test_the_second_run_installs_nothing_and_the_third_looks_at_nothing(
    weft: Weft, index: IndexServer
) -> None:
    assert weft.ok("tool", "run", "bell", "a").err.startswith("Installed 1 package in ")
    assert weft.ok("tool", "run", "bell", "a").err == ""
    settle(weft, "tool", "run", "bell", "a")
    index.forget()
    found, _ = modules(weft, "tool", "run", "bell", "b", "--c")
    assert (found.code, found.out, found.err) == (0, "bell 2.0 ['b', '--c']\n", "")
    assert index.requests == []


def test_both_spellings_share_an_environment(weft: Weft) -> None:
    weft.ok("tool", "run", "bell")
    assert weft.ok("tool", "weftx", "bell").err == ""


def test_what_is_remembered_holds_in_every_directory(weft: Weft, tmp_path: Path) -> None:
    weft.environ["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    settle(weft, "tool", "run", "bell")
    weft.cwd = tmp_path / "elsewhere"
    weft.cwd.mkdir()
    assert is_short(weft, "tool", "run", "bell")


def test_words_that_mean_something_else_elsewhere_do_not(weft: Weft, tmp_path: Path) -> None:
    (weft.cwd / "limits.txt").write_text("bell<2\n")
    settle(weft, "tool", "run", "-c", "limits.txt", "bell")
    weft.cwd = tmp_path / "elsewhere"
    weft.cwd.mkdir()
    (weft.cwd / "limits.txt").write_text("bell<1.2\n")
    assert weft.ok("tool", "run", "-c", "limits.txt", "bell").out == "bell 1.0 []\n"


def test_nor_do_variables_that_name_a_file(weft: Weft, tmp_path: Path) -> None:
    weft.environ |= {"PATH": "/usr/bin:/bin", "WEFT_CONSTRAINT": "limits.txt"}
    (weft.cwd / "limits.txt").write_text("bell<2\n")
    settle(weft, "tool", "run", "bell")
    weft.cwd = tmp_path / "elsewhere"
    weft.cwd.mkdir()
    (weft.cwd / "limits.txt").write_text("bell<1.2\n")
    assert weft.ok("tool", "run", "bell").out == "bell 1.0 []\n"


def _change_limits(weft: Weft) -> None:
    (weft.cwd / "limits.txt").write_text("bell<1.2\n")


def _add_settings(weft: Weft) -> None:
    path = weft.home / ".config" / "weft" / "weft.toml"
    path.parent.mkdir(parents=True)
    path.write_text('resolution = "lowest"\n')


def _set_variable(weft: Weft) -> None:
    weft.environ["WEFT_RESOLUTION"] = "lowest"


def _remove_environments(weft: Weft) -> None:
    weft.ok("cache", "prune", "--ci")


def _install_tool(weft: Weft) -> None:
    weft.ok("tool", "install", "bell==1.5")


@pytest.mark.parametrize(
    ("change", "version"),
    [(_change_limits, "1.0"), (_add_settings, "1.0"), (_set_variable, "1.0"),
     (_remove_environments, "1.5"), (_install_tool, "1.5")],
)  # fmt: skip
def test_what_is_remembered_is_forgotten_when_something_changes(
    weft: Weft, change: Callable[[Weft], None], version: str
) -> None:
    (weft.cwd / "limits.txt").write_text("bell<2\n")
    words = ("tool", "run", "-c", "limits.txt", "bell")
    settle(weft, *words)
    change(weft)
    assert not is_short(weft, *words)
    assert weft.ok(*words).out == f"bell {version} []\n"


def test_a_new_version_is_seen_when_the_page_is_stale(
    weft: Weft, index: IndexServer, wheels: Path
) -> None:
    index.cache_control = "max-age=1"
    weft.ok("tool", "run", "bell")
    tool(wheels, "bell", "4.0", "bell")
    time.sleep(2)
    assert weft.ok("tool", "run", "bell").out == "bell 4.0 []\n"


def test_latest_looks_however_fresh_the_page_is(weft: Weft, wheels: Path) -> None:
    settle(weft, "tool", "run", "bell")
    tool(wheels, "bell", "4.0", "bell")
    assert weft.ok("tool", "run", "bell").out == "bell 2.0 []\n"
    assert weft.ok("tool", "run", "bell@latest").out == "bell 4.0 []\n"
    assert weft.ok("tool", "run", "bell").out == "bell 4.0 []\n"


def test_latest_takes_no_older_version_instead(weft: Weft) -> None:
    assert weft.ok("tool", "run", "future").out == "future 1.0 []\n"
    found = weft("tool", "run", "future@latest")
    assert found.code == 1
    assert "future==2.0" in found.err


@pytest.fixture
def two_pythons(weft: Weft, tmp_path: Path) -> tuple[str, str]:
    """The older is the first on the search path; the `X.Y` of both."""
    found = {}
    for path in INTERPRETERS:
        show = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([path, "-c", show], capture_output=True, text=True, check=True)
        found[done.stdout.strip()] = os.path.realpath(path)
    minors = sorted(found, key=lambda text: [int(part) for part in text.split(".")])
    old, new = minors[-2:]
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python3").symlink_to(found[old])
    (programs / f"python{new}").symlink_to(found[new])
    weft.environ["PATH"] = str(programs)
    return old, new


def test_another_python_is_tried_where_a_tool_asks_for_it(
    weft: Weft, wheels: Path, two_pythons: tuple[str, str]
) -> None:
    old, new = two_pythons
    tool(wheels, "modern", "1.0", "modern", requires_python=f">={new}")
    assert weft.ok("tool", "run", "bell").out == "bell 2.0 []\n"
    assert weft.ok("tool", "run", "modern").out == "modern 1.0 []\n"
    show = "import sys; print('%d.%d' % sys.version_info[:2])"
    words = ("tool", "run", "--with", "modern", "--from", "bell", "python", "-c", show)
    assert weft.ok(*words).out.strip() == new
    refused = weft("tool", "run", "-p", old, "modern")
    assert refused.code == 1
    assert f"Python>={new}" in refused.err


def test_an_installed_tool_is_used_where_it_does(weft: Weft) -> None:
    weft.ok("tool", "install", "bell<2")
    show = ("tool", "run", "--from")
    assert weft.ok("tool", "run", "bell").out == "bell 1.5 []\n"
    home = str(weft.home)
    assert weft.ok(*show, "bell", "python", "-c", PREFIX).out.startswith(home)
    assert weft.ok(*show, "bell==1.5", "python", "-c", PREFIX).out.startswith(home)
    cache = str(weft.cache)
    for words in (("bell==1.0",), ("bell@latest",), ("bell", "--with", "horn")):
        package, *options = words
        found = weft.ok("tool", "run", *options, "--from", package, "python", "-c", PREFIX)
        assert found.out.startswith(cache), words
    isolated = weft.ok("tool", "run", "--isolated", "bell")
    assert isolated.out == "bell 2.0 []\n"
    settle(weft, "tool", "run", "bell")
    weft.ok("tool", "install", "bell==1.0")
    assert weft.ok("tool", "run", "bell").out == "bell 1.0 []\n"
    weft.ok("tool", "uninstall", "bell")
    assert weft.ok("tool", "run", "bell").out == "bell 2.0 []\n"


def test_the_list_of_tools(weft: Weft) -> None:
    weft.ok("tool", "install", "bell<2")
    weft.ok("tool", "install", "horn")
    found = weft("tool", "run")
    assert (found.code, found.err) == (2, "")
    assert found.out.splitlines() == [
        "Provide a command to run with `weft tool run <command>`.", "",
        "The following tools are installed:", "", "- bell v1.5", "- horn v1.0", "",
        "See `weft tool run --help` for more information.",
    ]  # fmt: skip


def _remove_python(environment: Path) -> None:
    for path in (environment / "bin").glob("python*"):
        path.unlink()


def _remove_program(environment: Path) -> None:
    (environment / "bin" / "bell").unlink()


def _remove_module(environment: Path) -> None:
    next(environment.glob("lib/*/site-packages/bell.py")).unlink()


def _remove_metadata(environment: Path) -> None:
    shutil.rmtree(next(environment.glob("lib/*/site-packages/bell-*.dist-info")))


def _remove_configuration(environment: Path) -> None:
    (environment / "pyvenv.cfg").unlink()


def _spoil_mark(environment: Path) -> None:
    (environment / ".complete").write_bytes(b"\0 nonsense")


def _remove_everything(environment: Path) -> None:
    shutil.rmtree(environment)


def _put_file_in_place(environment: Path) -> None:
    shutil.rmtree(environment)
    environment.write_text("not a directory")


@pytest.mark.parametrize(
    "harm",
    [_remove_python, _remove_program, _remove_module, _remove_metadata, _remove_configuration,
     _spoil_mark, _remove_everything, _put_file_in_place],
)  # fmt: skip
def test_a_broken_environment_is_made_again(weft: Weft, harm: Callable[[Path], None]) -> None:
    environment = prefix(weft, "--from", "bell")
    settle(weft, "tool", "run", "bell")
    harm(environment)
    found = weft.ok("tool", "run", "bell", "x")
    assert found.out == "bell 2.0 ['x']\n"
    assert prefix(weft, "--from", "bell") == environment


def test_compiled_files_do_no_harm(weft: Weft) -> None:
    environment = prefix(weft, "--from", "bell")
    site = next(environment.glob("lib/*/site-packages"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(site)], check=True)
    assert (site / "__pycache__").is_dir()
    assert weft.ok("tool", "run", "bell").err == ""


def test_two_at_once_make_one_environment(weft: Weft) -> None:
    processes = [weft.start("tool", "run", "--from", "tower-clock", "strike") for _ in range(4)]
    told = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert {out for out, _ in told} == {"tower-clock 1.0 []\n"}
    kept = [path for path in (weft.cache / "environments-v1").iterdir() if path.is_dir()]
    assert len(kept) == 1
    assert sum("Installed" in err for _, err in told) == 1


def test_killed_in_the_middle_and_repeated(weft: Weft, index: IndexServer) -> None:
    parts = {"files": {f"m{number}.py": "x = 1\n" * 50 for number in range(1500)}}
    make_wheel(index.directory, "heavy", "1.0", **parts)  # type: ignore[arg-type]
    words = ("tool", "run", "--with", "heavy", "bell")
    moments = (0.15, 0.25, 0.35, 0.45, 0.6)
    for moment in moments:
        process = weft.start(*words)
        time.sleep(moment)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert weft.ok(*words).out == "bell 2.0 []\n"
    environment = prefix(weft, "--with", "heavy", "--from", "bell")
    assert len(list(environment.glob("lib/*/site-packages/m*.py"))) == 1500


def test_a_prune_spares_what_ran_lately(weft: Weft) -> None:
    first, second = prefix(weft, "--from", "bell"), prefix(weft, "--from", "horn")
    old = time.time() - 30 * 24 * 3600
    os.utime(f"{second}.use", (old, old))
    weft.ok("cache", "prune")
    assert (first.is_dir(), second.exists()) == (True, False)
    assert weft.ok("tool", "run", "bell").err == ""
    assert "Installed 1 package" in weft.ok("tool", "run", "--from", "horn", "toot").err


def test_a_remembered_run_counts_as_use(weft: Weft) -> None:
    environment = prefix(weft, "--from", "bell")
    settle(weft, "tool", "run", "bell")
    old = time.time() - 30 * 24 * 3600
    os.utime(f"{environment}.use", (old, old))
    assert is_short(weft, "tool", "run", "bell")
    weft.ok("cache", "prune")
    assert environment.is_dir()


def test_without_a_cache_nothing_is_left(weft: Weft) -> None:
    assert weft.ok("tool", "run", "bell").out == "bell 2.0 []\n"
    assert not Path(weft.ok("tool", "run", "--no-cache", "--from", "bell", "python", "-c",
                            PREFIX).out.strip()).exists()  # fmt: skip


def test_a_program_that_is_nearly_spelled_like_that(weft: Weft) -> None:
    found = weft("tool", "run", "--from", "horn", "tooot")
    assert found.code == 1
    assert "Did you mean `weft tool run --from horn toot`?" in found.err


def test_help_speaks_of_the_command_that_was_typed(weft: Weft) -> None:
    assert "Usage: weftx [OPTIONS] [COMMAND]" in weft.ok("tool", "weftx", "-h").out
    assert "Usage: weft tool run [OPTIONS] [COMMAND]" in weft.ok("tool", "run", "-h").out
    assert "weftx" not in weft.ok("tool", "-h").out
