"""Whether an index has a file already.

Owns the comparison by hash behind `--check-url`. Refuses to guess: an index that lists a file
without a hash, or with another one, is an error.
Follows the Simple repository API (PEP 503, PEP 691).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.publish.digests import read_digest, strongest
from weft.publish.errors import CheckFailure, DifferentFile, HashMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from weft.core.distribution import File
    from weft.index.locations import IndexLocation
    from weft.index.simple import PackedPage
    from weft.publish.files import Distribution

    class Pages(Protocol):
        """The index client, as far as it is needed here; it asks the server anew."""

        def page(self, location: IndexLocation, project: str) -> PackedPage | None: ...


def exists(pages: Pages, location: IndexLocation, distribution: Distribution, path: str) -> bool:
    """Whether the index has this very file. `path` is absolute.

    Raises `DifferentFile` and `HashMissing`, `CheckFailure` where the index gives no answer, and
    `IndexRefused` where it wants other credentials.
    """
    from weft.index.failures import IndexRefused

    try:
        page = pages.page(location, distribution.name)
    except IndexRefused:
        raise
    except WeftError as error:
        raise CheckFailure(error) from error
    file = None if page is None else _find(page, distribution)
    if file is None:
        return False
    remote = strongest(file.hashes)
    if remote is None:
        raise HashMissing(distribution.filename)
    algorithm, expected = remote
    computed = read_digest(path, algorithm)
    if computed != expected:
        raise DifferentFile(
            distribution.filename,
            local=f"{algorithm}={computed}",
            remote=f"{algorithm}={expected}",
        )
    return True


def _find(page: PackedPage, distribution: Distribution) -> File | None:
    """The file of the same name, or of the same name in normal form."""
    names = (distribution.filename, distribution.expected)
    for position, text in enumerate(page.texts):
        if text == distribution.version:
            for file in page.files(position):
                if file.filename in names:
                    return file
    return None
