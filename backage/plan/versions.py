"""What a list of versions adds to the history."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from backage.models.history import Downloads, KnownVersion, Observation, VersionUpdate
from backage.models.pages import VersionRow
from backage.plan.windows import derive_windows, gather_points

MARGIN = 2
"""Days: `3 days ago` is rounded, and the day it names may not be over when it is read."""


def plan_versions(
    rows: Iterable[VersionRow], known: Mapping[int, KnownVersion], day: date, scans: Sequence[date]
) -> tuple[VersionUpdate, ...]:
    """Turn the rows of a day into what is to be stored; `scans` are the earlier days of whole lists."""
    earlier = tuple(scan for scan in scans if scan < day)
    return tuple(_plan_version(row, known.get(row.id), day, earlier) for row in rows)


def _plan_version(
    row: VersionRow, known: KnownVersion | None, day: date, scans: Sequence[date]
) -> VersionUpdate:
    absent = _find_unpublished_until(row, known, day, scans)
    observations = known.observations if known else ()
    last = next((seen for seen in reversed(observations) if seen.downloads.total is not None), None)
    if last and (last.downloads.total or 0) > row.downloads:
        held = known.held if known and known.held else day
        if held == day:
            unknown = None if last.day == day else Observation(day, Downloads())
            return VersionUpdate(row.id, row.name, row.tags, absent, held, unknown)
    windows = derive_windows(day, row.downloads, gather_points(known, day, scans, absent))
    return VersionUpdate(row.id, row.name, row.tags, absent, None, _plan_observation(windows, last, day))


def _plan_observation(derived: Downloads, last: Observation | None, day: date) -> Observation:
    """Keep a page's windows on the day it was read, and add what came since, which is of today."""
    if last is None or last.day != day or not last.from_page:
        return Observation(day, derived)
    page = last.downloads
    more = (derived.total or 0) - (page.total or 0)
    windows = (None if count is None else count + more for count in (page.month, page.week, page.day))
    return Observation(day, Downloads(derived.total, *windows), from_page=True)


def _find_unpublished_until(
    row: VersionRow, known: KnownVersion | None, day: date, scans: Sequence[date]
) -> date | None:
    """Find the last day at whose end the version was not there: its age tells, or a list without it."""
    days = [known.absent] if known and known.absent else []
    if row.age is not None:
        days.append(day - timedelta(days=row.age + MARGIN))
    if known is None and scans:
        days.append(scans[-1])
    return max(days, default=None)
