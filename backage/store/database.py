"""Opening the SQLite file: its version, its settings, its schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from backage.errors import ConfigError
from backage.store.migrations import MIGRATIONS, check_version, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        connection = sqlite3.connect(
            path.absolute().as_uri(), uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
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
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that is there, and change nothing in it.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        with closing(sqlite3.connect(address(path), uri=True, timeout=BUSY_SECONDS)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{path} cannot be read as a database: {error}.") from error


def address(path: Path) -> str:
    """Give the address under which SQLite opens a file without ever writing to it."""
    return f"{path.absolute().as_uri()}?mode=ro"


@contextmanager
def current_copy(path: Path) -> Iterator[Path]:
    """Give a history with the newest schema: itself, or where it is older a copy that is brought up to date.

    Raises:
        ConfigError: it is no history, or is a newer one.
    """
    with read_only(path) as connection:
        version = check_version(connection, str(path))
        if version == len(MIGRATIONS):
            yield path
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / "history.db"
            connection.execute("VACUUM INTO ?", (str(copy),))
            open_database(copy).close()
            yield copy


@contextmanager
def explained() -> Iterator[None]:
    """Say in a sentence that a history could not be written.

    Raises:
        ConfigError: another program holds the database, or the disk is full.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ConfigError(f"The history cannot be written ({error}): is another backage at work?") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all that is done within, or nothing.

    Raises:
        ConfigError: another program holds the database.
    """
    with explained():
        connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
