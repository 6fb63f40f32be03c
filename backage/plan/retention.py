"""Which of many saved histories to keep: every recent day, and ever fewer of what is older."""

from collections.abc import Iterable
from datetime import datetime

DAILY, WEEKLY, MONTHLY = 7, 8, 12
"""Of so many days, ISO weeks and months that have any, the newest of each is kept."""


def choose_kept(moments: Iterable[datetime]) -> frozenset[datetime]:
    """Choose what to keep: the newest of each of the last days, weeks and months that have any."""
    newest = sorted(moments)  # of one day the last, for a later one takes the place of an earlier
    days = {moment.date(): moment for moment in newest}
    weeks = {moment.isocalendar()[:2]: moment for moment in newest}
    months = {(moment.year, moment.month): moment for moment in newest}
    kept = [*sorted(days.values())[-DAILY:], *sorted(weeks.values())[-WEEKLY:]]
    return frozenset([*kept, *sorted(months.values())[-MONTHLY:]])
