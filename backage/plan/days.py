"""A package's days: what its page says of today, of yesterday, and of days on which nobody looked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from backage.models import DAY, MONTH, WEEK, Downloads, PackageDay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ONE_DAY = timedelta(days=1)


def plan_days(
    total: int, counts: tuple[tuple[date, int], ...], today: date, known: Mapping[date, PackageDay]
) -> tuple[PackageDay, ...]:
    """Return the days to store, oldest first, the last of them provisional.

    `counts` are a page's daily downloads, newest first. The total at the end of a day is today's less the
    counts after it. Yesterday is settled now; what was settled before stays as it is.
    """
    if not counts or counts[0][0] < today - ONE_DAY:
        return (_merged(PackageDay(today, Downloads(total)), known),)
    newest = counts[0][0]
    provisional = max(known, default=newest)
    if newest < provisional:  # an older page than one that was read already tells nothing new
        return ()
    settled = {
        day: entry
        for day, entry in known.items()
        if day < newest - ONE_DAY and day != provisional and entry.downloads.total is not None
    }
    told = dict(counts)
    kept = {day: entry.downloads.day for day, entry in settled.items() if entry.downloads.day is not None}
    merged = {**told, **kept}
    days = []
    for day, count in counts:
        if day not in settled:
            downloads = Downloads(total, *_windows(day, told if day == newest else merged))
            days.append(_merged(PackageDay(day, downloads), known))
        total -= count
    return tuple(reversed(days))


def _windows(day: date, counts: Mapping[date, int]) -> Iterator[int | None]:
    """Sum the counts of a month, a week and a day that end with a day; None where one is missing."""
    backwards: list[int] = []
    while len(backwards) < MONTH and day in counts:
        backwards.append(counts[day])
        day -= ONE_DAY
    return (sum(backwards[:n]) if len(backwards) >= n else None for n in (MONTH, WEEK, DAY))


def _merged(entry: PackageDay, known: Mapping[date, PackageDay]) -> PackageDay:
    """Keep what an earlier run of that day knew of size and versions."""
    old = known.get(entry.day)
    if old is None:
        return entry
    return PackageDay(entry.day, entry.downloads, old.size, old.versions, old.tagged)
