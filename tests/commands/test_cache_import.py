"""`weft cache import`: what another installer has fetched is not fetched again."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pip._vendor import msgpack

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def index(wheels: Path) -> Iterator[IndexServer]:
    """An index whose answers pip keeps, and which gives METADATA only inside of whole wheels."""
    with IndexServer(
        wheels, format="both", etag=True, cache_control="max-age=600", metadata_files=False,
        ranges=False,
    ) as server:  # fmt: skip
        yield server


def pointers(weft: Weft) -> list[str]:
    """`index/<project>` or `url/<project>` of every wheel in the store."""
    found = (weft.cache / "wheels-v1").glob("*/*/*/*.whl")
    return sorted(f"{path.parts[-4]}/{path.parts[-2]}" for path in found)


def install_without_files(weft: Weft, index: IndexServer, *words: str) -> None:
    """Install from the index, which must not be asked for a file."""
    weft.venv()
    index.forget()
    weft.ok("pip", "install", *words, WEFT_DEFAULT_INDEX=index.url)
    assert index.count("page")
    assert index.count("file") == index.count("range") == 0


class PipCache:
    """A cache in one of pip's two layouts, written as CacheControl writes it."""

    def __init__(self, root: Path, *, separate: bool) -> None:
        self.root = root
        self.separate = separate

    def put(self, url: str, body: bytes, *, status: int = 200, **headers: str) -> Path:
        key = hashlib.sha224(url.encode()).hexdigest()
        path = self.root.joinpath("http-v2" if self.separate else "http", *key[:5], key)
        path.parent.mkdir(parents=True, exist_ok=True)
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        answer = {
            "body": b"" if self.separate else body,
            "headers": {"Content-Length": str(len(body)), **fields},
            "status": status, "version": 11, "reason": "OK", "decode_content": False,
        }  # fmt: skip
        data = msgpack.dumps({"response": answer, "vary": {}}, use_bin_type=True)
        path.write_bytes(b"cc=4," + data)
        if self.separate:
            path = path.with_name(f"{key}.body")
            path.write_bytes(body)
        return path

    def put_page(self, index: IndexServer, project: str) -> None:
        names = index.filenames(project)
        page = index.page(names, title=project, as_json=True)
        self.put(f"{index.url}/{project}/", gzip.compress(page), Content_Type=JSON,
                 Content_Encoding="gzip")  # fmt: skip

    def put_wheel(self, index: IndexServer, path: Path) -> Path:
        return self.put(index.file_url(path.name), path.read_bytes())


@pytest.fixture(params=[True, False], ids=["http-v2", "http"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> PipCache:
    return PipCache(tmp_path / "pip-cache", separate=request.param)


def test_what_pip_has_downloaded_is_not_downloaded_again(
    weft: Weft, index: IndexServer, tmp_path: Path
) -> None:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_CACHE_DIR": str(tmp_path / "pip")}
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check",
         "--trusted-host", "127.0.0.1", "-i", index.url, "-d", str(tmp_path / "got"), "lantern"],
        env=environ, check=True,
    )  # fmt: skip
    index.forget()
    done = weft.ok("cache", "import", "pip", PIP_CACHE_DIR=str(tmp_path / "pip"))
    assert (done.out, done.lines) == ("", ["Imported 3 wheels in T"])
    assert index.requests == []
    assert pointers(weft) == ["index/lantern", "index/oil", "index/wick"]
    index.metadata_files = True  # of other versions, which nobody has downloaded
    install_without_files(weft, index, "lantern")
    again = weft.ok("cache", "import", "pip", PIP_CACHE_DIR=str(tmp_path / "pip"))
    assert again.lines == ["3 wheels were in the cache already"]


def test_the_default_place_of_pips_cache_is_looked_at(
    weft: Weft, index: IndexServer, wheels: Path
) -> None:
    cache = PipCache(weft.home / ".cache" / "pip", separate=True)
    cache.put_wheel(index, wheels / "wick-1.0-py3-none-any.whl")
    assert weft.ok("cache", "import", "pip").lines == ["Imported 1 wheel in T"]


def test_a_wheel_that_a_cached_page_lists_is_of_that_index(
    weft: Weft, index: IndexServer, wheels: Path, cache: PipCache
) -> None:
    cache.put_page(index, "wick")
    cache.put_wheel(index, wheels / "wick-2.0-py3-none-any.whl")
    weft.ok("cache", "import", str(cache.root))
    assert pointers(weft) == ["index/wick"]
    install_without_files(weft, index, "wick")
    assert index.count("metadata") == 0


def test_a_wheel_that_no_known_page_lists_is_found_by_its_digest(
    weft: Weft, index: IndexServer, wheels: Path, cache: PipCache
) -> None:
    cache.put_wheel(index, wheels / "wick-2.0-py3-none-any.whl")
    weft.ok("cache", "import", str(cache.root))
    assert pointers(weft) == ["url/wick"]
    install_without_files(weft, index, "wick")
    weft.ok("cache", "clean", "wick")
    assert pointers(weft) == []


def test_the_pages_of_weft_tell_the_index_too(
    weft: Weft, index: IndexServer, wheels: Path, cache: PipCache
) -> None:
    weft.venv()
    weft.ok("pip", "install", "--dry-run", "wick==1.0")
    cache.put_wheel(index, wheels / "wick-2.0-py3-none-any.whl")
    weft.ok("cache", "import", str(cache.root))
    assert pointers(weft) == ["index/wick"]


def test_a_wheel_without_the_digest_of_its_index_is_refused(
    weft: Weft, index: IndexServer, wheels: Path, cache: PipCache, tmp_path: Path
) -> None:
    cache.put_page(index, "wick")
    cache.put_page(index, "oil")
    other = Path(make_wheel(tmp_path / "other", "wick", "2.0", files={"wick.py": "evil"}))
    url = index.file_url("wick-2.0-py3-none-any.whl")
    cache.put(url, other.read_bytes())
    cache.put_wheel(index, wheels / "oil-1.0-py3-none-any.whl")
    done = weft("cache", "import", str(cache.root))
    assert done.code == 1
    assert f"warning: Skipped `{url}`: Hash mismatch for `wick==2.0`" in done.err
    assert "Imported 1 wheel in T" in done.lines
    assert pointers(weft) == ["index/oil"]


def test_what_is_no_wheel_is_left_alone(
    weft: Weft, index: IndexServer, wheels: Path, cache: PipCache
) -> None:
    wheel = wheels / "wick-2.0-py3-none-any.whl"
    good = cache.put_wheel(index, wheel)
    cache.put(f"{index.url}/a.zip", b"PK\3\4 but no archive")
    cache.put(f"{index.url}/b", b"text", Content_Type="text/plain")
    cache.put(f"{index.url}/c", wheel.read_bytes(), status=404)
    cache.put(f"{index.url}/d", wheel.read_bytes()[:-9], Content_Length="99999")
    head = good.with_name(good.name.removesuffix(".body"))
    for name, data in {
        "0": b"", "1": b"cc=4,", "2": b"cc=4,\xc1", "3": b"cc=3,\x80", "4": b"cc=4,\x81\x80\x01",
        "5": b"cc=4," + b"\x91" * 99, "6": head.read_bytes()[:60],
        "7": b"cc=4,\xdf\xff\xff\xff\xff",
    }.items():  # fmt: skip
        (head.parent / f"{name * 8}").write_bytes(data)
    (head.parent / "linked").symlink_to(head)
    assert weft.ok("cache", "import", str(cache.root)).lines == ["Imported 1 wheel in T"]
    assert pointers(weft) == ["url/wick"]


def test_wheels_of_a_directory_are_found_by_their_digests(
    weft: Weft, index: IndexServer, wheels: Path
) -> None:
    (wheels / "below").mkdir()
    (wheels / "oil-3.0-py3-none-any.whl").rename(wheels / "below" / "oil-3.0-py3-none-any.whl")
    done = weft.ok("cache", "import", str(wheels))
    assert done.lines == ["Imported 13 wheels in T"]
    (wheels / "below" / "oil-3.0-py3-none-any.whl").rename(wheels / "oil-3.0-py3-none-any.whl")
    install_without_files(weft, index, "lantern")


def test_an_index_on_the_command_line_is_where_a_directory_is_from(
    weft: Weft, index: IndexServer, wheels: Path
) -> None:
    index.hashes = False  # so that nothing but the name of the file can find the wheel
    wheel = str(wheels / "wick-2.0-py3-none-any.whl")
    weft.ok("cache", "import", wheel, "--index", index.url, WEFT_DEFAULT_INDEX="")
    assert pointers(weft) == ["index/wick"]
    install_without_files(weft, index, "wick")


def test_a_directory_is_not_believed_against_the_page_of_its_index(
    weft: Weft, index: IndexServer, tmp_path: Path
) -> None:
    weft.venv()
    weft.ok("pip", "install", "--dry-run", "wick")
    other = Path(make_wheel(tmp_path / "other", "wick", "2.0", files={"wick.py": "evil"}))
    done = weft("cache", "import", str(other.parent), "--index", index.url)
    assert done.code == 1
    assert "Hash mismatch for `wick==2.0`" in done.err
    assert pointers(weft) == []


def test_a_broken_wheel_is_named_and_the_others_are_imported(weft: Weft, tmp_path: Path) -> None:
    make_wheel(tmp_path / "in", "wick", "1.0")
    (tmp_path / "in" / "bad-1.0-py3-none-any.whl").write_bytes(b"no zip")
    (tmp_path / "in" / "worse.whl").write_bytes(b"no zip")
    done = weft("cache", "import", "in", cwd=tmp_path)
    assert done.code == 1
    assert done.err.count("warning: Skipped") == 2
    assert "Imported 1 wheel in T" in done.lines


def test_the_same_wheel_in_two_places_is_imported_once(weft: Weft, tmp_path: Path) -> None:
    for place in ("one", "two"):
        make_wheel(tmp_path / place, "wick", "1.0")
    done = weft.ok("cache", "import", "one", "two", "one", cwd=tmp_path)
    assert done.lines == ["Imported 1 wheel in T", "1 wheel was in the cache already"]


def test_places_that_cannot_be_imported_from(weft: Weft, tmp_path: Path) -> None:
    missing = weft("cache", "import", "nowhere")
    assert missing.code == 2
    assert missing.lines == [
        f"error: Failed to read directory `{weft.cwd / 'nowhere'}`",
        "  cause: No such file or directory (os error 2)",
    ]
    without = weft("cache", "import", "pip")
    assert without.code == 2
    assert "hint: Run `pip cache dir` to see where pip keeps it" in without.err
    assert weft("cache", "import", "--no-cache", ".").code == 2
    assert weft("cache", "import").code == 2
    (tmp_path / "empty").mkdir()
    assert weft.ok("cache", "import", str(tmp_path / "empty")).lines == ["No wheels found"]
