import re
from collections.abc import Sequence
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from backage.models.history import Downloads, PackageDay
from backage.render.site.chart import render_chart
from tests.render.documents import AWKWARD, SVG, read_svg, texts

LAST = date(2026, 11, 22)
COLUMNS = 3


def history(totals: Sequence[int | None], daily: Sequence[int | None] | None = None) -> list[PackageDay]:
    """Return days up to the last with these totals; daily downloads follow from them if not given."""
    if daily is None:
        before = [totals[0] if totals else None, *totals[:-1]]
        daily = [
            None if now is None or then is None else max(0, now - then)
            for now, then in zip(totals, before, strict=True)
        ]
    return [
        PackageDay(LAST - timedelta(days=len(totals) - 1 - place), Downloads(total, None, None, day))
        for place, (total, day) in enumerate(zip(totals, daily, strict=True))
    ]


def draw(days: Sequence[PackageDay], title: str = "Acme/tools/widget") -> ET.Element:
    """Draw a chart and parse it."""
    return read_svg(render_chart(title, days))


def paths(root: ET.Element, style: str) -> list[str]:
    """Return the paths of a style, column by column."""
    return [path.get("d") or "" for path in root.iter(f"{SVG}path") if path.get("class") == style]


def numbers(path: str) -> list[float]:
    """Return all numbers of a path."""
    return [float(found) for found in re.findall(r"[0-9]+(?:\.[0-9]+)?", path)]


def heights(path: str) -> list[float]:
    """Return the height of each bar of a path."""
    bars = re.findall(r"M[0-9.]+ ([0-9.]+)V([0-9.]+)", path)
    return [float(bottom) - float(top) for bottom, top in bars]


def test_whole_chart() -> None:
    """A chart has its title, the total, what was added, and dates and numbers at its axes."""
    root = draw(history([1000 + 10 * place for place in range(200)]))
    assert root[0].text == "Downloads of Acme/tools/widget"
    assert root[1].text == "2.9k downloads in total on 22 Nov 2026. 30 days: 300 more. 90 days: 900 more."
    written = texts(root)
    assert written[:2] == ["Acme/tools/widget", "2.9k downloads by 22 Nov 2026"]
    for text in ("30 days: +300", "90 days: +900", "since 7 May 2026"):
        assert written.count(text) == 1
    assert written.count("total downloads") == COLUMNS
    assert [text for text in written if text.startswith("daily")] == [
        "daily downloads",
        "daily downloads",
        "daily downloads (mean of 2 days)",
    ]
    for text in ("2.7k", "3k", "10", "2 Nov", "22 Nov", "1 Sep", "1 Jul"):
        assert text in written


def test_places_of_texts() -> None:
    """Title and total are above three columns that are alike, and each text has its style."""
    root = draw(history([1000 + 10 * place for place in range(200)]))
    written = [
        " ".join((element.get("x") or "", element.get("y") or "", element.get("class") or "-", text))
        for element, text in zip(root.iter(f"{SVG}text"), texts(root), strict=True)
    ]
    assert written[:5] == [
        "16 32 b h Acme/tools/widget",
        "784 32 e 2.9k downloads by 22 Nov 2026",
        "58 62 b 30 days: +300",
        "58 88 - total downloads",
        "52 174 y n 2.7k",
    ]
    assert [text for text in written if " b " in text or "daily" in text][2:] == [
        "58 198 - daily downloads",
        "314 62 b 90 days: +900",
        "314 198 - daily downloads",
        "570 62 b since 7 May 2026",
        "570 198 - daily downloads (mean of 2 days)",
    ]
    assert written[-3:] == ["626.1 282 m 1 Jul", "688.7 282 m n 1 Sep", "750.3 282 m 1 Nov"]
    (frame,) = root.iter(f"{SVG}rect")
    assert frame.attrib == {"class": "g", "x": ".5", "y": ".5", "width": "799", "height": "295", "rx": "6"}


@pytest.mark.parametrize(
    ("totals", "heading", "sentence"),
    [
        ([5] * 31, "30 days: +0", " 30 days: 0 more."),
        ([5] * 30 + [6], "30 days: +1", " 30 days: 1 more."),
        ([6] * 30 + [5], "30 days", ""),
        ([None] + [5] * 30, "30 days", ""),
        ([5] * 30 + [None], "30 days", ""),
    ],
)
def test_growth(totals: list[int | None], heading: str, sentence: str) -> None:
    """The growth is written if both totals are known and the later is not smaller."""
    root = draw(history(totals, [1] * 31))
    assert texts(root)[2] == heading
    assert (root[1].text or "").partition(" on 22 Nov 2026.")[2] == sentence


def test_bars_and_line() -> None:
    """A bar's height is its count, the line goes through every day, and the last bar is separate."""
    root = draw(history([100, 110, 130, 130, 140], [10, 10, 20, 0, 10]))
    whole, last = paths(root, "d")[-1], paths(root, "d p")[-1]
    assert heights(whole) == [28, 28, 56, 1]
    assert heights(last) == [28]
    line = paths(root, "l")[-1]
    assert line.count("L") == 4
    ups = numbers(line)[1::2]
    assert ups == sorted(ups, reverse=True)


def test_unknown_days_are_gaps() -> None:
    """An unknown day has no bar and breaks the line; a day between two unknown ones is a dot."""
    known: list[int | None] = [100] * 30
    known[10:12] = [None, None]
    known[13] = None
    root = draw(history(known, known))
    line, dots = paths(root, "l")[0], paths(root, "o")[0]
    assert line.count("M") == 2
    assert line.count("M") + line.count("L") == 30 - 4
    assert dots.count("h0") == 2
    assert len(heights(paths(root, "d")[0])) == 30 - 3 - 1


def test_missing_days_are_gaps() -> None:
    """A day that the history lacks is a gap too; days are in the order of their dates."""
    days = history([100, 110, 120, 130, 140])
    assert render_chart("x", days) == render_chart("x", days[::-1])
    without = draw([*days[:2], *days[3:]])
    assert paths(without, "l")[-1].count("M") == 2


def test_zero_is_no_gap() -> None:
    """A day without downloads has a bar of one pixel, so that it differs from an unknown day."""
    root = draw(history([0] * 40))
    assert heights(paths(root, "d")[0]) == [1] * 29
    assert "0 downloads by 22 Nov 2026" in texts(root)


@pytest.mark.parametrize("days", [[], history([None] * 40)], ids=["none", "unknown"])
def test_nothing_known(days: list[PackageDay]) -> None:
    """If no number is known, the chart says so and draws nothing."""
    root = draw(days)
    assert texts(root) == ["Acme/tools/widget", "Nothing is known of its downloads yet."]
    assert not list(root.iter(f"{SVG}path"))
    assert [text.attrib for text in root.iter(f"{SVG}text")][1] == {"x": "400", "y": "148", "class": "m"}


def test_one_day() -> None:
    """A history of one day is a dot and a bar."""
    root = draw(history([7], [3]))
    assert paths(root, "l") == [""] * COLUMNS
    assert [path.count("h0") for path in paths(root, "o")] == [1] * COLUMNS
    assert [len(heights(path)) for path in paths(root, "d p")] == [1] * COLUMNS
    assert "30 days" in texts(root)


def test_only_totals() -> None:
    """If no daily number is known, the plots of daily downloads say so; totals are drawn."""
    root = draw(history([5, 6, 7], [None] * 3))
    assert texts(root).count("unknown") == COLUMNS
    assert all(paths(root, "l"))


def test_only_daily() -> None:
    """If no total is known, none is written."""
    root = draw(history([None] * 3, [5, 6, 7]))
    assert "downloads by 22 Nov 2026" in texts(root)
    assert texts(root).count("unknown") == COLUMNS
    assert "unknown" in (root[1].text or "")


def test_falling_totals() -> None:
    """A falling total is drawn as it is, without growth."""
    root = draw(history([5000 - 40 * place for place in range(61)]))
    for line in paths(root, "l"):
        downs = numbers(line)[1::2]
        assert downs == sorted(downs)
    assert "30 days" in texts(root)


def test_ends_at_the_last_known_day() -> None:
    """Unknown days at the end are not shown."""
    known = history([5, 6, 7])
    assert render_chart("x", [*known, PackageDay(LAST + timedelta(days=1))]) == render_chart("x", known)


def test_ten_years_are_few_bytes() -> None:
    """A long history stays a small chart: several days share a bar, which is their mean."""
    long = history([place * 1000 for place in range(3650)], [1000] * 3649 + [None])
    data = render_chart("Acme/tools/widget", long)
    assert len(data) < 12_000
    root = read_svg(data)
    assert "daily downloads (mean of 37 days)" in texts(root)
    bars = heights(paths(root, "d")[-1])
    assert len(bars) <= 100
    assert set(bars) == {56}
    assert paths(root, "l")[-1].count("L") <= 100


def test_shared_bars_of_few_downloads() -> None:
    """The mean of a few days is exact: one download in four days is a quarter, not zero."""
    bars = heights(paths(draw(history([0] * 400, [1, 0, 0, 0] * 100)), "d")[-1])
    assert set(bars[1:-1]) == {14}


def test_shared_bars_stay_from_day_to_day() -> None:
    """Days are grouped by the calendar, so that bars keep their heights on the next day."""
    counts = [place % 97 for place in range(390)]
    days = history(counts, counts)
    tomorrow = [*days, PackageDay(LAST + timedelta(days=1), Downloads(400, day=1))]
    before, after = (heights(paths(draw(known), "d")[-1]) for known in (days, tomorrow))
    assert before[:97] == after[:97]
    assert len(set(before)) > 20


def test_a_shared_bar_begins_with_the_calendar() -> None:
    """Of four days in a bar, the first has an ordinal that is divisible by four."""
    counts = [(LAST - timedelta(days=399 - place)).toordinal() // 4 % 2 for place in range(400)]
    bars = heights(paths(draw(history([5] * 400, counts)), "d")[-1])
    assert set(bars) == {1, 56}


def test_numbers_lie_within_the_frame() -> None:
    """Nothing is drawn outside the frame, for any numbers."""
    for totals in ([0, 10**12], [1], [999_950, 999_960], [3] * 400, list(range(90))):
        root = draw(history(totals))
        for style in ("l", "o", "d", "d p"):
            for path in paths(root, style):
                places = numbers(path.replace("h0", ""))
                assert all(0 <= place <= 800 for place in places)


@pytest.mark.parametrize("title", AWKWARD)
def test_awkward_titles(title: str) -> None:
    """Any package name gives valid XML, and the accessible title has all of it."""
    root = draw(history([5, 6, 7]), title)
    shown = texts(root)[0]
    assert not set(shown) & set("\n\r\0\x1b\u202e\ud800")
    full = root[0].text or ""
    assert full.startswith("Downloads of")
    assert len(shown) <= 110
    if len(title) >= 200:
        assert shown.endswith("…")
        assert title in full


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("-" * 64, "-" * 64),
        ("-" * 65, "-" * 62 + "…"),
        ("a" + "\u0301" * 319, "a" + "\u0301" * 319),
        ("a" + "\u0301" * 320, "a" + "\u0301" * 319 + "…"),
    ],
)
def test_long_titles_are_cut(title: str, shown: str) -> None:
    """A title that fits stays whole; a longer one ends in an ellipsis that fits too."""
    assert texts(draw(history([5]), title))[0] == shown


def test_light_and_dark() -> None:
    """The colours follow the reader's system, and a narrow picture has larger letters."""
    style = draw(history([1, 2])).findtext(f"{SVG}style") or ""
    assert "@media(prefers-color-scheme:dark)" in style
    assert "@media(max-width:" in style
    assert style.count("{") == style.count("}")


def test_same_values_same_bytes() -> None:
    """The same history gives the same bytes."""
    days = history([5, 6, None, 8] * 50)
    assert render_chart("x", days) == render_chart("x", list(days))
    assert render_chart("x", days).endswith(b"</svg>\n")
