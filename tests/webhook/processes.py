"""A server in a process of its own, as it is started in earnest."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

TOKEN = "0123456789abcdef-token"  # noqa: S105 (of the test)


class Process:
    """A server that listens; its log is a file, so that it never waits for a reader."""

    def __init__(self, folder: Path, *options: str, token: str | None = TOKEN) -> None:
        """Start it, and wait until it listens or ends."""
        self.log = folder / "server.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKAGE_")}
        if token:
            environment["BACKAGE_WEBHOOK_TOKEN"] = token
        command = [sys.executable, "-m", "backage", "serve", "--port", "0", *options]
        self.log.touch()
        self._stream = self.log.open("r+")
        self._stream.seek(0, os.SEEK_END)
        self._from = self._stream.tell()
        self.process = subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=folder, env=environment, stderr=self._stream
        )
        self.port = 0
        while self.process.poll() is None and not self.port:
            found = re.search(r"listening on http://127\.0\.0\.1:([0-9]+)", self.said())
            self.port = int(found[1]) if found else 0
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
        if self.process.poll() is not None:
            self._stream.close()

    def said(self) -> str:
        """Read what it logged since it was started."""
        return self.log.read_text()[self._from :]

    def connect(self) -> HTTPConnection:
        """Open a connection."""
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """Ask once."""
        with closing(self.connect()) as connection:
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read().decode()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and wait for the end."""
        self.process.send_signal(how)
        code = self.process.wait(60)
        self._stream.close()
        return code


@contextmanager
def running(folder: Path, *options: str, token: str | None = TOKEN) -> Iterator[Process]:
    """Run a server, and end it."""
    process = Process(folder, *options, token=token)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.end(signal.SIGKILL)
