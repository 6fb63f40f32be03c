from collections.abc import Sequence
from datetime import date

from backage.models.history import Downloads, PackageDay
from backage.render.table import render_table

HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged\n"
DAYS = (
    PackageDay(date(2026, 11, 20), Downloads(570_175_446, 1043, 50, 0), 325_091_847, 2, 1),
    PackageDay(date(2026, 11, 21), Downloads(570_175_450, None, None, 4)),
    PackageDay(date(2026, 11, 23)),
)
LINES = "2026-11-20,570175446,1043,50,0,325091847,2,1\n2026-11-21,570175450,,,4,,,\n2026-11-23,,,,,,,\n"
OLDER = "2025-01-01,17,,,,,,\n2026-11-18,570175440,1000,49,3,325091847,2,1\n2026-11-19,,,,,325091847,2,1\n"


def table(days: Sequence[PackageDay], published: str = "") -> str:
    """Return the text of a table."""
    return render_table(days, published.encode()).decode()


def test_whole_file() -> None:
    """There is one line a day with exact numbers, oldest first; unknown is empty, and 0 is 0."""
    assert table(DAYS) == HEADER + LINES


def test_no_days() -> None:
    """Without days there is only the header."""
    assert table([]) == HEADER


def test_older_lines_are_kept() -> None:
    """Published lines from before the history stay as they are."""
    assert table(DAYS, HEADER + OLDER) == HEADER + OLDER + LINES
    assert table([], HEADER + OLDER) == HEADER + OLDER


def test_published_values_are_kept() -> None:
    """An outdated history, or one with a gap, removes nothing from the file."""
    published = OLDER + "2026-11-20,1,2,3,4,5,6,7\n2026-11-22,2,,,,,,\n2026-11-24,3,,,,,,\n"
    mine, *others = LINES.splitlines(keepends=True)
    kept = ["2026-11-22,2,,,,,,\n", others[1], "2026-11-24,3,,,,,,\n"]
    expected = "".join([HEADER, OLDER, mine, others[0], *kept])
    assert table(DAYS, HEADER + published) == expected
    gap = (PackageDay(date(2026, 11, 20)), *DAYS[1:])
    assert table(gap, "2026-11-20,1,2,3,4,5,6,7\n2026-11-22,2,,,,,,\n") == (
        HEADER + "2026-11-20,1,2,3,4,5,6,7\n" + others[0] + "2026-11-22,,,,,,,\n" + others[1]
    )


def test_a_last_line_of_an_unfinished_day_loses_its_downloads() -> None:
    """The last published line is of an unfinished day: its downloads go if the history goes on."""
    line = "2026-11-19,570175440,1000,49,3,325091847,2,1\n"
    assert table(DAYS, line) == HEADER + "2026-11-19,,,,,325091847,2,1\n" + LINES
    assert table((), line) == HEADER + line
    day = PackageDay(date(2026, 11, 19), Downloads(570_175_444))
    assert table((day, *DAYS), line) == (HEADER + "2026-11-19,570175444,,,,325091847,2,1\n" + LINES)


def test_an_unknown_day_keeps_its_line() -> None:
    """A day without a total in the history keeps its published line, even among the last days."""
    kept = LINES.replace("2026-11-23,,,,,,,", "2026-11-23,9,9,9,9,9,9,9")
    assert table(DAYS, "2026-11-23,9,9,9,9,9,9,9\n") == HEADER + kept


def test_invalid_lines_are_not_kept() -> None:
    """The file is sorted and has each date once and nothing else."""
    published = "1;DROP\n2026-11-01,1,,,,,,,\n2026-11-02,=1,,,,,,\n2026-11-04,4,,,,,,\n2026-11-03,3,,,,,,\n"
    expected = HEADER + "2026-11-03,3,,,,,,\n2026-11-04,4,,,,,,\n"
    assert table([], published) == expected


def test_written_twice() -> None:
    """Writing a file over itself changes nothing."""
    once = table(DAYS, HEADER + OLDER)
    assert table(DAYS, once) == once
    assert table(DAYS[1:], once) == once


def test_other_lines_are_dropped() -> None:
    """Headers, blank lines and remains of a merge are not days, with any line ends."""
    published = "\ufeff" + HEADER + "\n<<<<<<< ours\n" + OLDER + "=======\n>>>>>>> theirs\n"
    assert table(DAYS, published.replace("\n", "\r\n")) == HEADER + OLDER + LINES


def test_only_the_last_two_days_are_replaced_whole() -> None:
    """A published value of an earlier day stays where the history has none."""
    days = [PackageDay(date(2026, 11, day), Downloads(day)) for day in (20, 21, 22)]
    published = "".join(f"2026-11-{day},1,2,3,4,5,6,7\n" for day in (20, 21, 22))
    assert table(days, published) == (
        HEADER + "2026-11-20,20,2,3,4,5,6,7\n2026-11-21,21,,,,,,\n2026-11-22,22,,,,,,\n"
    )


def test_invalid_utf_8_is_no_day() -> None:
    """Bytes that are not UTF-8 spoil their own line only."""
    assert render_table([], b"2026-11-01,1\xff,,,,,,\n2026-11-02,2,,,,,,\n").decode() == (
        HEADER + "2026-11-02,2,,,,,,\n"
    )
