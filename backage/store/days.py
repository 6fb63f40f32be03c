"""The days of packages: rows that hold until the next one, read and written as one value a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.models import Downloads, PackageDay
from backage.store.calendar import from_number, to_number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_COLUMNS = "downloads, downloads_month, downloads_week, downloads_day, size, versions, tagged"
_UNKNOWN = (None,) * 7
_SINCE = f"SELECT day, {_COLUMNS} FROM package_day WHERE package = ? AND day >= ? ORDER BY day"  # noqa: S608 (a constant)
_BEFORE = f"SELECT {_COLUMNS} FROM package_day WHERE package = ? AND day < ? ORDER BY day DESC LIMIT 1"  # noqa: S608 (a constant)

Row = tuple[int | None, ...]


def load_days(db: sqlite3.Connection, package: int, since: int | None) -> list[PackageDay]:
    """Read a package's days, from the first known one or `since` to the last covered, without a gap."""
    first = db.execute(
        "SELECT max(day) FROM package_day WHERE package = ? AND day <= ?", (package, since)
    ).fetchone()[0]
    rows = db.execute(_SINCE, (package, -1 if first is None else first)).fetchall()
    if not rows:
        return []
    (covered,) = db.execute("SELECT covered FROM package WHERE key = ?", (package,)).fetchone()
    changes = {day: row for day, *row in rows}
    last = max(rows[-1][0], -1 if covered is None else covered)
    days = []
    current: list[int | None] = []
    for day in range(rows[0][0], last + 1):
        current = changes.get(day, current)
        if since is None or day >= since:
            days.append(_entry(day, current))
    return days


def load_latest(db: sqlite3.Connection, package: int) -> PackageDay | None:
    """Read a package's newest numbers; what the newest day lacks of its versions, from before it."""
    newest = f"SELECT day, {_COLUMNS} FROM package_day WHERE package = ? {{}} ORDER BY day DESC LIMIT 1"  # noqa: S608 (constants)
    row = db.execute(newest.format("AND downloads IS NOT NULL"), (package,)).fetchone()
    row = row or db.execute(newest.format(""), (package,)).fetchone()
    if row is None:
        return None
    day, *numbers = row
    for place, column in enumerate(("versions", "tagged"), 5):
        if numbers[place] is None:
            older = db.execute(
                f"SELECT {column} FROM package_day WHERE package = ? AND {column} IS NOT NULL"  # noqa: S608 (constants)
                " ORDER BY day DESC LIMIT 1",
                (package,),
            ).fetchone()
            numbers[place] = older[0] if older else None
    return _entry(day, numbers)


def save_days(db: sqlite3.Connection, package: int, entries: Iterable[PackageDay]) -> None:
    """Write days, oldest first; a day that is as the one before needs no row.

    Days between the last one known and the next one written get the row that says: nothing known.
    """
    (last,) = db.execute("SELECT covered FROM package WHERE key = ?", (package,)).fetchone()
    rows: dict[int, Row] = {}
    for entry in entries:
        day = to_number(entry.day)
        if last is not None and day > last + 1:
            rows[last + 1] = _UNKNOWN
        last = day if last is None else max(day, last)
        rows[day] = _row(entry)
    first = min(rows, default=0)
    before = db.execute(_BEFORE, (package, first)).fetchone()
    stored = db.execute(_SINCE, (package, first)).fetchall()
    same = []
    for day, row in sorted(({day: tuple(row) for day, *row in stored} | rows).items()):
        if day in rows and row == before:
            same.append(day)
        before = row
    db.executemany("DELETE FROM package_day WHERE package = ? AND day = ?", [(package, day) for day in same])
    db.executemany(
        "INSERT OR REPLACE INTO package_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(package, day, *row) for day, row in rows.items() if day not in same],
    )
    db.execute("UPDATE package SET covered = ? WHERE key = ?", (last, package))


def replace_days(db: sqlite3.Connection, package: int, entries: Iterable[PackageDay]) -> None:
    """Write all days of a package anew, oldest first and without a gap; those before them are forgotten."""
    rows: list[tuple[int, Row]] = []
    last = None
    for entry in entries:
        last, row = to_number(entry.day), _row(entry)
        if not rows or rows[-1][1] != row:
            rows.append((last, row))
    db.execute("DELETE FROM package_day WHERE package = ?", (package,))
    db.executemany(
        "INSERT INTO package_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(package, day, *row) for day, row in rows],
    )
    db.execute("UPDATE package SET covered = ? WHERE key = ?", (last, package))


def _row(entry: PackageDay) -> Row:
    numbers = entry.downloads
    return (numbers.total, numbers.month, numbers.week, numbers.day, entry.size, entry.versions, entry.tagged)


def _entry(day: int, row: Iterable[int | None]) -> PackageDay:
    total, month, week, today, size, versions, tagged = row
    return PackageDay(from_number(day), Downloads(total, month, week, today), size, versions, tagged)
