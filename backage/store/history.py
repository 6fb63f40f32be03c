"""Opening the history, and what it knows of runs and owners; of all else functions do, in the other files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backage.models import Owner
from backage.store import owners
from backage.store.calendar import as_day, to_number
from backage.store.database import open_database, transaction
from backage.store.details import Details

if TYPE_CHECKING:
    import sqlite3
    from datetime import date
    from pathlib import Path
    from typing import Self

    from backage.owners import OptOut


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a history knows: owners, packages, versions, and observations of both."""

    owners: int
    packages: int
    versions: int
    observations: int


def open_history(path: Path) -> History:
    """Open a history, making it where there is none.

    Raises:
        ConfigError: the file is no database, is a newer one, or SQLite is too old.
    """
    return History(open_database(path))


class History:
    """One connection, used by one thread; `details` is what is known of single versions.

    `connection` is for the modules of this folder.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use an open, migrated database."""
        self.connection = connection
        self.details = Details(connection)

    def __enter__(self) -> Self:
        """Close at the end of a `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close, whatever happened."""
        self.connection.close()

    def count(self) -> Counts:
        """Count what there is."""
        row = self.connection.execute(
            "SELECT (SELECT count(*) FROM owner), (SELECT count(*) FROM package),"
            " (SELECT count(*) FROM version),"
            " (SELECT count(*) FROM package_day) + (SELECT count(*) FROM version_day)"
        ).fetchone()
        return Counts(*row)

    def start_run(self, day: date) -> int:
        """Give a run its number; later runs have higher ones."""
        with transaction(self.connection) as db:
            number = db.execute(
                "INSERT INTO run (day) VALUES (?) RETURNING id", (to_number(day),)
            ).fetchone()[0]
        return int(number)

    def load_runs(self) -> dict[str, int]:
        """Read in which run each owner was last gone through, by each login it has or had, in lower case."""
        return owners.load_runs(self.connection)

    def load_owner(self, login: str, number: int | None = None) -> Owner | None:
        """Read what is known of an owner, by its id where that is given, else by a login it has or had."""
        return owners.load_owner(self.connection, login, number)

    def load_owners(self) -> list[Owner]:
        """Read all owners, in the order of their names."""
        rows = self.connection.execute("SELECT login, type, id FROM owner ORDER BY login COLLATE NOCASE")
        return [Owner(*row) for row in rows]

    def load_former(self) -> dict[str, str]:
        """Read the logins that owners had before, in lower case, each with the one it has now."""
        rows = self.connection.execute(
            "SELECT former.login, owner.login FROM former JOIN owner ON owner.key = former.owner"
        )
        return {was.lower(): login for was, login in rows}

    def save_owner(self, owner: Owner, was: str | None = None) -> None:
        """Write an owner: the one with its id, else that of its login, else that of the one it had before."""
        with transaction(self.connection) as db:
            owners.save_owner(db, owner, was)

    def load_last_day(self) -> date | None:
        """Read the day of the last run; where there was none, the last that a page or a count tells of."""
        last = "SELECT coalesce((SELECT max(day) FROM run), (SELECT max(day) FROM scan), max(covered))"
        (number,) = self.connection.execute(f"{last} FROM package").fetchone()
        return as_day(number)

    def finish_owner(self, login: str, run: int) -> None:
        """Note that a run went through all packages of an owner."""
        with transaction(self.connection) as db:
            db.execute("UPDATE owner SET run = ? WHERE login = ?", (run, login))

    def forget(self, optout: OptOut) -> int:
        """Delete the history of what is opted out; return how many packages that were.

        Of a renamed owner its logins stay, so that it stays opted out under each of them.
        """
        return owners.forget(self.connection, optout) if optout.entries else 0
