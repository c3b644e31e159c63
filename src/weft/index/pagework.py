"""Large pages, read and packed in a process of their own.

Owns the message that goes there and what is done with it: parse, pack, write into the store, and
give back the part that a resolution reads. Refuses to fetch, and to judge the answer of a server;
`weft.index.pages` has done both. A page takes as long to read as to fetch, and threads cannot do
it side by side.
"""

from __future__ import annotations

import marshal

from weft.index.httpcache import Freshness
from weft.index.shelf import Kept, Shelf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.index.shelf import Store

WARM_UP = b""
"""The message that has a worker load what it will need. The answer is empty."""

_SAMPLE = b'<a href="a-1-py3-none-any.whl">a</a><br/>'

WORTH_SENDING = 1 << 14
"""A page of fewer bytes is read in less time than it takes to send it away."""


def pack_order(key: str, project: str, *, url: str, kind: str, body: bytes, kept: Kept) -> bytes:
    """The message: the page at `url` of the format `kind`, to be kept as `kept` says.

    `kept.body` does not count: it is what the worker makes.
    """
    until = kept.freshness
    facts = (until.fresh_until, until.etag, until.last_modified, until.must_revalidate)
    return marshal.dumps((key, project, url, kind, body, kept.fetched_at, facts, until.may_store))


def work_for(store: Store) -> Callable[[bytes], bytes]:
    """What a worker does with one message: the packed page, less what now lies in the store.

    Raises PageError.
    """
    shelf = Shelf(store)

    def work(message: bytes) -> bytes:
        from weft.index.simple import read

        if message == WARM_UP:
            read(_SAMPLE, "", kind="html", project="a")
            return b""
        key, project, url, kind, body, fetched_at, facts, may_store = marshal.loads(message)
        packed = read(body, url, kind=kind, project=project)
        if not may_store:
            return packed
        return bytes(shelf.write(key, Kept(fetched_at, Freshness(*facts), packed)))

    return work
