"""A package's days: what its page says of today, of yesterday, and of days on which nobody looked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from backage.models.history import DAY, MONTH, WEEK, Downloads, PackageDay

ONE_DAY = timedelta(days=1)


def plan_days(
    total: int,
    counts: tuple[tuple[date, int], ...],
    today: date,
    known: Mapping[date, PackageDay],
    settled: date | None,
) -> tuple[PackageDay, ...]:
    """Return the days to store, oldest first, the last of them provisional.

    `counts` are a page's daily downloads, newest first, none where it has no chart. The total at the end of a
    day is today's less the counts after it. Days up to `settled` stay as they are, where they are known, and
    complete a chart that is shorter than a month. A day that was still going on when it was read, and that no
    chart told of since, is no whole day and becomes unknown. Where a chart has all that was ever downloaded,
    nothing was before it.
    """
    if not counts:
        return _plan_without_chart(total, today, known, settled)
    newest, oldest = counts[0][0], counts[-1][0]
    if settled is not None and newest <= settled:  # an older page than one that was read tells nothing new
        return ()
    final = {
        day: entry.downloads.day
        for day, entry in known.items()
        if settled is not None and day <= settled and entry.downloads.total is not None
    }
    charted, counted = dict(counts), {day: count for day, count in final.items() if count is not None}
    before = total - sum(charted.values())
    if before == 0:
        counted = {oldest - ONE_DAY * back: 0 for back in range(1, MONTH)} | counted
    by_chart, by_history = counted | charted, charted | counted  # who decides where both know a day
    days = []
    for day, end in _derive_totals(total, counts):
        if day not in final:
            windows = _sum_windows(day, by_chart if day == newest else by_history)
            days.append(
                _keep_size_and_versions(
                    PackageDay(day, Downloads(end if end >= 0 else None, *windows)), known
                )
            )
    return (*_drop_unfinished_days(before, oldest, known, settled), *days)


def _plan_without_chart(
    total: int, today: date, known: Mapping[date, PackageDay], settled: date | None
) -> tuple[PackageDay, ...]:
    """Return what a total alone tells: its day, all of whose windows are known where it is zero."""
    last = _keep_size_and_versions(
        PackageDay(today, Downloads(0, 0, 0, 0) if total == 0 else Downloads(total)), known
    )
    return (*_drop_unfinished_days(total, today, known, settled), last)


def _derive_totals(total: int, counts: tuple[tuple[date, int], ...]) -> list[tuple[date, int]]:
    """Give the total at the end of each day of a chart, oldest first: that of now, less the counts since."""
    totals = []
    for day, count in counts:
        totals.append((day, total))
        total -= count
    return totals[::-1]


def _drop_unfinished_days(
    total: int, first: date, known: Mapping[date, PackageDay], settled: date | None
) -> list[PackageDay]:
    """Give up the days that were never over, before the first one that a page tells of, oldest first.

    What did not move until the next total that is known, `total` after the last, was whole all the same.
    """
    days: list[PackageDay] = []
    for day in sorted((day for day in known if settled and settled < day < first), reverse=True):
        seen = known[day].downloads.total
        if seen not in {None, total}:
            days.insert(0, replace(known[day], downloads=Downloads()))
        total = total if seen is None else seen
    return days


def find_final_day(counts: tuple[tuple[date, int], ...], settled: date | None) -> date | None:
    """Return the last day that is over for good: the day before the newest that a chart told of."""
    charted = [counts[0][0] - ONE_DAY] if counts else []
    return max([*charted, *([settled] if settled else [])], default=None)


def _sum_windows(day: date, counts: Mapping[date, int]) -> Iterator[int | None]:
    """Sum the counts of a month, a week and a day that end with a day; None where one is missing."""
    backwards: list[int] = []
    while len(backwards) < MONTH and day in counts:
        backwards.append(counts[day])
        day -= ONE_DAY
    return (sum(backwards[:n]) if len(backwards) >= n else None for n in (MONTH, WEEK, DAY))


def _keep_size_and_versions(entry: PackageDay, known: Mapping[date, PackageDay]) -> PackageDay:
    """Keep what an earlier run of that day knew of size and versions."""
    old = known.get(entry.day)
    if old is None:
        return entry
    return PackageDay(entry.day, entry.downloads, old.size, old.versions, old.tagged)
