"""Wheels come into the store from files and servers; one that fails stops the others."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from tests.fetch.helpers import Room, file, raised
from tests.support.index_server import IndexServer, half, slow, status
from tests.support.wheels import make_wheel, wrong_crc
from weft.core.distribution import File
from weft.core.events import DownloadEnded, DownloadStarted, PhaseAdvanced, PhaseEnded, PhaseStarted
from weft.core.value import replace
from weft.fetch.stored import Wanted, origin_of, stored
from weft.index.urls import file_url
from weft.store.errors import BadWheel, HashMismatch

NAMES = ("alpha", "beta", "gamma")


@pytest.fixture
def wheels(tmp_path: Path) -> str:
    """One wheel for each of `NAMES`."""
    directory = str(tmp_path / "wheels")
    for name in NAMES:
        make_wheel(directory, name, "1.0")
    return directory


def local(path: str, name: str, **facts: object) -> Wanted:
    found = File(os.path.basename(path), file_url(path))
    return Wanted(name, "1.0", found, **facts)  # type: ignore[arg-type]


def wanted(room: Room, *names: str) -> list[Wanted]:
    return [Wanted(name, "1.0", room.file(name, "1.0")) for name in names]


def staged(room: Room) -> list[str]:
    return os.listdir(room.store.staging()) if os.path.isdir(room.store.staging()) else []


def test_wheels_are_fetched_and_unpacked(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        made = room.preparation.run(wanted(room, *NAMES))
        assert set(made) == set(NAMES)
        for name, wheel in made.items():
            tree = Path(room.store.tree_path(wheel.entry))
            assert (tree / name / "__init__.py").read_text() == "version = '1.0'\n"
            assert room.store.manifest(wheel.entry).version == "1.0"
        assert server.count("file") == 3
        assert not staged(room)
        assert [stored(room.store, each) for each in wanted(room, *NAMES)] == [
            made[name] for name in NAMES
        ]


def test_files_of_this_machine_are_unpacked_where_they_lie(wheels: str, tmp_path: Path) -> None:
    paths = {name: f"{wheels}/{name}-1.0-py3-none-any.whl" for name in NAMES}
    with Room(tmp_path) as room:
        made = room.preparation.run([local(path, name) for name, path in paths.items()])
        assert set(made) == set(NAMES)
        assert all(map(os.path.exists, paths.values()))
        again = local(paths["beta"], "beta")
        assert stored(room.store, again) == made["beta"]
        make_wheel(wheels, "beta", "1.0", files={"beta/__init__.py": "new = True\n"})
        assert stored(room.store, again) is None  # it is another file now


def test_files_from_both_sides_come_together(wheels: str, tmp_path: Path) -> None:
    other = make_wheel(tmp_path / "here", "delta", "1.0")
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        made = room.preparation.run([*wanted(room, "alpha"), local(other, "delta")])
        assert set(made) == {"alpha", "delta"}
        assert os.path.exists(other)


def test_the_same_file_is_of_another_origin_on_another_index() -> None:
    listed = replace(file("demo-1.0-py3-none-any.whl"), index="https://index.test/simple")
    assert origin_of(listed) != origin_of(replace(listed, index="https://other.test/simple"))
    direct = replace(listed, index="")
    assert len({origin_of(listed), origin_of(direct)}) == 2
    assert origin_of(replace(direct, url="file:///a.whl")) != origin_of(direct)


def test_a_wheel_with_another_hash_than_listed_is_not_kept(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        good = wanted(room, "alpha")[0]
        bad = replace(good, file=replace(good.file, hashes=(("sha256", "0" * 64),)))
        with pytest.raises(HashMismatch):
            room.preparation.run([bad])
        assert stored(room.store, good) is None
        assert not staged(room)


@pytest.mark.parametrize("from_server", [True, False])
def test_a_wheel_that_the_request_does_not_allow_is_not_kept(
    wheels: str, tmp_path: Path, from_server: bool
) -> None:
    path = f"{wheels}/alpha-1.0-py3-none-any.whl"
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        good = wanted(room, "alpha")[0] if from_server else local(path, "alpha")
        wrong = replace(good, hashes=frozenset((f"sha256:{'1' * 64}",)))
        error = raised(lambda: room.preparation.run([wrong]))
        assert isinstance(error, HashMismatch)
        assert error.expected == (("sha256", "1" * 64),)
        assert error.computed == (("sha256", digest),)
        assert stored(room.store, good) is None


def test_what_is_stored_counts_only_with_the_right_hash(wheels: str, tmp_path: Path) -> None:
    path = f"{wheels}/alpha-1.0-py3-none-any.whl"
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    with Room(tmp_path) as room:
        plain = local(path, "alpha")
        room.preparation.run([replace(plain, hashes=frozenset((f"sha256:{digest}",)))])
        assert stored(room.store, plain)
        assert stored(room.store, replace(plain, hashes=frozenset((f"sha256:{digest}",))))
        assert not stored(room.store, replace(plain, hashes=frozenset((f"sha256:{'1' * 64}",))))
        assert not stored(room.store, replace(plain, hashes=frozenset((f"sha512:{'1' * 128}",))))
        relisted = replace(plain, file=replace(plain.file, hashes=(("sha256", "2" * 64),)))
        assert not stored(room.store, relisted)


@pytest.mark.parametrize("by_index", [True, False])
def test_a_file_of_this_machine_is_hashed_when_somebody_asks(
    wheels: str, tmp_path: Path, by_index: bool
) -> None:
    path = f"{wheels}/alpha-1.0-py3-none-any.whl"
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    plain = local(path, "alpha")

    def asked(digest: str) -> Wanted:
        if by_index:
            return replace(plain, file=replace(plain.file, hashes=(("sha256", digest),)))
        return replace(plain, hashes=frozenset((f"sha256:{digest}",)))

    with Room(tmp_path) as room:
        made = room.preparation.run([plain])["alpha"]
        assert made.hashes == ()
        assert stored(room.store, plain) == made
        assert stored(room.store, asked(digest)) is None
        with pytest.raises(HashMismatch):
            room.preparation.run([asked("1" * 64)])
        again = room.preparation.run([asked(digest)])["alpha"]
        assert again == replace(made, hashes=(("sha256", digest),))
        assert stored(room.store, asked(digest)) == stored(room.store, plain) == again


def test_a_download_that_fails_stops_the_others(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        jobs = wanted(room, *NAMES)
        for name in ("beta", "gamma"):  # their first bytes come after the failure of the other
            server.fail(f"/files/{name}-1.0-py3-none-any.whl", slow(0.5), always=True)
        server.fail("/files/alpha-1.0-py3-none-any.whl", status(500), always=True)
        error = raised(lambda: room.preparation.run(jobs))
        assert "500" in str(error.__cause__ or error)
        assert not any(stored(room.store, each) for each in jobs)
        room.threads.close()
        assert not staged(room)


def test_a_broken_wheel_is_an_error_and_not_kept(tmp_path: Path) -> None:
    directory = tmp_path / "bad"
    name = os.path.basename(wrong_crc(directory))
    with IndexServer(directory) as server, Room(tmp_path, server.url) as room:
        bad = Wanted("demo", "1.0", replace(file(name), url=server.file_url(name)))
        error = raised(lambda: room.preparation.run([bad]))
        assert isinstance(error, BadWheel)
        assert "CRC" in error.message
        assert stored(room.store, bad) is None
        assert not staged(room)


def test_a_download_that_breaks_off_leaves_nothing(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        jobs = wanted(room, "alpha")
        server.fail("/files/alpha-1.0-py3-none-any.whl", half(), always=True)
        raised(lambda: room.preparation.run(jobs))
        assert not stored(room.store, jobs[0])
        assert not staged(room)


def test_the_phase_is_told(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        room.preparation.run(wanted(room, *NAMES))
        assert room.events[0] == PhaseStarted("Preparing packages...", 3)
        assert room.events[-1] == PhaseEnded()
        told = {each.text for each in room.events if isinstance(each, PhaseAdvanced)}
        assert told == set(NAMES)
        for kind in (DownloadStarted, DownloadEnded):
            assert sum(isinstance(each, kind) for each in room.events) == 3


def test_what_began_early_is_fetched_once_and_told_when_its_turn_comes(
    wheels: str, tmp_path: Path
) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        jobs = wanted(room, *NAMES)
        for _ in range(2):
            room.preparation.begin(jobs[0])
        room.threads.submit(lambda: None).result()
        while not room.preparation.is_idle():
            threading.Event().wait(0.01)
        assert room.events == []
        assert room.preparation.has_fetched(jobs[0])
        assert not room.preparation.has_fetched(jobs[1])
        assert set(room.preparation.run(jobs)) == set(NAMES)
        assert server.count("file") == 3
        started = [each.name for each in room.events if isinstance(each, DownloadStarted)]
        assert started[0] == "alpha"
        assert sorted(started) == sorted(NAMES)


def test_what_began_in_vain_is_given_up_and_its_failure_not_told(
    wheels: str, tmp_path: Path
) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        jobs = wanted(room, *NAMES)
        server.fail("/files/beta-1.0-py3-none-any.whl", status(500), always=True)
        server.fail("/files/gamma-1.0-py3-none-any.whl", slow(0.5), always=True)
        for each in jobs[1:]:
            room.preparation.begin(each)
        assert set(room.preparation.run(jobs[:1])) == {"alpha"}
        room.threads.close()
        assert room.preparation.is_idle()
        assert stored(room.store, jobs[2]) is None
        assert not staged(room)


def test_what_fails_early_fails_when_it_is_asked_for(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        job = wanted(room, "beta")[0]
        server.fail("/files/beta-1.0-py3-none-any.whl", status(500), always=True)
        room.preparation.begin(job)
        assert "500" in str(raised(lambda: room.preparation.run([job])).__cause__)


def test_what_the_store_has_is_not_fetched_early(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Room(tmp_path, server.url) as room:
        jobs = wanted(room, "alpha")
        room.preparation.run(jobs)
        server.forget()
        with Room(tmp_path, server.url) as again:
            again.preparation.begin(jobs[0])
            assert set(again.preparation.run(jobs)) == {"alpha"}
            assert not again.preparation.has_fetched(jobs[0])
        assert server.count("file") == 0


def test_files_of_this_machine_are_unpacked_while_one_still_asks(tmp_path: Path) -> None:
    names = [f"big{number}" for number in range(6)]
    paths = {name: _large(tmp_path / "wheels", name) for name in names}
    with Room(tmp_path) as room:
        jobs = [local(path, name) for name, path in paths.items()]
        for job in jobs[:5]:
            room.preparation.begin(job)
            room.preparation.begin(job)
        assert [room.preparation.has_fetched(job) for job in jobs] == [True] * 5 + [False]
        while stored(room.store, jobs[0]) is None:  # nobody but a worker can do it
            time.sleep(0.01)
        made = room.preparation.run(jobs[1:])
        assert set(made) == set(names[1:])
        assert [stored(room.store, job) for job in jobs[1:]] == list(made.values())
        room.preparation.give_up()
        assert not staged(room)


def test_a_few_bytes_are_not_worth_a_process(wheels: str, tmp_path: Path) -> None:
    with Room(tmp_path) as room:
        job = local(f"{wheels}/alpha-1.0-py3-none-any.whl", "alpha")
        room.preparation.begin(job)
        assert not room.preparation.has_fetched(job)
        assert set(room.preparation.run([job])) == {"alpha"}


def test_nothing_is_begun_where_the_first_wheel_is_stored(tmp_path: Path) -> None:
    jobs = [local(_large(tmp_path / "wheels", name), name) for name in ("first", "second")]
    with Room(tmp_path) as room:
        room.preparation.run(jobs[:1])
    with Room(tmp_path) as room:
        for job in jobs:
            room.preparation.begin(job)
        assert not any(map(room.preparation.has_fetched, jobs))


def test_the_first_failure_of_a_file_of_this_machine_is_told_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    good = [local(_large(tmp_path / "wheels", name), name) for name in ("a", "b", "c")]
    bad = local(wrong_crc(tmp_path / "bad"), "demo")
    with Room(tmp_path) as room:
        for job in (*good, bad):
            room.preparation.begin(job)
        error = raised(lambda: room.preparation.run([*good, bad]))
        assert isinstance(error, BadWheel)
        assert stored(room.store, bad) is None
        assert not staged(room)


def test_what_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    jobs = [local(_large(tmp_path / "wheels", name), name) for name in NAMES]
    with Room(tmp_path) as room:
        for job in jobs:
            room.preparation.begin(job)
        assert room.preparation.has_fetched(jobs[0])
        room.preparation.give_up()
        assert not staged(room)
        left = [job for job in jobs if stored(room.store, job) is None]
        room.preparation.begin(replace(jobs[0], version="2.0"))
        assert set(room.preparation.run(left)) == {job.name for job in left}


def test_hashes_are_checked_of_what_was_begun_early(tmp_path: Path) -> None:
    jobs = [local(_large(tmp_path / "wheels", name), name) for name in NAMES]
    jobs[1] = replace(jobs[1], hashes=frozenset((f"sha256:{'1' * 64}",)))
    with Room(tmp_path) as room:
        for job in jobs:
            room.preparation.begin(job)
        error = raised(lambda: room.preparation.run(jobs))
        assert isinstance(error, HashMismatch)
        assert stored(room.store, jobs[1]) is None


def _large(directory: Path, name: str) -> str:
    """A wheel of more than a megabyte."""
    return make_wheel(directory, name, "1.0", files={f"{name}/data.bin": os.urandom(1_100_000)})
