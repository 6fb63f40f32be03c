"""Read the pages of one Maven package from GitHub, with a token also the APIs' answers, and compare them."""

from dataclasses import replace

from backage import urls
from backage.crawl.maven_list import query_versions
from backage.errors import PageChangedError
from backage.models.history import Owner, Package
from backage.models.pages import MavenList, MavenPage, MavenRow, Page, Request
from backage.parse.maven import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids
from backage.pipeline.live_reader import LivePage, LiveReader
from backage.plan.agreement import Evidence, Finding
from backage.plan.maven_agreement import MavenEvidence, compare_maven


def read_maven_pages(
    reader: LiveReader, owner: Owner, package: Package, evidence: Evidence
) -> tuple[list[LivePage[object]], list[Finding]]:
    """Read a page of each kind. `evidence` is what the account and the owner's list say."""
    server, api, graphql = reader.settings.server, reader.settings.api, reader.settings.graphql
    name = urls.plain(package.name)
    request = Request(urls.package_url(server, owner, package))
    page = reader.read("maven", request, lambda answer: _parse(answer, name))
    request = Request(urls.versions_url(server, owner, package))
    listing = reader.read("maven-versions", request, lambda answer: parse_maven_list(answer, package.number))
    row = _choose_row(listing.value)
    shown = row.name if row else page.value.version if page.value else None
    version: LivePage[MavenPage] = LivePage("maven-version", reason="not requested: no page names a version")
    if shown is not None:
        request = Request(urls.version_url(server, owner, package, 0, shown))
        version = reader.read("maven-version", request, lambda answer: _parse(answer, name, shown))
    request = query_versions(graphql, owner, package)
    answer = reader.read_with_token("graphql", request, parse_maven_answer)
    request = Request(urls.version_ids_url(api, owner, package, 1), "api")
    ids = reader.read_with_token("ids", request, parse_version_ids)
    address = (urls.login_of(server, page.url), urls.repo_in(server, page.url))
    maven = MavenEvidence(page.value, listing.value, row, version.value, answer.value, ids.value)
    findings = compare_maven(replace(evidence, address=address), maven)
    return [page, listing, version, answer, ids], findings


def _choose_row(listing: MavenList | None) -> MavenRow | None:
    """Choose the most downloaded version but the newest, which the package's page shows."""
    rows = listing.rows if listing else ()
    return max(rows[1:] or rows, key=lambda row: row.downloads, default=None)


def _parse(answer: Page, name: str, version: str | None = None) -> MavenPage:
    page = parse_maven(answer, name, version)
    if page is None:
        raise PageChangedError(answer.url, "maven", "dependency to copy")
    return page
