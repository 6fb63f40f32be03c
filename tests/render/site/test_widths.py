"""Widths of texts: exact for ASCII, estimated for the rest."""

import pytest

from backage.render.site.badge import text_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("downloads", 58.38),
        (" ~", 12.87),
        ("é", 6.55),
        ("e\u0301", 6.55),
        ("Ü", 8.05),
        ("漢字", 22),
        ("한", 11),
        ("🦊", 11),
        ("\uff21", 11),
        ("ж", 7),
        ("\u052f\u0531", 17.7),
        ("a\u20dd", 6.61),
        ("שלום", 42.8),
        ("…", 9),
        ("\u200d\ufe0f\x00", 0),
    ],
)
def test_width(text: str, width: float) -> None:
    """A letter with an accent is as wide as without, a mark has no width, and the rest is estimated."""
    assert text_width(text) == pytest.approx(width)


def test_widths_are_added_one_by_one() -> None:
    """Widths are added in shields.io's order, because rounding decides about a pixel."""
    total = 0.0
    for _ in range(9):
        total += 6.99
    assert text_width("0" * 9) == total
