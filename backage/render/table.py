"""The CSV of a package: one line a UTC day, oldest first, for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backage.models import PackageDay

HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged"


def render_table(days: Iterable[PackageDay], published: str = "") -> bytes:
    """Write a line a day; lines of the published file that lie before the history are kept as they are.

    They are what is left of a history that was lost, and what is old is never rewritten.
    """
    lines = [_line(entry) for entry in days]
    first = lines[0].partition(",")[0] if lines else "9999"
    kept = [
        line for line in published.splitlines() if line[:1].isdecimal() and line.partition(",")[0] < first
    ]
    return "".join(f"{line}\n" for line in (HEADER, *kept, *lines)).encode()


def _line(entry: PackageDay) -> str:
    numbers = entry.downloads
    values = (
        entry.day.isoformat(),
        numbers.total,
        numbers.month,
        numbers.week,
        numbers.day,
        entry.size,
        entry.versions,
        entry.tagged,
    )
    return ",".join("" if value is None else str(value) for value in values)
