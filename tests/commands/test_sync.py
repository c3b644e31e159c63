"""`weft sync`, beside uv: the same streams, exit codes, locks and environments."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels
from tests.support.environments import contents
from tests.support.index_server import IndexServer
from tests.support.sync_pair import BUILD, HEAD, Pair
from tests.support.wheels import make_wheel


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1"], extras={"bright": ["mirror"]},
               entry_points={"console_scripts": {"lantern": "lantern:main"}},
               files={"lantern/__init__.py": "def main():\n    print('light')\n"})  # fmt: skip
    for name in ("wick", "mirror", "oil"):
        make_wheel(wheels, name, "1.0")
        make_wheel(wheels, name, "2.0")
    backend_wheels(wheels, "uv_build", "hatchling", "setuptools")
    with IndexServer(wheels) as server:
        yield server


def test_an_environment_is_made_and_filled_then_left_alone(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["lantern[bright]"]\n')
    first = pair.lines("sync", "--frozen")
    assert first[0].startswith("Using CPython 3.")
    assert first[1] == "Creating virtual environment at: .venv"
    assert first[-3:] == [" + lantern==1.0", " + mirror==2.0", " + wick==2.0"]
    assert pair.lines("sync", "--frozen") == ["Checked 3 packages in T"]


def test_what_the_lock_does_not_have_goes(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["wick"]\n')
    pair.same("sync", "--frozen")
    for name in ("uv", "weft"):
        done = pair.run_one(name, "pip", "install", "oil", "mirror==1.0")
        assert done.code == 0, done.err
    assert pair.lines("sync", "--frozen", "--inexact") == ["Checked 1 package in T"]
    assert pair.lines("sync", "--frozen", "--dry-run")[-2:] == [" - mirror==1.0", " - oil==2.0"]
    outcome = pair.same("sync", "--frozen", "--check")
    assert outcome.code == 1
    assert pair.lines("sync", "--frozen")[-2:] == [" - mirror==1.0", " - oil==2.0"]
    assert pair.same("sync", "--frozen", "--check").code == 0


def test_extras_and_groups(pair: Pair) -> None:
    pair.project(
        HEAD
        + 'dependencies = ["lantern"]\n'
        + '[project.optional-dependencies]\nfuel = ["oil"]\nshine = ["lantern[bright]"]\n'
        + '[dependency-groups]\ndev = ["wick"]\nlamp = ["oil<2"]\nfull = ["mirror<2"]\n'
        + '[tool.uv]\nconflicts = [[{extra="fuel"},{group="lamp"}],'
        + '[{group="full"},{extra="shine"}]]\n'
    )
    for words in (
        ("--extra", "fuel"),
        ("--extra", "shine"),
        ("--extra", "Shine", "--extra", "fuel"),
        ("--all-extras",),
        ("--all-extras", "--no-extra", "fuel"),
        ("--group", "lamp"),
        ("--group", "lamp", "--group", "full"),
        ("--only-group", "lamp"),
        ("--only-dev",),
        ("--no-dev",),
        ("--no-default-groups", "--group", "full"),
        ("--group", "lamp", "--no-group", "lamp"),
        ("--all-groups",),
        ("--extra", "fuel", "--group", "lamp"),
        ("--extra", "fuel", "--all-groups"),
        ("--all-extras", "--all-groups"),
        ("--extra", "nope"),
        ("--no-extra", "nope"),
        ("--group", "nope"),
        ("--no-group", "nope"),
        ("--only-group", "nope"),
        ("--extra", "fuel", "--only-group", "lamp"),
        ("--group", "dev", "--only-dev"),
        ("--only-dev", "--no-dev"),
    ):
        pair.same("sync", "--frozen", *words)


def test_environment_variables_choose_groups(pair: Pair) -> None:
    pair.project(
        HEAD + 'dependencies = []\n[dependency-groups]\ndev = ["wick"]\ndocs = ["oil"]\n'
        '[tool.uv]\ndefault-groups = ["dev", "docs"]\n'
    )
    assert pair.lines("sync", "--frozen")[-2:] == [" + oil==2.0", " + wick==2.0"]
    pair.same("sync", "--frozen", UV_NO_DEV="1")
    pair.same("sync", "--frozen", UV_NO_GROUP="docs")
    pair.same("sync", "--frozen", UV_NO_DEFAULT_GROUPS="1")


def test_a_project_is_installed_so_that_it_can_be_edited(pair: Pair) -> None:
    text = HEAD + 'dependencies = ["wick"]\n[project.scripts]\ndemo = "demo:main"\n' + BUILD
    pair.package(".", "demo", text)
    pair.lock()
    assert pair.lines("sync", "--frozen")[-2:] == [
        " + demo==0.1.0 (from file://<work>)",
        " + wick==2.0",
    ]
    assert pair.lines("sync", "--frozen") == ["Checked 2 packages in T"]
    pair.same("sync", "--frozen", "--no-install-project")
    pair.same("sync", "--frozen", "--no-editable")
    pair.same("sync", "--frozen", "--no-editable")
    pair.same("sync", "--frozen", "--no-editable-package", "demo")
    pair.same("sync", "--frozen")


def test_a_changed_project_is_built_again(pair: Pair) -> None:
    pair.package(".", "demo", HEAD + BUILD)
    pair.lock()
    pair.same("sync", "--frozen")
    pair.package(".", "demo", HEAD + 'description = "brighter"\n' + BUILD)
    assert pair.lines("sync", "--frozen")[-1] == " ~ demo==0.1.0 (from file://<work>)"
    assert pair.lines("sync", "--frozen") == ["Checked 1 package in T"]


def workspace(pair: Pair) -> None:
    pair.package(
        ".",
        "demo",
        HEAD
        + 'dependencies = ["lib-a"]\n'
        + '[dependency-groups]\ndev = ["lib-b"]\n'
        + '[tool.uv.workspace]\nmembers = ["libs/*"]\n'
        + "[tool.uv.sources]\nlib-a = { workspace = true }\nlib-b = { workspace = true }\n"
        + BUILD,
    )
    for letter, requires in (("a", "wick"), ("b", "oil")):
        name = f"lib-{letter}"
        pair.package(
            f"libs/{letter}",
            f"lib_{letter}",
            HEAD.replace("demo", name)
            + f'dependencies = ["{requires}"]\n'
            + '[project.optional-dependencies]\nshine = ["mirror"]\n'
            + BUILD,
        )
    pair.lock()


def test_members_of_a_workspace(pair: Pair) -> None:
    workspace(pair)
    for words in (
        (),
        ("--package", "lib-b"),
        ("--package", "lib-a", "--package", "lib-b"),
        ("--package", "lib-a", "--extra", "shine"),
        ("--all-packages",),
        ("--all-packages", "--extra", "shine"),
        ("--all-packages", "--extra", "nope"),
        ("--all-packages", "--group", "nope"),
        ("--no-install-workspace",),
        ("--no-install-project",),
        ("--no-install-local",),
        ("--no-install-package", "wick"),
        ("--no-install-package", "lib-a", "--no-dev"),
        ("--only-install-project",),
        ("--only-install-workspace",),
        ("--only-install-local",),
        ("--only-install-package", "wick"),
        ("--package", "nope"),
        ("--package", "lib-a", "--package", "nope"),
        ("--all-packages", "--package", "lib-a"),
    ):
        pair.same("sync", "--frozen", *words)
    pair.same("sync", "--frozen", cwd="libs/b")
    pair.same("sync", "--frozen", "--all-packages", "--dry-run", cwd="libs/b")


def test_warm_environments_change_hands(pair: Pair) -> None:
    workspace(pair)
    place = pair.places["weft"]
    assert pair.outcome("weft", "sync", "--frozen").code == 0
    before = contents(place / ".venv", place)
    theirs = pair.run_one("uv", "sync", "--frozen", "--project", str(place))
    assert theirs.err.startswith("Checked 5 packages"), theirs.err
    ours = pair.run_one("weft", "sync", "--frozen")
    assert ours.err.startswith("Checked 5 packages"), ours.err
    assert contents(place / ".venv", place) == before
    for first, second in (("weft", "uv"), ("uv", "weft")):
        words = ("sync", "--frozen", "--no-editable", "--project", str(place))
        assert pair.run_one(first, *words, "--reinstall").code == 0
        assert pair.run_one(second, *words).err.startswith("Checked 5 packages")


def test_nothing_to_install_but_scripts_to_miss(pair: Pair) -> None:
    pair.project(HEAD + '[project.scripts]\na = "b:c"\n')
    lines = pair.lines("sync", "--frozen")
    assert lines[-1] == "Checked in T"
    assert lines[-2].startswith("warning: Skipping installation of entry points")


def test_hashes_are_checked(pair: Pair, tmp_path: Path) -> None:
    pair.project(
        HEAD + 'dependencies = ["lantern"]\n[project.optional-dependencies]\nfuel = ["oil"]\n'
        '[dependency-groups]\ndev = ["mirror"]\n'
    )
    whole = (pair.places["uv"] / "uv.lock").read_text()
    for name in ("wick", "oil", "mirror"):
        start = whole.index("sha256:", whole.index(f"{name}-2.0-py3")) + 7
        wrong = whole[:start] + "0" * 64 + whole[start + 64 :]
        for place in pair.places.values():
            (place / "uv.lock").write_text(wrong)
            shutil.rmtree(place / ".venv", ignore_errors=True)
        cold = {"UV_CACHE_DIR": str(tmp_path / f"u{name}"), "WEFT_CACHE_DIR": str(tmp_path / name)}
        outcome = pair.same("sync", "--frozen", "--all-extras", **cold)
        assert outcome.code == 1
        assert f"Hash mismatch for `{name}==2.0`" in outcome.err
    warm = pair.run_one("weft", "sync", "--frozen")
    assert warm.code == 1
    assert "Hash mismatch for `mirror==2.0`" in warm.err
    assert not list((pair.places["weft"] / ".venv" / "lib").glob("*/site-packages/*"))
