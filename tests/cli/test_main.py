"""Whole processes: exit codes, streams, signals."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import weft


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "XDG_CONFIG_DIRS": str(tmp_path / "none"),
        **more,
    }


def run(
    tmp_path: Path, *words: str, code: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """`weft WORDS`, or a script that prepares something before it calls `main`."""
    start = ["-c", code] if code else ["-m", "weft"]
    return subprocess.run(
        [sys.executable, *start, *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path, **environ),
        timeout=60,
    )


def verb(body: str) -> str:
    """A script that runs the command line with a verb of its own for `weft cache dir`."""
    indented = body.replace("\n", "\n    ")
    return (
        "import sys, types\n"
        "verb = types.ModuleType('weft.ops.cache_dir')\n"
        f"def run(context):\n    {indented}\n"
        "verb.run = run\n"
        "sys.modules['weft.ops.cache_dir'] = verb\n"
        "from weft.cli.main import main\n"
        "sys.exit(main(['cache', 'dir', *sys.argv[1:]]))\n"
    )


def test_the_version_is_on_stdout(tmp_path: Path) -> None:
    for words in (["--version"], ["-V"], ["-V", "--offline"], ["self", "version"]):
        done = run(tmp_path, *words)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"weft {weft.__version__}\n", "")
    assert run(tmp_path, "self", "version", "--short").stdout == f"{weft.__version__}\n"


def test_help_is_on_stdout_and_a_missing_command_on_stderr(tmp_path: Path) -> None:
    asked = run(tmp_path, "-h")
    missing = run(tmp_path)
    assert (asked.returncode, missing.returncode) == (0, 2)
    assert asked.stdout == missing.stderr
    assert (asked.stderr, missing.stdout) == ("", "")
    assert asked.stdout.startswith("A Python package and project manager")


def test_help_of_a_command_is_found_by_name_and_alias(tmp_path: Path) -> None:
    one, other = run(tmp_path, "help", "pip", "ls"), run(tmp_path, "help", "pip", "list")
    assert one.returncode == 0
    assert one.stdout == other.stdout
    assert "Usage: weft pip list [OPTIONS]" in one.stdout
    unknown = run(tmp_path, "help", "cache", "nosuch")
    assert unknown.returncode == 2
    assert unknown.stderr == (
        "error: There is no command `nosuch` for `weft cache`. Did you mean one of:\n"
        "    clean\n    prune\n    dir\n    size\n    doctor\n    import\n"
    )


def test_wrong_words_end_with_two(tmp_path: Path) -> None:
    done = run(tmp_path, "pip", "instal")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: unrecognized subcommand 'instal'\n\n"
        "  tip: some similar subcommands exist: 'list', 'uninstall', 'install'\n\n"
        "Usage: weft pip [OPTIONS] <COMMAND>\n\nFor more information, try '--help'.\n"
    )


def test_the_exit_code_is_that_of_the_verb(tmp_path: Path) -> None:
    assert run(tmp_path, code=verb("return 7")).returncode == 7


def test_an_error_ends_with_its_own_code(tmp_path: Path) -> None:
    body = (
        "from weft.core.errors import WeftError\nraise WeftError('no', exit_code=1, hints=('h',))"
    )
    done = run(tmp_path, code=verb(body))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: no\n\nhint: h\n")
    assert run(tmp_path, "-q", code=verb(body)).stderr == done.stderr
    silent = run(tmp_path, "-qq", code=verb(body))
    assert (silent.returncode, silent.stdout, silent.stderr) == (1, "", "")


def test_a_bug_is_called_a_bug(tmp_path: Path) -> None:
    done = run(tmp_path, code=verb("raise KeyError('x')"))
    assert done.returncode == 2
    assert done.stderr == (
        "error: This is a bug in weft: KeyError: 'x'\n\n"
        "hint: Run the command again with `-v` and report what it prints\n"
    )
    verbose = run(tmp_path, "-v", code=verb("raise KeyError('x')"))
    assert verbose.returncode == 2
    assert "Traceback (most recent call last)" in verbose.stderr


def test_control_c_ends_with_130_and_one_line(tmp_path: Path) -> None:
    code = verb("import time\ncontext.out('ready')\ntime.sleep(30)\nreturn 0")
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "Interrupted\n")


def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    code = verb("for n in range(20000): context.out('x' * 100)\nreturn 0")
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(tmp_path),
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == b"x" * 100 + b"\n"
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=30), errors) == (0, b"")


def test_a_full_disk_behind_stdout_ends_with_two(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "weft", "self", "version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
        )
    assert done.returncode == 2
    assert done.stderr == (
        "error: Failed to write to `standard output`\n"
        "  cause: No space left on device (os error 28)\n"
    )


def test_directory_is_changed_to_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "uv.toml").write_text("offline = true")
    body = "context.out(f'{context.cwd} {context.settings.offline}')\nreturn 0"
    done = run(tmp_path, "--directory", "sub", code=verb(body))
    assert done.stdout == f"{tmp_path / 'sub'} True\n"
    assert run(tmp_path, code=verb(body), UV_WORKING_DIR="sub").stdout == done.stdout
    missing = run(tmp_path, "--directory", "nope", code=verb(body))
    assert missing.returncode == 2
    assert missing.stderr == (
        "error: Failed to change to directory `nope`\n"
        "  cause: No such file or directory (os error 2)\n"
    )


def test_a_working_directory_that_is_gone_is_an_error(tmp_path: Path) -> None:
    code = (
        "import os, sys\nos.mkdir('gone')\nos.chdir('gone')\nos.rmdir('../gone')\n"
        "from weft.cli.main import main\nsys.exit(main(['cache', 'dir']))\n"
    )
    done = run(tmp_path, code=code)
    assert done.returncode == 2
    assert done.stderr.startswith("error: The current directory does not exist any more\n")


def test_broken_settings_end_with_two_and_show_the_line(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text("offline = 3\n")
    done = run(tmp_path, "cache", "dir")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: Failed to parse: uv.toml\n"
        "  cause: TOML parse error at line 1, column 11\n"
        "           |\n"
        "         1 | offline = 3\n"
        "           |           ^\n"
        "         invalid type: integer `3`, expected a boolean\n"
    )


def test_warnings_about_settings_do_not_stop_the_command(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.uv]\nlink-mode = "zip"\n')
    done = run(tmp_path, code=verb("context.out('done')\nreturn 0"))
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert done.stderr.startswith(
        "warning: Failed to parse `pyproject.toml` during settings discovery:\n"
        "  TOML parse error at line 2, column 13\n    |\n"
    )
    assert run(tmp_path, "-q", code=verb("return 0")).stderr == ""


def test_show_settings_tells_values_and_where_they_are_from(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text('[[index]]\nname = "n"\nurl = "https://u:secret@h/s"\n')
    done = run(tmp_path, "pip", "install", "x", "--show-settings", "-n", UV_RESOLUTION="lowest")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert 'packages = ["x"]  # [PACKAGE]...' in lines
    assert "no_cache = true  # -n" in lines
    assert 'resolution = "lowest"  # environment variable `UV_RESOLUTION`' in lines
    assert 'link_mode = "auto"  # default' in lines
    assert f'index = ["n=https://u:****@h/s"]  # {tmp_path / "uv.toml"}:1' in lines
    assert "secret" not in done.stdout


def test_verbose_tells_what_was_set_where(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text("offline = true")
    done = run(tmp_path, "-v", code=verb("return 0"), UV_HTTP_RETRIES="5")
    first, *others = done.stderr.splitlines()
    assert first.startswith(f"DEBUG weft {weft.__version__}, Python 3.")
    assert others == [
        "DEBUG `http_retries` is set by environment variable `UV_HTTP_RETRIES`",
        f"DEBUG `offline` is set by {tmp_path / 'uv.toml'}",
    ]


def test_the_project_version(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    (tmp_path / "below").mkdir()
    project.write_text('[project]\nname = "My.Project"\nversion = "1.0-dev"\n')
    assert run(tmp_path, "--directory", "below", "version").stdout == "my-project 1.0.dev0\n"
    assert run(tmp_path, "version", "--short").stdout == "1.0.dev0\n"
    assert run(tmp_path, "version", "--output-format", "json").stdout == (
        '{\n  "package_name": "my-project",\n  "version": "1.0.dev0",\n  "commit_info": null\n}\n'
    )
    project.write_text('[project]\nname = "x"\ndynamic = ["version"]\n')
    dynamic = run(tmp_path, "version")
    assert dynamic.returncode == 2
    assert dynamic.stderr == (
        "error: We cannot get or set dynamic project versions in: pyproject.toml\n"
    )
    project.unlink()
    missing = run(tmp_path, "version")
    assert missing.returncode == 2
    assert missing.stderr.endswith(
        "hint: If you meant to view weft's version, use `weft self version` instead\n"
    )


def on_a_terminal(tmp_path: Path, code: str, **environ: str) -> tuple[int, str]:
    """Exit code and everything that a script wrote to a terminal on stderr."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=follower,
        cwd=tmp_path,
        env=environment(tmp_path, TERM="xterm", COLUMNS="80", **environ),
    )
    os.close(follower)
    seen = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([leader], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        seen += part
    os.close(leader)
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    return process.wait(timeout=30), (out + b"|" + seen).decode()


WAITING = verb(
    "from weft.core import events\n"
    "import time, sys\n"
    "context.sink(events.PhaseStarted('Resolving dependencies...', 3))\n"
    "end = time.monotonic() + {seconds}\n"
    "while time.monotonic() < end: time.sleep(0.01)\n"
    "context.sink(events.PhaseEnded())\n"
    "context.sink(events.Note('after'))\n"
    "context.out('rich' if 'rich' in sys.modules else 'bare')\n"
    "return 0"
)


def test_a_phase_that_takes_long_shows_a_spinner_and_wipes_it(tmp_path: Path) -> None:
    code, seen = on_a_terminal(tmp_path, WAITING.format(seconds=0.6))
    assert code == 0
    assert seen.startswith("rich\n|")
    assert "Resolving dependencies... (0/3)" in seen
    assert seen.endswith("after\r\n")
    assert "\x1b[2K" in seen


def test_a_quick_phase_shows_nothing_and_does_not_load_rich(tmp_path: Path) -> None:
    code, seen = on_a_terminal(tmp_path, WAITING.format(seconds=0))
    assert (code, seen) == (0, "bare\n|after\r\n")


@pytest.mark.parametrize("variable", ["UV_NO_PROGRESS"])
def test_no_progress_shows_no_spinner(tmp_path: Path, variable: str) -> None:
    code, seen = on_a_terminal(tmp_path, WAITING.format(seconds=0.4), **{variable: "1"})
    assert (code, seen) == (0, "bare\n|after\r\n")


def test_a_spinner_that_cannot_be_shown_stops_nothing(tmp_path: Path) -> None:
    script = "import sys\nsys.modules['rich'] = None\n" + WAITING.format(seconds=0.4)
    code, seen = on_a_terminal(tmp_path, script)
    assert code == 0
    assert seen.endswith("|after\r\n")


def test_downloads_have_bars(tmp_path: Path) -> None:
    code, seen = on_a_terminal(
        tmp_path,
        verb(
            "from weft.core import events\nimport time\n"
            "context.sink(events.DownloadStarted('k', 'numpy', 4096))\n"
            "context.sink(events.DownloadProgress('k', 1024))\n"
            "time.sleep(0.5)\n"
            "context.sink(events.DownloadEnded('k'))\n"
            "return 0"
        ),
    )
    assert code == 0
    assert "numpy" in seen and "1.0KiB/4.0KiB" in seen
