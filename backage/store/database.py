"""Opening the SQLite file: its version, its settings, its schema."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from backage.errors import ConfigError, DamagedError
from backage.store.migrations import MIGRATIONS, check_version, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

SQLITE_FLOOR = (3, 37)
"""STRICT tables came with it, in November 2021."""

BUSY_SECONDS = 30

_TROUBLE = re.compile("locked|full|readonly|disk I/O|unable to open")
"""What SQLite says when something is wrong with the disk or with others, and not with a statement."""


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
        DamagedError: it is no whole database.
    """
    try:
        with closing(sqlite3.connect(address(path), uri=True, timeout=BUSY_SECONDS)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        trouble = _TROUBLE.search(str(error))
        if isinstance(error, sqlite3.IntegrityError | sqlite3.OperationalError) and not trouble:
            raise  # a fault of ours, and not of the file
        kind = ConfigError if trouble else DamagedError
        raise kind(f"{path} cannot be read as a database: {error}.") from error


def address(path: Path) -> str:
    """Give the address under which SQLite opens a file that is there.

    One that nobody here may write is taken as it lies; SQLite would else want to write files beside it.
    """
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return f"{path.absolute().as_uri()}?{'mode=rw' if writable else 'mode=ro&immutable=1'}"


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
        if not _TROUBLE.search(str(error)):
            raise
        advice = ": is another backage at work?" if "locked" in str(error) else "."
        raise ConfigError(f"The history cannot be written ({error}){advice}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all that is done within, or nothing.

    Raises:
        ConfigError: another program holds the database.
    """
    with explained():
        connection.execute("BEGIN IMMEDIATE")
    try:
        with explained():
            yield connection
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has gone back by itself where the disk is full
            connection.execute("ROLLBACK")
        raise
