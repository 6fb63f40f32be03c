"""Thin out old days: keep one a week, then one a month, unchanged."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from backage.models.history import PackageDay
from backage.store.database import History, explained, from_number, path_of, to_number, transaction
from backage.store.packages import load_days, replace_days

Bucket = tuple[int, ...]
"""Days of one bucket share a week or a month, of which one day is kept; recent days are alone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Days before `daily` are kept one a week, those before `weekly` one a month."""

    daily: date
    weekly: date


def thin_history(history: History, today: date, keep: int) -> None:
    """Keep the last `keep` days, one a week of as many days before, and one a month of older ones.

    The last known day of each week or month stays. The others become unknown, unless nothing changed.
    """
    limits = plan_limits(today, keep)
    before = to_number(limits.daily)
    with transaction(history) as db:
        for (key,) in db.execute(
            "SELECT package FROM package_day WHERE day < ? GROUP BY package", (before,)
        ).fetchall():
            _thin_package(db, key, limits)
        for (key,) in db.execute(
            "SELECT version FROM version_day WHERE day < ? GROUP BY version HAVING count(*) > 1", (before,)
        ).fetchall():
            _thin_version(db, key, limits)


def shrink(history: History) -> None:
    """Return unused space to the disk.

    Raises:
        ConfigError: another program holds the database.
    """
    with explained(path_of(history)):
        history.execute("VACUUM")


def plan_limits(today: date, keep: int) -> Limits:
    """Return the Monday from which every day is kept, and the first of the month from which weeks are."""
    daily = today - timedelta(days=keep)
    weekly = daily - timedelta(days=keep)
    return Limits(daily - timedelta(days=daily.weekday()), weekly.replace(day=1))


def bucket_of(day: date, limits: Limits) -> Bucket:
    """Return the bucket of a day."""
    if day >= limits.daily:
        return (2, day.toordinal())
    if day >= limits.weekly:
        return (1, *day.isocalendar()[:2])
    return (0, day.year, day.month)


def thin_days(entries: Iterable[PackageDay], limits: Limits) -> list[PackageDay]:
    """Make days unknown that are not the last known one of their bucket.

    A day that equals the kept one before it stays: it needs no row.
    """
    known = list(entries)
    kept = {bucket_of(entry.day, limits): entry.day for entry in known if entry.downloads.total is not None}
    thinned: list[PackageDay] = []
    last: PackageDay | None = None
    for entry in known:
        same = last is not None and replace(entry, day=last.day) == last
        last = entry if same or kept.get(bucket_of(entry.day, limits)) == entry.day else None
        thinned.append(last or PackageDay(entry.day))
    return thinned


def last_of_buckets(numbers: Iterable[int], limits: Limits) -> set[int]:
    """Return the last stored day of each bucket."""
    return set({bucket_of(from_number(number), limits): number for number in sorted(numbers)}.values())


def _thin_package(db: sqlite3.Connection, key: int, limits: Limits) -> None:
    known = load_days(db, key)
    thinned = thin_days(known, limits)
    if thinned != known:
        replace_days(db, key, thinned)
    old = _old_days(db, "SELECT day FROM scan WHERE package = ? AND day < ?", key, limits)
    db.executemany(
        "DELETE FROM scan WHERE package = ? AND day = ?",
        [(key, day) for day in old - last_of_buckets(old, limits)],
    )


def _thin_version(db: sqlite3.Connection, key: int, limits: Limits) -> None:
    """Keep the last row of each bucket, and the last one with numbers."""
    old = _old_days(db, "SELECT day FROM version_day WHERE version = ? AND day < ?", key, limits)
    known = "SELECT day FROM version_day WHERE version = ? AND day < ? AND downloads IS NOT NULL"
    kept = last_of_buckets(old, limits) | last_of_buckets(_old_days(db, known, key, limits), limits)
    db.executemany(
        "DELETE FROM version_day WHERE version = ? AND day = ?", [(key, day) for day in old - kept]
    )


def _old_days(db: sqlite3.Connection, query: str, key: int, limits: Limits) -> set[int]:
    return {day for (day,) in db.execute(query, (key, to_number(limits.daily)))}
