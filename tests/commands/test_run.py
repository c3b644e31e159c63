"""`weft run` beside uv: what is run, with which variables, and how it ends."""

from __future__ import annotations

import json
import marshal
import os
import shutil
import signal
import subprocess
import sys
import time
import zipapp
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.beside_uv import Twins
from tests.support.commands import Weft


def alike(twins: Twins, *words: str, cwd: str = ".", **environ: str) -> None:
    """Both end the same way, and say the same."""
    found = []
    for name in ("uv", "weft"):
        each = twins.outcome(name, *words, cwd=cwd, **environ)
        found.append((each.code, each.out, each.err))
    assert found[1] == found[0]


SHOW = "import sys; print(sys.argv, __name__)"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """Two directories with something of every kind to run, and no project around."""
    found = Twins(tmp_path_factory.mktemp("run"))
    found.environ["PATH"] += f"{os.pathsep}/usr/bin{os.pathsep}/bin"
    for path in ("script.py", "window.pyw", "package/__main__.py", "UPPER.PY", "named"):
        found.write(path, SHOW)
    found.write("empty/nothing.txt", "")
    found.write("plain.txt", "text")
    found.write("program.sh", "#!/bin/sh\nexit 7\n")
    found.write("headless", "text")
    for place in found.places.values():
        (place / "program.sh").chmod(0o755)
        (place / "compiled.pyc").write_bytes(b"\xff# /// script\n# x = 1\n")
        (place / "headless").chmod(0o755)
        zipapp.create_archive(place / "package", place / "app")
        zipapp.create_archive(place / "package", place / "app.zip", interpreter="/usr/bin/env x")
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("python", "-c", SHOW, "a", "--b"),
        ("PYTHON", "-c", SHOW),
        ("--", "python", "-c", SHOW),
        ("python", "--", "-c"),
        ("script.py", "a", "--", "-x"),
        ("./script.py",),
        ("UPPER.PY",),
        ("window.pyw", "1"),
        ("package", "1"),
        ("./package",),
        ("app", "1"),
        ("./app.zip",),
        ("-m", "package", "x"),
        ("-m", "json.tool", "--help"),
        ("-m", "nosuchmodule"),
        ("-s", "named", "y"),
        ("--script", "nosuchfile"),
        ("--gui-script", "named"),
        ("./program.sh",),
        ("sh", "-c", "exit 3"),
        ("sh", "-c", "echo $0 $1", "x", "--y"),
        ("nosuchprogram",),
        ("a b",),
        ("./nosuch.py",),
        ("./plain.txt",),
        ("./headless",),
        ("./empty",),
        ("-", "a"),
        ("-m", "-"),
    ],
    ids=" ".join,
)
def test_a_target_is_told_by_its_spelling_and_run_as_uv_does(
    twins: Twins, words: tuple[str, ...]
) -> None:
    alike(twins, "run", "-p", sys.executable, *words)


@pytest.mark.parametrize(
    "words",
    [
        (), ("-m",), ("--module", "--script", "x"), ("compiled.pyc",),
        ("--locked", "--frozen", "x"),
        ("--package", "x", "--no-project", "y"), ("--package", "x", "--all-packages", "y"),
        ("--extra", "x", "--all-extras", "y"), ("--bogus", "x"), ("--package", "x", "python"),
        ("--env-file", "nosuch.env", "python"), ("--with-requirements", "pyproject.toml", "x"),
        ("--with-requirements", "setup.py", "x"), ("--with-requirements", "-", "-"),
        ("--with-requirements", "nosuch.txt", "x"), ("--with", "foo bar", "x"),
        ("-p", "nosuchpython", "x"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_run_is_answered_as_uv_does(twins: Twins, words: tuple[str, ...]) -> None:
    if "-p" not in words:
        words = ("-p", sys.executable, *words)
    theirs = twins.outcome("uv", "run", *words)
    ours = twins.outcome("weft", "run", *words)
    # The usage line of uv names the variables of the environment among the options.
    shown = [
        "\n".join(line for line in each.err.splitlines() if not line.startswith("Usage: "))
        for each in (ours, theirs)
    ]
    assert (ours.code, ours.out, shown[0]) == (theirs.code, theirs.out, shown[1])
    assert ours.code != 0


@pytest.mark.parametrize("project", [(), ("--no-project",)], ids=["outside", "told"])
@pytest.mark.parametrize(
    "flags",
    [
        "--extra x", "--all-extras", "--no-extra q", "--group y", "--no-dev", "--dev",
        "--only-dev", "--only-group z", "--all-groups", "--no-group z", "--no-default-groups",
        "--locked", "--frozen", "--no-sync", "--all-packages", "--exact", "--no-editable",
        "--active", "--isolated", "--extra x --group y --no-group z --locked",
    ],
)  # fmt: skip
def test_options_without_effect_are_named(
    twins: Twins, flags: str, project: tuple[str, ...]
) -> None:
    alike(twins, "run", "-p", sys.executable, *project, *flags.split(), "script.py")


ENVIRON = "import json, os; print(json.dumps(dict(os.environ)))"


def variables(twins: Twins, name: str, *words: str, **environ: str) -> dict[str, str]:
    done = twins.run_one(name, "run", *words, "python", "-c", ENVIRON, **environ)
    assert done.code == 0, done.err
    found: dict[str, str] = json.loads(done.out)
    return found


def test_the_command_gets_the_variables_that_uv_sets(twins: Twins) -> None:
    theirs = variables(twins, "uv", "-p", sys.executable, UV_RUN_RECURSION_DEPTH="3")
    ours = variables(twins, "weft", "-p", sys.executable, UV_RUN_RECURSION_DEPTH="3")
    assert ours.pop("WEFT_RUN_RECURSION_DEPTH") == "4"
    assert os.access(theirs.pop("UV"), os.X_OK)
    for name in ("UV", "WEFT"):
        program = ours.pop(name, "")
        assert not program or os.access(program, os.X_OK)
    assert ours == theirs


def test_runs_inside_of_each_other_end(twins: Twins) -> None:
    alike(twins, "run", "python", UV_RUN_RECURSION_DEPTH="101")
    alike(twins, "run", "python", UV_RUN_RECURSION_DEPTH="x")
    alike(twins, "run", "--max-recursion-depth", "3", "python", UV_RUN_RECURSION_DEPTH="4")
    alike(twins, "run", "-p", sys.executable, "python", "-c", "", UV_RUN_RECURSION_DEPTH="100")


def test_variables_come_from_files_and_override_nothing(twins: Twins) -> None:
    twins.write("one.env", "A=1\nB=$A-${HOME}\nPATH=nowhere\n")
    twins.write("two.env", "export A='2'\nC=\"x\\ny\"\n")
    twins.write("twice.env", "A=1\nA=2\nC=$A\n")
    twins.write("bad.env", "D=4\n- no\nE=5\n")
    show = "import os; print([os.environ.get(name) for name in 'ABCDE'], len(os.environ['PATH']))"
    python = ("-p", sys.executable)
    command = ("python", "-c", show)
    for words in (
        ("--env-file", "one.env"),
        ("--env-file", "one.env", "--env-file", "two.env"),
        ("--env-file", "bad.env"),
        ("--env-file", "twice.env", "--env-file", "bad.env"),
        ("--env-file", "bad.env", "--env-file", "nosuch.env"),
        ("--env-file", "one.env", "--no-env-file"),
    ):
        alike(twins, "run", *python, *words, *command)
    alike(twins, "run", *python, *command, UV_ENV_FILE="two.env one.env")
    alike(twins, "run", *python, "--no-env-file", *command, UV_ENV_FILE="two.env")
    alike(twins, "run", *python, "--env-file", "two.env", *command, A="kept")


def test_the_nearest_environment_serves_outside_of_a_project(twins: Twins) -> None:
    twins.write("deep/down/x.txt", "")
    for name, place in twins.places.items():
        done = twins.run_one(name, "venv", "-q", "-p", sys.executable, cwd="deep")
        assert done.code == 0, done.err
        assert (place / "deep" / ".venv").is_dir()
    show = "import os, sys; print(sys.prefix, os.environ['VIRTUAL_ENV'], os.environ['PATH'][-25:])"
    alike(twins, "run", "python", "-c", show, cwd="deep/down")
    alike(twins, "run", cwd="deep/down")


@pytest.fixture
def weft(tmp_path: Path) -> Weft:
    found = Weft(tmp_path)
    found.venv()
    return found


def test_the_command_takes_the_place_of_weft(weft: Weft) -> None:
    process = weft.start("run", "python", "-c", "import os; print(os.getpid())")
    out, _ = process.communicate(timeout=60)
    assert int(out) == process.pid


UP = "import time; print('up', flush=True); time.sleep(60)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGKILL])
def test_a_signal_reaches_the_command_and_its_end_is_told(weft: Weft, number: int) -> None:
    process = weft.start("run", "python", "-c", UP)
    process.stdout.read(2)  # type: ignore[union-attr]
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == -number


def test_weft_stays_only_where_something_goes_afterwards(weft: Weft) -> None:
    code = "import sys, time; print(sys.prefix, flush=True); time.sleep(60)"
    process = weft.start("run", "--isolated", "python", "-c", code)
    prefix = Path(process.stdout.readline().strip())  # type: ignore[union-attr]
    assert prefix.is_dir()
    assert prefix != weft.cwd / ".venv"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert not prefix.exists()


def test_a_pipe_that_nobody_reads_ends_the_command(weft: Weft) -> None:
    words = [sys.executable, "-m", "weft", "run", "sh", "-c", "while :; do echo y; done"]
    process = subprocess.Popen(
        words, cwd=weft.cwd, env=weft.environ, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.read(2)
    process.stdout.close()
    assert process.wait(timeout=60) == -signal.SIGPIPE


def test_a_script_from_stdin_is_run(twins: Twins) -> None:
    results = []
    for name in ("uv", "weft"):
        program = (
            [shutil.which("uv", path=os.path.dirname(sys.executable))]
            if name == "uv"
            else [sys.executable, "-m", "weft"]
        )
        done = subprocess.run(
            [*program, "run", "-p", sys.executable, "-", "a", "-b"],  # type: ignore[list-item]
            cwd=twins.places[name],
            env=twins.environ,
            input=f"{SHOW}\nraise SystemExit(4)",
            capture_output=True,
            text=True,
            timeout=60,
        )
        results.append((done.returncode, done.stdout, done.stderr))
    assert results[0] == results[1]
    assert results[1][0] == 4


@pytest.fixture
def kept(weft: Weft) -> Iterator[Path]:
    """The verdict about a command in an environment, made to lead to a program of ours."""
    (weft.cwd / "s.py").write_text("print('run')")
    time.sleep(0.1)
    weft.ok("run", "s.py")
    time.sleep(0.1)
    weft.ok("run", "s.py")
    path = lead_astray(weft)
    assert weft.ok("run", "s.py").out == "remembered\n"
    yield path


def lead_astray(weft: Weft) -> Path:
    """Make the only verdict lead to a program of ours; the file that it is in."""
    (path,) = (weft.cache / "installed-v1").glob("run-*")
    fake = weft.root / "fake"
    fake.write_text("#!/bin/sh\necho remembered $FROM_FILE\n")
    fake.chmod(0o755)
    form, (_, *where), stamps = marshal.loads(path.read_bytes())
    path.write_bytes(marshal.dumps((form, (str(fake), *where), stamps)))
    return path


CHANGES = {
    "a package": ".venv/lib/python{}.{}/site-packages/new.dist-info/METADATA",
    "a project": "pyproject.toml",
    "a project above": "../pyproject.toml",
    "settings": "weft.toml",
    "settings of uv above": "../uv.toml",
    "a version file": ".python-version",
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("path", CHANGES.values(), ids=CHANGES.keys())
def test_where_a_command_ran_is_forgotten_with(weft: Weft, path: str) -> None:
    target = weft.cwd / path.format(*sys.version_info[:2])
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.name == "pyproject.toml":
        target.write_text('[project]\nname = "x"\nversion = "1"\n[tool.uv]\nmanaged = false\n')
    else:
        target.write_text("")
    assert weft.ok("run", "s.py").out == "run\n"


@pytest.mark.usefixtures("kept")
def test_where_a_command_ran_is_forgotten_with_other_words_or_variables(weft: Weft) -> None:
    assert weft.ok("run", "--no-sync", "s.py").out == "run\n"
    assert weft.ok("run", "s.py", UV_OFFLINE="1").out == "run\n"
    assert weft.ok("run", "s.py", SOMETHING="else").out == "remembered\n"
    assert weft.ok("run", "s.py", "argument").out == "remembered\n"


def test_what_lies_beside_a_script_counts_wherever_it_is_run_from(weft: Weft) -> None:
    inside = weft.cwd / "deep"
    inside.mkdir()
    (inside / "s.py").write_text("# /// script\n# dependencies = []\n# ///\nprint('run')\n")
    time.sleep(0.1)
    for _ in range(3):
        assert weft.ok("run", "deep/s.py").out == "run\n"
    (inside / "uv.toml").write_text("nonsense = 1\n")
    assert weft("run", "deep/s.py").code == 2
