"""The parts of a chart: axes with few, even lines, a line or bars, and the dates below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from backage.render.format import MONTHS, day_name, escape_xml, format_count

_WIDEST = 12
_EDGE = 20
"""About half the width of a date: nearer to an end of the axis, a date is aligned with that end."""

_MOST_STEPS, _MOST_DATES = 4, 3
_YEAR = 12
_LONG = 200
"""In a span of more days, dates are written as month and year."""


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a plot."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One or more days that share a bar.

    `total` is that of the last day with a known total, `daily` the mean of the known days.
    """

    first: date
    last: date
    total: int | None
    daily: float | None


def write(x: float, y: float, text: str, style: str = "", more: str = "") -> str:
    """Write a text at a place, aligned as its style says; `more` is hidden on narrow screens."""
    styled = f' class="{style}"' if style else ""
    spare = f'<tspan class="n">{escape_xml(more)}</tspan>' if more else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{styled}>{escape_xml(text)}{spare}</text>'


def draw_totals(box: Box, slots: Sequence[Slot]) -> str:
    """Draw a line through the totals, broken where one is unknown, with a dot at its end.

    The axis begins at zero unless all totals are far from it. A total between two unknown ones is a dot.
    """
    known = [slot.total for slot in slots if slot.total is not None]
    if not known:
        return _unknown(box)
    low, high = min(known), max(known)
    ticks = count_ticks(low if high // 3 < low < high else 0, high)
    runs: list[list[str]] = [[]]
    for slot in slots:
        if slot.total is None:
            runs.append([])
        else:
            height = _height(box, ticks, slot.total)
            runs[-1].append(f"{_short(_place(box, slots, slot.last))} {_short(height)}")
    runs = [run for run in runs if run]
    lines = "".join(f"M{'L'.join(run)}" for run in runs if len(run) > 1)
    dots = "".join(f"M{run[-1]}h0" for run in runs if len(run) == 1 or run is runs[-1])
    return f'{_draw_axis(box, ticks)}<path class="l" d="{lines}"/><path class="o" d="{dots}"/>'


def draw_daily(box: Box, slots: Sequence[Slot]) -> str:
    """Draw a bar of at least one pixel for each known count. The last day's bar is paler."""
    known = [slot.daily for slot in slots if slot.daily is not None]
    if not known:
        return _unknown(box)
    ticks, bottom = count_ticks(0, ceil(max(known))), box.top + box.height
    days = (slots[-1].last - slots[0].first).days + 1
    each = max((slot.last - slot.first).days + 1 for slot in slots)
    width = _short(min(_WIDEST, 0.7 * each * box.width / days))
    bars = {"d": "", "d p": ""}
    for slot in slots:
        if slot.daily is not None:
            middle = (_place(box, slots, slot.first) + _place(box, slots, slot.last)) / 2
            top = min(_height(box, ticks, slot.daily), bottom - 1)
            pale = each == 1 and slot is slots[-1]
            bars["d p" if pale else "d"] += f"M{_short(middle)} {bottom}V{_short(top)}"
    drawn = [
        f'<path class="{style}" stroke-width="{width}" d="{path}"/>' for style, path in bars.items() if path
    ]
    return _draw_axis(box, ticks) + "".join(drawn)


def draw_dates(box: Box, slots: Sequence[Slot]) -> str:
    """Write the dates below a plot, with a small mark at each."""
    bottom, marks, texts = box.top + box.height, "", ""
    ticks = date_ticks(slots[0].first, slots[-1].last)
    for number, (day, name) in enumerate(ticks):
        place = _place(box, slots, day)
        marks += f"M{_short(place)} {bottom}v4"
        style = "m"
        if place < box.left + _EDGE:
            place, style = box.left, ""
        elif place > box.left + box.width - _EDGE:
            place, style = box.left + box.width, "e"
        spare = "" if number in {0, len(ticks) - 1} else " n"
        texts += write(place, bottom + 18, name, f"{style}{spare}")
    return f'<path d="{marks}"/>{texts}'


def _draw_axis(box: Box, ticks: Sequence[int]) -> str:
    lines = texts = ""
    for tick in ticks:
        height = _height(box, ticks, tick)
        lines += f"M{box.left} {_short(height)}h{box.width}"
        style = "y" if tick == ticks[-1] else "y n"
        texts += write(box.left - 6, height + 4, format_count(tick), style)
    return f'<path d="{lines}"/>{texts}'


def _unknown(box: Box) -> str:
    return write(box.left + box.width / 2, box.top + box.height / 2 + 4, "unknown", "m")


def _place(box: Box, slots: Sequence[Slot], day: date) -> float:
    """Return the horizontal place of the middle of a day."""
    first, last = slots[0].first, slots[-1].last
    return box.left + ((day - first).days + 0.5) / ((last - first).days + 1) * box.width


def _height(box: Box, ticks: Sequence[int], value: float) -> float:
    return box.top + box.height * (ticks[-1] - value) / (ticks[-1] - ticks[0])


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def count_ticks(low: int, high: int) -> tuple[int, ...]:
    """Return even steps of 1, 2 or 5 around a range, no finer than the one decimal of a written number."""
    unit = 1
    while high >= 1000 * unit:
        unit *= 1000
    step, factors = max(1, unit // 10), (2, 2.5, 2)
    place = 0
    while -(-high // step) - low // step >= _MOST_STEPS:
        step, place = int(step * factors[place % len(factors)]), place + 1
    first, last = low // step * step, -(-high // step) * step
    return tuple(range(first, max(last, first + step) + 1, step))


def date_ticks(first: date, last: date) -> tuple[tuple[date, str], ...]:
    """Return days of a span with their names: at even steps back from the last, or first days of months."""
    span = (last - first).days
    for step in (1, 2, 5, 10, 20):
        if span // step < _MOST_DATES:
            days = [last - timedelta(days=step * back) for back in reversed(range(span // step + 1))]
            return tuple((day, day_name(day)) for day in days)
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        months = range(first.year * _YEAR + first.month, last.year * _YEAR + last.month)
        found = [date(month // _YEAR, month % _YEAR + 1, 1) for month in months if not month % step]
        if len(found) <= _MOST_DATES:
            break
    return tuple((day, _month_name(day, step, span)) for day in found)


def _month_name(day: date, step: int, span: int) -> str:
    if not step % _YEAR:
        return str(day.year)
    return f"{MONTHS[day.month - 1]} {day.year}" if span > _LONG else day_name(day)
