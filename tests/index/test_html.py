"""HTML pages of an index are read as PEP 503 and its successors say."""

from __future__ import annotations

import html as html_module
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import WeftError
from weft.index.simple import PageError, parse_html
from weft.index.simple.page import join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.simple.page import Row

URL = "https://index.example/simple/demo/"
DIGEST = "ab" * 32


def rows(body: str) -> tuple[Row, ...]:
    return parse_html(body.encode(), URL).rows


def only(anchor: str) -> Row:
    (row,) = rows(f"<!DOCTYPE html><html><body>{anchor}</body></html>")
    return row


def test_a_plain_anchor_gives_link_and_digest() -> None:
    row = only(f'<a href="../../files/demo-1.0.tar.gz#sha256={DIGEST}">demo-1.0.tar.gz</a>')
    assert row == (
        "",
        "../../files/demo-1.0.tar.gz",
        f"sha256={DIGEST}",
        None,
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="x.whl" data-requires-python="&gt;=3.8,&lt;4">x</a>',
        "<a href='x.whl' data-requires-python='>=3.8,<4'>x</a>",
        "<a href=x.whl data-requires-python='>=3.8,<4'>x</a>",
        '<A HREF="x.whl" DATA-REQUIRES-PYTHON="&gt;=3.8,&#60;4">x</A>',
        '<a data-requires-python=">=3.8,<4" href="x.whl">x</a>',
        '<a\n  href="x.whl"\n  data-requires-python = "&gt;=3.8,&lt;4"\n>x</a>',
        '<a rel="internal" href="x.whl" data-requires-python="&gt;=3.8,&lt;4" >x</a>',
        '<a href="x.whl" data-requires-python="&gt;=3.8,&lt;4" data-extra="&quot;>">x</a>',
        '<a href="x.whl" download data-requires-python="&gt;=3.8,&lt;4">x</a>',
    ],
)
def test_every_spelling_of_an_anchor_means_the_same(anchor: str) -> None:
    row = only(anchor)
    assert (row[1], row[4]) == ("x.whl", ">=3.8,<4")


def test_an_empty_requirement_of_python_is_none() -> None:
    assert only('<a href="x.whl" data-requires-python="">x</a>')[4] is None


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("", None),
        ('data-yanked=""', ""),
        ("data-yanked", ""),
        ('data-yanked="broken &amp; dangerous"', "broken & dangerous"),
        ("data-yanked='bad'", "bad"),
    ],
)
def test_yanked_files_keep_their_reason(attribute: str, expected: str | None) -> None:
    assert only(f'<a href="x.whl" {attribute}>x</a>')[5] == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", None),
        ('data-dist-info-metadata="true"', ""),
        ('data-core-metadata="true"', ""),
        ('data-core-metadata="false"', None),
        (f'data-dist-info-metadata="sha256={DIGEST}"', f"sha256={DIGEST}"),
        ('data-dist-info-metadata="sha256=old" data-core-metadata="sha256=new"', "sha256=new"),
        ('data-core-metadata="sha256=new" data-dist-info-metadata="sha256=old"', "sha256=new"),
        ("data-core-metadata='sha256=new' data-dist-info-metadata='sha256=old'", "sha256=new"),
    ],
)
def test_metadata_files_are_noticed(attributes: str, expected: str | None) -> None:
    assert only(f'<a href="x.whl" {attributes}>x</a>')[7] == expected


def test_upload_times_are_kept() -> None:
    moment = "2024-05-06T07:08:09.123456Z"
    assert only(f'<a href="x.whl" data-upload-time="{moment}">x</a>')[6] == moment


def test_entities_in_links_are_read() -> None:
    assert only('<a href="x.whl?a=1&amp;b=2#md5=00">x</a>')[1:3] == ("x.whl?a=1&b=2", "md5=00")


def test_comments_hold_no_files() -> None:
    assert rows('<!-- <a href="old.whl">old</a> --><a href="new.whl">new</a>')[0][1] == "new.whl"
    assert rows('<p></p><!-- <a href="old.whl">old</a>') == ()


def test_anchors_that_name_nothing_are_passed_over() -> None:
    assert rows('<a name="top">top</a><a href="">x</a><a href="#top">up</a><abbr>a</abbr>') == ()


def test_a_base_tag_changes_what_links_are_relative_to() -> None:
    body = '<html><head><base href="/elsewhere/deep/"></head><a href="x.whl">x</a></html>'
    page = parse_html(body.encode(), URL)
    assert join(page.url, page.rows[0][1]) == "https://index.example/elsewhere/deep/x.whl"


def test_a_server_cannot_make_links_mean_files_of_this_machine() -> None:
    body = b'<base href="file:///etc/"><a href="x.whl">x</a>'
    assert parse_html(body, URL).url == URL
    assert parse_html(body, "file:///srv/index.html").url == "file:///etc/"


def test_the_status_of_a_project_is_read() -> None:
    body = (
        '<meta name="pypi:project-status" content="quarantined">'
        '<meta name="pypi:project-status-reason" content="malware">'
    )
    page = parse_html(body.encode(), URL)
    assert (page.status, page.reason) == ("quarantined", "malware")
    assert parse_html(b"<html></html>", URL).status == "active"


@pytest.mark.parametrize("version", ["1.0", "1.9", "1"])
def test_known_versions_of_the_api_are_accepted(version: str) -> None:
    body = f'<meta name="pypi:repository-version" content="{version}"><a href="x.whl">x</a>'
    assert len(rows(body)) == 1


@pytest.mark.parametrize("version", ["2.0", "3", "banana"])
def test_other_versions_of_the_api_are_refused(version: str) -> None:
    body = f"<META content='{version}' name='pypi:repository-version'><a href='x.whl'>x</a>"
    with pytest.raises(PageError) as caught:
        rows(body)
    assert version in str(caught.value.__cause__)


@pytest.mark.parametrize("body", [b"", b"   ", b"\x00\x01\x02<a href=x>", b"Internal error", b"{}"])
def test_what_is_no_page_is_an_error(body: bytes) -> None:
    with pytest.raises(PageError) as caught:
        parse_html(body, URL)
    assert caught.value.message == f"Received some unexpected HTML from `{URL}`"
    assert isinstance(caught.value.__cause__, WeftError)


def test_a_page_without_files_is_a_page() -> None:
    assert rows("<html><body><h1>Links for demo</h1></body></html>") == ()


def test_hostile_pages_take_no_longer() -> None:
    """Backtracking would make these take minutes."""
    assert rows("<a " + "href='" * 60_000) == ()
    assert rows('<a href="' + 'x" data-yanked="' * 40_000) == ()
    assert rows("<a " * 60_000) == ()
    assert rows("<p>" + "<!-" * 60_000 + "<!--" * 60_000) == ()


class Reference(HTMLParser):
    """The standard library's parser, as slow as it is careful."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(reversed(attrs))
        href = (found.get("href") or "").strip().partition("#")[0]
        if tag == "a" and href:
            requires = (found.get("data-requires-python") or "").strip() or None
            yanked = (found["data-yanked"] or "") if "data-yanked" in found else None
            self.found.append((href, requires, yanked))


TEXT = st.text(st.sampled_from("ab<>&'\" =/;\n.-3é"), max_size=12)
NAMES = st.sampled_from(
    ["href", "data-requires-python", "data-yanked", "class", "HREF", "Data-Yanked"]
)


@st.composite
def attributes(draw: st.DrawFn) -> str:
    name, text = draw(NAMES), html_module.escape(draw(TEXT), quote=True)
    quote = draw(st.sampled_from(['"', "'"]))
    space = draw(st.sampled_from(["", " ", "\n"]))
    return f"{name}{space}={space}{quote}{text}{quote}"


@given(st.lists(st.lists(attributes(), max_size=4), max_size=4))
def test_anchors_are_read_as_the_standard_parser_reads_them(anchors: list[list[str]]) -> None:
    body = "<html>" + "".join(f"<a {' '.join(each)}>text</a>\n" for each in anchors) + "</html>"
    reference = Reference()
    reference.feed(body)
    reference.close()
    assert [(row[1], row[4], row[5]) for row in rows(body)] == reference.found
