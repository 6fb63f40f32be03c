"""A page of unknown kind: find its kind by what it holds, and read it."""

from dataclasses import dataclass

from backage.errors import PageChangedError
from backage.models.pages import MavenList, MavenPage, OwnerPage, PackagePage, Page, VersionPage, VersionsPage
from backage.parse.document import Document
from backage.parse.maven import is_maven_list, parse_maven, parse_maven_list
from backage.parse.owner import parse_owner
from backage.parse.package import MONTH_LABEL, TOTAL_LABEL, counts_after, parse_package, parse_version
from backage.parse.versions import parse_versions

Value = OwnerPage | PackagePage | VersionPage | VersionsPage | MavenPage | MavenList


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page of any kind; `address` is where it was, None where it does not say."""

    kind: str
    address: str | None
    value: Value


def inspect_page(page: Page) -> SavedPage:
    """Find the kind of a page, and read it with its parser.

    Raises:
        PageChangedError: it was cut, it is a page of no kind that is known, or its parser lacks something.
    """
    if not page.body.rstrip().endswith(b"</html>"):
        raise PageChangedError(page.url, "saved", "</html> at its end: it was cut")
    document = Document(page, "saved")
    kind, value = _read(document, page)
    return SavedPage(kind, document.address, value)


def _read(document: Document, page: Page) -> tuple[str, Value]:
    """Return the kind of a page and its value."""
    if document.tree.css_first("#versions-list") is not None:
        if is_maven_list(document):
            return "maven-versions", parse_maven_list(page)
        return "versions", parse_versions(page)
    if document.tree.css_first("#org-packages, #user-packages-list") is not None:
        return "owner", parse_owner(page)
    if counts_after(document, MONTH_LABEL):
        numbered = parse_maven(page)
        return ("maven", numbered) if numbered else ("version", parse_version(page))
    if counts_after(document, TOTAL_LABEL):
        return "package", parse_package(page)
    raise document.changed("list of packages or versions, nor a count of downloads")
