"""Read one page of each kind for one package from GitHub, and compare them.

A page that fails does not stop the others. Each request uses what the pages before it said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, Never, TypeVar
from urllib.parse import urlsplit

from backage import urls
from backage.config import Settings
from backage.crawl.sizes import IMAGES, MANIFESTS
from backage.errors import BackageError, NoConnectionError, NotFoundError, ReadError
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
from backage.plan.agreement import Evidence, Finding, ListKind, PageKind, compare_pages
from backage.render.paths import repo_of
from backage.urls import Tagged

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)

MOST_LISTED = 30
"""Pages of an owner's list to search for the package: 900 packages."""

LISTS: dict[ListKind, Tagged | None] = {
    "versions": None,
    "versions-tagged": "tagged",
    "versions-untagged": "untagged",
}


@dataclass(frozen=True, slots=True)
class LivePage(Generic[Value_co]):
    """A page with what its parser returned, or with the reason why `value` is None.

    `body` is what the server sent. `url` is empty if the address is unknown. `expected` is false if this
    package has no such page, and `found` is false after a 404.
    """

    kind: PageKind
    url: str = ""
    value: Value_co | None = None
    reason: str = ""
    body: bytes = b""
    found: bool = True
    expected: bool = True
    findings: tuple[Finding, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the page was read and no finding contradicts it."""
        read = self.value is not None or not self.expected
        return read and not any(finding.disagrees for finding in self.findings)


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
    package = reader.read_package()
    lists = {kind: reader.read_versions(kind) for kind in LISTS}
    read = {kind: page.value for kind, page in lists.items() if page.value}
    row = _choose_row(read)
    version = reader.read_version(row, package.value)
    manifest = reader.read_manifest(row)
    evidence = Evidence(
        day=day,
        repo=reader.repo,
        images=reader.images,
        account=account.value,
        owner=listing.value,
        listed=listed,
        address=(urls.login_of(settings.server, package.url), urls.repo_in(settings.server, package.url)),
        package=package.value,
        lists=read,
        row=row,
        version=version.value,
        embedded=_read_embedded(version),
        manifest=manifest.value,
    )
    findings = compare_pages(evidence)
    pages: list[LivePage[object]] = [account, listing, package, *lists.values(), version, manifest]
    return [
        replace(page, findings=tuple(finding for finding in findings if finding.kind == page.kind))
        for page in pages
    ]


class _PackageReader:
    """Reads the pages of one package, one after the other, and remembers its owner, type and repository.

    If a host cannot be reached, its other pages are not requested.
    """

    def __init__(self, client: Client, settings: Settings, name: tuple[str, str, str]) -> None:
        self._client = client
        self._settings = settings
        self._unreachable: set[str] = set()
        login, self.repo, package = name
        self._owner = Owner(login, "orgs")
        # A package without a repository has its own name in its place. GitHub redirects if there is one.
        linked = self.repo.lower() != package.lower()
        self._package = Package("container", package, self.repo if linked else None)

    @property
    def images(self) -> bool:
        """Whether the versions are images. Only images have tags and manifests."""
        return self._package.type in IMAGES

    @property
    def _is_maven(self) -> bool:
        """Whether the package stands at a number: its pages are of other kinds, and prove themselves."""
        return self._package.number is not None

    def read_account(self) -> LivePage[Owner]:
        url = urls.account_url(self._settings.api, self._owner.login)
        page = self._read("account", Request(url, "api"), parse_account)
        self._owner = page.value or self._owner
        return page

    def read_listing(self, *, known: bool) -> LivePage[OwnerPage]:
        """Read the owner's list up to the page that has the package.

        If the owner's type is not `known`, the list tells it: GitHub answers 404 for a user in /orgs/.
        """
        page = self._read_listing(1)
        if not known and not page.found:
            self._owner = replace(self._owner, type="users")
            page = self._read_listing(1)
        if not known and page.value and page.value.login:
            self._owner = replace(self._owner, login=page.value.login)
        number, pages = 1, page.value.pages if page.value else 1
        while page.value and not self._find(page.value) and number < min(pages, MOST_LISTED):
            number += 1
            page = self._read_listing(number)
        return page

    def _read_listing(self, number: int) -> LivePage[OwnerPage]:
        url = urls.owner_url(self._settings.server, self._owner.login, self._owner.type, number)
        return self._read("owner", Request(url), parse_owner)

    def choose(self, page: OwnerPage) -> Package | None:
        """Find the package in its owner's list, and use its type, name and repository from there."""
        found = self._find(page)
        self._package = found or self._package
        return found

    def _find(self, page: OwnerPage) -> Package | None:
        named = [each for each in page.packages if each.name.lower() == self._package.name.lower()]
        there = [each for each in named if repo_of(each).lower() == self.repo.lower()]
        return next(iter(there or named), None)

    def read_package(self) -> LivePage[PackagePage]:
        if self._is_maven:
            return _leave_out("package")
        url = urls.package_url(self._settings.server, self._owner, self._package)
        return self._read("package", Request(url), lambda page: parse_package(page, self._package.name))

    def read_versions(self, kind: ListKind) -> LivePage[VersionsPage]:
        """Read the first page of a list of versions."""
        if self._is_maven:
            return _leave_out(kind)
        only = LISTS[kind]
        if only and not self.images:
            return LivePage(
                kind, reason=f"versions of type {self._package.type} have no tags", expected=False
            )
        url = urls.versions_url(self._settings.server, self._owner, self._package, only=only)
        return self._read(kind, Request(url), lambda page: parse_versions(page, self._package.name))

    def read_version(self, row: VersionRow | None, package: PackagePage | None) -> LivePage[VersionPage]:
        """Read a row's version. Without a row, read the newest version that the package's page links to."""
        if self._is_maven:
            return _leave_out("version")
        number = row.id if row else max(package.version_ids, default=None) if package else None
        if number is None:
            return LivePage("version", reason="not requested: no page names a version")
        url = urls.version_url(
            self._settings.server, self._owner, self._package, number, row.name if row else ""
        )
        return self._read("version", Request(url), lambda page: _parse_version(page, self._package.name))

    def read_manifest(self, row: VersionRow | None) -> LivePage[Manifest]:
        """Read a version's manifest from the registry, with an anonymous token."""
        if not self.images:
            reason = f"{self._package.type} versions have no manifest"
            return LivePage("manifest", reason=reason, expected=False)
        if row is None:
            return LivePage("manifest", reason="not requested: no list names a version")
        ghcr, login = self._settings.ghcr, self._owner.login
        request = Request(urls.ghcr_token_url(ghcr, login, self._package), "ghcr")
        token = self._read("manifest", request, parse_token)
        if token.value is None:
            return LivePage("manifest", token.url, reason=token.reason)
        url = urls.manifest_url(ghcr, login, self._package, row.name)
        request = Request(url, "ghcr", accept=MANIFESTS, bearer=token.value)
        return self._read("manifest", request, parse_manifest)

    def _read(self, kind: PageKind, request: Request, parse: Callable[[Page], Value]) -> LivePage[Value]:
        host, url, body = urlsplit(request.url).netloc, request.url, b""
        if host in self._unreachable:
            return LivePage(kind, url, reason=f"not requested: {host} cannot be reached")
        try:
            page = self._client.fetch(request)
            url, body = page.url, page.body
            return LivePage(kind, url, parse(page), body=body)
        except ReadError as error:
            if isinstance(error, NoConnectionError):
                self._unreachable.add(host)
            found = not isinstance(error, NotFoundError)
            return LivePage(kind, error.url, None, error.reason, body or error.body, found)
        except BackageError as error:
            return LivePage(kind, url, None, str(error), body)


def _leave_out(kind: PageKind) -> LivePage[Never]:
    return LivePage(kind, reason="the pages of Maven packages are not compared", expected=False)


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
