"""How a package is read: its page, and its list of versions, as flows (see `crawl`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from backage import urls
from backage.errors import BackageError, NotFoundError, PageChangedError
from backage.models import (
    ROWS_PER_PAGE,
    KnownPackage,
    Owner,
    Package,
    PackageUpdate,
    Request,
    VersionRow,
    VersionsPage,
)
from backage.parse import parse_package, parse_versions
from backage.pipeline.job import Scanned, read
from backage.pipeline.tally import is_stop
from backage.plan import last_settled, needs_versions, plan_days, plan_versions
from backage.plan.windows import LOOK_BACK

if TYPE_CHECKING:
    from datetime import date

    from backage.models import PackagePage, Page
    from backage.pipeline.crawl import Flow
    from backage.pipeline.job import Job

SKEW = timedelta(days=1)
"""GitHub names the days; a page may be of the day before or, around midnight, of the day after."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What was read of a package's versions; `next` is the page to go on with, 1 at the end of the list."""

    rows: tuple[VersionRow, ...]
    tagged: int | None
    versions: int | None
    next: int
    complete: bool
    error: BackageError | None


def read_package(job: Job, owner: Owner, package: Package, *, listed: bool) -> Flow[int]:
    """Read a package and store it; return how many of its versions were read.

    Raises:
        BackageError: something of it failed; what did not fail is stored.
    """
    url = urls.package_url(job.settings.server, owner, package)
    try:
        page = yield from read(job, Request(url), "package", lambda answer: _parse(answer, package.name))
    except NotFoundError:
        if listed:
            raise
        job.history.mark_gone(owner.login, package, job.day)
        job.tally.gone += 1
        return 0
    day = _day_of(page, url, job.day)
    key, known = job.history.load_package(owner.login, package, day)
    update, error = _package_update(page, url, day, known)
    rows = 0
    if needs_versions(known, page, day):
        walk = yield from _walk(job, owner, package, known.walk, anew=known.touched != day)
        earlier = job.history.load_versions(key, day - LOOK_BACK) if key is not None else {}
        versions = plan_versions(walk.rows, earlier, day, known.scans)
        update = replace(_with_walk(update, walk), versions=versions)
        rows, error = len(walk.rows), error or walk.error
    begun = rows or not is_stop(error)
    key = job.history.save_package(owner.login, package, update, job.run if begun else None)
    job.scanned.append(Scanned(owner, package, key, day))
    _count(job, known, update, rows)
    if error is not None:
        raise error
    return rows


def _parse(answer: Page, name: str) -> PackagePage:
    page = parse_package(answer, name)
    if not page.downloads.exact:
        raise PageChangedError(answer.url, "package", "exact total of downloads")
    return page


def _day_of(page: PackagePage, url: str, day: date) -> date:
    """Give the day that GitHub says it is: the newest of the daily counts, where that can be."""
    if not page.days:
        return day
    if not day - SKEW <= page.days[0][0] <= day + SKEW:
        raise PageChangedError(url, "package", f"daily counts up to {day}, the day of this run (see --date)")
    return page.days[0][0]


def _package_update(
    page: PackagePage, url: str, day: date, known: KnownPackage
) -> tuple[PackageUpdate, BackageError | None]:
    """Plan a package's days; a total that fell is held back until it stands on the next day."""
    total = page.downloads.value
    update = PackageUpdate(
        day, (), known.settled, None, known.walk, listed=False, complete=False, versions=()
    )
    totals = [known.days[when].downloads.total for when in sorted(known.days)]
    last = next((total for total in reversed(totals) if total is not None), 0)
    if total < last and (known.held is None or known.held == day):
        reason = f"its total fell from {last} to {total}; kept out unless it stands on the next day"
        return replace(update, held=day), BackageError(f"{reason} ({url})")
    days = plan_days(total, page.days, day, known.days, known.settled)
    return replace(update, days=days, settled=last_settled(page.days, known.settled)), None


def _with_walk(update: PackageUpdate, walk: Walk) -> PackageUpdate:
    """Add to what is to be stored how far a walk came, and the counts of versions to its last day."""
    days = update.days
    if days and walk.versions is not None:
        days = (*days[:-1], replace(days[-1], versions=walk.versions, tagged=walk.tagged))
    return replace(update, days=days, walk=walk.next, listed=walk.error is None, complete=walk.complete)


def _count(job: Job, known: KnownPackage, update: PackageUpdate, rows: int) -> None:
    job.tally.packages += 1
    job.tally.versions += rows
    job.tally.held += sum(version.held == update.day for version in update.versions)
    last = known.days[max(known.days)] if known.days else None
    if last is None:
        job.tally.new += 1
    elif update.days and update.days[-1].downloads.total != last.downloads.total:
        job.tally.changed += 1


def _walk(job: Job, owner: Owner, package: Package, start: int, *, anew: bool) -> Flow[Walk]:
    """Read a package's list of versions, from the page on which an earlier run was stopped.

    When that was on an earlier day, the pages before it are read `anew` after the others.
    """
    try:
        first = yield from _versions_page(job, owner, package, start)
    except BackageError as failure:
        return Walk((), None, None, start, complete=False, error=failure)
    numbers = [*range(start + 1, first.pages + 1), *(range(1, start) if anew else ())]
    more = yield [_versions_page(job, owner, package, number) for number in numbers]
    failed = [(n, page) for n, page in zip(numbers, more, strict=True) if isinstance(page, BackageError)]
    pages = [first, *(page for page in more if isinstance(page, VersionsPage))]
    rows = {row.id: row for page in reversed(pages) for row in page.rows}
    tagged, untagged = pages[-1].tagged, pages[-1].untagged
    versions = tagged + untagged if tagged is not None and untagged is not None else None
    if versions != 0 and not rows and start == 1:
        missing = PageChangedError(
            urls.versions_url(job.settings.server, owner, package), "versions", "row of a version"
        )
        return Walk((), None, None, 1, complete=False, error=missing)
    whole = (
        all(len(page.rows) == ROWS_PER_PAGE for page in pages[:-1])
        if versions is None
        else versions == len(rows)
    )
    complete = (anew or start == 1) and not failed and whole
    if versions is None and complete:
        versions, tagged = len(rows), sum(bool(row.tags) for row in rows.values())
    error = next((page for _, page in failed if not is_stop(page)), failed[0][1] if failed else None)
    return Walk(tuple(rows.values()), tagged, versions, failed[0][0] if failed else 1, complete, error)


def _versions_page(job: Job, owner: Owner, package: Package, number: int) -> Flow[VersionsPage]:
    request = Request(urls.versions_url(job.settings.server, owner, package, number))
    return read(job, request, "versions", lambda page: parse_versions(page, package.name))
