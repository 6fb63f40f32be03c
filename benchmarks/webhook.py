"""How many events the receiver takes from many clients at once, beside a bare route of its server.

    python benchmarks/webhook.py [--events 50000] [--clients 32] [--threads 32]

Both are processes of their own on loopback, under waitress with the same settings; the bare one answers at
once and keeps nothing. The clients are one more process. Afterwards all counts are compared with what was
sent.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess  # it starts the servers that are measured
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 (for the time of the measurement)
FILES = 500
"""Different files that are downloaded."""

BARE = """
import sys
from flask import Flask
from waitress.server import create_server
app = Flask("bare")
@app.post("/callback/<token>")
def answer(token):
    return {"success": True}
server = create_server(app, port=0, threads=int(sys.argv[1]), asyncore_use_poll=True, connection_limit=500)
import logging
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
print(f"listening on http://127.0.0.1:{server.effective_port}", file=sys.stderr, flush=True)
server.run()
"""


@dataclass
class Load:
    """The requests of clients, and how long each answer took, in seconds."""

    requests: list[bytes]
    times: list[float] = field(default_factory=list)
    failed: int = 0


class Client(asyncio.Protocol):
    """A connection that sends the next request after each answer."""

    def __init__(self, load: Load, done: asyncio.Future[None]) -> None:
        """Send the events of the load; call `done` at its end."""
        self.load, self.done, self.began, self.answer = load, done, 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send the next request, if there is one."""
        if not self.load.requests:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(self.load.requests.pop())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Take an answer, or a part of one."""
        self.answer += data
        if not self.answer.endswith(b"}\n"):  # the end of an answer, which is short
            return
        self.load.times.append(time.perf_counter() - self.began)
        self.load.failed += b" 200 OK" not in self.answer[:20]
        self.answer = b""
        self.ask()

    def connection_lost(self, _: Exception | None) -> None:
        """Note that the server ended the connection."""
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server ended"))


async def drive(port: int, load: Load, clients: int) -> float:
    """Send all requests over so many connections; return the seconds that took."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    ends = [loop.create_future() for _ in range(clients)]
    for end in ends:
        await loop.create_connection(lambda end=end: Client(load, end), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    return time.perf_counter() - began


def make_requests(events: int) -> list[bytes]:
    """Return the requests: events of CloudRepo's form, each with its own id."""
    requests = []
    for number in range(events):
        name, version = f"widget{number % FILES}", "1.0"
        body = json.dumps(
            {
                "file-name": f"com/example/{name}/{version}/{name}-{version}.jar",
                "repository-id": "releases",
                "event-id": f"{number:032x}",
            }
        ).encode()
        head = f"POST /callback/{TOKEN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        requests.append(head.encode() + body)
    return requests


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[int]:
    """Start a server, yield its port, and end it."""
    environment = {**os.environ, "BACKAGE_WEBHOOK_TOKEN": TOKEN}
    process = subprocess.Popen(  # noqa: S603 (our own command)
        command, cwd=folder, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        line = next(line for line in process.stderr or () if "listening" in line)
        yield int(re.findall(r":([0-9]+)", line)[-1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def measure(name: str, port: int, events: int, clients: int) -> float:
    """Measure one server; return how many events it took in a second."""
    load = Load(make_requests(events))
    seconds = asyncio.run(drive(port, load, clients))
    load.times.sort()
    median, late = load.times[len(load.times) // 2], load.times[int(len(load.times) * 0.99)]
    print(
        f"{name:<18} {events / seconds:7.0f} events/s   median {median * 1000:6.1f} ms"
        f"   p99 {late * 1000:6.1f} ms   refused {load.failed}"
    )
    return events / seconds


def main() -> None:
    """Measure both, and check the counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--threads", type=int, default=32)
    options = parser.parse_args()
    serve = [sys.executable, "-m", "backage", "serve", "--port", "0", "--threads", str(options.threads)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        with running([sys.executable, "-c", BARE, str(options.threads)], folder) as port:
            bare = measure("bare Flask route", port, options.events, options.clients)
        with running(serve, folder) as port:
            ours = measure("backage serve", port, options.events, options.clients)
        with closing(sqlite3.connect(folder / "history.db")) as database:
            (counted,) = database.execute("SELECT sum(downloads) FROM file_day").fetchone()
    print(f"{ours / bare:.2f} of the bare route; counted {counted} of {options.events}")


if __name__ == "__main__":
    main()
