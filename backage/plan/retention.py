"""Which saved histories to keep: recent days, then weeks, then months."""

from collections.abc import Iterable
from datetime import datetime

DAILY, WEEKLY, MONTHLY = 7, 8, 12
"""The newest of each of the last 7 days, 8 ISO weeks and 12 months is kept. Empty ones do not count."""


def choose_kept(moments: Iterable[datetime]) -> frozenset[datetime]:
    """Return the moments to keep: the newest of each of the last days, weeks and months."""
    newest = sorted(moments)  # a later one of a day replaces an earlier one
    days = {moment.date(): moment for moment in newest}
    weeks = {moment.isocalendar()[:2]: moment for moment in newest}
    months = {(moment.year, moment.month): moment for moment in newest}
    kept = [*sorted(days.values())[-DAILY:], *sorted(weeks.values())[-WEEKLY:]]
    return frozenset([*kept, *sorted(months.values())[-MONTHLY:]])
