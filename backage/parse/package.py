"""The page of a package: its exact total and 30 daily counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from backage.models import PackagePage
from backage.parse.counts import parse_count
from backage.parse.document import VERSION_LINK, Document, attribute

if TYPE_CHECKING:
    from backage.models import Page

KIND = "package"
LABEL = "Total downloads"


def parse_package(page: Page, name: str | None = None) -> PackagePage:
    """Read a package's page; with a name, check that it is that package's.

    The newest daily count is of a day that is not over yet. A page without a chart gives no days,
    which is not the same as zeros.

    Raises:
        PageChangedError: the total is missing or stands there twice, or the days have a gap.
    """
    document = Document(page, KIND)
    downloads = document.count_after(LABEL)
    document.check_name(name)
    links = (VERSION_LINK.fullmatch(attribute(link, "href")) for link in document.tree.css("a[href]"))
    return PackagePage(downloads, _days(document), frozenset(int(match["id"]) for match in links if match))


def _days(document: Document) -> tuple[tuple[date, int], ...]:
    found: dict[date, int] = {}
    for bar in document.tree.css("[data-merge-count][data-date]"):
        count = parse_count(attribute(bar, "data-merge-count"))
        try:
            day = date.fromisoformat(attribute(bar, "data-date"))
        except ValueError:
            day = None
        if day is None or count is None or not count.exact or found.get(day, count.value) != count.value:
            raise document.changed("readable daily count")
        found[day] = count.value
    days = sorted(found, reverse=True)
    if days and days[0] - days[-1] != timedelta(days=len(days) - 1):
        raise document.changed("daily counts without a gap")
    return tuple((day, found[day]) for day in days)
