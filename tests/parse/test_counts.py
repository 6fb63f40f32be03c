import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backage.models.pages import Count
from backage.parse.package import parse_count


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("7", 7),
        ("007", 7),
        ("433", 433),
        ("51098", 51_098),
        ("570175446", 570_175_446),
        ("999999999999999", 999_999_999_999_999),
        ("1,862", 1_862),
        ("17,118", 17_118),
        ("45,630,394", 45_630_394),
        ("999,999,999,999,999", 999_999_999_999_999),
        ("\n        310\n      ", 310),
        ("\u00a012\u00a0", 12),
    ],
)
def test_whole_numbers_are_exact(text: str, value: int) -> None:
    """A number in full, with or without separators and white space around it, is exact."""
    assert parse_count(text) == Count(value, exact=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("51.1K", 51_100),
        ("9.49k", 9_490),
        ("1k", 1_000),
        ("1.0K", 1_000),
        ("0.5k", 500),
        ("999K", 999_000),
        ("13.1m", 13_100_000),
        ("570M", 570_000_000),
        ("1.05b", 1_050_000_000),
        ("2B", 2_000_000_000),
        (" 96.9K ", 96_900),
    ],
)
def test_cut_numbers_are_not_exact(text: str, value: int) -> None:
    """A number that was cut to a few digits and a unit is read and marked as not exact."""
    assert parse_count(text) == Count(value, exact=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "1_000",
        "1,23",
        "1,2345",
        "1234,567",
        ",123",
        "1,234,",
        "1,,234",
        "1.234",
        "1 234",
        "1\u202f234",
        "1,234.5",
        "1,234K",
        "1.234K",
        "1234K",
        "12.K",
        ".5k",
        "1.2.3k",
        "1.2 k",
        "1.2kk",
        "1.2t",
        "k",
        "many",
        "51098 downloads",
        "12\n34",
        "NaN",
        "∞",
        "½",
        "\uff11\uff12",
        "٣",
        "1\x00",
        pytest.param(
            "1\u212a",
            id="Kelvin",
        ),
        "1234567890123456",
        "1,000,000,000,000,000",
        "1" * 5000,
        "1" + ",000" * 2000,
    ],
    ids=lambda text: ascii(text[:24]),
)
def test_anything_else_is_no_number(text: str) -> None:
    """A text that GitHub would not write as a number is no number, however similar."""
    assert parse_count(text) is None


@given(st.integers(0, 10**15 - 1))
def test_exact_numbers_come_back(number: int) -> None:
    """Every number that fits reads the same with and without separators."""
    assert parse_count(str(number)) == parse_count(f"{number:,}") == Count(number, exact=True)


@given(st.text("0123456789,.kmbKMB -\u0663\uff11\u212a\n", max_size=12))
@example("1" * 100_000)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text gives a count of at least zero or none, and never an error."""
    count = parse_count(text)
    assert count is None or count.value >= 0
