"""The page of a package: its exact total and 30 daily counts.

Numbers are written as `51098`, `1,862`, `51.1K` or `13.1m` on GitHub's pages, and stand behind their label.
"""

import re
from datetime import date, timedelta

from backage.models.pages import Count, PackagePage, Page
from backage.parse.document import VERSION_LINK, Document, attribute

KIND = "package"
LABEL = "Total downloads"
CHART_DAYS = 30
"""Bars of a chart, also of a package that is two days old (seen in August 2026)."""

_PLAIN = re.compile(r"[0-9]{1,15}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}")
_SHORT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?([kmb])", re.ASCII | re.IGNORECASE)
_UNITS = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def parse_package(page: Page, name: str | None = None) -> PackagePage:
    """Read a package's page; with a name, check that it is that package's.

    The newest daily count is of a day that is not over yet. A page without a chart gives no days,
    which is not the same as zeros.

    Raises:
        PageChangedError: the total is missing or stands there twice, or the chart has a gap or too few days.
    """
    document = Document(page, KIND)
    downloads = count_after(document, LABEL)
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
    if 0 < len(days) < CHART_DAYS:
        raise document.changed(f"{CHART_DAYS} daily counts, but {len(days)}")
    return tuple((day, found[day]) for day in days)


def count_after(document: Document, label: str) -> Count:
    """Find the one number behind a label.

    Raises:
        PageChangedError: there is none, or there are two that differ.
    """
    found = set(counts_after(document, label))
    if len(found) != 1:
        raise document.changed(f'"{label}"' if not found else f'single "{label}"')
    return found.pop()


def counts_after(document: Document, label: str) -> list[Count]:
    """Find the numbers behind a label, in the `title` of an element or its text."""
    counts = (
        parse_count(attribute(node, "title")) or parse_count(node.text()) for node in document.after(label)
    )
    return [count for count in counts if count is not None]


def parse_count(text: str) -> Count | None:
    """Read a number, or return None where the text is none; `51.1K` is 51100 and not exact."""
    text = text.strip()
    if _PLAIN.fullmatch(text):
        return Count(int(text), exact=True)
    if _GROUPED.fullmatch(text):
        return Count(int(text.replace(",", "")), exact=True)
    if match := _SHORT.fullmatch(text):
        whole, fraction, unit = match[1], match[2] or "", _UNITS[match[3].lower()]
        return Count(int(whole + fraction) * unit // 10 ** len(fraction), exact=False)
    return None
