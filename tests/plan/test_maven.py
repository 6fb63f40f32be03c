"""Windows of Maven packages: sums of their versions', or what a page shows if it proves whose it is."""

from datetime import date, timedelta

import pytest

from backage.models.history import Downloads, KnownVersion, Observation, PackageDay, VersionUpdate
from backage.models.pages import Count, Counters, VersionRow
from backage.plan.maven import (
    add_newest_counters,
    complete_windows,
    has_windows,
    match_counters,
    read_windows,
    set_windows,
    sum_windows,
)
from backage.plan.versions import grow_windows

TODAY = date(2026, 8, 20)
ONE, TWO = Downloads(100, 30, 7, 1), Downloads(50, 20, 5, 0)


def counters(total: int, month: int = 30, week: int = 7, day: int = 1, *, exact: bool = True) -> Counters:
    """Make the counters of a page; one that is not exact has an abbreviated total."""
    return Counters(Count(total, exact), *(Count(count, exact=True) for count in (month, week, day)))


def deleted(days_ago: int) -> KnownVersion:
    """Make a version that a list lacked so many days ago."""
    seen = Observation(TODAY - timedelta(days=days_ago), Downloads())
    return KnownVersion(
        9, "0.9", (), listed=False, unpublished_until=None, total_drop_since=None, observations=(seen,)
    )


def test_windows_add_up() -> None:
    """Each on its own: one that a version lacks is unknown, and the others are not."""
    assert sum_windows(TODAY, [ONE, TWO], []) == Downloads(None, 50, 12, 1)
    assert sum_windows(TODAY, [ONE, Downloads(50, None, 5, 0)], []) == Downloads(None, None, 12, 1)
    assert sum_windows(TODAY, [ONE, None], []) == Downloads()


@pytest.mark.parametrize(
    ("days_ago", "windows"),
    [(0, Downloads()), (1, Downloads(None, None, None, 1)), (6, Downloads(None, None, None, 1)),
     (7, Downloads(None, None, 12, 1)), (29, Downloads(None, None, 12, 1)), (30, Downloads(None, 50, 12, 1))],
)  # fmt: skip
def test_a_window_in_which_a_version_was_deleted_is_unknown(days_ago: int, windows: Downloads) -> None:
    """What was downloaded of it is part of the package's window, and nobody counts it any more."""
    assert sum_windows(TODAY, [ONE, TWO], [deleted(days_ago), deleted(60)]) == windows


def test_counters_prove_whose_they_are_by_their_total() -> None:
    """The sum's are the package's, the newest version's are that version's, all others are nobody's."""
    rows = [VersionRow(2, "1.1", (), 100), VersionRow(1, "1.0", (), 50)]
    assert match_counters(counters(150), rows) == (True, False)
    assert match_counters(counters(100), rows) == (False, True)
    assert match_counters(counters(50), rows) == (False, False)
    assert match_counters(counters(100), rows[:1]) == (True, True)
    assert match_counters(counters(150, exact=False), rows) == (False, False)
    assert match_counters(counters(0), []) == (True, False)


def test_an_abbreviated_window_is_unknown() -> None:
    """It never stands as an exact number."""
    page = Counters(
        *(Count(count, exact=count < 1_000_000) for count in (2_000_000, 1_180_000, 667_510, 521))
    )
    assert read_windows(page) == Downloads(None, None, 667_510, 521)


def test_the_newest_version_takes_the_counters_that_are_its_own() -> None:
    """Unless its total is in doubt today."""
    seen = Observation(TODAY, Downloads(100))
    updates = [
        VersionUpdate(2, "1.1", (), None, None, seen),
        VersionUpdate(1, "1.0", (), None, None, seen),
    ]
    newest, other = add_newest_counters(updates, 2, TODAY, counters(100))
    assert newest.observation == Observation(TODAY, Downloads(100, 30, 7, 1), from_page=True)
    assert other == updates[1]
    doubtful = VersionUpdate(2, "1.1", (), None, TODAY, None)
    assert add_newest_counters([doubtful], 2, TODAY, counters(100)) == (doubtful,)


def test_windows_join_the_last_day() -> None:
    """Its total stays, and so do the days before it."""
    days = (PackageDay(TODAY - timedelta(days=1)), PackageDay(TODAY, Downloads(150), versions=2))
    joined = set_windows(days, Downloads(None, 50, 12, 1))
    assert joined == (days[0], PackageDay(TODAY, Downloads(150, 50, 12, 1), versions=2))


def test_what_comes_later_on_a_day_is_in_each_of_its_windows() -> None:
    """A window that is unknown stays so, and without a total before there is nothing to add to."""
    assert grow_windows(Downloads(150, None, 12, 1), 155) == Downloads(155, None, 17, 6)
    assert grow_windows(Downloads(), 155) == Downloads(155)


def test_windows_complete_each_other() -> None:
    """What is known stays."""
    known = complete_windows(Downloads(9, None, 5, 1), Downloads(8, 30, 7, None))
    assert known == Downloads(9, 30, 5, 1)
    assert has_windows(known)
    assert not has_windows(Downloads(9, None, 5, 1))
