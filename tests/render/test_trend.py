"""Bars and trends: what a terminal shows of how downloads go."""

from __future__ import annotations

import pytest

from backage.render import format_trend, sparkline


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
    """The highest is full, zero is lowest, a little is more than zero, and unknown is no bar."""
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
    """Two whole weeks are compared; nothing is said where one is not whole, or was zero."""
    assert format_trend(counts) == trend
