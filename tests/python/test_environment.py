"""New environments: their layout, what they may replace, and that they work."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.python.conftest import script
from tests.python.test_probe import ordinarily
from weft import __version__
from weft.core.errors import WeftError
from weft.python.environment import EnvironmentFailure, create, default_prompt, home_of
from weft.python.interpreter import Interpreter, probe, read_configuration
from weft.store.store import Store
from weft.system.workers import fork_map

SCRIPTS = [
    "activate",
    "activate.bat",
    "activate.csh",
    "activate.fish",
    "activate.nu",
    "activate.ps1",
    "activate.xsh",
    "activate_this.py",
    "deactivate.bat",
    "pydoc.bat",
]


def tree(root: Path) -> dict[str, str]:
    """Every path below `root` with its kind: `dir`, `file`, or `-> target`."""
    kinds = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            kinds[name] = f"-> {os.readlink(path)}"
        else:
            kinds[name] = "dir" if path.is_dir() else "file"
    return kinds


def refusal(path: str | Path, interpreter: Interpreter, **options: object) -> WeftError:
    with pytest.raises(EnvironmentFailure) as caught:
        create(str(path), interpreter, **options)  # type: ignore[arg-type]
    assert caught.value.message == "Failed to create virtual environment"
    assert caught.value.exit_code == 2
    assert caught.value.hints == caught.value.cause.hints
    return caught.value.cause


def test_the_layout_is_that_of_every_tool(each: Interpreter, tmp_path: Path) -> None:
    create(str(tmp_path / "e"), each)
    minor = ".".join(map(str, each.minor))
    packages = f"lib/python{minor}/site-packages"
    expected = {
        "CACHEDIR.TAG": "file",
        ".gitignore": "file",
        "pyvenv.cfg": "file",
        "bin": "dir",
        "bin/python": f"-> {each.executable}",
        "bin/python3": "-> python",
        f"bin/python{minor}": "-> python",
        "lib": "dir",
        "lib64": "-> lib",
        f"lib/python{minor}": "dir",
        packages: "dir",
        **{f"bin/{name}": "file" for name in SCRIPTS},
    }
    if each.minor < (3, 10):
        expected |= {f"{packages}/_virtualenv.{ending}": "file" for ending in ("py", "pth")}
    assert tree(tmp_path / "e") == expected
    assert (tmp_path / "e" / ".gitignore").read_text() == "*"
    assert (tmp_path / "e" / "CACHEDIR.TAG").stat().st_size == 43
    assert (tmp_path / "e" / "pyvenv.cfg").read_text() == (
        f"home = {os.path.dirname(each.executable)}\n"
        "implementation = CPython\n"
        f"weft = {__version__}\n"
        f"version_info = {each.version}\n"
        "include-system-site-packages = false\n"
    )


def test_the_layout_is_that_of_uv(own: Interpreter, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    uv = Path(sys.executable).with_name("uv")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    environ["UV_CACHE_DIR"] = str(tmp_path / "cache")
    argv = [str(uv), "venv", "--offline", "-p", own.executable, "--prompt", "x", str(theirs)]
    subprocess.run(argv, env=environ, capture_output=True, check=True)
    create(str(ours), own, prompt="x")
    assert tree(ours) == tree(theirs)
    for path in theirs.rglob("*"):
        twin = ours / path.relative_to(theirs)
        assert stat.filemode(twin.lstat().st_mode) == stat.filemode(path.lstat().st_mode)
    lines = [line.split(" = ") for line in (theirs / "pyvenv.cfg").read_text().splitlines()]
    mine = [line.split(" = ") for line in (ours / "pyvenv.cfg").read_text().splitlines()]
    assert [[key.replace("uv", "weft"), text] for key, text in lines if key != "uv"] == [
        each for each in mine if each[0] != "weft"
    ]
    assert [key for key, _ in mine] == [key.replace("uv", "weft", key == "uv") for key, _ in lines]


def test_its_python_runs_in_it(each: Interpreter, tmp_path: Path) -> None:
    made = create(str(tmp_path / "e"), each)
    (package,) = made.package_directories
    Path(package, "inside.py").write_text("import sys; value = sys.prefix\n")
    for name in ("python", "python3", f"python{made.minor[0]}.{made.minor[1]}"):
        argv = [f"{made.prefix}/bin/{name}", "-c", "import inside, site; print(inside.value)"]
        done = subprocess.run(argv, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == (f"{tmp_path}/e\n", "")


def test_pip_works_in_it(newest: Interpreter, tmp_path: Path) -> None:
    made = create(str(tmp_path / "it's e"), newest)
    bundled = Path(newest.stdlib, "ensurepip", "_bundled")
    wheel = next(bundled.glob("pip-*.whl"), None) or next(Path("/usr/share").glob("*/pip-*.whl"))
    (packages,) = made.package_directories
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    argv = [made.executable, "-m", "pip", "list", "--format=freeze", "--no-python-version-warning"]
    environ = {"PATH": os.environ["PATH"], "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(argv, check=True, capture_output=True, text=True, env=environ)
    assert done.stdout == f"pip=={wheel.name.split('-')[1]}\n"


def test_every_option_leaves_its_mark_in_order(own: Interpreter, tmp_path: Path) -> None:
    create(
        str(tmp_path / "e"),
        own,
        prompt="hello",
        system_site_packages=True,
        relocatable=True,
        seed=True,
    )
    keys = list(read_configuration(str(tmp_path / "e")).items())[4:]
    assert keys == [
        ("include-system-site-packages", "true"),
        ("relocatable", "true"),
        ("seed", "true"),
        ("prompt", "hello"),
    ]


def test_an_environment_made_from_within_another_uses_the_interpreter_below(
    own: Interpreter, tmp_path: Path, store: Store
) -> None:
    outer = create(str(tmp_path / "outer"), own)
    inner = create(str(tmp_path / "inner"), probe(outer.executable, store))
    assert inner.base_prefix == own.prefix
    assert not os.readlink(inner.executable).startswith(outer.prefix)
    assert ordinarily(inner.executable)[1:3] == (inner.prefix, own.prefix)
    home = read_configuration(inner.prefix)["home"]
    assert os.path.samefile(home, os.path.dirname(own.executable))


def test_a_link_from_far_away_is_followed_to_its_library(
    each: Interpreter, tmp_path: Path, store: Store
) -> None:
    far = tmp_path / "bin" / "python3"
    far.parent.mkdir()
    far.symlink_to(each.executable)
    linked = probe(str(far), store)
    assert os.path.dirname(home_of(linked)) == os.path.dirname(each.executable)
    made = create(str(tmp_path / "e"), linked)
    assert ordinarily(made.executable)[1:3] == (made.prefix, each.prefix)


def test_an_environment_in_the_way_stays_unless_it_may_be_cleared(
    own: Interpreter, tmp_path: Path
) -> None:
    cwd = str(tmp_path)
    create(".venv", own, cwd=cwd)
    kept = tmp_path / ".venv" / "kept"
    kept.write_text("")
    cause = refusal(".venv", own, cwd=cwd)
    assert cause.message == "A virtual environment already exists at: .venv"
    assert cause.hints == (
        "Use the `--clear` flag or set `WEFT_VENV_CLEAR=1` to replace the existing virtual "
        "environment",
    )
    create(".venv", own, cwd=cwd, allow_existing=True)
    assert kept.exists()
    create(".venv", own, cwd=cwd, clear=True)
    assert not kept.exists()
    assert sorted(os.listdir(tmp_path)) == [".venv"]


def test_a_directory_that_is_no_environment_needs_force(own: Interpreter, tmp_path: Path) -> None:
    kept = tmp_path / "d" / "sub" / "kept"
    kept.parent.mkdir(parents=True)
    kept.write_text("")
    for force in (False, True):
        cause = refusal("d", own, cwd=str(tmp_path), force=force)
        assert cause.message == "A directory already exists at: d"
        assert cause.hints == (
            "Use the `--clear` flag or set `WEFT_VENV_CLEAR=1` to replace the existing directory",
        )
    cause = refusal("d", own, cwd=str(tmp_path), clear=True)
    assert cause.message == "weft will not clear a directory that is not a virtual environment"
    assert cause.hints == ("Use the `--force` flag to remove the existing directory anyway",)
    assert kept.exists()
    create("d", own, cwd=str(tmp_path), clear=True, force=True)
    assert not kept.exists()


def test_allowing_what_exists_keeps_it_and_makes_the_rest_anew(
    own: Interpreter, tmp_path: Path
) -> None:
    for path in ("bin/python", "bin/activate", "lib/kept"):
        (tmp_path / "d" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / path).write_text("old")
    made = create(str(tmp_path / "d"), own, allow_existing=True)
    assert ordinarily(made.executable)[1] == made.prefix
    assert (tmp_path / "d" / "lib" / "kept").read_text() == "old"
    assert (tmp_path / "d" / "bin" / "activate").read_text() != "old"


def test_a_file_is_never_replaced(own: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    for options in ({}, {"clear": True}, {"clear": True, "force": True}, {"allow_existing": True}):
        cause = refusal("file", own, cwd=str(tmp_path), **options)
        if "allow_existing" not in options:
            assert cause.message == "File exists at `file`"
    refusal("file/below", own, cwd=str(tmp_path))
    assert (tmp_path / "file").read_text() == "kept"


def test_an_empty_directory_is_filled_and_parents_are_made(
    own: Interpreter, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    create(str(tmp_path / "empty"), own)
    create(str(tmp_path / "a" / "b" / "c"), own)
    assert (tmp_path / "a" / "b" / "c" / "pyvenv.cfg").exists()
    assert sorted(os.listdir(tmp_path / "a" / "b")) == ["c"]


def test_a_link_to_a_directory_is_kept_and_its_target_filled(
    own: Interpreter, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    made = create(str(tmp_path / "link"), own)
    assert made.prefix == str(tmp_path / "link")
    refusal(tmp_path / "link", own)
    create(str(tmp_path / "link"), own, clear=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "pyvenv.cfg").exists()
    assert ordinarily(made.executable)[1] == made.prefix


def test_a_link_to_nothing_is_given_something(own: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("later")
    create(str(tmp_path / "link"), own)
    assert (tmp_path / "later" / "pyvenv.cfg").exists()


def test_clearing_does_not_follow_links_out_of_the_environment(
    own: Interpreter, tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("")
    create(str(tmp_path / "e"), own)
    (tmp_path / "e" / "link").symlink_to("../precious")
    create(str(tmp_path / "e"), own, clear=True)
    assert (tmp_path / "precious" / "file").exists()


def test_a_place_that_cannot_be_written_says_so(own: Interpreter) -> None:
    cause = refusal("/proc/x", own)
    assert "`/proc" in cause.message
    assert "os error" in str(cause.__cause__)


def test_a_path_that_is_not_text_is_refused(own: Interpreter, tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/a\xff")
    assert refusal(path, own).message == (
        f"Virtual environment path is not valid UTF-8: {tmp_path}/a\ufffd"
    )
    assert refusal(f"{tmp_path}/a\nb", own).message == (
        "Virtual environment path contains a line break"
    )
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        (None, None),
        ("", None),
        ("hello", "prompt = hello"),
        (".", "prompt = work"),
        ("x\nhome = /evil", "prompt = x home = /evil"),
    ],
)
def test_the_prompt_is_one_line(
    prompt: str | None, line: str | None, own: Interpreter, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    create("e", own, cwd=str(tmp_path / "work"), prompt=prompt)
    lines = (tmp_path / "work" / "e" / "pyvenv.cfg").read_text().splitlines()
    assert lines[5:] == ([] if line is None else [line])


def test_only_the_environment_at_hand_takes_the_name_of_its_project() -> None:
    assert default_prompt(None, "/home/me/project") == "project"
    assert default_prompt(".venv", "/home/me/project") is None
    assert default_prompt(None, "/") is None


def test_the_umask_counts(own: Interpreter, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        create(str(tmp_path / "e"), own)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.lstat().st_mode) for path in (tmp_path / "e").rglob("*")}
    modes.add(stat.S_IMODE((tmp_path / "e").stat().st_mode))
    assert modes == {0o700, 0o600, 0o777}  # directories, files, links


def test_of_many_creators_one_wins_and_the_others_are_told(
    own: Interpreter, tmp_path: Path
) -> None:
    def attempt(_number: int) -> str:
        try:
            return create(".venv", own, cwd=str(tmp_path)).prefix
        except EnvironmentFailure as error:
            return error.cause.message

    results = fork_map(8, attempt, workers=4)
    taken = "A virtual environment already exists at: .venv"
    assert sorted(map(str, results)) == sorted([str(tmp_path / ".venv"), *[taken] * 7])
    assert os.listdir(tmp_path) == [".venv"]
    assert ordinarily(f"{tmp_path}/.venv/bin/python")[1] == str(tmp_path / ".venv")


KILLED = """
import os, sys
from weft.python.environment import create
from weft.python.interpreter import probe
from weft.store.store import Store
interpreter = probe(sys.argv[1], Store(sys.argv[2]))
print("ready", flush=True)
while True:
    create(sys.argv[3], interpreter, clear=True)
"""


def test_a_killed_creation_leaves_an_environment_or_nothing_in_the_way(
    own: Interpreter, tmp_path: Path
) -> None:
    target = tmp_path / "work" / ".venv"
    argv = [sys.executable, "-c", KILLED, own.executable, str(tmp_path / "store"), str(target)]
    for number in range(12):
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.003 * number)
            process.send_signal(signal.SIGKILL)
        made = create(str(target), own, clear=True)
        assert ordinarily(made.executable)[1] == made.prefix


def test_settings_of_distutils_cannot_lead_out_of_an_old_environment(
    each: Interpreter, tmp_path: Path
) -> None:
    made = create(str(tmp_path / "e"), each)
    (tmp_path / "home").mkdir()
    config = f"[install]\nprefix = {tmp_path}/evil\ninstall_purelib = {tmp_path}/evil\n"
    (tmp_path / "home" / ".pydistutils.cfg").write_text(config)
    if each.minor >= (3, 12):  # distutils is gone, and with it the need
        assert not Path(made.schemes["purelib"], "_virtualenv.py").exists()
        return
    text = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from distutils.dist import Distribution\n"
        "found = Distribution(); found.parse_config_files()\n"
        "command = found.get_command_obj('install'); command.finalize_options()\n"
        "print(command.install_purelib)\n"
    )
    done = subprocess.run(
        [made.executable, "-c", text],
        env={"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    inside = done.stdout.strip() == made.schemes["purelib"]
    assert inside == (each.minor < (3, 10))  # later, pip no longer asks distutils


def test_a_wrapper_makes_an_environment_of_what_it_wraps(
    own: Interpreter, tmp_path: Path, store: Store
) -> None:
    wrapper = script(tmp_path / "bin" / "python", f'exec {own.executable} "$@"')
    made = create(str(tmp_path / "e"), probe(wrapper, store))
    assert os.readlink(made.executable) == own.executable


@pytest.mark.mounts
def test_a_mount_point_is_filled_where_it_is(own: Interpreter, tmp_path: Path) -> None:
    place = tmp_path / ".venv"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
    try:
        made = create(str(place), own)
        assert ordinarily(made.executable)[1] == str(place)
        create(str(place), own, clear=True)
        assert place.is_mount()
        assert ordinarily(made.executable)[1] == str(place)
        assert os.listdir(tmp_path) == [".venv"]
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.mounts
def test_a_full_disk_leaves_nothing_behind(own: Interpreter, tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)], check=True)
    try:
        cause = refusal(place / "e", own)
        assert str(cause.__cause__) == "No space left on device (os error 28)"
        assert os.listdir(place) == []
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_of_many_that_clear_all_succeed(own: Interpreter, tmp_path: Path) -> None:
    def attempt(_number: int) -> str:
        return create(".venv", own, cwd=str(tmp_path), clear=True).prefix

    prefix = str(tmp_path / ".venv")
    assert fork_map(8, attempt, workers=4) == [prefix] * 8
    assert os.listdir(tmp_path) == [".venv"]
    assert ordinarily(f"{prefix}/bin/python")[1] == prefix
