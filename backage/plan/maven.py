"""Windows of Maven packages: their pages have no daily counts, so their versions' windows are summed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from backage.models.history import WINDOWS, Downloads, KnownVersion, Observation, PackageDay, VersionUpdate
from backage.models.pages import Counters, MavenRow, VersionRow


def sum_windows(day: date, listed: Iterable[Downloads | None], known: Iterable[KnownVersion]) -> Downloads:
    """Add up the windows of all versions of a whole list; None for a window that some version lacks.

    The total stays None. A window in which a version was deleted is unknown: its downloads belong to the
    package, but no page shows them any more.
    """
    numbers = [(downloads or Downloads()).windows for downloads in listed]
    deleted = (version for version in known if not version.listed and version.observations)
    last_deleted = max((version.observations[-1].day for version in deleted), default=date.min)
    windows: list[int | None] = []
    for place, length in enumerate(WINDOWS):
        counts = [each[place] for each in numbers]
        is_known = None not in counts and day - last_deleted >= timedelta(days=length)
        windows.append(sum(filter(None, counts)) if is_known else None)
    return Downloads(None, *windows)


def has_windows(downloads: Downloads) -> bool:
    """Return whether all three windows are known."""
    return None not in downloads.windows


def complete_windows(windows: Downloads, other: Downloads) -> Downloads:
    """Fill in unknown windows from another source."""
    pairs = zip(windows.windows, other.windows, strict=True)
    return Downloads(windows.total, *(more if count is None else count for count, more in pairs))


def match_counters(page: Counters, rows: Sequence[VersionRow | MavenRow]) -> tuple[bool, bool]:
    """Return whether a package's page shows its own counters, and whether it shows its newest version's.

    GitHub does not say which, so compare the totals. `rows` are all versions, newest first.
    """
    total = page.total.exact_value
    is_package = total is not None and total == sum(row.downloads for row in rows)
    return is_package, bool(rows) and total == rows[0].downloads


def read_windows(page: Counters) -> Downloads:
    """Return the windows of a page; an abbreviated one is unknown. The total stays None."""
    return Downloads(None, page.month.exact_value, page.week.exact_value, page.day.exact_value)


def add_newest_counters(
    updates: Sequence[VersionUpdate], newest: int, day: date, page: Counters
) -> tuple[VersionUpdate, ...]:
    """Add the counters of the package's page to its newest version."""
    seen = Observation(day, replace(read_windows(page), total=page.total.value), from_page=True)
    return tuple(
        replace(update, observation=seen) if update.id == newest and update.observation else update
        for update in updates
    )


def set_windows(days: tuple[PackageDay, ...], windows: Downloads) -> tuple[PackageDay, ...]:
    """Set the windows of a package's last day."""
    last = days[-1]
    return (*days[:-1], replace(last, downloads=replace(windows, total=last.downloads.total)))
