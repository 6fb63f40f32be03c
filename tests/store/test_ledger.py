"""Downloads that arrive are counted once each, whoever brings them, and none is counted that is refused."""

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Barrier, Event

import pytest

from backage.errors import BackageError, ConfigError, TakenError
from backage.models.events import Artifact, Counted, Download
from backage.store.counters import ledger as module
from backage.store.counters.counts import FileKeys, save_file
from backage.store.counters.ledger import KEPT, Ledger
from backage.store.database import open_history
from backage.store.owners import load_owners, save_owner
from tests.store.databases import ask
from tests.store.histories import FORGE, count, day, download, save

COUNTS = "SELECT path, day, downloads FROM file JOIN file_day ON file_day.file = file.key ORDER BY path, day"
LAMP = "org/example/lamp/1.0/lamp-1.0.jar"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a history."""
    return tmp_path / "history.db"


def day_number(number: int) -> int:
    """Return a day as the database stores it."""
    return (day(number) - day(0)).days + 20514


def test_a_download_is_counted_by_file_and_day(path: Path) -> None:
    """With its owner, its package and its version, made when they are first seen."""
    assert count(path, 0, download()) == Counted(1, 0)
    count(path, 0, download(), download(f"{LAMP}.sha1"))
    count(path, 2, download())
    assert ask(path, COUNTS) == [
        (LAMP, day_number(0), 2),
        (LAMP, day_number(2), 1),
        (f"{LAMP}.sha1", day_number(0), 1),
    ]
    assert ask(path, "SELECT login, type, id FROM owner") == [("acme", "cloudrepo", None)]
    assert ask(path, "SELECT type, name, repo FROM package") == [("maven", "org.example.lamp", "releases")]
    assert ask(path, "SELECT id, name FROM version") == [(1, "1.0")]


def test_versions_are_numbered_as_they_come(path: Path) -> None:
    """Of each package by itself."""
    for version in ("2.0", "1.0", "2.0"):
        count(path, 0, download(f"org/example/lamp/{version}/lamp-{version}.jar"))
    count(path, 0, download("org/example/buoy/1.0/buoy-1.0.jar"))
    assert ask(path, "SELECT package, id, name FROM version ORDER BY key") == [
        (1, 1, "2.0"),
        (1, 2, "1.0"),
        (2, 1, "1.0"),
    ]


def test_a_repeated_delivery_counts_once(path: Path) -> None:
    """In one request, in another, and after the server was started anew; of another source it is another."""
    with closing(Ledger(path, lambda: day(0))) as ledger:
        assert ledger.count([download(number=number) for number in "112"]) == Counted(2, 1)
        assert ledger.count([download(number="2")]) == Counted(0, 1)
    assert count(path, 0, download(number="1")) == Counted(0, 1)
    assert count(path, 0, download(owner="other", source="generic", number="1")) == Counted(1, 0)


def test_an_id_is_known_for_a_month(path: Path) -> None:
    """So that the table does not grow for ever."""
    count(path, 0, download(number="1"))
    assert count(path, KEPT, download(number="1")) == Counted(0, 1)
    assert count(path, KEPT + 1, download(number="2")) == Counted(1, 0)
    assert count(path, KEPT + 1, download(number="1")) == Counted(1, 0)


def test_many_threads_lose_nothing(path: Path) -> None:
    """32 bring 50 downloads each at once, and each is counted once."""
    start = Barrier(32)

    def bring(thread: int) -> int:
        start.wait()
        return sum(ledger.count([download(number=f"{thread}-{n}")]).counted for n in range(50))

    with closing(Ledger(path, lambda: day(0))) as ledger, ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(bring, range(32))) == 1600
    assert ask(path, COUNTS) == [(LAMP, day_number(0), 1600)]


def test_an_owner_of_github_is_refused(path: Path) -> None:
    """With all of its request, and nothing else that is written with it; a former login likewise."""
    with open_history(path) as history:
        save(history, 0, 10)
        save_owner(history, FORGE.__class__("hexa-forge", FORGE.type, FORGE.id))
    with closing(Ledger(path, lambda: day(0))) as ledger:
        for login in ("hexa-forge", "Octo-Forge"):
            with pytest.raises(TakenError, match="already an owner of GitHub in this history"):
                ledger.count([download(), download(owner=login)])
        assert ledger.count([download()]) == Counted(1, 0)
    assert ask(path, COUNTS) == [(LAMP, day_number(0), 1)]


def test_an_owner_of_another_source_is_refused(path: Path) -> None:
    """For their numbers would be mixed."""
    count(path, 0, download())
    with pytest.raises(TakenError, match="acme is already an owner of cloudrepo"):
        count(path, 0, download(source="generic"))


def test_github_gets_no_owner_of_a_source(path: Path) -> None:
    """Nor does one that is renamed take its login."""
    count(path, 0, download())
    with open_history(path) as history:
        save(history, 0, 10)
        for was in (None, FORGE.login):
            with pytest.raises(TakenError, match="acme is already an owner of cloudrepo"):
                save_owner(history, FORGE.__class__("acme", FORGE.type, FORGE.id), was)
        assert [owner.login for owner in load_owners(history)] == ["acme", FORGE.login]


def test_a_tag_leads_to_one_image(path: Path) -> None:
    """To that for which it was last asked."""

    def pull(digest: str, tag: str | None) -> None:
        artifact = Artifact("container", "lamp", f"sha256:{digest * 64}", "manifest", tag)
        count(path, 0, Download("harbor", "acme", None, f"lamp@{digest}", artifact))

    for digest, tag in (("a", "latest"), ("a", "v1"), ("b", "latest"), ("b", None), ("b", "latest")):
        pull(digest, tag)
    tags = "SELECT lower(substr(hex(digest), 1, 1)), tags FROM version ORDER BY id"
    assert ask(path, tags) == [("a", "v1"), ("b", "latest")]
    pull("a", "latest")
    assert ask(path, tags) == [("a", "v1,latest"), ("b", "")]


def test_a_file_that_another_program_deleted_is_made_again(path: Path) -> None:
    """What the counters remember of it is forgotten when another program has written."""
    with closing(Ledger(path, lambda: day(0))) as ledger:
        ledger.count([download()])
        with open_history(path) as history:
            history.execute("DELETE FROM owner")
        assert ledger.count([download()]) == Counted(1, 0)
    assert ask(path, COUNTS) == [(LAMP, day_number(0), 1)]


def test_a_clock_that_is_set_back_loses_nothing(path: Path) -> None:
    """A day that was settled is open again when something is counted on it."""
    count(path, 0, download())
    with open_history(path) as history:
        history.execute("UPDATE package SET settled = ?", (day_number(5),))
    count(path, 1, download())
    assert ask(path, "SELECT settled FROM package") == [(day_number(0),)]


def test_a_history_that_cannot_be_written_is_told_to_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next download is counted again."""

    def fail(*_: object) -> None:
        raise ConfigError("the disk is full")

    with closing(Ledger(path, lambda: day(0))) as ledger:
        with monkeypatch.context() as patched:
            patched.setattr("backage.store.counters.ledger.save_file", fail)
            with pytest.raises(ConfigError, match="full"):
                ledger.count([download()])
        assert ledger.count([download()]) == Counted(1, 0)
        ledger.check()


def test_what_comes_seldom_is_on_the_disk_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what comes often once a second, with all that came before it."""
    monkeypatch.setattr(module, "SYNC", 1000.0)  # of a clock that the test moves; no test waits so long
    moments, asked = iter((0, 500, 500, 900, 900, 1000, 1500, 1500, 9000)), list[str]()
    with closing(Ledger(path, lambda: day(0), clock=lambda: next(moments, 9000))) as ledger:
        ledger._db.set_trace_callback(asked.append)  # noqa: SLF001 (what a power cut costs shows nowhere else)
        for _ in range(6):
            ledger.count([download()])
    found = [line.rpartition(" ")[2] for line in asked if "synchronous" in line]
    assert found == ["FULL", "NORMAL", "NORMAL", "FULL", "NORMAL", "FULL"]


def test_the_last_of_a_burst_is_on_the_disk_a_second_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another download; a sync that fails is tried again."""
    monkeypatch.setattr(module, "SYNC", 1000.0)
    moments, syncs, done = iter((0, 999, 1000, 1000, 2000, 2000)), list[str](), Event()

    def authorize(action: int, name: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_PRAGMA and name == "wal_checkpoint":
            syncs.append(name)
            if len(syncs) == 1:
                return sqlite3.SQLITE_DENY
            done.set()
        return sqlite3.SQLITE_OK

    with closing(Ledger(path, lambda: day(0), clock=lambda: next(moments))) as ledger:
        ledger._db.set_authorizer(authorize)  # noqa: SLF001 (what a power cut costs shows nowhere else)
        ledger.count([download()])
        ledger.count([download()])
        assert done.wait(60)
        assert next(moments, None) is None  # it waits without a time now
        moments = iter((3000,))


def gather(ledger: Ledger, *requests: Sequence[Download]) -> list[Counted | BaseException]:
    """Bring requests that are written together, and return what became of each."""
    entered, go = Event(), Event()

    def hold() -> date:
        entered.set()
        assert go.wait(60)
        return day(0)

    def bring(request: Sequence[Download]) -> Counted | BaseException:
        try:
            return ledger.count(request)
        except (BackageError, LookupError) as error:
            return error

    ledger._today = hold  # noqa: SLF001 (it is asked for within a transaction)
    with ThreadPoolExecutor(len(requests) + 1) as pool:
        first = pool.submit(bring, [download("first.jar")])
        assert entered.wait(60)
        found = []
        for number, request in enumerate(requests, 1):
            found.append(pool.submit(bring, request))
            while ledger._requests.qsize() < number:  # noqa: SLF001 (that it waits shows nowhere else)
                pass
        go.set()
        assert first.result() == Counted(1, 0)
        return [future.result() for future in found]


def test_an_error_is_that_of_its_own_request(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of requests that are written together the others count; nothing of the one that fails is kept."""

    def fail(db: sqlite3.Connection, file: Download) -> FileKeys:
        if file.path == "bad.jar":
            raise LookupError("what is in it")
        return save_file(db, file)

    monkeypatch.setattr(module, "save_file", fail)
    with closing(Ledger(path, lambda: day(0))) as ledger:
        one, bad, taken, two = gather(
            ledger,
            [download("one.jar", number="1"), download("two.jar")],
            [download("three.jar", number="2"), download("bad.jar")],
            [download("four.jar"), download("five.jar", source="generic")],
            [download("two.jar", number="1"), download("two.jar", number="2")],
        )
        assert (one, two) == (Counted(2, 0), Counted(1, 1))
        assert isinstance(bad, LookupError)
        assert isinstance(taken, TakenError)
        assert ledger.count([download("three.jar")]) == Counted(1, 0)
    assert [row[0::2] for row in ask(path, COUNTS)] == [
        ("first.jar", 1),
        ("one.jar", 1),
        ("three.jar", 1),
        ("two.jar", 2),
    ]
    assert ask(path, "SELECT count(*) FROM delivery") == [(2,)]


def test_what_was_accepted_is_counted_before_the_end(path: Path) -> None:
    """What comes later is refused, and does not wait for ever."""
    ledger = Ledger(path, lambda: day(0))
    with ThreadPoolExecutor(1) as pool:
        outcomes = gather(ledger, *[[download()]] * 5)
        pool.submit(ledger.close).result(60)
    assert outcomes == [Counted(1, 0)] * 5
    assert ask(path, "SELECT sum(downloads) FROM file_day") == [(6,)]
    with pytest.raises(ConfigError, match="the server ends"):
        ledger.count([download()])
    ledger.close()


def test_a_full_disk_is_told_to_those_whom_it_hits(path: Path) -> None:
    """As a sentence; nothing of them is kept, and what finds room counts."""
    with closing(Ledger(path, lambda: day(0))) as ledger:
        ledger.count([download("first.jar")])
        (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()  # noqa: SLF001 (the size of the file)
        ledger._db.execute(f"PRAGMA max_page_count = {pages + 1}")  # noqa: SLF001 (the same)
        many = [download(f"{number}{'x' * 200}.jar") for number in range(200)]
        small, large = gather(ledger, [download("first.jar")], many)
        assert small == Counted(1, 0)
        assert isinstance(large, ConfigError)
        assert "full" in str(large)
        ledger._db.execute("PRAGMA max_page_count = 100000")  # noqa: SLF001 (there is room again)
        assert ledger.count(many) == Counted(200, 0)
    assert ask(path, "SELECT sum(downloads) FROM file_day") == [(203,)]
