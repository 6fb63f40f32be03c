"""Badges of a package: files for shields.io's endpoint badge, and drawn as shields.io draws its flat style.

A message is the index's own text (`570.1M`, `1k/month`, `36.8 kB`, `#3`, a tag as it stands), in the colours
that shields.io gives to downloads, sizes and versions. What is unknown is grey and says `unknown`; what a
package says that is stale is grey, and ends in `(stale)`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backage.render.escape import escape_xml, one_line
from backage.render.links import LABELS, TAG_KEYS
from backage.render.numbers import UNKNOWN
from backage.render.package import dump
from backage.render.tags import NO_TAG
from backage.render.widths import text_width

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
"""The colours of shields.io's badges since May 2026; its letters are white on all of them."""

LONGEST = 40
"""Characters of a message; a longer one is cut and ends in an ellipsis."""

_COUNTS = {
    "downloads": ("downloads", ""),
    "downloads_month": ("downloads", "/month"),
    "downloads_week": ("downloads", "/week"),
    "downloads_day": ("downloads", "/day"),
    "size": ("size", ""),
    "versions": ("versions", ""),
    "tagged": ("tagged", ""),
    "owner_rank": ("owner rank", ""),
}
METRICS = tuple(LABELS)
"""What there is a badge of; each is the name of its file."""

_STEPS = ((1, "red"), (10, "yellow"), (100, "yellowgreen"), (1000, "green"))
_UNFINISHED = re.compile(r"v?0|.*(alpha|beta|snapshot|dev|pre|rc)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge shows; `color` is one of `COLORS`, the texts are on one line and never too long."""

    label: str
    message: str
    color: str


def package_badges(head: Mapping[str, Any]) -> dict[str, Badge]:
    """Give the badges of a package by metric, from the keys of its file in the index."""
    stale = bool(head.get("stale"))
    return {
        metric: _tag(metric, head[TAG_KEYS[metric]], stale=stale)
        if metric in TAG_KEYS
        else _count(head, metric, stale=stale)
        for metric in METRICS
    }


def render_endpoint(badge: Badge) -> bytes:
    """Write a file for shields.io's endpoint badge, which refuses any key that it does not know."""
    fields = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.color}
    return f"{dump(fields)}\n".encode()


def render_badge(badge: Badge) -> bytes:
    """Draw a badge as shields.io's badge-maker 6 does, for ASCII to the byte."""
    label, message, color = escape_xml(badge.label), escape_xml(badge.message), COLORS[badge.color]
    left = _odd_width(badge.label) + 10 if badge.label else 0
    right = _odd_width(badge.message) + 10
    said = f"{label}: {message}" if label else message
    texts = (_text(label, 1, left - 10) if label else "") + _text(message, left - bool(label), right - 10)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{said}"><title>{said}</title>'
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


def _count(head: Mapping[str, Any], key: str, *, stale: bool) -> Badge:
    label, unit = _COUNTS[key]
    number, text = head[f"raw_{key}"], head[key]
    if number < 0:
        return Badge(label, UNKNOWN, "lightgrey")
    color = _color_of(number) if label == "downloads" else "blue"
    return _shown(label, f"#{text}" if key == "owner_rank" else f"{text}{unit}", color, stale=stale)


def _color_of(downloads: int) -> str:
    return next((color for below, color in _STEPS if downloads < below), "brightgreen")


def _tag(label: str, tag: str, *, stale: bool) -> Badge:
    text = one_line(tag)
    if text in {"", UNKNOWN, NO_TAG}:
        return Badge(label, text or UNKNOWN, "lightgrey")
    return _shown(label, _cut(text), "orange" if _UNFINISHED.match(text) else "blue", stale=stale)


def _shown(label: str, message: str, color: str, *, stale: bool) -> Badge:
    return Badge(label, f"{message} (stale)", "lightgrey") if stale else Badge(label, message, color)


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    end = LONGEST - 1
    while end > 1 and unicodedata.combining(text[end]):  # a mark stays with its letter
        end -= 1
    return f"{text[:end].rstrip()}\u2026"
