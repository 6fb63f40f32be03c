"""What a list of versions adds to the history: totals, and the windows that follow from them.

A window of n days is the current total minus the total at the end of the day before the window. That earlier
total is known if it was observed on that day, if the observations before and after it are equal (counters
only grow), or if the version was not published yet (zero). Otherwise the window is unknown.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from backage.models.history import MONTH, WINDOWS, Downloads, KnownVersion, Observation, VersionUpdate
from backage.models.pages import Counters, VersionRow

MARGIN = 2
"""Days: `3 days ago` is rounded, and the day it names may not be over when it is read."""

WINDOW_HISTORY = timedelta(days=MONTH + 1)
"""A window depends on this much of the history, and on the last observation before it."""

ABBREVIATED_WITHIN = 100
"""An abbreviated counter shows three digits, so it is within 1/100 of the exact number."""

Point = tuple[date, int]
"""A day and the total at its end."""


def plan_versions(
    rows: Iterable[VersionRow], known: Mapping[int, KnownVersion], day: date, scans: Sequence[date]
) -> tuple[VersionUpdate, ...]:
    """Turn the rows of a list into updates; `scans` are the earlier days of whole lists."""
    earlier = tuple(scan for scan in scans if scan < day)
    return tuple(_plan_version(row, known.get(row.id), day, earlier) for row in rows)


def _plan_version(
    row: VersionRow, known: KnownVersion | None, day: date, scans: Sequence[date]
) -> VersionUpdate:
    absent = _find_unpublished_until(row, known, day, scans)
    observations = known.observations if known else ()
    if known and observations and observations[-1].downloads == Downloads(row.downloads, 0, 0, 0):
        return _plan_quiet_version(row, known, day, absent)
    last = next((seen for seen in reversed(observations) if seen.downloads.total is not None), None)
    if last and (last.downloads.total or 0) > row.downloads:
        drop_since = (known and known.total_drop_since) or day
        if drop_since == day:
            unknown = None if last.day == day else Observation(day, Downloads())
            return VersionUpdate(row.id, row.name, row.tags, absent, drop_since, unknown)
    windows = derive_windows(day, row.downloads, gather_points(known, day, scans, absent))
    return VersionUpdate(row.id, row.name, row.tags, absent, None, _plan_observation(windows, last, day))


def _plan_quiet_version(
    row: VersionRow, known: KnownVersion, day: date, absent: date | None
) -> VersionUpdate:
    """Plan a version that nobody downloaded since its windows were zero: they are zero still."""
    last = known.observations[-1]
    seen = last if last.day == day else Observation(day, last.downloads)
    update = VersionUpdate(row.id, row.name, row.tags, absent, None, seen)
    before = VersionUpdate(
        known.id, known.name, known.tags, known.unpublished_until, known.total_drop_since, seen
    )
    return replace(update, changed=update != before or not known.listed)


def _plan_observation(derived: Downloads, last: Observation | None, day: date) -> Observation:
    """On the day a version page was read, keep its windows and add the downloads since."""
    if last is None or last.day != day or not last.from_page:
        return Observation(day, derived)
    return Observation(day, grow_windows(last.downloads, derived.total or 0), from_page=True)


def grow_windows(earlier: Downloads, total: int) -> Downloads:
    """Add to the windows of an earlier moment the downloads since; both moments are of one day."""
    if earlier.total is None:
        return Downloads(total)
    more = total - earlier.total
    return Downloads(total, *(None if count is None else count + more for count in earlier.windows))


def _find_unpublished_until(
    row: VersionRow, known: KnownVersion | None, day: date, scans: Sequence[date]
) -> date | None:
    """Return the last day on which the version was not published, from its age or a list without it."""
    days = [known.unpublished_until] if known and known.unpublished_until else []
    if row.age is not None:
        days.append(day - timedelta(days=row.age + MARGIN))
    if known is None and scans:
        days.append(scans[-1])
    return max(days, default=None)


def derive_windows(day: date, total: int, points: Sequence[Point]) -> Downloads:
    """Derive the windows of a day from earlier totals; `points` ascend by day, one a day."""
    if total == 0:
        return Downloads(0, 0, 0, 0)
    if len(points) == 1:  # only date.min, as in a first run
        return Downloads(total)
    line = _drop_before_last_fall([*points, (day, total)])
    windows = [_derive_window(line, day - timedelta(days=length), total) for length in WINDOWS]
    return Downloads(total, *windows)


def plan_observation(day: date, listed: Downloads, page: Counters) -> Observation | None:
    """Combine a version's row of the list with its page; None if the page is older than the list.

    If a counter is abbreviated, the total comes from the list and the window from the history. Such an
    observation is not `from_page`: its total and its windows are of different moments.
    """
    slack = 0 if page.total.exact else page.total.value // ABBREVIATED_WITHIN
    if page.total.value + slack < (listed.total or 0):
        return None
    windows = (
        count.exact_value if count.exact else derived
        for count, derived in zip((page.month, page.week, page.day), listed.windows, strict=True)
    )
    total = page.total.exact_value if page.total.exact else listed.total
    return Observation(day, Downloads(total, *windows), from_page=page.total.exact)


def gather_points(
    version: KnownVersion | None, day: date, scans: Iterable[date], absent: date | None
) -> list[Point]:
    """Return the known totals of a version before a day.

    On each day of `scans` the whole list was read, so a version without an observation of that day still had
    its last total. A version page adds three totals, at the starts of its windows.
    """
    points: dict[date, int | None] = {date.min: 0}
    if absent is not None:
        points[absent] = 0
    seen = [seen for seen in version.observations if seen.day < day] if version else []
    if seen:
        days = [observation.day for observation in seen]
        for scan in scans:
            before = bisect_right(days, scan) - 1
            if before >= 0 and scan < day:
                points[scan] = seen[before].downloads.total
    for observation in seen:
        points[observation.day] = observation.downloads.total
    for observation in seen:
        if observation.from_page:
            points.update(_derive_window_starts(observation.day, observation.downloads))
    return sorted((when, total) for when, total in points.items() if total is not None)


def _derive_window_starts(day: date, downloads: Downloads) -> Iterable[Point]:
    for length, count in zip(WINDOWS, downloads.windows, strict=True):
        if downloads.total is not None and count is not None:
            yield day - timedelta(days=length), downloads.total - count


def _drop_before_last_fall(line: list[Point]) -> list[Point]:
    """Drop points before a correction: totals on its two sides cannot be subtracted."""
    for index in range(len(line) - 1, 0, -1):
        if line[index - 1][1] > line[index][1]:
            return line[index:]
    return line


def _derive_window(line: list[Point], start: date, total: int) -> int | None:
    after = bisect_right(line, start, key=lambda point: point[0])
    if after == 0 or after == len(line):
        return None
    (before_day, before), (_, later) = line[after - 1], line[after]
    return total - before if before_day == start or before == later else None
