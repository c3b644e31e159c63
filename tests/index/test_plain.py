"""A page that is packed the short way says the same as one that was read with care."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.index.simple import PackedPage, PageError, pack, parse_html, read
from weft.index.simple.plain import pack_plain

URL = "https://index.example/simple/demo/"
DIGEST = "a" * 64

names = st.sampled_from(
    (
        "demo-1.0.tar.gz", "Demo-1.0.zip", "demo-1.0-py3-none-any.whl", "demo-2.0rc1.tar.gz",
        "demo-1.0.0-2-py3-none-any.whl", "other-1.0.tar.gz", "demo-1.0.exe", "demo-x.tar.gz",
        "demo-3.0%2Blocal-py3-none-any.whl", "demo-4.0-py3-none-any.whl?x=1", "de mo-1.0.tar.gz",
        "demo-5.0-py3.whl", "d&amp;emo-1.0.tar.gz", "", "demo-6.0\x07.tar.gz", "demo-7.0'.zip",
    )
)  # fmt: skip
places = st.sampled_from(
    ("", "../../files/", "https://files.example/a/b/", "file:///tmp/", "\\", "a/../")
)
attributes = st.sampled_from(
    (
        "", ' data-requires-python="&gt;=3.8"', ' data-requires-python=">=3.8"',
        ' data-requires-python="<4"', ' data-yanked=""', ' data-yanked="it&#39;s bad"',
        " data-yanked='a>b'", " data-yanked", ' data-core-metadata="sha256=00"',
        ' data-dist-info-metadata="true" data-core-metadata="false"', ' rel="internal"',
        ' data-upload-time="2024-01-02T03:04:05Z"', ' title="data-yanked="', '  class="x"',
        ' DATA-YANKED="y"', ' data-gpg-sig="true" data-yanked="z"', ' data-core-metadata=""',
        ' href="demo-9.0.tar.gz"',
    )
)  # fmt: skip
ends = st.sampled_from(
    (">demo</a><br/>\n", ">demo</a><br />\n", ">demo</a>\n", ">x<b>y</b></a><br/>", "", ">",
     '></a><br/><A href="demo-8.0.tar.gz">x</A>', "></a><br/><!-- ", "></a><br/> -->")
)  # fmt: skip


@st.composite
def anchors(draw: st.DrawFn) -> str:
    digest = draw(st.sampled_from(("", f"#sha256={DIGEST}", "#md5=0&sha256=1")))
    written = "".join(draw(st.lists(attributes, max_size=3)))
    return f'<a href="{draw(places)}{draw(names)}{digest}"{written}{draw(ends)}'


heads = st.sampled_from(
    (
        "", "<!DOCTYPE html><html><body>\n", '<base href="https://elsewhere.example/x/">',
        '<meta name="pypi:project-status" content="archived">', "<h1>Links</h1>", "<!-- -->",
        '<META NAME="pypi:project-status-reason" CONTENT="why">', "<a name=x>", "<abbr>", "\\",
    )
)  # fmt: skip
pages = st.builds(
    lambda head, rows, tail: head + "".join(rows) + tail,
    heads,
    st.lists(anchors(), max_size=6),
    st.sampled_from(("", "</body></html>", '<a href="demo-8.0.zip">x</a>', "<!--", "<", "'")),
)


def facts(data: bytes) -> object:
    page = PackedPage.load(data, index="i")
    assert page is not None
    rows = [page.files(position) for position in range(len(page))]
    return page.summary()[:-1], rows


@given(pages)
def test_the_short_way_never_says_anything_else(text: str) -> None:
    short = pack_plain(text.encode(), URL, "demo")
    if short is not None:
        assert facts(short) == facts(pack(parse_html(text.encode(), URL), "demo"))


@pytest.mark.parametrize(
    ("attributes", "is_yanked"),
    [
        (' data-yanked=""', True),
        (' Data-Yanked="why"', True),
        (' data-gpg-sig="true" data-yanked="why"', True),
        (' title="data-yanked="', False),
        (' title=" data-yanked=why"', False),
    ],
)
def test_a_version_is_yanked_where_the_attribute_says_so(attributes: str, is_yanked: bool) -> None:
    body = f'<a href="demo-1.0.tar.gz"{attributes}>demo</a><br/>\n'.encode()
    short = pack_plain(body, URL, "demo")
    assert short is not None
    assert facts(short) == facts(pack(parse_html(body, URL), "demo"))
    page = PackedPage.load(short, index="i")
    assert page is not None
    assert page.yanked == int(is_yanked)


def page_of(*names: str, attributes: str = "", head: str = "<html><body>\n") -> bytes:
    rows = [f'<a href="../{name}#sha256={DIGEST}"{attributes}>{name}</a><br/>\n' for name in names]
    return (head + "".join(rows) + "</body></html>").encode()


WHEELS = tuple(f"demo-{number}.0-py3-none-any.whl" for number in range(40))


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        ' data-requires-python="&gt;=3.8"',
        ' data-yanked="why"',
        ' data-core-metadata="sha256=00" data-upload-time="2024-01-02T03:04:05Z"',
        ' data-gpg-sig="true"',
    ],
)
def test_usual_pages_go_the_short_way(attributes: str) -> None:
    body = page_of(*WHEELS, "demo-0.1.tar.gz", attributes=attributes)
    short = pack_plain(body, URL, "demo")
    assert short is not None
    assert facts(short) == facts(pack(parse_html(body, URL), "demo"))
    assert short == read(body, URL, kind="html", project="demo")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        page_of("demo-1.0.zip") + b"<!-- x",
        page_of("demo-1.0.zip", attributes=" title='x'"),
        page_of("demo-1.0.zip", attributes=' title="'),
        page_of("demo 1.0.zip"),
        page_of("demo&amp;-1.0.zip"),
        page_of("demo-1.0.zip").replace(b"../", b"file:///"),
        page_of("demo-1.0.zip", head="<A HREF=x>y</A>"),
    ],
)
def test_other_pages_are_read_with_care(body: bytes) -> None:
    assert pack_plain(body, URL, "demo") is None


def test_a_page_of_a_newer_standard_is_refused_either_way() -> None:
    head = '<meta name="pypi:repository-version" content="2.0">'
    with pytest.raises(PageError):
        read(page_of("demo-1.0.zip", head=head), URL, kind="html", project="demo")
