"""The server in a process of its own: it starts, takes what is sent on real connections, ends in order."""

import json
import signal
import socket
from pathlib import Path

import pytest

from tests.store.databases import ask
from tests.webhook.conftest import JAR
from tests.webhook.processes import TOKEN, Process, running

EVENT = json.dumps({"file-name": JAR, "repository-id": "releases"}).encode()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order(tmp_path: Path, how: signal.Signals) -> None:
    """With what was counted in the history, days included."""
    with running(tmp_path) as server:
        assert server.ask("GET", "/")[0] == 200
        assert server.ask("POST", f"/callback/{TOKEN}", EVENT) == (200, {"success": True})
        assert server.ask("POST", "/callback", EVENT)[0] == 403
        assert server.end(how) == 0
        assert server.said().endswith("ended\n")
        assert TOKEN not in server.said()
    history = tmp_path / "history.db"
    assert ask(history, "SELECT sum(downloads) FROM file_day") == [(1,)]
    assert ask(history, "SELECT downloads, downloads_day FROM packages") == [(1, 1)]


def test_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    """A server needs a token unless it is open, which it logs; a token that can be guessed is refused."""
    for token, sentence in ((None, "Set BACKAGE_WEBHOOK_TOKEN"), ("short", "16 characters")):
        server = Process(tmp_path, token=token)
        assert server.process.returncode == 2
        assert sentence in server.said()
        assert "Traceback" not in server.said()
    with running(tmp_path, "--open", token=None) as server:
        assert "whoever reaches this server can count downloads" in server.said()
        assert server.ask("POST", "/callback", EVENT)[0] == 200


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    """An address in use is reported in one sentence."""
    with running(tmp_path) as first:
        second = Process(tmp_path, "--port", str(first.port))
        assert second.process.returncode == 2
        assert "cannot be listened on" in second.said()
        assert "Traceback" not in second.said()


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side ends."""
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


@pytest.mark.parametrize("told", [True, False])
def test_a_body_without_end(tmp_path: Path, told: object) -> None:
    """A gigabyte is refused: by its length at once, and in parts as soon as they are too many."""
    with running(tmp_path, "--max-body", "1024") as server:
        before = memory_of(server)
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            head = f"POST /callback/{TOKEN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            if told:
                connection.sendall(f"{head}Content-Length: 1073741824\r\n\r\n".encode())
            else:
                connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
                try:
                    for _ in range(1024):
                        connection.sendall(b"100000\r\n" + b" " * 2**20 + b"\r\n")
                except OSError:
                    told = True  # it had enough
            assert told
            try:
                answer = read_all(connection)
            except ConnectionError:
                answer = b""
        assert not answer or b" 413 " in answer.splitlines()[0]
        assert memory_of(server) - before < 20_000
        assert server.ask("POST", f"/callback/{TOKEN}", EVENT)[0] == 200
        assert server.ask("POST", f"/callback/{TOKEN}", b" " * 2000)[0] == 413


def memory_of(server: Process) -> int:
    """Read how much memory a process takes, in kilobytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def test_nonsense_on_the_wire(tmp_path: Path) -> None:
    """Invalid HTTP is refused, and the next request is answered."""
    with running(tmp_path) as server:
        for text in (
            b"\x16\x03\x01",
            b"GET\r\n\r\n",
            b"POST /callback HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                read_all(connection)
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(b"POST /callback HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n")
            assert b" 431 " in connection.recv(100)
        assert server.ask("GET", "/health")[0] == 200
