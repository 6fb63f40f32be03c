"""Read a package's list of versions; after all packages, look up windows and sizes of single versions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backage import urls
from backage.crawl.fetcher import gather
from backage.crawl.job import Job, ReadPackage, fetch_and_parse
from backage.crawl.sizes import read_sizes
from backage.crawl.tally import make_failure
from backage.errors import BackageError, PageChangedError, StoppedError
from backage.models.history import Owner, Package, PackageDay, VersionLookup, VersionUpdate
from backage.models.pages import ROWS_PER_PAGE, Counters, Manifest, Request, VersionRow, VersionsPage
from backage.parse.manifest import read_manifest
from backage.parse.maven import parse_maven
from backage.parse.package import parse_version
from backage.parse.versions import parse_versions
from backage.plan.maven import complete_windows, has_windows, sum_windows
from backage.plan.order import choose_lookups, rank_versions
from backage.plan.versions import plan_observation
from backage.render.paths import label_of
from backage.store.details import (
    load_versions_to_look_up,
    save_observation,
    save_windows,
    update_package_size,
)
from backage.store.packages import load_package
from backage.store.versions import load_versions


@dataclass(frozen=True, slots=True)
class VersionList:
    """The versions that were read. The next run continues on `next_page`, which is 1 after a finished list.

    A `complete` list has all rows. It is `proven` if each page's heading counts exactly these versions.
    """

    rows: tuple[VersionRow, ...] = ()
    tagged: int | None = None
    versions: int | None = None
    next_page: int = 1
    complete: bool = False
    proven: bool = False
    error: BackageError | None = None


async def read_version_list(
    job: Job, owner: Owner, package: Package, start: int, *, anew: bool
) -> VersionList:
    """Read a list of versions, starting on page `start` where an earlier run stopped.

    If that run was on an earlier day, read the pages before `start` again (`anew`), after the others.
    """
    try:
        first = await _versions_page(job, owner, package, start)
    except BackageError as failure:
        return VersionList(next_page=start, error=failure)
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
        return VersionList(error=missing)
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
    return next((error for error in errors if not isinstance(error, StoppedError)), next(iter(errors), None))


def is_whole_list(rows: Sequence[int]) -> bool:
    """Return whether pages without a heading are a whole list; one full page alone may lack the rest.

    `rows` has the number of versions of each page.
    """
    full = [count == ROWS_PER_PAGE for count in rows]
    return all(full[:-1]) and full != [True]


async def _versions_page(job: Job, owner: Owner, package: Package, number: int) -> VersionsPage:
    request = Request(urls.versions_url(job.settings.server, owner, package, number))
    return await fetch_and_parse(job, request, "versions", lambda page: parse_versions(page, package.name))


# --- pages of single versions, and sizes ---------------------------------------------------


async def look_up_version_details(job: Job) -> None:
    """Look up unknown windows and sizes of the versions of all packages of this run, within its limits."""
    if job.plan.lookups.version_pages != 0 or job.plan.lookups.sizes != 0:
        await _read_pages_and_sizes(job)
    for package in job.read_packages:
        _, known = load_package(job.history, package.owner.login, package.package, package.day)
        if known.list_read_on == package.day:  # else a newer version may exist
            update_package_size(job.history, package.key, package.day)
            if package.package.type == "maven":
                _save_maven_windows(job, package, known.days.get(package.day))


def _save_maven_windows(job: Job, package: ReadPackage, today: PackageDay | None) -> None:
    """Save a Maven package's windows once the pages of its versions were read."""
    if today is None or today.downloads.total is None or has_windows(today.downloads):
        return
    versions = load_versions(job.history, package.key, package.day, {}).values()
    listed = [
        version.observations[-1].downloads if version.observations else None
        for version in versions
        if version.listed
    ]
    windows = complete_windows(today.downloads, sum_windows(package.day, listed, versions))
    save_windows(job.history, package.key, package.day, windows)


async def _read_pages_and_sizes(job: Job) -> None:
    lookups = [version for package in job.read_packages for version in _find_lookups(job, package)]
    pages = choose_lookups(
        (version for version in lookups if version.wants_windows), job.plan.lookups.version_pages
    )
    results = await gather(_read_version_page(job, version) for version in pages)
    manifests: dict[tuple[int, int], Manifest] = {}
    for version, result in zip(pages, results, strict=True):
        if isinstance(result, PageChangedError):
            job.tally.failures.append(make_failure(label_of(version.owner, version.package), result))
        elif isinstance(result, BackageError):
            job.tally.note_lookup("page of a version", result)
        elif result is not None:
            manifests[version.key, version.id] = result
    await read_sizes(job, [version for version in lookups if version.wants_size], manifests)


def _find_lookups(job: Job, package: ReadPackage) -> Iterator[VersionLookup]:
    rows = list(load_versions_to_look_up(job.history, package.key, package.day, full=job.plan.lookups.full))
    ranks = rank_versions([(number, tagged) for number, _, tagged, *_ in rows])
    for number, name, _, downloads, wants_windows, wants_size in rows:
        if wants_windows or wants_size:
            yield VersionLookup(
                package.owner,
                package.package,
                package.key,
                package.day,
                number,
                name,
                ranks[number],
                downloads,
                wants_windows,
                wants_size,
            )


async def _read_version_page(job: Job, version: VersionLookup) -> Manifest | None:
    """Read the page of a version and store its windows; return its manifest.

    The page names no day. After midnight its windows belong to another day than its package's, so stop.
    """
    if job.plan.today() != version.day:
        raise StoppedError("the day is over")
    url = urls.version_url(job.settings.server, version.owner, version.package, version.id, version.name)
    counters, manifest = await _fetch_counters(job, url, version)
    seen = plan_observation(version.day, version.downloads, counters)
    if seen is not None and job.plan.today() == version.day:
        update = VersionUpdate(version.id, version.name, (), None, None, seen)
        save_observation(job.history, version.key, update)
    return read_manifest(manifest, url) if manifest is not None else None


async def _fetch_counters(
    job: Job, url: str, version: VersionLookup
) -> tuple[Counters, Mapping[str, Any] | None]:
    """Read a version's counters, and for a container its manifest."""
    name = version.package.name
    if version.package.type != "maven":
        page = await fetch_and_parse(job, Request(url), "version", lambda answer: parse_version(answer, name))
        return page.downloads, page.manifest
    maven_page = await fetch_and_parse(
        job, Request(url), "maven", lambda answer: parse_maven(answer, urls.plain(name), version.name)
    )
    if maven_page is None:
        raise PageChangedError(url, "maven", "dependency of its version")
    return maven_page.downloads, None
