"""Days of what is counted here: totals and windows from daily counts, which are exact.

What was counted elsewhere before is a baseline without dates: it is part of each total from the day on which
it was taken in, and of no window that may hold a part of it.
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

    `first` is the first day of which anything is known, `before` the total at the end of the last day that
    `days` do not reach, the baseline included. Of days before `since` not all downloads are known, None where
    there are none of these.
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
    """Make the days of a package; of each version it takes the first day, and whether it is tagged."""
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
