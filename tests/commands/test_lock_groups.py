"""`weft lock` of groups that are for some Pythons only, beside uv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from tests.support.sync_pair import HEAD, Pair
from tests.support.wheels import make_wheel

GROUPS = """\
[dependency-groups]
dev = ["knot"]
lint = ["oil ; sys_platform == 'linux'", {include-group = "dev"}]
[tool.uv.dependency-groups]
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    ropes = ["rope<2 ; python_version < '3.10'", "rope>=2 ; python_version >= '3.10'"]
    make_wheel(wheels, "knot", "1.0", requires=ropes)
    for name in ("rope", "oil"):
        make_wheel(wheels, name, "1.0")
        make_wheel(wheels, name, "2.0")
    with IndexServer(wheels) as server:
        yield server


@pytest.mark.parametrize(
    "told",
    [
        'dev = { requires-python = ">=3.10" }\n',
        'lint = { requires-python = ">=3.9,<3.12" }\n',
        'dev = { requires-python = "<3" }\n',
        'dev = { requires-python = ">=3.10,!=3.10.2" }\nlint = { requires-python = "<3.13" }\n',
    ],
)
def test_the_markers_of_a_group_are_narrowed(tmp_path: Path, index: IndexServer, told: str) -> None:
    pair = Pair(tmp_path, index.url, tmp_path)
    pair.write("pyproject.toml", HEAD + GROUPS + told)
    locks = {}
    for name, place in pair.places.items():
        done = pair.run_one(name, "lock")
        assert done.code == 0, done.err
        locks[name] = (place / "uv.lock").read_text()
    assert 'requires-python = ">=3.8"' in locks["weft"]
    assert locks["weft"] == locks["uv"]
    assert "[package.group-requires-python]\n" in locks["weft"]
    for name, place in pair.places.items():
        other = "uv" if name == "weft" else "weft"
        (place / "uv.lock").write_text(locks[other])
        assert pair.run_one(name, "lock", "--check").code == 0
    loosened = told.replace(">=3.10", ">=3.9").replace("<3", "<4")
    pair.write("pyproject.toml", HEAD + GROUPS + loosened)
    for name in pair.places:
        assert pair.run_one(name, "lock", "--check").code == 1


def test_one_requirement_is_included_for_several_pythons(
    tmp_path: Path, index: IndexServer
) -> None:
    pair = Pair(tmp_path, index.url, tmp_path)
    groups = """\
[dependency-groups]
all = [{include-group = "new"}, {include-group = "old"}]
new = ["oil"]
old = ["oil"]
none = []
[tool.uv.dependency-groups]
new = { requires-python = "<3.14,>3.12,~=3.12,>=3.12" }
old = { requires-python = "<3.10" }
none = { requires-python = ">=3.11" }
"""
    pair.write("pyproject.toml", HEAD + groups)
    locks = []
    for name, place in pair.places.items():
        done = pair.run_one(name, "lock")
        assert done.code == 0, done.err
        locks.append((place / "uv.lock").read_text())
    assert locks[0] == locks[1]
    assert 'new = "~=3.12,>3.12,>=3.12,<3.14"\n' in locks[0]


def test_what_a_wanted_group_includes_decides_about_the_python(
    tmp_path: Path, index: IndexServer
) -> None:
    pair = Pair(tmp_path, index.url, tmp_path)
    groups = """\
[dependency-groups]
dev = [{include-group = "new"}]
all = [{include-group = "new"}, {include-group = "old"}]
new = []
old = []
[tool.uv.dependency-groups]
new = { requires-python = ">=3.13" }
old = { requires-python = "<3.10" }
"""
    pair.write("pyproject.toml", HEAD + groups)
    pair.same("sync", "-p", "3.11")
    pair.same("sync", "--group", "all")


def test_settings_of_a_group_that_is_not_there_are_refused(
    tmp_path: Path, index: IndexServer
) -> None:
    pair = Pair(tmp_path, index.url, tmp_path)
    pair.write("pyproject.toml", HEAD + GROUPS + 'nope = { requires-python = ">=3.10" }\n')
    pair.same("lock")
