"""The parts of a chart, to the tenth of a pixel."""

from datetime import date, timedelta
from re import findall

import pytest

from backage.render.site.chart import Box, Slot, draw_daily, draw_dates, draw_text, draw_totals

BOX = Box(10, 20, 120, 40)
LAST = date(2026, 11, 22)
AXIS = (
    '<path d="M10 60h120M10 40h120M10 20h120"/><text x="4" y="64" class="y n">0</text>'
    '<text x="4" y="44" class="y n">2</text><text x="4" y="24" class="y">4</text>'
)
"""From 0 to 4: the number at the top stays where there is little room."""


def slots(*numbers: int | None, each: int = 1) -> list[Slot]:
    """Return slots of so many days each, up to the last day, with these totals and daily downloads."""
    begin = LAST + timedelta(days=1 - each * len(numbers))
    days = [begin + timedelta(days=each * place) for place in range(len(numbers))]
    return [
        Slot(day, day + timedelta(days=each - 1), number, number)
        for day, number in zip(days, numbers, strict=True)
    ]


def test_texts() -> None:
    """Without a style or more text there is no attribute or element for it."""
    assert draw_text(1, 2.04, "a<b") == '<text x="1" y="2">a&lt;b</text>'
    assert draw_text(1.26, 10, "a", "m", " & b") == (
        '<text x="1.3" y="10" class="m">a<tspan class="n"> &amp; b</tspan></text>'
    )


@pytest.mark.parametrize(
    ("totals", "line", "dots"),
    [
        ((1, None, 2, 3, None, 4, 1), "M52.9 40L70 30M104.3 20L121.4 50", "M18.6 50h0M121.4 50h0"),
        ((4, 1, None, None), "M25 20L55 50", "M55 50h0"),
        ((None, 4, None, 1), "", "M55 20h0M115 50h0"),
    ],
)
def test_line(totals: tuple[int | None, ...], line: str, dots: str) -> None:
    """A total is above the middle of its day; the last known one and a lone one have a dot."""
    expected = f'{AXIS}<path class="l" d="{line}"/><path class="o" d="{dots}"/>'
    assert draw_totals(BOX, slots(*totals)) == expected


def test_line_of_shared_days() -> None:
    """The total of several days is above the last of them."""
    assert '<path class="l" d="M67 50L127 20"/>' in draw_totals(BOX, slots(1, 4, each=10))


def test_line_of_large_totals() -> None:
    """If the axis begins far from zero, heights do too."""
    assert '<path class="l" d="M40 60L100 20"/>' in draw_totals(BOX, slots(600, 800))


@pytest.mark.parametrize(
    ("totals", "axis"),
    [
        ((26, 80), "0 50 100"),
        ((27, 80), "20 40 60 80"),
        ((26, 26), "0 10 20 30"),
        ((0, 3), "0 1 2 3"),
        ((600, 800), "600 700 800"),
    ],
)
def test_axis_of_totals(totals: tuple[int, ...], axis: str) -> None:
    """The axis begins at zero unless the lowest total is more than a third of the highest."""
    assert " ".join(findall(">([0-9]+)<", draw_totals(BOX, slots(*totals)))) == axis


@pytest.mark.parametrize(
    ("counts", "each", "bars"),
    [
        ((4, None, 0, 2), 1, {"d": "M25 60V20M85 60V59", "d p": "M115 60V40"}),
        ((4, None, 2, None), 1, {"d": "M25 60V20M85 60V40"}),
        ((4,), 1, {"d p": "M70 60V20"}),
        ((4, 1), 10, {"d": "M40 60V20M100 60V50"}),
    ],
)
def test_bars(counts: tuple[int | None, ...], each: int, bars: dict[str, str]) -> None:
    """A bar is above the middle of its days; a last bar of a single known day is paler."""
    paths = [f'<path class="{style}" stroke-width="12" d="{path}"/>' for style, path in bars.items()]
    assert draw_daily(BOX, slots(*counts, each=each)) == AXIS + "".join(paths)


@pytest.mark.parametrize(
    ("days", "each", "width"),
    [(2, 1, "12"), (7, 1, "12"), (8, 1, "10.5"), (30, 1, "2.8"), (90, 1, "0.9"), (30, 10, "2.8")],
)
def test_bars_have_room(days: int, each: int, width: str) -> None:
    """Bars leave a gap between them, and a few bars are not broad."""
    assert findall('stroke-width="(.*?)"', draw_daily(BOX, slots(*[1] * days, each=each)))[0] == width


@pytest.mark.parametrize(
    ("days", "marks", "texts"),
    [
        (1, "M70 60v4", ["70:m:22 Nov"]),
        (3, "M30 60v4M70 60v4M110 60v4", ["30:m:20 Nov", "70:m n:21 Nov", "110:m:22 Nov"]),
        (5, "M22 60v4M70 60v4M118 60v4", ["10::18 Nov", "70:m n:20 Nov", "130:e:22 Nov"]),
    ],
)
def test_dates(days: int, marks: str, texts: list[str]) -> None:
    """Dates are below their marks and within the plot; a middle one is hidden on narrow screens."""
    path, *written = findall("<.*?>[^<]*(?:</text>)?", draw_dates(BOX, slots(*[1] * days)))
    assert path == f'<path d="{marks}"/>'
    found = [findall('<text x="(.*?)" y="78"(?: class="(.*)")?>(.*)</text>', text) for text in written]
    assert [":".join(*text) for text in found] == texts


def test_unknown() -> None:
    """If nothing is known, the middle of the plot says so."""
    text = '<text x="70" y="44" class="m">unknown</text>'
    assert draw_totals(BOX, slots(None)) == draw_daily(BOX, slots(None, None)) == text
