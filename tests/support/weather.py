"""The stand-in for GitHub with faults: a share of its answers fails, in every known way."""

import gzip
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from functools import cache
from http.server import BaseHTTPRequestHandler
from itertools import cycle
from random import Random
from typing import Any, TypeAlias

from backage.fetch.client import BODY_SECONDS, LARGEST_BODY
from backage.standin.server import StandinServer
from backage.standin.transport import Reply, Request
from backage.standin.world import World
from tests.conftest import Clock

Fault: TypeAlias = Callable[["_Wire", Reply], None]

MINUTE = 60
MOMENT = 0.02
UNICORN = b"<!DOCTYPE html><html><head><title>Unicorn! GitHub</title></head><body>No server</body></html>"
GZIP = {"Content-Encoding": "gzip"}
STALL = 30
"""Seconds after which a stalled answer ends; the client has hung up long before."""


class PatientClock(Clock):
    """A clock on which sleepers of one moment wake together, after all answers under way."""

    def sleep(self, seconds: float) -> None:
        """Advance this clock, and wait a moment of real time."""
        until = self.now + seconds
        time.sleep(MOMENT)  # what is on its way to other threads is real
        self.now = max(self.now, until)


class Weather(StandinServer):
    """Serves a world; `share` of the answers are bad.

    Which requests are met is drawn from `seed`, the day and the address, so that it does not depend on the
    order in which threads ask; the kinds of trouble take turns. `web_limit` pages a minute are answered, by
    `clock`, which is the client's. `served` counts what was done by service and kind, and `late` the requests
    that came after each refusal before its time was over. Nothing may ask for `strayed` addresses.
    """

    def __init__(self, world: World, share: float, web_limit: int | None = None, seed: int = 7) -> None:
        """Stand at the world's day, without answering yet."""
        super().__init__(world)
        self.clock, self.share, self.web_limit, self.seed = PatientClock(), share, web_limit, seed
        self.served: Counter[tuple[str, str]] = Counter()
        self.late: list[int] = []
        self.strayed: list[str] = []
        self.over = threading.Event()
        self._asked: Counter[tuple[object, str]] = Counter()
        self._decks: dict[str, Iterator[str]] = {}
        self._shut: dict[str, float] = {}
        self._minute, self._pages = 0.0, 0
        self._drawing = threading.Lock()
        self.RequestHandlerClass = _Wire

    def __exit__(self, *error: object) -> None:
        """Stop, and end stalled answers; check that no request followed a redirect elsewhere."""
        self.over.set()
        super().__exit__(*error)
        assert self.strayed == []

    def shutdown_request(self, request: Any) -> None:
        """Close at once, so that `reset` resets the connection."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up."""

    def clear(self) -> None:
        """End all trouble."""
        self.share, self.web_limit = 0.0, None

    def draw(self, request: Request) -> str | None:
        """Choose the fault of a request, None for a right answer."""
        service = service_of(request)
        with self._drawing:
            now = self.clock()
            if now < self._shut.get(service, 0.0):
                self.late[-1] += 1
            times = self._asked[self.world.today, request.target] = (
                self._asked[self.world.today, request.target] + 1
            )
            chance = Random(f"{self.seed} {self.world.today} {request.target} {times}")  # noqa: S311 (no secret)
            kind = self._next_kind(service) if chance.random() < self.share else None
            if service == "web" and self._is_over_the_limit(now):
                kind = "web limit"
            wait = WAITS.get(kind or "") or (self._seconds_left(now) if kind == "web limit" else 0)
            if wait:
                self._shut[service] = max(self._shut.get(service, 0.0), now + wait)
                self.late.append(0)
            if kind:
                self.served[service, kind] += 1
        return kind

    def _next_kind(self, service: str) -> str:
        if service not in self._decks:
            kinds = sorted(FAULTS)
            Random(f"{self.seed} {service}").shuffle(kinds)  # noqa: S311 (no secret)
            self._decks[service] = cycle(kinds)
        return next(self._decks[service])

    def _is_over_the_limit(self, now: float) -> bool:
        if now >= self._minute + MINUTE:
            self._minute, self._pages = now, 0
        self._pages += 1
        return self.web_limit is not None and self._pages > self.web_limit

    def _seconds_left(self, now: float) -> int:
        return int(self._minute + MINUTE - now) + 1

    def limit_reply(self) -> Reply:
        """Refuse until the minute is over."""
        return Reply(429, {"Retry-After": str(self._seconds_left(self.clock()))}, b"Whoa there!")


def service_of(request: Request) -> str:
    """Return the service that limits a request: `api`, `ghcr`, `registry` or `web`."""
    first = request.segments[0]
    services = {"api": "api", "v2": "ghcr", "token": "ghcr"}
    archives = ("npm", "nuget", "rubygems", "blob", "elsewhere")
    return services.get(first, "registry" if first in archives else "web")


class _Wire(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Weather

    def do_GET(self) -> None:
        """Send the right answer or a fault."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        weather = self.server
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, weather.url)
        if self.path == "/elsewhere":
            if "range" not in headers or "authorization" in headers:
                weather.strayed.append(self.path)
            self.send(Reply(500, {}, UNICORN))
            return
        reply, kind = weather.answer(request), weather.draw(request)
        if kind == "web limit":
            self.send(weather.limit_reply())
        elif kind:
            FAULTS[kind](self, reply)
        else:
            self.send(reply)

    do_POST = do_GET  # noqa: N815 (the name that http.server looks for)

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def send(self, reply: Reply, length: int | None = None) -> None:
        """Send an answer with its true length or another; -1 sends no length and ends the connection."""
        stated = len(reply.body) if length is None else length
        headers = {**reply.headers, **({} if stated < 0 else {"Content-Length": str(stated)})}
        self.close_connection |= length is not None
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} -", *(f"{name}: {value}" for name, value in headers.items())]
        self.wfile.write("\r\n".join((*lines, "", "")).encode("latin-1") + reply.body)

    def reset(self, _: Reply) -> None:
        """Cut the connection as a router does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def stall(self, _: Reply) -> None:
        """Send nothing until the client gives up."""
        self.close_connection = True
        self.connection.settimeout(STALL)
        with suppress(OSError):
            self.connection.recv(1)

    def trickle(self, reply: Reply) -> None:
        """Write a byte a minute, on the client's clock, until it hangs up."""
        self.send(replace(reply, body=b""), len(reply.body) + 1000)
        self.connection.settimeout(0.01)
        while not self.server.over.is_set():
            self.wfile.write(b" ")
            self.server.clock.sleep(BODY_SECONDS / 2)
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    return

    def endless(self, reply: Reply) -> None:
        """Send a body without end."""
        self.send(replace(plain(reply), body=b"<html>"), -1)
        for _ in range(4 * LARGEST_BODY >> 16):
            self.wfile.write(b"x" * (1 << 16))

    def limit_until(self, _: Reply) -> None:
        """Refuse until a date."""
        date = formatdate(self.server.clock() + WAITS["429 date"], usegmt=True)
        self.send(Reply(429, {"Retry-After": date}, UNICORN))

    def exhaust(self, _: Reply) -> None:
        """Refuse as the API does when the calls of an hour are gone."""
        reset = int(self.server.clock() + WAITS["403 exhausted"]) + 1
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
        self.send(Reply(403, headers, b'{"message":"API rate limit exceeded"}'))


def plain(reply: Reply) -> Reply:
    """Return an answer without gzip."""
    if reply.headers.get("Content-Encoding") != "gzip":
        return reply
    headers = {name: value for name, value in reply.headers.items() if name != "Content-Encoding"}
    return replace(reply, headers=headers, body=gzip.decompress(reply.body))


def half(reply: Reply) -> Reply:
    """Return an answer without the second half of its body."""
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def encode(reply: Reply) -> Reply:
    """Return a page in an encoding that the client did not accept."""
    unpacked = plain(reply)
    headers = {**unpacked.headers, "Content-Type": "text/html; charset=utf-16"}
    return replace(unpacked, headers=headers, body=unpacked.body.decode(errors="replace").encode("utf-16"))


def damage(reply: Reply) -> Reply:
    """Return an answer with changed bytes in the middle of its compressed body."""
    body = bytearray(gzip.compress(plain(reply).body))
    for place in range(len(body) // 2, len(body) // 2 + 8):
        body[place] ^= 0x5A
    return replace(reply, headers={**reply.headers, **GZIP}, body=bytes(body))


@cache
def bomb() -> bytes:
    """Return a compressed body four times as large as the client accepts."""
    return gzip.compress(bytes(4 * LARGEST_BODY))


def reply_with(status: int, headers: dict[str, str] | None = None, body: bytes = UNICORN) -> Fault:
    """Return a fault that sends the same answer to every request."""
    return lambda wire, _: wire.send(Reply(status, headers or {}, body))


WAITS = {"429 seconds": 7, "429 date": 9, "429": MINUTE, "403 exhausted": 20, "503 asked": 5}
"""Seconds without further requests to a service after a refusal; a minute without a header."""

FAULTS: dict[str, Fault] = {
    "500": reply_with(500),
    "502": reply_with(502),
    "503": reply_with(503, body=b""),
    "503 asked": reply_with(503, {"Retry-After": str(WAITS["503 asked"])}),
    "429": reply_with(429),
    "429 seconds": reply_with(429, {"Retry-After": str(WAITS["429 seconds"])}),
    "429 date": _Wire.limit_until,
    "403 exhausted": _Wire.exhaust,
    "unicorn": reply_with(200, {"Content-Type": "text/html"}),
    "empty": reply_with(200, body=b""),
    "login wall": reply_with(302, {"Location": "/login?return_to=%2F"}, b""),
    "elsewhere": lambda wire, _: wire.send(
        Reply(302, {"Location": f"http://localhost:{wire.server.server_port}/elsewhere"})
    ),
    "reset": _Wire.reset,
    "stall": _Wire.stall,
    "trickle": _Wire.trickle,
    "endless": _Wire.endless,
    "cut short": lambda wire, reply: wire.send(half(reply), len(reply.body)),
    "cut short, unsized": lambda wire, reply: wire.send(half(plain(reply)), -1),
    "half a page": lambda wire, reply: wire.send(half(plain(reply))),
    "half of what is packed": lambda wire, reply: wire.send(half(reply)),
    "bomb": lambda wire, reply: wire.send(replace(reply, headers={**reply.headers, **GZIP}, body=bomb())),
    "not packed as it says": lambda wire, reply: wire.send(
        replace(reply, headers={**reply.headers, **GZIP}, body=plain(reply).body + b" ")
    ),
    "damaged": lambda wire, reply: wire.send(damage(reply)),
    "another encoding": lambda wire, reply: wire.send(encode(reply)),
}
