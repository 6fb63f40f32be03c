"""An owner: the list of its packages, 30 a page, and the API's answer about its account.

The list is read row by row: a package without a repository must not take its neighbour's. The total of a
row is abbreviated (`9.49k`) and therefore not read at all.
"""

import re

from selectolax.lexbor import LexborNode

from backage.errors import PageChangedError
from backage.models.history import Owner, Package
from backage.models.pages import OwnerPage, Page
from backage.owners import is_login, show_line
from backage.parse.document import PACKAGE_LINK, Document, ancestor, attribute, words
from backage.parse.manifest import load_object
from backage.parse.package import count_pages, parse_count
from backage.urls import is_package, is_repo, normalize

_REPO_LINK = re.compile(r"(?:https?://[^/]+)?/(?P<owner>[^/?#]+)/(?P<repo>[^/?#]+)")
_NUMBERED_LINK = re.compile(
    r"(?:https?://(?P<host>[^/]+))?/(?P<owner>[^/?#]+)/(?P<repo>[^/?#]+)/packages/(?P<number>[1-9][0-9]{0,17})"
    r"(?:\?version=[^#]*)?"
)
"""Where a Maven package stands; its name is the link's title."""

_HEADING = re.compile(r"([0-9][0-9,]*) packages?")


def parse_owner(page: Page) -> OwnerPage:
    """Read the packages of one page; packages with invalid names are listed in `unfit`.

    The login is spelled as registered, whatever was asked for; None where no package shows it. A package that
    stands in two rows is there once, or twice if the rows disagree about its repository.

    Raises:
        PageChangedError: this is no list of packages, it has not the rows that it says, or without a heading
            one of its rows names no package.
    """
    document = Document(page, "owner")
    listing = document.tree.css_first("#org-packages, #user-packages-list")
    if listing is None:
        raise document.changed("list of packages")
    packages: dict[Package, None] = {}
    unfit: dict[tuple[str, str], None] = {}
    rows: set[int] = set()
    login = None
    for link in listing.css("a"):
        match = _match(document, link)
        if match is None:
            continue
        login = login or match["owner"]
        if not is_login(login) or match["owner"].lower() != login.lower():
            raise document.changed("single valid owner in its links")
        row = ancestor(link, "li")
        rows.add((row or link).mem_id)
        package = _read_package(document, link, match, row)
        if is_package(package.name):
            packages.setdefault(package)
        else:
            unfit[package.type, package.name] = None
    _check_rows(document, listing, rows)
    names = tuple(show_line(name) for _, name in unfit)
    return OwnerPage(login, tuple(packages), names, count_pages(document))


def _match(document: Document, link: LexborNode) -> re.Match[str] | None:
    """Match the address of a package on the host of this page; None for any other link."""
    href = attribute(link, "href")
    match = PACKAGE_LINK.fullmatch(href) or _NUMBERED_LINK.fullmatch(href)
    if match is None or match["host"] not in {None, document.host}:
        return None
    return match if match.re is PACKAGE_LINK or is_repo(match["repo"]) else None


def _read_package(
    document: Document, link: LexborNode, match: re.Match[str], row: LexborNode | None
) -> Package:
    """Read what a row says of its package."""
    if match.re is PACKAGE_LINK:
        repo = _repo(document, row, match["owner"])
        return Package(match["type"], normalize(match["name"]), repo)
    name = attribute(link, "title") or words(link.text())
    return Package("maven", normalize(name), match["repo"], int(match["number"]))


def _repo(document: Document, row: LexborNode | None, owner: str) -> str | None:
    """Find the repository that the row of a package names last; a row is the nearest list item."""
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


def _check_rows(document: Document, listing: LexborNode, rows: set[int]) -> None:
    """Compare the rows that name a package with the heading, which counts the rows of its own page.

    Without a heading every list item with a link has to name a package.
    """
    for heading in listing.css("h1, h2, h3, h4"):
        match = _HEADING.fullmatch(words(heading.text()))
        count = parse_count(match[1]) if match else None
        if count is not None:
            if count.value != len(rows):
                raise document.changed(f"{count.value} packages that its heading counts, but {len(rows)}")
            return
    if not rows:
        raise document.changed("package, nor a heading that says so")
    items = [item for item in listing.css("li") if item.css_first("a") is not None]
    if any(item.mem_id not in rows and ancestor(item, "li") is None for item in items):
        raise document.changed("heading, and a package in each row")


def parse_account(page: Page) -> Owner:
    """Read the API's answer to `GET /users/NAME`: the login as it is registered, the type and the id.

    Raises:
        PageChangedError: the answer is not what the API documents.
    """
    account = load_object(page, "account")
    login, number, kind = (account.get(key) for key in ("login", "id", "type"))
    if not isinstance(login, str) or not is_login(login):
        raise PageChangedError(page.url, "account", "login")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 63:
        raise PageChangedError(page.url, "account", "id")
    if kind not in ("User", "Organization"):
        raise PageChangedError(page.url, "account", "type")
    return Owner(login, "orgs" if kind == "Organization" else "users", number)
