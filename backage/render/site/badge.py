"""Badges of a package: files for shields.io's endpoint badge, and SVGs in the flat style of shields.io.

A message is a text of the index (`570.1M`, `1k/month`, `36.8 kB`, `#3`, a tag), in the colour that shields.io
gives to downloads, sizes and versions. An unknown value is grey and says `unknown`. A stale package's badges
are grey and end in `(stale)`.

A badge is as wide as its text in Verdana at 11 pixels. Widths of ASCII are exactly those of shields.io. Its
table for the rest of Unicode has 220 kB, so other widths are estimates: a letter with an accent is as wide as
the letter, other European letters take 7 pixels, wide characters (CJK, emoji) 11, combining marks none, and
the rest 10.7, as shields.io assumes beyond its table. The viewer squeezes or stretches a text to its width.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from backage.render.format import UNKNOWN, escape_xml, one_line
from backage.render.package import NO_TAG, dump
from backage.render.site.links import LABELS, metric_key

COLORS = {
    "brightgreen": "#4b0",
    "green": "#67ac09",
    "yellowgreen": "#95991a",
    "yellow": "#d8b800",
    "orange": "#ea7233",
    "red": "#dd4343",
    "blue": "#007ec6",
    "lightgrey": "#939393",
}
"""The colours of shields.io's badges since May 2026. Text is white on all of them."""

LONGEST = 40
"""Characters of a message. A longer one is cut and ends in an ellipsis."""

_STEPS = ((1, "red"), (10, "yellow"), (100, "yellowgreen"), (1000, "green"))
_UNFINISHED = re.compile(r"v?0|.*(alpha|beta|snapshot|dev|pre|rc)", re.IGNORECASE | re.DOTALL)

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
"""The last character of Latin, Greek and Cyrillic."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge; `color` is a key of `COLORS`, and the texts are short and on one line."""

    label: str
    message: str
    color: str


def package_badges(head: Mapping[str, Any]) -> dict[str, Badge]:
    """Return the badges of a package by metric, from the keys of its file in the index."""
    return {metric: _make_badge(head, metric) for metric in LABELS}


def _make_badge(head: Mapping[str, Any], metric: str) -> Badge:
    label, slash, unit = LABELS[metric].partition("/")
    text, number = one_line(head[metric_key(metric)]), head.get(f"raw_{metric}")
    if text in {"", UNKNOWN, NO_TAG}:
        return Badge(label, text or UNKNOWN, "lightgrey")
    if number is None:
        message, color = _cut(text), "orange" if _UNFINISHED.match(text) else "blue"
    else:
        message = f"#{text}" if metric == "owner_rank" else f"{text}{slash}{unit}"
        color = _color_of(number) if label == "downloads" else "blue"
    if head.get("stale"):
        message, color = f"{message} (stale)", "lightgrey"
    return Badge(label, message, color)


def render_endpoint(badge: Badge) -> bytes:
    """Render a file for shields.io's endpoint badge, which rejects unknown keys."""
    fields = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.color}
    return f"{dump(fields)}\n".encode()


def render_badge(badge: Badge) -> bytes:
    """Draw a badge as shields.io's badge-maker 6 does. For ASCII texts the bytes are the same."""
    label, message, color = escape_xml(badge.label), escape_xml(badge.message), COLORS[badge.color]
    left = _odd_width(badge.label) + 10 if badge.label else 0
    right = _odd_width(badge.message) + 10
    name = f"{label}: {message}" if label else message
    texts = (_text(label, 1, left - 10) if label else "") + _text(message, left - bool(label), right - 10)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{name}"><title>{name}</title>'
        '<filter id="blur"><feGaussianBlur stdDeviation="16"/></filter>'
        '<linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/>'
        '<stop offset="1" stop-opacity=".1"/></linearGradient>'
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="{"#555" if label else color}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{color}"/>'
        f'<rect width="{left + right}" height="20" fill="url(#s)"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif"'
        f' text-rendering="geometricPrecision" font-size="110">{texts}</g></svg>'
    ).encode()


def _text(text: str, margin: int, width: int) -> str:
    place, length = 10 * margin + 5 * width + 50, 10 * width
    return (
        '<g transform="scale(.1)"><g aria-hidden="true" fill="#010101">'
        f'<text x="{place}" y="150" fill-opacity=".8" filter="url(#blur)" textLength="{length}">{text}</text>'
        f'<text x="{place}" y="150" fill-opacity=".3" textLength="{length}">{text}</text></g>'
        f'<text x="{place}" y="140" textLength="{length}">{text}</text></g>'
    )


def _odd_width(text: str) -> int:
    return int(text_width(text)) | 1


def _color_of(downloads: int) -> str:
    return next((color for below, color in _STEPS if downloads < below), "brightgreen")


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    end = LONGEST - 1
    while end > 1 and unicodedata.combining(text[end]):  # a mark stays with its letter
        end -= 1
    return f"{text[:end].rstrip()}\u2026"


def text_width(text: str) -> float:
    """Return the width of a text in pixels."""
    return reduce(add, map(_char_width, text), 0.0)  # sum() rounds otherwise than shields.io from Python 3.12


def _char_width(char: str) -> float:
    width = _EXACT.get(unicodedata.normalize("NFD", char)[0])  # a letter without its accent
    if width is not None:
        return width
    if unicodedata.category(char) in {"Mn", "Me", "Cc", "Cf"}:
        return 0
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return _WIDE
    return _EUROPEAN if char <= _LAST_EUROPEAN else _OTHER
