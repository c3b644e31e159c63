"""`weft lock` with directories that are indexes, beside uv: whose versions count.

Owns the order of indexes of both kinds; the same project is locked on two machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from tests.support.sync_pair import HEAD, Pair
from tests.support.wheels import make_wheel

LINKS = '[[tool.uv.index]]\nname = "links"\nurl = "links"\nformat = "flat"\n'
OTHERS = '[[tool.uv.index]]\nname = "others"\nurl = "others"\nformat = "flat"\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1"])
    for name in ("wick", "oil"):
        make_wheel(wheels, name, "1.0")
        make_wheel(wheels, name, "2.0")
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture
def pair(tmp_path: Path, index: IndexServer) -> Pair:
    """`links` has oil 1.5, `others` oil 3.0; the index has 1.0 and 2.0."""
    pair = Pair(tmp_path, index.url, tmp_path)
    for place in pair.places.values():
        make_wheel(place / "links", "oil", "1.5")
        make_wheel(place / "others", "oil", "3.0")
    return pair


def locked(pair: Pair, text: str, *words: str) -> str:
    """The version of oil in the lock that both make."""
    pair.write("pyproject.toml", HEAD + 'dependencies = ["oil"]\n' + text)
    lock = pair.same("lock", *words).files["uv.lock"].decode()
    return lock.partition('name = "oil"\nversion = "')[2].partition('"')[0]


def test_a_directory_that_is_an_index_has_its_turn(pair: Pair, index: IndexServer) -> None:
    main = f'[[tool.uv.index]]\nname = "main"\nurl = "{index.url}"\n'
    assert locked(pair, LINKS) == "1.5"
    assert locked(pair, LINKS + OTHERS, "--upgrade") == "1.5"
    assert locked(pair, OTHERS + LINKS, "--upgrade") == "3.0"
    assert locked(pair, main + LINKS, "--upgrade") == "2.0"
    assert locked(pair, LINKS + OTHERS, "--upgrade", "--index-strategy", "unsafe-best-match") == (
        "3.0"
    )


def test_find_links_count_with_servers_alone(pair: Pair) -> None:
    assert locked(pair, '[tool.uv]\nfind-links = ["others"]\n') == "3.0"
    assert locked(pair, '[tool.uv]\nfind-links = ["others"]\n' + LINKS, "--upgrade") == "1.5"


def test_an_index_that_is_explicit_is_for_what_names_it(pair: Pair) -> None:
    explicit = LINKS + "explicit = true\n"
    assert locked(pair, explicit) == "2.0"
    assert locked(pair, f'{explicit}[tool.uv.sources]\noil = {{ index = "links" }}\n') == "1.5"


def test_a_lock_that_needs_an_index_is_stale_without_one(pair: Pair) -> None:
    links = '[tool.uv]\nfind-links = ["links"]\n'
    assert locked(pair, links) == "2.0"
    assert locked(pair, links, "--no-index") == "1.5"
    pair.write("pyproject.toml", HEAD + 'dependencies = ["oil"]\n')
    assert pair.run_one("weft", "lock").code == 0
    done = pair.run_one("weft", "lock", "--no-index")
    assert done.code == 1
    assert "oil was not found in the provided package locations" in done.err


def test_what_is_locked_from_another_index_than_the_named_one_is_chosen_anew(
    pair: Pair, index: IndexServer, tmp_path: Path
) -> None:
    for place in pair.places.values():
        make_wheel(place / "others", "oil", "1.5")
    make_wheel(tmp_path / "second", "oil", "1.0")
    with IndexServer(tmp_path / "second") as second:
        first = f'[[tool.uv.index]]\nname = "first"\nurl = "{index.url}"\nexplicit = true\n'
        both = (
            f'{first}[[tool.uv.index]]\nname = "second"\nurl = "{second.url}/"\nexplicit = true\n'
            f"{LINKS}explicit = true\n{OTHERS}explicit = true\n"
        )

        def of(name: str, *words: str) -> str:
            sources = f'[tool.uv.sources]\noil = {{ index = "{name}" }}\n' if name else ""
            return locked(pair, both + sources, *words)

        assert of("second") == "1.0"
        assert of("first") == "2.0", "1.0 is there as well, but it was another file"
        assert of("second") == "1.0"
        assert of("") == "1.0", "any index will do: what is locked stays"
        assert of("links") == "1.5"
        assert of("others") == "3.0"
