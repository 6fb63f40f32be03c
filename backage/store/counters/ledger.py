"""Count downloads as they arrive: one transaction writes the requests of many threads.

The first thread writes; meanwhile the others gather and are written together next. A request that comes alone
does not wait. An acknowledged download is in the file, so the end of the process loses nothing. The first
transaction after each second also syncs to the disk: a power cut loses at most what was counted since.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from backage.errors import TakenError
from backage.models.events import Artifact, Counted, Download
from backage.models.history import Owner
from backage.store.counters.counts import FileKeys, save_file, save_tag
from backage.store.database import explained, open_history, path_of, to_number, transaction
from backage.store.owners import check_source

KEPT = 30
"""Days for which the id of a delivery is known, so that a repeated one does not count."""

SYNC = 1.0
"""Seconds after which the next transaction syncs to the disk."""

GATHER = 0.002
"""Seconds that the writing thread waits for others, if there were others the last time."""

CHECKPOINT = 10_000
"""Pages of 4 KiB in the write-ahead log before SQLite moves them into the database, which is slow."""

MOST_KNOWN = 50_000
"""Files whose keys are cached, so that another download needs no query."""

MOST_AT_ONCE = 500
"""Rows of one statement."""

_ADD = (
    "INSERT INTO file_day (file, day, downloads) VALUES {}"
    " ON CONFLICT (file, day) DO UPDATE SET downloads = downloads + excluded.downloads"
)

T = TypeVar("T")
_FileIdentity = tuple[str, str, str | None, str, "Artifact"]


def _acquired_lock() -> Lock:
    """Return a lock that is acquired already."""
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class PendingRequest:
    """The downloads of one request, and their outcome."""

    downloads: Sequence[Download]
    outcome: Counted | BaseException | None = None
    turn: Lock = field(default_factory=_acquired_lock)


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
        self._synced = -SYNC
        self._db = open_history(path, shared=True)
        try:
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
        except BaseException:
            self._db.close()
            raise
        self._gathering, self._writing = Lock(), Lock()
        self._waiting: list[PendingRequest] = []
        self._busy = self._crowded = False
        self._files: dict[_FileIdentity, FileKeys] = {}
        self._open: set[int] = set()  # keys of packages without a settled today
        self._seen = -1
        self._pruned = -1

    def count(self, downloads: Sequence[Download]) -> Counted:
        """Count the downloads of one request, all or none; return once they are in the file.

        Raises:
            TakenError: an owner's login belongs to another source.
            ConfigError: another program holds the history, or the disk is full.
        """
        pending = PendingRequest(downloads)
        with self._gathering:
            self._waiting.append(pending)
            leads = not self._busy
            self._busy = True
        if not leads:
            pending.turn.acquire()  # until it is written, or is the next to write
        if pending.outcome is None:
            self._lead()
        if isinstance(pending.outcome, Counted):
            return pending.outcome
        raise pending.outcome or RuntimeError("nothing became of it")

    def check(self) -> None:
        """Check that the history can be used.

        Raises:
            ConfigError: it cannot.
        """
        with self._writing, explained(path_of(self._db)):
            self._db.execute("SELECT max(day) FROM file_day").fetchone()

    def close(self) -> None:
        """Wait for the current transaction, and close."""
        with self._writing:
            self._db.close()

    def _lead(self) -> None:
        """Write the requests that have gathered; then let the first of those that came meanwhile lead."""
        if self._crowded:
            self._pause(GATHER)
        with self._gathering:
            batch, self._waiting = self._waiting, []
        self._crowded = len(batch) > 1
        try:
            self._write(batch)
        finally:
            for pending in batch:
                pending.turn.release()
            with self._gathering:
                self._busy = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].turn.release()

    def _write(self, batch: Sequence[PendingRequest]) -> None:
        outcomes: Sequence[Counted | BaseException]
        try:
            with self._writing:
                outcomes = self._commit(batch)
        except BaseException as error:  # noqa: BLE001 (each waiting thread raises it)
            self._drop_cache()
            outcomes = [error] * len(batch)
        for pending, outcome in zip(batch, outcomes, strict=True):
            pending.outcome = outcome

    def _commit(self, batch: Sequence[PendingRequest]) -> Sequence[Counted | BaseException]:
        now = self._clock()
        due = now - self._synced >= SYNC
        self._db.execute(f"PRAGMA synchronous = {'FULL' if due else 'NORMAL'}")
        with transaction(self._db) as db:
            self._drop_cache_if_changed(db)
            outcomes = self._count(db, batch)
        self._synced = now if due else self._synced
        return outcomes

    def _drop_cache_if_changed(self, db: sqlite3.Connection) -> None:
        """Drop cached keys if another program has written to the history, or they are too many."""
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version != self._seen or len(self._files) > MOST_KNOWN:
            self._drop_cache()
            self._seen = version

    def _drop_cache(self) -> None:
        self._files.clear()
        self._open.clear()

    def _count(
        self, db: sqlite3.Connection, batch: Sequence[PendingRequest]
    ) -> list[Counted | BaseException]:
        """Count all requests with few statements, for at each one another thread may take over."""
        day, counts = to_number(self._today()), Counter[int]()
        self._prune(db, day)
        known = _load_known(db, [each for pending in batch for each in pending.downloads])
        new_deliveries: set[bytes] = set()
        packages: set[int] = set()
        outcomes: list[Counted | BaseException] = []
        for pending in batch:
            try:
                self._check(db, pending)
            except TakenError as error:
                outcomes.append(error)
                continue
            new = 0
            for download in pending.downloads:
                delivery = _hash_delivery(download)
                if delivery in known or delivery in new_deliveries:
                    continue
                if delivery is not None:
                    new_deliveries.add(delivery)
                file, package, version = self._find(db, download)
                counts[file] += 1
                packages.add(package)
                new += 1
                if download.artifact.tag and version is not None:
                    save_tag(db, package, version, download.artifact.tag)
            outcomes.append(Counted(new, len(pending.downloads) - new))
        _insert(db, "INSERT INTO delivery VALUES {}", [(delivery, day) for delivery in new_deliveries])
        _insert(db, _ADD, [(file, day, count) for file, count in counts.items()])
        for some in _chunks(list(packages - self._open)):
            marks = ", ".join("?" * len(some))
            query = f"UPDATE package SET settled = ? - 1 WHERE settled >= ? AND key IN ({marks})"  # noqa: S608 (marks)
            db.execute(query, (day, day, *some))
        self._open |= packages
        return outcomes

    def _check(self, db: sqlite3.Connection, pending: PendingRequest) -> None:
        """Check that the owners of files that are not cached belong to no other source."""
        new = (each for each in pending.downloads if _identity_of(each) not in self._files)
        for owner in {(download.owner, download.source) for download in new}:
            check_source(db, Owner(*owner))

    def _find(self, db: sqlite3.Connection, download: Download) -> FileKeys:
        known = _identity_of(download)
        keys = self._files.get(known)
        if keys is None:
            keys = self._files[known] = save_file(db, download)
        return keys

    def _prune(self, db: sqlite3.Connection, day: int) -> None:
        if day != self._pruned:
            self._open.clear()
            db.execute("DELETE FROM delivery WHERE day < ?", (day - KEPT,))
            self._pruned = day


def _identity_of(download: Download) -> _FileIdentity:
    """Return the key that identifies a file."""
    return (download.source, download.owner, download.repo, download.path, download.artifact)


def _hash_delivery(download: Download) -> bytes | None:
    """Return 16 bytes of a hash of a delivery's id; None without an id, which always counts."""
    if download.id is None:
        return None
    return sha256(f"{download.source}\0{download.id}".encode()).digest()[:16]


def _load_known(db: sqlite3.Connection, downloads: Sequence[Download]) -> set[bytes | None]:
    """Return the deliveries that were counted before."""
    found: set[bytes | None] = set()
    for some in _chunks([delivery for delivery in map(_hash_delivery, downloads) if delivery is not None]):
        query = f"SELECT id FROM delivery WHERE id IN ({', '.join('?' * len(some))})"  # noqa: S608 (marks)
        found.update(known for (known,) in db.execute(query, some))
    return found


def _insert(db: sqlite3.Connection, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows with few statements."""
    for some in _chunks(rows):
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in some)
        db.execute(query.format(marks), [value for row in some for value in row])


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), MOST_AT_ONCE):
        yield items[start : start + MOST_AT_ONCE]
