"""Windows of Maven packages: their pages have no daily counts, so their versions' windows are summed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from backage.models.history import (
    DAY,
    MONTH,
    WEEK,
    Downloads,
    KnownVersion,
    Observation,
    PackageDay,
    VersionUpdate,
)
from backage.models.pages import Counters, MavenRow, VersionRow


def sum_windows(day: date, listed: Iterable[Downloads | None], known: Iterable[KnownVersion]) -> Downloads:
    """Add up the windows of all versions of a whole list; None for a window that some version lacks.

    The total stays None. A window in which a version was deleted is unknown: its downloads belong to the
    package, but no page shows them any more.
    """
    numbers = [downloads or Downloads() for downloads in listed]
    last_deleted = max(
        (version.observations[-1].day for version in known if _was_deleted(version)), default=None
    )

    def add_up(counts: Sequence[int | None], length: int) -> int | None:
        known_counts = [count for count in counts if count is not None]
        if len(known_counts) < len(counts) or (last_deleted and day - last_deleted < timedelta(days=length)):
            return None
        return sum(known_counts)

    return Downloads(
        None,
        add_up([downloads.month for downloads in numbers], MONTH),
        add_up([downloads.week for downloads in numbers], WEEK),
        add_up([downloads.day for downloads in numbers], DAY),
    )


def _was_deleted(version: KnownVersion) -> bool:
    return not version.listed and bool(version.observations)


def has_windows(downloads: Downloads) -> bool:
    """Return whether all three windows are known."""
    return None not in {downloads.month, downloads.week, downloads.day}


def complete_windows(windows: Downloads, other: Downloads) -> Downloads:
    """Fill in unknown windows from another source."""
    return Downloads(
        windows.total,
        other.month if windows.month is None else windows.month,
        other.week if windows.week is None else windows.week,
        other.day if windows.day is None else windows.day,
    )


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
