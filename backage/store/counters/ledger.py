"""Counting downloads as they arrive: many threads bring them, one transaction writes what all have brought.

Whoever comes first writes, and meanwhile the others gather behind it: so there are as few transactions as
the disk needs, and one that comes alone waits for nobody. What was acknowledged is in the file: the end of
the process costs nothing of it. Once a second it is made sure that it is on the disk, too, with all that came
before: so a power cut costs nothing of what comes seldom, and of many a second's.
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
from backage.store.counters.files import Place, save_file, save_tag
from backage.store.database import explained, open_history, path_of, to_number, transaction
from backage.store.owners import check_source

KEPT = 30
"""Days for which the id of a delivery is known, so that it counts once."""

SYNC = 1.0
"""Seconds after which all that was written has to be on the disk, when something is written."""

GATHER = 0.002
"""Seconds that whoever writes waits for others, where there were others the last time."""

CHECKPOINT = 10_000
"""Pages of 4 KiB that are written beside the database before they go into it: seldom, for that takes long."""

MOST_KNOWN = 50_000
"""Files whose keys are remembered, so that counting one more download asks for nothing."""

MOST_AT_ONCE = 500
"""Rows of a statement."""

_ADD = (
    "INSERT INTO file_day (file, day, downloads) VALUES {}"
    " ON CONFLICT (file, day) DO UPDATE SET downloads = downloads + excluded.downloads"
)

T = TypeVar("T")
_Name = tuple[str, str, str | None, str, "Artifact"]


def _taken() -> Lock:
    """Give a lock that waits for somebody to release it."""
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class _Brought:
    """The downloads of one request, and what became of them."""

    downloads: Sequence[Download]
    outcome: Counted | BaseException | None = None
    turn: Lock = field(default_factory=_taken)


class Ledger:
    """The counters of a history; `today` gives the day that a download counts for, in UTC."""

    def __init__(
        self,
        path: Path,
        today: Callable[[], date],
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a history, making it where there is none; `pause` takes seconds, `clock` gives them.

        Raises:
            ConfigError: the file is none, or cannot be written.
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
        self._waiting: list[_Brought] = []
        self._busy = self._crowded = False
        self._places: dict[_Name, Place] = {}
        self._open: set[int] = set()  # packages of which nothing of today is settled
        self._seen = -1
        self._pruned = -1

    def count(self, downloads: Sequence[Download]) -> Counted:
        """Count the downloads of one request, all or none; return when they are in the file.

        Raises:
            TakenError: an owner's login is that of another source.
            ConfigError: another program holds the history, or the disk is full.
        """
        brought = _Brought(downloads)
        with self._gathering:
            self._waiting.append(brought)
            leads = not self._busy
            self._busy = True
        if not leads:
            brought.turn.acquire()  # until it is written, or its turn to write has come
        if brought.outcome is None:
            self._lead()
        if isinstance(brought.outcome, Counted):
            return brought.outcome
        raise brought.outcome or RuntimeError("nothing became of it")

    def check(self) -> None:
        """Make sure that the history can be used.

        Raises:
            ConfigError: it cannot.
        """
        with self._writing, explained(path_of(self._db)):
            self._db.execute("SELECT max(day) FROM file_day").fetchone()

    def close(self) -> None:
        """Let what is being written end, and close."""
        with self._writing:
            self._db.close()

    def _lead(self) -> None:
        """Write what has gathered, and let the first of those who came meanwhile write what comes next."""
        if self._crowded:
            self._pause(GATHER)
        with self._gathering:
            batch, self._waiting = self._waiting, []
        self._crowded = len(batch) > 1
        try:
            self._write(batch)
        finally:
            for brought in batch:
                brought.turn.release()
            with self._gathering:
                self._busy = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].turn.release()

    def _write(self, batch: Sequence[_Brought]) -> None:
        outcomes: Sequence[Counted | BaseException]
        try:
            with self._writing:
                outcomes = self._commit(batch)
        except BaseException as error:  # noqa: BLE001 (each of those that wait raises it)
            self._forget()
            outcomes = [error] * len(batch)
        for brought, outcome in zip(batch, outcomes, strict=True):
            brought.outcome = outcome

    def _commit(self, batch: Sequence[_Brought]) -> Sequence[Counted | BaseException]:
        now = self._clock()
        due = now - self._synced >= SYNC
        self._db.execute(f"PRAGMA synchronous = {'FULL' if due else 'NORMAL'}")
        with transaction(self._db) as db:
            self._look(db)
            outcomes = self._count(db, batch)
        self._synced = now if due else self._synced
        return outcomes

    def _look(self, db: sqlite3.Connection) -> None:
        """Forget the keys of files when another program has written meanwhile."""
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version != self._seen or len(self._places) > MOST_KNOWN:
            self._forget()
            self._seen = version

    def _forget(self) -> None:
        self._places.clear()
        self._open.clear()

    def _count(self, db: sqlite3.Connection, batch: Sequence[_Brought]) -> list[Counted | BaseException]:
        """Count what all have brought with few statements: at each one another thread may take over."""
        day, counts = to_number(self._today()), Counter[int]()
        self._prune(db, day)
        known = _load_known(db, [each for brought in batch for each in brought.downloads])
        fresh: set[bytes] = set()
        packages: set[int] = set()
        outcomes: list[Counted | BaseException] = []
        for brought in batch:
            try:
                self._check(db, brought)
            except TakenError as error:
                outcomes.append(error)
                continue
            new = 0
            for download in brought.downloads:
                delivery = _identify(download)
                if delivery in known or delivery in fresh:
                    continue
                if delivery is not None:
                    fresh.add(delivery)
                file, package, version = self._find(db, download)
                counts[file] += 1
                packages.add(package)
                new += 1
                if download.artifact.tag and version is not None:
                    save_tag(db, package, version, download.artifact.tag)
            outcomes.append(Counted(new, len(brought.downloads) - new))
        _insert(db, "INSERT INTO delivery VALUES {}", [(delivery, day) for delivery in fresh])
        _insert(db, _ADD, [(file, day, count) for file, count in counts.items()])
        for some in _chunks(list(packages - self._open)):
            marks = ", ".join("?" * len(some))
            query = f"UPDATE package SET settled = ? - 1 WHERE settled >= ? AND key IN ({marks})"  # noqa: S608 (marks)
            db.execute(query, (day, day, *some))
        self._open |= packages
        return outcomes

    def _check(self, db: sqlite3.Connection, brought: _Brought) -> None:
        """Make sure that the owners of files that are new here are no others'."""
        new = (each for each in brought.downloads if _place(each) not in self._places)
        for owner in {(download.owner, download.source) for download in new}:
            check_source(db, Owner(*owner))

    def _find(self, db: sqlite3.Connection, download: Download) -> Place:
        known = _place(download)
        place = self._places.get(known)
        if place is None:
            place = self._places[known] = save_file(db, download)
        return place

    def _prune(self, db: sqlite3.Connection, day: int) -> None:
        if day != self._pruned:
            self._open.clear()
            db.execute("DELETE FROM delivery WHERE day < ?", (day - KEPT,))
            self._pruned = day


def _place(download: Download) -> _Name:
    """Give what tells a file from all others."""
    return (download.source, download.owner, download.repo, download.path, download.artifact)


def _identify(download: Download) -> bytes | None:
    """Give what is kept of a delivery's id, 16 bytes of a hash; None for one without an id, which is new."""
    if download.id is None:
        return None
    return sha256(f"{download.source}\0{download.id}".encode()).digest()[:16]


def _load_known(db: sqlite3.Connection, downloads: Sequence[Download]) -> set[bytes | None]:
    """Read which deliveries were counted already."""
    found: set[bytes | None] = set()
    for some in _chunks([delivery for delivery in map(_identify, downloads) if delivery is not None]):
        query = f"SELECT id FROM delivery WHERE id IN ({', '.join('?' * len(some))})"  # noqa: S608 (marks)
        found.update(known for (known,) in db.execute(query, some))
    return found


def _insert(db: sqlite3.Connection, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write many rows with one statement."""
    for some in _chunks(rows):
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in some)
        db.execute(query.format(marks), [value for row in some for value in row])


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), MOST_AT_ONCE):
        yield items[start : start + MOST_AT_ONCE]
