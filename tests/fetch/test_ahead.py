"""What is read ahead is what will probably be asked for; a wrong guess changes no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fetch.helpers import ENVIRONMENT, Room
from tests.support.index_server import IndexServer, status
from tests.support.wheels import make_wheel
from weft.core.distribution import File
from weft.core.events import DownloadStarted
from weft.core.marker import Marker
from weft.core.requirement import Requirement
from weft.fetch.ahead import Ahead, Guess
from weft.fetch.stored import Wanted


class AtOnce:
    """A thread pool without threads."""

    def submit(self, function: Callable[[str], None], name: str) -> None:
        function(name)


class Asked:
    """The wheels that were to be fetched."""

    def __init__(self) -> None:
        self.wheels: list[str] = []

    def __call__(self, name: str, version: str, file: File) -> None:
        assert file.filename.startswith(f"{name}-{version}-")
        self.wheels.append(f"{name} {version}")


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IndexServer]:
    wheels = str(tmp_path / "wheels")
    wanted = [
        "middle<2",
        "here; sys_platform == 'linux'",
        "elsewhere; sys_platform == 'win32'",
        "placed @ https://files.invalid/placed-1.0-py3-none-any.whl",
    ]
    make_wheel(wheels, "top", "1.0", requires=wanted, extras={"more": ["extra"]})
    make_wheel(wheels, "middle", "1.5", requires=["bottom", "top"])
    make_wheel(wheels, "middle", "2.0", requires=["newest"])
    for name in ("bottom", "here", "elsewhere", "placed", "extra", "newest"):
        make_wheel(wheels, name, "1.0")
    with IndexServer(wheels) as running:
        yield running


def ahead(
    room: Room, asked: Asked | None = None, *limits: str, settled: tuple[str, ...] = ()
) -> Ahead:
    parsed = [Requirement.parse(each) for each in limits]
    guess = Guess(
        lambda text: Marker.parse(text).evaluate(ENVIRONMENT),
        {str(each.name): each.specifiers.ranges for each in parsed},
        asked,
        settled,
    )
    return Ahead(room.database, AtOnce, guess=guess)  # type: ignore[arg-type]


def pages(server: IndexServer) -> set[str]:
    return {each.target.split("/")[2] for each in server.requests if "/simple/" in each.target}


def test_what_is_required_here_is_read_without_being_named(
    server: IndexServer, tmp_path: Path, asked: Asked
) -> None:
    with Room(tmp_path, server.url) as room:
        ahead(room, asked, "top").start("top")
        assert pages(server) == {"top", "middle", "here", "bottom"}
        assert sorted(asked.wheels) == ["bottom 1.0", "here 1.0", "middle 1.5", "top 1.0"]
        count = server.count()
        room.database.dependencies("middle", room.texts("middle").index("1.5"))
        assert server.count() == count  # it was the version that the answer needs


def test_without_a_guess_only_what_is_named_is_read(server: IndexServer, tmp_path: Path) -> None:
    with Room(tmp_path, server.url) as room:
        Ahead(room.database, AtOnce, guess=None).start("top")  # type: ignore[arg-type]
        assert pages(server) == {"top"}
        assert server.count("metadata") == 1


def test_the_request_limits_the_guess(server: IndexServer, tmp_path: Path, asked: Asked) -> None:
    with Room(tmp_path, server.url) as room:
        ahead(room, asked, "middle<2").start("middle")
        assert "middle 1.5" in asked.wheels
        assert "newest" not in pages(server)


def test_nothing_is_fetched_that_somebody_else_has_ruled_out(tmp_path: Path, asked: Asked) -> None:
    wheels = str(tmp_path / "wheels")
    make_wheel(wheels, "top", "1.0", requires=["middle", "late"])
    make_wheel(wheels, "middle", "1.0", requires=["late<2"])
    make_wheel(wheels, "late", "1.0")
    make_wheel(wheels, "late", "2.0", requires=["late-needs"])
    make_wheel(wheels, "late_needs", "1.0", requires=["late<2"])
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        ahead(room, asked, "top").start("top")
        assert "late 2.0" not in asked.wheels
        assert {"top 1.0", "middle 1.0"} <= set(asked.wheels)


def test_nothing_is_fetched_of_which_the_solver_alone_knows_who_asks(
    server: IndexServer, tmp_path: Path, asked: Asked
) -> None:
    """It may have read in the cache that other versions are wanted."""
    with Room(tmp_path, server.url) as room:
        ahead(room, asked).start("middle")
        assert sorted(asked.wheels) == ["newest 1.0"]
        assert {"middle", "newest"} <= pages(server)


def test_what_is_settled_is_not_fetched(server: IndexServer, tmp_path: Path, asked: Asked) -> None:
    with Room(tmp_path, server.url) as room:
        ahead(room, asked, "top", settled=("middle", "top")).start("top")
        assert sorted(asked.wheels) == ["bottom 1.0", "here 1.0"]


def test_an_error_is_left_to_whoever_asks_in_earnest(
    server: IndexServer, tmp_path: Path, asked: Asked
) -> None:
    with Room(tmp_path, server.url) as room:
        server.fail("/simple/middle/", status(500), always=True)
        ahead(room, asked, "top").start("top")
        assert sorted(asked.wheels) == ["here 1.0", "top 1.0"]
        with pytest.raises(Exception, match="Failed to fetch"):
            room.database.versions("middle")


def test_who_lists_ever_more_is_not_followed_for_ever(
    server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.fetch.ahead._MOST_PROJECTS", 1)
    with Room(tmp_path, server.url) as room:
        ahead(room).start("top")
        assert pages(server) == {"top", "middle"}


def test_a_wheel_that_was_guessed_is_there_when_it_is_wanted(
    server: IndexServer, tmp_path: Path
) -> None:
    with Room(tmp_path, server.url) as room:
        wanted = Wanted("here", "1.0", room.file("here", "1.0"))
        wrong = Wanted("extra", "1.0", room.file("extra", "1.0"))
        room.preparation.guess(wanted)
        room.preparation.guess(wrong)
        found = room.preparation.run([wanted])
        assert list(found) == ["here"]
        assert server.count("file") <= 2
        told = [each.name for each in room.events if isinstance(each, DownloadStarted)]
        assert told == ["here"]  # and nothing of the wrong one
        late = Wanted("bottom", "1.0", room.file("bottom", "1.0"))
        room.preparation.guess(late)
        assert not room.preparation.has_fetched(late)  # what is wanted is known now
