"""`weft sync` of what does not come from an index, beside uv."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels, make_sdist
from tests.support.index_server import IndexServer
from tests.support.sync_pair import BUILD, HEAD, Pair
from tests.support.wheels import make_wheel


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1"])
    make_wheel(wheels, "wick", "2.0")
    make_wheel(wheels, "oil", "1.0", tag="py3-none-win_amd64")
    make_wheel(wheels, "oil", "1.0", tag="py3-none-manylinux_2_17_x86_64")
    make_wheel(wheels, "frost", "1.0", tag="py3-none-win_amd64")
    make_sdist(wheels, "flit_core", "candle", "1.0")
    backend_wheels(wheels, "uv_build", "hatchling", "flit_core")
    return wheels


@pytest.fixture(scope="module")
def index(wheels: Path) -> Iterator[IndexServer]:
    with IndexServer(wheels) as server:
        yield server


def twice(pair: Pair, *words: str) -> None:
    """The same from nothing, and then nothing to do. Both have the files already, or have built
    them: what uv has of them from locking differs."""
    for name, place in pair.places.items():
        done = pair.run_one(name, "sync", "--frozen", *words)
        assert done.code == 0, done.err
        shutil.rmtree(place / ".venv")
    pair.same("sync", "--frozen", *words)
    assert pair.lines("sync", "--frozen", *words)[-1].startswith("Checked")


def test_files_by_path_and_url(pair: Pair, wheels: Path, index: IndexServer) -> None:
    files = index.url.removesuffix("/simple") + "/files"
    pair.write("pyproject.toml", HEAD + 'dependencies = ["lantern", "wick", "candle"]\n'
               "[tool.uv.sources]\n"
               f'lantern = {{ url = "{files}/lantern-1.0-py3-none-any.whl" }}\n'
               'wick = { path = "files/wick-2.0-py3-none-any.whl" }\n'
               'candle = { path = "files/candle-1.0.tar.gz" }\n')  # fmt: skip
    for place in pair.places.values():
        (place / "files").mkdir()
        for name in ("wick-2.0-py3-none-any.whl", "candle-1.0.tar.gz"):
            (place / "files" / name).write_bytes((wheels / name).read_bytes())
    pair.lock()
    twice(pair)
    pair.same("sync", "--frozen", "--no-install-local")
    pair.same("sync", "--frozen", "--only-install-local")


def test_directories(pair: Pair) -> None:
    pair.package("parts/a", "part_a", HEAD.replace("demo", "part-a") + BUILD)
    pair.package("parts/b", "part_b", HEAD.replace("demo", "part-b") + BUILD)
    pair.project(
        HEAD + 'dependencies = ["part-a", "part-b"]\n[tool.uv.sources]\n'
        'part-a = { path = "parts/a" }\npart-b = { path = "parts/b", editable = true }\n'
    )
    twice(pair)
    twice(pair, "--no-editable")
    twice(pair, "--editable")
    twice(pair, "--no-editable-package", "part-b")
    pair.same("sync", "--frozen", "--no-install-local")


def test_repositories(pair: Pair, tmp_path: Path) -> None:
    pair.environ["PATH"] += ":/usr/bin:/bin"  # `git submodule` is a shell script
    tree = tmp_path / "repository"
    (tree / "inner" / "src" / "hearth").mkdir(parents=True)
    (tree / "inner" / "src" / "hearth" / "__init__.py").write_text("warm = True\n")
    (tree / "inner" / "pyproject.toml").write_text(HEAD.replace("demo", "hearth") + BUILD)
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "one"),
        ("tag", "v1"),
    ):
        subprocess.run(["git", *words], cwd=tree, check=True)
    pair.project(
        HEAD + 'dependencies = ["hearth"]\n[tool.uv.sources]\n'
        f'hearth = {{ git = "file://{tree}", tag = "v1", subdirectory = "inner" }}\n'
    )
    pair.run_one("weft", "sync", "--frozen")
    assert pair.run_one("uv", "sync", "--frozen", "--project", str(pair.places["weft"])).lines == [
        "Checked 1 package in T"
    ]
    pair.run_one("uv", "sync", "--frozen")
    words = ("sync", "--frozen", "--project", str(pair.places["uv"]))
    assert pair.run_one("weft", *words).lines == ["Checked 1 package in T"]


def test_source_distributions_of_an_index(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["candle"]\n')
    twice(pair)
    assert pair.same("sync", "--frozen", "--reinstall", "--no-build").code == 2


def test_flat_indexes(pair: Pair, wheels: Path) -> None:
    for place in pair.places.values():
        (place / "flat").mkdir()
        for name in ("wick-2.0-py3-none-any.whl", "lantern-1.0-py3-none-any.whl"):
            (place / "flat" / name).write_bytes((wheels / name).read_bytes())
    pair.project(
        HEAD + 'dependencies = ["lantern"]\n[tool.uv]\nno-index = true\nfind-links = ["flat"]\n'
    )
    twice(pair)


def test_files_for_platforms(pair: Pair) -> None:
    pair.project(HEAD + 'dependencies = ["oil"]\n')
    twice(pair)
    pair.same("sync", "--frozen", "--python-platform", "windows")
    pair.same("sync", "--frozen", "--python-platform", "x86_64-unknown-linux-gnu")
    theirs, ours = (
        pair.run_one(name, "sync", "--frozen", "--python-platform", "macos")
        for name in ("uv", "weft")
    )
    assert ours.code == theirs.code == 2
    assert ours.err.splitlines()[0] == theirs.err.splitlines()[0]


def test_a_package_that_has_nothing_for_this_platform(pair: Pair) -> None:
    pair.project(HEAD + "dependencies = [\"frost; sys_platform == 'win32'\"]\n")
    twice(pair)
    pair.project(HEAD + 'dependencies = ["frost"]\n')
    theirs, ours = (pair.run_one(name, "sync", "--frozen") for name in ("uv", "weft"))
    assert ours.code == theirs.code == 2
    assert ours.err.splitlines()[0] == theirs.err.splitlines()[0]
    pair.same("sync", "--frozen", "--no-install-package", "frost")


def test_what_has_gone_is_told(pair: Pair) -> None:
    pair.package("lib", "lib", HEAD.replace("demo", "lib") + BUILD)
    pair.project(HEAD + 'dependencies = ["lib"]\n[tool.uv.sources]\nlib = { path = "lib" }\n')
    for place in pair.places.values():
        (place / "lib").rename(place / "elsewhere")
    theirs, ours = (pair.run_one(name, "sync", "--frozen") for name in ("uv", "weft"))
    assert ours.code == theirs.code == 2
    assert ours.err.splitlines()[-2] == theirs.err.splitlines()[-2]
    assert ours.err.splitlines()[-1].startswith("  cause: Distribution not found at: file://")


@pytest.mark.parametrize("where", ["variables", "url"])
def test_an_index_that_wants_a_password(pair: Pair, wheels: Path, where: str) -> None:
    with IndexServer(wheels, auth=("jo", "secret")) as server:
        url = server.url if where == "variables" else server.url_with("jo", "secret")
        pair.write("pyproject.toml", HEAD + 'dependencies = ["wick"]\n'
                   f'[[tool.uv.index]]\nname = "own"\nurl = "{url}"\ndefault = true\n')  # fmt: skip
        login = {"UV_INDEX_OWN_USERNAME": "jo", "UV_INDEX_OWN_PASSWORD": "secret"}
        pair.environ.update(login if where == "variables" else {})
        pair.environ["WEFT_CACHE_DIR"] = str(pair.root / "weft-cold")
        del pair.environ["UV_DEFAULT_INDEX"]
        pair.lock()
        assert server.url in (pair.places["weft"] / "uv.lock").read_text()
        assert "secret" not in (pair.places["weft"] / "uv.lock").read_text()
        done = pair.run_one("weft", "sync", "--frozen")
        assert done.code == 0, done.err
        assert "secret" not in done.err
        assert pair.run_one("weft", "sync", "--frozen").lines == ["Checked 1 package in T"]
        if where == "variables":
            for name in login:
                del pair.environ[name]
            refused = pair.run_one("weft", "sync", "--frozen", "--reinstall", "--no-cache")
            assert refused.code != 0
            assert "Failed to download `wick==2.0`" in refused.err


def test_large_files_are_named_while_they_come(pair: Pair, tmp_path: Path) -> None:
    wheels = tmp_path / "large"
    noise = "".join(hashlib.sha256(b"%d" % number).hexdigest() + "\n" for number in range(60_000))
    make_wheel(wheels, "boulder", "1.0", files={"boulder.txt": noise})
    with IndexServer(wheels, sizes=False) as server:
        pair.environ["UV_DEFAULT_INDEX"] = server.url
        pair.project(HEAD + 'dependencies = ["boulder"]\n')
        pair.environ["WEFT_CACHE_DIR"] = str(tmp_path / "cold-weft")
        pair.environ["UV_CACHE_DIR"] = str(tmp_path / "cold-uv")
        lines = pair.lines("sync", "--frozen")
    assert lines[2].startswith("Downloading boulder (")
    assert lines[3] == " Downloaded boulder"
