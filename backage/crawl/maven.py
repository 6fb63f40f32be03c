"""How a Maven package is read: from GraphQL if the token may, else from its pages, as flows (see `crawl`).

Its pages show no daily counts. Its total is GraphQL's or the sum of all versions, its windows are the sums
of its versions' windows. A version is known by its name; its id comes from REST, which wants a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from backage import urls
from backage.crawl.job import Job, Scanned
from backage.crawl.maven_list import Listing, ask_graphql, ask_ids, read_list, read_page
from backage.crawl.package import add_versions, count_package, keep_package, plan_package
from backage.crawl.versions import Walk
from backage.errors import BackageError, NotFoundError, ReadError
from backage.models.history import Downloads, KnownPackage, KnownVersion, Owner, Package, PackageUpdate
from backage.models.pages import Count, MavenPage, PackagePage, VersionRow
from backage.plan.maven import (
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
from backage.render.paths import label_of
from backage.store.details import save_sizes
from backage.store.package_queries import mark_gone
from backage.store.packages import load_package, save_package
from backage.store.versions import assign_ids, is_placeholder, load_versions, save_version_ids


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


async def read_maven(job: Job, owner: Owner, package: Package, *, listed: bool) -> int:
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
        listing, sizes = await ask_graphql(job, owner, package, before.listed_names if again else set())
        if listing is None and (again or before.key is None):
            page = await read_page(job, owner, package)
            if page is None and before.key is None:
                _note_other_kind(job, owner, package)
                return 0
        if listing is None and not (again and page and page.versions <= before.listed_names):
            listing = await read_list(job, owner, package)
    except NotFoundError:
        if listed:
            raise
        mark_gone(job.history, owner.login, package, job.plan.day)
        job.tally.gone += 1
        return 0
    update, error = await _plan(job, before, listing, page)
    key = save_package(job.history, owner.login, package, update, job.run)
    job.tally.sizes += save_sizes(job.history, key, sizes)
    job.scanned.append(Scanned(owner, package, key, before.day))
    rows = len(listing.rows) if listing else 0
    count_package(job, before.known, update, rows)
    if error is not None:
        raise error
    return rows


def _load(job: Job, owner: Owner, package: Package) -> Before:
    """Load a package; no day of it is settled, for no chart tells what came after the day's last run."""
    day = job.plan.today()
    key, known = load_package(job.history, owner.login, package, day)
    versions = load_versions(job.history, key, day - LOOK_BACK) if key is not None else {}
    return Before(owner, package, day, key, replace(known, settled=None), versions)


def _note_other_kind(job: Job, owner: Owner, package: Package) -> None:
    url = urls.package_url(job.settings.server, owner, package)
    job.tally.notes.append(
        f"{label_of(owner, package)} is not read: it has a number and is no Maven package: {url}"
    )


async def _plan(
    job: Job, before: Before, listing: Listing | None, page: MavenPage | None
) -> tuple[PackageUpdate, BackageError | None]:
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
    before, rows = await _identify(job, before, listing)
    walk = Walk(rows, 0, len(rows), 1, complete=True, proven=listing.proven, error=None)
    update, doubt = add_versions(update, walk, known, before.versions, url=url, total=listing.total)
    if update.days:
        update = await _add_windows(job, before, rows, update, page)
    return update, error or doubt


async def _add_windows(
    job: Job, before: Before, rows: tuple[VersionRow, ...], update: PackageUpdate, page: MavenPage | None
) -> PackageUpdate:
    """Add the package's windows: its versions' sums, else what its page shows if it shows the package's."""
    windows = _sum(before, rows, update)
    if has_windows(windows):
        return replace(update, days=with_windows(update.days, windows))
    if page is None:
        try:
            page = await read_page(job, before.owner, before.package)
        except ReadError as error:
            job.tally.note_lookup("page of a Maven package", error)
        except BackageError:
            page = None  # the budget ended
    if page is not None and job.plan.today() == before.day:
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


async def _identify(job: Job, before: Before, listing: Listing) -> tuple[Before, tuple[VersionRow, ...]]:
    """Give each version the id that it has in the history, or that REST tells, else a placeholder."""
    known = {version.name: number for number, version in before.versions.items()}
    names = {row.name for row in listing.rows}
    unknown = {name for name in names if is_placeholder(known.get(name, -1))}
    told = (await ask_ids(job, before.owner, before.package, unknown)) if unknown else {}
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
