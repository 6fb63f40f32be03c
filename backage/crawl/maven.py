"""Read a Maven package: from GraphQL if the token allows it, else from its pages.

The pages show no daily counts. The total comes from GraphQL or is the sum of all versions; the windows are
the sums of the versions' windows. Versions are known by name. Their ids come from REST, with a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from backage import urls
from backage.crawl.job import Job, ReadPackage
from backage.crawl.maven_list import (
    MavenListing,
    fetch_from_graphql,
    fetch_maven_list,
    fetch_maven_page,
    fetch_version_ids,
)
from backage.crawl.package import add_versions, count_package, plan_heartbeat, plan_package
from backage.crawl.versions import VersionList
from backage.errors import BackageError, NotFoundError
from backage.models.history import (
    Downloads,
    KnownPackage,
    KnownVersion,
    Owner,
    Package,
    PackageDay,
    PackageUpdate,
)
from backage.models.pages import Count, MavenPage, PackagePage, VersionRow
from backage.plan.maven import (
    add_newest_counters,
    complete_windows,
    has_windows,
    match_counters,
    read_windows,
    set_windows,
    sum_windows,
)
from backage.plan.versions import WINDOW_HISTORY, grow_windows
from backage.render.paths import label_of
from backage.store.details import save_sizes
from backage.store.packages import load_package, save_package
from backage.store.queries import mark_gone
from backage.store.versions import assign_ids, is_placeholder, load_versions, save_version_ids


@dataclass(frozen=True, slots=True)
class MavenHistory:
    """What the history knows of a package before a day, with its versions by id."""

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

    @property
    def lacks_ids(self) -> bool:
        """Whether the id of a listed version is unknown."""
        return any(version.listed and is_placeholder(number) for number, version in self.versions.items())


async def read_maven(job: Job, owner: Owner, package: Package, *, listed: bool) -> int:
    """Read a Maven package and store it; return how many of its versions were read.

    The day's first run reads all versions. A later one asks for the total alone, or on the pages for the
    names of the newest versions, and reads all versions again if one of them is new. With a token it also
    does so while an id is unknown.

    Raises:
        BackageError: something of it failed; what did not fail is stored.
    """
    earlier = _load_history(job, owner, package)
    already_listed = earlier.known.list_read_on == earlier.day
    page = None
    try:
        seen = earlier.listed_names if already_listed and not earlier.lacks_ids else set()
        listing, sizes = await fetch_from_graphql(job, owner, package, seen)
        if listing is None and (already_listed or earlier.key is None):
            page = await fetch_maven_page(job, owner, package)
            if page is None and earlier.key is None:
                job.tally.notes.append(
                    f"{label_of(owner, package)} is not read: it has a number and is no Maven package:"
                    f" {urls.package_url(job.settings.server, owner, package)}"
                )
                return 0
        if listing is None and not (already_listed and page and page.versions <= earlier.listed_names):
            listing = await fetch_maven_list(job, owner, package)
    except NotFoundError:
        if listed:
            raise
        mark_gone(job.history, owner.login, package, job.plan.day)
        job.tally.gone += 1
        return 0
    update, error = await _plan_update(job, earlier, listing, page)
    key = save_package(job.history, owner.login, package, update, job.run)
    job.tally.sizes += save_sizes(job.history, key, sizes)
    job.read_packages.append(ReadPackage(owner, package, key, earlier.day))
    rows = len(listing.rows) if listing else 0
    count_package(job, earlier.known, update, rows)
    if error is not None:
        raise error
    return rows


def _load_history(job: Job, owner: Owner, package: Package) -> MavenHistory:
    """Load a package. No day of it is final: without a chart, downloads after the last run are unknown."""
    day = job.plan.today()
    key, known = load_package(job.history, owner.login, package, day)
    versions = load_versions(job.history, key, day - WINDOW_HISTORY) if key is not None else {}
    return MavenHistory(owner, package, day, key, replace(known, final_until=None), versions)


async def _plan_update(
    job: Job, earlier: MavenHistory, listing: MavenListing | None, page: MavenPage | None
) -> tuple[PackageUpdate, BackageError | None]:
    """Plan what to store; without a listing nothing is new."""
    day, known = earlier.day, earlier.known
    url = urls.package_url(job.settings.server, earlier.owner, earlier.package)
    if listing is None:
        return plan_heartbeat(known, day), None
    total = PackagePage(Count(listing.total, exact=True), (), frozenset())
    update, error = plan_package(total, url, day, known)
    if not listing.rows:
        if update.days:
            windows = grow_windows(known.days.get(day, PackageDay(day)).downloads, listing.total)
            update = replace(update, days=set_windows(update.days, windows))
        return update, error
    earlier, rows = await _assign_ids(job, earlier, listing)
    version_list = VersionList(rows, 0, len(rows), complete=True, proven=listing.proven)
    update, doubt = add_versions(update, version_list, known, earlier.versions, url=url, total=listing.total)
    if update.days:
        update = await _add_windows(job, earlier, rows, update, page)
    return update, error or doubt


async def _add_windows(
    job: Job,
    earlier: MavenHistory,
    rows: tuple[VersionRow, ...],
    update: PackageUpdate,
    page: MavenPage | None,
) -> PackageUpdate:
    """Add the package's windows: the sums of its versions', else those of its page if they are its own."""
    windows = _sum_version_windows(earlier, rows, update)
    if has_windows(windows):
        return replace(update, days=set_windows(update.days, windows))
    if page is None:
        try:
            page = await fetch_maven_page(job, earlier.owner, earlier.package)
        except BackageError as error:
            job.tally.note_lookup("page of a Maven package", error)
    if page is not None and job.plan.today() == earlier.day:
        is_package, is_newest = match_counters(page.downloads, rows)
        if is_newest:
            versions = add_newest_counters(update.versions, rows[0].id, earlier.day, page.downloads)
            update = replace(update, versions=versions)
            windows = _sum_version_windows(earlier, rows, update)
        if is_package:
            windows = complete_windows(windows, read_windows(page.downloads))
    return replace(update, days=set_windows(update.days, windows))


def _sum_version_windows(
    earlier: MavenHistory, rows: tuple[VersionRow, ...], update: PackageUpdate
) -> Downloads:
    """Add up the versions' windows; unknown if a version was just deleted."""
    listed = {row.id for row in rows}
    if any(version.listed and number not in listed for number, version in earlier.versions.items()):
        return Downloads()
    numbers = [seen.downloads if (seen := version.observation) else None for version in update.versions]
    return sum_windows(earlier.day, numbers, earlier.versions.values())


# --- versions and their ids -------------------------------------------------------------------


async def _assign_ids(
    job: Job, earlier: MavenHistory, listing: MavenListing
) -> tuple[MavenHistory, tuple[VersionRow, ...]]:
    """Assign each version its id from the history or from REST, else a placeholder."""
    known = {version.name: number for number, version in earlier.versions.items()}
    names = {row.name for row in listing.rows}
    unknown = {name for name in names if is_placeholder(known.get(name, -1))}
    new_ids = (await fetch_version_ids(job, earlier.owner, earlier.package, unknown)) if unknown else {}
    if new_ids:
        taken = {number for name, number in known.items() if name not in new_ids}
        new_ids = {name: number for name, number in new_ids.items() if number not in taken}
        if earlier.key is not None:
            save_version_ids(job.history, earlier.key, new_ids)
            earlier = _load_history(job, earlier.owner, earlier.package)
        known |= new_ids
    ids = assign_ids((row.name for row in reversed(listing.rows)), known)
    rows = tuple(VersionRow(ids[row.name], row.name, (), row.downloads, row.age) for row in listing.rows)
    return earlier, rows
