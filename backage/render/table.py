"""The CSV of a package: one line a UTC day, oldest first, for ever."""

import re
from collections.abc import Sequence
from datetime import date

from backage.models.history import Downloads, PackageDay

HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged"
_DOWNLOADS = 4
PROVISIONAL = 2
"""Lines at the end that may still change: today's, and yesterday's until it is settled."""

_LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})((?:,[0-9]{0,18}){7})")


def render_table(days: Sequence[PackageDay], published: str = "") -> bytes:
    """Write a line a day; what the published file says and the history does not know is kept as it is.

    It is what is left of a history that was lost or is older than the file; what is old is never rewritten.
    Only the last line was of a day that was still going on: where the history goes on without knowing that
    day, its counts of downloads are those of no whole day, and go.
    """
    old = {
        match[1]: match[2][1:].split(",") for match in map(_LINE.fullmatch, published.splitlines()) if match
    }
    if old and days and max(old) < days[-1].day.isoformat():
        old[max(old)][:_DOWNLOADS] = [""] * _DOWNLOADS
    lines = dict(old)
    for place, entry in enumerate(days):
        day, fields = entry.day.isoformat(), _fields(entry)
        if day in old and (place < len(days) - PROVISIONAL or entry.downloads.total is None):
            fields = [mine or theirs for mine, theirs in zip(fields, old[day], strict=True)]
        lines[day] = fields
    return "".join(
        f"{line}\n" for line in (HEADER, *(",".join((day, *lines[day])) for day in sorted(lines)))
    ).encode()


def _fields(entry: PackageDay) -> list[str]:
    numbers = entry.downloads
    values = (
        numbers.total,
        numbers.month,
        numbers.week,
        numbers.day,
        entry.size,
        entry.versions,
        entry.tagged,
    )
    return ["" if value is None else str(value) for value in values]


def read_table(table: bytes) -> list[PackageDay]:
    """Read the days of a CSV, oldest first; a line whose day no calendar has is passed over."""
    days = []
    for match in map(_LINE.fullmatch, table.decode(errors="replace").splitlines()):
        try:
            day = date.fromisoformat(match[1]) if match else None
        except ValueError:
            continue
        if match and day:
            numbers = [int(field) if field else None for field in match[2][1:].split(",")]
            days.append(PackageDay(day, Downloads(*numbers[:4]), *numbers[4:]))
    return days
