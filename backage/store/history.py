"""Opening the history, and what is read and written of owners, runs and whole packages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from backage.errors import BackageError
from backage.models import KnownPackage, Owner, Package
from backage.store import days, failures, owners, versions
from backage.store.calendar import as_day, as_number, from_number, to_number
from backage.store.database import open_database, transaction
from backage.store.details import Details
from backage.store.index import load_index

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path
    from typing import Self

    from backage.models import Failure, IndexPackage, KnownVersion, PackageDay, PackageUpdate, Version
    from backage.owners import OptOut

RECENT = timedelta(days=62)
"""What planning looks at: the month before the month of a page."""

_LISTED, _COMPLETE = 1, 2


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

    # --- runs and owners ----------------------------------------------------------------------

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

    def load_failures(self) -> dict[str, list[Failure]]:
        """Read what fails, by the login under which it is listed, in lower case."""
        return failures.load_failures(self.connection)

    def save_failures(
        self, login: str, found: Iterable[Failure], day: date, run: int, *, whole: bool
    ) -> None:
        """Write what failed of an owner; when the run went through it `whole`, what failed before is over."""
        with transaction(self.connection) as db:
            failures.save_failures(db, login, found, day, run, whole=whole)

    def keep_failures(self, listed: Iterable[str]) -> None:
        """Forget what failed of owners that are not listed any more."""
        with transaction(self.connection) as db:
            failures.keep_failures(db, listed)

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

    def is_doubtful(self, login: str, listed: Iterable[Package]) -> bool:
        """Tell whether an owner's list lacks a package that is not gone, or a total fell the last time."""
        return owners.is_doubtful(self.connection, login, listed)

    # --- packages -----------------------------------------------------------------------------

    def load_package_runs(self, login: str) -> dict[Package, int]:
        """Read an owner's packages that are not gone, each with the last run that read it."""
        rows = self.connection.execute(
            "SELECT package.type, package.name, package.repo, package.run FROM package"
            " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NULL",
            (login,),
        )
        return {Package(*row): run for *row, run in rows}

    def load_fresh(self, login: str, day: date) -> set[Package]:
        """Read the packages that were refreshed on a day by a run that was cut short."""
        rows = self.connection.execute(
            "SELECT package.type, package.name, package.repo FROM package"
            " JOIN owner ON owner.key = package.owner"
            " JOIN scan ON scan.package = package.key AND scan.day = ?"
            " WHERE owner.login = ? AND package.run > owner.run AND package.walk = 1 AND scan.listed > 0",
            (to_number(day), login),
        )
        return {Package(*row) for row in rows}

    def load_package(self, login: str, package: Package, day: date) -> tuple[int | None, KnownPackage]:
        """Read a package's key, None where it is new, and what is known of it up to a day."""
        row = self.connection.execute(
            "SELECT package.key, walk, held, settled, doubted"
            " FROM package JOIN owner ON owner.key = package.owner"
            " WHERE owner.login = ? AND package.type = ? AND package.name = ?",
            (login, package.type, package.name),
        ).fetchone()
        if row is None:
            return None, KnownPackage({}, None, (), None, None, 1, frozenset())
        key, walk, held, settled, doubted = row
        since = to_number(day - RECENT)
        oldest = min(since, since if settled is None else settled)  # what was never over may lie far back
        query = "SELECT day, listed FROM scan WHERE package = ? AND day >= ? ORDER BY day"
        scans = self.connection.execute(query, (key, since)).fetchall()
        listed = max((when for when, how in scans if how >= _LISTED), default=None)
        whole = tuple(from_number(when) for when, how in scans if how == _COMPLETE)
        recent = {entry.day: entry for entry in days.load_days(self.connection, key, oldest)}
        return key, KnownPackage(
            recent,
            as_day(settled),
            whole,
            as_day(listed),
            as_day(held),
            walk,
            versions.load_ids(self.connection, key),
            from_number(scans[-1][0]) if scans else None,
            as_day(doubted),
        )

    def load_versions(self, key: int, since: date) -> dict[int, KnownVersion]:
        """Read a package's versions with their observations since a day and the last one before it."""
        return versions.load_known(self.connection, key, to_number(since))

    def save_package(self, login: str, package: Package, update: PackageUpdate, run: int | None) -> int:
        """Write all that a run found out about a package, in one transaction, and return its key.

        Without a run its place in the order of the next one stays.
        """
        with transaction(self.connection) as db:
            row = db.execute(
                "INSERT INTO package (owner, type, name, repo, run, walk, held, settled, doubted)"
                " SELECT key, ?2, ?3, ?4, coalesce(?5, 0), ?6, ?7, ?8, ?9 FROM owner WHERE login = ?1"
                " ON CONFLICT (owner, type, name) DO UPDATE SET name = excluded.name, repo = excluded.repo,"
                " run = coalesce(?5, run), walk = excluded.walk, held = excluded.held,"
                " settled = excluded.settled, doubted = excluded.doubted, gone = NULL"
                " RETURNING key",
                (
                    login,
                    package.type,
                    package.name,
                    package.repo,
                    run,
                    update.walk,
                    *map(as_number, (update.held, update.settled, update.doubted)),
                ),
            ).fetchone()
            if row is None:
                raise BackageError(f"{login} was renamed while it was read; the next run goes on")
            key = int(row[0])
            day = to_number(update.day)
            days.save_days(db, key, update.days)
            versions.save_versions(db, key, update.versions)
            if update.complete:
                versions.mark_gone(db, key, {version.id for version in update.versions}, day)
            db.execute(
                "INSERT INTO scan (package, day, listed) VALUES (?, ?, ?)"
                " ON CONFLICT (package, day) DO UPDATE SET listed = max(listed, excluded.listed)",
                (key, day, update.complete + update.listed),
            )
        return key

    def mark_gone(self, login: str, package: Package, day: date) -> None:
        """Note that a package is gone; its history stays."""
        with transaction(self.connection) as db:
            db.execute(
                "UPDATE package SET gone = ?1 WHERE type = ?2 AND name = ?3"
                " AND owner = (SELECT key FROM owner WHERE login = ?4)",
                (to_number(day), package.type, package.name, login),
            )

    # --- what the index shows -----------------------------------------------------------------

    def load_index(self, login: str) -> list[IndexPackage]:
        """Read the newest numbers of an owner's packages, in the order in which they were first seen."""
        return load_index(self.connection, login)

    def load_packages(self, login: str) -> list[Package]:
        """Read all packages that an owner ever had, in the order in which they were first seen."""
        rows = self.connection.execute(
            "SELECT package.type, package.name, package.repo FROM package"
            " JOIN owner ON owner.key = package.owner WHERE owner.login = ? ORDER BY package.key",
            (login,),
        )
        return [Package(*row) for row in rows]

    def load_index_versions(self, key: int) -> list[Version]:
        """Read the listed versions of a package with their newest numbers, highest id first."""
        return versions.load_latest(self.connection, key)

    def load_days(self, key: int) -> list[PackageDay]:
        """Read all days of a package, without a gap: a day of which nothing is known is there, and empty."""
        return days.load_days(self.connection, key, None)
