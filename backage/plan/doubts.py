"""Find what contradicts the history. It is believed when it is still there on the next day.

GitHub caches lists of versions and pages of packages separately, and an incomplete page looks complete.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from backage.models.history import (
    ONE_DAY,
    Downloads,
    KnownPackage,
    KnownVersion,
    Observation,
    VersionUpdate,
)
from backage.models.pages import VersionRow

MIN_JUMP = 10
"""Versions. A release for several platforms adds about as many."""

SLACK_DOWNLOADS, SLACK_SHARE = 100, 10
"""Versions may gain 100 downloads and a tenth more than their package, because pages differ in age."""


def has_jumped(before: int | None, now: int | None) -> bool:
    """Return whether a count of versions changed by half of its value or more."""
    if before is None or now is None:
        return False
    change = abs(now - before)
    return change >= MIN_JUMP and 2 * change >= before


def find_last_count(known: KnownPackage) -> int | None:
    """Return the last known count of versions."""
    counts = (known.days[day].versions for day in sorted(known.days, reverse=True))
    return next((count for count in counts if count is not None), None)


def find_excess_gain(
    total: int, rows: Iterable[VersionRow], known: KnownPackage, earlier: Mapping[int, KnownVersion]
) -> int:
    """Return how many more downloads the versions gained than their package; 0 within the tolerance.

    A package gains at least as much as its versions: GitHub counts both at once. (Its total may still be
    lower than their sum, after a correction.) The package's gain starts at the end of the day before the last
    whole list. 0 if the history has nothing to compare with.
    """
    if not known.full_list_days:
        return 0
    base = known.days.get(known.full_list_days[-1] - ONE_DAY)
    if base is None or base.downloads.total is None:
        return 0
    gained = sum(_measure_gain(row, earlier.get(row.id)) for row in rows)
    excess = gained - (total - base.downloads.total)
    return excess if excess > SLACK_DOWNLOADS + gained // SLACK_SHARE else 0


def _measure_gain(row: VersionRow, known: KnownVersion | None) -> int:
    """Return the gain of a version since its last total; 0 if that total is unknown."""
    if known is None:
        return row.downloads
    last = known.observations[-1].downloads.total if known.observations else None
    return 0 if last is None else max(0, row.downloads - last)


def keep_absent_versions(
    rows: Iterable[VersionRow], earlier: Mapping[int, KnownVersion], day: date
) -> tuple[VersionUpdate, ...]:
    """Keep versions that a whole list lacks for the first time; a later list without them deletes them.

    They lose the tags that another version has now.
    """
    listed = {row.id: row for row in rows}
    taken = {tag for row in listed.values() for tag in row.tags}
    return tuple(
        _keep_absent_version(known, day, taken)
        for number, known in earlier.items()
        if number not in listed and known.listed and known.total_drop_since in {None, day}
    )


def _keep_absent_version(known: KnownVersion, day: date, taken: set[str]) -> VersionUpdate:
    last = known.observations[-1] if known.observations else None
    unknown = None if last is None or last.day == day else Observation(day, Downloads())
    tags = tuple(tag for tag in known.tags if tag not in taken)
    return VersionUpdate(known.id, known.name, tags, known.unpublished_until, day, unknown)
