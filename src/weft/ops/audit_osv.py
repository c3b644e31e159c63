"""Questions to a vulnerability database.

Owns the requests, how they are put together and kept: identifiers by batches, then each record
once. Refuses to read answers (`ops.audit_values`) and to judge them.
Follows https://google.github.io/osv.dev/api/. What was found is believed for half an hour and a
record for an hour; that nothing was found is asked again each time.
"""

from __future__ import annotations

import marshal

from weft.core.errors import WeftError
from weft.ops.audit_notes import Notes
from weft.ops.audit_values import BadAnswer, read_batch, read_record
from weft.store.layout import MARSHAL_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from weft.index.auth import Keychain
    from weft.index.transport import Transport
    from weft.ops.audit_values import Dependency, Vulnerability
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.publish.sender import Sender

_AT_ONCE = 500  # OSV takes up to 1000 queries
_MOST_PAGES = 100
_LARGEST = 8 << 20  # bytes of one record
_IDENTIFIERS_KEPT = 30 * 60.0  # seconds
_RECORDS_KEPT = 60 * 60.0


class Osv:
    """A database at an address. A context manager; leaving it closes connections."""

    def __init__(self, context: Context, session: Session) -> None:
        from weft.core.defaults import DEFAULT_OSV
        from weft.index.auth import Keychain
        from weft.index.transport import Transport
        from weft.index.urls import Url
        from weft.ops.places import transport_settings
        from weft.publish.sender import Sender

        settings = context.settings
        self._base = (settings.service_url or DEFAULT_OSV).rstrip("/")
        self._public = Url.parse(self._base).public.rstrip("/")
        self._notes = Notes(context, session)
        self._limit = min(settings.concurrent_downloads, 16)
        network = transport_settings(context)
        self._keychain: Keychain = Keychain((), context.environ, sink=context.sink)
        self._transport: Transport = Transport(network, self._keychain, sink=context.sink)
        self._sender: Sender = Sender(network, sink=context.sink)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._transport.close()
        self._sender.close()

    def find(self, dependencies: Sequence[Dependency]) -> list[Vulnerability]:
        """Every vulnerability of these, in their order.

        Raises what requests raise, BadAnswer and BadRecord, all with exit code 2: 1 is for a
        vulnerability.
        """
        try:
            return self._find(dependencies)
        except WeftError as error:
            error.exit_code = 2
            raise

    def _find(self, dependencies: Sequence[Dependency]) -> list[Vulnerability]:
        identifiers = self._identifiers(dependencies)
        wanted: dict[str, list[Dependency]] = {}
        for dependency, found in identifiers.items():
            for each in found:
                wanted.setdefault(each, []).append(dependency)
        records = self._records(wanted)
        by_both = {(each.dependency, each.identifier): each for each in records}
        return [
            by_both[dependency, each] for dependency, found in identifiers.items() for each in found
        ]

    # Identifiers.

    def _identifiers(self, dependencies: Sequence[Dependency]) -> dict[Dependency, tuple[str, ...]]:
        known = {each: self._kept_identifiers(each) for each in dependencies}
        asked = [each for each, found in known.items() if not found]
        for start in range(0, len(asked), _AT_ONCE):
            for dependency, found in self._ask(asked[start : start + _AT_ONCE]).items():
                known[dependency] = found
                if found:
                    data = marshal.dumps(found, MARSHAL_VERSION)
                    self._notes.write(self._query(dependency), data)
        return known

    def _ask(self, dependencies: list[Dependency]) -> dict[Dependency, tuple[str, ...]]:
        """One batch, with the further pages of those that have some."""
        found: dict[Dependency, tuple[str, ...]] = dict.fromkeys(dependencies, ())
        waiting: list[tuple[Dependency, str | None]] = [(each, None) for each in dependencies]
        for _ in range(_MOST_PAGES):
            pages = self._batch(waiting)
            following: list[tuple[Dependency, str | None]] = []
            for (dependency, _), (listed, token) in zip(waiting, pages, strict=True):
                found[dependency] = tuple(dict.fromkeys((*found[dependency], *listed)))
                if token is not None:
                    following.append((dependency, token))
            if not following:
                return found
            waiting = following
        raise BadAnswer(f"{self._public}/v1/querybatch") from WeftError("the answer has no end")

    def _batch(
        self, waiting: Sequence[tuple[Dependency, str | None]]
    ) -> list[tuple[tuple[str, ...], str | None]]:
        import json

        from weft.index.failures import StatusFailure
        from weft.index.urls import Url

        queries = []
        for dependency, token in waiting:
            package = {"name": dependency.name, "ecosystem": "PyPI"}
            query: dict[str, object] = {"package": package, "version": dependency.version}
            if token is not None:
                query["page_token"] = token
            queries.append(query)
        url = self._base + "/v1/querybatch"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        login = self._keychain.known(Url.parse(url))
        if login is not None:
            headers["Authorization"] = login
        body = json.dumps({"queries": queries}).encode()
        reply = self._sender.send("POST", url, headers=headers, body=body)
        public = Url.parse(url).public
        if not 200 <= reply.status < 300:
            raise StatusFailure(public, reply.status)
        return read_batch(reply.body, public, asked=len(waiting))

    # Records.

    def _records(self, wanted: dict[str, list[Dependency]]) -> list[Vulnerability]:
        """Each record once, side by side."""
        from weft.system.workers import ThreadPool

        jobs = list(wanted.items())
        if len(jobs) <= 1:
            return [each for job in jobs for each in self._record(*job)]
        pool = ThreadPool(min(self._limit, len(jobs)))
        try:
            tasks = [pool.submit(self._record, *job) for job in jobs]
            return [each for task in tasks for each in task.result()]
        finally:
            pool.close()

    def _record(
        self, identifier: str, dependencies: Sequence[Dependency]
    ) -> tuple[Vulnerability, ...]:
        """In any thread: what one record says of the packages that it is about."""
        from urllib.parse import quote

        from weft.index.urls import Url

        url = f"{self._base}/v1/vulns/{quote(identifier, safe='')}"
        public = Url.parse(url).public
        about = tuple(dependencies)
        note = f"{self._public} record {identifier}"
        kept = self._notes.read(note, _RECORDS_KEPT)
        if kept is not None:
            try:
                return read_record(kept, public, identifier=identifier, dependencies=about)
            except WeftError:
                pass  # damaged: ask again
        response = self._transport.request("GET", url, limit=_LARGEST)
        found = read_record(response.body, public, identifier=identifier, dependencies=about)
        self._notes.write(note, response.body)
        return found

    def _kept_identifiers(self, dependency: Dependency) -> tuple[str, ...]:
        data = self._notes.read(self._query(dependency), _IDENTIFIERS_KEPT)
        try:
            found = marshal.loads(data) if data is not None else ()
        except (ValueError, EOFError, TypeError):
            return ()
        return found if isinstance(found, tuple) else ()

    def _query(self, dependency: Dependency) -> str:
        return f"{self._public} query {dependency.name} {dependency.version}"
