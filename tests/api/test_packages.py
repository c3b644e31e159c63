"""Requirements and environments through the Python API, against a real index on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import weft
from tests.support.commands import SOURCE
from tests.support.index_server import IndexServer
from weft.api.call import Call
from weft.core.value import replace
from weft.ops.spares import are_wanted


def versions(config: weft.Config) -> dict[str, str]:
    return {each.name: each.version for each in weft.list_packages(config=config)}


def test_a_request_is_resolved_without_an_environment(config: weft.Config) -> None:
    found = weft.resolve_requirements(["lantern[bright]"], python=sys.executable, config=config)
    assert [(each.name, each.version) for each in found] == [
        ("lantern", "1.0"),
        ("mirror", "1.0"),
        ("oil", "3.0"),
        ("wick", "2.0"),
    ]
    lantern = found[0]
    assert lantern.requires == ("mirror", "oil", "wick")
    assert lantern.extras == ("bright",)
    assert lantern.filename == "lantern-1.0-py3-none-any.whl"
    assert lantern.url.endswith(lantern.filename)
    assert lantern.hashes[0].startswith("sha256:")
    assert not Path(config.cwd, ".venv").exists()


def test_constraints_files_and_strategies_narrow_a_resolution(config: weft.Config) -> None:
    Path(config.cwd, "wanted.txt").write_text("lantern\n")
    limited = weft.resolve_requirements(
        files=["wanted.txt"], constraints=["oil<3"], python=sys.executable, config=config
    )
    assert {each.name: each.version for each in limited}["oil"] == "2.0"
    lowest = weft.resolve_requirements(
        ["lantern"], resolution="lowest", python=sys.executable, config=config
    )
    assert {each.name: each.version for each in lowest} == {"lantern": "0.9", "wick": "1.0"}


def test_a_resolution_for_another_python_takes_what_that_one_can_use(config: weft.Config) -> None:
    found = weft.resolve_requirements(["mirror"], python_version="3.99", config=config)
    assert [each.version for each in found] == ["2.0"]


def test_a_request_that_cannot_be_met_says_why(config: weft.Config) -> None:
    with pytest.raises(weft.NoSolution) as caught:
        weft.resolve_requirements(["lantern==1.0", "heater"], python=sys.executable, config=config)
    assert isinstance(caught.value, weft.WeftError)
    assert "heater" in str(caught.value.__cause__)
    assert "oil" in str(caught.value.__cause__)


def test_packages_are_installed_listed_and_removed(
    config: weft.Config, environment: weft.Python
) -> None:
    changed = weft.install_requirements(["lantern==1.0"], config=config)
    assert changed.added == {"lantern": "1.0", "oil": "3.0", "wick": "2.0"}
    assert changed.removed == {}
    assert versions(config) == changed.added
    assert Path(environment.packages[0], "lantern", "__init__.py").exists()
    again = weft.install_requirements(["lantern==1.0"], config=config)
    assert again == weft.Changed()
    older = weft.install_requirements(["wick<2"], config=config)
    assert (older.added, older.removed) == ({"wick": "1.5"}, {"wick": "2.0"})
    gone = weft.uninstall_packages(["Oil", "nothing"], config=config)
    assert gone.removed == {"oil": "3.0"}
    assert gone.warnings == ("Skipping nothing as it is not installed",)
    assert versions(config) == {"lantern": "1.0", "wick": "1.5"}


def test_a_dry_run_tells_and_changes_nothing(config: weft.Config, environment: weft.Python) -> None:
    planned = weft.install_requirements(["wick"], dry_run=True, config=config)
    assert planned.added == {"wick": "2.0"}
    assert versions(config) == {}
    weft.install_requirements(["wick"], config=config)
    assert weft.uninstall_packages(["wick"], dry_run=True, config=config).removed == {"wick": "2.0"}
    assert versions(config) == {"wick": "2.0"}


def test_a_lock_file_is_installed_as_it_stands(
    config: weft.Config, environment: weft.Python
) -> None:
    (wick,) = weft.resolve_requirements(["wick<2"], config=config)
    Path(config.cwd, "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "a test"\n[[packages]]\nname = "wick"\n'
        f'version = "{wick.version}"\n[[packages.wheels]]\nname = "{wick.filename}"\n'
        f'url = "{wick.url}"\nhashes = {{sha256 = "{wick.hashes[0].partition(":")[2]}"}}\n'
    )
    planned = weft.install_requirements(files=["pylock.toml"], dry_run=True, config=config)
    assert versions(config) == {}
    assert weft.install_requirements(files=["pylock.toml"], config=config) == planned
    assert versions(config) == {"wick": "1.5"}
    assert weft.install_requirements(files=["pylock.toml"], config=config) == weft.Changed()
    with pytest.raises(weft.WeftError, match="answer already"):
        weft.resolve_requirements(files=["pylock.toml"], config=config)
    assert weft.Cache(config).clean().files > 0  # nobody holds anything any more


def test_an_environment_can_be_named_by_its_path_or_its_python(config: weft.Config) -> None:
    one = weft.create_environment("one", python=sys.executable, config=config)
    two = weft.create_environment("two", python=sys.executable, config=config)
    weft.install_requirements(["wick"], python=one, config=config)
    weft.install_requirements(["oil"], python=two.prefix, config=config)
    assert [each.name for each in weft.list_packages(one, config=config)] == ["wick"]
    assert [each.name for each in weft.list_packages(two.executable, config=config)] == ["oil"]


def test_an_editable_project_says_so(config: weft.Config, environment: weft.Python) -> None:
    project = Path(config.cwd, "own")
    project.mkdir()
    (project / "own.py").write_text("")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "own"\nversion = "1"\n'
    )
    (project / "backend.py").write_text(_BACKEND)
    changed = weft.install_requirements(editable=["own"], config=config)
    assert changed.added == {"own": "1"}
    (found,) = weft.list_packages(config=config)
    assert found.editable
    assert found.origin == project.as_uri()


_BACKEND = """
import pathlib
import zipfile


def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "own-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        archive.writestr("own.pth", str(pathlib.Path.cwd()))
        info = "own-1.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1\\n")
        tags = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", "")
    return name
"""


def test_nothing_is_printed(config: weft.Config, capfd: pytest.CaptureFixture[str]) -> None:
    weft.create_environment(".venv", python=sys.executable, config=config)
    weft.install_requirements(["lantern"], config=config)
    weft.list_packages(config=config)
    with pytest.raises(weft.WeftError):
        weft.install_requirements(["no-such-package"], config=config)
    weft.uninstall_packages(["lantern"], config=config)
    assert capfd.readouterr() == ("", "")


def _descriptors() -> list[str]:
    """What is open, when the index, in this process too, has heard of the end of connections."""
    deadline = time.monotonic() + 10
    while True:
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        found = sorted(os.readlink(link) for link in links if os.path.islink(link))
        sockets = [each for each in found if each.startswith("socket:")]
        if len(sockets) == 1 or time.monotonic() > deadline:  # the one that the index listens on
            return found
        time.sleep(0.01)


def test_a_call_leaves_neither_locks_nor_handlers_nor_descriptors(
    config: weft.Config, environment: weft.Python
) -> None:
    def traces() -> tuple[object, ...]:
        kept = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
        return _descriptors(), os.getcwd(), dict(os.environ), kept

    weft.install_requirements(["wick"], config=config)
    before = traces()
    weft.install_requirements(["lantern"], config=config)
    weft.uninstall_packages(["lantern"], config=config)
    with pytest.raises(weft.NoSolution):
        weft.install_requirements(["lantern==1.0", "heater"], config=config)
    assert traces() == before
    assert weft.Cache(config).clean().files > 0  # it would wait for whoever uses the cache


def test_no_process_goes_on_working_behind_a_call(config: weft.Config) -> None:
    told = replace(config, environ={**(config.environ or {}), "WEFT_SPARES": "1"})
    context = Call(told, "pip install", [], ["wick"]).context
    assert context.reread is not None
    for settings in (context.settings, context.reread(config.cwd, None)):
        assert not are_wanted(context.having(settings))
    weft.create_environment(".venv", python=sys.executable, config=told)
    weft.install_requirements(["wick"], config=told)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_calls_from_several_threads_take_turns_on_an_environment(
    config: weft.Config, environment: weft.Python
) -> None:
    failed: list[BaseException] = []

    def install(name: str) -> None:
        try:
            weft.install_requirements([name], config=config)
        except BaseException as error:
            failed.append(error)

    names = ("wick", "oil", "mirror", "lantern")
    threads = [threading.Thread(target=install, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert versions(config).keys() == set(names)


def test_settings_files_count_unless_they_are_turned_off(
    config: weft.Config, environment: weft.Python, index: IndexServer
) -> None:
    told = replace(config, default_index=None)
    Path(config.cwd, "weft.toml").write_text(f'index-url = "{index.url}"\noffline = false\n')
    changed = weft.install_requirements(["wick"], config=told)
    assert changed.added == {"wick": "2.0"}
    without = replace(told, settings_files=False, offline=True)
    with pytest.raises(weft.WeftError):
        weft.install_requirements(["mirror"], config=without)


def test_variables_are_those_that_are_given(config: weft.Config, index: IndexServer) -> None:
    environ = {**(config.environ or {}), "UV_DEFAULT_INDEX": index.url}
    told = replace(config, default_index=None, environ=environ)
    (found,) = weft.resolve_requirements(["wick"], python=sys.executable, config=told)
    assert found.url.startswith(index.origin)


def test_credentials_are_used_and_not_told(config: weft.Config, index: IndexServer) -> None:
    with IndexServer(index.directory, auth=("ann", "secret")) as server:
        told = replace(config, default_index=server.url_with("ann", "secret"))
        (found,) = weft.resolve_requirements(["wick"], python=sys.executable, config=told)
        assert found.url == server.file_url(found.filename)
        with pytest.raises(weft.WeftError) as caught:
            weft.resolve_requirements(["no-such-package"], python=sys.executable, config=told)
    texts = [str(caught.value), str(caught.value.__cause__), *caught.value.hints]
    assert not any("secret" in text for text in texts)


def test_what_was_not_found_is_an_error_of_its_own(config: weft.Config) -> None:
    with pytest.raises(weft.InterpreterNotFound):
        weft.install_requirements(["wick"], config=config)
    with pytest.raises(weft.InterpreterNotFound):
        weft.find_python("3.99", config=config)


def test_a_python_is_found_by_what_is_asked_for(config: weft.Config) -> None:
    found = weft.find_python(sys.executable, config=config)
    told = subprocess.run(
        [found.executable, "-c", "import platform; print(platform.python_version())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == found.version
    assert found.key.startswith(f"cpython-{found.version}-")


def test_a_new_environment_works_and_an_old_one_is_not_overwritten(config: weft.Config) -> None:
    made = weft.create_environment("new", python=sys.executable, prompt="here", config=config)
    assert made.is_virtual
    assert made.prefix == str(Path(config.cwd, "new"))
    assert weft.find_python(config=config).prefix != made.prefix
    mark = Path(made.prefix, "mark")
    mark.touch()
    with pytest.raises(weft.WeftError):
        weft.create_environment("new", python=sys.executable, config=config)
    assert mark.exists()
    weft.create_environment(
        "new", python=weft.find_python(config=config), clear=True, config=config
    )
    assert not mark.exists()


def test_one_text_in_the_place_of_several_is_told_at_once(config: weft.Config) -> None:
    calls = (
        lambda: weft.install_requirements("wick", config=config),
        lambda: weft.resolve_requirements(["wick"], constraints="wick<2", config=config),
        lambda: weft.uninstall_packages("wick", config=config),
        lambda: weft.sync_project(extras="glass", config=config),
    )
    for call in calls:
        with pytest.raises(TypeError, match="list of texts"):
            call()


def test_a_directory_that_is_not_there_is_an_error(config: weft.Config) -> None:
    with pytest.raises(weft.WeftError, match="does not exist"):
        weft.find_python(config=replace(config, directory=Path(config.cwd, "nowhere")))


_SLOW = """
import pathlib, time


def build_editable(directory, config_settings=None, metadata_directory=None):
    pathlib.Path("begun").touch()
    time.sleep(60)
"""
_PROGRAM = """
import sys

import weft

try:
    weft.install_requirements(editable=["slow"], python=sys.argv[1])
except BaseException as error:
    print("caught", type(error).__name__, flush=True)
"""


def test_a_program_that_is_asked_to_end_while_it_builds_ends(
    config: weft.Config, environment: weft.Python
) -> None:
    project = Path(config.cwd, "slow")
    project.mkdir()
    (project / "backend.py").write_text(_SLOW)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "slow"\nversion = "1"\n'
    )
    environ = {**(config.environ or {}), "PYTHONPATH": str(SOURCE)}
    environ["WEFT_CACHE_DIR"] = str(config.cache_dir)
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, environment.prefix], cwd=config.cwd, env=environ,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not (project / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (-signal.SIGTERM, "")
    staging = Path(str(config.cache_dir), "staging-v1")
    assert list(staging.iterdir()) == []
