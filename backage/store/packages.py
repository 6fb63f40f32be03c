"""Packages and their days, as rows and as values.

A row of `package_day` holds until the next one. Callers see one value a day.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from backage.errors import BackageError
from backage.models.history import Downloads, IndexPackage, KnownPackage, Package, PackageDay, PackageUpdate
from backage.store import versions
from backage.store.database import History, as_day, as_number, from_number, to_number, transaction

RECENT = timedelta(days=62)
"""How far planning looks back: the month before the month of a page."""

_PAGE, _LISTED, _COMPLETE = 0, 1, 2
"""Values of `scan.listed`: only the page was read, the list to its end too, or all of it in one run."""

_COLUMNS = "downloads, downloads_month, downloads_week, downloads_day, size, versions, tagged"
_UNKNOWN = (None,) * 7
_SINCE = f"SELECT day, {_COLUMNS} FROM package_day WHERE package = ? AND day >= ? ORDER BY day"  # noqa: S608 (a constant)
_BEFORE = f"SELECT {_COLUMNS} FROM package_day WHERE package = ? AND day < ? ORDER BY day DESC LIMIT 1"  # noqa: S608 (a constant)

Row = tuple[int | None, ...]


def load_package(
    history: History, login: str, package: Package, day: date
) -> tuple[int | None, KnownPackage]:
    """Return a package's key (None if it is new) and what is known since two months before a day."""
    row = history.execute(
        "SELECT package.key, walk, held, settled, doubted"
        " FROM package JOIN owner ON owner.key = package.owner"
        " WHERE owner.login = ? AND package.type = ? AND package.name = ?",
        (login, package.type, package.name),
    ).fetchone()
    if row is None:
        return None, KnownPackage({}, None, (), None, None, 1, frozenset())
    key, walk, held, settled, doubted = row
    since = to_number(day - RECENT)
    oldest = min(since, since if settled is None else settled)  # unsettled days may lie far back
    query = "SELECT day, listed FROM scan WHERE package = ? AND day >= ? ORDER BY day"
    scans = history.execute(query, (key, since)).fetchall()
    listed = max((when for when, how in scans if how >= _LISTED), default=None)
    whole = tuple(from_number(when) for when, how in scans if how == _COMPLETE)
    recent = {entry.day: entry for entry in load_days(history, key, oldest)}
    return key, KnownPackage(  # the columns keep shorter names than the fields
        days=recent,
        final_until=as_day(settled),
        full_list_days=whole,
        list_read_on=as_day(listed),
        total_drop_since=as_day(held),
        resume_page=walk,
        version_ids=versions.load_ids(history, key),
        last_read_on=from_number(scans[-1][0]) if scans else None,
        version_list_suspect_since=as_day(doubted),
    )


def save_package(
    history: History, login: str, package: Package, update: PackageUpdate, run: int | None
) -> int:
    """Save all that a run found out about a package, in one transaction; return its key.

    Without `run`, the package keeps its place in the order of the next run.
    """
    with transaction(history) as db:
        row = db.execute(
            "INSERT INTO package (owner, type, name, repo, run, walk, held, settled, doubted, number)"
            " SELECT key, ?2, ?3, ?4, coalesce(?5, 0), ?6, ?7, ?8, ?9, ?10 FROM owner WHERE login = ?1"
            " ON CONFLICT (owner, type, name) DO UPDATE SET name = excluded.name, repo = excluded.repo,"
            " run = coalesce(?5, run), walk = excluded.walk, held = excluded.held,"
            " settled = excluded.settled, doubted = excluded.doubted, number = excluded.number, gone = NULL"
            " RETURNING key",
            (
                login,
                package.type,
                package.name,
                package.repo,
                run,
                update.resume_page,
                *map(
                    as_number,
                    (update.total_drop_since, update.final_until, update.version_list_suspect_since),
                ),
                package.number,
            ),
        ).fetchone()
        if row is None:
            raise BackageError(f"{login} was renamed while it was read; the next run goes on")
        key = int(row[0])
        day = to_number(update.day)
        how = _COMPLETE if update.complete else _LISTED if update.list_finished else _PAGE
        save_days(db, key, update.days)
        versions.save_versions(db, key, update.versions)
        if update.complete:
            versions.mark_versions_gone(db, key, {version.id for version in update.versions}, day)
        db.execute(
            "INSERT INTO scan (package, day, listed) VALUES (?, ?, ?)"
            " ON CONFLICT (package, day) DO UPDATE SET listed = max(listed, excluded.listed)",
            (key, day, how),
        )
    return key


def load_index(history: History, login: str) -> list[IndexPackage]:
    """Return the newest numbers of an owner's packages, in the order in which they were first seen."""
    rows = history.execute(
        "SELECT package.key, package.type, package.name, package.repo, package.number, package.covered,"
        " (SELECT max(day) FROM scan WHERE scan.package = package.key AND scan.listed > 0),"
        " (SELECT max(day) FROM scan WHERE scan.package = package.key AND scan.listed = 2)"
        " FROM package JOIN owner ON owner.key = package.owner"
        " WHERE owner.login = ? AND gone IS NULL ORDER BY package.key",
        (login,),
    ).fetchall()
    found = []
    for key, kind, name, repo, number, covered, listed, whole in rows:
        latest = load_latest(history, key)
        if latest is not None:
            if whole is not None and covered is not None and whole > covered:
                # the total was kept out, but the list of versions was not
                count, tagged = versions.count_listed(history, key)
                latest = replace(latest, versions=count, tagged=tagged)
            if latest.size is None:
                latest = replace(latest, size=versions.newest_size(history, key))
            package = Package(kind, name, repo, number)
            found.append(
                IndexPackage(
                    key=key,
                    package=package,
                    refreshed=from_number(covered),
                    latest=latest,
                    listed=as_day(listed),
                )
            )
    return found


def load_days(db: sqlite3.Connection, package: int, since: int | None = None) -> list[PackageDay]:
    """Return a package's days from the first (or `since`) to the last covered, without a gap.

    An unknown day is there, and empty.
    """
    first = -1
    if since is not None:  # an older row may hold on that day
        query = "SELECT coalesce(max(day), -1) FROM package_day WHERE package = ? AND day <= ?"
        (first,) = db.execute(query, (package, since)).fetchone()
    rows = db.execute(_SINCE, (package, first)).fetchall()
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
    """Return a package's newest numbers. Missing counts of versions come from the last day that has them."""
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
    """Write days, oldest first; a day that equals the one before needs no row.

    Days between the last known day and the next written one become unknown.
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
    """Replace all days of a package; `entries` are oldest first and without a gap."""
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
