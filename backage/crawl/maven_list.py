"""Fetch a Maven package's numbers from GraphQL or its pages, and the ids of its versions from REST."""

import json
from asyncio import Event
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from backage import urls
from backage.crawl.fetcher import gather
from backage.crawl.job import Job, fetch_and_parse
from backage.crawl.versions import choose_error, is_whole_list
from backage.errors import BackageError, DeniedError, NotFoundError, PageChangedError, ReadError
from backage.models.history import Owner, Package
from backage.models.pages import MavenList, MavenPage, MavenRow, Page, Request
from backage.parse.maven import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids

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
class MavenListing:
    """A package's total, and its versions, newest first; without rows, only the total is new.

    It is `proven` if it has as many versions as GitHub counts.
    """

    total: int
    rows: tuple[MavenRow, ...]
    proven: bool


async def _ask(
    job: Job, owner: Owner, request: Request, parse: Callable[[Page], T], *, begun: bool
) -> T | None:
    """Ask an API about a package; None if it has refused to answer for the owner.

    One package of an owner asks first, and the others wait: a refusal holds for all of them. A list that was
    `begun` before the refusal is read on.
    """
    key = request.service, owner.login
    is_first = key not in job.first_answers
    first_answer = job.first_answers.setdefault(key, Event())
    if not is_first:
        await first_answer.wait()
    if key in job.refused and not begun:
        return None
    try:
        return await fetch_and_parse(job, request, request.service, parse)
    finally:
        first_answer.set()


# --- GraphQL ----------------------------------------------------------------------------------


async def fetch_from_graphql(
    job: Job, owner: Owner, package: Package, seen: set[str]
) -> tuple[MavenListing | None, dict[str, int]]:
    """Fetch all versions from GraphQL, or only the total if the newest 100 versions were `seen` today.

    The listing is None if GraphQL does not have it. The sizes are returned in any case.
    """
    sizes: dict[str, int] = {}
    if job.settings.token is None or package.repo is None:
        return None, sizes
    rows: dict[str, MavenRow] = {}
    counts: set[int] = set()
    after: str | None = None
    while True:
        request = query_versions(job.settings.graphql, owner, package, after)
        try:
            answer = await _ask(job, owner, request, parse_maven_answer, begun=bool(rows))
        except NotFoundError:
            return None, sizes
        except ReadError as error:
            job.refused.add(("graphql", owner.login))
            job.tally.note_lookup(f"answer of GraphQL for {owner.login}", error)
            return None, sizes
        sizes |= answer.sizes if answer else {}
        if answer is None or answer.downloads is None or answer.rows is None:
            return None, sizes
        found = {row.name: row for row in answer.rows}
        if not rows and found.keys() <= seen:
            return MavenListing(answer.downloads, (), proven=False), sizes
        has_new_rows = not found.keys() <= rows.keys()
        rows = {**found, **rows}
        counts.add(answer.versions)
        after = answer.next
        if after is None or not has_new_rows:
            break
    return MavenListing(answer.downloads, tuple(rows.values()), proven=counts == {len(rows)}), sizes


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


async def fetch_maven_page(job: Job, owner: Owner, package: Package) -> MavenPage | None:
    """Read the page of a package; None if it is not a Maven package."""
    request = Request(urls.package_url(job.settings.server, owner, package))
    name = urls.plain(package.name)
    return await fetch_and_parse(job, request, "maven", lambda answer: parse_maven(answer, name), owner)


async def fetch_maven_list(job: Job, owner: Owner, package: Package) -> MavenListing:
    """Read all versions from the pages; the package's total is their sum.

    Raises:
        BackageError: a page could not be read, or the list is not whole.
    """
    url = urls.versions_url(job.settings.server, owner, package)

    async def fetch_list_page(number: int) -> MavenList:
        request = Request(urls.versions_url(job.settings.server, owner, package, number))
        return await fetch_and_parse(
            job,
            request,
            "maven-versions",
            lambda answer: parse_maven_list(answer, package.number),
            owner,
        )

    first = await fetch_list_page(1)
    more = await gather(fetch_list_page(number) for number in range(2, first.pages + 1))
    error = choose_error([page for page in more if isinstance(page, BackageError)])
    if error is not None:
        raise error
    pages = [first, *(page for page in more if isinstance(page, MavenList))]
    rows: dict[str, MavenRow] = {}
    for row in (row for page in pages for row in page.rows):
        rows.setdefault(row.name, row)
    if not rows or not is_whole_list([len(page.rows) for page in pages]):
        raise PageChangedError(url, "maven-versions", "whole list of versions")
    return MavenListing(sum(row.downloads for row in rows.values()), tuple(rows.values()), proven=False)


# --- REST -------------------------------------------------------------------------------------


async def fetch_version_ids(job: Job, owner: Owner, package: Package, names: set[str]) -> dict[str, int]:
    """Fetch the ids of versions from REST; empty unless all are there, because ids must be in order."""
    if job.settings.token is None:
        return {}
    found: dict[str, int] = {}
    number = 0
    while not names <= found.keys():
        number += 1
        request = Request(urls.version_ids_url(job.settings.api, owner, package, number), "api")
        try:
            rows = await _ask(job, owner, request, parse_version_ids, begun=bool(found))
        except BackageError as error:
            job.refused.add(("api", owner.login))
            if not isinstance(error, DeniedError | NotFoundError):
                job.tally.note_lookup("ids of versions", error)
            return {}
        if rows is None:
            return {}
        found = {**dict(rows), **found}
        if len(rows) < IDS_PER_PAGE:
            break
    return {name: found[name] for name in names} if names <= found.keys() else {}
