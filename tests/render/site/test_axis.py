"""The lines of an axis and its dates."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backage.render.format import day_name, format_count
from backage.render.site.chart import count_ticks, date_ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 0, "0 1"),
        (0, 1, "0 1"),
        (0, 3, "0 1 2 3"),
        (0, 4, "0 2 4"),
        (0, 17, "0 10 20"),
        (0, 199, "0 100 200"),
        (0, 999, "0 500 1k"),
        (999, 1000, "900 1k"),
        (0, 1999, "0 1k 2k"),
        (57_000, 77_400, "50k 60k 70k 80k"),
        (999_000, 999_950, "999k 999.5k 1M"),
        (570_174_403, 570_175_446, "570.1M 570.2M"),
        (570_100_000, 570_100_000, "570.1M 570.2M"),
    ],
)
def test_count_ticks(low: int, high: int, ticks: str) -> None:
    """Two to four even lines enclose the range, and each has its own text."""
    assert " ".join(map(format_count, count_ticks(low, high))) == ticks


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_count_ticks_of_any_range(first: int, second: int) -> None:
    """For any range the lines enclose it and are few, even and distinct."""
    low, high = sorted((first, second))
    ticks = count_ticks(low, high)
    assert 2 <= len(ticks) <= 4
    assert ticks[0] <= low <= high <= ticks[-1]
    assert len({after - before for before, after in pairwise(ticks)}) == 1
    assert len({format_count(tick) for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (0, "22 Nov"),
        (1, "21 Nov, 22 Nov"),
        (4, "18 Nov, 20 Nov, 22 Nov"),
        (12, "12 Nov, 17 Nov, 22 Nov"),
        (29, "2 Nov, 12 Nov, 22 Nov"),
        (59, "13 Oct, 2 Nov, 22 Nov"),
        (89, "1 Sep, 1 Oct, 1 Nov"),
        (180, "1 Jul, 1 Sep, 1 Nov"),
        (200, "1 Jul, 1 Sep, 1 Nov"),
        (201, "Jul 2026, Sep 2026, Nov 2026"),
        (365, "Jan 2026, Jul 2026"),
        (1000, "2025, 2026"),
        (1825, "2022, 2024, 2026"),
        (3650, "2020, 2025"),
        (10_950, "2000, 2010, 2020"),
        (21_900, "1980, 2000, 2020"),
        (36_500, "1950, 2000"),
        (73_000, "1900, 2000"),
    ],
)
def test_date_ticks(days: int, names: str) -> None:
    """In a short span dates count back from the last day; in a longer one they begin months or years."""
    last = date(2026, 11, 22)
    found = date_ticks(last - timedelta(days=days), last)
    assert ", ".join(name for _, name in found) == names


@given(st.dates(date(1990, 1, 1), date(2050, 1, 1)), st.integers(0, 20_000))
def test_date_ticks_of_any_span(first: date, days: int) -> None:
    """For any span one to three of its days are named, in order."""
    last = first + timedelta(days=days)
    found = [day for day, _ in date_ticks(first, last)]
    assert 1 <= len(found) <= 3
    assert found == sorted(set(found))
    assert first <= found[0]
    assert found[-1] <= last


def test_day_name() -> None:
    """A day is named in English, on request with its year."""
    assert day_name(date(2026, 3, 1)) == "1 Mar"
    assert day_name(date(2026, 12, 31), year=True) == "31 Dec 2026"
