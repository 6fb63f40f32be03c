"""How downloads go: bars for a terminal, the change from week to week, the growth from month to month."""

from collections.abc import Sequence
from typing import Any

from backage.models.history import WEEK, PackageDay
from backage.render.format import format_count

BARS = "▁▂▃▄▅▆▇█"
GAP = " "
"""A day of which nothing is known."""


MOST_PERCENT = 999

SMALLEST_MONTH = 100
"""Downloads of a month from which growth is counted: from 1 to 3 is no growth of 200 %."""


def sparkline(counts: Sequence[int | None]) -> str:
    """Draw a bar for each count, the highest being full; zero has the lowest, unknown none."""
    most = max((count for count in counts if count is not None), default=0)
    top = len(BARS) - 1
    return "".join(GAP if count is None else BARS[-(-count * top // most) if most else 0] for count in counts)


def find_trend(counts: Sequence[int | None]) -> float | None:
    """Give by how many percent the last week of daily counts differs from that before it, if that had any."""
    weeks = counts[-2 * WEEK : -WEEK], counts[-WEEK:]
    known = [[count for count in week if count is not None] for week in weeks]
    if any(len(week) < WEEK for week in known) or not sum(known[0]):
        return None
    before, after = map(sum, known)
    return (after - before) * 100 / before


def format_trend(counts: Sequence[int | None]) -> str:
    """Compare the last week of daily counts with that before it: `+12 %`, `x18`; empty where unknown."""
    return format_growth(find_trend(counts))


def find_growth(before: int | None, after: int | None) -> float | None:
    """Give by how many percent a month differs from that before it, where that one was no small one."""
    if before is None or after is None or before < SMALLEST_MONTH or after < 0:
        return None
    return (after - before) * 100 / before


def format_growth(percent: float | None) -> str:
    """Write a change: `+12 %`, `x18` where it is more than tenfold, empty where it is unknown."""
    if percent is None:
        return ""
    change = round(percent)
    return f"{change:+d} %" if change <= MOST_PERCENT else f"x{format_count(int(percent // 100) + 1)}"


def list_days(days: Sequence[PackageDay]) -> list[dict[str, Any]]:
    """Give days as JSON has them: the columns of a package's CSV, exact numbers, null where unknown."""
    return [
        {
            "date": entry.day.isoformat(),
            "downloads": entry.downloads.total,
            "downloads_month": entry.downloads.month,
            "downloads_week": entry.downloads.week,
            "downloads_day": entry.downloads.day,
            "size": entry.size,
            "versions": entry.versions,
            "tagged": entry.tagged,
        }
        for entry in days
    ]
