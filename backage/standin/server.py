"""The world served on loopback, by the threads of the standard library's server."""

import gzip
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from weakref import WeakSet

from backage.standin.api import GRAPHQL, refuse_call
from backage.standin.routes import answer
from backage.standin.transport import Reply, Request
from backage.standin.world import World

HOUR = 3600
AUTHORIZED_LIMIT = 5000
NO_BODY = (204, 304)


class StandinServer(ThreadingHTTPServer):
    """GitHub, its registries and their archive host on one port of 127.0.0.1.

    Runs within `with StandinServer(world) as server:`. `requests` are the method and target of all requests
    in the order of their arrival. `replies` maps a target, or the beginning of targets and a `*`, to replies
    that are given first, one a request, the longest key winning; they are sent as they are, never
    compressed, and do not count against the limits. `api_limit` is the calls an hour without Authorization.
    `graphql_limit` is the calls an hour to GraphQL, which are counted apart from REST's.
    """

    daemon_threads = False  # joined by server_close, or their sockets would be left to the collector
    request_queue_size = 64

    def __init__(self, world: World, port: int = 0, api_limit: int = 60, graphql_limit: int = 5000) -> None:
        """Take the port (0: any that is free), without answering yet."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.world = world
        self.api_limit = api_limit
        self.graphql_limit = graphql_limit
        self.requests: list[tuple[str, str]] = []
        self.replies: dict[str, list[Reply]] = {}
        self._lock = threading.Lock()
        self._connections: WeakSet[socket.socket] = WeakSet()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._begin_hour()

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering and cut the connections that clients keep open."""
        self.shutdown()
        self._thread.join()
        for connection in self._connections:
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RD)
        self.server_close()

    def environment(self) -> dict[str, str]:
        """Return the variables that lead backage here, without pauses between requests."""
        return {
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_API_URL": f"{self.url}/api/v3",
            "GITHUB_GRAPHQL_URL": f"{self.url}/api/graphql",
            "BACKAGE_GHCR_URL": self.url,
            "BACKAGE_NPM_URL": f"{self.url}/npm",
            "BACKAGE_NUGET_URL": f"{self.url}/nuget",
            "BACKAGE_RUBYGEMS_URL": f"{self.url}/rubygems",
            "BACKAGE_RATE": "0",
        }

    def reset(self) -> None:
        """Forget the requests and begin a new hour of the API; canned replies stay."""
        with self._lock:
            self.requests.clear()
            self._begin_hour()

    def answer(self, request: Request) -> Reply:
        """Return the reply to a request, canned or from the world; thread-safe."""
        with self._lock:
            self.requests.append((request.method, request.target))
            matching = [key for key, left in self.replies.items() if left and _matches(key, request.target)]
            if matching:
                return self.replies[max(matching, key=len)].pop(0)
            left, headers = self._count_call(request)
        reply = answer(self.world, request) if left >= 0 else refuse_call(request)
        reply = replace(reply, headers={**reply.headers, **headers})
        return _compress(reply) if "gzip" in request.headers.get("accept-encoding", "") else reply

    def _begin_hour(self) -> None:
        self._hour_ends = int(time.time()) + HOUR
        self._calls: Counter[str] = Counter()

    def _count_call(self, request: Request) -> tuple[int, dict[str, str]]:
        """Count an API call. Return how many are left this hour, negative beyond the limit, and its headers.

        A call to GraphQL without a token is refused anyway, and not counted.
        """
        graphql = request.segments == GRAPHQL
        if request.segments[0] != "api" or (graphql and not request.authorized):
            return 0, {}
        calls, limit = "anonymous", self.api_limit
        if request.authorized:
            calls, limit = ("graphql", self.graphql_limit) if graphql else ("authorized", AUTHORIZED_LIMIT)
        if time.time() >= self._hour_ends:
            self._begin_hour()
        self._calls[calls] += 1
        left = limit - self._calls[calls]
        return left, {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-used": str(min(limit, self._calls[calls])),
            "x-ratelimit-reset": str(self._hour_ends),
            "x-ratelimit-resource": "graphql" if graphql else "core",
        }

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its parent has it
        """Remember the connection, so that stopping need not wait for idle clients."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its parent has it
        """Ignore a client that hangs up; report a bug."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests and sends the server's answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: StandinServer

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.answer(Request(self.command, self.path, headers, self.server.url, body)))

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for
    do_POST = do_GET  # noqa: N815 - the same

    def log_message(self, *_: object) -> None:
        """Print nothing: `requests` is the log."""

    def _send(self, reply: Reply) -> None:
        if reply.status == 0:
            self.close_connection = True
            return
        self.send_response(reply.status)
        headers = dict(reply.headers)
        if reply.status not in NO_BODY:
            headers.setdefault("Content-Length", str(len(reply.body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
            promised = headers.get("Content-Length", "0")
            self.close_connection |= promised != str(len(reply.body))


def _matches(key: str, target: str) -> bool:
    return target.startswith(key[:-1]) if key.endswith("*") else target == key


def _compress(reply: Reply) -> Reply:
    """Return the reply in gzip, unless it is an archive or empty."""
    if not reply.body or reply.headers.get("Content-Type") == "application/octet-stream":
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(reply, headers=headers, body=gzip.compress(reply.body, mtime=0))
