"""A pie chart as a small SVG within a page, beside the table of its numbers.

Slices have the letters of the table's rows, so that no colour is needed. The page's classes give colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from backage.render.format import escape_xml, one_line

MOST = 6
"""Slices of a pie. The last one may be all others."""

LETTERS = "ABCDEF"
OTHERS = "all others"
_RADIUS = 100
_TEXT = 76
"""The distance of a letter from the middle."""

_LEAST = 0.045
"""The least share with room for a letter."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a whole. With `is_rest` it is all that has no slice of its own."""

    letter: str
    name: str
    count: int
    whole: int
    is_rest: bool = False

    @property
    def share(self) -> float:
        """Return the part as a number between 0 and 1."""
        return self.count / self.whole

    @property
    def percent(self) -> str:
        """Write the share in percent."""
        return format_percent(self.count, self.whole)


def format_percent(count: int, whole: int) -> str:
    """Write a part of a whole in percent: cut, not rounded, and `<1 %` for a small part."""
    cut = count * 100 // whole if whole else 0
    return "<1 %" if count and not cut else f"{cut} %"


def cut_pie(parts: Sequence[tuple[str, int]], whole: int) -> list[Slice]:
    """Return slices for parts, which come largest first. The last slice is the rest of the whole."""
    known = sum(count for _, count in parts)
    room = MOST if len(parts) == MOST and known == whole else MOST - 1
    kept = [(name, count) for name, count in parts[:room] if count > 0]
    slices = [Slice(letter, *part, whole) for letter, part in zip(LETTERS, kept, strict=False)]
    rest = whole - sum(part.count for part in slices)
    if rest > 0:
        slices.append(Slice(LETTERS[len(slices)], OTHERS, rest, whole, is_rest=True))
    return slices


def draw_pie(slices: Sequence[Slice], title: str) -> str:
    """Draw slices clockwise from the top. Return an empty text without slices."""
    if not slices:
        return ""
    said = ", ".join(f"{part.letter} {one_line(part.name)} {part.percent}" for part in slices)
    begin, parts = 0.0, []
    for place, part in enumerate(slices, 1):
        parts.append(_draw(part, place, begin))
        begin += part.share
    size = f'viewBox="-{_RADIUS + 2} -{_RADIUS + 2} {2 * _RADIUS + 4} {2 * _RADIUS + 4}"'
    label = escape_xml(f"{one_line(title)}: {said}")
    return f'<svg class="pie" {size} role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _draw(part: Slice, place: int, begin: float) -> str:
    title = f"<title>{escape_xml(f'{one_line(part.name)}: {part.count:,}, {part.percent}')}</title>"
    shape = f'<circle r="{_RADIUS}"/>' if part.share >= 1 else f'<path d="{_wedge(begin, part.share)}"/>'
    middle = (0.0, 0.0) if part.share >= 1 else _point(begin + part.share / 2, _TEXT)
    letter = f'<text x="{_short(middle[0])}" y="{_short(middle[1])}">{part.letter}</text>'
    return f'<g class="p{place}">{title}{shape}{letter if part.share >= _LEAST else ""}</g>'


def _wedge(begin: float, share: float) -> str:
    start, end = _point(begin, _RADIUS), _point(begin + share, _RADIUS)
    ends = [" ".join(map(_short, point)) for point in (start, end)]
    return f"M0 0L{ends[0]}A{_RADIUS} {_RADIUS} 0 {int(share > 1 / 2)} 1 {ends[1]}Z"


def _point(turn: float, radius: int) -> tuple[float, float]:
    """Return the point at a turn between 0 and 1, clockwise from the top."""
    return radius * sin(2 * pi * turn), -radius * cos(2 * pi * turn)


def _short(number: float) -> str:
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
