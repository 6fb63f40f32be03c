"""A server that is killed while many send: what it acknowledged is counted, once."""

import json
import signal
import threading
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.store.databases import ask
from tests.webhook.processes import TOKEN, Process

CLIENTS, EVENTS, KILLS = 32, 4000, 3


class Sender:
    """Clients that share a list of events, and note which were acknowledged."""

    def __init__(self) -> None:
        """Begin with all events to be sent."""
        self.left = list(range(EVENTS))
        self.acknowledged: list[int] = []
        self.lock = threading.Lock()

    def send(self, server: Process) -> None:
        """Send from one client until nothing is left or the server ends; repeat what got no answer."""
        with closing(server.connect()) as connection:
            while (number := self.take()) is not None:
                event = {"file": f"tools/{number % 7}.zip", "id": f"event {number}"}
                try:
                    connection.request("POST", f"/callback/{TOKEN}", json.dumps(event))
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, HTTPException):
                    with self.lock:
                        self.left.append(number)
                    return
                assert answer.status == 200
                with self.lock:
                    self.acknowledged.append(number)

    def take(self) -> int | None:
        """Return an event that is not acknowledged yet."""
        with self.lock:
            return self.left.pop() if self.left else None

    def run(self, server: Process, until: int, how: signal.Signals) -> None:
        """Send from all clients, and kill the server once so many events are acknowledged."""
        clients = [threading.Thread(target=self.send, args=(server,)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            if len(self.acknowledged) >= until and server.process.poll() is None:
                server.end(how)
            clients[0].join(0.005)
        if server.process.poll() is None:
            server.end()


@pytest.mark.slow
def test_killed_while_many_send(tmp_path: Path) -> None:
    """Every event is counted once in the end, and every acknowledged one at any time."""
    from signal import SIGKILL, SIGTERM  # noqa: PLC0415 (the annotation above needs no import)

    history, sender = tmp_path / "history.db", Sender()
    total = "SELECT coalesce(sum(downloads), 0) FROM file_day"
    for kill in range(1, KILLS + 1):
        sender.run(Process(tmp_path), EVENTS * kill // (KILLS + 1), SIGKILL)
        assert ask(history, "PRAGMA integrity_check") == [("ok",)]
        ((counted,),) = ask(history, total)
        assert counted >= len(sender.acknowledged)
        assert ask(history, "SELECT count(*) FROM delivery") == [(counted,)]
    server = Process(tmp_path)
    sender.run(server, EVENTS + 1, SIGTERM)
    assert sorted(sender.acknowledged) == list(range(EVENTS))
    assert ask(history, total) == [(EVENTS,)]
    assert ask(history, "SELECT sum(downloads) FROM packages") == [(EVENTS,)]
