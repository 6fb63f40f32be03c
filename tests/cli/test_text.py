"""Text in columns, for names that nobody chose for a table."""

import io
import sys

import pytest

from backage.cli.text import cut, cut_middle, drawn, pad, say, style, width

NAMES = ["beacon", "", "x" * 200, "日本語" * 30, "é" * 90, "e\u0301" * 60, "🦊" * 30, "z" + "\u0301" * 5000]


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("🦊", 2), ("e\u0301", 1), ("\uff21", 2), ("…█", 2)]
)
def test_width(text: str, columns: int) -> None:
    """East Asian characters and emoji take two columns, marks none."""
    assert width(text) == columns


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("columns", [9, 10, 24])
def test_a_column_is_never_wider(text: str, columns: int) -> None:
    """What fits stays as it is, what does not is cut at its end or in its middle; marks do not pile up."""
    for shorten in (cut, cut_middle):
        shown = shorten(text, columns)
        assert width(pad(shown, columns)) == columns
        assert len(shown) <= 2 * columns + 1
        assert ("…" in shown) == (shown != text)


def test_a_name_keeps_both_ends() -> None:
    """It is cut where it tells least."""
    assert cut_middle("octo-forge/lighthouse/charts/beacon", 20) == "octo-…/charts/beacon"


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """None in a pipe, on a dumb terminal, or where NO_COLOR is set."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert style("x", bold=True) == "x"
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert style("x", bold=True) == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert style("x", bold=True) == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert style("x", bold=True) == "x"


def test_an_encoding_without_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that takes Latin alone gets question marks, no bars, and no traceback."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1", write_through=True))
    say(f"grün 日{drawn('▁█')}")
    assert raw.getvalue().decode("latin-1").rstrip() == "grün ?"
