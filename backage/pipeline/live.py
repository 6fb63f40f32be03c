"""`backage check --live`: read one page of each kind for one package from GitHub, and compare them.

A page that fails does not stop the others. Each request uses what the pages before it said.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from backage import urls
from backage.config import Settings
from backage.crawl.maven_list import query_versions
from backage.crawl.sizes import IMAGES, MANIFESTS
from backage.errors import (
    BackageError,
    DeniedError,
    NoConnectionError,
    NotFoundError,
    PageChangedError,
    ReadError,
)
from backage.fetch.client import Client
from backage.models.history import Owner, Package
from backage.models.pages import (
    Manifest,
    MavenPage,
    OwnerPage,
    PackagePage,
    Page,
    Request,
    VersionPage,
    VersionRow,
    VersionsPage,
)
from backage.parse.manifest import parse_manifest, read_manifest
from backage.parse.maven import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids
from backage.parse.owner import parse_account, parse_owner
from backage.parse.package import parse_package, parse_version
from backage.parse.registry import parse_token
from backage.parse.versions import parse_versions
from backage.plan.agreement import Evidence, Finding, ListKind, PageKind, compare_pages
from backage.plan.maven_agreement import MavenEvidence, compare_maven
from backage.render.paths import repo_of
from backage.urls import Tagged

MOST_LISTED = 30
"""Pages of an owner's list to search for the package: 900 packages."""

LISTS: dict[ListKind, Tagged | None] = {
    "versions": None,
    "versions-tagged": "tagged",
    "versions-untagged": "untagged",
}

NO_VERSION = "not requested: no page names a version"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class LivePage:
    """A page with what its parser returned, or with the reason why `value` is None.

    `body` is what the server sent. `url` is empty if the address is unknown. `expected` is false if this
    package has no such page.
    """

    kind: PageKind
    url: str = ""
    value: object = None
    reason: str = ""
    body: bytes = b""
    error: ReadError | None = None
    expected: bool = True
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Literal["none", "not read", "disagrees", "agrees"]:
        """The result in a word. A page disagrees if a finding contradicts it."""
        if not self.expected:
            return "none"
        if self.value is None:
            return "not read"
        return "disagrees" if any(finding.disagrees for finding in self.findings) else "agrees"

    @property
    def is_fine(self) -> bool:
        """Whether the page agrees, or does not exist for this package."""
        return self.verdict in {"none", "agrees"}


def read_live(client: Client, settings: Settings, name: tuple[str, str, str], day: date) -> list[LivePage]:
    """Read a page of each kind, and compare them.

    `name` is owner, repository and package in URL form. `day` is today in UTC.
    """
    reader = _Reader(client, settings, name)
    evidence = reader.read_owner(day)
    # A Maven package stands at a number. Its pages are of other kinds.
    is_maven = reader.package.number is not None
    findings = reader.read_maven(evidence) if is_maven else reader.read_package(evidence)
    return [
        replace(page, findings=(*page.findings, *(each for each in findings if each.kind == page.kind)))
        for page in reader.pages.values()
    ]


class _Reader:
    """Reads the pages of one package one after the other, and keeps the last page of each kind.

    If a host cannot be reached, its other pages are not requested.
    """

    def __init__(self, client: Client, settings: Settings, name: tuple[str, str, str]) -> None:
        login, self.repo, package = name
        self.owner = Owner(login, "orgs")
        # A package without a repository has its own name in its place. GitHub redirects if there is one.
        linked = self.repo.lower() != package.lower()
        self.package = Package("container", package, self.repo if linked else None)
        self.pages: dict[PageKind, LivePage] = {}
        self._client, self._settings = client, settings
        self._unreachable: set[str] = set()

    def read_owner(self, day: date) -> Evidence:
        """Read the account, and the owner's list up to the page that has the package.

        If the account cannot be read, the list tells its type: GitHub answers 404 for a user in /orgs/.
        """
        url = urls.account_url(self._settings.api, self.owner.login)
        account = self._read("account", Request(url, "api"), parse_account)
        self.owner = account or self.owner
        page = self._read_listing(1)
        if account is None and isinstance(self.pages["owner"].error, NotFoundError):
            self.owner = replace(self.owner, type="users")
            page = self._read_listing(1)
        if account is None and page and page.login:
            self.owner = replace(self.owner, login=page.login)
        number, last = 1, min(page.pages, MOST_LISTED) if page else 1
        while page and not self._find(page) and number < last:
            number += 1
            page = self._read_listing(number)
        listed = self._find(page) if page else None
        self.package = listed or self.package
        return Evidence(day, self.repo, self.package.type in IMAGES, account, page, listed)

    def read_package(self, evidence: Evidence) -> list[Finding]:
        """Read and compare the pages of a package of any type but Maven."""
        name, url = self.package.name, urls.package_url(self._settings.server, self.owner, self.package)
        package = self._read("package", Request(url), lambda page: parse_package(page, name))
        lists = {kind: page for kind in LISTS if (page := self._read_versions(kind))}
        rows = [row for page in lists.values() for row in page.rows]
        # the most downloaded version, tagged ones first
        row = max(rows, key=lambda row: (bool(row.tags), row.downloads, row.id), default=None)
        version = self._read_version(row, package)
        shown = version.manifest if version else None
        evidence = replace(
            evidence,
            address=self._find_address("package"),
            package=package,
            lists=lists,
            row=row,
            version=version,
            embedded=read_manifest(shown, self.pages["version"].url) if shown is not None else None,
            manifest=self._read_manifest(row),
        )
        return compare_pages(evidence)

    def read_maven(self, evidence: Evidence) -> list[Finding]:
        """Read and compare the pages of a Maven package and, with a token, the APIs' answers."""
        server, owner, package = self._settings.server, self.owner, self.package
        name, number = urls.plain(package.name), package.number
        request = Request(urls.package_url(server, owner, package))
        page = self._read("maven", request, lambda answer: _parse_maven(answer, name))
        request = Request(urls.versions_url(server, owner, package))
        listing = self._read("maven-versions", request, lambda answer: parse_maven_list(answer, number))
        rows = listing.rows if listing else ()
        # the most downloaded version but the newest, which the package's page shows
        row = max(rows[1:] or rows, key=lambda row: row.downloads, default=None)
        shown, version = row.name if row else page.version if page else None, None
        if shown is None:
            self._skip("maven-version", NO_VERSION)
        else:
            request = Request(urls.version_url(server, owner, package, 0, shown))
            version = self._read("maven-version", request, lambda answer: _parse_maven(answer, name, shown))
        request = query_versions(self._settings.graphql, owner, package)
        answer = self._read_api("graphql", request, parse_maven_answer)
        request = Request(urls.version_ids_url(self._settings.api, owner, package, 1), "api")
        ids = self._read_api("ids", request, parse_version_ids)
        for kind in ("versions-tagged", "versions-untagged"):
            self._read_versions(kind)
        self._read_manifest(None)
        evidence = replace(evidence, address=self._find_address("maven"))
        return compare_maven(evidence, MavenEvidence(page, listing, row, version, answer, ids))

    def _read(self, kind: PageKind, request: Request, parse: Callable[[Page], Value]) -> Value | None:
        """Read a page. The reason for an error is kept with it."""
        host, url, body = urlsplit(request.url).netloc, request.url, b""
        if host in self._unreachable:
            self._skip(kind, f"not requested: {host} cannot be reached", url)
            return None
        try:
            page = self._client.fetch(request)
            url, body = page.url, page.body
            value = parse(page)
        except ReadError as error:
            if isinstance(error, NoConnectionError):
                self._unreachable.add(host)
            self.pages[kind] = LivePage(kind, error.url, None, error.reason, body or error.body, error)
        except BackageError as error:
            self.pages[kind] = LivePage(kind, url, None, str(error), body)
        else:
            self.pages[kind] = LivePage(kind, url, value, body=body)
            return value
        return None

    def _read_api(self, kind: PageKind, request: Request, parse: Callable[[Page], Value]) -> Value | None:
        """Read an answer that needs a token. A refusal is only a note."""
        if self._settings.token is None:
            self._skip(kind, "it needs a token (GITHUB_TOKEN)", request.url, expected=False)
            return None
        value = self._read(kind, request, parse)
        if isinstance(self.pages[kind].error, DeniedError | NotFoundError):
            note = Finding(kind, "a job's token may not be allowed to read it", disagrees=False)
            self.pages[kind] = replace(self.pages[kind], expected=False, findings=(note,))
        return value

    def _skip(self, kind: PageKind, reason: str, url: str = "", *, expected: bool = True) -> None:
        self.pages[kind] = LivePage(kind, url, reason=reason, expected=expected)

    def _read_listing(self, number: int) -> OwnerPage | None:
        url = urls.owner_url(self._settings.server, self.owner.login, self.owner.type, number)
        return self._read("owner", Request(url), parse_owner)

    def _find(self, page: OwnerPage) -> Package | None:
        """Find the package in its owner's list, which has its type, name and repository."""
        named = [each for each in page.packages if each.name.lower() == self.package.name.lower()]
        there = [each for each in named if repo_of(each).lower() == self.repo.lower()]
        return next(iter(there or named), None)

    def _find_address(self, kind: PageKind) -> tuple[str | None, str | None]:
        """Return the login and the repository in the final address of a page."""
        server, url = self._settings.server, self.pages[kind].url
        return urls.login_of(server, url), urls.repo_in(server, url)

    def _read_versions(self, kind: ListKind) -> VersionsPage | None:
        """Read the first page of a list of versions."""
        only, package = LISTS[kind], self.package
        if only and package.type not in IMAGES:
            self._skip(kind, f"versions of type {package.type} have no tags", expected=False)
            return None
        url = urls.versions_url(self._settings.server, self.owner, package, only=only)
        return self._read(kind, Request(url), lambda page: parse_versions(page, package.name))

    def _read_version(self, row: VersionRow | None, package: PackagePage | None) -> VersionPage | None:
        """Read a row's version. Without a row, read the newest version that the package's page links to."""
        number = row.id if row else max(package.version_ids, default=None) if package else None
        if number is None:
            self._skip("version", NO_VERSION)
            return None
        name, shown = self.package.name, row.name if row else ""
        url = urls.version_url(self._settings.server, self.owner, self.package, number, shown)
        return self._read("version", Request(url), lambda page: _parse_version(page, name))

    def _read_manifest(self, row: VersionRow | None) -> Manifest | None:
        """Read a version's manifest from the registry, with an anonymous token."""
        if self.package.type not in IMAGES:
            self._skip("manifest", f"{self.package.type} versions have no manifest", expected=False)
            return None
        if row is None:
            self._skip("manifest", "not requested: no list names a version")
            return None
        ghcr, login = self._settings.ghcr, self.owner.login
        url = urls.ghcr_token_url(ghcr, login, self.package)
        token = self._read("manifest", Request(url, "ghcr"), parse_token)
        if token is None:
            self.pages["manifest"] = replace(self.pages["manifest"], body=b"")
            return None
        url = urls.manifest_url(ghcr, login, self.package, row.name)
        return self._read("manifest", Request(url, "ghcr", accept=MANIFESTS, bearer=token), parse_manifest)


def _parse_version(page: Page, name: str) -> VersionPage:
    """Read a version's page, and check that its manifest can be read."""
    version = parse_version(page, name)
    if version.manifest is not None:
        read_manifest(version.manifest, page.url)
    return version


def _parse_maven(answer: Page, name: str, version: str | None = None) -> MavenPage:
    page = parse_maven(answer, name, version)
    if page is None:
        raise PageChangedError(answer.url, "maven", "dependency to copy")
    return page
