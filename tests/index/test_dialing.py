"""Connections that are begun early are used, and do no harm where they come to nothing."""

from __future__ import annotations

import gc
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from weft.index.dialing import Dialer
from weft.index.settings import TransportSettings
from weft.index.transport import Transport

URL = "http://127.0.0.1/"


def dialer(port: int, host: str = "127.0.0.1") -> Dialer:
    def context(_trust: str) -> None:
        raise AssertionError("nothing is encrypted")

    return Dialer(host, port, TransportSettings(), context=context, trust="")  # type: ignore[arg-type]


def test_nothing_is_begun_before_the_way_is_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = dialer(server.getsockname()[1])
        ours.begin()
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_connection_that_was_begun_is_the_next_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = dialer(server.getsockname()[1], "localhost")
        first = ours.connect(URL)
        ours.begin()
        accepted = [server.accept()[0] for _ in range(2)]
        second = ours.connect(URL)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
        for theirs in accepted:
            theirs.close()
        first.close()
        second.close()


def test_what_is_begun_after_the_end_is_closed_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = dialer(server.getsockname()[1])
        ours.connect(URL).close()
        ours.close()
        ours.begin()
        server.accept()[0].close()
        del ours  # an open socket would warn
        gc.collect()
        with server.accept()[0] as theirs:
            theirs.settimeout(5)
            assert theirs.recv(1) == b""


def test_a_connection_that_ended_meanwhile_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = dialer(server.getsockname()[1])
        first = ours.connect(URL)
        ours.begin()
        accepted = server.accept()[0]
        server.accept()[0].close()
        time.sleep(0.01)
        second = ours.connect(URL)
        third = server.accept()[0]
        accepted.close()
        third.close()
        first.close()
        second.close()


def test_a_server_that_moves_is_found_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = dialer(server.getsockname()[1])
        kind = (socket.AF_INET, socket.SOCK_STREAM, 0)
        with socket.create_server(("127.0.0.1", 0)) as gone:
            ours._good = (*kind, gone.getsockname())
        ours.begin()  # comes to nothing
        wire = ours.connect(URL)
        server.accept()[0].close()
        wire.close()


def test_what_is_left_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = dialer(server.getsockname()[1])
        wire = ours.connect(URL)
        for _ in range(30):
            ours.begin()
        assert len(ours._begun) == 16
        ours.close()
        assert not ours._begun
        wire.close()


def test_requests_one_after_another_need_one_connection_and_no_more(
    wheels: str, tmp_path: Path
) -> None:
    with IndexServer(wheels) as server:
        transport = Transport(TransportSettings(retries=0))
        for _ in range(5):
            assert transport.request("GET", server.url + "/demo/").status == 200
        transport.close()
        assert server.connections == 1


def test_requests_side_by_side_find_connections_begun(wheels: str) -> None:
    with IndexServer(wheels) as server:
        transport = Transport(TransportSettings(retries=0, connections=12))
        found: list[int] = []

        def ask() -> None:
            for _ in range(3):
                found.append(transport.request("GET", server.url + "/demo/").status)

        for _ in range(3):
            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert found == [200] * 72
        transport.close()
        assert server.connections <= 16  # eight that were needed, and one more for each
