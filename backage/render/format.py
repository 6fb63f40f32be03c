"""Numbers, days and texts as every output writes them.

Numbers are cut to one decimal, not rounded: 3039 is `3k`, 570175446 is `570.1M`. Sizes count bytes in
thousands with a space: 36803 is `36.8 kB`. The next unit begins above 999.9, not at 1000:
999901 to 999999 are `0.9M`. Badges have shown it so for years, and the meaning of a URL does not change.

Texts for XML and SVG are escaped and lose the characters that no XML document may hold.
"""

import re
from datetime import date
from xml.sax.saxutils import escape

UNKNOWN = "unknown"
_UNITS = ("", "k", "M", "B", "T", "P", "E")
_SIZES = ("", " kB", " MB", " GB", " TB", " PB", " EB")

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""In English on every machine: the same input gives the same bytes."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ENTITIES = {'"': "&quot;", "'": "&apos;", "\r": "&#13;"}


def format_count(number: int | None) -> str:
    """Write a count, or `unknown`."""
    return _format(number, _UNITS)


def format_size(number: int | None) -> str:
    """Write a number of bytes, or `unknown`."""
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
    """Write a day, `22 Nov` or `22 Nov 2026`."""
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
