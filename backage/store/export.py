"""Read the documented dataset: the rows of the two views, for an owner, a package or all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from backage.store.database import History

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
