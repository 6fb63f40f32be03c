"""How a Maven package is read: from GraphQL if the token may, else from its pages, as flows (see `crawl`).

Its pages show no daily counts. Its total is GraphQL's or the sum of all versions, its windows are the sums
of its versions' windows. A version is known by its name; its id comes from REST, which wants a token.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from backage import urls
from backage.errors import (
    BackageError,
    DeniedError,
    MovedError,
    NotFoundError,
    PageChangedError,
    ReadError,
)
from backage.models import (
    Count,
    Downloads,
    MavenList,
    MavenPage,
    MavenRow,
    PackagePage,
    Request,
    VersionRow,
)
from backage.parse import parse_maven, parse_maven_answer, parse_maven_list, parse_version_ids
from backage.pipeline.job import Scanned, read
from backage.pipeline.package import add_versions, count_package, keep_package, plan_package
from backage.pipeline.tally import name_of
from backage.pipeline.walk import Walk, is_paged_whole, worst_error
from backage.plan import (
    add_gain,
    complete_windows,
    has_windows,
    sum_windows,
    whose_counters,
    windows_of,
    with_newest,
    with_windows,
)
from backage.plan.windows import LOOK_BACK
from backage.store import (
    assign_ids,
    is_placeholder,
    load_package,
    load_versions,
    mark_gone,
    save_package,
    save_version_ids,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from backage.models import KnownPackage, KnownVersion, Owner, Package, PackageUpdate, Page
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


@dataclass(frozen=True, slots=True)
class Before:
    """A package before it is read on a day: what the history knows of it, and of its versions by id."""

    owner: Owner
    package: Package
    day: date
    key: int | None
    known: KnownPackage
    versions: Mapping[int, KnownVersion]

    @property
    def listed_names(self) -> set[str]:
        """The names of the versions that the last list had."""
        return {version.name for version in self.versions.values() if version.listed}


def read_maven(job: Job, owner: Owner, package: Package, *, listed: bool) -> Flow[int]:
    """Read a Maven package and store it; return how many of its versions were read.

    The day's first run reads all versions. A later one asks for the total alone, or on the pages for the
    names of the newest versions, and reads all versions again if one of them is new.

    Raises:
        BackageError: something of it failed; what did not fail is stored.
    """
    before = _load(job, owner, package)
    again = before.known.listed == before.day
    page = None
    try:
        listing, sizes = yield from _ask_graphql(job, before, again=again)
        if listing is None and (again or before.key is None):
            page = yield from _read_page(job, owner, package)
            if page is None and before.key is None:
                _note_other_kind(job, owner, package)
                return 0
        if listing is None and not (again and page and page.versions <= before.listed_names):
            listing = yield from _read_list(job, owner, package)
    except NotFoundError:
        if listed:
            raise
        mark_gone(job.history, owner.login, package, job.day)
        job.tally.gone += 1
        return 0
    update, error = yield from _plan(job, before, listing, page)
    key = save_package(job.history, owner.login, package, update, job.run)
    job.tally.sizes += job.history.details.save_sizes(key, sizes)
    job.scanned.append(Scanned(owner, package, key, before.day))
    rows = len(listing.rows) if listing else 0
    count_package(job, before.known, update, rows)
    if error is not None:
        raise error
    return rows


def _load(job: Job, owner: Owner, package: Package) -> Before:
    """Load a package; no day of it is settled, for no chart tells what came after the day's last run."""
    day = job.today()
    key, known = load_package(job.history, owner.login, package, day)
    versions = load_versions(job.history, key, day - LOOK_BACK) if key is not None else {}
    return Before(owner, package, day, key, replace(known, settled=None), versions)


def _note_other_kind(job: Job, owner: Owner, package: Package) -> None:
    url = urls.package_url(job.settings.server, owner, package)
    job.tally.notes.append(
        f"{name_of(owner, package)} is not read: it has a number and is no Maven package: {url}"
    )


def _plan(
    job: Job, before: Before, listing: Listing | None, page: MavenPage | None
) -> Flow[tuple[PackageUpdate, BackageError | None]]:
    """Plan what to store; None for the listing says that nothing is new."""
    day, known = before.day, before.known
    url = urls.package_url(job.settings.server, before.owner, before.package)
    if listing is None:
        return keep_package(known, day), None
    total = PackagePage(Count(listing.total, exact=True), (), frozenset())
    update, error = plan_package(total, url, day, known)
    if not listing.rows:
        windows = add_gain(known.days.get(day), listing.total)
        return (replace(update, days=with_windows(update.days, windows)) if update.days else update), error
    before, rows = yield from _identify(job, before, listing)
    walk = Walk(rows, 0, len(rows), 1, complete=True, proven=listing.proven, error=None)
    update, doubt = add_versions(update, walk, known, before.versions, url=url, total=listing.total)
    if update.days:
        update = yield from _add_windows(job, before, rows, update, page)
    return update, error or doubt


def _add_windows(
    job: Job, before: Before, rows: tuple[VersionRow, ...], update: PackageUpdate, page: MavenPage | None
) -> Flow[PackageUpdate]:
    """Add the package's windows: its versions' sums, else what its page shows if it shows the package's."""
    windows = _sum(before, rows, update)
    if has_windows(windows):
        return replace(update, days=with_windows(update.days, windows))
    if page is None:
        try:
            page = yield from _read_page(job, before.owner, before.package)
        except ReadError as error:
            job.tally.note_lookup("page of a Maven package", error)
        except BackageError:
            page = None  # the budget ended
    if page is not None and job.today() == before.day:
        is_package, is_newest = whose_counters(page.downloads, rows)
        if is_newest:
            versions = with_newest(update.versions, rows[0].id, before.day, page.downloads)
            update = replace(update, versions=versions)
            windows = _sum(before, rows, update)
        if is_package:
            windows = complete_windows(windows, windows_of(page.downloads))
    return replace(update, days=with_windows(update.days, windows))


def _sum(before: Before, rows: tuple[VersionRow, ...], update: PackageUpdate) -> Downloads:
    """Add up the versions' windows, which are not the package's if one of its versions was just deleted."""
    listed = {row.id for row in rows}
    if any(version.listed and number not in listed for number, version in before.versions.items()):
        return Downloads()
    numbers = [seen.downloads if (seen := version.observation) else None for version in update.versions]
    return sum_windows(before.day, numbers, before.versions.values())


# --- versions and their ids -------------------------------------------------------------------


def _identify(job: Job, before: Before, listing: Listing) -> Flow[tuple[Before, tuple[VersionRow, ...]]]:
    """Give each version the id that it has in the history, or that REST tells, else a placeholder."""
    known = {version.name: number for number, version in before.versions.items()}
    names = {row.name for row in listing.rows}
    unknown = {name for name in names if is_placeholder(known.get(name, -1))}
    told = (yield from _ask_ids(job, before, unknown)) if unknown else {}
    if told:
        taken = {number for name, number in known.items() if name not in told}
        told = {name: number for name, number in told.items() if number not in taken}
        if before.key is not None:
            save_version_ids(job.history, before.key, told)
            before = _load(job, before.owner, before.package)
        known |= told
    ids = assign_ids((row.name for row in reversed(listing.rows)), known)
    rows = tuple(VersionRow(ids[row.name], row.name, (), row.downloads, row.age) for row in listing.rows)
    return before, rows


def _ask_ids(job: Job, before: Before, names: set[str]) -> Flow[dict[str, int]]:
    """Ask REST for the ids of versions, newest first; nothing unless all are told, for ids are in order."""
    owner, package = before.owner, before.package
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


# --- GraphQL ----------------------------------------------------------------------------------


def _ask_graphql(job: Job, before: Before, *, again: bool) -> Flow[tuple[Listing | None, dict[str, int]]]:
    """Ask GraphQL for all versions, or `again` for the total alone if no version is new.

    None says that GraphQL does not tell. The sizes that it told are returned in any case.
    """
    owner, package = before.owner, before.package
    sizes: dict[str, int] = {}
    if job.settings.token is None or package.repo is None or ("graphql", owner.login) in job.refused:
        return None, sizes
    rows: dict[str, MavenRow] = {}
    counts: set[int] = set()
    after: str | None = None
    while True:
        try:
            answer = yield from read(job, _query(job, before, after), "graphql", parse_maven_answer)
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
        if again and not rows and found.keys() <= before.listed_names:
            return Listing(answer.downloads, (), proven=False), sizes
        fresh = not found.keys() <= rows.keys()
        rows = {**found, **rows}
        counts.add(answer.versions)
        after = answer.next
        if after is None or not fresh:
            break
    return Listing(answer.downloads, tuple(rows.values()), proven=counts == {len(rows)}), sizes


def _query(job: Job, before: Before, after: str | None) -> Request:
    variables = {
        "owner": before.owner.login,
        "repo": before.package.repo,
        "name": urls.plain(before.package.name),
        "after": after,
    }
    return Request(
        job.settings.graphql, "graphql", query=json.dumps({"query": QUERY, "variables": variables})
    )


# --- pages ------------------------------------------------------------------------------------


def _read_page(job: Job, owner: Owner, package: Package) -> Flow[MavenPage | None]:
    """Read the package's page; None if it is no Maven package's."""
    request = Request(urls.package_url(job.settings.server, owner, package))
    name = urls.plain(package.name)
    return read(job, request, "maven", _of(job, owner, lambda answer: parse_maven(answer, name)))


def _read_list(job: Job, owner: Owner, package: Package) -> Flow[Listing]:
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
