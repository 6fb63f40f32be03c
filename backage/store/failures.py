"""What could not be read, and since when."""

from collections.abc import Iterable
from datetime import date

from backage.models.history import Failure
from backage.store.calendar import from_number, to_number
from backage.store.database import History, transaction

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
    history: History, login: str, failures: Iterable[Failure], day: date, run: int, *, whole: bool
) -> None:
    """Write what failed of an owner on a day; when a run went through it `whole`, older failures are over."""
    today = to_number(day)
    with transaction(history) as db:
        db.executemany(
            "INSERT INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT (login, what) DO UPDATE"
            " SET reason = excluded.reason, url = excluded.url, day = excluded.day, run = excluded.run",
            [(login, failure.what, failure.reason, failure.url, today, run) for failure in failures],
        )
        if whole:
            db.execute("DELETE FROM failure WHERE login = ? AND run < ?", (login, run))
        db.execute("DELETE FROM failure WHERE day < ?", (today - KEPT,))


def keep_failures(history: History, listed: Iterable[str]) -> None:
    """Forget what failed of owners that are not listed any more: nobody waits for them."""
    wanted = {login.lower() for login in listed}
    with transaction(history) as db:
        known = [login for (login,) in db.execute("SELECT DISTINCT login FROM failure")]
        gone = [(login,) for login in known if login.lower() not in wanted]
        db.executemany("DELETE FROM failure WHERE login = ?", gone)


def load_failures(history: History) -> dict[str, list[Failure]]:
    """Read what fails, by the login under which it is listed, in lower case."""
    found: dict[str, list[Failure]] = {}
    rows = history.execute("SELECT login, what, reason, url, since FROM failure ORDER BY login, what")
    for login, what, reason, url, since in rows:
        found.setdefault(login.lower(), []).append(Failure(what, reason, url, from_number(since)))
    return found
