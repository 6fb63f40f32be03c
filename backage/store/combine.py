"""What follows from two accounts of the same thing: pure, and the same however often it is done.

Counters only grow, so of two totals for one day the higher was seen later. What one account lacks is taken
from the other; unknown never takes the place of a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from backage.models.history import Downloads, PackageDay

ONE_DAY = timedelta(days=1)

Row = tuple[int, int | None, int | None, int | None, int | None, int]
"""A row of `version_day`: day, total, month, week, day, source. It holds until the next one."""

_NOTHING: Row = (0, None, None, None, None, 0)


def combine_days(
    mine: Iterable[PackageDay],
    my_settled: date | None,
    theirs: Iterable[PackageDay],
    their_settled: date | None,
) -> list[PackageDay]:
    """Combine two accounts of a package's days; return all from the first to the last, without a gap.

    A day that is over for one of them, and known, is not changed by one for which it was still going on.
    """
    days = {entry.day: entry for entry in mine}
    for entry in theirs:
        known = days.get(entry.day)
        if known is None:
            days[entry.day] = entry
            continue
        over = (_is_over(known, my_settled), _rank(known))
        better = (_is_over(entry, their_settled), _rank(entry)) > over
        days[entry.day] = _completed(entry, known) if better else _completed(known, entry)
    return fill_gaps(days[day] for day in sorted(days))


def fill_gaps(entries: Iterable[PackageDay]) -> list[PackageDay]:
    """Add the days of which nothing is known between those that are given, oldest first."""
    filled: list[PackageDay] = []
    for entry in entries:
        while filled and filled[-1].day + ONE_DAY < entry.day:
            filled.append(PackageDay(filled[-1].day + ONE_DAY))
        filled.append(entry)
    return filled


def combine_rows(mine: Sequence[Row], theirs: Sequence[Row]) -> list[Row]:
    """Combine two accounts of a version's numbers, each ascending by day; return the rows to keep.

    All of mine stay, but for a day on which they saw a higher total. Of theirs is added what says more and
    fits between mine: a total no lower than the one before, unless it fell within theirs, and no higher than
    the one after. That they no longer know a version counts where mine ends before.
    """
    right = {row[0]: row for row in theirs}
    known = _raised(mine, right)
    left = {row[0]: row for row in known}
    ahead = _totals_ahead(known)
    rows: list[Row] = []
    before, total, their_total, passed = _NOTHING, 0, 0, 0
    for day in sorted(left.keys() | right.keys()):
        a, b = left.get(day), right.get(day)
        if a is not None:
            rows.append(a)
            passed += 1
        elif (
            b is not None
            and _fits(b[1], ahead[passed], last=passed == len(known))
            and (b[1] is None or b[1] >= total or b[1] < their_total)
        ):
            repeated = b[1:5] == before[1:5]  # as by a page that was read for its windows
            rows += [b] if repeated or not rows or b[1:5] != rows[-1][1:5] else []
        before = b or before
        their_total = their_total if before[1] is None else before[1]
        total = total if not rows or rows[-1][1] is None else rows[-1][1]
    return rows


def _raised(mine: Sequence[Row], theirs: Mapping[int, Row]) -> list[Row]:
    """Take for each day of mine what is better of the two."""
    rows: list[Row] = []  # newest first
    following: int | None = None
    for row in reversed(mine):
        other = theirs.get(row[0])
        fits = other is not None and _fits(other[1], following, last=not rows)
        rows.append(_better_row(row, other) if other is not None and fits else row)
        following = _either(rows[-1][1], following)
    return rows[::-1]


def _totals_ahead(rows: Sequence[Row]) -> list[int | None]:
    """Give for each row the first total that is known from it on, and None for what comes after the last."""
    ahead: list[int | None] = [None]
    for row in reversed(rows):
        ahead.append(_either(row[1], ahead[-1]))
    return ahead[::-1]


def _fits(total: int | None, following: int | None, *, last: bool) -> bool:
    """Tell whether the total that mine knows next allows one before it: none that is lower.

    That nothing is known fits where mine ends alone.
    """
    if total is None:
        return last
    return following is None or total <= following


def _rank(entry: PackageDay) -> int:
    total = entry.downloads.total
    return -1 if total is None else total


def _is_over(entry: PackageDay, settled: date | None) -> bool:
    return entry.downloads.total is not None and settled is not None and entry.day <= settled


def _completed(entry: PackageDay, other: PackageDay) -> PackageDay:
    """Take from another account of the same day what this one lacks; windows only with the same total."""
    numbers, more = entry.downloads, other.downloads
    if numbers.total == more.total:
        numbers = Downloads(
            numbers.total,
            _either(numbers.month, more.month),
            _either(numbers.week, more.week),
            _either(numbers.day, more.day),
        )
    return replace(
        entry,
        downloads=numbers,
        size=_either(entry.size, other.size),
        versions=_either(entry.versions, other.versions),
        tagged=_either(entry.tagged, other.tagged),
    )


def _better_row(mine: Row, theirs: Row) -> Row:
    """Choose between two rows of one day: the higher total, then a page's windows, then what is known."""
    if (theirs[1] is None, mine[1] is None) == (False, True) or (theirs[1] or 0) > (mine[1] or 0):
        return theirs
    if mine[1] != theirs[1] or mine[1:5] == theirs[1:5]:
        return mine
    first, second = (mine, theirs) if mine[5] >= theirs[5] else (theirs, mine)
    windows = (_either(*pair) for pair in zip(first[2:5], second[2:5], strict=True))
    month, week, day = windows
    return (first[0], first[1], month, week, day, first[5])


def _either(first: int | None, second: int | None) -> int | None:
    return second if first is None else first
