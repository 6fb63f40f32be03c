"""Open the SQLite file: settings, schema, transactions, readable errors; and days as it stores them."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Self

from backage.errors import ConfigError, DamagedError
from backage.store.migrations import REPAIR, check_version, migrate
from backage.store.schema import MIGRATIONS

SQLITE_FLOOR = (3, 37)
"""The first version with STRICT tables, of November 2021."""

BUSY_SECONDS = 30

_EPOCH = date(1970, 1, 1)

_TROUBLE = re.compile("locked|full|readonly|disk I/O|unable to open")
"""Messages of SQLite about the disk or other programs, not about a statement."""

_DAMAGE = re.compile("malformed|not a database|decode to UTF-8|corrupt")
_ADVICE = {
    "locked": "is another backage at work? Run it again when the other has ended",
    "full": "make room and run it again",
    "readonly": "it has to be writable, and its folder too",
    "disk I/O": "see whether the disk is full, or failing, and run it again",
    "unable to open": "its folder has to be there, and to be writable",
}
"""Advice for each. Nothing is lost: a transaction is written whole, or not at all."""


class History(sqlite3.Connection):
    """The connection to a history; a `with` closes it."""

    def __enter__(self) -> Self:
        """Return the connection. To write, open a `transaction`."""
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        """Close the connection."""
        self.close()
        return False


def open_history(path: Path, *, shared: bool = False) -> History:
    """Open a history with the newest schema; create it if it is missing.

    Threads may use a `shared` connection, one at a time.

    Raises:
        ConfigError: the file is no history, its schema is newer, or SQLite is too old.
    """
    if sqlite3.sqlite_version_info < SQLITE_FLOOR:
        raise ConfigError(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed.")
    try:
        connection = sqlite3.connect(
            path.absolute().as_uri(),
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=not shared,
            factory=History,
        )
    except sqlite3.OperationalError as error:
        raise ConfigError(f"{path} cannot be opened ({error}): name another file with --history.") from error
    try:
        with explained(path):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = OFF")  # a migration may replace a table
            migrate(connection, str(path))
            connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ConfigError(f"{path} is not a history ({error}): name another file with --history.") from error
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def open_existing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open an existing database without migrating it.

    Raises:
        ConfigError: it cannot be read.
        DamagedError: it is damaged, or no database.
    """
    try:
        with closing(sqlite3.connect(address(path), uri=True, timeout=BUSY_SECONDS)) as connection:
            yield connection
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        trouble = _TROUBLE.search(str(error))
        if trouble and isinstance(error, sqlite3.DatabaseError):
            advice = _ADVICE[trouble[0]]
            raise ConfigError(f"{path} cannot be read as a database: {error} ({advice}).") from error
        if isinstance(error, sqlite3.IntegrityError | sqlite3.OperationalError) and is_whole(path):
            raise  # a bug, and not the file's fault
        raise DamagedError(f"{path} cannot be read as a database: {error}.") from error


def address(path: Path) -> str:
    """Return the URI with which SQLite opens an existing file.

    A read-only file is opened as immutable; otherwise SQLite would try to write files beside it.
    """
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return f"{path.absolute().as_uri()}?{'mode=rw' if writable else 'mode=ro&immutable=1'}"


@contextmanager
def current_copy(path: Path) -> Iterator[Path]:
    """Return the path of a history with the newest schema: its own, or that of an upgraded temporary copy.

    Raises:
        ConfigError: it is no history, or its schema is newer.
    """
    with open_existing(path) as connection:
        version = check_version(connection, str(path))
        if version == len(MIGRATIONS):
            yield path
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / "history.db"
            connection.execute("VACUUM INTO ?", (str(copy),))
            open_history(copy).close()
            yield copy


@contextmanager
def explained(path: Path, copy: Path | None = None) -> Iterator[None]:
    """Turn SQLite's errors into a sentence: what happened, to which file, and what to do.

    While a `copy` is written, errors of the disk are about the copy.

    Raises:
        ConfigError: another program holds it, the disk is full, or it may not be written.
        DamagedError: it is damaged, or no database.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        before = error.__context__  # on a full disk SQLite has rolled back already
        error = before if isinstance(before, sqlite3.DatabaseError) else error
        said = str(error)
        trouble = _TROUBLE.search(said)
        if trouble and isinstance(error, sqlite3.OperationalError):
            what, use = (path, "used") if trouble[0] == "locked" or not copy else (copy, "written")
            raise ConfigError(f"{what} cannot be {use} ({said}): {_ADVICE[trouble[0]]}.") from error
        if _DAMAGE.search(said):
            raise DamagedError(f"{path} is not a history, or a damaged one ({said}): {REPAIR}.") from error
        raise  # a bug, and not the file's fault


@contextmanager
def undamaged(path: Path) -> Iterator[None]:
    """Report damage also if it shows as a Python error, such as a text in place of a day.

    Raises:
        DamagedError: the history is damaged.
    """
    try:
        with explained(path):
            yield
    except (sqlite3.DatabaseError, ValueError, TypeError, ArithmeticError) as error:
        if is_whole(path):
            raise
        raise DamagedError(f"{path} is not a history, or a damaged one ({error}): {REPAIR}.") from error


def is_whole(path: Path) -> bool:
    """Return whether SQLite finds no damage in a database."""
    try:
        with closing(sqlite3.connect(address(path), uri=True, timeout=BUSY_SECONDS)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)])
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write everything that is done within, or nothing.

    Raises:
        ConfigError: another program holds the database, or the disk is full.
        DamagedError: it is damaged.
    """
    path = path_of(connection)
    with explained(path):
        connection.execute("BEGIN IMMEDIATE")
    try:
        with explained(path):
            yield connection
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # on a full disk SQLite has rolled back already
            connection.execute("ROLLBACK")
        raise


def path_of(connection: sqlite3.Connection) -> Path:
    """Return the file of a connection, relative to the working directory if possible."""
    _, _, name = connection.execute("PRAGMA database_list").fetchone()
    path = Path(name)
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def to_number(day: date) -> int:
    """Return a day as the database stores it: days since 1970-01-01."""
    return (day - _EPOCH).days


@lru_cache(maxsize=4096)
def from_number(number: int) -> date:
    """Return the day of a stored number."""
    return _EPOCH + timedelta(days=number)


def as_day(number: int | None) -> date | None:
    """Return the day of a stored number; None for None."""
    return None if number is None else from_number(number)


def as_number(day: date | None) -> int | None:
    """Return a day as the database stores it; None for None."""
    return None if day is None else to_number(day)
