"""Days of downloads that arrive as events: totals and windows from exact daily counts.

An imported baseline has no dates. Each total includes it from the day of the import. A window that could
hold a part of it is unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from backage.models.history import DAY, MONTH, WEEK, Downloads, PackageDay

ONE_DAY = timedelta(days=1)
MONTH_SPAN = timedelta(days=MONTH)


@dataclass(frozen=True, slots=True)
class Counts:
    """The downloads of a package, or of a version.

    `first` is the first known day. `before` is the total at the end of the day before `days` begin, with the
    baseline. Days before `since` have unknown downloads; None if there are no such days.
    """

    first: date
    before: int
    since: date | None
    days: Mapping[date, int] = field(default_factory=dict)


def derive_days(counts: Counts, start: date, today: date) -> list[tuple[date, Downloads]]:
    """Derive total, month, week and day for each day from `start` (or the first, if later) to today."""
    day = max(start, counts.first)
    total = counts.before + sum(count for when, count in counts.days.items() if when < day)
    found = []
    while day <= today:
        total += counts.days.get(day, 0)
        windows = (_sum_window(counts, day, length) for length in (MONTH, WEEK, DAY))
        found.append((day, Downloads(total, *windows)))
        day += ONE_DAY
    return found


def add_up(parts: Iterable[Counts]) -> Counts:
    """Add up the counts of versions to those of their package."""
    listed = list(parts)
    days: dict[date, int] = {}
    for part in listed:
        for day, count in part.days.items():
            days[day] = days.get(day, 0) + count
    return Counts(
        min(part.first for part in listed),
        sum(part.before for part in listed),
        max((part.since for part in listed if part.since), default=None),
        days,
    )


def package_days(
    derived: Iterable[tuple[date, Downloads]], versions: Iterable[tuple[date, bool]]
) -> list[PackageDay]:
    """Build the days of a package. `versions` has each version's first day, and whether it is tagged."""
    listed = list(versions)
    return [
        PackageDay(
            day,
            downloads,
            None,
            sum(first <= day for first, _ in listed),
            sum(first <= day and tagged for first, tagged in listed),
        )
        for day, downloads in derived
    ]


def _sum_window(counts: Counts, end: date, length: int) -> int | None:
    begin = end - timedelta(days=length - 1)
    if counts.since is not None and begin < counts.since:
        return None
    return sum(count for day, count in counts.days.items() if begin <= day <= end)
