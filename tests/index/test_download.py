"""Files arrive complete and right, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.index.helpers import Rig, story
from tests.support.index_server import IndexServer, cut, garbage, half, status
from tests.support.wheels import make_wheel
from weft.core.events import DownloadEnded, DownloadProgress, DownloadStarted
from weft.core.value import replace
from weft.index.failures import (
    BrokenTransfer,
    FetchFailure,
    Offline,
    RetriesExhausted,
    SizeMismatch,
    StatusFailure,
)
from weft.store.errors import HashMismatch

NAME = "big-1.0-py3-none-any.whl"
PATH = f"/files/{NAME}"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel of about 400 kB."""
    files = {f"big/data{number}.bin": os.urandom(100_000) for number in range(4)}
    return Path(make_wheel(tmp_path / "wheels", "big", "1.0", files=files))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    directory = tmp_path / "target"
    directory.mkdir()
    return directory


def rig_for(tmp_path: Path, server: IndexServer, retries: int = 0) -> Rig:
    return Rig(tmp_path, server.url, settings={"retries": retries})


def fetch(rig: Rig, target: Path, **options: Any) -> Path:
    return Path(rig.client.download(rig.file("big"), str(target), **options))


def ranges(server: IndexServer) -> list[str | None]:
    return [each.headers.get("range") for each in server.requests if each.path == PATH]


def test_a_file_arrives_under_its_name(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        path = fetch(rig, target)
        assert path == target / NAME
        assert path.read_bytes() == wheel.read_bytes()
        assert os.listdir(target) == [NAME]
        assert rig.client.hashes(str(path)) == rig.file("big").hashes


def test_a_file_is_fetched_once(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        assert fetch(rig, target) == fetch(rig, tmp_path)
        assert server.count("file") == 1


def test_progress_is_told(wheel: Path, target: Path, tmp_path: Path) -> None:
    received: list[int] = []
    with IndexServer(wheel.parent, format="json") as server, rig_for(tmp_path, server) as rig:
        fetch(rig, target, progress=received.append, name="big")
        size = wheel.stat().st_size
        key = rig.file("big").url
        assert received == sorted(received)
        assert received[-1] == size
        assert rig.events[0] == DownloadStarted(key, "big", size)
        assert rig.events[-2:] == [DownloadProgress(key, size), DownloadEnded(key)]


@pytest.mark.parametrize("validator", ["etag", "last_modified"])
def test_a_broken_download_goes_on_where_it_broke(
    wheel: Path, target: Path, tmp_path: Path, validator: str
) -> None:
    options: dict[str, Any] = {validator: True}
    with IndexServer(wheel.parent, **options) as server, rig_for(tmp_path, server, 3) as rig:
        server.fail(PATH, cut(150_000), cut(100_000))
        assert fetch(rig, target).read_bytes() == wheel.read_bytes()
        assert ranges(server) == [None, "bytes=150000-", "bytes=250000-"]
        assert server.requests[-1].headers["if-range"]
        assert server.requests[-1].status == 206


def test_without_validators_the_digest_tells_whether_the_halves_fit(
    wheel: Path, target: Path, tmp_path: Path
) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server, 3) as rig:
        server.fail(PATH, cut(150_000))
        assert fetch(rig, target).read_bytes() == wheel.read_bytes()
        assert ranges(server) == [None, "bytes=150000-"]


def test_without_validator_and_digest_a_broken_download_starts_over(
    wheel: Path, target: Path, tmp_path: Path
) -> None:
    with IndexServer(wheel.parent, hashes=False) as server, rig_for(tmp_path, server, 3) as rig:
        server.fail(PATH, cut(150_000))
        assert fetch(rig, target).read_bytes() == wheel.read_bytes()
        assert ranges(server) == [None, None]


def test_a_server_without_ranges_sends_the_file_again(
    wheel: Path, target: Path, tmp_path: Path
) -> None:
    with IndexServer(wheel.parent, ranges=False) as server, rig_for(tmp_path, server, 3) as rig:
        server.fail(PATH, half(), half())
        assert fetch(rig, target).read_bytes() == wheel.read_bytes()
        assert server.count("file") == 3


def test_a_file_that_changes_in_between_starts_over(
    wheel: Path, target: Path, tmp_path: Path
) -> None:
    with (
        IndexServer(wheel.parent, etag=True, hashes=False) as server,
        rig_for(tmp_path, server, 3) as rig,
    ):
        rig.page("big")
        server.fail(PATH, cut(150_000))
        original = rig.transport.pause

        def pause(tries: int, asked: float | None = None) -> None:
            make_wheel(wheel.parent, "big", "1.0", files={"big.py": b"new" * 100_000})
            original(tries, asked)

        rig.transport.pause = pause  # type: ignore[method-assign]
        assert fetch(rig, target).read_bytes() == wheel.read_bytes()


def test_halves_that_do_not_fit_are_thrown_away(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server, 3) as rig:
        answer = garbage(b"x" * 150_000)
        answer.headers["Content-Length"] = "400000"  # type: ignore[index]
        server.fail(PATH, cut(1))
        rig.page("big")
        whole = wheel.read_bytes()
        wheel.write_bytes(b"!" + whole[1:])  # the first byte that arrives is of another file
        server.forget()
        original = rig.transport.pause

        def pause(tries: int, asked: float | None = None) -> None:
            wheel.write_bytes(whole)
            original(tries, asked)

        rig.transport.pause = pause  # type: ignore[method-assign]
        assert fetch(rig, target).read_bytes() == whole
        assert ranges(server) == [None, "bytes=1-", None]


def test_tries_come_to_an_end(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server, 2) as rig:
        server.fail(PATH, cut(10), always=True)
        with pytest.raises(RetriesExhausted) as caught:
            fetch(rig, target)
        assert story(caught.value)[0].startswith("Request failed after 2 retries in ")
        assert story(caught.value)[-1] == "end of file before message length reached"
        assert server.count(path=PATH) == 3
    assert os.listdir(target) == []


def test_a_break_without_retries_is_told_in_full(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        server.fail(PATH, half(), always=True)
        with pytest.raises(BrokenTransfer) as caught:
            fetch(rig, target)
        assert caught.value.exit_code == 2
        assert story(caught.value)[0] == f"Failed to fetch: {server.origin}{PATH}"
    assert os.listdir(target) == []


def test_a_wrong_digest_is_an_error(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        server.fail(PATH, garbage(b"x" * wheel.stat().st_size))
        with pytest.raises(HashMismatch) as caught:
            fetch(rig, target)
        assert caught.value.exit_code == 1
        assert caught.value.message.startswith(
            "Hash mismatch for `big==1.0`\n\nExpected:\n  sha256:"
        )
    assert os.listdir(target) == []


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_wrong_size_is_an_error(
    wheel: Path, target: Path, tmp_path: Path, difference: int
) -> None:
    with IndexServer(wheel.parent, format="json") as server, rig_for(tmp_path, server) as rig:
        size = wheel.stat().st_size
        server.fail(PATH, garbage(b"x" * (size + difference)))
        with pytest.raises(SizeMismatch) as caught:
            fetch(rig, target)
        assert caught.value.expected == size
        assert caught.value.exit_code == 1
    assert os.listdir(target) == []


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha512", "blake2b"])
def test_other_digests_are_checked_where_there_is_no_better_one(
    wheel: Path, target: Path, tmp_path: Path, algorithm: str
) -> None:
    import hashlib

    digest = hashlib.new(algorithm, wheel.read_bytes()).hexdigest()
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        good = replace(rig.file("big"), hashes=((algorithm, digest),))
        path = rig.client.download(good, str(target))
        assert rig.client.hashes(path) == ((algorithm, digest),)
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        bad = replace(
            rig.file("big"), hashes=((algorithm, ("1" if digest[0] == "0" else "0") + digest[1:]),)
        )
        with pytest.raises(HashMismatch):
            rig.client.download(bad, str(target))


@pytest.mark.parametrize(("code", "exit_code"), [(404, 1), (403, 2), (500, 2)])
def test_refusals_are_told(
    wheel: Path, target: Path, tmp_path: Path, code: int, exit_code: int
) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        server.fail(PATH, status(code), always=True)
        with pytest.raises(StatusFailure) as caught:
            fetch(rig, target)
        assert caught.value.exit_code == exit_code
        assert caught.value.status == code


def test_offline_nothing_is_downloaded(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server:
        with rig_for(tmp_path, server) as rig:
            file = rig.file("big")
        with Rig(tmp_path, server.url, settings={"offline": True}) as rig, pytest.raises(Offline):
            rig.client.download(file, str(target))


def test_a_local_file_stays_where_it_is_and_is_checked(
    wheel: Path, target: Path, tmp_path: Path
) -> None:
    with Rig(tmp_path, "http://127.0.0.1:1/simple", find_links=(str(wheel.parent),)) as rig:
        (file,) = rig.client.find_links("big")
        assert rig.client.download(file, str(target)) == str(wheel)
        assert os.listdir(target) == []
    with Rig(tmp_path, "http://127.0.0.1:1/simple") as rig, pytest.raises(HashMismatch):
        rig.client.download(replace(file, hashes=(("sha256", "00" * 32),)), str(target))
    with Rig(tmp_path, "http://127.0.0.1:1/simple") as rig, pytest.raises(FetchFailure):
        gone = replace(file, url=file.url + ".gone", hashes=(("sha256", "00" * 32),))
        rig.client.download(gone, str(target))


def test_a_full_disk_is_told(wheel: Path, tmp_path: Path) -> None:
    """`/dev/full` cannot hold a file, so the directory is one that is not there."""
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        with pytest.raises(Exception, match="Failed to write") as caught:
            fetch(rig, tmp_path / "absent")
        assert story(caught.value)[-1] == "No such file or directory (os error 2)"


def test_a_name_cannot_lead_out_of_the_directory(wheel: Path, target: Path, tmp_path: Path) -> None:
    with IndexServer(wheel.parent) as server, rig_for(tmp_path, server) as rig:
        file = replace(rig.file("big"), filename="../../escaped.whl")
        assert rig.client.download(file, str(target)) == str(target / "escaped.whl")
