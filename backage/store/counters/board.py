"""Queries of the dashboard and its JSON, from one pass over the counters.

The chosen files are summed up once, in the order of their counters, into a temporary table. Totals, groups
and days come from that table, so all are of one moment.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from backage.models.history import MONTH, ONE_DAY, WEEK
from backage.store.counters.counts import IS_DOWNLOAD
from backage.store.database import History, as_day, as_number, explained, from_number, open_history, to_number

NAMES: Mapping[str, tuple[str, ...]] = {
    "files": ("path", "kind", "owner", "repository", "package", "version"),
    "packages": ("package", "type", "owner"),
    "repositories": ("repository", "owner"),
    "kinds": ("kind",),
}
"""Groups in which downloads are summed up, with their columns; the first column is the sort key."""

ORDERS = ("name", "downloads", "month", "week", "day")

_JOINS = "JOIN package ON package.key = file.package JOIN owner ON owner.key = package.owner"
_PICKED = f"INSERT INTO temp.picked SELECT file.key FROM file {_JOINS}"  # noqa: S608 (constants)
_CHOSEN = f"""
CREATE TEMP TABLE chosen AS
SELECT file.key AS key, file.since AS since, {IS_DOWNLOAD} AS is_download,
    owner.login AS owner, file.repo AS repository, file.path AS path, file.kind AS kind,
    package.name AS package, package.type AS type,
    iif(version.digest IS NULL, version.name, 'sha256:' || lower(hex(version.digest))) AS version,
    coalesce(sum(file_day.downloads), 0) + file.baseline AS everything,
    coalesce(sum(iif(file_day.day BETWEEN :first AND :last, file_day.downloads, 0)), 0)
        + iif(:begun, 0, file.baseline) AS downloads,
    coalesce(sum(iif(file_day.day BETWEEN :month AND :today, file_day.downloads, 0)), 0) AS month,
    coalesce(sum(iif(file_day.day BETWEEN :week AND :today, file_day.downloads, 0)), 0) AS week,
    coalesce(sum(iif(file_day.day = :today, file_day.downloads, 0)), 0) AS day
FROM temp.picked CROSS JOIN file ON file.key = picked.key {_JOINS}
LEFT JOIN version ON version.key = file.version LEFT JOIN file_day ON file_day.file = file.key
GROUP BY picked.key
"""  # noqa: S608 (constants)
_SUMS = (
    "iif(max(since) > :known, NULL, coalesce(sum(downloads), 0)) AS downloads,"
    " iif(max(since) > :month, NULL, coalesce(sum(month), 0)) AS month,"
    " iif(max(since) > :week, NULL, coalesce(sum(week), 0)) AS week,"
    " iif(max(since) > :today, NULL, coalesce(sum(day), 0)) AS day"
)
_COUNTS = (
    "count(*) AS files, count(DISTINCT package || '/' || owner || '/' || type) AS packages,"
    " count(DISTINCT owner || '/' || repository) AS repositories"
)
_ESCAPED = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which downloads to show: a range of days, a text to search for, an owner and so on.

    Without a first day, the baselines of an import are included. Sums that begin or end before an import are
    unknown.
    """

    since: date | None = None
    until: date | None = None
    search: str = ""
    owner: str = ""
    repository: str = ""
    kind: str = ""

    def last(self, today: date) -> date:
        """Return the last chosen day."""
        return min(self.until or today, today)


class Board:
    """The chosen files, summed up; with `downloads`, a method leaves out checksums and the like."""

    def __init__(self, db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
        """Use a connection that has the temporary table."""
        self._db, self._values = db, values

    def sum_all(self, *, downloads: bool | None = None) -> dict[str, Any]:
        """Return the sums of downloads, of other requests (False), or of both (None).

        `everything` is the sum of all days.
        """
        cursor = self._db.execute(
            f"SELECT {_SUMS}, coalesce(sum(everything), 0) AS everything, {_COUNTS}"  # noqa: S608 (constants)
            " FROM temp.chosen WHERE is_download = coalesce(:kept, is_download)",
            {**self._values, "kept": downloads},
        )
        return _named(cursor)[0]

    def count(self, by: str, *, downloads: bool) -> int:
        """Return the number of rows of a group."""
        names = ", ".join(NAMES[by])
        (number,) = self._db.execute(
            f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM temp.chosen WHERE is_download OR NOT :only)",  # noqa: S608 (constants)
            {"only": downloads},
        ).fetchone()
        return int(number)

    def read(
        self, by: str, order: str, limit: int, offset: int = 0, *, downloads: bool
    ) -> tuple[Sequence[str], sqlite3.Cursor]:
        """Return columns and rows of a group. An `order` that begins with `-` is descending.

        Unknown values come last in either order.
        """
        names = NAMES[by]
        key, way = order.removeprefix("-"), "DESC" if order.startswith("-") else "ASC"
        if key not in ORDERS:  # it becomes part of the SQL
            raise ValueError(key)
        key = names[0] if key == "name" else key
        listed = ", ".join(names)
        cursor = self._db.execute(
            f"SELECT {listed}, {_SUMS}, max(is_download) AS is_download FROM temp.chosen"  # noqa: S608 (constants)
            f" WHERE is_download OR NOT :only GROUP BY {listed}"
            f" ORDER BY {key} {way} NULLS LAST, {listed} LIMIT :limit OFFSET :offset",
            {**self._values, "only": downloads, "limit": limit, "offset": offset},
        )
        return [column[0] for column in cursor.description], cursor

    def rows(
        self, by: str, order: str, limit: int, offset: int = 0, *, downloads: bool
    ) -> list[dict[str, Any]]:
        """Return rows of a group as dictionaries."""
        return _named(self.read(by, order, limit, offset, downloads=downloads)[1])

    def days(self, *, downloads: bool) -> dict[date, int]:
        """Return the count of each day since the first chosen one.

        CROSS JOIN fixes the order: SQLite would go by days and seek the counters of 100,000 files one by one,
        which takes ten times as long.
        """
        rows = self._db.execute(
            "SELECT file_day.day, sum(file_day.downloads) FROM temp.chosen CROSS JOIN file_day"
            " ON file_day.file = chosen.key WHERE (is_download OR NOT :only) AND file_day.day >= :first"
            " GROUP BY file_day.day",
            {**self._values, "only": downloads},
        )
        return {from_number(day): count for day, count in rows}

    def since(self, *, downloads: bool) -> date | None:
        """Return the first day from which all counts are known; None if all days are."""
        query = "SELECT max(since) FROM temp.chosen WHERE is_download OR NOT ?"
        return as_day(self._db.execute(query, (downloads,)).fetchone()[0])

    def first_day(self) -> date | None:
        """Return the first day with a count, of any file."""
        return as_day(self._db.execute("SELECT min(day) FROM file_day").fetchone()[0])


@contextmanager
def open_board(path: Path, choice: Choice, today: date) -> Iterator[Board]:
    """Open a history, and sum up the chosen files in a temporary table.

    Raises:
        ConfigError: the disk is full, or another program holds the history.
    """
    where, values = _where_of(choice, today)
    with open_history(path) as history, explained(path):
        history.execute("BEGIN")
        try:
            history.execute("CREATE TEMP TABLE picked (key INTEGER PRIMARY KEY)")  # the key avoids a sort
            history.execute(f"{_PICKED} {where}", values)
            history.execute(_CHOSEN, values)
            yield Board(history, values)
        finally:
            history.execute("ROLLBACK")


def load_today(history: History, choice: Choice, today: date) -> tuple[int, int]:
    """Return today's number of chosen downloads, and of other requests."""
    where, values = _where_of(choice, today)
    row = history.execute(
        f"SELECT coalesce(sum(iif({IS_DOWNLOAD}, file_day.downloads, 0)), 0),"  # noqa: S608 (constants)
        f" coalesce(sum(iif({IS_DOWNLOAD}, 0, file_day.downloads)), 0)"
        f" FROM file_day JOIN file ON file.key = file_day.file {_JOINS} {where} AND file_day.day = :today",
        values,
    ).fetchone()
    return int(row[0]), int(row[1])


def _named(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _where_of(choice: Choice, today: date) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition of a choice, and its parameters."""
    values: dict[str, Any] = {
        "first": as_number(choice.since) or 0,
        "last": to_number(choice.last(today)),
        "begun": choice.since is not None,
        "known": to_number(choice.since or choice.last(today) + ONE_DAY),
        "today": to_number(today),
        "week": to_number(today - timedelta(days=WEEK - 1)),
        "month": to_number(today - timedelta(days=MONTH - 1)),
    }
    conditions = ["true"]
    for name, column in (("owner", "owner.login"), ("repository", "file.repo"), ("kind", "file.kind")):
        if getattr(choice, name):
            conditions.append(f"{column} = :{name}")
            values[name] = getattr(choice, name)
    if choice.search:
        columns = ("file.path", "package.name", "file.repo")
        held = " OR ".join(f"{column} LIKE :search ESCAPE '\\'" for column in columns)
        conditions.append(f"({held})")
        values["search"] = f"%{choice.search.translate(_ESCAPED)}%"
    return f"WHERE {' AND '.join(conditions)}", values
