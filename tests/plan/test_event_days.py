"""Totals and windows from daily counts: exact, or absent."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backage.models.events import DailyCounts
from backage.models.history import Downloads, PackageDay
from backage.plan.days import add_up, derive_days, package_days

START = date(2026, 3, 2)


def day(number: int) -> date:
    """Return the day that is so many days after the first."""
    return START + timedelta(days=number)


def test_totals_and_windows_follow() -> None:
    """A day without a download has none, and what is older than a window leaves it."""
    counts = DailyCounts(day(0), 0, None, {day(0): 5, day(2): 1})
    found = dict(derive_days(counts, day(0), day(40)))
    assert found[day(0)] == Downloads(5, 5, 5, 5)
    assert found[day(1)] == Downloads(5, 5, 5, 0)
    assert found[day(2)] == Downloads(6, 6, 6, 1)
    assert found[day(7)] == Downloads(6, 6, 1, 0)
    assert found[day(9)] == Downloads(6, 6, 0, 0)
    assert found[day(30)] == Downloads(6, 1, 0, 0)
    assert found[day(40)] == Downloads(6, 0, 0, 0)


def test_nothing_is_known_before_the_first_day() -> None:
    """Days begin with it, and go on from where they are wanted."""
    counts = DailyCounts(day(3), 0, None, {day(3): 1})
    assert [when for when, _ in derive_days(counts, day(0), day(4))] == [day(3), day(4)]
    assert derive_days(counts, day(9), day(10)) == [
        (day(9), Downloads(1, 1, 1, 0)),
        (day(10), Downloads(1, 1, 0, 0)),
    ]
    assert derive_days(counts, day(9), day(8)) == []


def test_a_baseline_is_in_totals_and_in_no_window() -> None:
    """A window is unknown as long as it may hold a part of it."""
    counts = DailyCounts(day(0), 100, day(1), {day(1): 2})
    found = dict(derive_days(counts, day(0), day(30)))
    assert found[day(0)] == Downloads(100)
    assert found[day(1)] == Downloads(102, None, None, 2)
    assert found[day(7)] == Downloads(102, None, 2, 0)
    assert found[day(29)] == Downloads(102, None, 0, 0)
    assert found[day(30)] == Downloads(102, 2, 0, 0)


def test_a_package_is_the_sum_of_its_versions() -> None:
    """If a version has a baseline, the package has one too."""
    parts = [
        DailyCounts(day(2), 1, None, {day(2): 1}),
        DailyCounts(day(0), 5, day(4), {day(2): 2, day(3): 3}),
    ]
    assert add_up(parts) == DailyCounts(day(0), 6, day(4), {day(2): 3, day(3): 3})


def test_versions_are_counted_from_their_first_day() -> None:
    """Tagged ones too."""
    derived = [(day(0), Downloads(1)), (day(1), Downloads(2))]
    assert package_days(derived, [(day(0), False), (day(1), True)]) == [
        PackageDay(day(0), Downloads(1), None, 1, 0),
        PackageDay(day(1), Downloads(2), None, 2, 1),
    ]


@given(st.dictionaries(st.integers(0, 70), st.integers(0, 9), min_size=1), st.integers(0, 70))
def test_it_does_not_matter_when_days_are_derived(given_counts: dict[int, int], cut: int) -> None:
    """All at once, or in two parts, of which the second knows of the first only its sum and a month."""
    first = min(given_counts)
    whole = DailyCounts(day(first), 0, None, {day(number): count for number, count in given_counts.items()})
    back = cut - 30
    part = DailyCounts(
        day(first),
        sum(count for number, count in given_counts.items() if number < back),
        None,
        {day(number): count for number, count in given_counts.items() if number >= back},
    )
    expected = [entry for entry in derive_days(whole, day(0), day(75)) if entry[0] >= day(cut)]
    assert derive_days(part, day(cut), day(75)) == expected
