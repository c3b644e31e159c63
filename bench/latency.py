"""The mirror behind a wire of some length: a proxy on loopback that holds back what it passes on.

Owns the delay: half of it each way, for every connection alike, without a limit of bandwidth. So a
connection costs one round trip, and a request one more. It is a process of its own, started by
`python -m bench.latency PORT SECONDS`, which tells its port.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

    from bench.__main__ import Workbench
    from bench.measure import Contender

ROUND_TRIP = 0.020


class Wire:
    """A context manager whose value is the address of the index behind the wire."""

    def __init__(self, index: str, round_trip: float = ROUND_TRIP) -> None:
        self.port = urlsplit(index).port
        self.index = index
        self.round_trip = round_trip

    def __enter__(self) -> str:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.latency", str(self.port), str(self.round_trip)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        assert self.process.stdout is not None
        own = self.process.stdout.readline().strip()
        return self.index.replace(f":{self.port}/", f":{own}/")

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.process.terminate()
        self.process.wait()


def cold(bench: Workbench) -> list[Contender]:
    """Everything from a mirror 20 ms away: empty cache, empty environment."""
    from bench.__main__ import fresh

    index = bench.disks.enter_context(Wire(bench.index))
    made = fresh(bench, "far", [], cold=True)
    for each in made:
        each.environ[f"{each.name.upper()}_DEFAULT_INDEX"] = index
    return made


WORKLOADS = {"cold-20": cold}


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """What comes goes on after `delay` seconds, in order, and the end as well."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    sending = asyncio.create_task(send())
    try:
        while data := await reader.read(1 << 18):
            waiting.put_nowait((loop.time() + delay, data))
    except ConnectionError:
        pass
    waiting.put_nowait((loop.time() + delay, b""))
    await asyncio.gather(sending, return_exceptions=True)


async def serve(port: int, round_trip: float) -> None:
    """Listen, tell where, and never return."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip)  # the handshake of the connection
        theirs, back = await asyncio.open_connection("127.0.0.1", port)
        half = round_trip / 2
        await asyncio.gather(pass_on(reader, back, half), pass_on(theirs, writer, half))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
