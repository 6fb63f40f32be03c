import gzip
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from backage.config import Settings
from backage.errors import BodyError, NoConnectionError, NotFoundError, ReadError, UnreachableError
from backage.fetch.budget import Budget
from backage.fetch.client import ATTEMPTS, BODY_SECONDS, LARGEST_BODY, Client
from backage.fetch.limiter import Limiter
from backage.models.pages import Page, Request
from tests.fetch.clock import SleepClock

PAGE = b"<html>" + b"acme " * 1000 + b"</html>"
GZIP = "Content-Encoding: gzip"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
RESET = b""
TRICKLES = {
    "/trickle": b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
    "/trickle-unsized": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    "/trickle-moved": b"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 200000\r\n\r\n",
    "/trickle-chunks": CHUNKED + b"\r\n",
}


def answer(body: bytes, *headers: str, length: int | None = None, status: str = "200 OK") -> bytes:
    """An answer as it goes over the wire; its length may be a lie."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


ANSWERS = {
    "/page": answer(PAGE),
    "/gzip": answer(gzip.compress(PAGE), GZIP),
    "/chunks": CHUNKED + b"\r\n6\r\n<html>\r\n7\r\n</html>\r\n0\r\n\r\n",
    "/unfinished": answer(b"<html>acme"),
    "/missing": answer(b"no", status="404 Not Found"),
    "/bomb": answer(gzip.compress(bytes(LARGEST_BODY + 1)), GZIP),
    "/bomb-moved": answer(
        gzip.compress(bytes(LARGEST_BODY + 1)), GZIP, "Location: /page", status="302 Found"
    ),
    "/large": answer(bytes(LARGEST_BODY + 1)),
    "/at-most": answer(b"x" * (LARGEST_BODY - 7) + b"</html>"),
    "/cut": answer(PAGE, "Connection: close", length=len(PAGE) + 1),
    "/cut-gzip": answer(gzip.compress(PAGE)[:-9], GZIP, "Connection: close", length=len(gzip.compress(PAGE))),
    "/cut-chunks": CHUNKED + b"Connection: close\r\n\r\n64\r\n<html>",
    "/no-gzip": answer(PAGE, GZIP),
    "/reset": RESET,
}


class WireServer(ThreadingHTTPServer):
    """Writes the answers above byte by byte, and counts requests and connections."""

    daemon_threads = False

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        super().__init__(("127.0.0.1", 0), WireHandler)
        self.requests: Counter[str] = Counter()
        self.connections: list[socket.socket] = []
        self.clock = SleepClock()

    def shutdown_request(self, request: Any) -> None:
        """Close without saying goodbye, so that a connection that is to be reset is."""
        self.close_request(request)

    def hang_up(self) -> None:
        """End the connections that a client has closed and Python has not collected yet."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class WireHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    server: WireServer

    def setup(self) -> None:
        """Count it."""
        super().setup()
        self.server.connections.append(self.connection)

    def do_GET(self) -> None:
        """Write an answer as it stands."""
        self.server.requests[self.path] += 1
        if self.path in TRICKLES:
            self.trickle()
            return
        raw = ANSWERS[self.path]
        self.close_connection = raw == RESET or b"Connection: close" in raw
        if raw == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True  # the client had read enough

    def trickle(self) -> None:
        """Write a piece a minute, on the client's clock, until it hangs up."""
        piece = b"1\r\nx\r\n" if "chunks" in self.path else b"x"
        self.wfile.write(TRICKLES[self.path])
        self.connection.settimeout(0.01)
        self.close_connection = True
        with suppress(ConnectionError):
            while True:
                self.wfile.write(piece)
                self.server.clock.now += BODY_SECONDS / 2
                with suppress(TimeoutError):
                    if not self.connection.recv(1):
                        return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name in http.server)
        """Log nothing."""


@pytest.fixture
def server() -> Iterator[WireServer]:
    """A server on a thread of its own, stopped when all its connections are closed."""
    with WireServer() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        running.hang_up()
        thread.join()


@pytest.fixture
def client(server: WireServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client that never waits, closed before the server is."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    clock = server.clock
    made = Client(
        Settings(),
        Budget(clock),
        Limiter(0, clock, clock.sleep),
        clock=clock,
        wall_clock=clock,
        sleep=clock.sleep,
        chance=lambda: 0.5,
    )
    yield made
    made.close()


def address(server: WireServer, path: str) -> str:
    """Where a path is served."""
    return f"http://127.0.0.1:{server.server_port}{path}"


def fetch(client: Client, server: WireServer, path: str) -> Page:
    """Read a path."""
    return client.fetch(Request(address(server, path)))


@pytest.mark.parametrize("path", ["/page", "/gzip"])
def test_body(client: Client, server: WireServer, path: str) -> None:
    """A body comes as it is, or unpacked where it was packed."""
    assert fetch(client, server, path) == Page(address(server, path), PAGE)


def test_body_in_chunks(client: Client, server: WireServer) -> None:
    """A body whose length nobody knew comes whole."""
    assert fetch(client, server, "/chunks").body == b"<html></html>"


def test_largest_body(client: Client, server: WireServer) -> None:
    """A body of exactly the most that is allowed passes."""
    assert len(fetch(client, server, "/at-most").body) == LARGEST_BODY


@pytest.mark.parametrize("path", ["/bomb", "/bomb-moved", "/large"])
def test_body_too_large(client: Client, server: WireServer, path: str) -> None:
    """A body over 8 MB is an error without a second try, and so is a small one that unpacks to as much."""
    assert len(ANSWERS["/bomb"]) < 10_000
    with pytest.raises(BodyError, match="a body over 8 MB") as caught:
        fetch(client, server, path)
    assert caught.value.url == address(server, path)
    assert server.requests == {path: 1}


def test_body_that_is_no_gzip(client: Client, server: WireServer) -> None:
    """A body that is not packed though it says so is an error without a second try."""
    with pytest.raises(BodyError, match="does not decode"):
        fetch(client, server, "/no-gzip")
    assert server.requests == {"/no-gzip": 1}


@pytest.mark.parametrize("path", ["/cut", "/cut-gzip", "/cut-chunks"])
def test_body_cut_short(client: Client, server: WireServer, path: str) -> None:
    """A body that breaks off is never taken for the whole: it is tried again, and then an error."""
    with pytest.raises(UnreachableError, match="a body cut short") as caught:
        fetch(client, server, path)
    assert caught.value.url == address(server, path)
    assert server.requests == {path: ATTEMPTS}


@pytest.mark.parametrize("path", ["/unfinished", "/missing"])
def test_what_came_instead_of_a_page_is_at_hand(client: Client, server: WireServer, path: str) -> None:
    """The error has the body of the last answer, which is no page."""
    with pytest.raises(ReadError) as caught:
        fetch(client, server, path)
    assert ANSWERS[path].endswith(b"\r\n\r\n" + caught.value.body)
    assert caught.value.body


@pytest.mark.parametrize("path", TRICKLES)
def test_body_that_takes_too_long(client: Client, server: WireServer, path: str) -> None:
    """A body that trickles for more than two minutes is given up, though each piece came in time."""
    with pytest.raises(UnreachableError, match="a body not there after 120 s"):
        fetch(client, server, path)
    assert server.requests == {path: ATTEMPTS}
    assert server.clock.slept == [1.0, 2.0, 4.0]


def test_connection_reset(client: Client, server: WireServer) -> None:
    """A connection that the host resets is tried again, and then an error."""
    with pytest.raises(UnreachableError, match="no connection") as caught:
        fetch(client, server, "/reset")
    assert type(caught.value) is UnreachableError
    assert server.requests == {"/reset": ATTEMPTS}


def test_nobody_listens(client: Client, server: WireServer) -> None:
    """A port on which nobody listens is an error that names the address."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    with pytest.raises(NoConnectionError) as caught:
        client.fetch(Request(url))
    assert (caught.value.url, caught.value.reason) == (url, "no connection")
    assert server.connections == []


def test_connection_is_kept(client: Client, server: WireServer) -> None:
    """Ten requests of one thread use one connection, whatever they are answered."""
    for path in ("/page", "/gzip", "/chunks", "/page", "/gzip") * 2:
        fetch(client, server, path)
    assert (server.requests.total(), len(server.connections)) == (10, 1)


def test_connection_survives_an_error(client: Client, server: WireServer) -> None:
    """An answer that is no page costs no new connection."""
    for _ in range(3):
        with pytest.raises(NotFoundError):
            fetch(client, server, "/missing")
    assert (server.requests.total(), len(server.connections)) == (3, 1)


def test_threads_have_connections_of_their_own(client: Client, server: WireServer) -> None:
    """Four threads that read at once use four connections for all that they read."""
    together = threading.Barrier(4)

    def read(_: int) -> list[bytes]:
        together.wait(10)
        return [fetch(client, server, "/gzip").body for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        bodies = [body for part in pool.map(read, range(4)) for body in part]
    assert bodies == [PAGE] * 20
    assert len(server.connections) == 4


def test_fetch_after_a_broken_connection(client: Client, server: WireServer) -> None:
    """After a connection broke the next request goes over a new one."""
    fetch(client, server, "/page")
    with pytest.raises(UnreachableError):
        fetch(client, server, "/reset")
    assert fetch(client, server, "/page").body == PAGE
