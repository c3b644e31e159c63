"""When installed distributions stand for directories and archives that are asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from weft.core.build_info import PLAIN, BuildInfo
from weft.core.cache_info import CacheInfo
from weft.core.distribution import DirectUrl
from weft.core.requirement import Requirement
from weft.install.inventory import Inventory
from weft.install.origins import DirectWant
from weft.store.store import Store

EDITABLE = DirectUrl("file:///w/demo", "dir", editable=True)
PLAIN_DIRECTORY = DirectUrl("file:///w/demo", "dir")
NOW = CacheInfo(2, None, None, (), (("src", None),)).to_json()
BUILT = BuildInfo({"a": "b"}).to_json()


def install(
    site: Path, name: str, *, requires: str = "", url: DirectUrl | None = None, **files: bytes
) -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: py3-none-any\n")
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    (info / "METADATA").write_text(text + (f"Requires-Dist: {requires}\n" if requires else ""))
    if url is not None:
        (info / "direct_url.json").write_text(url.to_json())
    for file, content in files.items():
        (info / f"{file}.json").write_bytes(content)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def satisfied(
    site: Path, *wants: DirectWant, plain: str = "", build: Callable[[str], bytes] | None = None
) -> bool:
    store = Store(str(site.parent / "store"))
    inventory = Inventory(store, [str(site)], environment={}, tags=["py3-none-any"])
    requirements = [Requirement.parse(plain)] if plain else []
    return inventory.satisfies(requirements, direct=wants, build_info=build)


@pytest.mark.parametrize("name", ["demo", ""])
def test_an_editable_that_has_not_changed_is_there(site: Path, name: str) -> None:
    install(site, "demo", url=EDITABLE, uv_cache=NOW, uv_build=PLAIN)
    install(site, "other")
    want = DirectWant(EDITABLE, NOW, name=name)
    assert satisfied(site, want)
    assert satisfied(site, want, want), "asked for twice"
    assert not satisfied(site, DirectWant(EDITABLE, CacheInfo(3).to_json(), name=name))
    assert not satisfied(site, DirectWant(PLAIN_DIRECTORY, NOW, name=name))
    assert not satisfied(site, DirectWant(EDITABLE, NOW, BUILT, name=name))
    assert not satisfied(site, want, DirectWant(PLAIN_DIRECTORY, NOW, name=name))


def test_the_name_has_to_be_that_of_the_project(site: Path) -> None:
    install(site, "demo", url=EDITABLE, uv_cache=NOW)
    assert not satisfied(site, DirectWant(EDITABLE, NOW, name="other"))
    assert not satisfied(site, DirectWant(DirectUrl("file:///w/x", "dir"), NOW))


def test_one_that_says_nothing_of_its_state_is_outdated(site: Path) -> None:
    install(site, "demo", url=EDITABLE)
    assert not satisfied(site, DirectWant(EDITABLE, NOW))
    assert satisfied(site, DirectWant(EDITABLE)), "what does not lie here has no state"


def test_a_record_in_another_spelling_is_read(site: Path) -> None:
    install(site, "demo", uv_cache=NOW)
    record = '{"dir_info": {"editable": true}, "url": "file:///w/demo/"}'
    (site / "demo-1.0.dist-info" / "direct_url.json").write_text(record)
    assert satisfied(site, DirectWant(EDITABLE, NOW))
    archive = DirectUrl("file:///w/demo-1.0.tar.gz", "archive")
    install(site, "two", url=archive, uv_cache=NOW)
    assert satisfied(site, DirectWant(archive, NOW))


def test_what_the_project_requires_has_to_be_there_too(site: Path) -> None:
    install(site, "demo", requires="other; extra == 'x'", url=EDITABLE, uv_cache=NOW)
    assert satisfied(site, DirectWant(EDITABLE, NOW))
    assert not satisfied(site, DirectWant(EDITABLE, NOW, extras=("x",)))
    install(site, "other")
    assert satisfied(site, DirectWant(EDITABLE, NOW, extras=("x",)))


def test_a_requirement_by_url_needs_a_want_for_it(site: Path) -> None:
    install(site, "demo", url=EDITABLE, uv_cache=NOW)
    install(site, "other", requires="demo @ file:///w/demo")
    assert not satisfied(site, plain="other")
    assert satisfied(site, DirectWant(EDITABLE, NOW), plain="other")


def test_an_editable_meets_a_requirement_by_name(site: Path) -> None:
    install(site, "demo", url=EDITABLE, uv_cache=NOW, uv_build=PLAIN)
    assert satisfied(site, plain="demo>=1")
    assert satisfied(site, plain="demo>=1", build=lambda _name: PLAIN)
    assert not satisfied(site, plain="demo>=1", build=lambda _name: BUILT)
    install(site, "other")
    assert satisfied(site, plain="other", build=lambda _name: BUILT), "it was not built here"
