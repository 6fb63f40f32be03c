"""The list of an owner's packages, 30 a page.

It is read row by row: a package without a repository must not take its neighbour's. The total of a
row is abbreviated (`9.49k`) and therefore not read at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backage.models import OwnerPage, Package
from backage.owners import is_login, show_line
from backage.parse.document import PACKAGE_LINK, Document, ancestor, attribute
from backage.parse.lists import count_pages
from backage.parse.package import parse_count
from backage.urls import is_package, is_repo, normalize

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from backage.models import Page

KIND = "owner"
_REPO_LINK = re.compile(r"(?:https?://[^/]+)?/(?P<owner>[^/?#]+)/(?P<repo>[^/?#]+)")
_LEGACY_LINK = re.compile(r"(?:https?://[^/]+)?/(?P<owner>[^/?#]+)/[^/?#]+/packages/[0-9]{1,18}")
_HEADING = re.compile(r"([0-9][0-9,]*) packages?")


def parse_owner(page: Page) -> OwnerPage:
    """Read the packages of one page; a name that can be no file's costs the others nothing.

    The login is spelled as registered, whatever was asked for; None where no package shows it.

    Raises:
        PageChangedError: this is no list of packages, or it has not the rows that it says.
    """
    document = Document(page, KIND)
    lists = document.tree.css("#org-packages, #user-packages-list")
    if not lists:
        raise document.changed("list of packages")
    packages: dict[Package, None] = {}
    legacy: dict[str, None] = {}
    unfit: dict[tuple[str, str], None] = {}
    login = None
    for link in lists[0].css("a"):
        href = attribute(link, "href")
        match = PACKAGE_LINK.fullmatch(href) or _LEGACY_LINK.fullmatch(href)
        if match is None:
            continue
        login = login or match["owner"]
        if not is_login(login) or match["owner"].lower() != login.lower():
            raise document.changed("single valid owner in its links")
        if match.re is not PACKAGE_LINK:
            legacy[href] = None
        elif is_package(name := normalize(match["name"])):
            packages[Package(match["type"], name, _repo(document, link, match["owner"]))] = None
        else:
            unfit[match["type"], name] = None
    _check_heading(document, lists[0], len(packages) + len(legacy) + len(unfit))
    names = tuple(show_line(name) for _, name in unfit)
    return OwnerPage(login, tuple(packages), tuple(legacy), names, count_pages(document))


def _repo(document: Document, link: LexborNode, owner: str) -> str | None:
    """Find the repository that the row of a package names last; a row is the nearest list item."""
    row = ancestor(link, "li")
    repo = None
    links = row.css("a") if row is not None else []
    matches = (PACKAGE_LINK.fullmatch(attribute(other, "href")) for other in links)
    if len({match["type"] + "/" + match["name"].lower() for match in matches if match}) > 1:
        raise document.changed("single package in a row")
    for other in links:
        if not other.text(strip=True):
            continue
        match = _REPO_LINK.fullmatch(attribute(other, "href"))
        if match and match["owner"].lower() == owner.lower() and is_repo(match["repo"]):
            repo = match["repo"]
    return repo


def _check_heading(document: Document, listing: LexborNode, rows: int) -> None:
    """Compare the rows with the heading, which counts those of its own page."""
    for heading in listing.css("h1, h2, h3, h4"):
        match = _HEADING.fullmatch(" ".join(heading.text().split()))
        count = parse_count(match[1]) if match else None
        if count is not None:
            if count.value != rows:
                raise document.changed(f"{count.value} packages that its heading counts, but {rows}")
            return
    if not rows:
        raise document.changed("package, nor a heading that says so")
