"""JSON pages of an index.

Owns reading them. Refuses pages whose shape is not that of the standard, naming the place.
Follows PEP 691, with the sizes and upload times of PEP 700, the metadata keys of PEP 658 and 714,
and the project status of PEP 792.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.index.simple.page import Page, PageError, check_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.simple.page import Row


def parse(body: bytes, url: str) -> Page:
    """The files of the page `body` that was found at `url`; `PageError` if it is none."""
    import json

    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PageError("JSON", url) from WeftError(_reason(error))
    if not isinstance(document, dict):
        raise PageError("JSON", url) from WeftError("It is not an object")
    meta = document.get("meta")
    version = meta.get("api-version") if isinstance(meta, dict) else None
    check_version(str(version if version is not None else "1.0"), kind="JSON", url=url)
    files = document.get("files")
    if not isinstance(files, list):
        raise PageError("JSON", url) from WeftError("It has no list of `files`")
    texts: dict[str, str] = {}
    try:
        rows = tuple([_row(file, texts) for file in files])
    except (KeyError, TypeError, AttributeError, ValueError):
        reason = "A row of `files` is not as the standard says"
        raise PageError("JSON", url) from WeftError(reason)
    status = document.get("project-status")
    if not isinstance(status, dict):
        status = {}
    return Page(url, rows, str(status.get("status", "active")), str(status.get("reason", "")))


def _row(file: dict[str, object], texts: dict[str, str]) -> Row:
    filename, url = file["filename"], file["url"]
    hashes, size, yanked = file.get("hashes"), file.get("size"), file.get("yanked")
    requires, uploaded = file.get("requires-python"), file.get("upload-time")
    metadata = file.get("core-metadata", file.get("dist-info-metadata"))
    if not isinstance(filename, str) or not isinstance(url, str):
        raise TypeError
    if requires is not None:
        requires = texts.setdefault(str(requires), str(requires)) or None
    if yanked is not None and yanked is not False:
        yanked = texts.setdefault(yanked, yanked) if isinstance(yanked, str) else ""
    else:
        yanked = None
    if metadata is not None:
        metadata = _hashes(metadata) if isinstance(metadata, dict) else "" if metadata else None
    return (
        "" if url.endswith("/" + filename) else filename,
        url,
        _hashes(hashes) if isinstance(hashes, dict) else "",
        size if isinstance(size, int) and size >= 0 else None,
        requires,
        yanked,
        uploaded if isinstance(uploaded, str) else None,
        metadata,
    )


def _hashes(hashes: dict[str, str]) -> str:
    return "&".join([f"{name}={digest}" for name, digest in hashes.items()])


def _reason(error: Exception) -> str:
    position = getattr(error, "lineno", None)
    if position is None:
        return "The text is not JSON"
    return f"expected value at line {position} column {getattr(error, 'colno', 0)}"
