from __future__ import annotations

from datetime import date

from backage.models import Downloads, PackageDay
from backage.render import render_table

HEADER = "date,downloads,downloads_month,downloads_week,downloads_day,size,versions,tagged\n"
DAYS = (
    PackageDay(date(2026, 11, 20), Downloads(570_175_446, 1043, 50, 0), 325_091_847, 2, 1),
    PackageDay(date(2026, 11, 21), Downloads(570_175_450, None, None, 4)),
    PackageDay(date(2026, 11, 23)),
)
LINES = "2026-11-20,570175446,1043,50,0,325091847,2,1\n2026-11-21,570175450,,,4,,,\n2026-11-23,,,,,,,\n"
OLDER = "2025-01-01,17,,,,,,\n2026-11-19,570175440,1000,49,3,325091847,2,1\n"


def test_whole_file() -> None:
    """One line a day with exact numbers, oldest first; unknown is empty, and 0 is not."""
    assert render_table(DAYS).decode() == HEADER + LINES


def test_no_days() -> None:
    """Without a day there is the header alone."""
    assert render_table([]).decode() == HEADER


def test_older_lines_are_kept() -> None:
    """Published lines from before the history stay as they are."""
    assert render_table(DAYS, HEADER + OLDER).decode() == HEADER + OLDER + LINES
    assert render_table([], HEADER + OLDER).decode() == HEADER + OLDER


def test_lines_within_the_history_are_not_kept() -> None:
    """From its first day on the history decides, over gaps and later days too."""
    published = OLDER + "2026-11-20,1,,,,,,\n2026-11-22,2,,,,,,\n2026-11-24,3,,,,,,\n"
    assert render_table(DAYS, HEADER + published).decode() == HEADER + OLDER + LINES


def test_written_twice() -> None:
    """Writing a file over itself changes nothing."""
    once = render_table(DAYS, HEADER + OLDER)
    assert render_table(DAYS, once.decode()) == once
    assert render_table(DAYS[1:], once.decode()) == once


def test_what_is_no_line_is_dropped() -> None:
    """Headers, blank lines and what a merge left behind are not taken for days, whatever ends a line."""
    published = "\ufeff" + HEADER + "\n<<<<<<< ours\n" + OLDER + "=======\n>>>>>>> theirs\n"
    assert render_table(DAYS, published.replace("\n", "\r\n")).decode() == HEADER + OLDER + LINES
