"""A page of unknown kind: find its kind by what it holds, and read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.errors import PageChangedError
from backage.parse import owner, package, version, versions
from backage.parse.document import Document

if TYPE_CHECKING:
    from backage.models import OwnerPage, PackagePage, Page, VersionPage, VersionsPage


def inspect_page(page: Page) -> tuple[str, OwnerPage | PackagePage | VersionPage | VersionsPage]:
    """Return the kind of a page and what its parser reads.

    Raises:
        PageChangedError: it is a page of none of the four kinds, or its parser lacks something.
    """
    document = Document(page, "saved")
    if document.tree.css_first("#versions-list") is not None:
        return versions.KIND, versions.parse_versions(page)
    if document.tree.css_first("#org-packages, #user-packages-list") is not None:
        return owner.KIND, owner.parse_owner(page)
    if package.counts_after(document, version.MONTH):
        return version.KIND, version.parse_version(page)
    if package.counts_after(document, package.LABEL):
        return package.KIND, package.parse_package(page)
    raise PageChangedError(page.url, "saved", "list of packages or versions, nor a count of downloads")
