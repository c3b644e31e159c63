"""Building with real back ends, and with ones that do what no back end may do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fetch.building import Here, build_of, in_tree
from tests.support.backends import BACKENDS, backend_wheels, make_project, make_sdist
from tests.support.mounts import Mounter
from weft.core.digest import short_digest
from weft.core.errors import SystemFailure, WeftError
from weft.core.metadata import Metadata
from weft.fetch.build_failures import BuildFailure
from weft.fetch.tree_build import BadFilename
from weft.system.locks import FileLock
from weft.system.process import ProcessEnded, end_all


def names_in(wheel: str) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.01)


def refused(action: Callable[[], object]) -> str:
    """The cause of a BuildFailure, in words."""
    with pytest.raises(BuildFailure) as caught:
        action()
    assert caught.value.message == "The build backend returned an error"
    assert isinstance(caught.value.__cause__, WeftError)
    return caught.value.__cause__.message


@pytest.mark.parametrize("backend", [*BACKENDS, "legacy"])
def test_real_back_ends_build_wheels_with_the_metadata_they_prepared(
    tmp_path: Path, backend: str
) -> None:
    tree = make_project(tmp_path / "tree", backend, "my-demo", "1.2", requires=["idna"])
    here = Here()
    build = build_of(tree, tmp_path, here)
    prepared = build.metadata()
    assert prepared is not None
    metadata = Metadata.parse(Path(prepared, "METADATA").read_bytes())
    assert (metadata.normalized_name, metadata.version) == ("my-demo", "1.2")
    wheel = build.wheel(str(tmp_path / "out"))
    assert os.path.dirname(wheel) == str(tmp_path / "out")
    assert "my_demo/__init__.py" in names_in(wheel)
    requires = ("setuptools >= 40.8.0",) if backend == "legacy" else BACKENDS[backend][0]
    assert here.asked == [requires]


@pytest.mark.parametrize("backend", ["setuptools", "hatchling"])
def test_an_editable_has_requirements_of_its_own(tmp_path: Path, backend: str) -> None:
    tree = make_project(tmp_path / "tree", backend)
    here = Here()
    wheel = build_of(tree, tmp_path, here).wheel(str(tmp_path / "out"), editable=True)
    assert any(name.endswith(".pth") for name in names_in(wheel))
    further = [(backend, "editables~=0.3")] if backend == "hatchling" else []
    assert here.asked == [(backend,), *further]


def test_a_source_distribution_is_built_and_a_wheel_of_it(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "tree", "flit_core")
    sdist = build_of(tree, tmp_path).sdist(str(tmp_path / "out"))
    assert os.path.basename(sdist) == "demo-1.0.tar.gz"
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")
    wheel = build_of(tmp_path / "unpacked" / "demo-1.0", tmp_path).wheel(str(tmp_path / "out"))
    assert "demo/__init__.py" in names_in(wheel)


def test_a_back_end_without_the_hook_for_metadata_prepares_none(tmp_path: Path) -> None:
    build = in_tree(tmp_path, "")
    assert build.metadata() is None
    assert build.wheel(str(tmp_path / "out")).endswith("demo-1.0-py3-none-any.whl")


def test_hatchling_is_not_asked_for_dependencies_that_its_hooks_may_change(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "tree", "hatchling")
    text = Path(tree, "pyproject.toml").read_text()
    Path(tree, "pyproject.toml").write_text(
        text.replace("dependencies = []", 'dynamic = ["dependencies"]')
    )
    here = Here()
    assert build_of(tree, tmp_path, here).metadata() is None
    assert here.asked == []


RECORDS = """
import json
def note(hook, config_settings, given=None):
    with open("calls.jsonl", "a") as file:
        file.write(json.dumps([hook, config_settings, given]) + "\\n")
def get_requires_for_build_wheel(config_settings=None):
    note("requires", config_settings)
    return ["one", "two>1"]
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    note("metadata", config_settings)
    os.mkdir(os.path.join(directory, INFO))
    return INFO
def build_wheel(directory, config_settings=None, metadata_directory=None):
    note("wheel", config_settings, metadata_directory)
    return write_wheel(directory)
"""


def test_hooks_are_called_once_in_order_with_settings_and_metadata(tmp_path: Path) -> None:
    import json

    here = Here()
    given = {"--one": "1", "--many": ["a", "b"], "flag": True}
    build = in_tree(
        tmp_path,
        RECORDS,
        here=here,
        build_requires=["one"],
        settings={"config_settings": given},
    )
    prepared = build.metadata()
    build.wheel(str(tmp_path / "out"))
    lines = (tmp_path / "tree" / "calls.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        ["requires", given, None],
        ["metadata", given, None],
        ["wheel", given, prepared],
    ]
    assert here.asked == [("one",), ("one", "two>1")]


def test_output_is_streamed_while_the_build_runs_and_not_repeated(tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    heard: list[bytes] = []

    def hear(data: bytes) -> None:
        heard.append(data)
        if b"waiting" in data:
            sign.touch()

    code = (
        "def build_wheel(*a):\n"
        "    import time, warnings\n"
        "    print('waiting')\n"
        f"    while not os.path.exists({str(sign)!r}): time.sleep(0.01)\n"
        "    sys.exit('over')\n"
    )
    build = in_tree(tmp_path, code, settings={"stream": hear})
    said = refused(lambda: build.wheel(str(tmp_path / "out")))
    assert said == "Call to `backend.build_wheel` failed (exit status: 1)"
    assert b"".join(heard) == b"waiting\nover\n"


def test_warnings_of_a_back_end_are_heard(tmp_path: Path) -> None:
    heard: list[bytes] = []
    code = (
        "def build_wheel(directory, *a):\n"
        "    import warnings\n"
        "    warnings.warn('careful')\n"
        "    return write_wheel(directory)\n"
    )
    in_tree(tmp_path, code, settings={"stream": heard.append}).wheel(str(tmp_path / "out"))
    assert b"UserWarning: careful\n" in b"".join(heard)


def test_calls_can_be_traced(tmp_path: Path) -> None:
    traced: list[str] = []
    in_tree(tmp_path, "", settings={"trace": traced.append}).wheel(str(tmp_path / "out"))
    assert [line.split("(")[0] for line in traced] == [
        "Calling `backend.get_requires_for_build_wheel",
        "Calling `backend.build_wheel",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "return 'demo-1.0-py3-none-any.whl'",
            "`demo-1.0-py3-none-any.whl` was announced, but not",
        ),
        ("write_wheel(directory)", "Expected the name of what was made, found `None`"),
        ("return ''", "Expected a name without a directory, found ``"),
        ("return '../' + write_wheel(directory + '/..')", "Expected a name without a directory"),
        ("return os.path.join(directory, write_wheel(directory))", "Expected a name without a"),
        (
            "write_wheel(directory, 'a-1-py3-none-any.whl'); return write_wheel(directory)",
            "2 wheels were written instead of one: `a-1-py3-none-any.whl`, `demo-1.0-py3-none",
        ),
        (
            "os.symlink('/etc/passwd', directory + '/a.whl'); return 'a.whl'",
            "`a.whl` was announced",
        ),
        ("os.mkdir(directory + '/a.whl'); return 'a.whl'", "`a.whl` was announced"),
    ],
)
def test_a_back_end_writes_the_one_wheel_that_it_names(
    tmp_path: Path, body: str, said: str
) -> None:
    code = f"def build_wheel(directory, *a):\n    {body}\n"
    build = in_tree(tmp_path, code)
    told = refused(lambda: build.wheel(str(tmp_path / "out")))
    assert told.startswith(f"Call to `backend.build_wheel` failed: {said}")
    assert "exit status" not in told  # it ended well
    assert not (tmp_path / "out").exists()


def test_names_that_are_none_are_refused(tmp_path: Path) -> None:
    code = (
        "def build_wheel(directory, *a):\n    return write_wheel(directory, 'demo.txt')\n"
        "def build_sdist(directory, *a):\n    return write_wheel(directory, 'demo.txt')\n"
    )
    build = in_tree(tmp_path, code)
    with pytest.raises(BadFilename) as caught:
        build.wheel(str(tmp_path / "out"))
    assert caught.value.message == "Built wheel has an invalid filename"
    with pytest.raises(BadFilename) as caught:
        build.sdist(str(tmp_path / "out"))
    assert caught.value.message == "Built source distribution has an invalid filename"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def build_wheel(*a): os._exit(3)", "failed (exit status: 3)"),
        ("def build_wheel(*a): os._exit(0)", "failed: The hook gave no answer"),
        (
            "def build_wheel(*a):\n"
            "    open(sys.argv[2] + '/output.json', 'w').write('[]'); os._exit(0)",
            "failed: The hook gave no answer",
        ),
        ("def build_wheel(*a): os.kill(os.getpid(), 11)", "failed (signal: 11 (SIGSEGV))"),
        ("del build_wheel", "AttributeError: module 'backend' has no attribute 'build_wheel'"),
        ("def build_wheel(*a): return object()", "TypeError: Object of type object is not JSON"),
        ("import nowhere", "failed: Cannot import `backend`"),
        ("def x(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_back_end_that_breaks_is_told_apart(tmp_path: Path, code: str, said: str) -> None:
    build = in_tree(tmp_path, code + "\n")
    assert said in refused(lambda: build.wheel(str(tmp_path / "out")))


def test_what_is_not_supported_is_said_with_the_reason(tmp_path: Path) -> None:
    code = (
        "class UnsupportedOperation(Exception): pass\n"
        "def build_sdist(*a): raise UnsupportedOperation('no history')\n"
        "del build_editable\n"
    )
    build = in_tree(tmp_path, code)
    told = refused(lambda: build.sdist(str(tmp_path / "out")))
    assert "failed: The operation is not supported" in told
    assert told.endswith("UnsupportedOperation: no history")
    told = refused(lambda: build.wheel(str(tmp_path / "out"), editable=True))
    assert "failed: The build backend has no `build_editable` hook" in told


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("None", "Expected a list of requirements, found `None`"),
        ("{'a': 1}", "Expected a list of requirements, found `{'a': 1}`"),
        ("[1]", "Expected a requirement, found `1`"),
        ("['not a req!']", "Expected one of"),
    ],
)
def test_further_requirements_have_to_be_requirements(
    tmp_path: Path, answer: str, said: str
) -> None:
    build = in_tree(tmp_path, f"def get_requires_for_build_wheel(*a): return {answer}\n")
    told = refused(lambda: build.metadata())
    assert f"`backend.get_requires_for_build_wheel` failed: {said}" in told


def test_prepared_metadata_has_to_be_there(tmp_path: Path) -> None:
    build = in_tree(tmp_path, "def prepare_metadata_for_build_wheel(*a): return 'x.dist-info'\n")
    assert "`x.dist-info` was announced, but not written" in refused(lambda: build.metadata())


def test_a_wheel_replaces_one_of_the_same_name_and_leaves_the_others(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "demo-1.0-py3-none-any.whl").write_text("old")
    (out / "other-1.0-py3-none-any.whl").write_text("other")
    wheel = in_tree(tmp_path, "").wheel(str(out))
    assert zipfile.is_zipfile(wheel)
    assert sorted(os.listdir(out)) == ["demo-1.0-py3-none-any.whl", "other-1.0-py3-none-any.whl"]


def test_a_directory_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SystemFailure) as caught:
        in_tree(tmp_path, "").wheel(str(tmp_path / "out"))
    assert str(tmp_path / "out") in caught.value.message


@pytest.mark.mounts
def test_a_wheel_reaches_another_file_system(tmp_path: Path) -> None:
    with Mounter(tmp_path) as mounter:
        apart = mounter.tmpfs("apart")
        wheel = in_tree(tmp_path, "").wheel(str(apart))
        assert zipfile.is_zipfile(wheel)
        assert os.listdir(apart) == ["demo-1.0-py3-none-any.whl"]


GRANDCHILD = """
def build_wheel(*a):
    import time
    if os.fork() == 0:
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
    time.sleep(600)
"""


def test_a_build_in_another_thread_ends_with_what_it_started(tmp_path: Path) -> None:
    build = in_tree(tmp_path, GRANDCHILD)
    note = tmp_path / "tree" / "pid"
    ended: list[BaseException] = []

    def work() -> None:
        try:
            build.wheel(str(tmp_path / "out"))
        except WeftError as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: note.exists() and bool(note.read_text()))
    end_all()
    thread.join()
    assert [type(error) for error in ended] == [ProcessEnded]
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_ctrl_c_ends_a_build_that_hangs_with_what_it_started(tmp_path: Path) -> None:
    make_project(tmp_path / "tree", "in-tree", code=GRANDCHILD)
    note = tmp_path / "tree" / "pid"
    text = (
        "from pathlib import Path\n"
        "from tests.fetch.building import build_of\n"
        f"build_of({str(tmp_path / 'tree')!r}, Path({str(tmp_path)!r})).wheel('out')\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", *sys.path])}
    argv = [sys.executable, "-c", text]
    with subprocess.Popen(argv, env=environ, stderr=subprocess.PIPE) as parent:
        wait_until(lambda: note.exists() and bool(note.read_text()))
        parent.send_signal(signal.SIGINT)
        _, said = parent.communicate()
    assert said.rstrip().endswith(b"KeyboardInterrupt")
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_a_build_that_leaves_a_process_behind_does_not(tmp_path: Path) -> None:
    code = GRANDCHILD.replace("    time.sleep(600)\n", "        time.sleep(600)\n")
    code += "    while not os.path.exists('pid') or not os.path.getsize('pid'): time.sleep(0.01)\n"
    code += "    return write_wheel(a[0])\n"
    wheel = in_tree(tmp_path, code).wheel(str(tmp_path / "out"))
    assert zipfile.is_zipfile(wheel)
    wait_until(lambda: not is_alive(int((tmp_path / "tree" / "pid").read_text())))


def test_setuptools_waits_for_another_build_of_the_same_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tree = make_project(tmp_path / "tree", "setuptools")
    path = tmp_path / f"weft-setuptools-{short_digest(os.path.realpath(tree))}.lock"
    with FileLock(str(path)):
        with pytest.raises(WeftError, match="when waiting for lock"):
            build_of(tree, tmp_path, lock_timeout=0.05).wheel(str(tmp_path / "out"))
        apart = build_of(tree, tmp_path, lock_timeout=0.05, in_place=False)
        assert apart.wheel(str(tmp_path / "out"))


def test_wheels_of_back_ends_are_whole_and_come_with_what_they_require(tmp_path: Path) -> None:
    names = {os.path.basename(path).split("-")[0] for path in backend_wheels(tmp_path, "hatchling")}
    assert {"hatchling", "packaging", "pathspec", "pluggy", "trove_classifiers"} <= names
    (wheel,) = backend_wheels(tmp_path, "flit_core")
    with zipfile.ZipFile(wheel) as archive:
        record = next(name for name in archive.namelist() if name.endswith("/RECORD"))
        rows = [line.split(",")[0] for line in archive.read(record).decode().splitlines()]
        assert sorted(rows) == sorted(archive.namelist())
        assert archive.testzip() is None


def test_source_distributions_of_one_tree_are_the_same_bytes(tmp_path: Path) -> None:
    first = make_sdist(tmp_path / "a", "hatchling", requires=["idna"])
    second = make_sdist(tmp_path / "b", "hatchling", requires=["idna"])
    assert Path(first).read_bytes() == Path(second).read_bytes()
