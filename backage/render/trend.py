"""How downloads go: a line of bars for a terminal, and the change from week to week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.models import WEEK
from backage.render.numbers import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
GAP = " "
"""A day of which nothing is known."""


MOST_PERCENT = 999


def sparkline(counts: Sequence[int | None]) -> str:
    """Draw a bar for each count, the highest being full; zero has the lowest, unknown none."""
    most = max((count for count in counts if count is not None), default=0)
    top = len(BARS) - 1
    return "".join(GAP if count is None else BARS[-(-count * top // most) if most else 0] for count in counts)


def format_trend(counts: Sequence[int | None]) -> str:
    """Compare the last week of daily counts with that before it: `+12 %`, `x18`; empty where unknown."""
    weeks = counts[-2 * WEEK : -WEEK], counts[-WEEK:]
    known = [[count for count in week if count is not None] for week in weeks]
    if any(len(week) < WEEK for week in known) or not sum(known[0]):
        return ""
    before, after = map(sum, known)
    change = round((after - before) * 100 / before)
    return f"{change:+d} %" if change <= MOST_PERCENT else f"x{format_count(after // before)}"
