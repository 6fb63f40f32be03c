"""The documented dataset, row by row: what the two views say of an owner, a package or all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from backage.store.database import History

Value = int | str | None

VIEWS = ("packages", "versions")
"""What can be exported, by the names of the views."""

_PLACE = ("owner", "repo", "package")


@dataclass(frozen=True, slots=True)
class Rows:
    """The names of the columns, and the rows, which are read as they are taken."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]


def read_rows(
    history: History, view: str, place: Sequence[str], since: date | None, until: date | None
) -> Rows:
    """Read one of the views: of all, or of an owner, its repository, its package, in any case."""
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
