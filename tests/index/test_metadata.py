"""METADATA is had with as few requests and bytes as possible."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.index.helpers import Rig, story
from tests.support.index_server import Answer, IndexServer, garbage, status
from tests.support.wheels import make_wheel
from weft.core.distribution import File
from weft.core.metadata import unpack
from weft.core.value import replace
from weft.index.failures import MetadataMismatch, Offline, StatusFailure
from weft.index.metadata import read_local
from weft.index.remote_zip import TAIL, Window, ZipFailure, read_metadata
from weft.store.errors import HashMismatch

DEMO = "/files/demo-2.0-py3-none-any.whl"
OLD = "/files/demo-1.0-py3-none-any.whl"


def requirements(rig: Rig, position: int = 0) -> tuple[str, ...]:
    return unpack(rig.client.metadata(rig.file(position=position))).requires_dist


def test_the_metadata_file_is_enough(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        assert requirements(rig) == ("other>=1",)
        assert requirements(rig) == ("other>=1",)
        assert [asked.kind for asked in server.requests] == ["page", "metadata"]


def test_the_metadata_file_is_tried_though_nobody_promised_it(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, advertise_metadata=False) as server, Rig(tmp_path, server.url) as rig:
        assert requirements(rig) == ("other>=1",)
        assert requirements(rig, 1) == ()
        assert [asked.kind for asked in server.requests] == ["page", "metadata", "metadata"]


def test_a_server_without_metadata_files_is_asked_once(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, metadata_files=False) as server, Rig(tmp_path, server.url) as rig:
        assert requirements(rig, 0) == ("other>=1",)
        assert requirements(rig, 1) == ()
        assert server.count("metadata") == 1
        assert server.count("range") == 2


def test_a_promised_file_that_is_missing_is_done_without(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(OLD + ".metadata", status(404))
        assert requirements(rig, 0) == ("other>=1",)
        assert requirements(rig, 1) == ()
        assert server.count("metadata") == 2
        assert server.count("range") == 1


def test_a_page_in_the_place_of_metadata_is_not_believed(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, advertise_metadata=False) as server, Rig(tmp_path, server.url) as rig:
        server.fail(OLD + ".metadata", garbage(b"<html>Welcome!</html>"))
        assert requirements(rig, 0) == ("other>=1",)
        assert server.count("range") == 1


def test_metadata_survives_the_run(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        with Rig(tmp_path, server.url) as rig:
            requirements(rig)
        with Rig(tmp_path, server.url) as rig:
            assert requirements(rig) == ("other>=1",)
        with Rig(tmp_path, server.url, settings={"offline": True}) as rig:
            assert requirements(rig) == ("other>=1",)
        assert server.count("metadata") == 1


def test_metadata_of_a_file_that_was_replaced_is_not_reused(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        with Rig(tmp_path, server.url) as rig:
            assert requirements(rig) == ("other>=1",)
        make_wheel(wheels, "demo", "1.0", requires=["different"])
        with Rig(tmp_path, server.url, refresh=True) as rig:
            assert requirements(rig) == ("different",)


def test_offline_metadata_that_is_not_cached_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        with Rig(tmp_path, server.url) as rig:
            rig.page()
        with Rig(tmp_path, server.url, settings={"offline": True}) as rig, pytest.raises(Offline):
            requirements(rig)


def test_a_wrong_digest_of_metadata_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(OLD + ".metadata", garbage(b"Name: demo"))
        with pytest.raises(MetadataMismatch) as caught:
            requirements(rig)
        assert caught.value.exit_code == 1
        assert caught.value.message.startswith(
            f"Hash mismatch for package metadata at `{server.origin}{OLD}.metadata`\n\nExpected:\n"
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"metadata_name": "evil"},
            "The index returned metadata for the wrong package: expected distribution for demo, "
            "got distribution for evil",
        ),
        (
            {"metadata_version": "9.9"},
            "Package metadata version `9.9` does not match given version `3.0`",
        ),
    ],
)
def test_metadata_of_another_package_is_refused(
    wheels: str, tmp_path: Path, options: Any, message: str
) -> None:
    make_wheel(wheels, "demo", "3.0", **options)
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        with pytest.raises(MetadataMismatch) as caught:
            rig.client.metadata(rig.file())
        assert caught.value.message == message


def test_a_local_version_may_be_left_out_of_the_name(wheels: str, tmp_path: Path) -> None:
    make_wheel(wheels, "demo", "3.0", metadata_version="3.0+local")
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        assert unpack(rig.client.metadata(rig.file())).version == "3.0+local"


def large_wheel(directory: str) -> str:
    """A wheel whose METADATA is not within reach of its end."""
    files = {f"big/data{number}.bin": os.urandom(60_000) for number in range(4)}
    path = make_wheel(directory, "big", "1.0", requires=["other"], files=files)
    with zipfile.ZipFile(path) as archive:
        members = [(each, archive.read(each)) for each in archive.infolist()]
    members.sort(key=lambda pair: not pair[0].filename.endswith("METADATA"))
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in members:
            archive.writestr(info, data)
    return path


def test_a_part_of_a_large_wheel_is_enough(tmp_path: Path) -> None:
    wheels = str(tmp_path / "wheels")
    size = os.path.getsize(large_wheel(wheels))
    with (
        IndexServer(wheels, metadata_files=False) as server,
        Rig(tmp_path, server.url) as rig,
    ):
        assert unpack(rig.client.metadata(rig.file("big"))).requires_dist == ("other",)
        assert [asked.kind for asked in server.requests] == ["page", "metadata", "range", "range"]
        ranges = [asked.headers["range"] for asked in server.requests[2:]]
        assert ranges[0] == f"bytes=-{TAIL}"
        start, end = ranges[1].removeprefix("bytes=").split("-")
        assert int(end) - int(start) < 2000
    assert size > 3 * TAIL


def test_a_server_without_ranges_gives_the_whole_wheel_once(wheels: str, tmp_path: Path) -> None:
    options: Any = {"metadata_files": False, "ranges": False}
    with IndexServer(wheels, **options) as server, Rig(tmp_path, server.url) as rig:
        for position, expected in ((0, ("other>=1",)), (1, ())):
            assert requirements(rig, position) == expected
        for position in (0, 1):
            path = rig.client.download(rig.file(position=position), str(tmp_path))
            assert Path(path).parent == tmp_path
            assert zipfile.is_zipfile(path)
            assert rig.client.hashes(path) == rig.file(position=position).hashes
        assert server.count("file") == 2
        assert server.count("metadata") == 1


def test_wheels_that_were_fetched_for_their_metadata_do_not_stay(
    wheels: str, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options: Any = {"metadata_files": False, "ranges": False}
    with (
        IndexServer(wheels, **options) as server,
        Rig(tmp_path, server.url, scratch=lambda: str(scratch)) as rig,
    ):
        requirements(rig)
        assert len(list(scratch.rglob("*.whl"))) == 1
        rig.client.download(rig.file(position=0), str(tmp_path))
        assert list(scratch.rglob("*.whl")) == []


def test_a_small_wheel_that_was_read_whole_is_not_fetched_again(
    wheels: str, tmp_path: Path
) -> None:
    with IndexServer(wheels, metadata_files=False) as server, Rig(tmp_path, server.url) as rig:
        requirements(rig)
        path = rig.client.download(rig.file(position=0), str(tmp_path))
        assert zipfile.is_zipfile(path)
        assert rig.client.hashes(path) == rig.file(position=0).hashes
        assert (server.count("range"), server.count("file")) == (1, 0)


def test_a_small_wheel_with_a_wrong_digest_is_fetched_and_refused(
    wheels: str, tmp_path: Path
) -> None:
    with IndexServer(wheels, metadata_files=False) as server, Rig(tmp_path, server.url) as rig:
        file = replace(rig.file(position=0), hashes=(("sha256", "00" * 32),))
        rig.client.metadata(file)
        with pytest.raises(HashMismatch):
            rig.client.download(file, str(tmp_path))


def test_a_part_that_never_ends_is_not_read(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, metadata_files=False) as server, Rig(tmp_path, server.url) as rig:
        headers = {"Content-Range": "bytes 0-65535/65536"}
        server.fail(OLD, Answer(206, headers, b"x" * (TAIL + 1)))
        assert requirements(rig) == ("other>=1",)
        assert [asked.kind for asked in server.requests] == ["page", "metadata", "range", "file"]


def test_an_error_of_the_server_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(OLD + ".metadata", status(500), always=True)
        with pytest.raises(StatusFailure) as caught:
            requirements(rig)
        assert caught.value.exit_code == 2
        assert caught.value.url == f"{server.origin}{OLD}.metadata"


def test_a_wheel_that_is_gone_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, metadata_files=False) as server, Rig(tmp_path, server.url) as rig:
        server.fail(OLD, status(404), always=True)
        with pytest.raises(StatusFailure) as caught:
            requirements(rig)
        assert caught.value.exit_code == 1


def test_a_wheel_that_is_none_is_an_error(wheels: str, tmp_path: Path) -> None:
    Path(wheels, "demo-3.0-py3-none-any.whl").write_bytes(b"not a zip file" * 100)
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        with pytest.raises(ZipFailure) as caught:
            rig.client.metadata(rig.file())
        assert story(caught.value) == [
            "Failed to read metadata from `demo-3.0-py3-none-any.whl`",
            "Invalid zip file structure: the end record is missing",
        ]


def test_local_wheels_are_read_in_place_and_again_when_they_change(
    wheels: str, tmp_path: Path
) -> None:
    path = Path(wheels, "demo-1.0-py3-none-any.whl")
    file = File(filename=path.name, url=path.as_uri())

    def read() -> tuple[str, ...]:
        with Rig(tmp_path, "http://127.0.0.1:1/simple") as rig:
            return unpack(rig.client.metadata(file)).requires_dist

    assert read() == ("other>=1",)
    make_wheel(wheels, "demo", "1.0", requires=["changed"])
    assert read() == ("changed",)


def test_a_source_archive_has_no_metadata_before_it_is_built(wheels: str, tmp_path: Path) -> None:
    Path(wheels, "demo-3.0.tar.gz").write_bytes(b"")
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        file = replace(rig.file(), metadata=None)
        with pytest.raises(Exception, match="is no wheel"):
            rig.client.metadata(file)


# Archives.


def window(data: bytes) -> Window:
    return Window(lambda start, length: data[start : start + length], len(data), start=0, data=b"")


def zipped(tmp_path: Path, **members: bytes | str) -> bytes:
    path = tmp_path / "made.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return path.read_bytes()


def test_every_truncated_archive_is_an_error_and_never_a_crash(wheels: str) -> None:
    data = Path(wheels, "demo-1.0-py3-none-any.whl").read_bytes()
    assert b"Name: demo" in read_metadata("demo", window(data))
    for length in range(len(data)):
        with pytest.raises(ZipFailure):
            read_metadata("demo", window(data[:length]))


def test_damaged_archives_are_errors_or_give_something_and_never_crash(wheels: str) -> None:
    data = Path(wheels, "demo-1.0-py3-none-any.whl").read_bytes()
    tail = data.rindex(b"PK\1\2") - 200
    for place in range(tail, len(data)):
        for byte in (0x00, 0xFF):
            damaged = data[:place] + bytes((byte,)) + data[place + 1 :]
            try:
                assert isinstance(read_metadata("demo", window(damaged)), bytes)
            except ZipFailure as error:
                assert error.reason


def test_metadata_must_be_there_exactly_once(tmp_path: Path) -> None:
    none = zipped(tmp_path, **{"a.dist-info__deep__METADATA": "x", "METADATA": "y"})
    with pytest.raises(ZipFailure, match="Failed to read") as caught:
        read_metadata("x", window(none))
    assert caught.value.reason.endswith("no METADATA files are in it")
    two = zipped(tmp_path, **{"a.dist-info__METADATA": "x", "b.dist-info__METADATA": "y"})
    with pytest.raises(ZipFailure) as caught:
        read_metadata("x", window(two))
    assert caught.value.reason.endswith("2 METADATA files are in it")


def test_a_bomb_is_not_inflated(tmp_path: Path) -> None:
    data = zipped(tmp_path, **{"a.dist-info__METADATA": b"\0" * (1 << 25)})
    with pytest.raises(ZipFailure, match="Failed") as caught:
        read_metadata("x", window(data))
    assert caught.value.reason.endswith("METADATA is too large")
    lying = bytearray(data)
    at = lying.rindex(b"PK\1\2") + 24
    lying[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(ZipFailure) as caught:
        read_metadata("x", window(bytes(lying)))
    assert caught.value.reason.endswith("another size than the directory says")


def test_archives_in_the_large_format_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    content = b"Name: demo\n" * 50
    data = zipped(tmp_path, **{"first": b"x" * 500, "a.dist-info__METADATA": content})
    assert b"PK\6\6" in data
    assert read_metadata("x", window(data)) == content


def test_a_local_wheel_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Failed to read"):
        read_local(str(tmp_path / "absent.whl"), "absent.whl")
