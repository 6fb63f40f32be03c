"""What the parsers share: finding things in a page by their label, and telling whose page it is."""

import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import unquote, unquote_plus, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from backage.errors import PageChangedError, UnfitTextError
from backage.models.pages import Page
from backage.urls import plain

LONGEST_TEXT = 256
"""Characters of a version's name, and of a tag: as many as npm takes, and no registry takes more."""

PACKAGE_LINK = re.compile(
    r"(?:https?://(?P<host>[^/]+))?/(?P<scope>users|orgs)/(?P<owner>[^/?#]+)/packages/(?P<type>[a-z]+)/package/(?P<name>[^/?#]+)"
)
VERSION_LINK = re.compile(
    r"(?:https?://[^/]+)?/(?:(?:users|orgs)/[^/?#]+/packages/[a-z]+/(?!package/)|[^/?#]+/[^/?#]+/pkgs/[a-z]+/)"
    r"[^/?#]+/(?P<id>[1-9][0-9]{0,17})(?:\?(?:(?P<tag>(?:[^#]*&)?tag=)[^#]*|[^#]*))?"
)


_ADDRESS = re.compile(r"app-argument=(https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/\S*)?)")


class Document:
    """A page as a tree, with its kind and address for what has to be said about it."""

    def __init__(self, page: Page, kind: str) -> None:
        """Parse the whole body; HTML never fails to parse, it only lacks what one looks for."""
        self.url = page.url
        self.kind = kind
        if page.body.strip() and not page.body.rstrip().endswith(b">"):
            raise PageChangedError(page.url, kind, "end")
        self.tree = LexborHTMLParser(page.body)

    @cached_property
    def address(self) -> str | None:
        """Where the page was in the end, as its app banner says; None where it does not say."""
        banner = self.tree.css_first('meta[name="apple-itunes-app"]')
        match = _ADDRESS.search(attribute(banner, "content")) if banner is not None else None
        return match[1] if match and is_text(match[1]) else None

    @cached_property
    def host(self) -> str:
        """The host of the page: a saved one has its own from its banner, or else was on github.com."""
        url = self.url if self.url.startswith(("https://", "http://")) else self.address
        return urlsplit(url).netloc if url else "github.com"

    def changed(self, missing: str) -> PageChangedError:
        """Return an error: this page lacks a thing."""
        return PageChangedError(self.url, self.kind, missing)

    def unfit(self, missing: str) -> UnfitTextError:
        """Return an error: a text that a stranger chose is invalid here."""
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

    def after(self, label: str) -> Iterator[LexborNode]:
        """Find the elements that stand behind a label."""
        for node in self.tree.css(f'*:lexbor-contains("{label}")'):
            following = _next_element(node)
            if node.text(strip=True) == label and following is not None:
                yield following


def attribute(node: LexborNode, name: str) -> str:
    """Read an attribute, empty where it is missing or has no value."""
    return node.attributes.get(name) or ""


def ancestor(node: LexborNode, tag: str) -> LexborNode | None:
    """Find the nearest element of a kind that a node is in."""
    found = node.parent
    while found is not None and found.tag != tag:
        found = found.parent
    return found


def query_value(href: str, key: str, text: str) -> str:
    """Read a tag or a version from a link's query, whatever a damaged page made of the link's text.

    The text tells only whether a `+` is one.
    """
    query = href.partition("#")[0].partition("?")[2]
    prefix = f"{key}="
    value = next((part.removeprefix(prefix) for part in query.split("&") if part.startswith(prefix)), "")
    return text if text == words(unquote_plus(value)) else words(unquote(value))


def is_text(text: str) -> bool:
    """Return whether a name or tag can be stored and shown: no control character, no text direction mark."""
    return 0 < len(text) <= LONGEST_TEXT and text.isprintable()


def words(text: str) -> str:
    """Fold white space, as a browser shows it."""
    return " ".join(text.split())


def _next_element(node: LexborNode) -> LexborNode | None:
    following = node.next
    while following is not None and (following.tag or "-").startswith("-"):
        following = following.next
    return following
