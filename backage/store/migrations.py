"""Check the schema of a history, and upgrade it. `PRAGMA user_version` is the number of migrations done."""

import sqlite3
from contextlib import closing
from functools import cache

from backage.errors import ConfigError, DamagedError
from backage.store.schema import MIGRATIONS

REPAIR = "restore a snapshot of it, or move it away and begin anew with `backage import index`"

_COLUMNS = (
    "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c"
    " WHERE t.type IN ('table', 'view')"
)


def check_version(connection: sqlite3.Connection, path: str) -> int:
    """Return the number of a history's schema.

    Raises:
        ConfigError: a newer backage wrote it, or it is no history.
        DamagedError: it lacks a table or a column.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise ConfigError(
            f"{path} has schema {version} and this backage knows {len(MIGRATIONS)}: install a newer one."
        )
    ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'package_day'").fetchone()
    if version < 1 or not ours:
        raise ConfigError(f"{path} is a database of another program: name another file with --history.")
    try:
        missing = _columns_of(version) - set(connection.execute(_COLUMNS))
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such"):
            raise
        raise DamagedError(f"{path} is a damaged history ({error}): {REPAIR}.") from error
    if missing:
        raise DamagedError(
            f"{path} is a damaged history (no such column: {'.'.join(min(missing))}): {REPAIR}."
        )
    return int(version)


@cache
def _columns_of(version: int) -> frozenset[tuple[str, str]]:
    """Return all columns of a schema, as pairs of table or view, and column."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in MIGRATIONS[:version]:
            run_script(connection, script)
        return frozenset(connection.execute(_COLUMNS))


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Upgrade a database to the newest schema, in one transaction; an empty one gets the whole schema.

    Raises:
        ConfigError: a newer backage wrote it, or it is no history.
        DamagedError: it lacks a table or a column.
    """
    if connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),):
        check_version(connection, path)
        return
    connection.execute("BEGIN IMMEDIATE")  # if two open a new history at once, one waits
    try:
        _migrate(connection, path)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # on a full disk SQLite has rolled back already
            connection.execute("ROLLBACK")
        raise


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one, because `executescript` would end the transaction."""
    for statement in script.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    new = connection.execute("PRAGMA user_version").fetchone() == (0,)
    new = new and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    version = 0 if new else check_version(connection, path)
    for number in range(version, len(MIGRATIONS)):
        run_script(connection, MIGRATIONS[number])
        connection.execute(f"PRAGMA user_version = {number + 1}")
