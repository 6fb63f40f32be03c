"""What the dashboard shows: sums of the counters by file, repository, package or kind, and by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from backage.models import DAY, MONTH, WEEK
from backage.store.calendar import as_number, from_number, to_number
from backage.store.counted import IS_DOWNLOAD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from backage.store.history import History

GROUPS = {
    "files": "owner.login AS owner, file.repo AS repository, file.path AS path, file.kind AS kind,"
    " package.name AS package,"
    " iif(version.digest IS NULL, version.name, 'sha256:' || lower(hex(version.digest))) AS version",
    "repositories": "owner.login AS owner, file.repo AS repository",
    "packages": "owner.login AS owner, package.type AS type, package.name AS package",
    "kinds": "file.kind AS kind",
}
"""By what downloads are summed up, and the columns that name it."""

_COUNTED = f"""
WITH counted AS (
    SELECT file.key AS key, {IS_DOWNLOAD} AS is_download,
        coalesce(sum(iif(day BETWEEN :first AND :last, downloads, 0)), 0)
            + iif(:whole, file.baseline, 0) AS downloads,
        coalesce(sum(iif(day BETWEEN :month AND :today, downloads, 0)), 0) AS month,
        coalesce(sum(iif(day BETWEEN :week AND :today, downloads, 0)), 0) AS week,
        coalesce(sum(iif(day = :today, downloads, 0)), 0) AS day,
        file.since AS since
    FROM file LEFT JOIN file_day ON file_day.file = file.key
    GROUP BY file.key
)
"""  # noqa: S608 (constants)
SUMS = (
    "coalesce(sum(downloads), 0) AS downloads,"
    " iif(max(counted.since) > :month, NULL, coalesce(sum(month), 0)) AS month,"
    " iif(max(counted.since) > :week, NULL, coalesce(sum(week), 0)) AS week,"
    " iif(max(counted.since) > :today, NULL, coalesce(sum(day), 0)) AS day"
)
_JOINED = (
    "FROM counted JOIN file ON file.key = counted.key JOIN package ON package.key = file.package"
    " JOIN owner ON owner.key = package.owner LEFT JOIN version ON version.key = file.version"
)
_ESCAPED = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which downloads are meant: from a day to a day, of places that hold a text, and so on.

    Without days what was counted before is among them. `downloads` leaves out what is no download.
    """

    since: date | None = None
    until: date | None = None
    search: str = ""
    owner: str = ""
    repository: str = ""
    kind: str = ""
    downloads: bool = False


def load_totals(history: History, choice: Choice, today: date) -> dict[str, Any]:
    """Read the sums of all that is chosen, with how many files, repositories and packages that are."""
    where, values = where_of(choice, today)
    query = (
        f"{_COUNTED} SELECT {SUMS}, count(*) AS files, count(DISTINCT package.key) AS packages,"
        f" count(DISTINCT owner.login || '/' || file.repo) AS repositories {_JOINED} {where}"
    )
    cursor = history.connection.execute(query, values)
    return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))


def load_groups(
    history: History, by: str, choice: Choice, today: date, limit: int, offset: int = 0
) -> tuple[int, Sequence[str], list[tuple[Any, ...]]]:
    """Read sums by one of `GROUPS`, most first; give how many there are, the columns and the rows."""
    where, values = where_of(choice, today)
    columns = GROUPS[by]
    names = [part.rpartition(" AS ")[2] for part in columns.split(",") if " AS " in part]
    grouped = f"{_JOINED} {where} GROUP BY {', '.join(str(place) for place in range(1, len(names) + 1))}"
    (total,) = history.connection.execute(
        f"{_COUNTED} SELECT count(*) FROM (SELECT {columns} {grouped})",  # noqa: S608 (constants)
        values,
    ).fetchone()
    cursor = history.connection.execute(
        f"{_COUNTED} SELECT {columns}, {SUMS} {grouped} ORDER BY downloads DESC, {', '.join(names)}"
        " LIMIT :limit OFFSET :offset",
        {**values, "limit": limit, "offset": offset},
    )
    return int(total), [column[0] for column in cursor.description], cursor.fetchall()


def load_series(history: History, choice: Choice, today: date) -> list[tuple[date, int]]:
    """Read the downloads of each day that is chosen, from the first on which any was counted to today."""
    where, values = where_of(choice, today)
    rows = dict(
        history.connection.execute(
            f"{_COUNTED} SELECT file_day.day, sum(file_day.downloads) {_JOINED}"
            f" JOIN file_day ON file_day.file = file.key {where} AND file_day.day BETWEEN :first AND :last"
            " GROUP BY file_day.day",
            values,
        )
    )
    (begin,) = history.connection.execute("SELECT min(day) FROM file_day").fetchone()
    if begin is None:
        return []
    days = range(max(begin, values["first"]), min(to_number(today), values["last"]) + 1)
    return [(from_number(day), rows.get(day, 0)) for day in days]


def where_of(choice: Choice, today: date) -> tuple[str, dict[str, Any]]:
    """Give the condition of a choice, and the values of its names."""
    values: dict[str, Any] = {
        "first": as_number(choice.since) or 0,
        "last": as_number(choice.until) or to_number(today),
        "whole": choice.since is None and choice.until is None,
        "today": to_number(today) + 1 - DAY,
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
    if choice.downloads:
        conditions.append("is_download")
    return f"WHERE {' AND '.join(conditions)}", values
