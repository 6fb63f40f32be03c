"""Days as the database keeps them: whole days since 1970-01-01."""

from datetime import date, timedelta
from functools import lru_cache

_EPOCH = date(1970, 1, 1)


def to_number(day: date) -> int:
    """Count the days from 1970-01-01."""
    return (day - _EPOCH).days


@lru_cache(maxsize=4096)
def from_number(number: int) -> date:
    """Give the day that a number stands for."""
    return _EPOCH + timedelta(days=number)


def as_day(number: int | None) -> date | None:
    """Give the day that a number stands for, if any."""
    return None if number is None else from_number(number)


def as_number(day: date | None) -> int | None:
    """Give the number that stands for a day, if any."""
    return None if day is None else to_number(day)
