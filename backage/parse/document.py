"""What the parsers share: finding things in a page by their label, and telling whose page it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from selectolax.lexbor import LexborHTMLParser

from backage.errors import PageChangedError, UnfitTextError
from backage.parse.counts import parse_count
from backage.urls import plain

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from backage.models import Count, Page

MOST_PAGES = 20_000
"""A million versions. A page that claims more does not send us on a walk."""

LONGEST_TEXT = 256
"""Characters of a version's name, and of a tag: as many as npm takes, and no registry takes more."""

PACKAGE_LINK = re.compile(
    r"(?:https?://[^/]+)?/(?P<scope>users|orgs)/(?P<owner>[^/?#]+)/packages/(?P<type>[a-z]+)/package/(?P<name>[^/?#]+)"
)
VERSION_LINK = re.compile(
    r"(?:https?://[^/]+)?/(?:(?:users|orgs)/[^/?#]+/packages/[a-z]+/(?!package/)|[^/?#]+/[^/?#]+/pkgs/[a-z]+/)"
    r"[^/?#]+/(?P<id>[1-9][0-9]{0,17})(?:\?(?:(?P<tag>(?:[^#]*&)?tag=)[^#]*|[^#]*))?"
)
_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,6})\b")


class Document:
    """A page as a tree, with its kind and address for what has to be said about it."""

    def __init__(self, page: Page, kind: str) -> None:
        """Parse the whole body; HTML never fails to parse, it only lacks what one looks for."""
        self.url = page.url
        self.kind = kind
        if page.body.strip() and not page.body.rstrip().endswith(b">"):
            raise PageChangedError(page.url, kind, "end")
        self.tree = LexborHTMLParser(page.body)

    def changed(self, missing: str) -> PageChangedError:
        """Say that this page lacks a thing."""
        return PageChangedError(self.url, self.kind, missing)

    def unfit(self, missing: str) -> UnfitTextError:
        """Say that this page lacks a thing which a stranger chose."""
        return UnfitTextError(self.url, self.kind, missing)

    def check_name(self, name: str | None) -> None:
        """Check that a heading of the page names the package it was asked for, scope or not.

        Raises:
            PageChangedError: it is the page of something else.
        """
        if name is None:
            return
        wanted = words(plain(name).casefold())
        headings = [f" {words(heading.text().casefold())} " for heading in self.tree.css("h1")]
        if not any(f" {wanted} " in heading or f"/{wanted} " in heading for heading in headings):
            raise self.changed("heading that names its package")

    def counts_after(self, label: str) -> list[Count]:
        """Find the numbers that stand behind a label, in the `title` of the next element or its text."""
        found = []
        for node in self.tree.css(f'*:lexbor-contains("{label}")'):
            following = _next_element(node)
            if node.text(strip=True) != label or following is None:
                continue
            title = parse_count(attribute(following, "title"))
            count = title or parse_count(following.text())
            if count is not None:
                found.append(count)
        return found

    def count_after(self, label: str) -> Count:
        """Find the one number behind a label.

        Raises:
            PageChangedError: there is none, or there are two that differ.
        """
        found = set(self.counts_after(label))
        if len(found) != 1:
            raise self.changed(f'"{label}"' if not found else f'single "{label}"')
        return found.pop()

    def pages(self) -> int:
        """Read how many pages the list has: 1 where there is no pagination.

        Raises:
            PageChangedError: there is a pagination without numbers, or the number is absurd.
        """
        totals = [attribute(node, "data-total-pages") for node in self.tree.css("[data-total-pages]")]
        numbers = [int(text) for text in totals if text.isdecimal() and len(text) <= len(str(MOST_PAGES))]
        if not numbers:
            links = self.tree.css('[aria-label="Pagination"] > *, .pagination > *')
            found = [_PAGE_NUMBER.search(attribute(link, "href")) for link in links]
            numbers = [int(match[1]) for match in found if match]
            plain = [link for link, match in zip(links, found, strict=True) if not match]
            shown = [parse_count(link.text(deep=False)) for link in plain] if numbers else []
            numbers += [count.value for count in shown if count]
            if totals or (links and not numbers):
                raise self.changed("count of pages")
        pages = max(numbers, default=1)
        if not 1 <= pages <= MOST_PAGES:
            raise self.changed("believable count of pages")
        return pages


def attribute(node: LexborNode, name: str) -> str:
    """Read an attribute, empty where it is missing or has no value."""
    return node.attributes.get(name) or ""


def ancestor(node: LexborNode, tag: str) -> LexborNode | None:
    """Find the nearest element of a kind that a node is in."""
    found = node.parent
    while found is not None and found.tag != tag:
        found = found.parent
    return found


def tag_of(href: str, text: str) -> str:
    """Read the tag in the address of a version, whatever a damaged page made of the link's text.

    The text tells only whether a `+` is one.
    """
    query = href.partition("#")[0].partition("?")[2]
    value = next((part.removeprefix("tag=") for part in query.split("&") if part.startswith("tag=")), "")
    return text if text == words(unquote_plus(value)) else words(unquote(value))


def is_text(text: str) -> bool:
    """Tell whether a name or a tag can be stored and shown: no control character, no direction of writing."""
    return 0 < len(text) <= LONGEST_TEXT and all(c.isprintable() for c in text)


def words(text: str) -> str:
    """Fold white space, as a browser shows it."""
    return " ".join(text.split())


def _next_element(node: LexborNode) -> LexborNode | None:
    following = node.next
    while following is not None and (following.tag or "-").startswith("-"):
        following = following.next
    return following
