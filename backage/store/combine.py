"""Combine two accounts of the same numbers: pure, and idempotent.

Counters only grow, so the higher of two totals for one day was seen later. What one account lacks comes from
the other. An unknown value never replaces a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from backage.models.history import ONE_DAY, Downloads, PackageDay

Row = tuple[int, int | None, int | None, int | None, int | None, int]
"""A row of `version_day`: day, total, month, week, day, source. It holds until the next row."""

_NOTHING: Row = (0, None, None, None, None, 0)


def combine_days(
    mine: Iterable[PackageDay],
    my_settled: date | None,
    theirs: Iterable[PackageDay],
    their_settled: date | None,
) -> list[PackageDay]:
    """Combine two accounts of a package's days; return all days from first to last, without a gap.

    A settled, known day always wins over a day that was read before it ended.
    """
    days = {entry.day: entry for entry in mine}
    for entry in theirs:
        known = days.get(entry.day)
        if known is None:
            days[entry.day] = entry
            continue
        over = (_is_over(known, my_settled), _rank(known))
        better = (_is_over(entry, their_settled), _rank(entry)) > over
        days[entry.day] = _fill_missing(entry, known) if better else _fill_missing(known, entry)
    return fill_gaps(days[day] for day in sorted(days))


def fill_gaps(entries: Iterable[PackageDay]) -> list[PackageDay]:
    """Fill the gaps between days, oldest first, with unknown days."""
    filled: list[PackageDay] = []
    for entry in entries:
        while filled and filled[-1].day + ONE_DAY < entry.day:
            filled.append(PackageDay(filled[-1].day + ONE_DAY))
        filled.append(entry)
    return filled


def combine_rows(mine: Sequence[Row], theirs: Sequence[Row]) -> list[Row]:
    """Combine two accounts of a version's numbers, each ascending by day; return the rows to keep.

    Keep every row of `mine`, unless `theirs` has a higher total that day. Insert a row of theirs only if it
    adds something, is not below the preceding total (unless theirs itself fell) and not above the next total
    of mine. A row of theirs without a total counts only after mine ends.
    """
    right = {row[0]: row for row in theirs}
    known = _raise_totals(mine, right)
    left = {row[0]: row for row in known}
    ahead = _totals_ahead(known)
    rows: list[Row] = []
    before, total, their_total, passed = _NOTHING, 0, 0, 0
    for day in sorted(left.keys() | right.keys()):
        own, other = left.get(day), right.get(day)
        if own is not None:
            rows.append(own)
            passed += 1
        elif (
            other is not None
            and _fits_before(other[1], ahead[passed], last=passed == len(known))
            and (other[1] is None or other[1] >= total or other[1] < their_total)
        ):
            repeated = other[1:5] == before[1:5]  # a page that was read for its windows repeats the numbers
            rows += [other] if repeated or not rows or other[1:5] != rows[-1][1:5] else []
        before = other or before
        their_total = their_total if before[1] is None else before[1]
        total = total if not rows or rows[-1][1] is None else rows[-1][1]
    return rows


def _raise_totals(mine: Sequence[Row], theirs: Mapping[int, Row]) -> list[Row]:
    """Return my rows, each replaced by theirs of the same day if that is better."""
    rows: list[Row] = []  # newest first
    following: int | None = None
    for row in reversed(mine):
        other = theirs.get(row[0])
        fits = other is not None and _fits_before(other[1], following, last=not rows)
        rows.append(_better_row(row, other) if other is not None and fits else row)
        following = _first_known(rows[-1][1], following)
    return rows[::-1]


def _totals_ahead(rows: Sequence[Row]) -> list[int | None]:
    """Return for each row the first known total from it on, and None for the end."""
    ahead: list[int | None] = [None]
    for row in reversed(rows):
        ahead.append(_first_known(row[1], ahead[-1]))
    return ahead[::-1]


def _fits_before(total: int | None, following: int | None, *, last: bool) -> bool:
    """Return whether a total may stand before my next known total.

    An unknown total fits only after the last of my rows.
    """
    if total is None:
        return last
    return following is None or total <= following


def _rank(entry: PackageDay) -> int:
    total = entry.downloads.total
    return -1 if total is None else total


def _is_over(entry: PackageDay, settled: date | None) -> bool:
    return entry.downloads.total is not None and settled is not None and entry.day <= settled


def _fill_missing(entry: PackageDay, other: PackageDay) -> PackageDay:
    """Fill what an entry lacks from another of the same day; windows only if the totals are equal."""
    numbers, more = entry.downloads, other.downloads
    if numbers.total == more.total:
        numbers = Downloads(
            numbers.total,
            _first_known(numbers.month, more.month),
            _first_known(numbers.week, more.week),
            _first_known(numbers.day, more.day),
        )
    return replace(
        entry,
        downloads=numbers,
        size=_first_known(entry.size, other.size),
        versions=_first_known(entry.versions, other.versions),
        tagged=_first_known(entry.tagged, other.tagged),
    )


def _better_row(mine: Row, theirs: Row) -> Row:
    """Choose between two rows of one day by higher total, then windows from a page, then known windows."""
    if (theirs[1] is None, mine[1] is None) == (False, True) or (theirs[1] or 0) > (mine[1] or 0):
        return theirs
    if mine[1] != theirs[1] or mine[1:5] == theirs[1:5]:
        return mine
    first, second = (mine, theirs) if mine[5] >= theirs[5] else (theirs, mine)
    windows = (_first_known(*pair) for pair in zip(first[2:5], second[2:5], strict=True))
    month, week, day = windows
    return (first[0], first[1], month, week, day, first[5])


def _first_known(first: int | None, second: int | None) -> int | None:
    return second if first is None else first
