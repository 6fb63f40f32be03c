"""Counting downloads as they arrive: many threads bring them, one transaction writes what all have brought.

Whoever comes first writes, and meanwhile the others gather behind it: so there are as few transactions as
the disk needs, and nobody waits for a clock. What was acknowledged is on the disk (`synchronous = FULL`):
the end of the process costs nothing of it, and a power cut neither, as far as the disk keeps its word.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from backage.errors import TakenError
from backage.models import Owner
from backage.models.events import Counted
from backage.store.calendar import to_number
from backage.store.database import explained, open_database, path_of, transaction
from backage.store.files import save_file, save_tag
from backage.store.owners import check_source

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from backage.models.events import Artifact, Download
    from backage.store.files import Place

KEPT = 30
"""Days for which the id of a delivery is known, so that it counts once."""

MOST_KNOWN = 50_000
"""Files whose keys are remembered, so that counting one more download asks for nothing."""

_Name = tuple[str, str, str | None, str, "Artifact"]


@dataclass(eq=False, slots=True)
class _Brought:
    """The downloads of one request, and what became of them."""

    downloads: Sequence[Download]
    outcome: Counted | BaseException | None = None


class Ledger:
    """The counters of a history; `today` gives the day that a download counts for, in UTC."""

    def __init__(self, path: Path, today: Callable[[], date]) -> None:
        """Open a history, making it where there is none.

        Raises:
            ConfigError: the file is none, or cannot be written.
        """
        self._today = today
        self._db = open_database(path, shared=True)
        self._db.execute("PRAGMA synchronous = FULL")
        self._gathering, self._writing = Lock(), Lock()
        self._waiting: list[_Brought] = []
        self._places: dict[_Name, Place] = {}
        self._seen = -1
        self._pruned = -1

    def count(self, downloads: Sequence[Download]) -> Counted:
        """Count the downloads of one request, all or none; return when they are on the disk.

        Raises:
            TakenError: an owner's login is that of another source.
            ConfigError: another program holds the history, or the disk is full.
        """
        brought = _Brought(downloads)
        with self._gathering:
            self._waiting.append(brought)
        with self._writing:
            if brought.outcome is None:
                self._write()
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

    def _write(self) -> None:
        with self._gathering:
            batch, self._waiting = self._waiting, []
        try:
            with transaction(self._db) as db:
                self._look(db)
                outcomes = self._count(db, batch)
        except BaseException as error:  # noqa: BLE001 (each of those that wait raises it)
            self._places.clear()
            outcomes = [error] * len(batch)
        for brought, outcome in zip(batch, outcomes, strict=True):
            brought.outcome = outcome

    def _look(self, db: sqlite3.Connection) -> None:
        """Forget the keys of files when another program has written meanwhile."""
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version != self._seen or len(self._places) > MOST_KNOWN:
            self._places.clear()
            self._seen = version

    def _count(self, db: sqlite3.Connection, batch: Sequence[_Brought]) -> list[Counted | BaseException]:
        day, counts = to_number(self._today()), Counter[int]()
        packages: set[int] = set()
        outcomes: list[Counted | BaseException] = []
        for brought in batch:
            try:
                new_places = (each for each in brought.downloads if _place(each) not in self._places)
                for owner in {(download.owner, download.source) for download in new_places}:
                    check_source(db, Owner(*owner))
            except TakenError as error:
                outcomes.append(error)
                continue
            new = [download for download in brought.downloads if self._is_new(db, download, day)]
            for download in new:
                file, package, version = self._find(db, download)
                counts[file] += 1
                packages.add(package)
                if download.artifact.tag and version is not None:
                    save_tag(db, package, version, download.artifact.tag)
            outcomes.append(Counted(len(new), len(brought.downloads) - len(new)))
        db.executemany(
            "INSERT INTO file_day VALUES (?1, ?2, ?3)"
            " ON CONFLICT (file, day) DO UPDATE SET downloads = downloads + ?3",
            [(file, day, count) for file, count in counts.items()],
        )
        db.executemany(
            "UPDATE package SET settled = ?2 - 1 WHERE key = ?1 AND settled >= ?2",
            [(package, day) for package in packages],
        )
        self._prune(db, day)
        return outcomes

    def _find(self, db: sqlite3.Connection, download: Download) -> Place:
        known = _place(download)
        place = self._places.get(known)
        if place is None:
            place = self._places[known] = save_file(db, download)
        return place

    def _is_new(self, db: sqlite3.Connection, download: Download, day: int) -> bool:
        """Note a delivery by its id, of which 16 bytes of a hash are kept; one without an id is new."""
        if download.id is None:
            return True
        digest = sha256(f"{download.source}\0{download.id}".encode()).digest()[:16]
        return db.execute("INSERT OR IGNORE INTO delivery VALUES (?, ?)", (digest, day)).rowcount == 1

    def _prune(self, db: sqlite3.Connection, day: int) -> None:
        if day != self._pruned:
            db.execute("DELETE FROM delivery WHERE day < ?", (day - KEPT,))
            self._pruned = day


def _place(download: Download) -> _Name:
    """Give what tells a file from all others."""
    return (download.source, download.owner, download.repo, download.path, download.artifact)
