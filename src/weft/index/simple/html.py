"""HTML pages of an index.

Owns reading the anchors of a page in one pass. Refuses to be an HTML parser: it looks for `base`,
`meta` and `a` tags, wherever they stand outside comments, and for nothing else.
Follows PEP 503, 592, 629, 658, 714, and `data-upload-time`, which some indexes send.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.index.simple.page import Page, PageError, check_version, join, leads_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern

    from weft.index.simple.page import Row

# The inside of a tag: quoted strings may hold `>`. Possessive, and ending where the next tag
# begins, so that no page can make it slow.
_INSIDE = r"""((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)"""
_ATTRIBUTE = r"""([^\s"'=<>/]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?"""
# An anchor as indexes write it, with a group for each attribute; else (as with entities or spaces
# in the link, or names in capitals) its inside as a whole.
# The repetition of attributes may not be possessive: before 3.12.4, `re` fails with a SystemError
# where a capturing group inside one has to be given back.
_ANCHOR = (
    r'<a(?:(?-i: href="([^"#&\s]*+)#?+([^"&\s]*+)"(?: data-(?:'
    r'requires-python="([^"]*+)"|(yanked="[^"]*+")|upload-time="([^"]*+)"|'
    r'core-metadata="([^"]*+)"|dist-info-metadata="([^"]*+)")| rel="[^"]*+")*)>'
    r"|\s++" + _INSIDE + ">)"
)


def parse(body: bytes, url: str) -> Page:
    """The files of the page `body` that was found at `url`; `PageError` if it is none."""
    text = _text(body, url)
    start = _pattern(r"<a\s").search(text)
    page = read_head(text[: start.start()] if start is not None else text, url)
    return replace(page, rows=_rows(text))


def read_head(head: str, url: str) -> Page:
    """A page without rows, out of what stands before its first anchor; `PageError` if too new."""
    base = url
    metas: dict[str, str] = {}
    lower = head.lower()
    if "<base" in lower or "<meta" in lower:
        base, metas = _head(head, url)
    check_version(metas.get("pypi:repository-version", "1.0"), kind="HTML", url=url)
    return Page(
        base,
        (),
        metas.get("pypi:project-status", "active").strip().lower() or "active",
        metas.get("pypi:project-status-reason", ""),
    )


def _text(body: bytes, url: str) -> str:
    if b"\0" in body:
        raise PageError("HTML", url) from WeftError("It holds binary data")
    text = body.decode("utf-8", "replace")
    if "<" not in text:
        reason = "It holds no tag" if text.strip() else "It is empty"
        raise PageError("HTML", url) from WeftError(reason)
    if "<!--" in text:
        text = _pattern(r"<!--.*?(?:-->|\Z)").sub("", text)
    return text


def _head(head: str, url: str) -> tuple[str, dict[str, str]]:
    """The base of relative links, and the `meta` tags by name."""
    base, metas = url, {}
    for tag, inside in _pattern(r"<(base|meta)\b" + _INSIDE).findall(head):
        found = _attributes(inside)
        if tag.lower() == "meta":
            metas[found.get("name", "").lower()] = found.get("content", "")
        elif found.get("href"):
            joined = join(url, unescape(found["href"]))
            base = base if leads_home(joined, url) else joined
    return base, metas


def _rows(text: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    texts: dict[str, str | None] = {
        "": None
    }  # requirements of Python, by the text on the page: few, and often the same
    for link, hashes, requires, yanked, uploaded, core, older, inside in _pattern(_ANCHOR).findall(
        text
    ):
        if inside:
            row = read_attributes(inside)
            if row is not None:
                rows.append(row)
            continue
        if not link:
            continue
        if requires not in texts:
            texts[requires] = unescape(requires).strip() or None
        rows.append(
            (
                "",
                link,
                hashes,
                None,
                texts[requires],
                unescape(yanked[8:-1]) if yanked else None,
                uploaded or None,
                metadata_of(core or older) if core or older else None,
            )
        )
    return tuple(rows)


def read_attributes(inside: str) -> Row | None:
    """The row of an anchor that is written in any other way that HTML allows."""
    found = _attributes(inside)
    link, _, hashes = unescape(found.get("href", "")).strip().partition("#")
    if not link:
        return None
    yanked = found.get("data-yanked")
    metadata = found.get("data-core-metadata", found.get("data-dist-info-metadata"))
    return (
        "",
        link,
        hashes,
        None,
        unescape(found.get("data-requires-python", "")).strip() or None,
        unescape(yanked) if yanked is not None else None,
        found.get("data-upload-time") or None,
        metadata_of(metadata) if metadata is not None else None,
    )


def metadata_of(text: str) -> str | None:
    """What a row says of a metadata file, out of the attribute."""
    if "=" in text:
        return text
    return None if text == "false" else ""


def _attributes(inside: str) -> dict[str, str]:
    """Attributes by lower-case name, first one wins; values still hold entities."""
    found: dict[str, str] = {}
    for name, double, single, bare in _pattern(_ATTRIBUTE).findall(inside):
        found.setdefault(name.lower(), double or single or bare)
    return found


def unescape(text: str) -> str:
    """A value with its entities replaced."""
    if "&" not in text:
        return text
    quick = text.replace("&gt;", ">").replace("&lt;", "<")
    if "&" not in quick:
        return quick
    import html

    return html.unescape(text)


def _pattern(source: str) -> Pattern[str]:
    import re

    return re.compile(source, re.IGNORECASE | re.DOTALL)  # `re` keeps what it compiled
