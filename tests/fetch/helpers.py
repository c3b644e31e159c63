"""What the tests of the fetch room share: files without an index, and a room over real servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from weft.core.distribution import File
from weft.core.requirement import Requirement
from weft.core.version import Version
from weft.fetch.database import Database
from weft.fetch.errand import work_for
from weft.fetch.prepare import Preparation
from weft.fetch.selection import Rules, Supported
from weft.index.client import IndexClient
from weft.index.locations import IndexLocation, Locations
from weft.index.settings import TransportSettings
from weft.index.transport import Transport
from weft.resolver.resolution import Request, resolve
from weft.store.store import Store
from weft.system.workers import ProcessPool, ThreadPool

TAGS = (
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "cp311-none-any",
    "py3-none-any",
)
ENVIRONMENT = {
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "sys_platform": "linux",
    "os_name": "posix",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_release": "6.1",
    "platform_version": "1",
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "platform_python_implementation": "CPython",
}


def rules(**given: Any) -> Rules:
    """Rules of CPython 3.11 on Linux, changed by `given`."""
    return Rules(**{"supported": Supported(TAGS), "python": Version.parse("3.11.7"), **given})


def file(filename: str, **facts: Any) -> File:
    """A file of an index that nobody asks."""
    return File(filename, f"https://index.test/files/{filename}", **facts)


class Room:
    """Database and preparation over real indexes (best first) with a store below `root`."""

    def __init__(
        self,
        root: str | os.PathLike[str],
        *urls: str,
        find_links: Sequence[str] = (),
        strategy: str = "first-index",
        given: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        places = [IndexLocation.parse(url, cwd=str(root), name="") for url in urls[:-1]]
        places += [IndexLocation.parse(url, cwd=str(root), default=True) for url in urls[-1:]]
        flat = [IndexLocation.parse(each, cwd=str(root), format="flat") for each in find_links]
        self.locations = Locations.of(places, flat, no_index=not urls, strategy=strategy)
        self.store = Store(os.path.join(root, "store"))
        transport = Transport(TransportSettings(retries=0, timeout=5.0), sleep=lambda _: None)
        self.client = IndexClient(
            self.store, transport, locations=self.locations, now=1_800_000_000.0
        )
        self.events: list[Any] = []
        self.processes = ProcessPool(2, work_for(self.store))
        self.threads = ThreadPool(4)
        self.database = Database(
            self.client,
            self.locations,
            rules(**(given or {})),
            pool=lambda: self.threads,
            **options,
        )
        self.preparation = Preparation(
            self.store,
            lambda: self.client,
            pool=lambda: self.threads,
            processes=lambda: self.processes,
            sink=self.events.append,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.preparation.give_up()
        self.threads.close()
        self.processes.close()
        self.client.close()

    def resolve(self, *requirements: str, **options: Any) -> dict[str, str]:
        """Versions by name."""
        wanted = tuple(Requirement.parse(each) for each in requirements)
        request = Request(requirements=wanted, environment=ENVIRONMENT, **options)
        return {each.name: each.version for each in resolve(request, self.database).packages}

    def texts(self, name: str = "demo") -> tuple[str, ...]:
        """All versions of a project that must be there."""
        found = self.database.versions(name)
        texts: tuple[str, ...] = found.texts  # type: ignore[union-attr]
        return texts

    def file(self, name: str, version: str) -> File:
        """The file chosen for a version that must have one."""
        found = self.database.file(name, self.texts(name).index(version))
        assert found is not None
        return found


def raised(call: Callable[[], object]) -> BaseException:
    """What a call that must fail raises."""
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")
