"""How an owner, its packages and their versions are read, as flows (see `crawl`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from backage import urls
from backage.errors import (
    BackageError,
    DeniedError,
    LimitError,
    NotFoundError,
    PageChangedError,
    ServerError,
    UnreachableError,
)
from backage.models import (
    KnownPackage,
    Owner,
    OwnerPage,
    Package,
    PackagePage,
    PackageUpdate,
    Page,
    Request,
    VersionRow,
    VersionsPage,
)
from backage.parse import parse_account, parse_owner, parse_package, parse_versions
from backage.pipeline.tally import OwnerResult, Tally, failure_of, is_stop
from backage.plan import needs_versions, plan_days, plan_packages, plan_versions
from backage.plan.windows import LOOK_BACK

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from backage.models import OwnerType
    from backage.owners import Entry, OptOut
    from backage.pipeline.crawl import Flow
    from backage.store import History

T = TypeVar("T")

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


class Reader:
    """One run's reading: what it needs to know, and what it counts."""

    def __init__(
        self, server: str, api: str, history: History, optout: OptOut, day: date, run: int, tally: Tally
    ) -> None:
        """Read for a day and a run number; what is opted out is not asked for."""
        self._server = server
        self._api = api
        self._history = history
        self._optout = optout
        self._day = day
        self._run = run
        self._tally = tally

    # --- an owner -----------------------------------------------------------------------------

    def read_owner(self, entry: Entry, *, first: bool) -> Flow[OwnerResult]:
        """Read an owner whole; what fails is in the result, and stops nothing else.

        An owner that the budget cut short comes first in the next run; when it was first already, it had its
        turn, so that one that is larger than any budget does not keep the others waiting for ever.
        """
        try:
            owner, page = yield from self._identify(entry)
            self._history.save_owner(owner)
            packages, errors, notes = yield from self._list(owner, page)
        except BackageError as error:
            if is_stop(error):
                return OwnerResult(entry.login, reached=False)
            return OwnerResult(entry.login, reached=True, failures=(failure_of(entry.login, error),))
        reading = plan_packages(owner, packages, self._history.load_package_runs(owner.login), self._optout)
        missing = frozenset() if errors else reading.missing
        fresh = self._history.load_fresh(owner.login, self._day)
        wanted = [
            p for p in reading.packages if p not in fresh and (p not in reading.missing or p in missing)
        ]
        results = yield [self._package(owner, package, listed=package not in missing) for package in wanted]
        failures = [failure_of(owner.login, error) for error in errors if not is_stop(error)]
        for package, result in zip(wanted, results, strict=True):
            if isinstance(result, BackageError) and not is_stop(result):
                failures.append(failure_of(_label(owner, package), result))
        reached = not any(is_stop(result) for result in (*results, *errors))
        versions = [result for result in results if isinstance(result, int)]
        if reached or (first and versions):
            self._history.finish_owner(owner.login, self._run)
        return OwnerResult(owner.login, reached, len(versions), sum(versions), tuple(failures), notes)

    def _identify(self, entry: Entry) -> Flow[tuple[Owner, OwnerPage | None]]:
        """Find an owner's type and id: from the history, else from the API, else by which list there is."""
        known = self._history.load_owner(entry.login)
        if known and known.id is not None:
            return known, None
        try:
            owner = yield from self._read(
                Request(urls.account_url(self._api, entry.login), "api"), parse_account
            )
        except (LimitError, DeniedError, ServerError, UnreachableError):
            if known:
                return known, None
            return (yield from self._guess(entry.login))
        if entry.id is not None and owner.id != entry.id:
            raise BackageError(f"the list says id {entry.id} and GitHub says {owner.id}: another account")
        return owner, None

    def _guess(self, login: str) -> Flow[tuple[Owner, OwnerPage | None]]:
        try:
            page = yield from self._owner_page(login, "orgs")
        except NotFoundError:
            page = yield from self._owner_page(login, "users")
            return Owner(page.login or login, "users"), page
        return Owner(page.login or login, "orgs"), page

    def _list(
        self, owner: Owner, first: OwnerPage | None
    ) -> Flow[tuple[list[Package], list[BackageError], tuple[str, ...]]]:
        """Read all pages of an owner's list; a page that fails leaves the others their packages."""
        if first is None:
            first = yield from self._owner_page(owner.login, owner.type)
        more = yield [self._owner_page(owner.login, owner.type, n) for n in range(2, first.pages + 1)]
        pages = [first, *(page for page in more if isinstance(page, OwnerPage))]
        legacy = sum(len(page.legacy) for page in pages)
        note = f"{owner.login}: {legacy} packages with a number for an address are not read"
        return (
            [package for page in pages for package in page.packages],
            [error for error in more if isinstance(error, BackageError)],
            (note,) if legacy else (),
        )

    def _owner_page(self, login: str, kind: OwnerType, number: int = 1) -> Flow[OwnerPage]:
        return self._read(Request(urls.owner_url(self._server, login, kind, number)), parse_owner)

    # --- a package ----------------------------------------------------------------------------

    def _package(self, owner: Owner, package: Package, *, listed: bool) -> Flow[int]:
        """Read a package and store it; return how many of its versions were read.

        Raises:
            BackageError: something of it failed; what did not fail is stored.
        """
        url = urls.package_url(self._server, owner, package)
        try:
            page = yield from self._read(Request(url), lambda answer: parse_package(answer, package.name))
        except NotFoundError:
            if listed:
                raise
            self._history.mark_gone(owner.login, package, self._day)
            self._tally.gone += 1
            return 0
        day = self._day_of(page, url)
        key, known = self._history.load_package(owner.login, package, day)
        update, error = _package_update(page, url, day, known)
        rows = 0
        if needs_versions(known, page, day):
            walk = yield from self._walk(owner, package, known.walk)
            update = self._with_versions(update, walk, key, known)
            rows, error = len(walk.rows), error or walk.error
        begun = rows or not is_stop(error)
        self._history.save_package(owner.login, package, update, self._run if begun else None)
        self._count(known, update, rows)
        if error is not None:
            raise error
        return rows

    def _day_of(self, page: PackagePage, url: str) -> date:
        """Give the day that GitHub says it is: the newest of the daily counts, where that can be."""
        if not page.downloads.exact:
            raise PageChangedError(url, "package", "exact total of downloads")
        if not page.days or page.days[0][0] < self._day - SKEW:
            return self._day
        if page.days[0][0] > self._day + SKEW:
            raise PageChangedError(
                url, "package", f"days before {self._day}, the day of this run (see --date)"
            )
        return page.days[0][0]

    def _with_versions(
        self, update: PackageUpdate, walk: Walk, key: int | None, known: KnownPackage
    ) -> PackageUpdate:
        """Add a walk to what is to be stored."""
        earlier = self._history.load_versions(key, update.day - LOOK_BACK) if key is not None else {}
        days = update.days
        if days and walk.versions is not None:
            days = (*days[:-1], replace(days[-1], versions=walk.versions, tagged=walk.tagged))
        return replace(
            update,
            days=days,
            walk=walk.next,
            listed=walk.error is None,
            complete=walk.complete,
            versions=plan_versions(walk.rows, earlier, update.day, known.scans),
        )

    def _count(self, known: KnownPackage, update: PackageUpdate, rows: int) -> None:
        self._tally.packages += 1
        self._tally.versions += rows
        last = known.days[max(known.days)] if known.days else None
        if last is None:
            self._tally.new += 1
        elif update.days and update.days[-1].downloads.total != last.downloads.total:
            self._tally.changed += 1

    # --- versions -----------------------------------------------------------------------------

    def _walk(self, owner: Owner, package: Package, start: int) -> Flow[Walk]:
        """Read a package's list of versions, from the page on which an earlier run was stopped."""
        try:
            first = yield from self._versions_page(owner, package, start)
        except BackageError as failure:
            return Walk((), None, None, start, complete=False, error=failure)
        numbers = range(start + 1, first.pages + 1)
        more = yield [self._versions_page(owner, package, number) for number in numbers]
        failed = [(n, page) for n, page in zip(numbers, more, strict=True) if isinstance(page, BackageError)]
        pages = [first, *(page for page in more if isinstance(page, VersionsPage))]
        rows = {row.id: row for page in reversed(pages) for row in page.rows}
        counted = pages[-1].tagged is not None and pages[-1].untagged is not None
        versions = (pages[-1].tagged or 0) + (pages[-1].untagged or 0) if counted else None
        tagged = pages[-1].tagged
        if versions and not rows and start == 1:
            url = urls.versions_url(self._server, owner, package)
            return Walk(
                (), None, None, 1, complete=False, error=PageChangedError(url, "versions", "row of a version")
            )
        complete = start == 1 and not failed and versions in {None, len(rows)}
        if versions is None and complete:
            versions, tagged = len(rows), sum(bool(row.tags) for row in rows.values())
        error = next((page for _, page in failed if not is_stop(page)), failed[0][1] if failed else None)
        return Walk(tuple(rows.values()), tagged, versions, failed[0][0] if failed else 1, complete, error)

    def _versions_page(self, owner: Owner, package: Package, number: int) -> Flow[VersionsPage]:
        request = Request(urls.versions_url(self._server, owner, package, number))
        return self._read(request, lambda page: parse_versions(page, package.name))

    # --- a page -------------------------------------------------------------------------------

    def _read(self, request: Request, parse: Callable[[Page], T]) -> Flow[T]:
        """Read and parse one page, so that its bytes are gone before the next comes.

        Raises:
            BackageError: it could not be read, or it lacks what its parser needs.
        """
        (answer,) = yield [request]
        if isinstance(answer, BackageError):
            raise answer
        try:
            value = parse(answer)
        except PageChangedError as error:
            self._tally.add_page(error.kind, error)
            raise
        self._tally.add_page(_kind_of(value))
        return value


def _kind_of(value: object) -> str:
    kinds = {OwnerPage: "owner", PackagePage: "package", VersionsPage: "versions"}
    return kinds.get(type(value), "account")


def _package_update(
    page: PackagePage, url: str, day: date, known: KnownPackage
) -> tuple[PackageUpdate, BackageError | None]:
    """Plan a package's days; a total that fell is held back until it stands on the next day."""
    total = page.downloads.value
    update = PackageUpdate(day, (), None, known.walk, listed=False, complete=False, versions=())
    last = max((entry.downloads.total or 0 for entry in known.days.values()), default=0)
    if total < last and (known.held is None or known.held == day):
        reason = f"its total fell from {last} to {total}; kept out unless it stands on the next day"
        return replace(update, held=day), BackageError(f"{reason} ({url})")
    return replace(update, days=plan_days(total, page.days, day, known.days)), None


def _label(owner: Owner, package: Package) -> str:
    return f"{owner.login}/{package.repo or package.name}/{package.name}"
