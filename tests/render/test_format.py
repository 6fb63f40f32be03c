from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backage.render.format import format_count, format_size

COUNTS = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
SIZES = {"": 1, " kB": 10**3, " MB": 10**6, " GB": 10**9, " TB": 10**12, " PB": 10**15, " EB": 10**18}


def parse(text: str, units: dict[str, int]) -> Fraction:
    """Return the number that a text means."""
    digits = text.rstrip("kMGBTPE ")
    return Fraction(digits) * units[text.removeprefix(digits)]


def format_as_published(number: int, units: list[str]) -> str:
    """Format a number as the format_as_published index always has, in floating point."""
    rest, step = float(number), 0
    while rest > 999.9:
        rest /= 1000
        step += 1
    return f"{int(rest * 10) / 10:g}{units[step]}"


@pytest.mark.parametrize(
    ("number", "count", "size"),
    [
        (None, "unknown", "unknown"),
        (0, "0", "0"),
        (1, "1", "1"),
        (512, "512", "512"),
        (999, "999", "999"),
        (1000, "1k", "1 kB"),
        (1049, "1k", "1 kB"),
        (1099, "1k", "1 kB"),
        (1100, "1.1k", "1.1 kB"),
        (3039, "3k", "3 kB"),
        (36_803, "36.8k", "36.8 kB"),
        (999_900, "999.9k", "999.9 kB"),
        (999_901, "0.9M", "0.9 MB"),
        (999_999, "0.9M", "0.9 MB"),
        (1_000_000, "1M", "1 MB"),
        (325_091_847, "325M", "325 MB"),
        (570_175_446, "570.1M", "570.1 MB"),
        (999_900_000, "999.9M", "999.9 MB"),
        (999_900_001, "0.9B", "0.9 GB"),
        (1_000_000_000, "1B", "1 GB"),
        (1_990_000_000_000, "1.9T", "1.9 TB"),
        (2_500_000_000_000_000, "2.5P", "2.5 PB"),
        (5_000_000_000_000_000_000_000, "5000E", "5000 EB"),
    ],
)
def test_format(number: int | None, count: str, size: str) -> None:
    """Thousands have one decimal, cut and not rounded, without `.0`; unknown is a word."""
    assert format_count(number) == count
    assert format_size(number) == size


@given(st.integers(0, 10**23))
@example(999_949)
@example(999_999)
def test_never_rounds_up(number: int) -> None:
    """The text is never more than the number, and less by under a tenth of its unit."""
    for text, units in ((format_count(number), COUNTS), (format_size(number), SIZES)):
        shown = parse(text, units)
        unit = units[text.lstrip("0123456789.")]
        assert shown <= number < shown + Fraction(unit, 10) + (unit == 1)


@given(st.one_of(st.integers(0, 10**7), st.integers(0, 10**13)))
@example(999_900)
@example(999_901)
@example(999_900_000)
@example(999_900_001)
def test_as_published(number: int) -> None:
    """The text is the one that the format_as_published index has always had."""
    assert format_count(number) == format_as_published(number, list(COUNTS))
    assert format_size(number) == format_as_published(number, list(SIZES))
