"""Read an owner: its account, its list, and its packages."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backage import urls
from backage.crawl.fetcher import gather
from backage.crawl.job import Job, Reader, ReadPackage, fetch_and_parse
from backage.crawl.maven import read_maven
from backage.crawl.package import read_package
from backage.crawl.tally import OwnerResult, make_failure
from backage.errors import (
    BackageError,
    DeniedError,
    LimitError,
    NotFoundError,
    ServerError,
    StoppedError,
    TakenError,
    UnreachableError,
)
from backage.models.events import SOURCES, OwnerType
from backage.models.history import Failure, Owner, Package
from backage.models.pages import OwnerPage, Request
from backage.owners import Entry
from backage.parse.owner import parse_account, parse_owner
from backage.plan.order import OwnerPlan, plan_packages
from backage.render.paths import label_of
from backage.store.owners import finish_owner, load_owner, save_owner
from backage.store.packages import load_package
from backage.store.queries import is_doubtful, load_package_runs, load_packages_read_on

API_UNAVAILABLE = (LimitError, DeniedError, ServerError, UnreachableError)
"""The API gave no answer about an account."""


async def read_owner(job: Job, entry: Entry, *, first: bool) -> OwnerResult:
    """Read an owner; failures are in the result and do not stop other owners.

    If the budget ends early, the owner comes first in the next run. If it already was first, it loses that
    place, so an owner larger than any budget does not block the others.
    """
    try:
        owner, page = await _find_owner(job, entry)
        if owner.login in job.requested_login_by_owner:
            return _note_duplicate(job, entry, owner)
        job.requested_login_by_owner[owner.login] = entry.login
        pages, errors = await _read_list(job, owner, page)
        listed = [package for each in pages for package in each.packages]
        owner = await _verify_account(job, entry, owner, listed)
    except StoppedError:
        return OwnerResult(entry.login, reached=False)
    except BackageError as error:
        return OwnerResult(entry.login, reached=True, failures=(make_failure(entry.login, error),))
    runs = load_package_runs(job.history, owner.login)
    packages, twins = _separate_case_twins(owner, listed, runs)
    owner_plan = plan_packages(
        owner, packages, runs, job.plan.optout.follow({entry.login.lower(): owner.login})
    )
    to_read = _choose_packages(job, owner, owner_plan, whole=not errors)
    results = await gather(
        _read_package(job, owner, package, listed=package not in owner_plan.missing) for package in to_read
    )
    failures = (*_find_unfit(owner, pages), *twins, *_find_failures(owner, errors, to_read, results))
    reached = not any(isinstance(result, StoppedError) for result in (*results, *errors))
    versions = [result for result in results if isinstance(result, int)]
    if reached or (first and versions):
        finish_owner(job.history, owner.login, job.run)
    notes = _note_repositories(owner, listed)
    return OwnerResult(owner.login, reached, len(versions), sum(versions), failures, notes)


async def _read_package(job: Job, owner: Owner, package: Package, *, listed: bool) -> int:
    read = read_maven if package.type == "maven" else read_package
    return await read(job, owner, package, listed=listed)


def _note_duplicate(job: Job, entry: Entry, owner: Owner) -> OwnerResult:
    """Note that an owner was already read under another of its logins."""
    other = (
        entry.login
        if entry.login.lower() != owner.login.lower()
        else job.requested_login_by_owner[owner.login]
    )
    note = f"{other} is called {owner.login} now, which is listed too"
    return OwnerResult(entry.login, reached=True, notes=(note,))


def _choose_packages(job: Job, owner: Owner, owner_plan: OwnerPlan, *, whole: bool) -> list[Package]:
    """Return the packages to read, without those read today and those missing from an incomplete list.

    A Maven package without a number is left out too: only an import knows it, and its address is unknown.
    """
    read_today = load_packages_read_on(job.history, owner.login, job.plan.day)
    skipped = read_today if whole else read_today | owner_plan.missing
    _queue_lookups(job, owner, [package for package in owner_plan.packages if package in read_today])
    packages = [package for package in owner_plan.packages if package not in skipped]
    return [package for package in packages if package.type != "maven" or package.number is not None]


def _find_failures(
    owner: Owner,
    errors: Iterable[BackageError],
    to_read: Iterable[Package],
    results: Iterable[int | BackageError],
) -> Iterator[Failure]:
    """Return failures of an owner's list and packages; the end of the budget is not a failure."""
    yield from (make_failure(owner.login, error) for error in errors if not isinstance(error, StoppedError))
    for package, result in zip(to_read, results, strict=True):
        if isinstance(result, BackageError) and not isinstance(result, StoppedError):
            yield make_failure(label_of(owner, package), result)


def _separate_case_twins(
    owner: Owner, packages: Iterable[Package], known: Iterable[Package]
) -> tuple[list[Package], list[Failure]]:
    """Of packages whose names differ only in case, keep the known one, else the first; report the others.

    A disk that ignores case would store both in one file, with mixed numbers.
    """
    names = {(package.type, package.name) for package in known}
    kept: dict[tuple[str, str], Package] = {}
    for package in sorted(packages, key=lambda package: (package.type, package.name) not in names):
        kept.setdefault((package.type, package.name.lower()), package)
    found = {(key[0], package.name) for key, package in kept.items()}
    twins = [package for package in packages if (package.type, package.name) not in found]
    reason = "a package of this name in another case is there already"
    return list(kept.values()), [Failure(label_of(owner, package), reason) for package in twins]


def _queue_lookups(job: Job, owner: Owner, packages: list[Package]) -> None:
    """Queue lookups for packages that an earlier, interrupted run of today has already read."""
    for package in packages:
        key, _ = load_package(job.history, owner.login, package, job.plan.day)
        if key is not None:
            job.read_packages.append(ReadPackage(owner, package, key, job.plan.day))


async def _find_owner(job: Job, entry: Entry) -> tuple[Owner, OwnerPage]:
    """Find an owner's account, read the first page of its list, and store it under its current login.

    The login is spelled as in its list. The site redirects the old login of a renamed owner; the API must
    confirm that it is the same account. An old login without a redirect now belongs to another account.
    """
    known = _load_known_owner(job, entry)
    owner, page = await _identify_owner(job, entry, known)
    login = owner.login if entry.id is not None else entry.login
    page = page or (await fetch_owner_page(job, login, owner.type))
    if page.login and page.login.lower() != owner.login.lower():
        if known is not None and page.login.lower() == entry.login.lower():
            owner = await fetch_account(job, entry.login)
        else:
            owner = await _find_renamed_owner(job, owner, page.login)
        _check_id(entry, owner)
    elif page.login:
        owner = replace(owner, login=page.login)
    if _load_known_owner(job, entry) != known:  # renamed while its list was read: try again
        return await _find_owner(job, entry)
    save_owner(job.history, owner, entry.login)
    return owner, page


def _load_known_owner(job: Job, entry: Entry) -> Owner | None:
    """Load an owner from the history; None if the entry names another account."""
    known = load_owner(job.history, entry.login, entry.id)
    if known and known.type in SOURCES:
        reason = f"its downloads come as events of {known.type}, under this name; GitHub's would be another's"
        raise TakenError(reason)
    return None if known and entry.id is not None and known.id not in {None, entry.id} else known


async def _verify_account(job: Job, entry: Entry, owner: Owner, packages: list[Package]) -> Owner:
    """Check that a login is still the same account's, if its list lacks a package or a total fell.

    Pages do not name the account, and anybody can take a login that was given up.
    """
    if owner.id is None or not is_doubtful(job.history, owner.login, packages):
        return owner
    try:
        account = await fetch_account(job, owner.login)
    except (NotFoundError, *API_UNAVAILABLE):
        return owner
    if account.id != owner.id:
        _check_id(entry, account)
        save_owner(job.history, account)
    return account


async def _identify_owner(job: Job, entry: Entry, known: Owner | None) -> tuple[Owner, OwnerPage | None]:
    """Find an owner's type and id: from the history, else from the API, else from its list."""
    if known and known.id is not None:
        _check_id(entry, known)
        return known, None
    try:
        login = known.login if known else entry.login
        owner = await fetch_account(job, login)
    except (NotFoundError, *API_UNAVAILABLE) as error:
        refused = "the API refuses the token (GITHUB_TOKEN): ids stay unknown"
        if isinstance(error, DeniedError) and refused not in job.tally.notes:
            job.tally.notes.append(refused)
        if known:
            return known, None
        return await guess_owner_type(job, entry.login)
    _check_id(entry, owner)
    return owner, None


async def _find_renamed_owner(job: Job, owner: Owner, login: str) -> Owner:
    """Ask the API for the account to which the site redirects."""
    try:
        account = await fetch_account(job, login)
    except API_UNAVAILABLE:
        if owner.id is not None:
            raise
        return Owner(login, owner.type)
    if owner.id not in {None, account.id}:
        raise BackageError(f"its list is now that of {account.login}, another account")
    return account


async def fetch_account(reader: Reader, login: str) -> Owner:
    """Ask the API who a login is."""
    request = Request(urls.account_url(reader.settings.api, login), "api")
    return await fetch_and_parse(reader, request, "account", parse_account)


def _check_id(entry: Entry, owner: Owner) -> None:
    if entry.id is not None and owner.id not in {None, entry.id}:
        raise BackageError(f"the list says id {entry.id} and GitHub says {owner.id}: another account")


async def guess_owner_type(reader: Reader, login: str) -> tuple[Owner, OwnerPage]:
    """Find an owner's type without the API: try the list of an organization, then of a user.

    Raises:
        BackageError: there is no list, or it could not be read.
    """
    try:
        page = await fetch_owner_page(reader, login, "orgs")
    except NotFoundError:
        page = await fetch_owner_page(reader, login, "users")
        return Owner(login, "users"), page
    return Owner(login, "orgs"), page


async def _read_list(job: Job, owner: Owner, first: OwnerPage) -> tuple[list[OwnerPage], list[BackageError]]:
    """Read all pages of an owner's list; a failed page does not affect the others."""
    numbers = range(2, first.pages + 1)
    more = await gather(fetch_owner_page(job, owner.login, owner.type, number) for number in numbers)
    pages = [first, *(page for page in more if isinstance(page, OwnerPage))]
    return pages, [error for error in more if isinstance(error, BackageError)]


def _find_unfit(owner: Owner, pages: Iterable[OwnerPage]) -> list[Failure]:
    """Report packages whose names are invalid as file names; they are not stored."""
    names = dict.fromkeys(name for page in pages for name in page.unfit)
    return [Failure(f"{owner.login}/{name}", "its name can be no file's") for name in names]


def _note_repositories(owner: Owner, listed: Iterable[Package]) -> tuple[str, ...]:
    """Note packages with two rows and different repositories; the first row counts."""
    first: dict[tuple[str, str], Package] = {}
    notes = []
    for package in listed:
        kept = first.setdefault((package.type, package.name), package)
        if kept.repo != package.repo:
            other = package.repo or "none"
            notes.append(f"{label_of(owner, kept)}: another row of the list names {other} as its repository")
    return tuple(dict.fromkeys(notes))


async def fetch_owner_page(reader: Reader, login: str, kind: OwnerType, number: int = 1) -> OwnerPage:
    """Read a page of an owner's list of packages."""
    request = Request(urls.owner_url(reader.settings.server, login, kind, number))
    return await fetch_and_parse(reader, request, "owner", parse_owner)
