"""Copy a history that may be in use, check a copy, and put it in the history's place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from backage.errors import ConfigError, DamagedError
from backage.store.database import explained, open_existing, open_history
from backage.store.migrations import check_version


def copy_history(path: Path, target: Path, *, public: bool = False) -> None:
    """Write a consistent, compact copy of a history that may be in use.

    A `public` copy lacks the receiver's users and the key that signs their sessions.

    Raises:
        ConfigError: there is no history, or it cannot be copied.
    """
    with open_existing(path) as connection:
        check_version(connection, str(path))
        with explained(path, target):
            connection.execute("VACUUM INTO ?", (str(target),))
    if public:
        with explained(target), closing(sqlite3.connect(target, isolation_level=None)) as copy:
            _strip(copy)


def _strip(copy: sqlite3.Connection) -> None:
    """Delete secrets, and rewrite the file so that no trace is left."""
    names = ("web_user", "web_key")
    known = [
        name
        for name in names
        if copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    ]
    deleted = sum(copy.execute(f"DELETE FROM {name}").rowcount for name in known)  # noqa: S608 (constants)
    if deleted:
        copy.execute("VACUUM")


def check_copy(path: Path, name: str) -> None:
    """Check that a file is an undamaged history that this program can read; messages call it `name`.

    Raises:
        ConfigError: it is no history, or its schema is newer.
        DamagedError: it is damaged.
    """
    try:
        with open_existing(path) as connection:
            check_version(connection, name)
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    except ConfigError as error:
        raise type(error)(str(error).replace(str(path), name)) from error
    if found != ["ok"]:
        raise DamagedError(f"{name} is damaged: {' '.join(found[0].split())}.")


def replace_history(path: Path, new: Path) -> None:
    """Replace a history that nobody is using with a checked file of the same folder.

    Raises:
        ConfigError: another program is using it.
    """
    if path.exists():
        _close(path)
    for ending in ("-wal", "-shm"):  # they belong to the old file
        path.with_name(path.name + ending).unlink(missing_ok=True)
    new.replace(path)
    open_history(path).close()


def _close(path: Path) -> None:
    """Check that no program uses the history; ignore a file that is no database."""
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise ConfigError(f"{path} is in use ({error}): end the other backage first.") from error
    except sqlite3.DatabaseError:
        return
