import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from backage.models.history import Downloads, Package, PackageDay
from backage.render.package import render_head
from backage.render.site.badge import COLORS
from backage.render.site.links import LABELS
from backage.render.site.scripts import (
    Entry,
    cut_versions,
    last_counts,
    render_data,
    render_list,
    render_palette,
    week_change,
)
from backage.render.table import read_table, render_table
from tests.render.examples import TODAY, VERSIONS, shown

COUNTS = (5,) * 29 + (0,)


def entry(name: str = "widget", counts: tuple[int | None, ...] = COUNTS, path: str = "") -> Entry:
    """Return a package as the site knows it."""
    given = shown(package=Package("npm", name, "tools"))
    return Entry(given, render_head(given, VERSIONS), path or f"Acme/tools/{name}", counts)


def value_of(script: bytes) -> Any:
    """Return the value that a script passes on."""
    text = script.decode()
    return json.loads(text[text.index("(") + 1 : text.rindex(");")])


def test_data_of_a_page() -> None:
    """The data of a package's page has the names that its scripts use."""
    head = {**entry().head, "raw_versions_omitted": 7}
    days = [PackageDay(date(1970, 1, 11), Downloads(5, day=2))]
    version = replace(VERSIONS[0], tags=("1.2.3",), sizes={"arm64": 6})
    written = render_data(replace(entry(), head=head), days, [version])
    assert written.startswith(b'"use strict";\nbackage.add({"path":')
    assert written.endswith(b"});\n")
    value = value_of(written)
    assert value.pop("badges").keys() == set(LABELS)
    assert value == {
        "path": "Acme/tools/widget",
        "days": [10],
        "total": [5],
        "daily": [2],
        "count": 1,
        "omitted": 7,
        "versions": [[30, "sha256:bbb", ["1.2.3"], 3039, 999, 0, None, 36_803, {"arm64": 6}, "2026-11-20"]],
    }
    assert value_of(render_data(entry(), [], ()))["omitted"] == 0


def test_no_name_ends_a_script() -> None:
    """Any name is a string of JavaScript with the same text."""
    hostile = "</script><!--\u2028\u2029&"
    version = replace(VERSIONS[0], tags=(hostile,))
    written = render_data(entry(), [], [version])
    assert not set("<>&\u2028\u2029") & set(written.decode())
    assert value_of(written)["versions"][0][2] == [hostile]


def test_the_list_has_a_row_for_each_package() -> None:
    """The last 30 days are digits; the path is left out if it follows from the names."""
    written = render_list([entry(), entry(path="Acme/tools/widget@npm")])
    assert written.startswith(b'"use strict";\nbackage.list([[')
    rows = value_of(written)
    assert rows[0] == ["Acme", "tools", "widget", "npm", 570_175_446, 1043, 0, 325_091_847, "9" * 29 + "0", 0]
    assert rows[1][10:] == ["Acme/tools/widget@npm"]


def test_unknown_days_are_not_zeros() -> None:
    """An unknown day is a dash or null; a day without downloads is 0."""
    days = [PackageDay(TODAY - timedelta(days=2), Downloads(7, day=0)), PackageDay(TODAY, Downloads(9))]
    counts = last_counts(days)
    assert (len(counts), counts[-3:]) == (30, (0, None, None))
    assert value_of(render_list([entry(counts=counts)]))[0][8] == "-" * 27 + "0--"
    assert value_of(render_list([entry(counts=last_counts(()))]))[0][8] == "-" * 30
    data = value_of(render_data(entry(), days, ()))
    assert (data["total"], data["daily"]) == ([7, 2], [0, None])
    assert data["days"][1] == 2


def test_palette() -> None:
    """The palette has the colours by name, and the width of each ASCII character from the space on."""
    colors, widths = (line.partition(" = ") for line in render_palette().decode().splitlines()[1:])
    assert (colors[0], widths[0]) == ("backage.colors", "backage.widths")
    assert json.loads(colors[2].removesuffix(";")) == COLORS
    numbers = json.loads(widths[2].removesuffix(";"))
    assert (len(numbers), numbers[0], numbers[-1]) == (95, 3.87, 9)
    assert round(sum(numbers[ord(letter) - 32] for letter in "downloads"), 2) == 58.38


def test_texts_of_badges() -> None:
    """Our badge has its unit in the number; a dynamic one in the label, because it shows a bare key."""
    badges = value_of(render_data(entry(), [], VERSIONS))["badges"]
    assert badges["downloads_month"] == ["downloads", "1k/month", "brightgreen", "downloads/month", "1k"]
    assert badges["latest"][3:] == ["latest", "1.2.3"]


def test_days_and_totals_are_differences() -> None:
    """Each number is the difference from the known one before it; unknown numbers are skipped."""
    totals = [7, None, 9, 8]
    days = [PackageDay(date(1970, 1, 3 + place), Downloads(total)) for place, total in enumerate(totals)]
    data = value_of(render_data(entry(), days, ()))
    assert data["days"] == [2, 1, 1, 1]
    assert data["total"] == [7, None, 2, -1]


def test_the_trend_compares_whole_weeks() -> None:
    """Today is left out. There is no trend if a day is unknown or the week before had no downloads."""
    assert week_change((*[0] * 15, *[2] * 7, *[3] * 7, 99)) == 50
    assert week_change((*[0] * 15, *[1] * 7, *[18] * 7, 0)) == 1700
    assert week_change((*[0] * 15, *[2] * 7, *[7] * 7, 0)) == 250
    assert week_change((*[0] * 15, *[100] * 7, *[1099] * 7, 0)) == 999
    assert week_change((*[0] * 15, *[2] * 7, *[37] * 7, 0)) == 1700
    assert week_change((*[0] * 22, *[3] * 7, 0)) is None
    assert week_change((*[1] * 20, None, *[1] * 9)) is None


def test_omitted_versions_are_counted() -> None:
    """The latest version stays, however old it is."""
    old = [replace(VERSIONS[1], id=number) for number in (6, 5, 4)]
    latest = replace(VERSIONS[0], id=3)
    head, kept = cut_versions({}, [*old, latest], 1)
    assert [version.id for version in kept] == [6, 3]
    assert head == {"raw_versions_omitted": 2}
    assert cut_versions({}, old, 3) == ({}, old)


def test_a_written_table_is_read_back() -> None:
    """The page draws what the CSV has; impossible dates are skipped."""
    days = [PackageDay(date(2026, 1, 1), Downloads(1, 2, None, 4), None, 6, 7)]
    table = render_table(days, b"2025-02-30,1,,,,,,\n2025-02-28,1,,,,,,\n")
    assert read_table(table) == [PackageDay(date(2025, 2, 28), Downloads(1)), *days]
