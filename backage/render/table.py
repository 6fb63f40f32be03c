"""The CSV of a package: one line a UTC day, oldest first, for ever."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backage.models import PackageDay

HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged"
PROVISIONAL = 2
"""Lines at the end that may still change: today's, and yesterday's until it is settled."""

_LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})((?:,[0-9]{0,18}){7})")


def render_table(days: Sequence[PackageDay], published: str = "") -> bytes:
    """Write a line a day; what the published file says and the history does not know is kept as it is.

    It is what is left of a history that was lost or is older than the file; what is old is never rewritten.
    """
    old = {
        match[1]: match[2][1:].split(",") for match in map(_LINE.fullmatch, published.splitlines()) if match
    }
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
