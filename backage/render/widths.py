"""How wide a text is in Verdana at 11 pixels, by which shields.io cuts its badges.

ASCII has exactly the widths that shields.io uses. Its table for the rest of Unicode has 220 kB; here a letter
with an accent is as wide as the letter, other letters of Europe take 7 pixels, wide characters (CJK, emoji)
11, and the rest 10.7, which is what shields.io guesses where its table ends. A combining mark takes no room
here. A text is squeezed into the width that its badge has, so a guess that is off by a pixel a letter shows
as letters slightly closer together or wider apart.
"""

import unicodedata

_FIRST = 32
_ASCII = (
    3.87, 4.33, 5.05, 9, 6.99, 11.84, 7.99, 2.95, 5, 5, 6.99, 9, 4, 5, 4, 5,
    6.99, 6.99, 6.99, 6.99, 6.99, 6.99, 6.99, 6.99, 6.99, 6.99, 5, 5, 9, 9, 9, 6,
    11, 7.52, 7.54, 7.68, 8.48, 6.96, 6.32, 8.53, 8.27, 4.63, 5, 7.62, 6.12, 9.27, 8.23, 8.66,
    6.63, 8.66, 7.65, 7.52, 6.78, 8.05, 7.52, 10.88, 7.54, 6.77, 7.54, 5, 5, 5, 9, 6.99,
    6.99, 6.61, 6.85, 5.73, 6.85, 6.55, 3.87, 6.85, 6.96, 3.02, 3.79, 6.51, 3.02, 10.7, 6.96, 6.68,
    6.85, 6.85, 4.69, 5.73, 4.33, 6.96, 6.51, 9, 6.51, 6.51, 5.78, 6.98, 5, 6.98, 9,
)  # fmt: skip
_EXACT = {chr(_FIRST + place): width for place, width in enumerate(_ASCII)} | {"\u2026": 9}
_WIDE, _EUROPEAN, _OTHER = 11.0, 7.0, 10.7
_LAST_EUROPEAN = "\u052f"
"""Where Latin, Greek and Cyrillic end."""


def text_width(text: str) -> float:
    """Give the width of a text in pixels."""
    width = 0.0
    for char in text:
        width += _char_width(char)  # not sum(): from Python 3.12 on it rounds otherwise than shields.io does
    return width


def _char_width(char: str) -> float:
    width = _EXACT.get(unicodedata.normalize("NFD", char)[0])  # a letter without its accent
    if width is not None:
        return width
    if unicodedata.category(char) in {"Mn", "Me", "Cc", "Cf"}:
        return 0
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return _WIDE
    return _EUROPEAN if char <= _LAST_EUROPEAN else _OTHER
