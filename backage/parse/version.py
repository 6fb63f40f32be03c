"""The page of one version: its total, its windows, and the manifest of a container."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backage.models import Downloads, VersionPage
from backage.parse.document import VERSION_LINK, Document, attribute, tag_of, words
from backage.parse.package import count_after

if TYPE_CHECKING:
    from backage.models import Page

KIND = "version"
TOTAL, MONTH, WEEK, TODAY = "Total downloads", "Last 30 days", "Last week", "Today"


def parse_version(page: Page, name: str | None = None) -> VersionPage:
    """Read a version's page; with a package's name, check that it is that package's.

    Raises:
        PageChangedError: a counter is missing or abbreviated, or the manifest is not JSON.
    """
    document = Document(page, KIND)
    document.check_name(name)
    numbers = []
    for label in (TOTAL, MONTH, WEEK, TODAY):
        count = count_after(document, label)
        if not count.exact:
            raise document.changed(f'exact "{label}"')
        numbers.append(count.value)
    return VersionPage(Downloads(*numbers), _tags(document), _manifest(document))


def _tags(document: Document) -> tuple[str, ...]:
    """Find the tags that link to this version; its id is the end of the page's own address."""
    tags: dict[str, None] = {}
    own = document.url.partition("?")[0].rpartition("/")[2]
    for link in document.tree.css("a[href]"):
        match = VERSION_LINK.fullmatch(attribute(link, "href"))
        if match and match["tag"] and match["id"] == (own if own.isdecimal() else match["id"]):
            tags[tag_of(attribute(link, "href"), words(link.text()))] = None
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
