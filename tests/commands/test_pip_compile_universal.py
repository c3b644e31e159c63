"""`weft pip compile --universal`: one file for all platforms and Pythons."""

from __future__ import annotations

import marshal
import time
from pathlib import Path

import pytest

from tests.support.backends import make_project, make_sdist
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel


@pytest.fixture
def universe(wheels: Path) -> None:
    make_wheel(wheels, "shell", "1.0", requires_python=">=3.8")
    make_wheel(wheels, "shell", "2.0", requires_python=">=3.12")
    make_wheel(
        wheels, "fork", "1.0",
        requires=["oil<3 ; sys_platform == 'win32'", "oil>=3 ; sys_platform != 'win32'"],
    )  # fmt: skip
    make_wheel(
        wheels, "boat", "1.0",
        requires=["sail ; platform_system == 'Windows'", "anchor ; python_version < '3.10'"],
        extras={"fast": ["oil"], "slow": ["oar"]},
    )  # fmt: skip
    for name in ("sail", "anchor", "oar"):
        make_wheel(wheels, name, "1.0")


def compiled(weft: Weft, text: str, *words: str, **environ: str) -> str:
    (weft.cwd / "reqs.in").write_text(text)
    base = ("pip", "compile", "reqs.in", "--universal", "--no-header", "--python-version", "3.9")
    return weft.ok(*base, *words, **environ).out


@pytest.mark.usefixtures("universe")
def test_markers_say_where_packages_are_needed(weft: Weft) -> None:
    assert compiled(weft, "boat\nwick ; os_name == 'posix'\n") == (
        "anchor==1.0 ; python_full_version < '3.10'\n    # via boat\n"
        "boat==1.0\n    # via -r reqs.in\n"
        "sail==1.0 ; sys_platform == 'win32'\n    # via boat\n"
        "wick==2.0 ; os_name == 'posix'\n    # via -r reqs.in\n"
    )


@pytest.mark.usefixtures("universe")
def test_versions_differ_where_one_cannot_serve_everybody(weft: Weft) -> None:
    assert compiled(weft, "fork\nshell\n", "--no-annotate") == (
        "fork==1.0\n"
        "oil==2.0 ; sys_platform == 'win32'\n"
        "oil==4.0 ; sys_platform != 'win32'\n"
        "shell==1.0 ; python_full_version < '3.12'\n"
        "shell==2.0 ; python_full_version >= '3.12'\n"
    )
    fewest = compiled(weft, "shell\n", "--no-annotate", "--fork-strategy", "fewest")
    assert fewest == "shell==1.0\n"


@pytest.mark.usefixtures("universe")
def test_an_earlier_output_keeps_its_versions_everywhere(weft: Weft) -> None:
    (weft.cwd / "out.txt").write_text(
        "fork==1.0\noil==1.0 ; sys_platform == 'win32'\noil==3.0 ; sys_platform != 'win32'\n"
    )
    assert compiled(weft, "fork\n", "--no-annotate", "-o", "out.txt") == (
        "fork==1.0\noil==1.0 ; sys_platform == 'win32'\noil==3.0 ; sys_platform != 'win32'\n"
    )
    assert "oil==4.0" in compiled(weft, "fork\n", "--no-annotate", "-o", "out.txt", "-P", "oil")


@pytest.mark.usefixtures("universe")
def test_extras_that_count_elsewhere_have_lines_of_their_own(weft: Weft) -> None:
    text = "boat[fast] ; python_version >= '3.12'\nboat[slow] ; python_version < '3.12'\n"
    lines = compiled(weft, text, "--no-strip-extras", "--no-annotate").splitlines()
    assert [line for line in lines if line.startswith("boat")] == [
        "boat==1.0",
        "boat[fast]==1.0 ; python_full_version >= '3.12'",
        "boat[slow]==1.0 ; python_full_version < '3.12'",
    ]
    plain = compiled(weft, text, "--no-annotate").splitlines()
    assert [line for line in plain if line.startswith("boat")] == ["boat==1.0"]


def test_files_of_other_platforms_count_and_are_hashed(weft: Weft, wheels: Path) -> None:
    make_wheel(wheels, "gate", "1.0", tag="cp311-cp311-win_amd64")
    make_wheel(wheels, "gate", "1.0", tag="cp311-cp311-macosx_11_0_arm64")
    make_wheel(wheels, "gate", "2.0", tag="cp38-cp38-win_amd64")  # for no Python that is meant
    text = compiled(weft, "gate\n", "--generate-hashes", "--no-annotate")
    assert text.startswith("gate==1.0 \\\n")
    assert text.count("--hash=sha256:") == 2


def test_a_url_and_an_index_may_be_for_one_platform(weft: Weft, wheels: Path) -> None:
    other = weft.root / "other"
    make_wheel(other, "oil", "9.0")
    wheel = make_wheel(weft.root / "apart", "wick", "5.0")
    (weft.cwd / "reqs.in").write_text("")
    with IndexServer(other) as second:
        (weft.cwd / "pyproject.toml").write_text(
            '[project]\nname = "camp"\nversion = "1"\ndependencies = ["oil", "lantern", "wick"]\n'
            "[tool.uv.sources]\n"
            'oil = { index = "second", marker = "sys_platform == \'win32\'" }\n'
            f'wick = {{ path = "{wheel}", marker = "sys_platform == \'darwin\'" }}\n'
            f'[[tool.uv.index]]\nname = "second"\nurl = "{second.url}"\nexplicit = true\n'
        )
        done = weft.ok(
            "pip", "compile", "pyproject.toml", "--universal", "--no-header", "--no-annotate"
        )
    assert done.out == (
        "lantern==0.9\n"
        "oil==4.0 ; sys_platform != 'win32'\n"
        "oil==9.0 ; sys_platform == 'win32'\n"
        "wick==2.0 ; sys_platform != 'darwin'\n"
        f"{wheel} ; sys_platform == 'darwin'\n"
    )


def test_what_a_chosen_tree_requires_by_path_is_allowed(weft: Weft) -> None:
    make_project(weft.cwd / "inner", "flit_core", "inner", requires=["wick"])
    make_project(
        weft.cwd / "outer", "flit_core", "outer", requires=["inner"],
        toml='[tool.uv.sources]\ninner = { path = "../inner" }\n',
    )  # fmt: skip
    assert compiled(weft, "-e ./outer ; sys_platform == 'linux'\n") == (
        "-e ./outer\n    # via -r reqs.in\n"
        "../inner ; sys_platform == 'linux'\n    # via outer\n"
        "wick==2.0 ; sys_platform == 'linux'\n    # via inner\n"
    )


def test_a_part_without_an_answer_is_named(weft: Weft) -> None:
    (weft.cwd / "reqs.in").write_text(
        "oil<3 ; sys_platform == 'win32'\noil>=9 ; sys_platform != 'win32'\n"
    )
    done = weft("pip", "compile", "reqs.in", "--universal")
    assert (done.code, done.out) == (1, "")
    assert done.lines[0] == (
        "error: No solution found when resolving dependencies for split (markers: "
        "sys_platform != 'win32')"
    )


def test_source_distributions_serve_every_platform(weft: Weft, wheels: Path) -> None:
    make_sdist(wheels, "flit_core", "ember", "1.0", requires=["wick<2"], static=True)
    assert compiled(weft, "ember\n") == (
        "ember==1.0\n    # via -r reqs.in\nwick==1.5\n    # via ember\n"
    )


@pytest.mark.usefixtures("universe")
def test_settings_name_the_environments(weft: Weft, wheels: Path) -> None:
    project = weft.cwd / "pyproject.toml"
    project.write_text("[tool.weft]\nenvironments = \"sys_platform == 'win32'\"\n")
    assert compiled(weft, "fork\n", "--no-annotate") == (
        "fork==1.0 ; sys_platform == 'win32'\noil==2.0 ; sys_platform == 'win32'\n"
    )
    make_wheel(wheels, "gate", "2.0", tag="cp311-cp311-macosx_11_0_arm64")
    make_wheel(wheels, "gate", "1.0")
    assert compiled(weft, "gate\n") == "gate==1.0 ; sys_platform == 'win32'\n    # via -r reqs.in\n"
    project.write_text("[tool.weft]\nrequired-environments = [\"sys_platform == 'win32'\"]\n")
    assert compiled(weft, "gate\n", "--no-annotate") == (
        "gate==1.0 ; sys_platform == 'win32'\ngate==2.0 ; sys_platform != 'win32'\n"
    )
    project.write_text('[tool.weft]\nenvironments = ["sys_platform == "]\n')
    done = weft("pip", "compile", "reqs.in", "--universal")
    assert "Expected marker value" in done.err


@pytest.mark.usefixtures("universe")
def test_an_answer_is_reused_while_its_pages_are_the_same(
    weft: Weft, wheels: Path, index: IndexServer
) -> None:
    index.cache_control = "max-age=600"
    text = "fork\nboat[fast]\n"
    first = compiled(weft, text)
    time.sleep(0.1)  # pages that were just written are not trusted yet
    index.forget()
    assert compiled(weft, text) == first
    (trace,) = (weft.cache / "installed-v1").glob("resolution-*")
    kept = trace.read_bytes()
    form, fresh, pages, rows, missing = marshal.loads(kept)
    rows = tuple((*row[:1], "7.7", *row[2:]) if row[0] == "boat" else row for row in rows)
    trace.write_bytes(marshal.dumps((form, fresh, pages, rows, missing)))
    assert compiled(weft, text) == first.replace("boat==1.0", "boat==7.7")
    assert compiled(weft, text, WEFT_REUSE_RESOLUTIONS="0") == first
    trace.write_bytes(kept[:-9])
    assert compiled(weft, text) == first
    assert index.count() == 0
