"""What a history knows of its runs, and how much it knows."""

from dataclasses import dataclass
from datetime import date

from backage.store.calendar import as_day, to_number
from backage.store.database import History, transaction


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a history knows: owners, packages, versions, and observations of both."""

    owners: int
    packages: int
    versions: int
    observations: int


def count_rows(history: History) -> Counts:
    """Count what there is."""
    row = history.execute(
        "SELECT (SELECT count(*) FROM owner), (SELECT count(*) FROM package),"
        " (SELECT count(*) FROM version),"
        " (SELECT count(*) FROM package_day) + (SELECT count(*) FROM version_day)"
    ).fetchone()
    return Counts(*row)


def start_run(history: History, day: date) -> int:
    """Give a run its number; later runs have higher ones."""
    with transaction(history) as db:
        query = "INSERT INTO run (day) VALUES (?) RETURNING id"
        return int(db.execute(query, (to_number(day),)).fetchone()[0])


def load_last_day(history: History) -> date | None:
    """Read the day of the last run; where there was none, the last that a page or a count tells of."""
    last = "SELECT coalesce((SELECT max(day) FROM run), (SELECT max(day) FROM scan), max(covered))"
    (number,) = history.execute(f"{last} FROM package").fetchone()
    return as_day(number)
