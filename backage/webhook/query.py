"""Read the query of a URL: which downloads, and numbers."""

from datetime import date

from flask import request

from backage.errors import EventError
from backage.store.counters.board import Choice

LONGEST = 200
"""Characters of a text to search for."""

LONGEST_NUMBER = 12
OLDEST = 1970


def read_choice() -> Choice:
    """Return which downloads the query chooses.

    Raises:
        EventError: the query is invalid.
    """
    texts = {name: request.args.get(name, "") for name in ("search", "owner", "repository", "kind")}
    if any(len(text) > LONGEST or "\0" in text for text in texts.values()):
        raise EventError(f"a text to search for has {LONGEST} characters at most, and no NUL")
    since, until = _day("from"), _day("to")
    if since and until and since > until:
        raise EventError("the first day comes after the last")
    return Choice(since, until, **texts)


def read_downloads_only() -> bool:
    """Return whether the query chooses downloads only, without checksums and the like.

    Raises:
        EventError: the query is invalid.
    """
    only = request.args.get("only", "")
    if only not in {"", "downloads"}:
        raise EventError('"only" is "downloads", or not there')
    return bool(only)


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or day.year < OLDEST:
        raise EventError(f'"{name}" is no day such as 2026-01-01')
    return day


def read_number(name: str, default: int, most: int) -> int:
    """Return a number of the query, or its default.

    Raises:
        EventError: it is no number, or above `most`.
    """
    text = request.args.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER and int(text) <= most):
        raise EventError(f'"{name}" is no number up to {most}')
    return int(text)
