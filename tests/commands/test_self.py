"""`weft self`: which weft this is, how it was installed, and what updates it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import weft as package
from tests.support.commands import SOURCE, Finished, Weft
from tests.support.wheels import make_wheel

VERSION = package.__version__


class Installed:
    """A real environment with weft in it, as an installer leaves it."""

    def __init__(
        self,
        root: Path,
        *,
        installer: str = "pip",
        origin: object = None,
        name: str = "env",
        copied: bool = False,
    ) -> None:
        self.machine = Weft(root)
        self.root = self.machine.venv(name)
        self.library = self.machine.site_packages(name)
        if copied:  # for what changes the environment: a link would lead it to the source
            shutil.copytree(SOURCE / "weft", self.library / "weft")
        else:
            (self.library / "weft").symlink_to(SOURCE / "weft")
        record = self.library / f"weft-{VERSION}.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: weft\nVersion: {VERSION}\n")
        (record / "INSTALLER").write_text(f"{installer}\n")
        if origin is not None:
            (record / "direct_url.json").write_text(json.dumps(origin))
        self.python = self.root / "bin" / "python"
        self.programs = root / "programs"
        self.programs.mkdir()

    def fake(self, name: str, body: str) -> Path:
        """A program on the `PATH` that writes its words to `said` and then does `body`."""
        path = self.programs / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.programs}/said"\n{body}\n')
        path.chmod(0o755)
        return path

    @property
    def said(self) -> str:
        path = self.programs / "said"
        return path.read_text() if path.exists() else ""

    def __call__(self, *words: str, **variables: str) -> Finished:
        environ = {**self.machine.environ, "PATH": f"{self.programs}:/usr/bin:/bin", **variables}
        del environ["PYTHONPATH"]
        done = subprocess.run(
            [str(self.python), "-m", "weft", "self", *words],
            env=environ, cwd=self.machine.cwd, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr)

    def told(self, *words: str) -> dict[str, object]:
        done = self("update", "--dry-run", "--output-format", "json", *words)
        assert done.code == 0, done.err
        found: dict[str, object] = json.loads(done.out)
        return found


@pytest.fixture
def env(tmp_path: Path) -> Installed:
    return Installed(tmp_path)


def test_the_version(env: Installed) -> None:
    assert env("version").out == f"weft {VERSION}\n"
    assert env("version", "--short").out == f"{VERSION}\n"
    assert json.loads(env("version", "--output-format", "json").out) == {
        "package_name": "weft", "version": VERSION, "commit_info": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mark", "method", "newest", "exact"),
    [
        ("weft-receipt.toml", "weft-tool", "tool upgrade weft", "tool install weft==9"),
        ("uv-receipt.toml", "uv-tool", "uv tool upgrade weft", "uv tool install weft==9"),
        ("pipx_metadata.json", "pipx", "pipx upgrade weft", "pipx install --force weft==9"),
    ],
)
def test_tools_are_updated_by_what_installed_them(
    env: Installed, mark: str, method: str, newest: str, exact: str
) -> None:
    (env.root / mark).write_text("")
    for words, wanted in (((), newest), (("9",), exact)):
        told = env.told(*words)
        command = told["command"]
        assert isinstance(command, list)
        start = [str(env.python), "-m", "weft"] if method == "weft-tool" else []
        assert command == [*start, *wanted.split()]
        assert (told["method"], told["runs"]) == (method, True)
        assert told["place"] == str(env.root)


@pytest.mark.parametrize(
    ("installer", "start"),
    [("pip", "-m pip install"), ("uv", "uv pip install"), ("weft", "-m weft pip install")],
)
def test_in_environments_the_command_of_their_installer_is_named(
    tmp_path: Path, installer: str, start: str
) -> None:
    env = Installed(tmp_path, installer=installer)
    told = env.told("1.2.3")
    command = told["command"]
    assert isinstance(command, list)
    assert start in " ".join(command)
    assert command[-2:] == ["--upgrade", "weft==1.2.3"]
    # It is not known which index weft came from, and another one may have another `weft`.
    assert (told["method"], told["runs"]) == (installer, False)
    done = env("update")
    assert done.code == 2
    assert done.lines[-1].startswith(f"hint: Run `{' '.join(command[:-1])} weft`, with the index")


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        ({"url": "file:///src/we%20ft", "dir_info": {}}, "/src/we ft"),
        ({"url": "https://user:secret@host/weft.whl", "archive_info": {}}, "https://host/weft.whl"),
        (
            {"url": "https://host/weft", "vcs_info": {"vcs": "git", "requested_revision": "main"}},
            "weft @ git+https://host/weft@main",
        ),
        (
            {"url": "https://host/w", "vcs_info": {"vcs": "git"}, "subdirectory": "python"},
            "weft @ git+https://host/w#subdirectory=python",
        ),
    ],
)
def test_no_index_is_asked_for_a_weft_that_came_from_elsewhere(
    tmp_path: Path, origin: object, target: str
) -> None:
    env = Installed(tmp_path, origin=origin)
    for words in ((), ("9",)):
        told = env.told(*words)
        assert told["runs"] is False
        assert told["command"] == [
            str(env.python), "-m", "pip", "install", "--force-reinstall", target,
        ]  # fmt: skip
    done = env("update")
    assert done.code == 2
    assert done.lines[0] == (
        f"error: Self-update is not available: weft was installed from `{target}`"
    )
    # The receipt of a tool has the source; `upgrade` would not see other files of that version in a
    # directory, and a version would be looked for on an index.
    (env.root / "weft-receipt.toml").write_text("")
    told = env.told()
    assert told["runs"] is True
    newest = ["install", target] if target.startswith("/") else ["upgrade", "weft"]
    assert told["command"] == [str(env.python), "-m", "weft", "tool", *newest]
    assert env.told("9")["runs"] is False


def test_the_command_is_run_and_its_exit_code_passed_on(env: Installed) -> None:
    (env.root / "pipx_metadata.json").write_text("{}")
    env.fake("pipx", "exit 7")
    done = env("update", "--dry-run")
    assert (done.code, env.said) == (0, "")
    assert done.lines[-1] == "Would run `pipx upgrade weft`"
    done = env("update", "--offline")
    assert (done.code, env.said) == (2, "")
    assert "network connectivity is disabled (i.e., with `--offline`)" in done.err
    done = env("update")
    assert done.code == 7
    assert env.said == "pipx upgrade weft\n"
    assert done.lines == [
        f"weft {VERSION} was installed by `pipx` (`{env.root}`)",
        "Running `pipx upgrade weft`",
    ]


def test_a_tool_is_updated_where_it_lies_whoever_asks(tmp_path: Path) -> None:
    env = Installed(tmp_path, name="tools/weft", copied=True)
    executables = tmp_path / "executables"
    (env.root / "weft-receipt.toml").write_text(
        '[tool]\nrequirements = [{ name = "weft" }]\nentrypoints = [\n'
        f'    {{ name = "weft", install-path = "{executables}/weft", from = "weft" }},\n]\n'
    )
    make_wheel(
        tmp_path, "weft", "9",
        files={"weft/__init__.py": ""}, entry_points={"console_scripts": {"weft": "weft:f"}},
    )  # fmt: skip
    settings = tmp_path / "settings.toml"
    settings.write_text(f'no-index = true\nfind-links = ["{tmp_path}"]\n')
    (tmp_path / "another-home").mkdir()
    done = env("update", HOME=str(tmp_path / "another-home"), WEFT_CONFIG_FILE=str(settings))
    assert done.code == 0, done.err
    assert " + weft==9" in done.lines
    assert (env.library / "weft-9.dist-info").is_dir()
    assert (executables / "weft").exists()
    assert not list((tmp_path / "another-home").rglob("tools"))


def test_a_command_that_is_gone_is_an_error(env: Installed) -> None:
    (env.root / "pipx_metadata.json").write_text("{}")
    done = env("update")
    assert done.code == 2
    assert "error: Failed to run `pipx upgrade weft`" in done.lines
    assert "  cause: No such file or directory (os error 2)" in done.lines


def test_editable_and_system_packages_are_left_alone(tmp_path: Path) -> None:
    origin = {"url": "file:///src/we%20ft", "dir_info": {"editable": True}}
    env = Installed(tmp_path / "a", origin=origin)
    done = env("update")
    assert done.code == 2
    assert done.lines == [
        "error: Self-update is not available: weft is installed editable",
        "",
        "hint: Update the checkout: `git -C '/src/we ft' pull`",
    ]
    env = Installed(tmp_path / "b", installer="debian")
    done = env("update")
    assert done.code == 2
    assert "weft is a package of the operating system" in done.lines[0]
    env = Installed(tmp_path / "c")
    (env.root / "conda-meta").mkdir()
    (env.root / "conda-meta" / "weft-1-0.json").write_text("{}")
    told = env.told()
    assert (told["command"], told["runs"]) == (["conda", "update", "weft"], False)


def test_the_source_is_left_alone(tmp_path: Path) -> None:
    done = Weft(tmp_path)("self", "update")
    assert done.code == 2
    assert done.lines[0] == "error: Self-update is not available: weft runs from its source"


def test_broken_records_do_not_matter(tmp_path: Path) -> None:
    env = Installed(tmp_path, installer="", origin=["nonsense"])
    assert env.told()["method"] == "pip"


def test_another_version_that_is_required_stops_all_but_self(tmp_path: Path) -> None:
    weft = Weft(tmp_path)
    config = weft.home / ".config" / "weft"
    config.mkdir(parents=True)
    (config / "weft.toml").write_text('required-version = "==99"')
    done = weft("cache", "dir")
    assert done.code == 2
    assert done.lines == [
        f"error: Required weft version `==99` does not match the running version `{VERSION}`",
        "",
        "hint: Update `weft` by running `weft self update 99`",
    ]
    (config / "weft.toml").write_text('required-version = ">=99"')
    assert weft("cache", "dir").lines[-1] == "hint: Update `weft` by running `weft self update`"
    assert weft.ok("self", "version").out == f"weft {VERSION}\n"
    done = weft("self", "update")
    assert "Self-update is not available" in done.err
    (config / "weft.toml").write_text(f'required-version = "{VERSION}"')
    weft.ok("cache", "dir")


def test_tokens_of_github_are_not_shown(tmp_path: Path) -> None:
    done = Weft(tmp_path)("self", "update", "--show-settings", "--token", "s3cret")
    assert 'update_token = "****"' in done.out
    assert "s3cret" not in done.out
