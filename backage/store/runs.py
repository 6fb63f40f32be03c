"""The runs of a history: their numbers and days, how much they recorded, and what they could not read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backage.models.history import Failure
from backage.store.database import History, as_day, from_number, to_number, transaction

FAILURE_DAYS = 90
"""Days for which a failure is kept if its owner is no longer read."""

MERGE_FAILURES = """
INSERT INTO main.failure SELECT * FROM source.failure WHERE true
ON CONFLICT (login, what) DO UPDATE SET reason = excluded.reason, url = excluded.url,
    since = min(since, excluded.since), day = excluded.day, run = excluded.run WHERE excluded.run > run;
DELETE FROM main.failure
WHERE run < (SELECT run FROM main.owner WHERE owner.login = failure.login);
"""
"""Merges failures. A failure is over if a later run went through its owner."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a history has; observations are those of packages and of versions."""

    owners: int
    packages: int
    versions: int
    observations: int


def count_rows(history: History) -> Counts:
    """Count owners, packages, versions and observations."""
    row = history.execute(
        "SELECT (SELECT count(*) FROM owner), (SELECT count(*) FROM package),"
        " (SELECT count(*) FROM version),"
        " (SELECT count(*) FROM package_day) + (SELECT count(*) FROM version_day)"
    ).fetchone()
    return Counts(*row)


def start_run(history: History, day: date) -> int:
    """Add a run and return its number; later runs have higher numbers."""
    with transaction(history) as db:
        query = "INSERT INTO run (day) VALUES (?) RETURNING id"
        return int(db.execute(query, (to_number(day),)).fetchone()[0])


def load_last_day(history: History) -> date | None:
    """Return the day of the last run; without one, the last day with a page or a count."""
    last = "SELECT coalesce((SELECT max(day) FROM run), (SELECT max(day) FROM scan), max(covered))"
    (number,) = history.execute(f"{last} FROM package").fetchone()
    return as_day(number)


def save_failures(
    history: History, login: str, failures: Iterable[Failure], day: date, run: int, *, whole: bool
) -> None:
    """Save an owner's failures of a day. If the run read the `whole` owner, delete older failures."""
    today = to_number(day)
    with transaction(history) as db:
        db.executemany(
            "INSERT INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT (login, what) DO UPDATE"
            " SET reason = excluded.reason, url = excluded.url, day = excluded.day, run = excluded.run",
            [(login, failure.what, failure.reason, failure.url, today, run) for failure in failures],
        )
        if whole:
            db.execute("DELETE FROM failure WHERE login = ? AND run < ?", (login, run))
        db.execute("DELETE FROM failure WHERE day < ?", (today - FAILURE_DAYS,))


def keep_failures(history: History, listed: Iterable[str]) -> None:
    """Delete the failures of owners that are no longer listed."""
    wanted = {login.lower() for login in listed}
    with transaction(history) as db:
        known = [login for (login,) in db.execute("SELECT DISTINCT login FROM failure")]
        gone = [(login,) for login in known if login.lower() not in wanted]
        db.executemany("DELETE FROM failure WHERE login = ?", gone)


def load_failures(history: History) -> dict[str, list[Failure]]:
    """Return current failures by the owner's listed login, in lower case."""
    found: dict[str, list[Failure]] = {}
    rows = history.execute("SELECT login, what, reason, url, since FROM failure ORDER BY login, what")
    for login, what, reason, url, since in rows:
        found.setdefault(login.lower(), []).append(Failure(what, reason, url, from_number(since)))
    return found
