"""Read a package's list of versions, page by page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from backage import urls
from backage.crawl.fetcher import gather
from backage.crawl.job import Job, fetch_and_parse
from backage.crawl.tally import is_budget_end
from backage.errors import BackageError, PageChangedError
from backage.models.history import Owner, Package
from backage.models.pages import ROWS_PER_PAGE, Request, VersionRow, VersionsPage
from backage.parse.versions import parse_versions


@dataclass(frozen=True, slots=True)
class VersionList:
    """The versions that were read. The next run continues on `next_page`, which is 1 after a finished list.

    A `complete` list has all rows. It is `proven` if each page's heading counts exactly these versions.
    """

    rows: tuple[VersionRow, ...]
    tagged: int | None
    versions: int | None
    next_page: int
    complete: bool
    proven: bool
    error: BackageError | None


async def read_version_list(
    job: Job, owner: Owner, package: Package, start: int, *, anew: bool
) -> VersionList:
    """Read a list of versions, starting on page `start` where an earlier run stopped.

    If that run was on an earlier day, read the pages before `start` again (`anew`), after the others.
    """
    try:
        first = await _versions_page(job, owner, package, start)
    except BackageError as failure:
        return VersionList((), None, None, start, complete=False, proven=False, error=failure)
    numbers = [*range(start + 1, first.pages + 1), *(range(1, start) if anew else ())]
    more = await gather(_versions_page(job, owner, package, number) for number in numbers)
    failed = {n: page for n, page in zip(numbers, more, strict=True) if isinstance(page, BackageError)}
    pages = [first, *(page for page in more if isinstance(page, VersionsPage))]
    rows = {row.id: row for page in reversed(pages) for row in page.rows}
    tagged, versions = _read_counts(pages[-1])
    if versions != 0 and not rows and start == 1:
        missing = PageChangedError(
            urls.versions_url(job.settings.server, owner, package), "versions", "row of a version"
        )
        return VersionList((), None, None, 1, complete=False, proven=False, error=missing)
    whole = is_whole_list([len(page.rows) for page in pages]) if versions is None else versions == len(rows)
    complete = (anew or start == 1) and not failed and whole
    counts = {_read_counts(page) for page in pages}
    proven = complete and bool(rows) and counts == {(tagged, len(rows))}
    if versions is None and complete:
        versions, tagged = len(rows), sum(bool(row.tags) for row in rows.values())
    worst = choose_error(failed.values())
    return VersionList(tuple(rows.values()), tagged, versions, next(iter(failed), 1), complete, proven, worst)


def _read_counts(page: VersionsPage) -> tuple[int | None, int | None]:
    """Return how many tagged versions the heading of a page counts, and how many in all."""
    tagged, untagged = page.tagged, page.untagged
    return tagged, tagged + untagged if tagged is not None and untagged is not None else None


def choose_error(errors: Collection[BackageError]) -> BackageError | None:
    """Return the first real error of a list, else the end of the budget."""
    return next((error for error in errors if not is_budget_end(error)), next(iter(errors), None))


def is_whole_list(rows: Sequence[int]) -> bool:
    """Return whether pages without a heading are a whole list; one full page alone may lack the rest.

    `rows` has the number of versions of each page.
    """
    full = [count == ROWS_PER_PAGE for count in rows]
    return all(full[:-1]) and full != [True]


async def _versions_page(job: Job, owner: Owner, package: Package, number: int) -> VersionsPage:
    request = Request(urls.versions_url(job.settings.server, owner, package, number))
    return await fetch_and_parse(job, request, "versions", lambda page: parse_versions(page, package.name))
