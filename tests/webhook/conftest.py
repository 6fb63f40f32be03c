"""A server that runs within the test, and what is sent to it."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backage.pipeline.events import refresh_counted_days
from backage.store.counters.users import hash_password, save_users
from backage.store.database import open_history
from backage.webhook.state import Setup
from backage.webhook.wsgi import make_app
from tests.store.databases import ask

TOKEN = "0123456789abcdef-token"  # noqa: S105 (of the test)
PASSWORD = "correct horse"  # noqa: S105 (the same)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
JAR = "org/example/lamp/1.0/lamp-1.0.jar"


@dataclass
class Receiver:
    """A server on a history, its clock, and what it logged."""

    history: Path
    app: Flask
    clock: list[float]
    log: list[str] = field(default_factory=list)

    def client(self) -> FlaskClient:
        """Return a client with its own cookies."""
        return self.app.test_client()

    def send(self, data: Any, path: str = f"/callback/{TOKEN}", **more: Any) -> TestResponse:
        """Send an event; bytes and texts as they are, all else as JSON."""
        kind = "data" if isinstance(data, bytes | str) else "json"
        return self.client().post(path, **{kind: data}, **more)

    def download(self, file: str = JAR, **more: object) -> None:
        """Send an event of CloudRepo, which is taken."""
        answer = self.send({"file-name": file, "repository-id": "releases", **more})
        assert (answer.status_code, answer.json) == (200, {"success": True})

    def counts(self) -> list[tuple[Any, ...]]:
        """Read what was counted, by file."""
        query = (
            "SELECT path, kind, sum(downloads) FROM file JOIN file_day ON file_day.file = file.key GROUP BY 1"
        )
        return ask(self.history, query)

    def health(self) -> dict[str, Any]:
        """Ask how it is."""
        found: dict[str, Any] = self.client().get("/health").json or {}
        return found

    def settle(self) -> None:
        """Turn counters into days."""
        with open_history(self.history) as history:
            refresh_counted_days(history, self.today())

    def today(self) -> date:
        """Return the server's current day."""
        return datetime.fromtimestamp(self.clock[0], UTC).date()


@contextmanager
def run_receiver(folder: Path, **more: Any) -> Iterator[Receiver]:
    """Run a server that needs the token, unless told otherwise."""
    clock, log = [NOON], list[str]()
    setup = Setup(folder / "history.db", lambda: clock[0], **{"token": TOKEN, "log": log.append, **more})
    app = make_app(setup)
    with closing(app.extensions["backage"].ledger):
        yield Receiver(setup.history, app, clock, log)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Return a server."""
    with run_receiver(tmp_path) as running:
        yield running


def csrf_of(client: FlaskClient, page: str = "/login") -> str:
    """Read what a form has to send back."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def log_in(client: FlaskClient, name: str = "ada", password: str = PASSWORD) -> TestResponse:
    """Fill in the form, and send it."""
    return client.post("/login", data={"csrf": csrf_of(client), "name": name, "password": password})


@pytest.fixture(scope="session")
def kept() -> str:
    """Return the password's hash, which takes a while to make."""
    return hash_password(PASSWORD)


@pytest.fixture
def user(receiver: Receiver, kept: str) -> FlaskClient:
    """Return a user who is logged in."""
    with open_history(receiver.history) as history:
        save_users(history, {"ada": kept})
    client = receiver.client()
    assert log_in(client).status_code == 303
    return client
