"""Several places are one source of versions, by the strategy, and nothing is asked for twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fetch.helpers import Room
from tests.support.index_server import IndexServer, status
from tests.support.sdists import make_archive
from tests.support.wheels import make_wheel
from weft.core.distribution import File
from weft.core.errors import WeftError
from weft.core.metadata import Metadata
from weft.core.source import Source
from weft.fetch.database import ABSENT, ABSENT_LOCALLY, ABSENT_OFFLINE
from weft.fetch.orders import PythonTooOld
from weft.fetch.projects import Candidate
from weft.fetch.selection import Supported
from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable

LINUX = "cp311-cp311-manylinux_2_17_x86_64"


@pytest.fixture
def near(tmp_path: Path) -> str:
    """What the first index has: `demo` 1.0 and 2.0."""
    directory = str(tmp_path / "near")
    for version in ("1.0", "2.0"):
        make_wheel(directory, "demo", version, requires=["other>=1"])
    return directory


@pytest.fixture
def far(tmp_path: Path) -> str:
    """What the second index has: `demo` 2.0 and 3.0, and `other`."""
    directory = str(tmp_path / "far")
    make_wheel(directory, "demo", "2.0", tag=LINUX)
    make_wheel(directory, "demo", "3.0")
    make_wheel(directory, "other", "1.5")
    return directory


def test_the_first_index_that_has_a_project_is_the_only_one(
    near: str, far: str, tmp_path: Path
) -> None:
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url) as room,
    ):
        assert room.texts() == ("1.0", "2.0")
        assert room.texts("other") == ("1.5",)
        assert second.count(path="/simple/demo/") == 0
        assert isinstance(room.database.versions("absent"), Missing)


def test_best_match_takes_the_highest_version_of_all_indexes(
    near: str, far: str, tmp_path: Path
) -> None:
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url, strategy="unsafe-best-match") as room,
    ):
        assert room.texts() == ("1.0", "2.0", "3.0")
        assert room.resolve("demo")["demo"] == "3.0"


def test_first_match_takes_an_earlier_index_before_a_higher_version(
    near: str, far: str, tmp_path: Path
) -> None:
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url, strategy="unsafe-first-match") as room,
    ):
        assert room.resolve("demo") == {"demo": "2.0", "other": "1.5"}
        assert room.resolve("demo>2") == {"demo": "3.0"}
        assert room.resolve("demo<2") == {"demo": "1.0", "other": "1.5"}
        assert room.resolve("demo", strategy="lowest")["demo"] == "1.0"
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path / "b", second.url, first.url, strategy="unsafe-first-match") as room,
    ):
        assert room.resolve("demo")["demo"] == "3.0"
        assert room.resolve("demo", strategy="lowest")["demo"] == "2.0"


def test_first_match_passes_over_an_index_without_a_fitting_file(far: str, tmp_path: Path) -> None:
    foreign = str(tmp_path / "foreign")
    make_wheel(foreign, "demo", "3.0", tag="cp311-cp311-win_amd64")
    make_wheel(foreign, "demo", "1.0")
    with (
        IndexServer(foreign) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url, strategy="unsafe-first-match") as room,
    ):
        assert room.resolve("demo") == {"demo": "1.0"}
        assert room.resolve("demo>1") == {"demo": "3.0"}
        assert room.file("demo", "3.0").index == second.url


@pytest.mark.parametrize("strategy", ["unsafe-first-match", "unsafe-best-match"])
def test_of_one_version_the_file_of_the_earlier_index_is_taken(
    near: str, far: str, tmp_path: Path, strategy: str
) -> None:
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url, strategy=strategy) as room,
    ):
        assert room.file("demo", "2.0").index == first.url  # though that of the other fits better


def test_find_links_count_beside_an_index(near: str, far: str, tmp_path: Path) -> None:
    with IndexServer(near) as server, Room(tmp_path, server.url, find_links=[far]) as room:
        assert room.texts() == ("1.0", "2.0", "3.0")
        assert room.file("demo", "2.0").url.startswith("file://")  # it fits better
        assert room.file("demo", "3.0").url.startswith("file://")
        assert room.file("demo", "1.0").url.startswith(server.origin)


def test_find_links_do_without_an_index(far: str, tmp_path: Path) -> None:
    with Room(tmp_path, find_links=[far]) as room:
        assert room.resolve("demo<3", "other") == {"demo": "2.0", "other": "1.5"}
        missing = room.database.versions("absent")
        assert isinstance(missing, Missing)
        assert missing.reason == ABSENT_LOCALLY


def test_every_page_and_metadata_file_is_asked_for_once(
    near: str, far: str, tmp_path: Path
) -> None:
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url, strategy="unsafe-best-match") as room,
    ):
        for _ in range(2):
            room.database.prefetch(["demo", "other"])
            room.resolve("demo<3", "other")
            room.database.prefetch(["demo", "other"])
        room.threads.close(cancel=False)
        for server in (first, second):
            paths = [asked.path for asked in server.requests]
            assert len(paths) == len(set(paths))
            assert {"/simple/demo/", "/simple/other/"} <= set(paths)


def test_what_is_missing_says_where_it_was_looked_for(near: str, tmp_path: Path) -> None:
    with IndexServer(near) as server, Room(tmp_path, server.url) as room:
        assert room.database.versions("absent") == Missing(ABSENT)
    with (
        IndexServer(near) as server,
        Room(tmp_path / "b", server.url, offline=True) as room,
    ):
        found = room.database.versions("absent")
        assert isinstance(found, Missing)
        assert found.reason == ABSENT_OFFLINE
        assert "network was disabled" in found.hint


def test_a_refusal_ends_the_search_before_the_next_index(
    near: str, far: str, tmp_path: Path
) -> None:
    with (
        IndexServer(near, failures={"/simple/demo/": status(401)}) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url) as room,
    ):
        found = room.database.versions("demo")
        assert isinstance(found, Missing)
        assert "401" in found.hint
        assert second.count() == 0


def test_an_index_that_fails_is_an_error_for_whoever_asks(near: str, tmp_path: Path) -> None:
    with (
        IndexServer(near, failures={"/simple/demo/": status(500)}) as server,
        Room(tmp_path, server.url) as room,
    ):
        room.database.prefetch(["demo"])
        for _ in range(2):
            with pytest.raises(WeftError):
                room.database.versions("demo")
        assert server.count("page") == 1


def test_what_is_installed_stays_though_no_index_knows_it(near: str, tmp_path: Path) -> None:
    def metadata() -> object:
        from weft.core.metadata import Metadata

        return Metadata.parse(b"Metadata-Version: 2.1\nName: demo\nVersion: 1.5\n")

    installed = {"demo": Candidate("1.5", metadata, None)}  # type: ignore[arg-type]
    with IndexServer(near) as server, Room(tmp_path, server.url, installed=installed) as room:
        assert room.texts() == ("1.0", "1.5", "2.0")
        assert room.resolve("demo", preferences={"demo": "1.5"}) == {"demo": "1.5"}
        assert room.database.file("demo", 1) is None
        assert room.database.candidate("demo", 1) == Usable()
        assert server.count("metadata") == 0


def test_a_direct_candidate_hides_the_index(near: str, tmp_path: Path) -> None:
    def metadata() -> object:
        from weft.core.metadata import Metadata

        return Metadata.parse(b"Metadata-Version: 2.1\nName: demo\nVersion: 7\n")

    direct = {"demo": Candidate("7", metadata, None)}  # type: ignore[arg-type]
    with IndexServer(near) as server, Room(tmp_path, server.url, direct=direct) as room:
        room.database.prefetch(["demo"])
        assert room.resolve("demo") == {"demo": "7"}
        assert server.count() == 0


def test_yanked_versions_are_told_as_such(near: str, tmp_path: Path) -> None:
    yanked = {"demo-2.0-py3-none-any.whl": "broken"}
    with IndexServer(near, yanked=yanked) as server, Room(tmp_path, server.url) as room:
        found = room.database.candidate("demo", 1)
        assert found.yanked  # type: ignore[union-attr]
        assert found.reason == "was yanked (reason: broken)"  # type: ignore[union-attr]
        assert room.database.candidate("demo", 0) == Usable()


def test_whoever_listens_hears_of_the_files_that_are_picked(
    near: str, far: str, tmp_path: Path
) -> None:
    heard: list[tuple[str, str, File]] = []
    with (
        IndexServer(near) as first,
        IndexServer(far) as second,
        Room(tmp_path, first.url, second.url, picked=lambda *facts: heard.append(facts)) as room,
    ):
        found = room.database.dependencies("demo", 1)
        assert isinstance(found, Dependencies)
        assert [str(each.name) for each in found.requirements] == ["other"]
        assert heard == [("demo", "2.0", room.file("demo", "2.0"))]
        room.resolve("demo")
        assert {name for name, _, _ in heard} == {"demo", "other"}


def test_a_wheel_for_elsewhere_tells_what_a_source_distribution_requires(tmp_path: Path) -> None:
    directory = tmp_path / "files"
    make_wheel(directory, "demo", "1.0", tag="cp311-cp311-win_amd64", requires=["other"])
    make_archive(directory)
    with IndexServer(directory) as server, Room(tmp_path, server.url) as room:
        found = room.database.dependencies("demo", 0)
        assert isinstance(found, Dependencies)
        assert [each.name for each in found.requirements] == ["other"]
        assert room.file("demo", "1.0").filename == "demo-1.0.tar.gz"
        assert server.count("file") == 0


def test_a_version_that_no_python_here_can_ask_is_unusable_and_says_so(tmp_path: Path) -> None:
    directory = tmp_path / "files"
    make_archive(directory)

    def built(name: str, version: str, file: File) -> Metadata:
        source = Source("sdist", file.url, name, version, file)
        raise PythonTooOld(source, ">=3.10", python="3.9.18")

    with IndexServer(directory) as server, Room(tmp_path, server.url, built=built) as room:
        found = room.database.dependencies("demo", 0)
        assert isinstance(found, Unusable)
        assert found.reason == "requires Python >=3.10"
        assert "but Python 3.9.18 is installed" in found.hint


def test_a_choice_that_was_noted_is_taken_under_the_same_rules_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.index.ledger.WORTH_KEEPING", 1)
    files = str(tmp_path / "files")
    make_wheel(files, "demo", "1.0", tag=LINUX, requires=["linux"])
    make_wheel(files, "demo", "1.0", requires=["any"])
    make_wheel(files, "demo", "2.0", requires_python=">=3.12")
    seen = []
    with IndexServer(files) as server:
        for noted, given in (
            ("", {}),
            ("some", {}),
            ("some", {}),
            ("others", {"supported": Supported(["py3-none-any"])}),
            ("", {"supported": Supported(["py3-none-any"])}),
        ):
            with Room(tmp_path, server.url, given=given) as room:
                room.database._noted = bool(noted) and room.client.open_ledger(noted)
                count = server.count(path="/simple/demo/")
                file = room.file("demo", "1.0")
                wanted = room.database.dependencies("demo", 0)
                assert isinstance(wanted, Dependencies)
                newer = room.database.candidate("demo", 1)
                assert newer == Unusable("requires Python >=3.12", requires_python=">=3.12")
                seen.append((file, [each.name for each in wanted.requirements]))
                room.client.save_ledger()
                assert server.count(path="/simple/demo/") == count or not noted
    assert seen[0] == seen[1] == seen[2]
    assert seen[3] == seen[4]
    assert [names for _, names in seen[2:4]] == [["linux"], ["any"]]
