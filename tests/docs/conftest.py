"""An instance to run the documentation's examples in: that of `backage demo`, and the GitHub that it read."""

import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backage.crawl.job import LookupLimits
from backage.standin.server import StandinServer
from backage.standin.world import World
from tests.conftest import Instance
from tests.docs.process import run
from tests.docs.text import Block
from tests.support.repositories import Repository

LAST = date(2026, 11, 22)
DAYS = 3
RAW = "https://raw.githubusercontent.com/octo-forge/backage/main"
COLUMNS = "owner_id, owner_type, package_type, owner, repo, package, downloads, size, date"


@dataclass(frozen=True)
class Stage:
    """A folder with an instance, which is a repository too, and what it was before beside it."""

    folder: Path
    environment: dict[str, str]
    raw: str

    def run(self, block: Block) -> str:
        """Run an example as a reader would, in the instance's folder; give what it printed."""
        text = block.text.replace(RAW, self.raw)
        command = {
            "sh": ["sh", "-eu", "-c", text],
            "python": [sys.executable, "-c", text],
            "js": ["node", "--input-type=module", "--eval", text],
        }[block.language]
        done = run(*command, cwd=self.folder, env=self.environment)
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        return done.stdout


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and writes no log."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback, as raw.githubusercontent.com serves a branch."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def world() -> Iterator[StandinServer]:
    """Serve the small GitHub on the last of three days."""
    with StandinServer(World(LAST - timedelta(days=DAYS - 1))) as server:
        yield server


@pytest.fixture(scope="session")
def grown(world: StandinServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the instance, committed daily, and a database of the flat form beside it."""
    folder = tmp_path_factory.mktemp("grown")
    instance = Instance(folder / "instance", world)
    repository = Repository(instance.folder).begin()
    for name, text in (
        ("owners.txt", "Octo-Forge\nmona-lab\n"),
        ("optout.txt", ""),
        (".gitignore", "*.db*\n"),
    ):
        (instance.folder / name).write_text(text)
    for number in range(DAYS):
        if number:
            world.world.advance()
        assert instance.update(lookups=LookupLimits(None, None)).failures == []
        repository.commit_on(world.world.today)
    _make_flat(instance.history, folder / "old.db")
    return folder


@pytest.fixture
def stage(grown: Path, world: StandinServer, tmp_path: Path) -> Iterator[Stage]:
    """Stand in a copy of it, with a remote to push to, the clone of an older instance, and its database."""
    shutil.copytree(grown / "instance", tmp_path / "instance")
    shutil.copyfile(grown / "old.db", tmp_path / "old.db")
    here = Repository(tmp_path / "instance")
    here.clone(tmp_path / "old")
    here.clone(tmp_path / "origin.git", "--bare")
    here.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    here.git("config", "user.name", "Mona")
    here.git("config", "user.email", "mona@example.org")
    outside = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    environment = {
        **outside,
        **world.environment(),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GITHUB_TOKEN": "token",
        "BACKAGE_DATE": LAST.isoformat(),
    }
    with serve(here.folder) as raw:
        yield Stage(here.folder, environment, raw)


def _make_flat(history: Path, target: Path) -> None:
    """Write the packages of a history as a table of texts, as older instances kept them."""
    with closing(sqlite3.connect(history)) as database:
        rows = database.execute(f"SELECT {COLUMNS} FROM packages").fetchall()  # noqa: S608 (constants)
    with closing(sqlite3.connect(target)) as database:
        columns = COLUMNS.split(", ")
        database.execute(f"CREATE TABLE packages ({', '.join(f'{name} TEXT' for name in columns)})")
        database.executemany(f"INSERT INTO packages VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608 (marks)
        database.commit()
