"""A version's month, week and day, from totals alone.

A window of n days is the total now less the total at the end of the day before the window. That total is
known where it was observed on that day, where observations before and after it are equal (counters only
grow), and where the version was not published yet (zero). Anything else stays unknown.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from backage.models.history import DAY, MONTH, WEEK, Downloads, KnownVersion

WINDOW_HISTORY = timedelta(days=MONTH + 1)
"""How much of the history a window can depend on, besides the last observation before it."""

Point = tuple[date, int]
"""A day and the total at its end."""


def derive_windows(day: date, total: int, points: Sequence[Point]) -> Downloads:
    """Derive what follows for a day from totals before it; `points` ascend by day, one a day."""
    if total == 0:
        return Downloads(0, 0, 0, 0)
    if len(points) == 1:  # the beginning of time alone, as for most versions of a first run
        return Downloads(total)
    line = _drop_before_last_fall([*points, (day, total)])
    windows = [_derive_window(line, day - timedelta(days=length), total) for length in (MONTH, WEEK, DAY)]
    return Downloads(total, *windows)


def gather_points(
    version: KnownVersion | None, day: date, scans: Iterable[date], absent: date | None
) -> list[Point]:
    """Gather what is known of a version's totals before a day.

    `scans` are the days on which the whole list was read: on each of them an unchanged version had the
    total it had before. The page of a version tells three more totals, those at its windows' starts.
    """
    points: dict[date, int | None] = {date.min: 0}  # no version is older than that
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
    for length, count in ((MONTH, downloads.month), (WEEK, downloads.week), (DAY, downloads.day)):
        if downloads.total is not None and count is not None:
            yield day - timedelta(days=length), downloads.total - count


def _drop_before_last_fall(line: list[Point]) -> list[Point]:
    """Leave out what lies before a correction: nothing can be subtracted across it."""
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
