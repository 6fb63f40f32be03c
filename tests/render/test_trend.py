"""Bars and trends of downloads."""

from datetime import date

import pytest

from backage.models.history import Downloads, PackageDay
from backage.render.format import find_growth, format_growth, format_trend, sparkline
from backage.render.table import HEADER, list_days


@pytest.mark.parametrize(
    ("counts", "bars"),
    [
        ([], ""),
        ([0, 0], "▁▁"),
        ([None, None], "  "),
        ([0, 1, 50, 100], "▁▂▅█"),
        ([7, None, 7], "█ █"),
        ([1, 1_000_000], "▂█"),
    ],
)
def test_bars(counts: list[int | None], bars: str) -> None:
    """The highest count is a full bar, zero the lowest, one above zero is higher, and unknown is a gap."""
    assert sparkline(counts) == bars


@pytest.mark.parametrize(
    ("counts", "trend"),
    [
        ([10] * 7 + [11] * 7, "+10 %"),
        ([10] * 7 + [5] * 7, "-50 %"),
        ([10] * 14, "+0 %"),
        ([99] * 30 + [10] * 7 + [30] * 7, "+200 %"),
        ([1] * 7 + [18] * 7, "x18"),
        ([1] * 7 + [9_000_000] * 7, "x9M"),
        ([0] * 7 + [5] * 7, ""),
        ([10] * 13, ""),
        ([10] * 7 + [None] + [10] * 6, ""),
        ([None] + [10] * 13, ""),
        ([], ""),
    ],
)
def test_trend(counts: list[int | None], trend: str) -> None:
    """Two whole weeks are compared. There is no trend if a day is unknown or the first week is zero."""
    assert format_trend(counts) == trend


@pytest.mark.parametrize(
    ("before", "after", "percent", "text"),
    [
        (100, 150, 50.0, "+50 %"),
        (1000, 0, -100.0, "-100 %"),
        (100, 100, 0.0, "+0 %"),
        (200, 3600, 1700.0, "x18"),
        (1, 3, None, ""),
        (99, 5000, None, ""),
        (None, 5000, None, ""),
        (500, None, None, ""),
    ],
)
def test_growth(before: int | None, after: int | None, percent: float | None, text: str) -> None:
    """A month is compared with the month before, unless that had fewer than a hundred downloads."""
    assert find_growth(before, after) == percent
    assert format_growth(percent) == text


def test_days_as_json() -> None:
    """Days have the columns of the CSV; unknown is null."""
    (day,) = list_days([PackageDay(date(2026, 3, 2), Downloads(7, None, 3, 0), tagged=1)])
    assert list(day) == HEADER.split(",")
    assert list(day.values()) == ["2026-03-02", 7, None, 3, 0, None, None, 1]
