"""Installing: what is there afterwards, and what other tools make of it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.helpers import PYTHON, SITE, Environment, pip, tree, uv
from tests.support.wheels import make_wheel
from weft.core.build_info import BuildInfo
from weft.core.cache_info import CacheInfo
from weft.core.distribution import DirectUrl
from weft.core.value import replace
from weft.install.record import parse_record
from weft.install.target import directory_target, prefix_target
from weft.install.wheel import InstallFailure, WheelExtras, install_wheels
from weft.python.interpreter import probe

MakeEnvironment = Callable[[str], Environment]


def rich_wheel(directory: Path, version: str = "1.0") -> str:
    """A wheel with one of everything."""
    return make_wheel(
        directory,
        "My.Pkg",
        version,
        files={
            "my_pkg/__init__.py": "def main():\n    print('main', __name__)\n    return 3\n",
            "my_pkg/sub/empty.py": "",
            "my_pkg/nöt ascii, with comma.txt": "x",
            "my_pkg/tool.sh": "#!/bin/sh\n",
            "my_top.py": f"version = {version!r}\n",
        },
        executable=("my_pkg/tool.sh",),
        entry_points={
            "console_scripts": {"my-main": "my_pkg:main", "shadow": "my_pkg:main"},
            "gui_scripts": {"my-gui": "my_pkg:main"},
        },
        scripts={
            "my-python": "#!python\nimport sys; print(sys.prefix)\n",
            "my-pythonw": "#!pythonw -x\nprint(1)\n",
            "my-shell": "#!/bin/sh\necho shell\n",
            "shadow": "#!python\nprint('must not be there')\n",
        },
        data={
            "data/share/my/data.txt": "data",
            "headers/my.h": "header",
            "purelib/my_pkg/pure.py": "p = 1\n",
            "platlib/my_pkg/plat.py": "q = 1\n",
        },
    )


def test_the_installed_tree_is_the_one_that_uv_makes(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    wheel = rich_wheel(tmp_path / "wheels")
    ours, theirs = make_environment("ours"), make_environment("theirs")
    ours.install(wheel)
    uv("pip", "install", "-p", theirs.python, "--no-index", "-f", os.path.dirname(wheel), "my-pkg")
    mine, other = ours.tree(), theirs.tree()
    info = f"{SITE}/My_Pkg-1.0.dist-info"
    own = {f"{info}/{name}" for name in ("RECORD", "INSTALLER", "uv_cache.json")} | {".lock"}
    assert set(mine) - own == set(other) - own
    launchers = {"bin/my-main", "bin/my-gui", "bin/shadow"}
    rewritten = {"bin/my-python", "bin/my-pythonw"}
    for path in set(mine) - own - launchers - rewritten - {"pyvenv.cfg"}:
        # Files linked from a sealed store lack no x bit and gain none.
        assert mine[path] == other[path], path
    for path in launchers | rewritten:
        assert mine[path][1] == other[path][1] == 0o111
    for path in rewritten:
        text = Path(ours.prefix, path).read_text().replace(ours.prefix, theirs.prefix)
        assert text == Path(theirs.prefix, path).read_text()


def test_record_lists_every_file_with_its_true_hash(
    environment: Environment, tmp_path: Path
) -> None:
    before = set(environment.tree())
    environment.install(rich_wheel(tmp_path))
    import base64
    import hashlib

    site = Path(environment.target.purelib)
    rows = parse_record((site / "My_Pkg-1.0.dist-info/RECORD").read_bytes())
    listed = {os.path.normpath(site / path): (digest, size) for path, digest, size in rows}
    assert len(listed) == len(rows)
    written = {f"{environment.prefix}/{path}" for path in set(environment.tree()) - before}
    assert set(listed) == written
    for path, (digest, size) in listed.items():
        if path.endswith("/RECORD"):
            assert (digest, size) == ("", "")
            continue
        content = Path(path).read_bytes()
        encoded = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={encoded}", str(len(content)))


def test_importlib_metadata_pip_and_uv_know_the_result(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(rich_wheel(tmp_path))
    program = (
        "from importlib.metadata import distribution as d; x = d('my.pkg');"
        "assert all(f.locate().is_file() for f in x.files); print(x.version, len(x.files),"
        "x.read_text('INSTALLER'), x.read_text('REQUESTED') == '')"
    )
    assert environment.run("-c", program).split() == ["1.0", "21", "weft", "True"]
    assert json.loads(pip(environment.python, "list", "--format", "json")) == [
        {"name": "My.Pkg", "version": "1.0"}
    ]
    assert uv("pip", "freeze", "-p", environment.python).stdout == "my-pkg==1.0\n"
    assert "No broken requirements" in pip(environment.python, "check")


def test_scripts_run(environment: Environment, tmp_path: Path) -> None:
    environment.install(rich_wheel(tmp_path))
    scripts = environment.target.scripts
    main = subprocess.run([f"{scripts}/my-main"], capture_output=True, text=True)
    assert (main.returncode, main.stdout) == (3, "main my_pkg\n")
    assert environment.run(f"{scripts}/my-python").strip() == environment.prefix
    assert environment.run(f"{scripts}/my-pythonw").strip() == "1"
    assert environment.run(f"{scripts}/my-shell").strip() == "shell"
    shadow = subprocess.run([f"{scripts}/shadow"], capture_output=True, text=True)
    assert (shadow.returncode, shadow.stdout) == (3, "main my_pkg\n")


@pytest.mark.parametrize("name", ["with space", "it's a", "x" * 120])
def test_scripts_run_where_the_kernel_cannot_read_the_path(
    name: str, make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    environment = make_environment(name)
    environment.install(rich_wheel(tmp_path / "wheels"))
    script = f"{environment.target.scripts}/my-python"
    assert Path(script).read_text().startswith("#!/bin/sh\n")
    assert environment.run(script).strip() == environment.prefix
    done = subprocess.run([f"{environment.target.scripts}/my-main", "a b"], capture_output=True)
    assert done.returncode == 3


def test_scripts_of_a_relocatable_environment_move_with_it(
    environment: Environment, tmp_path: Path
) -> None:
    environment.target = replace(environment.target, relocatable=True)
    environment.install(rich_wheel(tmp_path / "wheels"))
    moved = str(tmp_path / "moved")
    os.rename(environment.prefix, moved)
    assert environment.run(f"{moved}/bin/my-python").strip() == moved


@pytest.mark.parametrize("mode", ["hardlink", "symlink", "copy", "clone"])
def test_every_link_mode_gives_the_same_content(
    mode: str, environment: Environment, tmp_path: Path
) -> None:
    environment.install(rich_wheel(tmp_path / "wheels"), mode=mode)
    assert environment.run("-c", "import my_top; print(my_top.version)").strip() == "1.0"
    for name in ("RECORD", "INSTALLER", "REQUESTED"):
        status = os.lstat(environment.site("My_Pkg-1.0.dist-info", name))
        assert stat.S_ISREG(status.st_mode)
        assert status.st_nlink == 1
    assert environment.run(f"{environment.target.scripts}/my-shell").strip() == "shell"
    assert environment.uninstall("my-pkg") == 21


def test_nothing_is_written_through_into_the_store(
    environment: Environment, tmp_path: Path
) -> None:
    wheel = rich_wheel(tmp_path / "wheels")
    (cached, _, _), *_ = environment.items([wheel])
    before = tree(environment.store.tree_path(cached.entry))
    environment.install(wheel, mode="hardlink")
    environment.install(wheel, mode="hardlink")
    environment.uninstall("my-pkg")
    assert tree(environment.store.tree_path(cached.entry)) == before


def test_direct_url_and_requested_are_recorded_as_told(
    environment: Environment, tmp_path: Path
) -> None:
    url = DirectUrl("file:///x/demo-1.0-py3-none-any.whl", "archive")
    environment.install(make_wheel(tmp_path), extras=WheelExtras(direct_url=url))
    info = Path(environment.site("demo-1.0.dist-info"))
    assert DirectUrl.parse((info / "direct_url.json").read_bytes()) == url
    assert not (info / "REQUESTED").exists()
    assert uv("pip", "freeze", "-p", environment.python).stdout == f"demo @ {url.url}\n"


def test_the_state_of_the_source_is_recorded_and_goes_with_the_distribution(
    environment: Environment, tmp_path: Path
) -> None:
    info, build = CacheInfo(1).to_json(), BuildInfo({"a": "b"}).to_json()
    extras = WheelExtras(cache_info=info, build_info=build)
    environment.install(make_wheel(tmp_path), extras=extras)
    place = Path(environment.site("demo-1.0.dist-info"))
    assert (place / "uv_cache.json").read_bytes() == info
    assert (place / "uv_build.json").read_bytes() == build
    paths = [row[0] for row in parse_record((place / "RECORD").read_bytes())]
    assert {f"demo-1.0.dist-info/{name}" for name in ("uv_cache.json", "uv_build.json")} < {*paths}
    uv("pip", "uninstall", "-p", environment.python, "demo")
    assert not place.exists()


def test_without_installer_metadata_only_record_is_added(
    environment: Environment, tmp_path: Path
) -> None:
    url = DirectUrl("file:///x/demo-1.0-py3-none-any.whl", "archive")
    extras = WheelExtras(
        requested=True, direct_url=url, installer="", cache_info=b"{}", build_info=b"{}"
    )
    environment.install(make_wheel(tmp_path), extras=extras)
    names = os.listdir(environment.site("demo-1.0.dist-info"))
    assert sorted(names) == ["METADATA", "RECORD", "WHEEL"]


def test_platlib_wheels_go_to_platlib(environment: Environment, tmp_path: Path) -> None:
    other = str(tmp_path / "env/plat")
    environment.target = replace(environment.target, platlib=other)
    wheel = make_wheel(
        tmp_path, files={"a.py": ""}, purelib=False, data={"purelib/b.py": "", "data/c": "c"}
    )
    environment.install(wheel)
    assert sorted(os.listdir(other)) == ["a.py", "demo-1.0.dist-info"]
    record = Path(other, "demo-1.0.dist-info/RECORD").read_bytes()
    paths = [row[0] for row in parse_record(record)]
    assert f"../{SITE}/b.py" in paths
    assert "../c" in paths
    dist = replace(environment_dist(other), location=other)
    from weft.install.uninstall import uninstall

    uninstall(environment.target, dist)
    assert os.listdir(other) == []
    assert not os.path.exists(environment.site("b.py"))


def environment_dist(location: str):  # type: ignore[no-untyped-def]
    from weft.core.distribution import InstalledDist
    from weft.core.names import NormalizedName

    path = f"{location}/demo-1.0.dist-info"
    return InstalledDist(NormalizedName("demo"), "demo", "1.0", path, location, "dist-info")


@pytest.mark.parametrize("kind", ["target", "prefix"])
def test_targets_without_environment_are_laid_out_as_uv_does(
    kind: str, environment: Environment, tmp_path: Path
) -> None:
    wheel = rich_wheel(tmp_path / "wheels")
    ours, theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
    make = directory_target if kind == "target" else prefix_target
    environment.target = make(probe(environment.python, environment.store), ours)
    environment.install(wheel)
    uv(
        "pip", "install", "-p", environment.python, "--no-index", "-f", os.path.dirname(wheel),
        f"--{kind}", theirs, "my-pkg",
    )  # fmt: skip
    own = {path for path in tree(theirs) if path.endswith(("uv_cache.json", ".lock"))}
    assert set(tree(ours)) == set(tree(theirs)) - own
    environment.uninstall("my-pkg")
    assert tree(ours) == {}


def test_pip_gets_the_script_of_the_target(environment: Environment, tmp_path: Path) -> None:
    points = {"pip": "pip:main", "pip3": "pip:main", "pip3.99": "pip:main"}
    environment.install(make_wheel(tmp_path, "pip", entry_points={"console_scripts": points}))
    scripts = {name for name in os.listdir(environment.target.scripts) if name.startswith("pip")}
    assert scripts == {"pip", "pip3", f"pip{PYTHON[6:]}"}


def test_reserved_script_names_are_refused_before_anything_is_written(
    environment: Environment, tmp_path: Path
) -> None:
    good, bad = environment.items(
        [
            make_wheel(tmp_path, "good"),
            make_wheel(tmp_path, "bad", entry_points={"console_scripts": {"run": "bad:main"}}),
        ]
    )
    before = environment.tree()
    for entry, words in [
        (("console", "python3.11", "bad", "main"), "reserved name"),
        (("console", "../evil", "bad", "main"), "within the scripts directory"),
        (("console", "run", "bad;import os", "main"), "not of the form"),
        (("console", "run", "bad", "main()"), "not of the form"),
    ]:
        fields = list(bad[1]._fields)
        fields[8] = (entry,)
        manifest = type(bad[1])(tuple(fields))
        with pytest.raises(InstallFailure) as caught:
            install_wheels(
                environment.target,
                [good, (bad[0], manifest, bad[2])],
                store=environment.store,
                mode="auto",
            )
        assert caught.value.message == "Failed to install: bad-1.0-py3-none-any.whl (bad==1.0)"
        assert words in str(caught.value.__cause__)
        assert environment.tree() == before


def test_a_script_that_shadows_activation_is_warned_about(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(
        make_wheel(tmp_path, entry_points={"console_scripts": {"activate_this.py": "demo:main"}})
    )
    assert environment.warnings == [
        "The script name `activate_this.py` is reserved for virtual environment activation scripts."
    ]


def test_an_error_leaves_nothing_behind(environment: Environment, tmp_path: Path) -> None:
    os.mkdir(environment.site("my_top.py"))
    before = environment.tree()
    with pytest.raises(Exception, match="my_top"):
        environment.install(rich_wheel(tmp_path / "wheels"), make_wheel(tmp_path / "wheels"))
    assert environment.tree() == before
    assert sorted(os.listdir(environment.target.purelib)) == ["my_top.py"]


def test_what_other_tools_left_without_a_record_is_replaced(
    environment: Environment, tmp_path: Path
) -> None:
    stale = Path(environment.site("demo-1.0.dist-info/licenses"))
    stale.mkdir(parents=True)
    (stale / "OLD").write_text("x")
    environment.install(make_wheel(tmp_path))
    assert not stale.exists()
    assert "demo" in pip(environment.python, "list")


def test_the_installation_is_what_the_installer_library_calls_valid(
    environment: Environment, tmp_path: Path
) -> None:
    from installer.records import parse_record_file

    environment.install(rich_wheel(tmp_path))
    text = Path(environment.site("My_Pkg-1.0.dist-info/RECORD")).read_text()
    rows = list(parse_record_file(text.splitlines()))
    assert len(rows) == 21
    from installer.records import RecordEntry

    for path, digest, size in rows:
        entry = RecordEntry.from_elements(path, digest, size)
        if not path.endswith("RECORD"):
            with open(environment.site(path), "rb") as stream:
                assert entry.validate_stream(stream), path
