"""Import other forms: packages as they were published, and the older, flat form of a history.

The flat form is a database with a table `packages`, and a table of versions for each package.
"""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from backage.models.history import Downloads, Observation, Package, Published, Version, VersionUpdate
from backage.store.combine import combine_days
from backage.store.database import History, as_day, open_existing, to_number, transaction
from backage.store.owners import save_owner
from backage.store.packages import load_days, replace_days, save_days
from backage.store.versions import mark_versions_gone, match_maven_ids, save_versions, write_size

STAND_IN = -1
"""The id of a version without one; an older form of the index used it, too."""

_PACKAGE = (
    "INSERT INTO package (owner, type, name, repo) SELECT key, ?2, ?3, ?4 FROM owner WHERE login = ?1"
    " ON CONFLICT (owner, type, name) DO UPDATE SET name = excluded.name, repo = excluded.repo, gone = NULL"
    " RETURNING key"
)

Record = dict[str, Any]

_IDENTITY = ("owner_type", "package_type", "owner", "package")


def save_published(history: History, published: Published) -> None:
    """Save a published package. Save older files of a package before newer ones.

    The package's page counts as read, but its list of versions does not: a published file does not say when
    that was read.
    """
    login, package = published.owner.login, published.package
    save_owner(history, published.owner)
    with transaction(history) as db:
        (key,) = db.execute(_PACKAGE, (login, package.type, package.name, package.repo)).fetchone()
        _save_days(db, key, published)
        numbered = _number(db, key, package, published.versions)
        _save_versions(db, key, numbered)
        if published.whole:
            mark_versions_gone(db, key, {number for number, _ in numbered}, to_number(published.refreshed))
        db.execute(
            "INSERT OR IGNORE INTO scan (package, day, listed) VALUES (?, ?, 0)",
            (key, to_number(published.refreshed)),
        )


def _number(
    db: sqlite3.Connection, key: int, package: Package, versions: Sequence[Version]
) -> list[tuple[int, Version]]:
    """Return the versions with their ids: by name in Maven packages, else GitHub's."""
    if package.type != "maven":
        return [(STAND_IN if version.id is None else version.id, version) for version in versions]
    ids = match_maven_ids(db, key, [(version.name, version.id) for version in versions])
    return [(ids[version.name], version) for version in versions]


def _save_days(db: sqlite3.Connection, key: int, published: Published) -> None:
    """Write the days; combine them with known days only if they overlap."""
    settled, covered = db.execute("SELECT settled, covered FROM package WHERE key = ?", (key,)).fetchone()
    over = as_day(settled)
    if covered is None or to_number(published.days[0].day) > covered:
        save_days(db, key, combine_days([], None, published.days, None))
    else:
        known = load_days(db, key)
        replace_days(db, key, combine_days(known, over, published.days, published.final_until))
    last = max((day for day in (over, published.final_until) if day), default=None)
    if last is not None:
        db.execute("UPDATE package SET settled = ? WHERE key = ?", (to_number(last), key))


def _save_versions(db: sqlite3.Connection, key: int, versions: Sequence[tuple[int, Version]]) -> None:
    save_versions(db, key, (_update(number, version) for number, version in versions))
    for number, version in versions:
        if version.size is not None:
            write_size(db, key, number, version.size, version.sizes)


def _update(number: int, version: Version) -> VersionUpdate:
    seen = Observation(version.date, version.downloads, _is_consistent(version.downloads))
    return VersionUpdate(number, version.name, version.tags, None, None, seen)


def _is_consistent(numbers: Downloads) -> bool:
    """Return whether the windows may be from a page; such windows tell the totals at their starts."""
    known = [
        count for count in (numbers.day, numbers.week, numbers.month, numbers.total) if count is not None
    ]
    return numbers.month is not None and known == sorted(known)


def is_flat(path: Path) -> bool:
    """Return whether a database has the flat form.

    Raises:
        ConfigError: it is no database.
    """
    with open_existing(path) as connection:
        rows = connection.execute(
            "SELECT c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c"
            " WHERE t.type = 'table' AND t.name = 'packages'"
        ).fetchall()
    return {name for (name,) in rows} >= {*_IDENTITY, "repo", "downloads", "date"}


def count_flat(path: Path) -> int:
    """Return the number of packages in a flat database."""
    with open_existing(path) as connection:
        query = f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(_IDENTITY)} FROM packages)"  # noqa: S608 (constants)
        return int(connection.execute(query).fetchone()[0])


def read_flat(path: Path) -> Generator[tuple[list[Record], list[Record]], None, None]:
    """Yield each package's rows, oldest first, and the rows of its versions."""
    with open_existing(path) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {name.lower(): name for (name,) in named}
        order = ", ".join((*_IDENTITY, "date"))
        cursor = connection.execute(f"SELECT * FROM packages ORDER BY {order}")  # noqa: S608 (constants)
        for _, group in groupby(_records(cursor), lambda row: [row[key] for key in _IDENTITY]):
            rows = list(group)
            versions = []
            for repo in dict.fromkeys(row["repo"] for row in rows):
                name = "_".join(str(rows[0][key]) for key in ("owner_type", "package_type", "owner"))
                table = tables.get(f"versions_{name}_{repo}_{rows[0]['package']}".lower())
                versions += _table(connection, table) if table else []
            yield rows, versions


def _table(connection: sqlite3.Connection, name: str) -> list[Record]:
    quoted = name.replace('"', '""')
    return list(_records(connection.execute(f'SELECT * FROM "{quoted}"')))  # noqa: S608 (quoted)


def _records(cursor: sqlite3.Cursor) -> Iterator[Record]:
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)
