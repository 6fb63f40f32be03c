"""The chart of a package for a README: total and daily downloads of 30 days, 90 days and the whole history.

It is one SVG without script, font or address, because GitHub shows it as an image. It is light or dark like
the reader's system and has its own background, because the page around it may differ. Totals are a line and
days are bars, so that no colour is needed. An unknown day is a gap; a day of zero has a bar of one pixel. The
last day is paler, because it may be unfinished. If a span has too many days for a bar each, a bar is the mean
of the known ones of several days, and the line goes through the last day of each group.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from backage.models.history import PackageDay
from backage.render.format import day_name, escape_xml, format_count, one_line
from backage.render.site.badge import text_width
from backage.render.site.plot import Box, Slot, draw_daily, draw_dates, draw_totals, write

WIDTH, HEIGHT = 800, 296
MOST_SLOTS = 100
"""Bars of a panel. If there are more days, several share a bar."""

_SPANS = (30, 90)
_LEFT, _PLOT, _COLUMN = 58, 202, 256
_TOTAL, _DAILY = (98, 72), (208, 56)
"""Top and height of the plots in a column."""
_TITLE_ROOM = 320
"""The width of a title at 11 pixels; its real letters are larger."""
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


def render_chart(title: str, days: Sequence[PackageDay]) -> bytes:
    """Draw the history of a package. `days` may come in any order."""
    entries, name = {entry.day: entry for entry in days}, one_line(title)
    known = [day for day, entry in entries.items() if _is_known(entry)]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape_xml(f'Downloads of {name}')}</title>",
    ]
    if known:
        first, last = min(known), max(known)
        spans = [(f"{span} days", last - timedelta(days=span - 1)) for span in _SPANS]
        spans.append((f"since {day_name(first, year=True)}", first))
        gains = [_gain(entries, start, last) for _, start in spans]
        total = entries[last].downloads.total
        parts.append(f"<desc>{escape_xml(_describe(spans, gains, total, last))}</desc>")
        parts += [_frame(name), _headline(total, last)]
        for place, ((label, start), gain) in enumerate(zip(spans, gains, strict=True)):
            heading = label if gain is None else f"{label}: +{format_count(gain)}"
            parts.append(_column(_LEFT + place * _COLUMN, heading, _slots(entries, start, last)))
    else:
        parts += [_frame(name), write(WIDTH // 2, HEIGHT // 2, "Nothing is known of its downloads yet.", "m")]
    return "\n".join([*parts, "</svg>\n"]).encode()


def _is_known(entry: PackageDay) -> bool:
    return entry.downloads.total is not None or entry.downloads.day is not None


def _gain(entries: Mapping[date, PackageDay], start: date, last: date) -> int | None:
    """Return the downloads from the start of one day to the end of another, None if unknown or negative."""
    before, after = entries.get(start - timedelta(days=1)), entries[last].downloads.total
    if before is None or before.downloads.total is None or after is None:
        return None
    gain = after - before.downloads.total
    return gain if gain >= 0 else None


def _slots(entries: Mapping[date, PackageDay], start: date, last: date) -> list[Slot]:
    """Group the days of a span. Groups follow the calendar, so that a day stays in its group tomorrow."""
    each = -(-((last - start).days + 1) // MOST_SLOTS)
    groups: dict[int, list[date]] = {}
    for number in range(start.toordinal(), last.toordinal() + 1):
        groups.setdefault(number // each, []).append(date.fromordinal(number))
    slots = []
    for days in groups.values():
        found = [entries[day].downloads for day in days if day in entries]
        totals = [downloads.total for downloads in found if downloads.total is not None]
        daily = [downloads.day for downloads in found if downloads.day is not None]
        mean = sum(daily) / len(daily) if daily else None
        slots.append(Slot(days[0], days[-1], totals[-1] if totals else None, mean))
    return slots


def _describe(
    spans: Iterable[tuple[str, date]], gains: Iterable[int | None], total: int | None, last: date
) -> str:
    said = [f"{format_count(total)} downloads in total on {day_name(last, year=True)}."]
    said += [
        f"{label}: {format_count(gain)} more."
        for (label, _), gain in zip(spans, gains, strict=True)
        if gain is not None
    ]
    return " ".join(said)


def _frame(name: str) -> str:
    return (
        f"<style>{_STYLE}</style>"
        f'<rect class="g" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="6"/>'
        f"{write(16, 32, _fit(name), 'b h')}"
    )


def _fit(name: str) -> str:
    if len(name) > _TITLE_ROOM:  # however narrow its letters are
        name = f"{name[:_TITLE_ROOM]}…"
    while text_width(name) > _TITLE_ROOM:
        name = f"{name.removesuffix('…')[:-1]}…"
    return name


def _headline(total: int | None, last: date) -> str:
    count = "downloads" if total is None else f"{format_count(total)} downloads"
    return write(WIDTH - 16, 32, count, "e", f" by {day_name(last, year=True)}")


def _column(left: int, heading: str, slots: Sequence[Slot]) -> str:
    total, daily = (Box(left, top, _PLOT, height) for top, height in (_TOTAL, _DAILY))
    each = max((slot.last - slot.first).days + 1 for slot in slots)
    mean = f" (mean of {each} days)" if each > 1 else ""
    return "".join(
        (
            write(left, 62, heading, "b"),
            write(left, total.top - 10, "total", more=" downloads"),
            draw_totals(total, slots),
            write(left, daily.top - 10, "daily", more=f" downloads{mean}"),
            draw_daily(daily, slots),
            draw_dates(daily, slots),
        )
    )
