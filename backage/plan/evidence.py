"""What the pages of one package say, and what a comparison finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from backage.models.history import Owner, Package
from backage.models.pages import Manifest, OwnerPage, PackagePage, VersionPage, VersionRow, VersionsPage

PageKind = Literal[
    "account",
    "owner",
    "package",
    "versions",
    "versions-tagged",
    "versions-untagged",
    "version",
    "manifest",
    "maven",
    "maven-versions",
    "maven-version",
    "graphql",
    "ids",
]
ListKind = Literal["versions", "versions-tagged", "versions-untagged"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the pages of one package say. A page that was not read is None, or has no key.

    `repo` is the requested repository. `listed` is the package's entry in its owner's list. `address` is the
    login and the repository in the final address of the package's page. `row` is the list entry of `version`.
    `embedded` is the manifest on that version's page.
    """

    day: date
    repo: str
    images: bool
    account: Owner | None
    owner: OwnerPage | None
    listed: Package | None
    address: tuple[str | None, str | None] = (None, None)
    package: PackagePage | None = None
    lists: Mapping[ListKind, VersionsPage] = field(default_factory=dict)
    row: VersionRow | None = None
    version: VersionPage | None = None
    embedded: Manifest | None = None
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a page: it `disagrees` with another or with itself, or it is only worth a note."""

    kind: PageKind
    text: str
    disagrees: bool = True
