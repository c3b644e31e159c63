"""A page of an index as data, and the errors of pages that are none.

Owns the row of one file and what both formats share: joining URLs, checking the version of the
API. Refuses to know how pages are written.
Follows PEP 503, PEP 629 (versions of the API) and PEP 792 (project status).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    Row = tuple[str, str, str, int | None, str | None, str | None, str | None, str | None]
    """filename ("" = the last segment of the link), link as on the page, hashes
    (`sha256=…&md5=…`), size, requires-python, yanked (None = no, "" = without a reason), upload
    time as the page has it, metadata (None = not advertised, "" = without a hash, `sha256=…`)."""


class PageError(WeftError):
    """An answer that is no page of an index; the cause says why. `kind` is `HTML` or `JSON`."""

    exit_code = 1

    def __init__(self, kind: str, url: str) -> None:
        super().__init__()
        self.kind = kind
        self.url = url

    @property
    def message(self) -> str:
        return f"Received some unexpected {self.kind} from `{self.url}`"


@value
class Page:
    """What one page says; `url` is what its links are relative to.

    `status` is `active`, `archived`, `quarantined` or `deprecated`.
    """

    url: str
    rows: tuple[Row, ...]
    status: str = "active"
    reason: str = ""


def check_version(text: str, *, kind: str, url: str) -> None:
    """Refuse a page of a major version of the API that weft does not know (PEP 629)."""
    major = text.partition(".")[0].strip()
    if not major.isdecimal():
        reason = f"`{text}` is not a version of the Simple API"
        raise PageError(kind, url) from WeftError(reason)
    if int(major) > 1:
        reason = f"Version {text} of the Simple API is newer than weft understands (1.x)"
        raise PageError(kind, url) from WeftError(reason)


def leads_home(link: str, page: str) -> bool:
    """Whether a server's page sends us to a file of this machine, which is none of its business."""
    return link[:5] == "file:" and page[:5] != "file:"


def join(base: str, link: str) -> str:
    """`link` as a URL without a fragment, read on the page `base`.

    What links on index pages are made of is understood: absolute URLs, `//host/…`, `/…`, and
    relative paths with `.` and `..` (RFC 3986, section 5.2).
    """
    link = link.partition("#")[0]
    if link.startswith(("https://", "http://")):
        return link
    base = base.partition("#")[0].partition("?")[0]
    scheme, _, rest = base.partition("://")
    if link.startswith("//"):
        return f"{scheme}:{link}"
    head, colon, _ = link.partition(":")
    if colon and head.isalnum():  # another scheme: `file:`, `ftp:`
        return link
    host, _, directory = rest.partition("/")
    path, mark, query = link.partition("?")
    if not path.startswith("/"):
        path = f"{directory.rpartition('/')[0]}/{path}"
    return f"{scheme}://{host}/{_without_dots(path)}{mark}{query}"


def _without_dots(path: str) -> str:
    parts: list[str] = []
    steps = path.split("/")
    for step in steps:
        if step == "..":
            if parts:
                parts.pop()
        elif step not in (".", ""):
            parts.append(step)
    if parts and steps[-1] in ("", ".", ".."):
        parts.append("")  # it named a directory
    return "/".join(parts)
