"""Shared fixtures: the stand-in for GitHub, and an instance of backage that reads it."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backage.config import Settings, load_settings
from backage.crawl.job import LookupLimits, Plan
from backage.crawl.tally import Tally
from backage.fetch.budget import Budget
from backage.fetch.client import Client
from backage.fetch.limiter import Limiter
from backage.owners import Entry, OptOut, merge
from backage.pipeline.update import update
from backage.standin.server import StandinServer
from backage.standin.world import World
from backage.store.database import open_history

START = date(2026, 8, 20)
WINDOWS = ("raw_downloads_month", "raw_downloads_week", "raw_downloads_day")
NONE = LookupLimits()


class Clock:
    """A clock that moves only when somebody sleeps, so that no test waits."""

    def __init__(self) -> None:
        """Start at an arbitrary moment."""
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += seconds


@dataclass
class Instance:
    """A folder with a history and an index, and the stand-in that they record."""

    folder: Path
    server: StandinServer
    optout: OptOut = field(default_factory=OptOut)
    clock: Clock = field(default_factory=Clock)

    @property
    def history(self) -> Path:
        """The path of the history."""
        return self.folder / "history.db"

    @property
    def index(self) -> Path:
        """The path of the index."""
        return self.folder / "index"

    def settings(self, token: str | None) -> Settings:
        """Return the settings that lead to the stand-in."""
        return load_settings({**self.server.environment(), **({"GITHUB_TOKEN": token} if token else {})})

    def client(self, settings: Settings, requests: int | None) -> Client:
        """Return a client that may send so many requests, and waits on the clock of the test."""
        return Client(
            settings,
            Budget(self.clock, requests),
            Limiter(0, self.clock, self.clock.sleep),
            clock=self.clock,
            wall_clock=self.clock,
            sleep=self.clock.sleep,
            chance=lambda: 0.5,
        )

    def update(
        self,
        *owners: str,
        day: date | None = None,
        requests: int | None = None,
        token: str | None = "token",  # noqa: S107 (the stand-in takes any)
        jobs: int = 4,
        lookups: LookupLimits = NONE,
        today: Callable[[], date] | None = None,
        entries: Sequence[Entry] | None = None,
    ) -> Tally:
        """Run the main job on the stand-in's day."""
        settings = self.settings(token)
        client = self.client(settings, requests)
        tally = Tally()
        names = owners or [owner.login for owner in self.server.world.owners]
        with open_history(self.history) as history:
            plan = Plan(
                entries or merge([], names),
                self.optout,
                day or self.server.world.today,
                today or (lambda: day or self.server.world.today),
                jobs,
                lookups,
            )
            update(history, client, settings, plan, self.index, tally)
        client.close()
        return tally

    def shown(self, path: str) -> dict[str, Any]:
        """Read a JSON file of the index."""
        found: dict[str, Any] = json.loads((self.index / f"{path}.json").read_text(encoding="utf-8"))
        return found

    def table(self, path: str) -> list[list[str]]:
        """Read the lines of a CSV file of the index, without its header."""
        lines = (self.index / f"{path}.csv").read_text(encoding="utf-8").splitlines()
        return [line.split(",") for line in lines[1:]]

    def files(self) -> dict[str, bytes]:
        """Read the whole index."""
        found = (path for path in self.index.rglob("*") if path.is_file())
        return {str(path.relative_to(self.index)): path.read_bytes() for path in found}

    def packages(self) -> dict[str, bytes]:
        """Read the index without the instance's own file, which changes with each run."""
        return {path: data for path, data in self.files().items() if path != ".json"}

    def count_requests(self, part: str) -> int:
        """Count the requests whose target contains a text."""
        return sum(part in target for _, target in self.server.requests)


def differences(instance: Instance) -> list[str]:
    """Compare the index with the stand-in's counts; windows and sizes may be unknown, never wrong.

    Versions of Maven packages are compared by name, for their ids may be unknown too.
    """
    found = []
    for truth in instance.server.world.truth():
        path = f"{truth['owner']}/{truth['repo']}/{truth['package']}"
        shown = instance.shown(path)
        compared = {key: value for key, value in truth.items() if key not in {"version", "raw_size"}}
        if truth["package_type"] == "maven":
            compared = {
                key: value for key, value in compared.items() if key not in WINDOWS or shown[key] != -1
            }
        found += [f"{path} {key}" for key, value in compared.items() if shown[key] != value]
        if len(shown["version"]) != shown["raw_versions"]:
            found.append(f"{path} count of versions")
        key = "name" if truth["package_type"] == "maven" else "id"
        if [version[key] for version in shown["version"]] != [version[key] for version in truth["version"]]:
            found.append(f"{path} {key}s")
            continue
        for mine, theirs in zip(shown["version"], truth["version"], strict=True):
            exact = ("name", "tags", "raw_downloads")
            known = [key for key in theirs if (key.startswith("raw_") or key == "id") and mine[key] != -1]
            found += [
                f"{path} {mine['id']} {key}"
                for key in (*exact, *known)
                if list_of(mine[key]) != list_of(theirs[key])
            ]
    return found


def list_of(value: object) -> object:
    """Compare tags without their order."""
    return sorted(value) if isinstance(value, list) else value


@pytest.fixture(autouse=True)
def check_connections() -> Iterator[None]:
    """Fail a test that leaves a database open; Python itself says so since 3.13, and not always in time."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connect_and_keep(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        opened.append(connection)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect_and_keep)
        yield
    assert not any(map(is_open, opened)), "a connection to a database was not closed"


def is_open(connection: sqlite3.Connection) -> bool:
    """Return whether a connection is still open, from any thread."""
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve the demonstration's dozen packages."""
    with StandinServer(World(START)) as running:
        yield running


@pytest.fixture
def instance(tmp_path: Path, server: StandinServer) -> Instance:
    """Return an instance without a history."""
    return Instance(tmp_path, server)
