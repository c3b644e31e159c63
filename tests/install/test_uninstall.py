"""Uninstalling: everything that is listed goes, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.helpers import PYC, PYTHON, SITE, Environment, pip, uv
from tests.install.test_wheel import rich_wheel
from tests.support.wheels import make_wheel
from weft.core.errors import SystemFailure
from weft.install.marks import INSTALLING, pending
from weft.install.record import RecordError
from weft.install.trash import Trash
from weft.install.uninstall import CannotUninstall, _mark_all, resume

MakeEnvironment = Callable[[str], Environment]


@pytest.fixture(autouse=True, params=[False, True], ids=["deleted", "moved"])
def trash(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here holds where directories are deleted, and where they are moved away."""
    if request.param:
        place = tmp_path / "trash"
        place.mkdir()
        monkeypatch.setattr(Environment, "trash", Trash(str(place)))


def directories(environment: Environment) -> set[str]:
    return {directory for directory, _, _ in os.walk(environment.prefix)}


def test_the_environment_is_as_before(environment: Environment, tmp_path: Path) -> None:
    files, before = environment.tree(), directories(environment)
    environment.install(rich_wheel(tmp_path))
    environment.uninstall("my-pkg")
    assert environment.tree() == files
    assert directories(environment) - before == {
        f"{environment.prefix}/include/site",
        f"{environment.prefix}/include/site/{PYTHON}",
    }
    assert environment.warnings == []


def test_pip_and_uv_uninstall_what_weft_installed(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    wheel = rich_wheel(tmp_path / "wheels")
    by_pip, by_uv = make_environment("by-pip"), make_environment("by-uv")
    before = by_pip.tree()
    by_pip.install(wheel)
    pip(by_pip.python, "uninstall", "-y", "my.pkg")
    assert by_pip.tree() == before
    before = by_uv.tree()
    by_uv.install(wheel)
    uv("pip", "uninstall", "-p", by_uv.python, "my-pkg")
    after = by_uv.tree()
    after.pop(".lock")
    assert after == before


def test_weft_uninstalls_what_pip_and_uv_installed(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    wheel = rich_wheel(tmp_path / "wheels")
    by_pip, by_uv = make_environment("by-pip"), make_environment("by-uv")
    before = by_pip.tree()
    pip(by_pip.python, "install", "--no-index", wheel)
    assert any(path.endswith(".pyc") for path in by_pip.tree())
    by_pip.uninstall("my-pkg")
    assert by_pip.tree() == before
    uv("pip", "install", "-p", by_uv.python, "--no-index", wheel)
    by_uv.uninstall("my-pkg")
    after = by_uv.tree()
    after.pop(".lock")
    assert after == before


def test_bytecode_goes_with_its_modules_and_other_bytecode_stays(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(
        make_wheel(tmp_path, "one", files={"top.py": "", "shared/one.py": "", "one/a.py": ""}),
        make_wheel(tmp_path, "two", files={"other.py": "", "shared/two.py": ""}),
    )
    environment.run("-m", "compileall", "-q", environment.target.purelib)
    environment.uninstall("one")
    left = {path for path in environment.tree() if "site-packages" in path}
    site = SITE
    assert {path for path in left if "dist-info" not in path} == {
        f"{site}/other.py",
        f"{site}/__pycache__/other.{PYC}",
        f"{site}/shared/two.py",
        f"{site}/shared/__pycache__/two.{PYC}",
    }


def test_files_that_nobody_listed_stay(environment: Environment, tmp_path: Path) -> None:
    environment.install(make_wheel(tmp_path, files={"demo/a.py": "", "demo/sub/b.py": ""}))
    own = Path(environment.site("demo/notes.txt"))
    own.write_text("mine")
    environment.uninstall("demo")
    assert own.read_text() == "mine"
    assert os.listdir(environment.site("demo")) == ["notes.txt"]


HOSTILE = [
    "../../../../outside.txt",
    "../../../../../{tmp}/outside.txt",
    "{tmp}/outside.txt",
    "demo/../../../../../outside.txt",
    "../../../bin/python",
    f"../../../bin/{PYTHON}",
    "../../../pyvenv.cfg",
    "link/outside.txt",
    "bin-link/python",
    "env-link/pyvenv.cfg",
    "env-link/bin/python3",
    "./link/../link/outside.txt",
    "..",
    ".",
    "demo/",
    "/",
]


@pytest.mark.parametrize("row", HOSTILE)
def test_a_hostile_record_touches_nothing_outside(
    row: str, environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path / "wheels"))
    outside = tmp_path / "outside.txt"
    outside.write_text("precious")
    os.symlink(tmp_path, environment.site("link"))
    os.symlink(environment.target.scripts, environment.site("bin-link"))
    os.symlink(environment.prefix, environment.site("env-link"))
    before = environment.tree()
    info = environment.site("demo-1.0.dist-info")
    row = row.replace("{tmp}", str(tmp_path))
    with open(f"{info}/RECORD", "a") as stream:
        stream.write(f"{row},,\n{row},sha256=x,3\n")
    environment.uninstall("demo")
    assert outside.read_text() == "precious"
    assert environment.tree().keys() == {path for path in before if "/demo" not in path}
    assert len(environment.warnings) == 1
    assert environment.warnings[0].startswith(
        "Invalid RECORD entry in demo-1.0.dist-info that escapes the Python environment, skipping: "
    )


def test_an_absolute_row_is_no_name_beside_the_one_before(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, files={"demo.py": ""}))
    own = Path(environment.site("own.py"))
    own.write_text("mine")
    with open(environment.site("demo-1.0.dist-info/RECORD"), "a") as stream:
        stream.write("demo.py,,\n/own.py,,\n")
    environment.uninstall("demo")
    assert own.read_text() == "mine"
    assert not os.path.exists(environment.site("demo.py"))


def test_metadata_behind_a_link_stays_where_it_is(environment: Environment, tmp_path: Path) -> None:
    environment.install(make_wheel(tmp_path / "wheels", files={"demo.py": ""}))
    info = environment.site("demo-1.0.dist-info")
    os.rename(info, tmp_path / "info")
    os.symlink(tmp_path / "info", info)
    before = sorted(os.listdir(tmp_path / "info"))
    environment.uninstall("demo")
    assert sorted(os.listdir(tmp_path / "info")) == before
    assert not any("demo" in name for name in os.listdir(environment.site()))


@pytest.mark.parametrize("gone", ["INSTALLER", ""])
def test_metadata_goes_with_what_nobody_listed_and_what_is_gone(
    environment: Environment, tmp_path: Path, gone: str
) -> None:
    environment.install(make_wheel(tmp_path, files={"demo.py": "", "demo/a.py": ""}))
    info = Path(environment.site("demo-1.0.dist-info"))
    if gone:
        (info / gone).unlink()
    (info / "licenses/deep").mkdir(parents=True)
    (info / "licenses/deep/LICENSE").write_text("free")
    (info / "notes").write_text("whatever")
    os.symlink(tmp_path, info / "link")
    outside = tmp_path / "outside.txt"
    outside.write_text("precious")
    with (info / "RECORD").open("a") as stream:
        rows = ("link/outside.txt", "licenses/deep/LICENSE", "../own.py", "..", "")
        stream.writelines(f"{info.name}/{row},,\n" for row in rows)
    own = Path(environment.site("own.py"))
    own.write_text("mine")
    environment.uninstall("demo")
    assert not any("demo" in name for name in os.listdir(environment.site()))
    assert (own.read_text(), outside.read_text()) == ("mine", "precious")


def test_links_inside_the_environment_may_be_followed(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, files={"demo.py": ""}))
    info = environment.site("demo-1.0.dist-info")
    assert os.path.islink(f"{environment.prefix}/lib64")
    with open(f"{info}/RECORD") as stream:
        text = stream.read()
    with open(f"{info}/RECORD", "w") as stream:
        stream.write(text.replace("demo.py,", f"../../../lib64/{PYTHON}/site-packages/demo.py,"))
    environment.uninstall("demo")
    assert not os.path.exists(environment.site("demo.py"))
    assert environment.warnings == []


def test_a_distribution_without_record_loses_its_metadata_only(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, files={"demo.py": ""}))
    os.unlink(environment.site("demo-1.0.dist-info/RECORD"))
    environment.uninstall("demo")
    assert environment.warnings == [
        f"Failed to uninstall package at {environment.site('demo-1.0.dist-info')} due to missing "
        "`RECORD` file. Installation may result in an incomplete environment."
    ]
    assert os.listdir(environment.target.purelib) == ["demo.py"]


def test_a_broken_record_is_refused_before_anything_is_changed(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, "good"), make_wheel(tmp_path))
    record = Path(environment.site("demo-1.0.dist-info/RECORD"))
    record.write_bytes(b'demo.py,"unclosed\n')
    before = environment.tree()
    with pytest.raises(RecordError, match="Invalid `RECORD` file"):
        environment.uninstall("good", "demo")
    assert environment.tree() == before


def test_what_cannot_be_cleaned_up_does_not_stop_the_next_command(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, files={"demo/a.py": ""}))
    site = environment.target.purelib
    os.rename(f"{site}/demo-1.0.dist-info", f"{site}/~demo-1.0.dist-info.weft-remove")
    os.rename(f"{site}/demo", f"{site}/was-demo")
    os.symlink("demo", f"{site}/demo")  # a directory that cannot be opened: ELOOP
    environment.install(make_wheel(tmp_path, "other"))
    assert len(environment.warnings) == 1
    assert environment.warnings[0].startswith("Failed to clean up after an interrupted command: ")
    os.unlink(f"{site}/demo")
    os.rename(f"{site}/was-demo", f"{site}/demo")
    environment.install(make_wheel(tmp_path, "third"))
    assert sorted(os.listdir(site)) == [
        "other", "other-1.0.dist-info", "third", "third-1.0.dist-info"
    ]  # fmt: skip


def test_a_shared_file_survives_one_of_its_owners(environment: Environment, tmp_path: Path) -> None:
    shared = {
        "ns/common.py": "same\n",
        "with, comma.py": "same\n",
    }
    data = {"data/share/common.txt": "same\n"}
    scripts = {"tool": "#!python\nprint(1)\n"}
    one = make_wheel(tmp_path, "one", files={**shared, "ns/one.py": ""}, data=data, scripts=scripts)
    two = make_wheel(tmp_path, "two", files={**shared, "ns/two.py": ""}, data=data, scripts=scripts)
    environment.install(one, two)
    assert environment.warnings == []
    environment.uninstall("one")
    assert not os.path.exists(environment.site("ns/one.py"))
    for path in ("ns/common.py", "with, comma.py", "ns/two.py"):
        assert os.path.exists(environment.site(path))
    assert environment.run(f"{environment.target.scripts}/tool") == "1\n"
    assert os.path.exists(f"{environment.prefix}/share/common.txt")
    environment.uninstall("two")
    assert os.listdir(environment.target.purelib) == []


def test_a_link_is_no_way_around_the_other_owner(environment: Environment, tmp_path: Path) -> None:
    environment.install(make_wheel(tmp_path, "one"), make_wheel(tmp_path, "two"))
    os.symlink("two", environment.site("alias"))
    with open(environment.site("one-1.0.dist-info/RECORD"), "a") as stream:
        stream.write("alias/__init__.py,,\n")
    environment.uninstall("one")
    assert os.path.exists(environment.site("two/__init__.py"))


def test_distributions_that_cannot_all_go_stay_all(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, "one"), make_wheel(tmp_path, "two"))
    os.makedirs(environment.site("~two-1.0.dist-info.weft-remove/in-the-way"))
    before = environment.tree()
    dists = [environment.dist("one"), environment.dist("two")]
    with pytest.raises(SystemFailure, match=r"Failed to rename .*two-1\.0\.dist-info"):
        _mark_all(dists)
    assert environment.tree() == before


def test_owners_that_go_together_take_the_shared_file_along(
    environment: Environment, tmp_path: Path
) -> None:
    wheels = [make_wheel(tmp_path, name, files={"common.py": ""}) for name in ("one", "two")]
    environment.install(*wheels)
    environment.uninstall("one", "two")
    assert os.listdir(environment.target.purelib) == []


def test_an_upgrade_is_an_uninstallation_and_an_installation(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path, version="1.0", files={"old.py": "", "both.py": "1"}))
    environment.uninstall("demo")
    environment.install(make_wheel(tmp_path, version="2.0", files={"new.py": "", "both.py": "2"}))
    assert sorted(os.listdir(environment.target.purelib)) == [
        "both.py", "demo-2.0.dist-info", "new.py"
    ]  # fmt: skip
    assert Path(environment.site("both.py")).read_text() == "2"


def test_an_interrupted_removal_is_gone_for_everybody_and_can_be_finished(
    environment: Environment, tmp_path: Path
) -> None:
    before = environment.tree()
    environment.install(rich_wheel(tmp_path))
    site = environment.target.purelib
    mark = f"{site}/~My_Pkg-1.0.dist-info.weft-remove"
    os.rename(f"{site}/My_Pkg-1.0.dist-info", mark)
    os.unlink(f"{site}/my_top.py")
    assert pip(environment.python, "list", "--format", "json").strip() == "[]"
    done = uv("pip", "list", "-p", environment.python)
    assert (done.stdout, "warning" in done.stderr) == ("", False)
    assert environment.run("-c", "import importlib.metadata as m; print([*m.distributions()])") == (
        "[]\n"
    )
    assert pending(environment.target) == [mark]
    assert resume(environment.target) == 20
    assert environment.tree() == before
    assert resume(environment.target) == 0


def test_what_an_interrupted_installation_was_about_to_rename_goes_with_it(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    site = Path(environment.target.purelib)
    (site / "behind").symlink_to(tmp_path / "outside")
    mine = [site / ".tmp-notes", site / ".tmp-0123", site / "behind/.tmp-0123456789abcdef"]
    for path in mine:
        path.touch()
    before = environment.tree()
    environment.install(
        make_wheel(tmp_path, files={"demo/a.py": "", "behind/b.py": "", "c.py": ""})
    )
    os.rename(site / "demo-1.0.dist-info", site / f"~demo-1.0.dist-info{INSTALLING}")
    for directory in (site, site / "demo"):
        (directory / ".tmp-0123456789abcdef").touch()
    resume(environment.target)
    assert environment.tree() == before
    assert all(path.exists() for path in mine)


def test_egg_info_directories(environment: Environment, tmp_path: Path) -> None:
    site = Path(environment.target.purelib)
    for path in ("pkg/__init__.py", "pkg/sub/a.py", "mod.py", "ns/theirs.py", "ns/ours.py"):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text("")
    os.symlink(tmp_path, site / "linked")
    (tmp_path / "precious.py").write_text("")
    info = site / "old-1.0-py3.11.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Name: old\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("pkg\nmod\nns\n../evil\nlinked\n")
    (info / "namespace_packages.txt").write_text("ns\n")
    environment.uninstall("old")
    assert sorted(os.listdir(site)) == ["linked", "ns"]
    assert sorted(os.listdir(site / "ns")) == ["ours.py", "theirs.py"]
    assert (tmp_path / "precious.py").exists()


def test_egg_info_with_a_list_of_files(environment: Environment) -> None:
    site = Path(environment.target.purelib)
    (site / "pkg").mkdir()
    (site / "pkg/a.py").write_text("")
    (site / "pkg/b.py").write_text("")
    info = site / "old-1.0.egg-info"
    info.mkdir()
    (info / "installed-files.txt").write_text("../pkg/a.py\nPKG-INFO\n../../../../../evil\n")
    environment.uninstall("old")
    assert os.listdir(site) == ["pkg"]
    assert os.listdir(site / "pkg") == ["b.py"]
    assert len(environment.warnings) == 1


def test_egg_links(environment: Environment) -> None:
    site = Path(environment.target.purelib)
    (site / "dev.egg-link").write_text("/src/dev\n.")
    (site / "easy-install.pth").write_text("/src/other\n/src/dev\n/src/dev2\n")
    assert environment.uninstall("dev") == 1
    assert (site / "easy-install.pth").read_text() == "/src/other\n/src/dev2\n"
    assert not (site / "dev.egg-link").exists()


def test_distutils_is_refused_before_anything_is_changed(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(make_wheel(tmp_path))
    Path(environment.site("old-1.0.egg-info")).write_text("Name: old\n")
    before = environment.tree()
    with pytest.raises(CannotUninstall, match="Unable to uninstall `old`"):
        environment.uninstall("demo", "old")
    assert environment.tree() == before
