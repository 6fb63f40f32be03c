"""Questions to the history: which packages an owner has and had, which grew, and the rows of the dataset."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from backage.models.history import MONTH, Package
from backage.store.database import History, from_number, to_number, transaction

Months = tuple[int | None, int | None]
"""Downloads of the 30 days before the last 30, and of the last 30; None if a total is unknown."""


def load_packages(history: History, login: str) -> list[Package]:
    """Return all packages that an owner ever had, in the order in which they were first seen."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo, package.number FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? ORDER BY package.key",
        (login,),
    )
    return [Package(*row) for row in rows]


def load_package_runs(history: History, login: str) -> dict[Package, int]:
    """Return an owner's existing packages with the last run that read each."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo, package.number, package.run FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NULL",
        (login,),
    )
    return {Package(*row): run for *row, run in rows}


def load_packages_read_on(history: History, login: str, day: date) -> set[Package]:
    """Return the packages that an interrupted run has already read completely on a day."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo FROM package"
        " JOIN owner ON owner.key = package.owner"
        " JOIN scan ON scan.package = package.key AND scan.day = ?"
        " WHERE owner.login = ? AND package.run > owner.run AND package.walk = 1 AND scan.listed > 0",
        (to_number(day), login),
    )
    return {Package(*row) for row in rows}


def load_gone(history: History, login: str) -> dict[Package, date]:
    """Return an owner's packages that are gone, with the day on which each was found to be gone."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo, package.gone FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NOT NULL",
        (login,),
    )
    return {Package(kind, name, repo): from_number(gone) for kind, name, repo, gone in rows}


def mark_gone(history: History, login: str, package: Package, day: date) -> None:
    """Mark a package as gone; its history stays."""
    with transaction(history) as db:
        db.execute(
            "UPDATE package SET gone = ?1 WHERE type = ?2 AND name = ?3"
            " AND owner = (SELECT key FROM owner WHERE login = ?4)",
            (to_number(day), package.type, package.name, login),
        )


def is_doubtful(history: History, login: str, listed: Iterable[Package]) -> bool:
    """Return whether an owner's list lacks an existing package, or a total fell the last time."""
    rows = history.execute(
        "SELECT package.type, package.name, package.held FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NULL",
        (login,),
    )
    names = {(package.type, package.name.lower()) for package in listed}
    return any(held is not None or (kind, name.lower()) not in names for kind, name, held in rows)


def load_growth_months(history: History) -> dict[int, Months]:
    """Return the months of all existing packages by key. They end the day before the last known day."""
    total = (
        "(SELECT downloads FROM package_day WHERE package = package.key AND day <= covered - {}"
        " ORDER BY day DESC LIMIT 1)"
    )
    totals = ", ".join(total.format(1 + back) for back in (2 * MONTH, MONTH, 0))
    query = f"SELECT key, {totals} FROM package WHERE gone IS NULL AND covered IS NOT NULL"  # noqa: S608 (numbers)
    return {
        key: (_difference(first, second), _difference(second, third))
        for key, first, second, third in history.execute(query)
    }


def _difference(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None or after < before else after - before


# --- the dataset ------------------------------------------------------------------------------

Value = int | str | None

VIEWS = ("packages", "versions")
"""The views that can be exported."""

_PLACE = ("owner", "repo", "package")


@dataclass(frozen=True, slots=True)
class Rows:
    """The names of the columns, and the rows, which are read lazily."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]


def read_rows(
    history: History, view: str, place: Sequence[str], since: date | None, until: date | None
) -> Rows:
    """Read a view. `place` may give an owner, its repository and its package, in any case."""
    if view not in VIEWS:
        raise ValueError(view)
    conditions = [f"{column} = ? COLLATE NOCASE" for column, _ in zip(_PLACE, place, strict=False)]
    values: list[Value] = list(place)
    for comparison, day in ((">=", since), ("<=", until)):
        if day is not None:
            conditions.append(f"date {comparison} ?")
            values.append(day.isoformat())
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    cursor = history.execute(f"SELECT * FROM {view}{where}", values)  # noqa: S608 (constants)
    return Rows(tuple(column[0] for column in cursor.description), cursor)
