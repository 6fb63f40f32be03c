"""The world served on loopback, by the host's own threads."""

import gzip
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from backage.standin.api import AUTHORIZED_LIMIT, Allowance, Calls, answer_api, answer_graphql
from backage.standin.registry import answer_archive, answer_blob, answer_manifest, answer_token
from backage.standin.routes import answer_site
from backage.standin.transport import Reply, Request
from backage.standin.world import World

GRAPHQL = ["api", "graphql"]
NO_BODY = (204, 304)


class StandinServer:
    """GitHub, its registries and their archive host on one port of 127.0.0.1.

    Runs within `with StandinServer(world) as server:`. `requests` are the method and target of all requests
    in the order of their arrival. `replies` maps a target, or the beginning of targets and a `*`, to replies
    that are given first, one a request, the longest key winning; they are sent as they are, never
    compressed, and do not count against the limits. `api_limit` is the calls an hour without Authorization.
    `graphql_limit` is the calls an hour to GraphQL, which are counted apart from REST's.
    """

    def __init__(self, world: World, port: int = 0, api_limit: int = 60, graphql_limit: int = 5000) -> None:
        """Take the port (0: any that is free), without answering yet."""
        self.world = world
        self.api_limit = api_limit
        self.graphql_limit = graphql_limit
        self.requests: list[tuple[str, str]] = []
        self.replies: dict[str, list[Reply]] = {}
        self._allowance = Allowance()
        self._lock = threading.Lock()
        self._http = _Server(port, self.answer)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering and cut the connections that clients keep open."""
        self._http.shutdown()
        self._thread.join()
        self._http.cut_connections()
        self._http.server_close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self._http.origin

    def environment(self) -> dict[str, str]:
        """The variables that lead backage here, without pauses between requests."""
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
            self._allowance.reset()

    def answer(self, request: Request) -> Reply:
        """The reply to a request, canned or routed; thread-safe."""
        with self._lock:
            self.requests.append((request.method, request.target))
            matching = [key for key, left in self.replies.items() if left and _matches(key, request.target)]
            if matching:
                return self.replies[max(matching, key=len)].pop(0)
            rate = self._take(request) if request.segments[0] == "api" else None
        reply = self._route(request) if rate is None else self._answer_api(request, rate)
        return _compressed(reply) if "gzip" in request.headers.get("accept-encoding", "") else reply

    def _take(self, request: Request) -> tuple[bool, dict[str, str]]:
        """Count an API call. A call to GraphQL without a token is refused anyway, and not counted."""
        graphql = request.segments == GRAPHQL
        if graphql and not request.authorized:
            return True, {}
        calls: Calls = "graphql" if graphql else "authorized" if request.authorized else "anonymous"
        limits = {
            "anonymous": self.api_limit,
            "authorized": AUTHORIZED_LIMIT,
            "graphql": self.graphql_limit,
        }
        return self._allowance.take(calls, limits[calls])

    def _answer_api(self, request: Request, rate: tuple[bool, dict[str, str]]) -> Reply:
        answer = answer_graphql if request.segments == GRAPHQL else answer_api
        return answer(self.world, request, rate[1], allowed=rate[0])

    def _route(self, request: Request) -> Reply:
        match request.segments[0]:
            case "v2":
                return answer_manifest(self.world, request)
            case "token":
                return answer_token(self.world, request)
            case "npm" | "nuget" | "rubygems":
                return answer_archive(self.world, request)
            case "blob":
                return answer_blob(request)
        return answer_site(self.world, request)


def _compressed(reply: Reply) -> Reply:
    """The reply in gzip, unless it is an archive or empty."""
    if not reply.body or reply.headers.get("Content-Type") == "application/octet-stream":
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(reply, headers=headers, body=gzip.compress(reply.body, mtime=0))


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that stopping need not wait for idle clients."""

    daemon_threads = False  # joined by server_close, or their sockets would be left to the collector
    request_queue_size = 64

    def __init__(self, port: int, answer: Callable[[Request], Reply]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its parent has it
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as its parent has it
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # hung up already
                    connection.shutdown(socket.SHUT_RD)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its parent has it
        if not isinstance(sys.exc_info()[1], OSError):  # a client that hangs up is no news, a bug is
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, sends what `answer` says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.answer(Request(self.command, self.path, headers, self.server.origin, body)))

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for
    do_POST = do_GET  # noqa: N815 - the same

    def log_message(self, *_: object) -> None:
        """Say nothing: `requests` is the log."""

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
