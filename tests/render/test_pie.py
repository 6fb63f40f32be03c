from math import hypot
from re import findall
from xml.etree import ElementTree as ET

import pytest

from backage.render.pie import MOST, cut_pie, draw_pie, format_percent


def told(parts: list[tuple[str, int]], whole: int) -> list[tuple[str, str, int, str]]:
    """Cut a pie, and give what stands in its table."""
    return [(part.letter, part.name, part.count, part.percent) for part in cut_pie(parts, whole)]


@pytest.mark.parametrize(
    ("parts", "whole", "expected"),
    [
        ([], 0, []),
        ([("a", 0)], 0, []),
        ([("a", 5)], 5, [("A", "a", 5, "100 %")]),
        ([("a", 5), ("b", 3), ("c", 0)], 8, [("A", "a", 5, "62 %"), ("B", "b", 3, "37 %")]),
        ([("a", 5)], 8, [("A", "a", 5, "62 %"), ("B", "all others", 3, "37 %")]),
        ([("a", 999), ("b", 1)], 1000, [("A", "a", 999, "99 %"), ("B", "b", 1, "<1 %")]),
    ],
)
def test_slices_have_letters_and_shares(
    parts: list[tuple[str, int]], whole: int, expected: list[tuple[str, str, int, str]]
) -> None:
    """Shares are cut, and together the slices are the whole."""
    assert told(parts, whole) == expected


def test_what_has_no_slice_of_its_own_is_one() -> None:
    """Six parts that are all have a slice each; where there are more, the sixth is all others."""
    six = [(name, 10 - place) for place, name in enumerate("abcdef")]
    whole = sum(count for _, count in six)
    assert [part.name for part in cut_pie(six, whole)] == list("abcdef")
    cut = cut_pie(six, whole + 4)
    assert [part.name for part in cut] == [*"abcde", "all others"]
    assert [part.is_rest for part in cut] == [False] * (MOST - 1) + [True]
    assert sum(part.count for part in cut) == whole + 4


@pytest.mark.parametrize(
    ("count", "whole", "text"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (29, 100, "29 %"), (1, 101, "<1 %"), (10**15, 10**15, "100 %")],
)
def test_percent(count: int, whole: int, text: str) -> None:
    """Cut in whole numbers; little is not nothing."""
    assert format_percent(count, whole) == text


def test_wedges_follow_each_other_around() -> None:
    """Each begins where the last ended, the first at the top, and all ends are on the circle."""
    drawn = draw_pie(cut_pie([("a", 50), ("b", 30), ("c", 20)], 100), "By name")
    paths = findall(r'd="M0 0L(\S+) (\S+)A100 100 0 ([01]) 1 (\S+) (\S+)Z"', drawn)
    ends = [(tuple(map(float, path[:2])), tuple(map(float, path[3:]))) for path in paths]
    assert ends[0][0] == (0, -100)
    assert [start for start, _ in ends[1:]] == [end for _, end in ends[:-1]]
    assert ends[-1][1] == (0, -100)
    assert all(abs(hypot(*point) - 100) < 0.02 for pair in ends for point in pair)
    assert findall("d=.M0 0L[^A]*A100 100 0 ([01])", draw_pie(cut_pie([("a", 60), ("b", 40)], 100), "")) == [
        "1",
        "0",
    ]


def test_whole_pies() -> None:
    """Each slice has its class, its title and its letter in its middle."""
    start = '<svg class="pie" viewBox="-102 -102 204 204" role="img"'
    assert draw_pie(cut_pie([("a", 50), ("b", 25), ("c", 25)], 100), "By name") == (
        f'{start} aria-label="By name: A a 50 %, B b 25 %, C c 25 %"><g class="p1"><title>a: 50, 50 %</title>'
        '<path d="M0 0L0 -100A100 100 0 0 1 0 100Z"/><text x="76" y="0">A</text></g>'
        '<g class="p2"><title>b: 25, 25 %</title><path d="M0 0L0 100A100 100 0 0 1 -100 0Z"/>'
        '<text x="-53.74" y="53.74">B</text></g><g class="p3"><title>c: 25, 25 %</title>'
        '<path d="M0 0L-100 0A100 100 0 0 1 0 -100Z"/><text x="-53.74" y="-53.74">C</text></g></svg>'
    )
    assert draw_pie(cut_pie([("a", 1200)], 1200), "By name") == (
        f'{start} aria-label="By name: A a 100 %"><g class="p1"><title>a: 1,200, 100 %</title>'
        '<circle r="100"/><text x="0" y="0">A</text></g></svg>'
    )


def test_a_pie_of_one_is_a_circle() -> None:
    """An arc from a point to itself would be none."""
    assert "<circle" in draw_pie(cut_pie([("a", 3)], 3), "By name")
    assert draw_pie([], "By name") == ""


def test_a_small_slice_has_no_letter_in_it() -> None:
    """It would cover its neighbours; the table has it."""
    drawn = [draw_pie(cut_pie([("a", 1000 - count), ("b", count)], 1000), "") for count in (44, 45)]
    assert [findall("<text[^>]*>(.)", pie) for pie in drawn] == [["A"], ["A", "B"]]
    assert drawn[0].endswith('Z"/></g></svg>')


def test_names_are_text() -> None:
    """In the title of a slice, and in what the picture says."""
    name = "</script><script>\"'&\x00\u202e"
    root = ET.fromstring(draw_pie(cut_pie([(name, 1)], 2), name))  # noqa: S314 (our own)
    assert [child.tag for child in root] == ["g", "g"]
    shown = "</script><script>\"'&\ufffd"
    assert root.attrib["aria-label"] == f"{shown}: A {shown} 50 %, B all others 50 %"
    assert root[0][0].text == f"{shown}: 1, 50 %"
