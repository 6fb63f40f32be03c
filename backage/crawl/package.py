"""Read a package: its page, and its list of versions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from backage import urls
from backage.crawl.job import Job, ReadPackage, fetch_and_parse
from backage.crawl.versions import VersionList, read_version_list
from backage.errors import BackageError, DoubtfulError, NotFoundError, PageChangedError, StoppedError
from backage.models.history import KnownPackage, KnownVersion, Owner, Package, PackageUpdate
from backage.models.pages import PackagePage, Page, Request
from backage.parse.package import parse_package
from backage.plan.days import find_final_day, plan_days
from backage.plan.doubts import find_excess_gain, find_last_count, has_jumped, keep_absent_versions
from backage.plan.order import needs_versions
from backage.plan.versions import WINDOW_HISTORY, plan_versions
from backage.render.paths import label_of
from backage.store.packages import load_package, save_package
from backage.store.queries import mark_gone
from backage.store.versions import load_versions

COUNT_JUMPED = "changed by half or more; not stored unless the next day's page says the same"
CLOCK_SKEW = timedelta(days=1)
"""A page may be a day old or, around midnight, a day ahead."""


async def read_package(job: Job, owner: Owner, package: Package, *, listed: bool) -> int:
    """Read a package and store it; return how many of its versions were read.

    Raises:
        BackageError: something of it failed; what did not fail is stored.
    """
    url = urls.package_url(job.settings.server, owner, package)
    try:
        page = await fetch_and_parse(
            job, Request(url), "package", lambda answer: _parse_exact(answer, package), owner
        )
    except NotFoundError:
        if listed:
            raise
        mark_gone(job.history, owner.login, package, job.plan.day)
        job.tally.gone += 1
        return 0
    day = _find_page_day(page, url, job.plan.day)
    key, known = load_package(job.history, owner.login, package, day)
    update, error = plan_package(page, url, day, known)
    rows = 0
    if needs_versions(known, page, day):
        version_list = await read_version_list(
            job, owner, package, known.resume_page, anew=known.last_read_on != day
        )
        totals = {row.id: row.downloads for row in version_list.rows}
        earlier = load_versions(job.history, key, day - WINDOW_HISTORY, totals) if key is not None else {}
        rows = len(version_list.rows)
        update, doubt = add_versions(
            update, version_list, known, earlier, url=url, total=page.downloads.value
        )
        error = error or doubt
    was_read = rows or not isinstance(error, StoppedError)
    key = save_package(job.history, owner.login, package, update, job.run if was_read else None)
    job.read_packages.append(ReadPackage(owner, package, key, day))
    count_package(job, known, update, rows)
    if update.version_list_suspect_since == day and error is None:
        job.tally.notes.append(f"{label_of(owner, package)}: the count of its versions {COUNT_JUMPED}")
    if error is not None:
        raise error
    return rows


def _parse_exact(answer: Page, package: Package) -> PackagePage:
    page = parse_package(answer, package.name)
    if not page.downloads.exact:
        raise PageChangedError(answer.url, "package", "exact total of downloads")
    return page


def _find_page_day(page: PackagePage, url: str, day: date) -> date:
    """Return the day of a page, the newest of its daily counts; it must be near the day of the run."""
    if not page.days:
        return day
    if not day - CLOCK_SKEW <= page.days[0][0] <= day + CLOCK_SKEW:
        raise PageChangedError(url, "package", f"daily counts up to {day}, the day of this run (see --date)")
    return page.days[0][0]


def plan_heartbeat(known: KnownPackage, day: date) -> PackageUpdate:
    """Return an update that records only that a package was read on a day."""
    return PackageUpdate(
        day,
        final_until=known.final_until,
        resume_page=known.resume_page,
        version_list_suspect_since=known.version_list_suspect_since,
    )


def plan_package(
    page: PackagePage, url: str, day: date, known: KnownPackage
) -> tuple[PackageUpdate, BackageError | None]:
    """Plan a package's days; a total that fell is kept out until the next day confirms it."""
    total = page.downloads.value
    update = plan_heartbeat(known, day)
    totals = [known.days[when].downloads.total for when in sorted(known.days)]
    last = next((total for total in reversed(totals) if total is not None), 0)
    if total < last and (known.total_drop_since is None or known.total_drop_since == day):
        return replace(update, total_drop_since=day), DoubtfulError(
            url, f"its total fell from {last} to {total}"
        )
    days = plan_days(total, page.days, day, known.days, known.final_until)
    return replace(update, days=days, final_until=find_final_day(page.days, known.final_until)), None


def add_versions(
    update: PackageUpdate,
    version_list: VersionList,
    known: KnownPackage,
    earlier: Mapping[int, KnownVersion],
    *,
    url: str,
    total: int,
) -> tuple[PackageUpdate, BackageError | None]:
    """Add a list of versions to an update; a list that contradicts the page waits for a day."""
    day = update.day
    corrected = known.total_drop_since or update.total_drop_since
    excess = 0 if corrected else find_excess_gain(total, version_list.rows, known, earlier)
    if excess or (not version_list.proven and has_jumped(find_last_count(known), version_list.versions)):
        update = replace(update, version_list_suspect_since=known.version_list_suspect_since or day)
    elif version_list.error is None:
        update = replace(update, version_list_suspect_since=None)
    if excess and update.version_list_suspect_since == day:
        what = f"its versions gained {excess} downloads more than it did"
        return replace(update, days=(), final_until=known.final_until), DoubtfulError(url, what)
    return _add_version_updates(update, version_list, known, earlier), version_list.error


def _add_version_updates(
    update: PackageUpdate, version_list: VersionList, known: KnownPackage, earlier: Mapping[int, KnownVersion]
) -> PackageUpdate:
    """Add the versions of a list, and their counts to the last day unless they are in doubt."""
    day, days = update.day, update.days
    if days and version_list.versions is not None and update.version_list_suspect_since != day:
        days = (*days[:-1], replace(days[-1], versions=version_list.versions, tagged=version_list.tagged))
    versions = plan_versions(version_list.rows, earlier, day, known.full_list_days)
    missing = (
        keep_absent_versions(version_list.rows, earlier, day)
        if version_list.complete and not version_list.proven
        else ()
    )
    return replace(
        update,
        days=days,
        resume_page=version_list.next_page,
        list_finished=version_list.error is None,
        complete=version_list.complete,
        versions=(*versions, *missing),
    )


def count_package(job: Job, known: KnownPackage, update: PackageUpdate, rows: int) -> None:
    """Add a package, and the rows of its list of versions, to the tally."""
    job.tally.packages += 1
    job.tally.versions += rows
    fallen_or_missing = sum(version.total_drop_since == update.day for version in update.versions)
    missing = max(0, len(update.versions) - rows)
    job.tally.totals_held_back += fallen_or_missing - missing
    job.tally.versions_missing += missing
    last = known.days[max(known.days)] if known.days else None
    if last is None:
        job.tally.new += 1
    elif update.days and update.days[-1].downloads.total != last.downloads.total:
        job.tally.changed += 1
