"""Interpreters are what they say they are, and failures say why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import packaging.markers
import packaging.tags
import pytest

from tests.python.conftest import script
from weft.core.errors import WeftError
from weft.python.facts import interpret
from weft.python.interpreter import Interpreter, probe
from weft.python.probe import InterpreterAbsent, InterpreterFailure, ask
from weft.store.store import Store

# The same facts as an interpreter sees them when it runs as usual.
ORDINARY = """
import json, os, sys, sysconfig
print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, "%d.%d.%d" % sys.version_info[:3],
    sysconfig.get_paths(), sys.path]))
"""


def ordinarily(executable: str) -> tuple[str, str, str, str, dict[str, str], list[str]]:
    environ = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [executable, "-I", "-c", ORDINARY], capture_output=True, check=True, env=environ
    )
    executable, prefix, base, version, paths, path = json.loads(done.stdout)
    return executable, prefix, base, version, paths, path


def test_an_interpreter_is_described_as_it_describes_itself(each: Interpreter) -> None:
    executable, prefix, base, version, paths, path = ordinarily(each.executable)
    assert (each.executable, each.prefix, each.base_prefix) == (executable, prefix, base)
    assert each.version == version
    assert not each.is_virtual
    assert each.base_executable == each.executable
    assert each.stdlib == paths["stdlib"]
    assert set(each.package_directories) <= set(path)
    for name in ("purelib", "platlib", "scripts", "data"):
        assert each.schemes[name] == paths[name]
    assert each.key.startswith(f"cpython-{version}-")


def test_markers_and_tags_are_those_of_packaging(own: Interpreter) -> None:
    assert own.markers == dict(packaging.markers.default_environment())
    assert own.tags == tuple(str(tag) for tag in packaging.tags.sys_tags())
    assert own.tag_facts.version == sys.version_info[:2]


def test_markers_are_what_the_module_platform_says(each: Interpreter) -> None:
    names = ("machine", "python_implementation", "release", "system", "version")
    question = f"import json, platform as p; print(json.dumps([getattr(p, n)() for n in {names}]))"
    said = subprocess.run([each.executable, "-I", "-c", question], capture_output=True, check=True)
    assert [each.markers[f"platform_{name}"] for name in names] == json.loads(said.stdout)


def test_a_path_of_any_letters_arrives(own: Interpreter, tmp_path: Path) -> None:
    link = tmp_path / 'a "b" \\ \n ü 🐍' / "python"
    link.parent.mkdir()
    link.symlink_to(own.executable)
    assert ask(str(link))["executable"] == str(link)


def test_a_distribution_that_manages_its_python_is_believed(tmp_path: Path) -> None:
    """Debian: packages of people go below /usr/local, and pip is told to keep out."""
    if not Path("/etc/debian_version").exists():
        pytest.fail("run these tests on Debian")
    found = interpret(ask("/usr/bin/python3"))
    version = ".".join(map(str, found.minor))
    assert found.schemes["purelib"] == f"/usr/local/lib/python{version}/dist-packages"
    assert found.schemes["scripts"] == "/usr/local/bin"
    assert found.environment_schemes["purelib"] == f"lib/python{version}/site-packages"
    assert "/usr/lib/python3/dist-packages" in found.site_packages
    marker = Path(f"/usr/lib/python{version}/EXTERNALLY-MANAGED")
    if marker.exists():
        assert found.externally_managed is not None
        assert found.externally_managed.splitlines()[0] in marker.read_text()


def test_what_the_shell_exported_does_not_change_the_answer(own: Interpreter) -> None:
    environ = {
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": "/nowhere",
        "VIRTUAL_ENV": "/nowhere",
        "PYTHONEXECUTABLE": "/nowhere",
    }
    assert interpret(ask(own.executable, environ=environ)) == own


def failure(path: str | Path, store: Store, timeout: float = 10.0) -> InterpreterFailure:
    with pytest.raises(InterpreterFailure) as caught:
        probe(str(path), store, timeout=timeout)
    return caught.value


def test_one_that_dies_is_quoted(tmp_path: Path, store: Store) -> None:
    path = script(tmp_path / "dies", "echo to out; echo to err >&2; exit 3")
    error = failure(path, store)
    assert error.code == 3
    assert error.message == (
        f"Querying Python at `{path}` failed with exit status: 3"
        "\n\n[stdout]\nto out\n\n[stderr]\nto err"
    )


def test_one_that_is_killed_names_the_signal(tmp_path: Path, store: Store) -> None:
    error = failure(script(tmp_path / "killed", "kill -9 $$"), store)
    assert error.message.endswith("failed with signal: 9 (SIGKILL)")


def test_one_that_hangs_is_given_up_with_all_it_started(tmp_path: Path, store: Store) -> None:
    path = script(tmp_path / "hangs", f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    pid = tmp_path / "pid"
    for seconds in (0.3, 3, 30):
        error = failure(path, store, timeout=seconds)
        assert error.message == f"Querying Python at `{path}` took longer than {seconds}s"
        if pid.exists() and pid.read_text():  # a busy machine lets it begin later
            break
    child = pid.read_text().strip()
    deadline = time.monotonic() + 10  # it was killed; the kernel may need a moment to say so
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(child)


def is_running(pid: str) -> bool:
    """Whether a process still does something; one that nobody has waited for does not."""
    try:
        state = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    "said", ["hello", "", "{}", "[]", "null", '{"executable": 1}', "\\377\\376", '{"a":']
)
def test_garbage_is_an_invalid_response(said: str, tmp_path: Path, store: Store) -> None:
    path = script(tmp_path / "garbage", f"printf '%b\\n' '{said}'")
    error = failure(path, store)
    assert error.message.startswith(f"Querying Python at `{path}` returned an invalid response")


@pytest.mark.parametrize(
    "change",
    [
        "s|3\\.[0-9.]*|../../x|g",  # versions
        "s|3\\.[0-9.]*|" + "9" * 1500 + "|g",
        's|"x86_64"|"../x"|g',
        's|"prefix": "|&\\\\u0000|',
        's|"executable": "[^"]*"|"executable": 3|',
        's|"markers": {|&"x": [], |',
        's|"schemes": {|"schemes": [], "x": {|',
        's|"version_info": |&3, "x": |',
        's|{"exec.*|' + "[" * 100_000 + "|",
    ],
    ids=range(9),
)
def test_answers_that_nobody_could_use_are_no_answers(
    change: str, tmp_path: Path, store: Store, own: Interpreter
) -> None:
    (tmp_path / "change").write_text(change)
    path = script(tmp_path / "liar", f'{own.executable} "$@" | sed -f {tmp_path}/change')
    error = failure(path, store)
    assert error.message.startswith(f"Querying Python at `{path}` returned an invalid response")


def test_an_answer_without_end_takes_no_memory(tmp_path: Path, store: Store) -> None:
    path = script(tmp_path / "endless", "head -c 300000000 /dev/zero >&2; exit 1")
    tracemalloc.start()
    try:
        error = failure(path, store)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert len(error.message) < 10_000


def test_noise_in_front_of_the_answer_is_passed_over(
    tmp_path: Path, store: Store, own: Interpreter
) -> None:
    path = script(tmp_path / "noisy", f'echo "welcome"; exec {own.executable} "$@"')
    assert probe(path, store) == own


@pytest.mark.parametrize("kind", ["text", "directory"])
def test_what_cannot_be_run_says_what_the_system_said(
    kind: str, tmp_path: Path, store: Store
) -> None:
    path = tmp_path / "python"
    path.mkdir() if kind == "directory" else path.write_text("text")
    error = failure(path, store)
    assert error.message == f"Failed to query Python interpreter at `{path}`"
    assert isinstance(error.__cause__, WeftError)
    assert error.__cause__.message == "Permission denied (os error 13)"


def test_nothing_there_and_a_link_to_nothing_differ(tmp_path: Path, store: Store) -> None:
    missing = failure(tmp_path / "missing", store)
    assert missing.message == f"Python interpreter not found at `{tmp_path}/missing`"
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    dangling = failure(link, store)
    assert isinstance(dangling, InterpreterAbsent)
    assert dangling.dangling
    assert dangling.message == (
        f"Broken symlink at `{link}`, was the underlying Python interpreter removed?"
    )
    looping = tmp_path / "loop"
    looping.symlink_to("loop")
    assert isinstance(failure(looping, store), InterpreterAbsent)


def test_python_2_is_told_to_be_too_old(tmp_path: Path, store: Store) -> None:
    said = script(tmp_path / "python2", "echo 'Unknown option: -I' >&2; exit 2")
    real = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for path in (said, *real.glob("2.*/bin/python")):
        error = failure(path, store)
        assert error.message == f"Can't use Python at `{path}`"
        assert isinstance(error.__cause__, WeftError)
        assert error.__cause__.message == (
            "Python executable does not support `-I` flag. Please use Python 3.6 or newer."
        )


def test_python_before_3_6_is_told_to_be_too_old(tmp_path: Path, store: Store) -> None:
    path = script(tmp_path / "python3.5", """echo '{"unsupported": "3.5.2"}'""")
    cause = failure(path, store).__cause__
    assert isinstance(cause, WeftError)
    assert cause.message == "Python 3.5.2 is not supported. Please use Python 3.6 or newer."


@pytest.mark.parametrize(
    ("change", "key", "first"),
    [
        ({}, "cpython-3.12.4-linux-x86_64-gnu", "cp312-cp312-linux_x86_64"),
        ({"libc": ["musl", 1, 2]}, "cpython-3.12.4-linux-x86_64-musl", "cp312-cp312-linux_x86_64"),
        ({"libc": None}, "cpython-3.12.4-linux-x86_64-none", "cp312-cp312-linux_x86_64"),
        (
            {"gil_disabled": True, "version_info": [3, 13, 0, "final", 0]},
            "cpython-3.12.4+freethreaded-linux-x86_64-gnu",
            "cp313-cp313t-linux_x86_64",
        ),
        ({"pointer_size": 4}, "cpython-3.12.4-linux-x86-gnu", "cp312-cp312-linux_i686"),
        (
            {
                "markers": {"sys_platform": "darwin", "platform_machine": "arm64"},
                "libc": None,
                "mac_version": "14.5",
            },
            "cpython-3.12.4-macos-aarch64-none",
            "cp312-cp312-macosx_14_0_arm64",
        ),
        (
            {
                "markers": {"sys_platform": "win32", "platform_machine": "AMD64"},
                "libc": None,
            },
            "cpython-3.12.4-windows-x86_64-none",
            "cp312-cp312-win_amd64",
        ),
        (
            {
                "markers": {
                    "implementation_name": "pypy",
                    "platform_python_implementation": "PyPy",
                },
                "extension_suffix": ".pypy312-pp73-x86_64-linux-gnu.so",
            },
            "pypy-3.12.4-linux-x86_64-gnu",
            "pp312-pypy312_pp73-linux_x86_64",
        ),
    ],
)
def test_facts_of_other_machines_make_their_keys_and_tags(
    change: dict[str, object], key: str, first: str
) -> None:
    markers = {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "x86_64",
        "sys_platform": "linux",
        "python_full_version": "3.12.4",
        "python_version": "3.12",
    }
    answer = {
        "executable": "/p/bin/python",
        "base_executable": "/p/bin/python",
        "prefix": "/p",
        "base_prefix": "/p",
        "version_info": [3, 12, 4, "final", 0],
        "schemes": {},
        "environment_schemes": {},
        "stdlib": "/p/lib/python3.12",
        "site_packages": [],
        "externally_managed": None,
        "gil_disabled": False,
        "debug": False,
        "pointer_size": 8,
        "extension_suffix": ".so",
        "platform": "linux-x86_64",
        "mac_version": "",
        "libc": ["glibc", 2, 36],
    }
    changed_markers = change.pop("markers", {})
    assert isinstance(changed_markers, dict)
    found = interpret({**answer, **change, "markers": {**markers, **changed_markers}})
    assert found.key == key
    assert found.tags[0] == first
