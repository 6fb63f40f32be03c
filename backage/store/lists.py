"""Which packages an owner has and had, which of them a run has read, and which are gone."""

from collections.abc import Iterable
from datetime import date

from backage.models.history import Package
from backage.store.calendar import from_number, to_number
from backage.store.database import History, transaction


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
