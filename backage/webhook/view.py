"""What an address of the dashboard asks for, and the addresses that lead on from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from flask import url_for

from backage.store.counters.board import Choice

ALL = "all"
DAYS = ("30", "7", "90", "365")
"""Spans in days, of which the first is shown where none is asked for."""

_LABELS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year", ALL: "all"}
_DEFAULTS = {"days": DAYS[0], "by": "files", "order": "-downloads", "page": "1"}


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: `days` is the span that was asked for, empty where it is from a day to a day."""

    choice: Choice
    today: date
    days: str
    by: str = "files"
    order: str = "-downloads"
    page: int = 1
    only: bool = True

    @classmethod
    def first(cls, today: date) -> Self:
        """Give what is shown where nothing is asked for."""
        return cls(Choice(since=today - timedelta(days=int(DAYS[0]) - 1)), today, DAYS[0])

    @property
    def last(self) -> date:
        """Give the last day that is shown."""
        return self.choice.last(self.today)

    @property
    def span(self) -> str:
        """Say which days these are, as the head of a column."""
        return _LABELS.get(self.days, "chosen days")

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Give the spans that there are, with what they are called."""
        return list(_LABELS.items())

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Give what narrows the choice beside the days."""
        names = ("search", "owner", "repository", "kind")
        return [(name, getattr(self.choice, name)) for name in names if getattr(self.choice, name)]

    @property
    def is_narrowed(self) -> bool:
        """Tell whether there may be more than what is chosen."""
        return bool(self.filters)

    @property
    def is_live(self) -> bool:
        """Tell whether today is among the days."""
        return (self.choice.since or self.today) <= self.today == self.last

    @property
    def asked(self) -> dict[str, str]:
        """Give what leads to this page again."""
        own = self.choice if not self.days else Choice()
        values = {
            **dict(self.filters),
            "from": own.since.isoformat() if own.since else "",
            "to": own.until.isoformat() if own.until else "",
            "days": self.days,
            "by": self.by,
            "order": self.order,
            "page": str(self.page),
            "show": "" if self.only else "all",
        }
        return {name: text for name, text in values.items() if text and _DEFAULTS.get(name) != text}

    def link(self, changes: Mapping[str, object], anchor: str = "") -> str:
        """Give the address of a page that differs in something; it begins with its first rows."""
        values = {**self.asked, "page": "", **{name: str(text) for name, text in changes.items()}}
        wanted = {name: text for name, text in values.items() if text and _DEFAULTS.get(name) != text}
        return url_for("dashboard.show", **wanted, _anchor=anchor or None)  # type: ignore[arg-type]  # any names

    def sort(self, key: str) -> str:
        """Give the address of the same rows in another order: a second time, the other way round."""
        first = key if key == "name" else f"-{key}"
        turned = key if first != key else f"-{key}"
        return self.link({"order": turned if self.order == first else first}, "list")

    def file(self) -> str:
        """Give the address of all rows as a file."""
        return url_for("dashboard.download", **{**self.asked, "page": None})  # type: ignore[arg-type]  # the same

    def days_file(self) -> str:
        """Give the address of the days as a file."""
        return url_for("statistics.tell_days", form="csv", only="downloads", **self.period)  # type: ignore[arg-type]  # the same

    def live(self) -> str:
        """Give the address that tells what was counted today."""
        return url_for("dashboard.tell_today", **dict(self.filters))  # type: ignore[arg-type]  # the same

    @property
    def period(self) -> dict[str, str]:
        """Give what is chosen, as the API has it."""
        first, last = self.choice.since, self.choice.until
        days = {"from": first.isoformat() if first else "", "to": last.isoformat() if last else ""}
        return {**dict(self.filters), **{name: text for name, text in days.items() if text}}
