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
    assert _without_table(locks["weft"]) == _without_table(locks["uv"])


def _without_table(lock: str) -> str:
    """Without the Pythons of groups, which uv writes besides."""
    before, mark, rest = lock.partition("[package.group-requires-python]\n")
    return before + rest.partition("\n\n")[2] if mark else before
