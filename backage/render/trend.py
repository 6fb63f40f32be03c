"""Trends: bars for a terminal, the change from week to week, the growth from month to month."""

from collections.abc import Sequence

from backage.models.history import WEEK
from backage.render.format import format_count

BARS = "▁▂▃▄▅▆▇█"
GAP = " "
"""A day with an unknown count."""

MOST_PERCENT = 999

SMALLEST_MONTH = 100
"""The least downloads of a month to compare with: from 1 to 3 is no growth of 200 %."""


def sparkline(counts: Sequence[int | None]) -> str:
    """Draw a bar for each count: full for the highest, the lowest bar for zero, none for unknown."""
    most = max((count for count in counts if count is not None), default=0)
    top = len(BARS) - 1
    return "".join(GAP if count is None else BARS[-(-count * top // most) if most else 0] for count in counts)


def find_trend(counts: Sequence[int | None]) -> float | None:
    """Return the change of the last week of daily counts from the week before, in percent.

    None if a day is unknown, or if the week before had no downloads.
    """
    weeks = counts[-2 * WEEK : -WEEK], counts[-WEEK:]
    known = [[count for count in week if count is not None] for week in weeks]
    if any(len(week) < WEEK for week in known) or not sum(known[0]):
        return None
    before, after = map(sum, known)
    return (after - before) * 100 / before


def format_trend(counts: Sequence[int | None]) -> str:
    """Write the change of the last week from the week before: `+12 %`, `x18`, empty if unknown."""
    return format_growth(find_trend(counts))


def find_growth(before: int | None, after: int | None) -> float | None:
    """Return the change from one month to the next in percent, None if unknown or `before` is small."""
    if before is None or after is None or before < SMALLEST_MONTH or after < 0:
        return None
    return (after - before) * 100 / before


def format_growth(percent: float | None) -> str:
    """Write a change: `+12 %`, `x18` if it is more than tenfold, empty if unknown."""
    if percent is None:
        return ""
    change = round(percent)
    return f"{change:+d} %" if change <= MOST_PERCENT else f"x{format_count(int(percent // 100) + 1)}"
