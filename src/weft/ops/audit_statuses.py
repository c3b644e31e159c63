"""What indexes say about projects as a whole.

Owns asking each index for the status of the projects that came from it. Refuses to fail: an index
that does not answer has nothing to say, and an audit goes on. Follows PEP 792 and PEP 691.
"""

from __future__ import annotations

import marshal

from weft.core.value import value
from weft.ops.audit_notes import Notes
from weft.ops.audit_values import Status
from weft.store.layout import MARSHAL_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.index.transport import Transport
    from weft.ops.audit_values import Dependency
    from weft.ops.context import Context
    from weft.ops.session import Session

_ADVERSE = frozenset(("archived", "quarantined", "deprecated"))
_LARGEST = 1 << 27  # bytes of a page
_KEPT = 600.0  # seconds, as long as pages are usually fresh


def adverse_statuses(
    context: Context, session: Session, dependencies: Sequence[Dependency]
) -> list[Status]:
    """The projects that are not as they should be, sorted by name."""
    from weft.index.auth import Keychain
    from weft.index.transport import Transport
    from weft.ops.places import transport_settings
    from weft.system.workers import ThreadPool

    projects = sorted({(each.name, each.index) for each in dependencies if _is_remote(each.index)})
    if not projects:
        return []
    settings = context.settings
    keychain = Keychain(
        session.locations().all,
        context.environ,
        keyring=settings.keyring_provider == "subprocess",
        sink=context.sink,
    )
    transport = Transport(transport_settings(context), keychain, sink=context.sink)
    pool = ThreadPool(min(settings.concurrent_downloads, 16, len(projects)))
    try:
        asking = _Asking(context, transport, Notes(context, session))
        tasks = [pool.submit(asking.status, *project) for project in projects]
        found = [task.result() for task in tasks]
    finally:
        pool.close()
        transport.close()
    return [each for each in found if each is not None]


def _is_remote(index: str) -> bool:
    return index.startswith(("http://", "https://"))


@value
class _Asking:
    context: Context
    transport: Transport
    notes: Notes

    def status(self, name: str, index: str) -> Status | None:
        """In a thread: the status of one project, None for a good one and for no answer."""
        known = self._known(name, index)
        if known is None:
            return None
        status, reason = known
        return Status(name, status, reason or None) if status in _ADVERSE else None

    def _known(self, name: str, index: str) -> tuple[str, str] | None:
        from weft.core.errors import WeftError
        from weft.core.events import Debug
        from weft.index.urls import Url

        subject = f"{Url.parse(index).public} status {name}"
        data = self.notes.read(subject, _KEPT)
        if data is not None:
            try:
                status, reason = marshal.loads(data)
                return str(status), str(reason)
            except (ValueError, EOFError, TypeError):
                pass  # damaged: ask again
        try:
            found = self._ask(f"{index.rstrip('/')}/{name}/")
        except WeftError as error:
            self.context.sink(Debug(f"The status of `{name}` is not known: {error.message}"))
            return None
        self.notes.write(subject, marshal.dumps(found, MARSHAL_VERSION))
        return found

    def _ask(self, url: str) -> tuple[str, str]:
        from weft.index.pages import ACCEPT, kind_of
        from weft.index.simple import parse

        headers = {"Accept": ACCEPT, "Accept-Encoding": "gzip, deflate"}
        response = self.transport.request("GET", url, headers=headers, limit=_LARGEST)
        page = parse(response.body, response.url, kind=kind_of(response))
        return page.status, page.reason
