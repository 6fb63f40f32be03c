"""What could not be read, and what is not there any more: since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.models import Failure, Package
from backage.store.calendar import from_number, to_number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import date

    from backage.store.history import History

KEPT = 90
"""Days after which the failure of an owner that is not read any more is forgotten."""

MERGE = """
INSERT INTO main.failure SELECT * FROM source.failure WHERE true
ON CONFLICT (login, what) DO UPDATE SET reason = excluded.reason, url = excluded.url,
    since = min(since, excluded.since), day = excluded.day, run = excluded.run WHERE excluded.run > run;
DELETE FROM main.failure
WHERE run < (SELECT run FROM main.owner WHERE owner.login = failure.login);
"""
"""A failure that is older than a run which went through its owner is over."""


def save_failures(
    db: sqlite3.Connection, login: str, failures: Iterable[Failure], day: date, run: int, *, whole: bool
) -> None:
    """Write what failed of an owner on a day; when a run went through it `whole`, older failures are over."""
    today = to_number(day)
    db.executemany(
        "INSERT INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT (login, what)"
        " DO UPDATE SET reason = excluded.reason, url = excluded.url, day = excluded.day, run = excluded.run",
        [(login, failure.what, failure.reason, failure.url, today, run) for failure in failures],
    )
    if whole:
        db.execute("DELETE FROM failure WHERE login = ? AND run < ?", (login, run))
    db.execute("DELETE FROM failure WHERE day < ?", (today - KEPT,))


def keep_failures(db: sqlite3.Connection, listed: Iterable[str]) -> None:
    """Forget what failed of owners that are not listed any more: nobody waits for them."""
    wanted = {login.lower() for login in listed}
    known = [login for (login,) in db.execute("SELECT DISTINCT login FROM failure")]
    db.executemany(
        "DELETE FROM failure WHERE login = ?", [(login,) for login in known if login.lower() not in wanted]
    )


def load_failures(db: sqlite3.Connection) -> dict[str, list[Failure]]:
    """Read what fails, by the login under which it is listed, in lower case."""
    found: dict[str, list[Failure]] = {}
    rows = db.execute("SELECT login, what, reason, url, since FROM failure ORDER BY login, what")
    for login, what, reason, url, since in rows:
        found.setdefault(login.lower(), []).append(Failure(what, reason, url, from_number(since)))
    return found


def load_gone(history: History, login: str) -> dict[Package, date]:
    """Read an owner's packages that are gone, each with the day on which it was found to be."""
    rows = history.connection.execute(
        "SELECT package.type, package.name, package.repo, package.gone FROM package"
        " JOIN owner ON owner.key = package.owner WHERE owner.login = ? AND gone IS NOT NULL",
        (login,),
    )
    return {Package(kind, name, repo): from_number(gone) for kind, name, repo, gone in rows}
