"""Packed pages hold what the page said, sorted by version, and load in parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from weft.core.dates import parse_upload_time
from weft.core.distribution import File
from weft.index.simple import PackedPage, Page, pack, version_of
from weft.index.simple.packed import FileMaker, cut, epoch
from weft.index.simple.packing import group
from weft.index.simple.page import join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.simple.page import Row

URL = "https://index.example/simple/foo-bar/"


def row(
    link: str, *, yanked: str | None = None, hashes: str = "", uploaded: str | None = None
) -> Row:
    return ("", link, hashes, None, None, yanked, uploaded, None)


def packed(*rows: Row, project: str = "foo-bar") -> PackedPage:
    page = PackedPage.load(pack(Page(URL, rows), project), index="https://index.example/simple")
    assert page is not None
    return page


def wheel(version: str, name: str = "foo_bar") -> Row:
    return row(f"../../files/{name}-{version}-py3-none-any.whl")


def names(files: Sequence[File]) -> list[str]:
    return [file.filename for file in files]


def test_files_are_sorted_by_version_and_keep_the_order_of_the_page() -> None:
    page = packed(
        wheel("1.10"), row("foo_bar-1.9.tar.gz"), wheel("1.9"), wheel("2.0rc1"), wheel("1.9.0")
    )
    assert page.texts == ("1.9", "1.10", "2.0rc1")
    assert names(page.files(0)) == [
        "foo_bar-1.9.tar.gz",
        "foo_bar-1.9-py3-none-any.whl",
        "foo_bar-1.9.0-py3-none-any.whl",
    ]
    assert page.prereleases == 0b100
    assert page.keys == tuple(sorted(page.keys))
    assert len(page) == 3


def test_a_file_has_everything_that_the_page_says() -> None:
    page = packed(
        (
            "",
            "../../files/foo_bar-1.0%2Blocal-py3-none-any.whl",
            "sha256=AA&egg=foo&md5=bb",
            12,
            ">=3.8",
            "",
            "1970-01-01T00:01:40Z",
            "sha256=cc",
        )
    )
    assert page.files(0) == (
        File(
            filename="foo_bar-1.0+local-py3-none-any.whl",
            url="https://index.example/files/foo_bar-1.0%2Blocal-py3-none-any.whl",
            hashes=(("sha256", "aa"), ("md5", "bb")),
            size=12,
            requires_python=">=3.8",
            yanked="",
            upload_time=100,
            metadata="sha256=cc",
            index="https://index.example/simple",
            uploaded="1970-01-01T00:01:40Z",
        ),
    )
    assert page.texts == ("1.0+local",)


def test_a_version_is_yanked_when_all_its_files_are() -> None:
    page = packed(
        row("foo_bar-1.0-py3-none-any.whl", yanked=""),
        row("foo_bar-1.0.tar.gz"),
        row("foo_bar-2.0-py3-none-any.whl", yanked="bad"),
        row("foo_bar-2.0.tar.gz", yanked="bad"),
    )
    assert page.yanked == 0b10


def test_versions_without_wheels_are_marked() -> None:
    assert packed(row("foo_bar-1.0.tar.gz"), wheel("2.0")).sdist_only == 0b01


@pytest.mark.parametrize(
    "filename",
    [
        "other-1.0-py3-none-any.whl",
        "foo_bar-1.0-py3.whl",
        "foo_bar-banana-py3-none-any.whl",
        "foo_bar-1.0.egg",
        "foo_bar-1.0.exe",
        "foo_bar.tar.gz",
        "foo_bar-baz-1.0.tar.gz",
        "readme.txt",
        "foo_bar-1.0-py3-none-..%2Fany.whl",
        "foo_bar-1.0-py3-none-..%5Cany.whl",
        "foo_bar-1.0-py3-none-%1B%5B2Jany.whl",
        "foo_bar-1.0-py3-none-any%00.whl",
        "file:///etc/foo_bar-1.0-py3-none-any.whl",
    ],
)
def test_files_that_are_not_of_the_project_are_dropped_and_counted(filename: str) -> None:
    page = packed(row(filename), wheel("1.0"))
    assert page.texts == ("1.0",)
    assert page.dropped == 1


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("foo-bar-1.0.tar.gz", "1.0"),
        ("Foo.Bar-1.0.zip", "1.0"),
        ("foo__bar-1.0.tar.gz", "1.0"),
        ("foo_bar-1.0-2.tar.gz", "1.0.post2"),
        ("FOO_BAR-1.0-1-py3-none-any.whl", "1.0"),
        ("foo_bar-1.0.dev1-py2.py3-none-any.whl", "1.0.dev1"),
    ],
)
def test_names_in_any_spelling_belong_to_the_project(filename: str, version: str) -> None:
    assert packed(row(filename)).texts == (version,)


def test_old_versions_are_read_when_they_are_looked_at() -> None:
    data = pack(Page(URL, tuple(wheel(f"1.{minor}") for minor in range(40))), "foo-bar")
    front, rest = cut(data)
    reads: list[bytes] = []

    def read() -> bytes:
        reads.append(rest)
        return rest

    page = PackedPage.load(front, rest=read)
    assert page is not None
    assert names(page.files(39)) == ["foo_bar-1.39-py3-none-any.whl"]
    assert reads == []
    assert names(page.files(3)) == ["foo_bar-1.3-py3-none-any.whl"]
    assert names(page.files(4)) == ["foo_bar-1.4-py3-none-any.whl"]
    assert len(reads) == 1


def test_a_rest_of_another_page_is_noticed() -> None:
    data = pack(Page(URL, tuple(wheel(f"1.{minor}") for minor in range(40))), "foo-bar")
    newer = pack(Page(URL, tuple(wheel(f"1.{minor}") for minor in range(1, 60))), "foo-bar")
    whole = PackedPage.load(newer)
    assert whole is not None
    page = PackedPage.load(cut(data)[0], rest=lambda: cut(newer)[1], replace=lambda: whole)
    assert page is not None
    assert names(page.files(3)) == ["foo_bar-1.3-py3-none-any.whl"]
    assert page.files(0) == ()  # the newer page does not have it any more


@pytest.mark.parametrize(
    "data", [b"", b"WFP2", b"WFP2\xff\xff\xff\xff", b"WFP2\4\0\0\0abcd", b"nonsense"]
)
def test_damaged_pages_are_misses(data: bytes) -> None:
    assert PackedPage.load(data) is None


def test_every_cut_off_page_is_a_miss_or_whole() -> None:
    front, _ = cut(pack(Page(URL, (wheel("1.0"), wheel("2.0"))), "foo-bar"))
    assert all(PackedPage.load(front[:length]) is None for length in range(len(front)))


def test_positions_are_found_by_key() -> None:
    page = packed(wheel("1.0"), wheel("1.5"), wheel("2.0"))
    assert [page.find(key) for key in page.keys] == [0, 1, 2]
    assert page.find(b"") is None
    assert page.find(b"\xff") is None


VERSIONS = st.from_regex(
    r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?", fullmatch=True
)


@given(st.lists(VERSIONS, max_size=40))
def test_packing_sorts_like_the_standard(versions: list[str]) -> None:
    page = packed(*[wheel(version) for version in versions])
    found = [Version(text) for text in page.texts]
    assert found == sorted({Version(version) for version in versions})
    for position, version in enumerate(found):
        assert bool(page.prereleases >> position & 1) == version.is_prerelease
        assert {Version(version_of(file) or "") for file in page.files(position)} == {version}
    assert sum(len(page.files(position)) for position in range(len(page))) == len(versions)


def test_a_page_of_many_projects_is_grouped() -> None:
    page = Page(
        URL, (wheel("1.0"), row("Other-2.0.tar.gz"), row("notes.txt"), wheel("3.0", "Foo.Bar"))
    )
    found = group(page)
    assert {name: len(each.rows) for name, each in found.items()} == {"foo-bar": 2, "other": 1}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("x.whl", "https://index.example/simple/foo-bar/x.whl"),
        ("./x.whl", "https://index.example/simple/foo-bar/x.whl"),
        ("../../files/x.whl", "https://index.example/files/x.whl"),
        ("../../../../x.whl", "https://index.example/x.whl"),
        ("/files/x.whl", "https://index.example/files/x.whl"),
        ("//other.example/x.whl", "https://other.example/x.whl"),
        ("https://other.example/a/../x.whl", "https://other.example/a/../x.whl"),
        ("x.whl?a=b/c#sha256=00", "https://index.example/simple/foo-bar/x.whl?a=b/c"),
        ("file:///tmp/x.whl", "file:///tmp/x.whl"),
        ("a/", "https://index.example/simple/foo-bar/a/"),
    ],
)
def test_links_are_joined_to_their_page(link: str, expected: str) -> None:
    assert join(URL, link) == expected
    assert join(URL + "?q=1#top", link) == expected
    assert FileMaker(URL, "").make(row(link)).url == expected


SEGMENTS = st.sampled_from(["a", "b", "..", ".", "c.whl", ""])


@given(st.lists(SEGMENTS, min_size=1, max_size=6), st.booleans())
def test_links_are_joined_as_the_standard_library_joins_them(
    parts: list[str], rooted: bool
) -> None:
    from urllib.parse import urljoin

    link = ("/" if rooted else "") + "/".join(part for part in parts if part) + "/x.whl"
    if link.startswith("//"):
        link = link[1:]
    assert join(URL, link) == urljoin(URL, link)
    for page in (URL, "https://index.example/", "https://index.example/a/../b/", URL + "page.html"):
        assert FileMaker(page, "").make(row(link)).url == join(page, link)


@given(st.datetimes(datetime(1600, 1, 1), datetime(9999, 12, 31)), st.integers(0, 9))
def test_upload_times_are_read(moment: datetime, digits: int) -> None:
    fraction = f".{moment.microsecond:06}"[: digits + 1] if digits else ""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    assert epoch(text) == int(moment.replace(microsecond=0, tzinfo=UTC).timestamp())
    assert epoch(text) == parse_upload_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2024-01-15T12:34:56",
        "2024-01-15 12:34:56Z",
        "2024-01-15T12:34:56+02:00",
        "2024-13-15T12:34:56Z",
        "2024-02-30T12:34:56Z",
        "2024-01-15T24:34:56Z",
        "2024-01-15T12:34:56.Z",
        "2024-01-15T12:34:56x12Z",
        "2024-01-15T12-34-56.1Z",
        "２０24-01-15T12:34:56Z",
    ],
)
def test_odd_upload_times_are_read_as_everywhere_else(text: str) -> None:
    assert epoch(text) == parse_upload_time(text)


def test_versions_are_read_off_file_names() -> None:
    def found(filename: str) -> str | None:
        return version_of(File(filename=filename, url=f"https://files.example/{filename}"))

    assert found("foo_bar-1.0.0rc1-py3-none-any.whl") == "1.0.0rc1"
    assert found("foo_bar-2.tar.gz") == "2"
    assert found("foo_bar.whl") is None
    assert found("notes.txt") is None


def test_files_may_be_chosen_by_name_before_they_are_made() -> None:
    page = packed(row("foo_bar-1.0.tar.gz"), wheel("1.0"))
    assert names(page.files(0, only=lambda name: name.endswith(".whl"))) == [
        "foo_bar-1.0-py3-none-any.whl"
    ]
    assert page.files(0, only=lambda _name: False) == ()
