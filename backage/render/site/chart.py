"""The chart of a package for a README: total and daily downloads of 30 days, 90 days and the whole history.

It is one SVG without script, font or address, because GitHub shows it as an image. It is light or dark like
the reader's system and has its own background, because the page around it may differ. Totals are a line and
days are bars, so that no colour is needed. An unknown day is a gap; a day of zero has a bar of one pixel. The
last day is paler, because it may be unfinished. If a span has too many days for a bar each, a bar is the mean
of the known ones of several days, and the line goes through the last day of each group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, groupby
from math import ceil

from backage.models.history import ONE_DAY, PackageDay
from backage.render.format import MONTHS, day_name, escape_xml, format_count, one_line
from backage.render.site.badge import text_width

_WIDTH, _HEIGHT = 800, 296
_LEFT, _PLOT, _COLUMN = 58, 202, 256
"""Pixels before the first plot, the width of a plot, and the distance between two columns."""

_TOTAL, _DAILY = (98, 72), (208, 56)
"""Top and height of the plots in a column."""

_MOST_SLOTS, _MOST_STEPS, _MOST_DATES = 100, 4, 3
"""In a plot: bars, steps of the axis, and dates. If there are more days, several share a bar."""

_TITLE_ROOM = 320
"""The width of a title at 11 pixels; its real letters are larger."""

_WIDEST = 12
_EDGE = 20
"""About half the width of a date: nearer to an end of the axis, a date is aligned with that end."""

_LONG = 200
"""In a span of more days, dates are written as month and year."""

_YEAR = 12
_STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#59636e}"
    ".b{fill:#1f2328;font-weight:600}.h{font-size:16px}.y,.e{text-anchor:end}.m{text-anchor:middle}"
    "path{fill:none;stroke:#d1d9e0}.g{fill:#fff;stroke:#d1d9e0}"
    ".l,.o{stroke:#0969da;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}.o{stroke-width:5}"
    ".d{stroke:#54aeff}.p{stroke-opacity:.5}"
    "@media(prefers-color-scheme:dark){text{fill:#9198a1}.b{fill:#f0f6fc}path{stroke:#3d444d}"
    ".g{fill:#0d1117;stroke:#3d444d}.l,.o{stroke:#4493f8}.d{stroke:#316dca}}"
    "@media(max-width:560px){text,.h{font-size:19px}.n{display:none}.y{transform:translate(208px,-14px)}}"
)


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a plot, in pixels."""

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


def render_chart(title: str, days: Sequence[PackageDay]) -> bytes:
    """Draw the history of a package. `days` may come in any order."""
    entries, name = {entry.day: entry for entry in days}, one_line(title)
    known = [day for day, entry in entries.items() if _is_known(entry)]
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    frame = (
        f"<style>{_STYLE}</style>"
        f'<rect class="g" x=".5" y=".5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" rx="6"/>'
        f"{draw_text(16, 32, _cut_title(name), 'b h')}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape_xml(f'Downloads of {name}')}</title>",
    ]
    if known:
        first, last = min(known), max(known)
        spans = {f"{span} days": last - timedelta(days=span - 1) for span in (30, 90)}
        spans[f"since {day_name(first, year=True)}"] = first
        gains = {label: _count_gain(entries, start, last) for label, start in spans.items()}
        total, day = entries[last].downloads.total, day_name(last, year=True)
        sentences = [f"{format_count(total)} downloads in total on {day}."]
        sentences += [
            f"{label}: {format_count(gain)} more." for label, gain in gains.items() if gain is not None
        ]
        headline = "downloads" if total is None else f"{format_count(total)} downloads"
        parts += [f"<desc>{escape_xml(' '.join(sentences))}</desc>", frame]
        parts.append(draw_text(_WIDTH - 16, 32, headline, "e", f" by {day}"))
        for place, (label, gain) in enumerate(gains.items()):
            heading = label if gain is None else f"{label}: +{format_count(gain)}"
            slots = _group_days(entries, spans[label], last)
            parts.append(_draw_column(_LEFT + place * _COLUMN, heading, slots))
    else:
        text = "Nothing is known of its downloads yet."
        parts += [frame, draw_text(_WIDTH / 2, _HEIGHT / 2, text, "m")]
    return "\n".join([*parts, "</svg>\n"]).encode()


def _is_known(entry: PackageDay) -> bool:
    return entry.downloads.total is not None or entry.downloads.day is not None


def _cut_title(name: str) -> str:
    if len(name) > _TITLE_ROOM:  # however narrow its letters are
        name = f"{name[:_TITLE_ROOM]}…"
    while text_width(name) > _TITLE_ROOM:
        name = f"{name.removesuffix('…')[:-1]}…"
    return name


def _count_gain(entries: Mapping[date, PackageDay], start: date, last: date) -> int | None:
    """Return the downloads from the start of one day to the end of another, None if unknown or negative."""
    eve = start - ONE_DAY
    before, after = entries.get(eve, PackageDay(eve)).downloads.total, entries[last].downloads.total
    return None if before is None or after is None or after < before else after - before


def _group_days(entries: Mapping[date, PackageDay], start: date, last: date) -> list[Slot]:
    """Group the days of a span. Groups follow the calendar, so that a day stays in its group tomorrow."""
    first, end = start.toordinal(), last.toordinal() + 1
    each = -(-(end - first) // _MOST_SLOTS)
    slots = []
    for _, numbers in groupby(range(first, end), lambda number: number // each):
        days = [date.fromordinal(number) for number in numbers]
        found = [entries[day].downloads for day in days if day in entries]
        totals = [downloads.total for downloads in found if downloads.total is not None]
        daily = [downloads.day for downloads in found if downloads.day is not None]
        mean = sum(daily) / len(daily) if daily else None
        slots.append(Slot(days[0], days[-1], totals[-1] if totals else None, mean))
    return slots


def _draw_column(left: int, heading: str, slots: Sequence[Slot]) -> str:
    total, daily = (Box(left, top, _PLOT, height) for top, height in (_TOTAL, _DAILY))
    each = _days_of_bar(slots)
    mean = f" (mean of {each} days)" if each > 1 else ""
    return (
        f"{draw_text(left, 62, heading, 'b')}"
        f"{draw_text(left, total.top - 10, 'total', more=' downloads')}{draw_totals(total, slots)}"
        f"{draw_text(left, daily.top - 10, 'daily', more=f' downloads{mean}')}{draw_daily(daily, slots)}"
        f"{draw_dates(daily, slots)}"
    )


def _days_of_bar(slots: Sequence[Slot]) -> int:
    return max((slot.last - slot.first).days + 1 for slot in slots)


def draw_text(x: float, y: float, text: str, style: str = "", more: str = "") -> str:
    """Draw a text at a place, aligned as its style says; `more` is hidden on narrow screens."""
    styled = f' class="{style}"' if style else ""
    spare = f'<tspan class="n">{escape_xml(more)}</tspan>' if more else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{styled}>{escape_xml(text)}{spare}</text>'


def draw_totals(box: Box, slots: Sequence[Slot]) -> str:
    """Draw a line through the totals, broken where one is unknown, with a dot at its end.

    The axis begins at zero unless all totals are far from it. A total between two unknown ones is a dot.
    """
    known = [slot.total for slot in slots if slot.total is not None]
    if not known:
        return _draw_unknown(box)
    low, high = min(known), max(known)
    ticks = count_ticks(low if high / 3 < low < high else 0, high)
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
        return _draw_unknown(box)
    ticks, bottom = count_ticks(0, ceil(max(known))), box.top + box.height
    days, each = (slots[-1].last - slots[0].first).days + 1, _days_of_bar(slots)
    width = _short(min(_WIDEST, 0.7 * each * box.width / days))
    bars = {"d": "", "d p": ""}
    for slot in slots:
        if slot.daily is not None:
            middle = (_place(box, slots, slot.first) + _place(box, slots, slot.last)) / 2
            top = min(_height(box, ticks, slot.daily), bottom - 1)
            pale = each == 1 and slot is slots[-1]
            bars["d p" if pale else "d"] += f"M{_short(middle)} {bottom}V{_short(top)}"
    return _draw_axis(box, ticks) + "".join(
        f'<path class="{style}" stroke-width="{width}" d="{path}"/>' for style, path in bars.items() if path
    )


def draw_dates(box: Box, slots: Sequence[Slot]) -> str:
    """Write the dates below a plot, with a small mark at each."""
    bottom, right, marks, texts = box.top + box.height, box.left + box.width, "", ""
    ticks = date_ticks(slots[0].first, slots[-1].last)
    for number, (day, name) in enumerate(ticks):
        place, style = _place(box, slots, day), "m"
        marks += f"M{_short(place)} {bottom}v4"
        if place < box.left + _EDGE:
            place, style = box.left, ""
        elif place > right - _EDGE:
            place, style = right, "e"
        spare = "" if number in {0, len(ticks) - 1} else " n"
        texts += draw_text(place, bottom + 18, name, f"{style}{spare}")
    return f'<path d="{marks}"/>{texts}'


def _draw_axis(box: Box, ticks: Sequence[int]) -> str:
    lines = texts = ""
    for tick in ticks:
        height = _height(box, ticks, tick)
        lines += f"M{box.left} {_short(height)}h{box.width}"
        texts += draw_text(box.left - 6, height + 4, format_count(tick), "y" if tick == ticks[-1] else "y n")
    return f'<path d="{lines}"/>{texts}'


def _draw_unknown(box: Box) -> str:
    return draw_text(box.left + box.width / 2, box.top + box.height / 2 + 4, "unknown", "m")


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
    thousands = (len(str(high)) - 1) // 3
    finest = max(1, 1000**thousands // 10)
    steps = (finest * factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if -(-high // step) - low // step < _MOST_STEPS)
    first, last = low // step * step, -(-high // step) * step
    return tuple(range(first, max(last, first + step) + 1, step))


def date_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """Return days of a span with their names: at even steps back from the last, or first days of months."""
    span = (last - first).days
    for step in (1, 2, 5, 10, 20):
        if span / step < _MOST_DATES:
            days = [last - timedelta(days=step * back) for back in reversed(range(span // step + 1))]
            return [(day, day_name(day)) for day in days]
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        months = range(first.year * _YEAR + first.month, last.year * _YEAR + last.month)
        found = [date(month // _YEAR, month % _YEAR + 1, 1) for month in months if not month % step]
        if len(found) <= _MOST_DATES:
            break
    return [(day, _month_name(day, step, span)) for day in found]


def _month_name(day: date, step: int, span: int) -> str:
    if not step % _YEAR:
        return str(day.year)
    return f"{MONTHS[day.month - 1]} {day.year}" if span > _LONG else day_name(day)
