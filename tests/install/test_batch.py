"""What is remembered of wheels that were installed together: as good as their manifests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.install.helpers import PYTHON, SITE, Environment
from tests.install.test_spares import facts, fill, install, on_shelves, places, wheels
from tests.install.test_wheel import rich_wheel
from tests.support.wheels import make_wheel
from weft.core.value import replace
from weft.install.batch import recall, remember
from weft.install.spares import Spares
from weft.install.wheel import PlacedWheel, WheelExtras, install_wheels
from weft.store.layout import Bucket
from weft.store.manifest import Manifest
from weft.store.outline import OutlinedManifest, outline_of
from weft.store.spares import Shelf
from weft.store.store import Store

MakeEnvironment = Callable[[str], Environment]


def keep(environment: Environment, items: list[Any]) -> None:
    """Remember the batch."""
    names = {wheel.entry: str(wheel.name) for wheel, *_ in items}
    remember(environment.store, environment.target, names, environment.store.manifest)


def outlined(environment: Environment, items: list[Any], read: list[str]) -> list[Any]:
    """The same items by what is remembered; `read` gets the entries that are read all the same."""
    entries = [wheel.entry for wheel, *_ in items]
    known = recall(environment.store, environment.target, entries)
    assert known is not None

    def load(entry: str) -> Manifest:
        read.append(entry)
        return environment.store.manifest(entry)

    return [
        (wheel, OutlinedManifest(wheel.entry, known[wheel.entry], load), extras)
        for wheel, _, extras in items
    ]


def put(environment: Environment, items: list[Any], *, spares: Spares | None) -> None:
    install_wheels(
        environment.target,
        items,
        store=environment.store,
        mode="auto",
        spares=spares,
        apart=True,
        sink=environment.sink,
    )


def test_an_outline_says_what_the_manifest_says(environment: Environment, tmp_path: Path) -> None:
    for path in wheels(tmp_path / "wheels"):
        [(wheel, manifest, _)] = environment.items([path])
        read: list[str] = []

        def load(entry: str, read: list[str] = read, manifest: Manifest = manifest) -> Manifest:
            read.append(entry)
            return manifest

        outline = OutlinedManifest(wheel.entry, outline_of(manifest), load)
        for name in (
            "dist_info", "root_is_purelib", "rewrites", "entry_points", "other_rows", "files",
            "bytes", "tops", "folders", "is_plain",
        ):  # fmt: skip
            assert getattr(outline, name) == getattr(manifest, name), name
        assert read == []
        assert (outline.groups, outline.record) == (manifest.groups, manifest.record)
        assert outline.facts() == manifest.facts()
        assert read == [wheel.entry], "once"
        assert outline.whole() is manifest


def test_tops_are_what_a_tree_has_right_below_its_roots(
    environment: Environment, tmp_path: Path
) -> None:
    [(_, manifest, _)] = environment.items([rich_wheel(tmp_path / "wheels")])
    site = environment.target.purelib
    before = set(os.listdir(site))
    environment.install(rich_wheel(tmp_path / "wheels"))
    tops = dict(manifest.tops)
    new = {os.fsencode(name) for name in os.listdir(site) if name not in before}
    brought = {name for scheme in ("lib", "purelib", "platlib") for name in tops.get(scheme, ())}
    assert new - {manifest.dist_info.encode()} == brought


def test_spares_of_a_known_batch_take_no_manifest(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    one, two, three = (make_environment(name) for name in ("one", "two", "three"))
    items = one.items(wheels(tmp_path / "wheels"))
    install(one, items)
    fill(one.store, items)
    keep(one, items)
    read: list[str] = []
    put(two, outlined(two, items, read), spares=Spares(lambda _entry: two.store, mode="auto"))
    assert read == []
    assert on_shelves(two.store) == 0
    assert facts(two.prefix) == facts(one.prefix)
    put(three, outlined(three, items, read), spares=None)
    assert sorted(read) == sorted(wheel.entry for wheel, *_ in items), "to be linked"
    assert facts(three.prefix) == facts(one.prefix)
    assert two.warnings == three.warnings


def test_wheels_with_a_file_in_common_are_no_batch(
    environment: Environment, tmp_path: Path
) -> None:
    script = {"console_scripts": {"both": "first:main"}}
    for number, more in enumerate(
        (
            {"files": {"both.py": "1"}},
            {"files": {"space/both.py": "1"}},
            {"data": {f"data/lib/{PYTHON}/site-packages/both.py": "1"}},
            {"scripts": {"both": "#!/bin/sh\n"}},
        )
    ):
        first: dict[str, Any] = {"files": {"both.py": "0", "space/both.py": "0"}}
        if "scripts" in more:
            first = {"entry_points": script}
        items = environment.items(
            [
                make_wheel(tmp_path / f"{number}", "first", f"{number}", **first),
                make_wheel(tmp_path / f"{number}", "second", f"{number}", **more),  # type: ignore[arg-type]
            ]
        )
        keep(environment, items)
        entries = [wheel.entry for wheel, *_ in items]
        assert recall(environment.store, environment.target, entries) is None, more


def test_a_batch_is_one_of_its_entries_and_its_layout(
    environment: Environment, tmp_path: Path
) -> None:
    items = environment.items(wheels(tmp_path / "wheels"))
    entries = [wheel.entry for wheel, *_ in items]
    store, target = environment.store, environment.target
    keep(environment, items)
    assert recall(store, target, reversed_(entries)) is not None
    assert recall(store, target, entries[1:]) is None
    assert recall(store, replace(target, version="3.99.0"), entries) is None
    assert recall(store, replace(target, scripts=f"{target.prefix}/scripts"), entries) is None
    [sheet] = Path(store.path(Bucket.INSTALLED)).glob("batch-*")
    for nonsense in (b"", b"nonsense", sheet.read_bytes()[:-10]):
        sheet.write_bytes(nonsense)
        assert recall(store, target, entries) is None


def reversed_(entries: list[str]) -> list[str]:
    return entries[::-1]


def test_what_lies_in_the_way_of_a_known_batch_is_told_as_ever(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    old = make_wheel(tmp_path / "old", "old", "1.0", files={"plain/a.py": "old"})
    told = []
    for name in ("linked", "renamed"):
        environment = make_environment(name)
        items = environment.items(wheels(tmp_path / "wheels"))
        fill(environment.store, items)
        keep(environment, items)
        environment.install(old)
        environment.warnings.clear()
        if name == "linked":
            install_wheels(
                environment.target, items, store=environment.store, mode="auto",
                sink=environment.sink,
            )  # fmt: skip
        else:
            spares = Spares(lambda _entry: environment.store, mode="auto")  # noqa: B023
            put(environment, outlined(environment, items, []), spares=spares)
        assert Path(environment.site("plain/a.py")).read_text() == "a = 1"
        told.append(environment.warnings)
    assert told[0] == told[1]
    assert any("`old` and `plain`" in text for text in told[0])


def test_a_cache_that_is_gone_or_wanted_alone_gets_no_sheet(
    environment: Environment, tmp_path: Path
) -> None:
    items = environment.items(wheels(tmp_path / "wheels"))
    manifests = {wheel.entry: manifest for wheel, manifest, _ in items}
    names = {wheel.entry: str(wheel.name) for wheel, *_ in items}
    other = Store(environment.store.root)
    assert other.lock_exclusive()
    remember(environment.store, environment.target, names, manifests.__getitem__)
    other.close()
    assert recall(environment.store, environment.target, names) is None
    shutil.rmtree(environment.store.path(Bucket.ENTRIES))
    remember(environment.store, environment.target, names, manifests.__getitem__)
    assert recall(environment.store, environment.target, names) is None


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_spare_that_is_cleared_away_while_it_is_taken_is_linked(
    environment: Environment, tmp_path: Path, moment: str
) -> None:
    path = make_wheel(
        tmp_path / "wheels", "plain", "1.0", files={"plain/a.py": "a = 1", "top.py": "t = 1"}
    )
    [item] = environment.items([path], WheelExtras(requested=True))
    fill(environment.store, [item])
    shelf = Shelf(environment.store, "auto")
    wheel = PlacedWheel(environment.target, item, environment.store, first_line=b"#!p\n")
    spares = Spares(lambda _entry: environment.store, mode="auto")
    wheel.take(spares)
    assert wheel.is_moved
    if moment == "before":
        shelf.clear(item[0].entry)
        assert list(places(environment.store)) == []
    else:  # another spare lies there by now
        fill(environment.store, [item])
        assert on_shelves(environment.store) == 1
    wheel.move(set())
    assert wheel.is_moved == (moment == "after")
    install_wheels(environment.target, [item], store=environment.store, mode="auto")
    assert sorted(os.listdir(environment.site("plain"))) == ["a.py"]
    assert environment.run("-c", "import top, plain.a") == ""
    fill(environment.store, [item])
    environment.uninstall("plain")
    assert install(environment, [item])[1] == 1
    assert environment.run("-c", "import top, plain.a") == ""
    assert SITE in environment.site()


def test_two_at_once_both_get_everything(make_environment: MakeEnvironment, tmp_path: Path) -> None:
    first = make_environment("first")
    items = first.items(wheels(tmp_path / "wheels"))
    install(first, items)
    for number in range(4):
        fill(first.store, items)
        environments = [make_environment(f"{number}-{each}") for each in "ab"]
        children = []
        for environment in environments:
            child = os.fork()
            if not child:
                try:
                    spares = Spares(lambda _entry: first.store, mode="auto")
                    install_wheels(
                        environment.target, items, store=first.store, mode="auto", spares=spares
                    )
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
        for environment in environments:
            assert facts(environment.prefix) == facts(first.prefix)
