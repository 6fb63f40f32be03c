"""What the index shows of packages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backage.models import IndexPackage, Package
from backage.store import days
from backage.store.calendar import as_day, from_number
from backage.store.details import newest_size

if TYPE_CHECKING:
    import sqlite3


def load_index(db: sqlite3.Connection, login: str) -> list[IndexPackage]:
    """Read the newest numbers of an owner's packages, in the order in which they were first seen."""
    rows = db.execute(
        "SELECT package.key, package.type, package.name, package.repo, package.covered,"
        " (SELECT max(day) FROM scan WHERE scan.package = package.key AND scan.listed > 0)"
        " FROM package JOIN owner ON owner.key = package.owner"
        " WHERE owner.login = ? AND gone IS NULL ORDER BY package.key",
        (login,),
    ).fetchall()
    found = []
    for key, kind, name, repo, covered, listed in rows:
        latest = days.load_latest(db, key)
        if latest is not None:
            if latest.size is None:
                latest = replace(latest, size=newest_size(db, key))
            package = Package(kind, name, repo)
            found.append(IndexPackage(key, package, from_number(covered), latest, as_day(listed)))
    return found
