"""Turn counts into what the page shows: names, links, shares and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backage.render.format import UNKNOWN
from backage.store.counters.board import Choice
from backage.urls import plain
from backage.webhook.view import LONGEST_TEXT

MOST_SHARES = 6
"""Rows of a table of shares. The last one may be all others."""

SHARES = {"repositories": "By repository", "files": "By file", "kinds": "By kind"}
OTHERS = "all others"
NO_REPOSITORY = "no repository"
NO_FILE = "counted before by version"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list: its name, the text below it, its counts, and the query of its link."""

    name: str
    below: str
    values: Mapping[str, Any]
    leads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Day:
    """A day's downloads and the total at its end; None if unknown."""

    day: date
    count: int | None
    total: int | None


def make_row(by: str, row: Mapping[str, Any]) -> Row:
    """Return a row of a group with its name and link."""
    if by == "files":
        name, below = _name_file(row)
        return Row(name, below, row, {"search": row["path"]} if 0 < len(row["path"]) <= LONGEST_TEXT else {})
    if by == "packages":
        return Row(plain(row["package"]), row["owner"], row, {"by": "files", "search": row["package"]})
    if by == "repositories":
        leads = {"by": "files", "repository": row["repository"], "owner": row["owner"]}
        return Row(plain(row["repository"]) or NO_REPOSITORY, row["owner"], row, leads)
    return Row(row["kind"], "", row, {"by": "files", "kind": row["kind"]})


def _name_file(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return a file's name and folder; the whole path as name if its last part may be no file name."""
    path = row["path"]
    if not path:
        return f"{plain(row['package'])} {row['version'] or ''}".strip(), NO_FILE
    folder, _, name = path.rpartition("/")
    return (path, "") if row["kind"] == "other" or not name else (name, folder)


def make_shares(by: str, top: Sequence[Mapping[str, Any]], whole: int) -> list[tuple[Row, str]]:
    """Return a group's largest rows, then all others as one row, each with its share of the whole."""
    rows = [make_row(by, row) for row in top if row["downloads"]]
    if sum(row.values["downloads"] for row in rows) < whole:
        rows = rows[: MOST_SHARES - 1]
    rest = whole - sum(row.values["downloads"] for row in rows)
    rows += [Row(OTHERS, "", {"downloads": rest}, {})] if rest else []
    return list(zip(rows, format_percents([row.values["downloads"] for row in rows]), strict=True))


def format_percents(counts: Sequence[int]) -> list[str]:
    """Format the shares of counts above zero in percent. They add up to 100, by the largest remainder.

    A share below one percent is `<1 %`, and one that is not the whole is not 100 %.
    """
    whole = sum(counts)
    percents = [100 * count // whole for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda place: 100 * counts[place] % whole, reverse=True)
    for place in by_remainder[: 100 - sum(percents)]:
        percents[place] += 1
    inexact = {0: "<1 %", 100: ">99 %"} if len(counts) > 1 else {}
    return [inexact.get(percent, f"{percent} %") for percent in percents]


def list_days(
    counts: Mapping[date, int],
    begin: date | None,
    choice: Choice,
    today: date,
    since: date | None,
    everything: int | None = None,
) -> list[Day]:
    """Return each chosen day. `counts` may go on after the last of them, up to today.

    Days before `since` are unknown, because their downloads are part of a baseline. Totals are computed back
    from `everything`, the total at the end of today; without it they are unknown.
    """
    if begin is None:
        return []
    first, last = max(begin, choice.since or begin), choice.last(today)
    total = (everything or 0) - sum(count for day, count in counts.items() if day > last)
    days = []
    for number in range(last.toordinal(), first.toordinal() - 1, -1):
        day = date.fromordinal(number)
        count = counts.get(day, 0)
        is_known = since is None or day >= since
        end = total if is_known and everything is not None else None
        days.append(Day(day, count if is_known else None, end))
        total -= count
    return days[::-1]


def exact(number: int | None) -> str:
    """Format a number with thousands separators."""
    return UNKNOWN if number is None else f"{number:,}"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Format a number of things."""
    return f"{exact(number)} {thing if number == 1 else things or f'{thing}s'}"


def column(days: Sequence[Day], name: str) -> str:
    """Format a field of days for the script of the chart."""
    values = [getattr(day, name) for day in days]
    return " ".join("-" if value is None else str(value) for value in values)
