"""What is kept out for a day: versions that a list lacks, counts that jump, totals behind their versions."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from backage.models.history import Downloads, KnownPackage, KnownVersion, Observation, PackageDay
from backage.models.pages import VersionRow
from backage.plan.doubts import find_excess_gain, find_last_count, has_jumped, keep_absent_versions

TODAY = date(2026, 8, 20)
YESTERDAY = TODAY - timedelta(days=1)


def version(
    number: int, total: int | None, *tags: str, held: date | None = None, listed: bool = True
) -> KnownVersion:
    """Make a version that was seen yesterday."""
    seen = (Observation(YESTERDAY, Downloads(total)),)
    return KnownVersion(number, f"v{number}", tags, listed, None, held, seen)


def known(total: int | None, scans: tuple[date, ...] = (YESTERDAY,)) -> KnownPackage:
    """Make a package with a total at the end of the day before yesterday."""
    before = YESTERDAY - timedelta(days=1)
    days = {before: PackageDay(before, Downloads(total), versions=7), YESTERDAY: PackageDay(YESTERDAY)}
    return KnownPackage(days, None, scans, YESTERDAY, None, 1, frozenset())


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(20, 30, True), (20, 29, False), (20, 10, True), (100, 51, False), (100, 0, True), (1, 10, False)],
)
def test_half_and_ten_are_a_jump(before: int, now: int, expected: bool) -> None:  # noqa: FBT001 (a case)
    """In both directions; few versions may come and go."""
    assert has_jumped(before, now) is expected


def test_an_unknown_count_is_no_jump() -> None:
    """There is nothing to compare."""
    assert (has_jumped(None, 50), has_jumped(50, None)) == (False, False)


def test_the_last_count_is_that_of_the_last_day_that_has_one() -> None:
    """A day without a list has none."""
    assert find_last_count(known(1)) == 7
    days = {day: PackageDay(day, versions=number) for number, day in enumerate((YESTERDAY, TODAY), 8)}
    assert find_last_count(replace(known(1), days=days)) == 9
    assert find_last_count(replace(known(1), days={})) is None


def test_a_version_that_is_missing_is_kept_for_a_day() -> None:
    """Nothing is known of its total then, and a tag that another has now is not its own."""
    rows = [VersionRow(2, "v2", ("latest",), 5)]
    before = replace(version(1, 9, "latest", "1.0"), unpublished_until=YESTERDAY - timedelta(days=9))
    (kept,) = keep_absent_versions(rows, {1: before, 2: version(2, 4)}, TODAY)
    assert (kept.id, kept.name, kept.tags, kept.total_drop_since) == (1, "v1", ("1.0",), TODAY)
    assert kept.unpublished_until == before.unpublished_until
    assert kept.observation == Observation(TODAY, Downloads())
    assert keep_absent_versions([], {1: before}, YESTERDAY)[0].observation is None
    assert keep_absent_versions([], {1: replace(before, observations=())}, TODAY)[0].observation is None


def test_a_version_that_is_missing_again_is_not_kept() -> None:
    """On the same day it is; one that is gone stays gone."""
    earlier = {
        1: version(1, 9, held=YESTERDAY),
        2: version(2, 9, held=TODAY),
        3: version(3, 9, listed=False),
    }
    assert [update.id for update in keep_absent_versions([], earlier, TODAY)] == [2]


@pytest.mark.parametrize(("total", "short"), [(1500, 0), (1400, 0), (1350, 0), (1300, 200), (900, 600)])
def test_a_package_gains_what_its_versions_gain(total: int, short: int) -> None:
    """Pages may differ by a hundred downloads and a tenth; what is new counts from zero."""
    rows = [VersionRow(1, "v1", (), 400), VersionRow(2, "v2", (), 200)]
    assert find_excess_gain(total, rows, known(1000), {1: version(1, 100)}) == short


def test_what_cannot_be_compared_is_not_in_doubt() -> None:
    """Without a whole list, without the total of the day before it, or for a version that was in doubt."""
    rows = [VersionRow(1, "v1", (), 9999)]
    assert find_excess_gain(0, rows, known(1000, ()), {}) == 0
    assert find_excess_gain(0, rows, known(None), {}) == 0
    assert find_excess_gain(1000, rows, known(1000), {1: version(1, None)}) == 0
    assert find_excess_gain(1000, rows, known(1000), {1: replace(version(1, 9), observations=())}) == 0


def test_what_fell_or_stayed_is_no_gain() -> None:
    """A hundred and one downloads are too many, and a hundred are not."""
    rows = [VersionRow(1, "v1", (), 100), VersionRow(2, "v2", (), 5), VersionRow(3, "v3", (), 7)]
    earlier = {2: version(2, 9), 3: version(3, None)}
    assert find_excess_gain(990, rows, known(1000), earlier) == 0
    assert find_excess_gain(989, rows, known(1000), earlier) == 111
