"""Opening the SQLite file: its version, its settings, its schema."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backage.errors import ConfigError
from backage.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SQLITE_FLOOR = (3, 37)
"""STRICT tables came with it, in November 2021."""

BUSY_SECONDS = 30


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database with the newest schema, making it where there is none.

    Raises:
        ConfigError: the file is no database, is a newer one, or SQLite is too old.
    """
    if sqlite3.sqlite_version_info < SQLITE_FLOOR:
        raise ConfigError(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed.")
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise ConfigError(f"{path} cannot be opened ({error}): name another file with --history.") from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, str(path))
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ConfigError(f"{path} is not a history ({error}): name another file with --history.") from error
    except ConfigError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all that is done within, or nothing.

    Raises:
        ConfigError: another program holds the database.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise ConfigError(f"The history cannot be written ({error}): is another backage at work?") from error
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
