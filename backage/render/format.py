"""Numbers, days, trends and texts as every output writes them.

Numbers are cut to one decimal, not rounded: 3039 is `3k`, 570175446 is `570.1M`. Sizes count bytes in
thousands with a space: 36803 is `36.8 kB`. The next unit begins above 999.9, not at 1000:
999901 to 999999 are `0.9M`. Badges have shown it so for years, and the meaning of a URL does not change.

Texts for XML and SVG are escaped and lose the characters that no XML document may hold.
"""

import re
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

from backage.models.history import WEEK

UNKNOWN = "unknown"
_UNITS = ("", "k", "M", "B", "T", "P", "E")
_SIZES = ("", " kB", " MB", " GB", " TB", " PB", " EB")

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""In English on every machine: the same input gives the same bytes."""

BARS = "▁▂▃▄▅▆▇█"
GAP = " "
"""A day with an unknown count."""

MOST_PERCENT = 999

SMALLEST_MONTH = 100
"""The least downloads of a month to compare with: from 1 to 3 is no growth of 200 %."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ENTITIES = {'"': "&quot;", "'": "&apos;", "\r": "&#13;"}


def format_count(number: int | None) -> str:
    """Format a count; None is `unknown`."""
    return _format(number, _UNITS)


def format_size(number: int | None) -> str:
    """Format a number of bytes; None is `unknown`."""
    return _format(number, _SIZES)


def _format(number: int | None, units: tuple[str, ...]) -> str:
    if number is None:
        return UNKNOWN
    divisor, step = 1, 0
    while number * 10 > 9999 * divisor and step < len(units) - 1:
        divisor, step = divisor * 1000, step + 1
    whole, tenth = divmod(number * 10 // divisor, 10)
    return f"{whole}.{tenth}{units[step]}" if tenth else f"{whole}{units[step]}"


def day_name(day: date, *, year: bool = False) -> str:
    """Format a day, `22 Nov` or `22 Nov 2026`."""
    name = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{name} {day.year}" if year else name


def clean_text(text: str) -> str:
    """Replace each character that XML 1.0 forbids (controls, lone surrogates) with U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def plural(number: int, thing: str) -> str:
    """Return `thing` with an s unless there is one of it."""
    return thing if number == 1 else f"{thing}s"


def one_line(text: str) -> str:
    """Join a text into one line and remove controls that change the direction of text."""
    return " ".join(clean_text(_BIDI.sub("", text)).split())


def escape_xml(text: str) -> str:
    """Escape a text for an element or an attribute."""
    return escape(clean_text(text), _ENTITIES)


def sparkline(counts: Sequence[int | None], bars: str = BARS, gap: str = GAP) -> str:
    """Draw a bar for each count: full for the highest, the lowest bar for zero, a gap for unknown."""
    most = max((count for count in counts if count is not None), default=0)
    top = len(bars) - 1
    return "".join(gap if count is None else bars[-(-count * top // most) if most else 0] for count in counts)


def find_trend(counts: Sequence[int | None]) -> float | None:
    """Return the change of the last week of daily counts from the week before, in percent.

    None if a day is unknown, or if the week before had no downloads.
    """
    known = [count for count in counts[-2 * WEEK :] if count is not None]
    before, after = sum(known[:WEEK]), sum(known[WEEK:])
    return (after - before) * 100 / before if before and len(known) == 2 * WEEK else None


def format_trend(counts: Sequence[int | None]) -> str:
    """Format the change of the last week from the week before: `+12 %`, `x18`, empty if unknown."""
    return format_growth(find_trend(counts))


def find_growth(before: int | None, after: int | None) -> float | None:
    """Return the change from one month to the next in percent, None if unknown or `before` is small."""
    if before is None or after is None or before < SMALLEST_MONTH or after < 0:
        return None
    return (after - before) * 100 / before


def format_growth(percent: float | None) -> str:
    """Format a change: `+12 %`, `x18` if it is more than tenfold, empty if unknown."""
    if percent is None:
        return ""
    change = round(percent)
    return f"{change:+d} %" if change <= MOST_PERCENT else f"x{format_count(int(percent // 100) + 1)}"
