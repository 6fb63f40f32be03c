"""Where a Maven package's numbers come from: GraphQL, its pages, and REST for ids, as flows (see `crawl`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from backage import urls
from backage.errors import BackageError, DeniedError, MovedError, NotFoundError, PageChangedError, ReadError
from backage.models import MavenList, MavenPage, MavenRow, Request
from backage.parse import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids
from backage.pipeline.job import read
from backage.pipeline.walk import is_paged_whole, worst_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from backage.models import Owner, Package, Page
    from backage.pipeline.crawl import Flow
    from backage.pipeline.job import Job

IDS_PER_PAGE = 100
QUERY = """query($owner: String!, $repo: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $repo) { packages(first: 1, names: [$name], packageType: MAVEN) { nodes {
    statistics { downloadsTotalCount }
    versions(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes {
        version statistics { downloadsTotalCount }
        files(first: 50) { pageInfo { hasNextPage } nodes { name size } } } } } } } }"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """What was read of a package: its total, and its versions newest first, none where only the total is new.

    It is `proven` if it has as many versions as GitHub counts.
    """

    total: int
    rows: tuple[MavenRow, ...]
    proven: bool


# --- GraphQL ----------------------------------------------------------------------------------


def ask_graphql(
    job: Job, owner: Owner, package: Package, seen: set[str]
) -> Flow[tuple[Listing | None, dict[str, int]]]:
    """Ask GraphQL for all versions, or for the total alone if the newest 100 versions were `seen` today.

    None says that GraphQL does not tell. The sizes that it told are returned in any case.
    """
    sizes: dict[str, int] = {}
    if job.settings.token is None or package.repo is None or ("graphql", owner.login) in job.refused:
        return None, sizes
    rows: dict[str, MavenRow] = {}
    counts: set[int] = set()
    after: str | None = None
    while True:
        request = query_versions(job.settings.graphql, owner, package, after)
        try:
            answer = yield from read(job, request, "graphql", parse_maven_answer)
        except NotFoundError:
            return None, sizes
        except ReadError as error:
            job.refused.add(("graphql", owner.login))
            job.tally.note_lookup(f"answer of GraphQL for {owner.login}", error)
            return None, sizes
        sizes |= answer.sizes
        if answer.downloads is None or answer.rows is None:
            return None, sizes
        found = {row.name: row for row in answer.rows}
        if not rows and found.keys() <= seen:
            return Listing(answer.downloads, (), proven=False), sizes
        fresh = not found.keys() <= rows.keys()
        rows = {**found, **rows}
        counts.add(answer.versions)
        after = answer.next
        if after is None or not fresh:
            break
    return Listing(answer.downloads, tuple(rows.values()), proven=counts == {len(rows)}), sizes


def query_versions(graphql: str, owner: Owner, package: Package, after: str | None = None) -> Request:
    """Query 100 versions, the newest or those `after` a cursor."""
    variables = {
        "owner": owner.login,
        "repo": package.repo,
        "name": urls.plain(package.name),
        "after": after,
    }
    return Request(graphql, "graphql", query=json.dumps({"query": QUERY, "variables": variables}))


# --- pages ------------------------------------------------------------------------------------


def read_page(job: Job, owner: Owner, package: Package) -> Flow[MavenPage | None]:
    """Read the package's page; None if it is no Maven package's."""
    request = Request(urls.package_url(job.settings.server, owner, package))
    name = urls.plain(package.name)
    return read(job, request, "maven", _of(job, owner, lambda answer: parse_maven(answer, name)))


def read_list(job: Job, owner: Owner, package: Package) -> Flow[Listing]:
    """Read all versions from the pages; the package's total is their sum.

    Raises:
        BackageError: a page could not be read, or the list is not whole.
    """
    url = urls.versions_url(job.settings.server, owner, package)

    def one(number: int) -> Flow[MavenList]:
        request = Request(urls.versions_url(job.settings.server, owner, package, number))
        return read(
            job,
            request,
            "maven-versions",
            _of(job, owner, lambda answer: parse_maven_list(answer, package.number)),
        )

    first = yield from one(1)
    more = yield [one(number) for number in range(2, first.pages + 1)]
    error = worst_error([page for page in more if isinstance(page, BackageError)])
    if error is not None:
        raise error
    pages = [first, *more]
    rows = {row.name: row for page in reversed(pages) for row in page.rows}
    ordered = list(dict.fromkeys(row.name for page in pages for row in page.rows))
    if not rows or not is_paged_whole([len(page.rows) for page in pages]):
        raise PageChangedError(url, "maven-versions", "whole list of versions")
    return Listing(
        sum(row.downloads for row in rows.values()), tuple(rows[name] for name in ordered), proven=False
    )


def _of(job: Job, owner: Owner, parse: Callable[[Page], T]) -> Callable[[Page], T]:
    """Parse a page unless the package was handed over to another owner."""

    def parse_own(answer: Page) -> T:
        login = urls.login_of(job.settings.server, answer.url)
        if login is not None and login.lower() != owner.login.lower():
            raise MovedError(answer.url, "its page is that of another owner now")
        return parse(answer)

    return parse_own


# --- REST -------------------------------------------------------------------------------------


def ask_ids(job: Job, owner: Owner, package: Package, names: set[str]) -> Flow[dict[str, int]]:
    """Ask REST for the ids of versions, newest first; nothing unless all are told, for ids are in order."""
    if job.settings.token is None or ("api", owner.login) in job.refused:
        return {}
    found: dict[str, int] = {}
    number = 0
    while not names <= found.keys():
        number += 1
        request = Request(urls.version_ids_url(job.settings.api, owner, package, number), "api")
        try:
            rows = yield from read(job, request, "api", parse_version_ids)
        except ReadError as error:
            job.refused.add(("api", owner.login))
            if not isinstance(error, DeniedError | NotFoundError):
                job.tally.note_lookup("ids of versions", error)
            return {}
        except BackageError:
            return {}  # the budget ended
        found = {**dict(rows), **found}
        if len(rows) < IDS_PER_PAGE:
            break
    return {name: found[name] for name in names} if names <= found.keys() else {}
