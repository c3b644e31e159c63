"""Find-links: directories and pages that hold the files of many projects.

Owns what is in them. Refuses to look into subdirectories.
"""

from __future__ import annotations

from weft.index.failures import FetchFailure, FindLinksFailure, RetriesExhausted, StatusFailure
from weft.index.urls import file_url, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.locations import IndexLocation
    from weft.index.pages import Pages
    from weft.index.simple.page import Page, Row

    Projects = dict[str, Page]


def read_flat(location: IndexLocation, pages: Pages, *, refresh: bool) -> Projects:
    """The files of a location by normalized project name; `FindLinksFailure` if it is unreadable.

    A page that the cache lacks while the network is switched off is empty.
    """
    from weft.index.simple.packing import group

    path = local_path(location.url)
    page = _read_path(path) if path is not None else _read_url(location, pages, refresh=refresh)
    return group(page) if page is not None else {}


def _read_path(path: str) -> Page:
    from weft.core.errors import OsCause
    from weft.index.simple import Page, parse_html
    from weft.system.lean import os

    try:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return parse_html(file.read(), file_url(path))
        names = sorted(os.listdir(path))
    except OSError as error:
        raise FindLinksFailure("directory", path, OsCause(error)) from OsCause(error)
    base = file_url(path.rstrip("/") + "/")
    return Page(base, tuple([_row(name) for name in names if _is_distribution(name)]))


def _read_url(location: IndexLocation, pages: Pages, *, refresh: bool) -> Page | None:
    import marshal

    from weft.core.digest import short_digest
    from weft.index.failures import IndexRefused
    from weft.index.simple import Page

    key = f"flat/{short_digest(location.url)}"
    try:
        kept = pages.get(key, location.url, location=location, refresh=refresh, pack=_pack)
        if kept is None and not pages.offline:
            raise StatusFailure(location.url, 404)
    except IndexRefused as error:
        failure: FetchFailure = StatusFailure(location.url, error.status)
        raise FindLinksFailure("URL", location.shown, failure) from failure
    except (FetchFailure, RetriesExhausted) as error:
        raise FindLinksFailure("URL", location.shown, error) from error
    return Page(*marshal.loads(kept.body)) if kept is not None else None


def _pack(body: bytes, url: str, kind: str) -> bytes:
    from weft.index.simple import parse

    page = parse(body, url, kind=kind)
    import marshal

    return marshal.dumps((page.url, page.rows), 4)


def _is_distribution(name: str) -> bool:
    return name.endswith((".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar"))


def _row(name: str) -> Row:
    from urllib.parse import quote

    reference = quote(name, safe="!$&'()*+,;=~@", errors="surrogateescape")
    return (name, reference, "", None, None, None, None, None)
