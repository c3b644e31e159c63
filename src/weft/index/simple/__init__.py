"""Simple repository pages: text in, files by version out.

Owns the meaning of a project's page, in HTML and JSON, and the packed form that the store keeps.
Refuses all input and output; the bytes come as values. A name behind this package is loaded when
it is used: reading a packed page must not pay for the parsers.
Follows the Simple repository API (PEP 503, 592, 629, 658, 691, 700, 714, 792).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import File
    from weft.index.simple.packed import PackedPage
    from weft.index.simple.page import Page, PageError

_HOMES = {
    "Page": "page",
    "PageError": "page",
    "PackedPage": "packed",
}


def parse_html(body: bytes, url: str) -> Page:
    """The files on an HTML page that was found at `url`. `PageError` if it is no page."""
    from weft.index.simple.html import parse

    return parse(body, url)


def parse_json(body: bytes, url: str) -> Page:
    """The files on a JSON page that was found at `url`. `PageError` if it is no page."""
    from weft.index.simple.json import parse

    return parse(body, url)


def parse(body: bytes, url: str, *, kind: str) -> Page:
    """The files on a page in the format `kind`, `html` or `json`."""
    return parse_json(body, url) if kind == "json" else parse_html(body, url)


def pack(page: Page, project: str) -> bytes:
    """The page of one project (normalized name) as the store keeps it."""
    from weft.index.simple.packing import pack as pack_page

    return pack_page(page, project)


def read(body: bytes, url: str, *, kind: str, project: str) -> bytes:
    """The page of one project, from what came as the store keeps it. `PageError` if it is none."""
    if kind == "html":
        from weft.index.simple.plain import pack_plain

        packed = pack_plain(body, url, project)
        if packed is not None:
            return packed
    return pack(parse(body, url, kind=kind), project)


def version_of(file: File) -> str | None:
    """The version in the name of a file, in normal form; None if the name does not parse."""
    from weft.core.errors import WeftError
    from weft.core.filename import SdistName, WheelName
    from weft.index.simple.packing import project_of

    try:
        if file.filename.endswith(".whl"):
            return WheelName.parse(file.filename).version
        project = project_of(file.filename)
        return SdistName.parse(file.filename, project).version if project is not None else None
    except WeftError:
        return None


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "PackedPage",
    "Page",
    "PageError",
    "pack",
    "parse",
    "parse_html",
    "parse_json",
    "read",
    "version_of",
]
