"""Count downloads as they arrive: one thread writes what the requests of all others bring.

Requests that arrive while it writes are written together next. An acknowledged download is in the file, so
the end of the process loses nothing. At most a second later it is on the disk, so a power cut loses no more
than that second.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from backage.errors import ConfigError
from backage.models.events import Counted, Download
from backage.store.counters.counts import FileKeys, save_file, save_tag
from backage.store.database import explained, open_history, path_of, to_number, transaction

KEPT = 30
"""Days for which the id of a delivery is known, so that a repeated one does not count."""

SYNC = 1.0
"""Most seconds between a commit and its sync to the disk."""

GATHER = 0.002
"""Seconds that the writer waits for more requests, if there were several the last time."""

CHECKPOINT = 10_000
"""Pages of 4 KiB in the write-ahead log before SQLite moves them into the database, which is slow."""

MOST_KNOWN = 50_000
"""Files whose keys are cached, so that another download needs no query."""

MOST_AT_ONCE = 500
"""Rows of one statement."""

_ADD_DELIVERIES = "INSERT INTO delivery (id, day) VALUES {} ON CONFLICT (id) DO NOTHING RETURNING id"
_ADD_COUNTS = (
    "INSERT INTO file_day (file, day, downloads) VALUES {}"
    " ON CONFLICT (file, day) DO UPDATE SET downloads = downloads + excluded.downloads"
)


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """The downloads of one request, and what becomes of them."""

    downloads: Sequence[Download]
    outcome: Future[Counted] = field(default_factory=Future)


Batch = Sequence[PendingRequest]
Outcome = Counted | Exception


class Ledger:
    """The counters of a history; `today` returns the day for which downloads count, in UTC."""

    def __init__(
        self,
        path: Path,
        today: Callable[[], date],
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a history; create it if it is missing. `pause` takes seconds, `clock` returns them.

        Raises:
            ConfigError: the file is no history, or cannot be written.
        """
        self._today, self._pause, self._clock = today, pause, clock
        self._synced, self._is_synced = -SYNC, True
        self._db = open_history(path, shared=True)
        try:
            self._path = path_of(self._db)
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
        except BaseException:
            self._db.close()
            raise
        self._entering, self._using = Lock(), Lock()
        self._requests: SimpleQueue[PendingRequest | None] = SimpleQueue()
        self._writer: Thread | None = None
        self._is_closed = False
        self._files: dict[Download, FileKeys] = {}
        self._open: set[int] = set()  # keys of packages without a settled today
        self._seen = self._day = -1

    def count(self, downloads: Sequence[Download]) -> Counted:
        """Count the downloads of one request, all or none; return once they are in the file.

        Raises:
            TakenError: an owner's login belongs to another source.
            ConfigError: another program holds the history, the disk is full, or the ledger is closed.
        """
        pending = PendingRequest(downloads)
        with self._entering:
            if self._is_closed:
                raise ConfigError(f"{self._path} is closed: the server ends.")
            if self._writer is None:  # not before, because some servers fork once the application is made
                self._writer = Thread(target=self._write_until_closed, daemon=True)
                self._writer.start()
            self._requests.put(pending)
        return pending.outcome.result()

    def check(self) -> None:
        """Check that the history can be used.

        Raises:
            ConfigError: it cannot.
        """
        with self._using, explained(self._path):
            self._db.execute("SELECT max(day) FROM file_day").fetchone()

    def close(self) -> None:
        """Count the requests that were accepted, and close the history."""
        with self._entering:
            self._is_closed = True
            self._requests.put(None)
        if self._writer:
            self._writer.join()
        with self._using:
            self._db.close()

    def _write_until_closed(self) -> None:
        """Write what has gathered, again and again. If no request comes for a second, sync the last ones."""
        batch: list[PendingRequest | None] = []
        while None not in batch:
            was_crowded = len(batch) > 1
            due = None if self._is_synced else max(0.0, self._synced + SYNC - self._clock())
            try:
                batch = [self._requests.get(timeout=due)]
            except Empty:
                self._sync()
                continue
            if was_crowded:
                self._pause(GATHER)
            while not self._requests.empty():
                batch.append(self._requests.get())
            if requests := [pending for pending in batch if pending]:
                self._write(requests)
        self._sync()

    def _sync(self) -> None:
        """Sync commits to the disk. If that fails, it is tried again a second later."""
        self._synced = self._clock()
        with suppress(sqlite3.Error), self._using:
            (is_busy, *_) = self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._is_synced = not is_busy

    def _write(self, batch: Batch) -> None:
        outcomes: Sequence[Outcome]
        try:
            with self._using:
                outcomes = self._commit(batch)
        except Exception as error:  # noqa: BLE001 (each waiting thread raises it)
            self._drop_cache()
            outcomes = [error] * len(batch)
        for pending, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Counted):
                pending.outcome.set_result(outcome)
            else:
                pending.outcome.set_exception(outcome)

    def _commit(self, batch: Batch) -> Sequence[Outcome]:
        now = self._clock()
        is_due = now - self._synced >= SYNC
        self._db.execute(f"PRAGMA synchronous = {'FULL' if is_due else 'NORMAL'}")
        with transaction(self._db) as db:
            day = to_number(self._today())
            self._refresh_cache(db, day)
            outcomes = self._try_count(db, batch, day)
        if any(isinstance(outcome, Counted) and outcome.counted for outcome in outcomes):
            self._is_synced = is_due  # a commit that writes nothing syncs nothing
            self._synced = now if is_due else self._synced
        return outcomes

    def _refresh_cache(self, db: sqlite3.Connection, day: int) -> None:
        """Drop cached keys if another program has written, or they are too many; on a new day, old ids."""
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version != self._seen or len(self._files) > MOST_KNOWN:
            self._drop_cache()
            self._seen = version
        if day != self._day:
            self._open.clear()
            db.execute("DELETE FROM delivery WHERE day < ?", (day - KEPT,))
            self._day = day

    def _drop_cache(self) -> None:
        self._files.clear()
        self._open.clear()

    def _try_count(self, db: sqlite3.Connection, batch: Batch, day: int) -> Sequence[Outcome]:
        """Count all requests at once or, if that fails, each by itself, so that no error spreads."""
        db.execute("SAVEPOINT batch")
        outcomes: Sequence[Outcome]
        try:
            with explained(self._path):
                outcomes = self._count(db, batch, day)
        except Exception as error:
            if not db.in_transaction:  # on a full disk SQLite has rolled back already
                raise
            db.execute("ROLLBACK TO batch")
            self._drop_cache()
            is_alone = len(batch) == 1
            outcomes = [error] if is_alone else [self._try_count(db, [each], day)[0] for each in batch]
        db.execute("RELEASE batch")
        return outcomes

    def _count(self, db: sqlite3.Connection, batch: Batch, day: int) -> list[Counted]:
        """Count requests with few statements, because at each one another thread may take over."""
        requests = [[(_hash_delivery(each), each) for each in pending.downloads] for pending in batch]
        hashes = [(hashed, day) for request in requests for hashed, _ in request if hashed]
        new = {hashed for (hashed,) in _execute_rows(db, _ADD_DELIVERIES, hashes)}
        counts, packages, outcomes = Counter[int](), set[int](), list[Counted]()
        for request in requests:
            counted = 0
            for hashed, download in request:
                if hashed and hashed not in new:
                    continue
                new.discard(hashed)
                file, package, version = self._find(db, replace(download, id=None))
                counts[file] += 1
                packages.add(package)
                counted += 1
                if download.artifact.tag and version is not None:
                    save_tag(db, package, version, download.artifact.tag)
            outcomes.append(Counted(counted, len(request) - counted))
        _execute_rows(db, _ADD_COUNTS, [(file, day, count) for file, count in counts.items()])
        reopened = [(day, package) for package in packages - self._open]
        db.executemany("UPDATE package SET settled = ?1 - 1 WHERE settled >= ?1 AND key = ?2", reopened)
        self._open |= packages
        return outcomes

    def _find(self, db: sqlite3.Connection, file: Download) -> FileKeys:
        """Return the keys of a file; add it if it is new."""
        if file not in self._files:
            self._files[file] = save_file(db, file)
        return self._files[file]


def _hash_delivery(download: Download) -> bytes | None:
    """Return 16 bytes of a hash of a delivery's id; None without an id, which always counts."""
    if download.id is None:
        return None
    return sha256(f"{download.source}\0{download.id}".encode()).digest()[:16]


def _execute_rows(db: sqlite3.Connection, query: str, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Insert rows with few statements, and return the rows that these return."""
    found: list[Any] = []
    for start in range(0, len(rows), MOST_AT_ONCE):
        some = rows[start : start + MOST_AT_ONCE]
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in some)
        found += db.execute(query.format(marks), list(chain.from_iterable(some))).fetchall()
    return found
