"""Read the older, flat form of a history: a table `packages`, and a table of versions per package."""

import sqlite3
from collections.abc import Generator, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from backage.store.database import read_only

Record = dict[str, Any]

_IDENTITY = ("owner_type", "package_type", "owner", "package")


def is_flat(path: Path) -> bool:
    """Return whether a database has the flat form.

    Raises:
        ConfigError: it is no database.
    """
    with read_only(path) as connection:
        rows = connection.execute(
            "SELECT c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c"
            " WHERE t.type = 'table' AND t.name = 'packages'"
        ).fetchall()
    return {name for (name,) in rows} >= {*_IDENTITY, "repo", "downloads", "date"}


def count_flat(path: Path) -> int:
    """Return the number of packages in a flat database."""
    with read_only(path) as connection:
        query = f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(_IDENTITY)} FROM packages)"  # noqa: S608 (constants)
        return int(connection.execute(query).fetchone()[0])


def read_flat(path: Path) -> Generator[tuple[list[Record], list[Record]], None, None]:
    """Yield each package's rows, oldest first, and the rows of its versions."""
    with read_only(path) as connection:
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
