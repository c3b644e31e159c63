"""HTML pages that are written as indexes write them, packed without a look at most of their rows.

Owns the short way from such a page to its packed form: anchors are told apart by where they begin,
only the names of files are read, and what else an anchor says stays as it is written until
somebody looks at that version. Refuses every page on which that could mean anything else than what
`weft.index.simple.html` reads; then `pack_plain` answers None.
Follows PEP 503, 592, 629, 658, 714, and `data-upload-time`, which some indexes send.
"""

from __future__ import annotations

from weft.index.simple.html import metadata_of, read_attributes, read_head, unescape
from weft.index.simple.packed import encode
from weft.index.simple.packing import Releases, filename_of, is_sound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.simple.page import Row

_START = '<a href="'
_REQUIRES = " data-requires-python="
_YANKED = " data-yanked="
_UPLOADED = " data-upload-time="
_METADATA = " data-core-metadata="
_OLDER_METADATA = " data-dist-info-metadata="
_KNOWN = frozenset((_REQUIRES, _YANKED, _UPLOADED, _METADATA, _OLDER_METADATA, " rel="))
_END = "</a><br"


def pack_plain(body: bytes, url: str, project: str) -> bytes | None:
    """The page as `weft.index.simple.pack` gives it, None for one that has to be read with care.

    Raises PageError for a page of a version of the API that is too new.
    """
    text = body.decode("utf-8", "replace")
    head, *anchors = text.split(_START)
    if not anchors or "'" in text or "\\" in text or "\0" in text or not _is_list(text, anchors):
        return None
    page = read_head(head, url)
    releases = Releases(page.url, project)
    if not _fill(releases, anchors, b"data-yanked" in body.lower()):
        return None
    return encode(*releases.ordered(page.status, page.reason))


def _is_list(text: str, anchors: list[str]) -> bool:
    """Whether no tags are there but those of the list, besides what is before and after it."""
    count = len(anchors)
    end = anchors[-1].rpartition(_END)[2]
    if text.count(_END) != count or "<a" in end.lower() or "<!" in end:
        return False
    head = text.partition(_START)[0]
    around = head.count("<") + end.count("<")
    return text.count("<") == 3 * count + around and "<a" not in head.lower() and "<!-" not in head


def _fill(releases: Releases, anchors: list[str], yanks: bool) -> bool:
    """Put each anchor, as it is written, to its version; whether all are plain."""
    add = releases.add
    for anchor in anchors:
        tag, _, _ = anchor.partition(">")
        href, _, attributes = tag.partition('"')
        if (
            "<" in attributes
            or attributes.count('"') & 1
            or "&" in href
            or " " in href
            or not href.isprintable()
            or href[:5] == "file:"
        ):
            return False
        link = href.partition("#")[0]
        name = link.rpartition("/")[2]
        if "%" in link or "?" in link:
            name = filename_of(link)
            if not is_sound(name):
                return False
        if link:
            add(name, tag, yanks and _is_yanked(tag))
    return True


def _is_yanked(tag: str) -> bool:
    """Whether an anchor says so, in whatever case, and not only in a text of another attribute."""
    return "data-yanked" in tag.lower() and read_row(tag)[5] is not None


def read_rows(tags: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows of one version."""
    return tuple(map(read_row, tags))


def read_row(tag: str) -> Row:
    """The row of an anchor out of what stands between `<a href="` and the end of its tag."""
    href, _, attributes = tag.partition('"')
    link, _, hashes = href.partition("#")
    parts = attributes.split('"')
    found = dict(zip(parts[::2], parts[1::2], strict=False))
    if parts[-1] or not _KNOWN.issuperset(found):
        row = read_attributes(f'href="{tag}')
        assert row is not None, "only anchors with a link are kept"
        return row
    yanked = found.get(_YANKED)
    metadata = found.get(_METADATA) or found.get(_OLDER_METADATA)
    return (
        "",
        link,
        hashes,
        None,
        unescape(found.get(_REQUIRES, "")).strip() or None,
        unescape(yanked) if yanked is not None else None,
        found.get(_UPLOADED) or None,
        metadata_of(metadata) if metadata else None,
    )
