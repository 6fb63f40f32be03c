"""The page of a package, the page of one of its versions, and how numbers are written on all pages.

A number is written as `51098`, `1,862`, `51.1K` or `13.1m`, and a counter stands behind its label.
"""

import json
import re
from datetime import date, timedelta
from typing import Any

from backage.models.pages import Count, Counters, PackagePage, Page, VersionPage
from backage.parse.document import VERSION_LINK, Document, attribute, query_value, words

TOTAL_LABEL, MONTH_LABEL, WEEK_LABEL, TODAY_LABEL = "Total downloads", "Last 30 days", "Last week", "Today"
CHART_DAYS = 30
"""Bars of a chart, also of a package that is two days old (seen in August 2026)."""

MAX_PAGES = 20_000
"""A million versions. A page that claims more is wrong, and must not cost so many requests."""

_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,6})\b")
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
    document = Document(page, "package")
    downloads = count_after(document, TOTAL_LABEL)
    document.check_name(name)
    links = (VERSION_LINK.fullmatch(attribute(link, "href")) for link in document.tree.css("a[href]"))
    return PackagePage(
        downloads, _read_days(document), frozenset(int(match["id"]) for match in links if match)
    )


def _read_days(document: Document) -> tuple[tuple[date, int], ...]:
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


def parse_version(page: Page, name: str | None = None) -> VersionPage:
    """Read a version's page; with a package's name, check that it is that package's.

    Raises:
        PageChangedError: a counter is missing, or the manifest is not JSON.
    """
    document = Document(page, "version")
    document.check_name(name)
    return VersionPage(read_counters(document), _read_tags(document), _read_manifest(document))


def read_counters(document: Document) -> Counters:
    """Read the four counters of a version.

    Raises:
        PageChangedError: one is missing, or stands there twice with different numbers.
    """
    return Counters(
        *(count_after(document, label) for label in (TOTAL_LABEL, MONTH_LABEL, WEEK_LABEL, TODAY_LABEL))
    )


def _read_tags(document: Document) -> tuple[str, ...]:
    """Find the tags that link to this version; its id is the end of the page's own address."""
    tags: dict[str, None] = {}
    own = (document.address or document.url).partition("?")[0].rpartition("/")[2]
    for link in document.tree.css("a[href]"):
        match = VERSION_LINK.fullmatch(attribute(link, "href"))
        if match and match["tag"] and match["id"] == (own if own.isdecimal() else match["id"]):
            tags[query_value(attribute(link, "href"), "tag", words(link.text()))] = None
    return tuple(tags)


def _read_manifest(document: Document) -> dict[str, Any] | None:
    """Find the JSON behind the heading `Manifest`; other code on the page is for people to copy."""
    is_next = False
    for node in document.tree.css("h1, h2, h3, h4, h5, pre"):
        if node.tag != "pre":
            is_next = node.text(strip=True) == "Manifest"
        elif is_next:
            try:
                manifest = json.loads(node.text())
            except (ValueError, RecursionError):
                manifest = None
            if not isinstance(manifest, dict):
                raise document.changed("manifest in JSON")
            return manifest
    return None


# --- numbers ---------------------------------------------------------------------------------


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


def count_pages(document: Document) -> int:
    """Read how many pages the list has: 1 where there is no pagination.

    Raises:
        PageChangedError: there is a pagination without numbers, or the number is absurd.
    """
    totals = [attribute(node, "data-total-pages") for node in document.tree.css("[data-total-pages]")]
    numbers = [int(text) for text in totals if text.isdecimal() and len(text) <= len(str(MAX_PAGES))]
    if not numbers:
        links = document.tree.css('[aria-label="Pagination"] > *, .pagination > *')
        found = [_PAGE_NUMBER.search(attribute(link, "href")) for link in links]
        numbers = [int(match[1]) for match in found if match]
        plain = [link for link, match in zip(links, found, strict=True) if not match]
        shown = [parse_count(link.text(deep=False)) for link in plain] if numbers else []
        numbers += [count.value for count in shown if count]
        if totals or (links and not numbers):
            raise document.changed("count of pages")
    pages = max(numbers, default=1)
    if not 1 <= pages <= MAX_PAGES:
        raise document.changed("believable count of pages")
    return pages
