"""What pages say that cannot well be: kept out for a day, and taken when it stands on the next.

Lists of versions and pages of packages come from different caches, and a page of GitHub's that lacks
something still looks whole. What contradicts the history is therefore believed the second time only.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from backage.models.history import Downloads, KnownPackage, KnownVersion, Observation, VersionUpdate
from backage.models.pages import VersionRow

MIN_JUMP = 10
"""Versions: a release for several platforms brings about as many, and is no jump."""

SLACK_DOWNLOADS, SLACK_SHARE = 100, 10
"""Downloads, and a tenth of them, by which versions may gain more than their package: pages differ in age."""


def has_jumped(before: int | None, now: int | None) -> bool:
    """Tell whether a count of versions changed by half of what it was, or more."""
    if before is None or now is None:
        return False
    change = abs(now - before)
    return change >= MIN_JUMP and 2 * change >= before


def find_last_count(known: KnownPackage) -> int | None:
    """Give the count of versions that was seen last."""
    counts = (known.days[day].versions for day in sorted(known.days, reverse=True))
    return next((count for count in counts if count is not None), None)


def find_excess_gain(
    total: int, rows: Iterable[VersionRow], known: KnownPackage, earlier: Mapping[int, KnownVersion]
) -> int:
    """Count the downloads that versions gained and their package did not, beyond what pages may differ.

    A package gains at least what its versions gain in the same time: GitHub counts both at once. (Its total
    itself may be lower than theirs, after a correction.) The package's gain is taken from the end of the day
    before the last whole list, which is earlier than that list. Zero where there is nothing to compare.
    """
    if not known.full_list_days:
        return 0
    base = known.days.get(known.full_list_days[-1] - timedelta(days=1))
    if base is None or base.downloads.total is None:
        return 0
    gained = sum(_measure_gain(row, earlier.get(row.id)) for row in rows)
    short = gained - (total - base.downloads.total)
    return short if short > SLACK_DOWNLOADS + gained // SLACK_SHARE else 0


def _measure_gain(row: VersionRow, known: KnownVersion | None) -> int:
    """Count what a version gained since it was seen last; of one that was in doubt that is not known."""
    if known is None:
        return row.downloads
    last = known.observations[-1].downloads.total if known.observations else None
    return 0 if last is None else max(0, row.downloads - last)


def keep_absent_versions(
    rows: Iterable[VersionRow], earlier: Mapping[int, KnownVersion], day: date
) -> tuple[VersionUpdate, ...]:
    """Keep the versions that a whole list lacks for the first time; what it lacks on a later day is gone.

    A tag that another version has now is no longer theirs.
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
