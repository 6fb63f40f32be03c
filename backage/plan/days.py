"""A package's days: from its page with a chart, or from downloads that arrive as events.

An imported baseline of events has no dates. Each total includes it from the day of the import. A window that
could hold a part of it is unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from backage.models.events import DailyCounts
from backage.models.history import MONTH, ONE_DAY, WINDOWS, Downloads, PackageDay

MONTH_SPAN = timedelta(days=MONTH)


def plan_days(
    total: int,
    counts: tuple[tuple[date, int], ...],
    today: date,
    known: Mapping[date, PackageDay],
    final_until: date | None,
) -> tuple[PackageDay, ...]:
    """Return the days to store, oldest first; the last one is provisional.

    `counts` are the chart's daily counts, newest first, empty without a chart. End-of-day totals are the
    current total minus later counts. Stored days up to `final_until` do not change; their counts complete a
    window that begins before the chart. A day that was last read before its end becomes unknown if the chart
    does not cover it and the next known total differs. If the chart adds up to the total, all earlier days
    are zero.
    """
    if not counts:
        return _plan_without_chart(total, today, known, final_until)
    newest, oldest = counts[0][0], counts[-1][0]
    if final_until is not None and newest <= final_until:  # an older page from a cache has nothing new
        return ()
    final = {
        day: entry.downloads.day
        for day, entry in known.items()
        if final_until is not None and day <= final_until and entry.downloads.total is not None
    }
    charted, counted = dict(counts), {day: count for day, count in final.items() if count is not None}
    before = total - sum(charted.values())
    if before == 0:
        counted = {oldest - ONE_DAY * back: 0 for back in range(1, MONTH)} | counted
    by_chart, by_history = counted | charted, charted | counted  # the right one wins
    days = []
    for day, end in _derive_totals(total, counts):
        if day not in final:
            windows = _sum_windows(day, by_chart if day == newest else by_history)
            days.append(
                _keep_size_and_versions(
                    PackageDay(day, Downloads(end if end >= 0 else None, *windows)), known
                )
            )
    return (*_blank_unfinished_days(before, oldest, known, final_until), *days)


def _plan_without_chart(
    total: int, today: date, known: Mapping[date, PackageDay], final_until: date | None
) -> tuple[PackageDay, ...]:
    """Return the day of a total without a chart; if the total is zero, all windows are zero."""
    last = _keep_size_and_versions(
        PackageDay(today, Downloads(0, 0, 0, 0) if total == 0 else Downloads(total)), known
    )
    return (*_blank_unfinished_days(total, today, known, final_until), last)


def _derive_totals(total: int, counts: tuple[tuple[date, int], ...]) -> list[tuple[date, int]]:
    """Return the total at the end of each day of a chart, oldest first."""
    totals = []
    for day, count in counts:
        totals.append((day, total))
        total -= count
    return totals[::-1]


def _blank_unfinished_days(
    total: int, first: date, known: Mapping[date, PackageDay], final_until: date | None
) -> list[PackageDay]:
    """Make days unknown that were read before they were over; return them, oldest first.

    Only days between `final_until` and `first` (the first day that the page has) are checked. A day keeps its
    total if the next known total, at last `total`, is the same.
    """
    days: list[PackageDay] = []
    for day in sorted((day for day in known if final_until and final_until < day < first), reverse=True):
        seen = known[day].downloads.total
        if seen not in {None, total}:
            days.insert(0, replace(known[day], downloads=Downloads()))
        total = total if seen is None else seen
    return days


def find_final_day(counts: tuple[tuple[date, int], ...], final_until: date | None) -> date | None:
    """Return the last final day: the day before the newest one of a chart."""
    charted = [counts[0][0] - ONE_DAY] if counts else []
    return max([*charted, *([final_until] if final_until else [])], default=None)


def _sum_windows(day: date, counts: Mapping[date, int]) -> Iterator[int | None]:
    """Return month, week and day that end with a day; None if a count is missing."""
    backwards: list[int] = []
    while len(backwards) < MONTH and day in counts:
        backwards.append(counts[day])
        day -= ONE_DAY
    return (sum(backwards[:n]) if len(backwards) >= n else None for n in WINDOWS)


def _keep_size_and_versions(entry: PackageDay, known: Mapping[date, PackageDay]) -> PackageDay:
    """Keep the size and the counts of versions that an earlier run of the day stored."""
    old = known.get(entry.day)
    if old is None:
        return entry
    return PackageDay(entry.day, entry.downloads, old.size, old.versions, old.tagged)


def derive_days(counts: DailyCounts, start: date, today: date) -> list[tuple[date, Downloads]]:
    """Derive total, month, week and day for each day from `start` (or the first, if later) to today."""
    day = max(start, counts.first)
    total = counts.before + sum(count for when, count in counts.days.items() if when < day)
    found = []
    while day <= today:
        total += counts.days.get(day, 0)
        windows = (_sum_window(counts, day, length) for length in WINDOWS)
        found.append((day, Downloads(total, *windows)))
        day += ONE_DAY
    return found


def add_up(parts: Iterable[DailyCounts]) -> DailyCounts:
    """Add up the counts of versions to those of their package."""
    listed = list(parts)
    days: dict[date, int] = {}
    for part in listed:
        for day, count in part.days.items():
            days[day] = days.get(day, 0) + count
    return DailyCounts(
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


def _sum_window(counts: DailyCounts, end: date, length: int) -> int | None:
    begin = end - timedelta(days=length - 1)
    if counts.since is not None and begin < counts.since:
        return None
    return sum(count for day, count in counts.days.items() if begin <= day <= end)
