"""Read what a URL chooses: which downloads, and which view of them; and the URLs of related views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from flask import request, url_for

from backage.errors import EventError
from backage.store.counters.board import Choice

LONGEST_TEXT = 200
"""Characters of a text to search for."""

MOST_DIGITS = 12
FIRST_YEAR = 1970

ALL = "all"
DAYS = ("30", "7", "90", "365")
"""Spans in days; the first is the default."""

LABELS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year", ALL: "all"}
_DEFAULTS = {"days": DAYS[0], "by": "files", "order": "-downloads", "page": "1"}


@dataclass(frozen=True, slots=True)
class View:
    """A view of the dashboard. `days` is the chosen span; it is empty for a custom range."""

    choice: Choice
    today: date
    days: str
    by: str = "files"
    order: str = "-downloads"
    page: int = 1
    only: bool = True

    @classmethod
    def first(cls, today: date) -> Self:
        """Return the default view."""
        return cls(Choice(since=today - timedelta(days=int(DAYS[0]) - 1)), today, DAYS[0])

    @property
    def last(self) -> date:
        """Return the last day of the view."""
        return self.choice.last(self.today)

    @property
    def span(self) -> str:
        """Return the name of the span, as the head of a column."""
        return LABELS.get(self.days, "chosen days")

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Return the active filters."""
        names = ("search", "owner", "repository", "kind")
        return [(name, getattr(self.choice, name)) for name in names if getattr(self.choice, name)]

    @property
    def is_live(self) -> bool:
        """Return whether the view includes today."""
        return (self.choice.since or self.today) <= self.today == self.last

    @property
    def dates(self) -> dict[str, str]:
        """Return the first and the last chosen day as a query, without those that are not chosen."""
        days = {"from": self.choice.since, "to": self.choice.until}
        return {name: day.isoformat() for name, day in days.items() if day}

    @property
    def query(self) -> dict[str, str]:
        """Return the query of this page."""
        values = {
            **dict(self.filters),
            **({} if self.days else self.dates),
            "days": self.days,
            "by": self.by,
            "order": self.order,
            "page": str(self.page),
            "show": "" if self.only else "all",
        }
        return _without_defaults(values)

    def link(self, changes: Mapping[str, object], anchor: str = "") -> str:
        """Return the URL of the first page with some changes."""
        values = {**self.query, "page": "", **{name: str(text) for name, text in changes.items()}}
        wanted = _without_defaults(values)
        return url_for("dashboard.show", **wanted, _anchor=anchor or None)  # type: ignore[arg-type]  # any names

    def sort(self, key: str) -> str:
        """Return the URL of the same rows sorted by a column, or reversed if they are already."""
        first = key if key == "name" else f"-{key}"
        turned = key if first != key else f"-{key}"
        return self.link({"order": turned if self.order == first else first}, "list")

    @property
    def period(self) -> dict[str, str]:
        """Return the query of the API for the same choice."""
        return {**dict(self.filters), **self.dates}


def _without_defaults(query: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in query.items() if text and _DEFAULTS.get(name) != text}


def read_choice() -> Choice:
    """Return which downloads the query chooses.

    Raises:
        EventError: the query is invalid.
    """
    texts = {name: request.args.get(name, "") for name in ("search", "owner", "repository", "kind")}
    if any(len(text) > LONGEST_TEXT or "\0" in text for text in texts.values()):
        raise EventError(f"a text to search for has {LONGEST_TEXT} characters at most, and no NUL")
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
    if day is None or day.isoformat() != text or day.year < FIRST_YEAR:
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
    if not (text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS and int(text) <= most):
        raise EventError(f'"{name}" is no number up to {most}')
    return int(text)
