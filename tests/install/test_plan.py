"""Plans: what is kept, replaced, removed, linked and fetched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.build_info import PLAIN, BuildInfo
from weft.core.cache_info import CacheInfo
from weft.core.distribution import CachedWheel, DirectUrl, InstalledDist, Vcs
from weft.core.events import Change
from weft.core.names import NormalizedName
from weft.install.plan import PlanOptions, Present, Wanted, changes, make_plan

URL = DirectUrl("https://h/demo-1.0.tar.gz", "archive")


def present(name: str = "demo", version: str = "1.0", **facts: Any) -> Present:
    complete = facts.pop("complete", True)
    path = f"/site/{name}-{version}.dist-info"
    dist = InstalledDist(NormalizedName(name), name, version, path, "/site", "dist-info", complete)
    return Present(dist, **facts)


def wanted(
    name: str = "demo", version: str = "1.0", url: DirectUrl | None = None, **facts: Any
) -> Wanted:
    return Wanted(NormalizedName(name), version, url, **facts)


def cached(name: str = "demo", version: str = "1.0") -> dict[NormalizedName, CachedWheel]:
    key = NormalizedName(name)
    return {key: CachedWheel("e" * 64, key, version, f"{name}-{version}-py3-none-any.whl")}


DIRECTORY = DirectUrl("file:///d", "dir", editable=True)
NOW, BEFORE = CacheInfo(2).to_json(), CacheInfo(1).to_json()
BUILT = BuildInfo({"a": "b"}).to_json()

KEPT = [
    (present(direct_url=DIRECTORY, cache_info=NOW), wanted(url=DIRECTORY, cache_info=NOW),
     PlanOptions(), True),
    (present(direct_url=DIRECTORY, cache_info=BEFORE), wanted(url=DIRECTORY, cache_info=NOW),
     PlanOptions(), False),
    (present(direct_url=DIRECTORY), wanted(url=DIRECTORY, cache_info=NOW), PlanOptions(), False),
    (present(direct_url=DIRECTORY, cache_info=BEFORE), wanted(), PlanOptions(), True),
    (present(direct_url=DirectUrl("file:///d", "dir"), cache_info=NOW),
     wanted(url=DIRECTORY, cache_info=NOW), PlanOptions(), False),
    (present(build_info=PLAIN), wanted(build_info=PLAIN), PlanOptions(), True),
    (present(build_info=BUILT), wanted(build_info=PLAIN), PlanOptions(), False),
    (present(build_info=BUILT), wanted(), PlanOptions(), True),
    (present(), wanted(build_info=BUILT), PlanOptions(), True),
    (present(), wanted(), PlanOptions(), True),
    (present(version="2.0"), wanted(), PlanOptions(), False),
    (present(version="1.0.0"), wanted(), PlanOptions(), True),
    (present(version="odd"), wanted(), PlanOptions(), False),
    (present(complete=False), wanted(), PlanOptions(), False),
    (present(compatible=False), wanted(), PlanOptions(), False),
    (present(), wanted(), PlanOptions(reinstall=True), False),
    (present(), wanted(), PlanOptions(reinstall_packages=frozenset(["demo"])), False),
    (present(), wanted(), PlanOptions(reinstall_packages=frozenset(["other"])), True),
    (present(direct_url=URL), wanted(), PlanOptions(), True),
    (present(direct_url=URL), wanted(), PlanOptions(strict_sources=True), False),
    (present(), wanted(url=URL), PlanOptions(), False),
    (present(direct_url=URL), wanted(url=URL), PlanOptions(), True),
    (present(direct_url=DirectUrl("https://u:p@h/demo-1.0.tar.gz#x", "archive")), wanted(url=URL),
     PlanOptions(), True),
    (present(direct_url=DirectUrl(URL.url, "dir")), wanted(url=URL), PlanOptions(), False),
    (present(direct_url=DirectUrl("file:///d", "dir", editable=True)),
     wanted(url=DirectUrl("file:///d/", "dir")), PlanOptions(), False),
    (present(direct_url=DirectUrl(URL.url, "archive", subdirectory="s")), wanted(url=URL),
     PlanOptions(), False),
    (present(direct_url=DirectUrl("https://h/x.git", "vcs", vcs=Vcs("git", "a" * 40, "main"))),
     wanted(url=DirectUrl("https://h/x", "vcs", vcs=Vcs("git", "a" * 40, "main"))),
     PlanOptions(), True),
    (present(direct_url=DirectUrl("https://h/x.git", "vcs", vcs=Vcs("git", "a" * 40, "main"))),
     wanted(url=DirectUrl("https://h/x", "vcs", vcs=Vcs("git", "b" * 40, "main"))),
     PlanOptions(), False),
    (present(direct_url=DirectUrl("https://h/x.git", "vcs", vcs=Vcs("git", "a" * 40, "main"))),
     wanted(url=DirectUrl("https://h/x", "vcs", vcs=Vcs("git", "a" * 40, "v1"))),
     PlanOptions(), True),
]  # fmt: skip


@pytest.mark.parametrize(("here", "item", "options", "kept"), KEPT)
def test_what_satisfies_stays(
    here: Present, item: Wanted, options: PlanOptions, kept: bool
) -> None:
    plan = make_plan([item], [here], cached(), options)
    assert plan.keep == ((here.dist,) if kept else ())
    assert plan.replace == (() if kept else (here.dist,))
    assert [name for name, _ in plan.link] == ([] if kept else [item])
    assert plan.is_empty == kept


def test_what_is_installed_twice_is_replaced() -> None:
    both = [present(version="1.0"), present(version="2.0")]
    plan = make_plan([wanted()], both, cached(), PlanOptions())
    assert plan.replace == (both[0].dist, both[1].dist)
    assert len(plan.link) == 1


def test_what_is_not_cached_is_fetched() -> None:
    plan = make_plan([wanted("b"), wanted("a")], [], cached("b"), PlanOptions())
    assert [item.name for item in plan.fetch] == ["a"]
    assert [item.name for item, _ in plan.link] == ["b"]


def test_exact_removes_the_rest_but_for_seeds() -> None:
    here = [present("demo"), present("extra"), present("pip")]
    options = PlanOptions(exact=True, seeds=frozenset(["pip"]))
    assert [dist.name for dist in make_plan([wanted()], here, {}, options).remove] == ["extra"]
    assert make_plan([wanted()], here, {}, PlanOptions()).remove == ()


NAMES = st.sampled_from(["a", "b", "c", "d"])
VERSIONS = st.sampled_from(["1", "2"])


@given(
    st.dictionaries(NAMES, VERSIONS), st.dictionaries(NAMES, VERSIONS), st.booleans(), st.booleans()
)
def test_a_plan_carried_out_leaves_what_was_wanted(
    want: dict[str, str], have: dict[str, str], exact: bool, reinstall: bool
) -> None:
    here = [present(name, version) for name, version in have.items()]
    plan = make_plan(
        [wanted(name, version) for name, version in want.items()],
        here,
        {},
        PlanOptions(exact=exact, reinstall=reinstall),
    )
    after = {(item.dist.name, item.dist.version) for item in here}
    after -= {(dist.name, dist.version) for dist in plan.remove + plan.replace}
    after |= {(item.name, item.version) for item in plan.fetch}
    goal = set(want.items()) if exact else set(({**have, **want}).items())
    assert after == goal
    assert not exact or reinstall or plan.is_empty == (want == have)


def test_change_lines_are_sorted_and_joined() -> None:
    lines = changes(
        [("b", "1.0", "file:///b"), ("a", "1.0", ""), ("c", "3", " x"), ("e", "1", "")],
        [("a", "2.0", ""), ("b", "1.0", "file:///b"), ("d", "1", ""), ("e", "1", "file:///e")],
    )
    assert lines == (
        Change("removed", "a", "1.0"),
        Change("added", "a", "2.0"),
        Change("reinstalled", "b", "1.0", "file:///b"),
        Change("removed", "c", "3", " x"),
        Change("added", "d", "1"),
        Change("removed", "e", "1"),
        Change("added", "e", "1", "file:///e"),
    )
