"""The CSV of a package: one line a UTC day, oldest first, for ever."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from operator import attrgetter

from backage.models.history import Downloads, PackageDay

HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged"
_DOWNLOADS = 4
PROVISIONAL = 2
"""Days at the end of a history that may still change: today, and yesterday until it is final."""

_values = attrgetter(
    *(f"downloads.{window}" for window in ("total", "month", "week", "day")), "size", "versions", "tagged"
)
_LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})((?:,[0-9]{0,18}){7})")


def render_table(days: Sequence[PackageDay], published: bytes = b"") -> bytes:
    """Render one line a day, from the history and the `published` CSV, which may know older days.

    A known value of the history replaces the published one. A published value stays where the history has
    none, except on the history's last two days: there the whole line is replaced, if its total is known.
    The last published line is of an unfinished day. If the history goes on after it, the downloads of that
    line are dropped, and only the history can fill them.
    """
    lines = dict(_read_lines(published))
    if lines and days and max(lines) < days[-1].day.isoformat():
        lines[max(lines)][:_DOWNLOADS] = [""] * _DOWNLOADS
    for place, entry in enumerate(days):
        day, old = entry.day.isoformat(), lines.get(entry.day.isoformat())
        fields = ["" if value is None else str(value) for value in _values(entry)]
        if old and (place < len(days) - PROVISIONAL or entry.downloads.total is None):
            fields = [mine or theirs for mine, theirs in zip(fields, old, strict=True)]
        lines[day] = fields
    return "".join(
        f"{line}\n" for line in (HEADER, *(",".join((day, *lines[day])) for day in sorted(lines)))
    ).encode()


def list_days(days: Sequence[PackageDay]) -> list[dict[str, str | int | None]]:
    """Return days as JSON objects with the columns of the CSV: exact numbers, null if unknown."""
    columns = HEADER.split(",")
    return [dict(zip(columns, (entry.day.isoformat(), *_values(entry)), strict=True)) for entry in days]


def _read_lines(table: bytes) -> Iterator[tuple[str, list[str]]]:
    """Iterate over the days of a CSV and their fields. Skip malformed lines."""
    for match in map(_LINE.fullmatch, table.decode(errors="replace").splitlines()):
        if match:
            yield match[1], match[2][1:].split(",")


def read_table(table: bytes) -> list[PackageDay]:
    """Read the days of a CSV in its order. Skip lines that are malformed or have an impossible date."""
    days = []
    for day, fields in _read_lines(table):
        numbers = [int(field) if field else None for field in fields]
        with suppress(ValueError):
            days.append(PackageDay(date.fromisoformat(day), Downloads(*numbers[:4]), *numbers[4:]))
    return days
