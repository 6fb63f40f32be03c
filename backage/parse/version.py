"""The page of one version: its total, its windows, and the manifest of a container."""

import json
from typing import Any

from backage.models.pages import Counters, Page, VersionPage
from backage.parse.document import VERSION_LINK, Document, attribute, query_value, words
from backage.parse.package import count_after

KIND = "version"
TOTAL, MONTH, WEEK, TODAY = "Total downloads", "Last 30 days", "Last week", "Today"


def parse_version(page: Page, name: str | None = None) -> VersionPage:
    """Read a version's page; with a package's name, check that it is that package's.

    Raises:
        PageChangedError: a counter is missing, or the manifest is not JSON.
    """
    document = Document(page, KIND)
    document.check_name(name)
    return VersionPage(read_counters(document), _tags(document), _manifest(document))


def read_counters(document: Document) -> Counters:
    """Read the four counters of a version.

    Raises:
        PageChangedError: one is missing, or stands there twice with different numbers.
    """
    return Counters(*(count_after(document, label) for label in (TOTAL, MONTH, WEEK, TODAY)))


def _tags(document: Document) -> tuple[str, ...]:
    """Find the tags that link to this version; its id is the end of the page's own address."""
    tags: dict[str, None] = {}
    own = (document.address or document.url).partition("?")[0].rpartition("/")[2]
    for link in document.tree.css("a[href]"):
        match = VERSION_LINK.fullmatch(attribute(link, "href"))
        if match and match["tag"] and match["id"] == (own if own.isdecimal() else match["id"]):
            tags[query_value(attribute(link, "href"), "tag", words(link.text()))] = None
    return tuple(tags)


def _manifest(document: Document) -> dict[str, Any] | None:
    """Find the JSON behind the heading `Manifest`; other code on the page is for people to copy."""
    seen = False
    for node in document.tree.css("h1, h2, h3, h4, h5, pre"):
        if node.tag != "pre":
            seen = node.text(strip=True) == "Manifest"
        elif seen:
            try:
                manifest = json.loads(node.text())
            except (ValueError, RecursionError):
                manifest = None
            if not isinstance(manifest, dict):
                raise document.changed("manifest in JSON")
            return manifest
    return None
