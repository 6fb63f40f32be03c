"""Databases as they are: what is in one, and some that are none of ours."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.store.histories import build

SCHEMAS = Path(__file__).parent / "schemas"


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask a database itself."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def dump(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Read all tables of a history, in an order that nothing decides but what they say.

    A row's own key is left out, and in the place of another row's key stands what that row is of.
    """
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {
            name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")]  # noqa: S608 (a table's)
            for name in names
        }
    for row in tables["owner"]:
        row["login"] = re.sub("^~.*", "~", row["login"])
    for table, name in (("owner", "login"), ("package", "name"), ("version", "id"), ("file", "path")):
        known = {
            row["key"]: (row.get("owner"), row.get("package"), row.get("type"), row.get("id"), row[name])
            for row in tables.get(table, [])
        }
        for row in (row for rows in tables.values() for row in rows if table in row):
            row[table] = known.get(row[table])  # a file may be of no version
    for row in (row for rows in tables.values() for row in rows):
        row.pop("key", None)
    return {name: sorted(rows, key=repr) for name, rows in tables.items()}


def make_schema(path: Path, number: int) -> Path:
    """Make a history as a backage of that schema left it."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript((SCHEMAS / f"{number}.sql").read_text(encoding="utf-8"))
    return path


def make_plain(path: Path, *totals: int) -> None:
    """Make a history in the form that a snapshot's has: one file, without a log."""
    build(path, *totals)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")


def make_foreign(path: Path) -> None:
    """Make a database of another program."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")


def make_newer(path: Path) -> None:
    """Make a history of a schema that there is not yet."""
    make_plain(path, 10)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def make_cut(path: Path) -> None:
    """Make half of a history."""
    make_plain(path, *range(10, 400))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
