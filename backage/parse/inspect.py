"""A page of unknown kind: find its kind by what it holds, and read it."""

from dataclasses import dataclass

from backage.errors import PageChangedError
from backage.models.pages import MavenList, MavenPage, OwnerPage, PackagePage, Page, VersionPage, VersionsPage
from backage.parse import maven, owner, package, version, versions
from backage.parse.document import Document


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page of any kind; `address` is where it was, None where it does not say."""

    kind: str
    address: str | None
    value: OwnerPage | PackagePage | VersionPage | VersionsPage | MavenPage | MavenList


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


def _read(
    document: Document, page: Page
) -> tuple[str, OwnerPage | PackagePage | VersionPage | VersionsPage | MavenPage | MavenList]:
    if document.tree.css_first("#versions-list") is not None:
        if maven.is_maven_list(document):
            return maven.LIST_KIND, maven.parse_maven_list(page)
        return versions.KIND, versions.parse_versions(page)
    if document.tree.css_first("#org-packages, #user-packages-list") is not None:
        return owner.KIND, owner.parse_owner(page)
    if package.counts_after(document, version.MONTH):
        numbered = maven.parse_maven(page)
        return (maven.KIND, numbered) if numbered else (version.KIND, version.parse_version(page))
    if package.counts_after(document, package.LABEL):
        return package.KIND, package.parse_package(page)
    raise PageChangedError(page.url, "saved", "list of packages or versions, nor a count of downloads")
