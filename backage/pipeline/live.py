"""Read one page of each kind for one package from GitHub, and compare them.

A page that fails does not stop the others. Each request uses what the pages before it said.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from backage import urls
from backage.config import Settings
from backage.crawl.sizes import IMAGES, MANIFESTS
from backage.fetch.client import Client
from backage.models.history import Owner, Package
from backage.models.pages import (
    Manifest,
    OwnerPage,
    PackagePage,
    Page,
    Request,
    VersionPage,
    VersionRow,
    VersionsPage,
)
from backage.parse.account import parse_account
from backage.parse.manifest import parse_manifest, read_manifest
from backage.parse.owner import parse_owner
from backage.parse.package import parse_package
from backage.parse.registry import parse_token
from backage.parse.version import parse_version
from backage.parse.versions import parse_versions
from backage.pipeline.live_maven import read_maven_pages
from backage.pipeline.live_reader import LivePage, LiveReader
from backage.plan.agreement import Evidence, Finding, ListKind, compare_pages
from backage.render.paths import repo_of
from backage.urls import Tagged

MOST_LISTED = 30
"""Pages of an owner's list to search for the package: 900 packages."""

LISTS: dict[ListKind, Tagged | None] = {
    "versions": None,
    "versions-tagged": "tagged",
    "versions-untagged": "untagged",
}


def read_live(
    client: Client, settings: Settings, name: tuple[str, str, str], day: date
) -> list[LivePage[object]]:
    """Read a page of each kind, and compare them.

    `name` is owner, repository and package in URL form. `day` is today in UTC.
    """
    reader = _PackageReader(client, settings, name)
    account = reader.read_account()
    listing = reader.read_listing(known=account.value is not None)
    listed = reader.choose(listing.value) if listing.value else None
    evidence = Evidence(day, reader.repo, reader.images, account.value, listing.value, listed)
    others, findings = (_read_maven if reader.is_maven else _read_others)(reader, evidence)
    return [
        replace(page, findings=(*page.findings, *(each for each in findings if each.kind == page.kind)))
        for page in (account, listing, *others)
    ]


def _read_maven(reader: "_PackageReader", evidence: Evidence) -> tuple[list[LivePage[object]], list[Finding]]:
    """Read and compare the pages of a Maven package, which has no tags and no manifests."""
    pages, findings = read_maven_pages(reader, reader.owner, reader.package, evidence)
    lists = [reader.read_versions(kind) for kind, only in LISTS.items() if only]
    return [*pages, *lists, reader.read_manifest(None)], findings


def _read_others(
    reader: "_PackageReader", evidence: Evidence
) -> tuple[list[LivePage[object]], list[Finding]]:
    """Read and compare the pages of a package of any other type."""
    package = reader.read_package()
    lists = {kind: reader.read_versions(kind) for kind in LISTS}
    read = {kind: page.value for kind, page in lists.items() if page.value}
    row = _choose_row(read)
    version = reader.read_version(row, package.value)
    manifest = reader.read_manifest(row)
    server = reader.settings.server
    evidence = replace(
        evidence,
        address=(urls.login_of(server, package.url), urls.repo_in(server, package.url)),
        package=package.value,
        lists=read,
        row=row,
        version=version.value,
        embedded=_read_embedded(version),
        manifest=manifest.value,
    )
    return [package, *lists.values(), version, manifest], compare_pages(evidence)


class _PackageReader(LiveReader):
    """Reads the pages of one package, and remembers its owner, type and repository."""

    def __init__(self, client: Client, settings: Settings, name: tuple[str, str, str]) -> None:
        super().__init__(client, settings)
        login, self.repo, package = name
        self.owner = Owner(login, "orgs")
        # A package without a repository has its own name in its place. GitHub redirects if there is one.
        linked = self.repo.lower() != package.lower()
        self.package = Package("container", package, self.repo if linked else None)

    @property
    def images(self) -> bool:
        """Whether the versions are images. Only images have tags and manifests."""
        return self.package.type in IMAGES

    @property
    def is_maven(self) -> bool:
        """Whether the package stands at a number: its pages are of other kinds, and prove themselves."""
        return self.package.number is not None

    def read_account(self) -> LivePage[Owner]:
        url = urls.account_url(self.settings.api, self.owner.login)
        page = self.read("account", Request(url, "api"), parse_account)
        self.owner = page.value or self.owner
        return page

    def read_listing(self, *, known: bool) -> LivePage[OwnerPage]:
        """Read the owner's list up to the page that has the package.

        If the owner's type is not `known`, the list tells it: GitHub answers 404 for a user in /orgs/.
        """
        page = self._read_listing(1)
        if not known and not page.found:
            self.owner = replace(self.owner, type="users")
            page = self._read_listing(1)
        if not known and page.value and page.value.login:
            self.owner = replace(self.owner, login=page.value.login)
        number, pages = 1, page.value.pages if page.value else 1
        while page.value and not self._find(page.value) and number < min(pages, MOST_LISTED):
            number += 1
            page = self._read_listing(number)
        return page

    def _read_listing(self, number: int) -> LivePage[OwnerPage]:
        url = urls.owner_url(self.settings.server, self.owner.login, self.owner.type, number)
        return self.read("owner", Request(url), parse_owner)

    def choose(self, page: OwnerPage) -> Package | None:
        """Find the package in its owner's list, and use its type, name and repository from there."""
        found = self._find(page)
        self.package = found or self.package
        return found

    def _find(self, page: OwnerPage) -> Package | None:
        named = [each for each in page.packages if each.name.lower() == self.package.name.lower()]
        there = [each for each in named if repo_of(each).lower() == self.repo.lower()]
        return next(iter(there or named), None)

    def read_package(self) -> LivePage[PackagePage]:
        url = urls.package_url(self.settings.server, self.owner, self.package)
        return self.read("package", Request(url), lambda page: parse_package(page, self.package.name))

    def read_versions(self, kind: ListKind) -> LivePage[VersionsPage]:
        """Read the first page of a list of versions."""
        only = LISTS[kind]
        if only and not self.images:
            return LivePage(kind, reason=f"versions of type {self.package.type} have no tags", expected=False)
        url = urls.versions_url(self.settings.server, self.owner, self.package, only=only)
        return self.read(kind, Request(url), lambda page: parse_versions(page, self.package.name))

    def read_version(self, row: VersionRow | None, package: PackagePage | None) -> LivePage[VersionPage]:
        """Read a row's version. Without a row, read the newest version that the package's page links to."""
        number = row.id if row else max(package.version_ids, default=None) if package else None
        if number is None:
            return LivePage("version", reason="not requested: no page names a version")
        url = urls.version_url(
            self.settings.server, self.owner, self.package, number, row.name if row else ""
        )
        return self.read("version", Request(url), lambda page: _parse_version(page, self.package.name))

    def read_manifest(self, row: VersionRow | None) -> LivePage[Manifest]:
        """Read a version's manifest from the registry, with an anonymous token."""
        if not self.images:
            reason = f"{self.package.type} versions have no manifest"
            return LivePage("manifest", reason=reason, expected=False)
        if row is None:
            return LivePage("manifest", reason="not requested: no list names a version")
        ghcr, login = self.settings.ghcr, self.owner.login
        request = Request(urls.ghcr_token_url(ghcr, login, self.package), "ghcr")
        token = self.read("manifest", request, parse_token)
        if token.value is None:
            return LivePage("manifest", token.url, reason=token.reason)
        url = urls.manifest_url(ghcr, login, self.package, row.name)
        request = Request(url, "ghcr", accept=MANIFESTS, bearer=token.value)
        return self.read("manifest", request, parse_manifest)


def _choose_row(lists: Mapping[ListKind, VersionsPage]) -> VersionRow | None:
    """Choose the most downloaded version, tagged ones first."""
    rows = [row for page in lists.values() for row in page.rows]
    return max(rows, key=lambda row: (bool(row.tags), row.downloads, row.id), default=None)


def _read_embedded(version: LivePage[VersionPage]) -> Manifest | None:
    """Return the manifest that a version's page shows."""
    if version.value is None or version.value.manifest is None:
        return None
    return read_manifest(version.value.manifest, version.url)


def _parse_version(page: Page, name: str) -> VersionPage:
    """Read a version's page, and check that its manifest can be read."""
    version = parse_version(page, name)
    if version.manifest is not None:
        read_manifest(version.manifest, page.url)
    return version
