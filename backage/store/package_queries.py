"""Questions about packages: which an owner has and had, which a run has read, which grew."""

from collections.abc import Iterable
from datetime import date

from backage.models.history import MONTH, Package
from backage.store.database import History, from_number, to_number, transaction

Months = tuple[int | None, int | None]
"""Downloads of the 30 whole days before the last 30, and of these; None where a total is not known."""


def load_packages(history: History, login: str) -> list[Package]:
    """Read all packages that an owner ever had, in the order in which they were first seen."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo, package.number FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? ORDER BY package.key",
        (login,),
    )
    return [Package(*row) for row in rows]


def load_package_runs(history: History, login: str) -> dict[Package, int]:
    """Read an owner's packages that are not gone, each with the last run that read it."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo, package.number, package.run FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NULL",
        (login,),
    )
    return {Package(*row): run for *row, run in rows}


def load_fresh(history: History, login: str, day: date) -> set[Package]:
    """Read the packages that were refreshed on a day by a run that was cut short."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo FROM package"
        " JOIN owner ON owner.key = package.owner"
        " JOIN scan ON scan.package = package.key AND scan.day = ?"
        " WHERE owner.login = ? AND package.run > owner.run AND package.walk = 1 AND scan.listed > 0",
        (to_number(day), login),
    )
    return {Package(*row) for row in rows}


def load_gone(history: History, login: str) -> dict[Package, date]:
    """Read an owner's packages that are gone, each with the day on which it was found to be."""
    rows = history.execute(
        "SELECT package.type, package.name, package.repo, package.gone FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NOT NULL",
        (login,),
    )
    return {Package(kind, name, repo): from_number(gone) for kind, name, repo, gone in rows}


def mark_gone(history: History, login: str, package: Package, day: date) -> None:
    """Note that a package is gone; its history stays."""
    with transaction(history) as db:
        db.execute(
            "UPDATE package SET gone = ?1 WHERE type = ?2 AND name = ?3"
            " AND owner = (SELECT key FROM owner WHERE login = ?4)",
            (to_number(day), package.type, package.name, login),
        )


def is_doubtful(history: History, login: str, listed: Iterable[Package]) -> bool:
    """Tell whether an owner's list lacks a package that is not gone, or a total fell the last time."""
    rows = history.execute(
        "SELECT package.type, package.name, package.held FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NULL",
        (login,),
    )
    names = {(package.type, package.name.lower()) for package in listed}
    return any(held is not None or (kind, name.lower()) not in names for kind, name, held in rows)


def load_months(history: History) -> dict[int, Months]:
    """Read both by the key of the package; the last whole day is the one before the last that is known."""
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
