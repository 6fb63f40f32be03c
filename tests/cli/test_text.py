"""Text in columns, for names that nobody chose for a table."""

import pytest
from rich.cells import cell_len

from backage.cli.text import cut, cut_middle

NAMES = ["beacon", "", "x" * 200, "日本語" * 30, "é" * 90, "e\u0301" * 60, "🦊" * 30, "z" + "\u0301" * 5000]


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("🦊", 2), ("e\u0301", 1), ("\uff21", 2), ("…█", 2)]
)
def test_width(text: str, columns: int) -> None:
    """East Asian characters and emoji take two columns, marks none."""
    assert cell_len(text) == columns


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("columns", [9, 10, 24])
def test_a_column_is_never_wider(text: str, columns: int) -> None:
    """What fits stays as it is, what does not is cut at its end or in its middle; marks do not pile up."""
    for shorten in (cut, cut_middle):
        shown = shorten(text, columns)
        assert cell_len(shown) <= columns
        assert len(shown) <= 2 * columns + 1
        assert ("…" in shown) == (shown != text)


def test_a_name_keeps_both_ends() -> None:
    """It is cut where it tells least."""
    assert cut_middle("octo-forge/lighthouse/charts/beacon", 20) == "octo-…/charts/beacon"
