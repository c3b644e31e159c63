"""Directories and pages of files are searched by project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.index.helpers import NOW, Rig, story
from tests.support.index_server import IndexServer, status
from tests.support.wheels import make_wheel
from weft.core.metadata import unpack
from weft.index.failures import FindLinksFailure
from weft.index.locations import IndexLocation

NOWHERE = "http://127.0.0.1:1/simple"


def test_a_directory_is_listed(wheels: str, tmp_path: Path) -> None:
    make_wheel(wheels, "other", "1.0")
    Path(wheels, "demo-0.5.tar.gz").write_bytes(b"")
    Path(wheels, "notes.txt").write_text("no distribution")
    make_wheel(Path(wheels, "deeper"), "demo", "9.0")
    with Rig(tmp_path, NOWHERE, find_links=(wheels,)) as rig:
        files = rig.client.find_links("demo")
        assert [file.filename for file in files] == [
            "demo-0.5.tar.gz",
            "demo-1.0-py3-none-any.whl",
            "demo-2.0-py3-none-any.whl",
        ]
        assert files[1].url == Path(wheels, files[1].filename).as_uri()
        assert files[1].upload_time is None
        assert unpack(rig.client.metadata(files[1])).requires_dist == ("other>=1",)
        assert rig.client.find_links("absent") == ()


def test_names_with_special_characters_are_found(tmp_path: Path) -> None:
    directory = tmp_path / "a dir #1%"
    path = make_wheel(directory, "demo", "1.0+local.1")
    with Rig(tmp_path, NOWHERE, find_links=(str(directory),)) as rig:
        (file,) = rig.client.find_links("demo")
        assert file.filename == "demo-1.0+local.1-py3-none-any.whl"
        assert rig.client.download(file, str(tmp_path)) == path
        assert unpack(rig.client.metadata(file)).version == "1.0+local.1"


def test_a_page_is_read_once_and_kept(wheels: str, tmp_path: Path) -> None:
    make_wheel(wheels, "other", "1.0")
    with IndexServer(wheels) as server:
        for now in (NOW, NOW + 100):
            with Rig(tmp_path, NOWHERE, find_links=(server.links,), now=now) as rig:
                assert len(rig.client.find_links("demo")) == 2
                assert len(rig.client.find_links("other")) == 1
                file = rig.client.find_links("demo")[1]
                assert file.url == server.file_url("demo-2.0-py3-none-any.whl")
                assert file.requires_python == ">=3.8"
        assert server.count("links") == 1
        with Rig(tmp_path, NOWHERE, find_links=(server.links,), refresh=True) as rig:
            rig.client.find_links("demo")
        assert server.count("links") == 2


def test_a_page_on_this_machine_is_read(wheels: str, tmp_path: Path) -> None:
    page = Path(wheels, "links.html")
    page.write_text("<a href='demo-1.0-py3-none-any.whl'>x</a>")
    with Rig(tmp_path, NOWHERE, find_links=(str(page),)) as rig:
        (file,) = rig.client.find_links("demo")
        assert file.url == Path(wheels, "demo-1.0-py3-none-any.whl").as_uri()


def test_several_locations_are_put_together(wheels: str, tmp_path: Path) -> None:
    second = tmp_path / "second"
    make_wheel(second, "demo", "3.0")
    with (
        IndexServer(wheels) as server,
        Rig(tmp_path, NOWHERE, find_links=(str(second), server.links)) as rig,
    ):
        found = [file.filename.split("-")[1] for file in rig.client.find_links("demo")]
        assert found == ["3.0", "1.0", "2.0"]


@pytest.mark.parametrize("code", [401, 403, 404, 500])
def test_a_page_that_cannot_be_read_is_an_error(wheels: str, tmp_path: Path, code: int) -> None:
    with IndexServer(wheels) as server:
        server.fail("/links/", status(code), always=True)
        url = server.links.replace("://", "://user:secret@")
        with Rig(tmp_path, NOWHERE, find_links=(url,)) as rig:
            with pytest.raises(FindLinksFailure) as caught:
                rig.client.find_links("demo")
            told = story(caught.value)
            shown = server.links.replace("://", "://user:****@")
            assert told[0] == f"Failed to read `--find-links` URL: {shown}"
            assert told[1] == f"Failed to fetch: {server.links}"
            assert told[2].startswith(("HTTP status client error", "HTTP status server error"))
            assert caught.value.exit_code == 2


def test_a_directory_that_is_missing_is_an_error(tmp_path: Path) -> None:
    path = str(tmp_path / "absent")
    with (
        Rig(tmp_path, NOWHERE, find_links=(path,)) as rig,
        pytest.raises(FindLinksFailure) as caught,
    ):
        rig.client.find_links("demo")
    assert story(caught.value) == [
        f"Failed to read `--find-links` directory: {path}",
        "No such file or directory (os error 2)",
    ]


def test_offline_a_page_that_is_not_cached_is_empty(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        offline = {"offline": True}
        with Rig(tmp_path, NOWHERE, find_links=(server.links,), settings=offline) as rig:
            assert rig.client.find_links("demo") == ()
        with Rig(tmp_path, NOWHERE, find_links=(server.links,)) as rig:
            rig.client.find_links("demo")
        with Rig(tmp_path, NOWHERE, find_links=(server.links,), settings=offline) as rig:
            assert len(rig.client.find_links("demo")) == 2
        assert server.count() == 1


def test_an_index_may_be_flat(wheels: str, tmp_path: Path) -> None:
    flat = IndexLocation.parse(wheels, cwd="/", format="flat")
    with Rig(tmp_path, NOWHERE, index=(flat,)) as rig:
        page = rig.client.page(flat, "demo")
        assert page is not None
        assert page.texts == ("1.0", "2.0")
        assert rig.client.page(flat, "absent") is None
        assert rig.client.is_cached(flat, "demo")
