"""Where the lines of an axis stand, and its dates: few, even, and told apart by what is written there."""

from datetime import date, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""In English whatever the machine speaks, so that the same input gives the same bytes."""
_MOST_STEPS, _MOST_DATES = 4, 3
_YEAR = 12
_LONG = 200
"""Days of a span in which the first of a month is called by month and year."""


def count_ticks(low: int, high: int) -> tuple[int, ...]:
    """Give even steps of 1, 2 or 5 around a range, none finer than the tenth that is written of a number."""
    unit = 1
    while high >= 1000 * unit:
        unit *= 1000
    step, factors = max(1, unit // 10), (2, 2.5, 2)
    place = 0
    while -(-high // step) - low // step >= _MOST_STEPS:
        step, place = int(step * factors[place % len(factors)]), place + 1
    first, last = low // step * step, -(-high // step) * step
    return tuple(range(first, max(last, first + step) + 1, step))


def date_ticks(first: date, last: date) -> tuple[tuple[date, str], ...]:
    """Give days of a span with their names: every so many days back from the last, or firsts of months."""
    span = (last - first).days
    for step in (1, 2, 5, 10, 20):
        if span // step < _MOST_DATES:
            days = [last - timedelta(days=step * back) for back in reversed(range(span // step + 1))]
            return tuple((day, day_name(day)) for day in days)
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        months = range(first.year * _YEAR + first.month, last.year * _YEAR + last.month)
        found = [date(month // _YEAR, month % _YEAR + 1, 1) for month in months if not month % step]
        if len(found) <= _MOST_DATES:
            break
    return tuple((day, _month_name(day, step, span)) for day in found)


def day_name(day: date, *, year: bool = False) -> str:
    """Write a day, `22 Nov` or `22 Nov 2026`."""
    name = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{name} {day.year}" if year else name


def _month_name(day: date, step: int, span: int) -> str:
    if not step % _YEAR:
        return str(day.year)
    return f"{_MONTHS[day.month - 1]} {day.year}" if span > _LONG else day_name(day)
