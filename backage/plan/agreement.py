"""Compare the pages that describe one package.

Downloads continue while the pages are read, a page may come from a cache, and a large number may be
abbreviated. So two numbers agree when they are close.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from backage.models.history import MONTH, Owner, Package
from backage.models.pages import (
    ROWS_PER_PAGE,
    Counters,
    Manifest,
    MavenRow,
    OwnerPage,
    PackagePage,
    VersionPage,
    VersionRow,
    VersionsPage,
)

FEW, SHARE = 10, 100
"""Two numbers are close when they differ by at most 10, or by 1/100: `1.18M` is 1,180,000 to 1,189,999."""

CLOCK_SKEW = timedelta(days=1)
"""Around midnight a page may be a day behind, or a day ahead of this machine's clock."""

ListKind = Literal["versions", "versions-tagged", "versions-untagged"]
MavenKind = Literal["maven", "maven-versions", "maven-version", "graphql", "ids"]
PageKind = Literal["account", "owner", "package", ListKind, "version", "manifest", MavenKind]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the pages of one package say. A page that was not read is None, or has no key.

    `repo` is the requested repository. `listed` is the package's entry in its owner's list. `address` is the
    login and the repository in the final address of the package's page. `row` is the list entry of `version`.
    `embedded` is the manifest on that version's page.
    """

    day: date
    repo: str
    images: bool
    account: Owner | None
    owner: OwnerPage | None
    listed: Package | None
    address: tuple[str | None, str | None] = (None, None)
    package: PackagePage | None = None
    lists: Mapping[ListKind, VersionsPage] = field(default_factory=dict)
    row: VersionRow | None = None
    version: VersionPage | None = None
    embedded: Manifest | None = None
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a page: it `disagrees` with another or with itself, or it is only worth a note."""

    kind: PageKind
    text: str
    disagrees: bool = True


def compare_pages(pages: Evidence) -> list[Finding]:
    """Compare the pages that were read. A page that was not read causes no finding."""
    return [
        *compare_owner(pages),
        *_compare_package(pages),
        *(finding for kind in pages.lists for finding in _compare_list(pages, kind)),
        *_compare_rows(pages),
        *_compare_sum(pages),
        *_compare_version(pages),
        *_compare_manifests(pages),
    ]


def are_close(one: int, other: int) -> bool:
    """Return whether new downloads or an abbreviation explain the difference."""
    return abs(one - other) <= max(FEW, max(one, other) // SHARE)


def _exceeds(one: int, other: int) -> bool:
    """Return whether `one` is greater than `other` by more than what new downloads explain."""
    return one > other and not are_close(one, other)


def compare_owner(pages: Evidence) -> Iterator[Finding]:
    """Compare the owner's list with the account and the requested repository."""
    if pages.owner is None:
        return
    login = pages.account and pages.account.login
    if login and pages.owner.login and login != pages.owner.login:
        yield Finding("owner", f"its packages are those of {pages.owner.login}, the account is {login}")
    if pages.listed is None:
        yield Finding("owner", "the package is not in it")
    elif (pages.listed.repo or pages.listed.name).lower() != pages.repo.lower():
        there = f"in the repository {pages.listed.repo}" if pages.listed.repo else "in no repository"
        yield Finding("owner", f"the package is {there}, not in {pages.repo}")


def compare_address(pages: Evidence, kind: PageKind) -> Iterator[Finding]:
    """Compare the final address of the package's page with the account and the owner's list."""
    login, repo = pages.address
    owner = pages.account.login if pages.account else pages.owner and pages.owner.login
    if login and owner and login.lower() != owner.lower():
        yield Finding(kind, f"its address is now that of another owner, {login}")
    if repo and pages.listed and (pages.listed.repo or "").lower() != repo.lower():
        there = f"the repository {pages.listed.repo}" if pages.listed.repo else "no repository"
        yield Finding(kind, f"its address names the repository {repo}, the owner's list {there}")


def _compare_package(pages: Evidence) -> Iterator[Finding]:
    if pages.package is None:
        return
    yield from compare_address(pages, "package")
    total, days = pages.package.downloads, pages.package.days
    if not total.exact:
        yield Finding("package", "its total is abbreviated")
    if len(days) != MONTH:
        yield Finding("package", f"it has {len(days)} daily counts, not {MONTH}")
    if days and not pages.day - CLOCK_SKEW <= days[0][0] <= pages.day + CLOCK_SKEW:
        yield Finding("package", f"its daily counts end on {days[0][0]}, and today is {pages.day}")
    elif days and days[0][0] != pages.day:
        yield Finding("package", f"its daily counts end on {days[0][0]}", disagrees=False)
    month = sum(count for _, count in days)
    if _exceeds(month, total.value):
        yield Finding("package", f"its daily counts come to {month:,}, more than its total")


def _compare_list(pages: Evidence, kind: ListKind) -> Iterator[Finding]:
    """Compare a list's rows with its heading, and its heading with the first list's."""
    page = pages.lists[kind]
    if page.tagged is None or page.untagged is None:
        if pages.images:
            yield Finding(kind, "it does not say how many versions there are")
        return
    counts = {
        "versions": page.tagged + page.untagged,
        "versions-tagged": page.tagged,
        "versions-untagged": page.untagged,
    }
    rows_due, pages_due = min(ROWS_PER_PAGE, counts[kind]), max(1, -(-counts[kind] // ROWS_PER_PAGE))
    if len(page.rows) != rows_due:
        yield Finding(kind, f"it has {len(page.rows)} rows, and by its heading {rows_due}")
    if page.pages != pages_due:
        yield Finding(kind, f"it has {page.pages:,} pages, and by its heading {pages_due:,}")
    bare = sum(not row.tags for row in page.rows)
    if kind == "versions-tagged" and bare:
        yield Finding(kind, f"{bare} of its rows have no tag")
    if kind == "versions-untagged" and bare < len(page.rows):
        yield Finding(kind, f"{len(page.rows) - bare} of its rows have a tag")
    first = next(iter(pages.lists.values()))
    if (page.tagged, page.untagged) != (first.tagged, first.untagged):
        there, here = (f"{each.tagged} tagged and {each.untagged} untagged" for each in (first, page))
        yield Finding(kind, f"its heading says {here}, that of another list {there}")


def _compare_rows(pages: Evidence) -> Iterator[Finding]:
    """Compare the rows of the filtered lists with those of the list of all versions."""
    if "versions" not in pages.lists:
        return
    every = {row.id: row for row in pages.lists["versions"].rows}
    filtered: set[int] = set()
    for kind, page in pages.lists.items():
        filtered.update(row.id for row in page.rows if kind != "versions")
        for row in page.rows:
            other = every.get(row.id, row)
            if row.name != other.name:
                yield Finding(kind, f"version {row.id} has another name in the list of all versions")
            if not are_close(row.downloads, other.downloads):
                texts = f"{row.downloads:,} downloads, in the list of all versions {other.downloads:,}"
                yield Finding(kind, f"version {row.id} has {texts}")
    alone = sorted(every.keys() - filtered)
    if alone and len(pages.lists) == len(("all", "tagged", "untagged")):
        yield Finding("versions", f"{len(alone)} of its rows are in neither of the others: {alone[0]}")


def _compare_sum(pages: Evidence) -> Iterator[Finding]:
    """Compare an image's total with the sum of its versions. The total includes deleted versions."""
    rows = {row.id: row.downloads for page in pages.lists.values() for row in page.rows}
    if pages.package is None or not rows or not pages.images:
        return
    unknown = pages.package.version_ids - rows.keys()
    if unknown and "versions-tagged" in pages.lists:
        text = f"it names {len(unknown)} versions that no list has: {max(unknown)}"
        yield Finding("package", text, disagrees=False)
    yield from compare_sum("package", pages.package.downloads.value, rows.values())


def compare_sum(kind: PageKind, total: int, counts: Collection[int]) -> Iterator[Finding]:
    """Compare a package's total with the counts of some or all of its versions."""
    gained = sum(counts)
    if _exceeds(gained, total):
        yield Finding(kind, f"its total is {total:,}, and its versions come to {gained:,}")
    elif _exceeds(total, gained):
        text = (
            f"the {len(counts)} versions read come to {gained:,} of its total, which counts deleted ones too"
        )
        yield Finding(kind, text, disagrees=False)


def _compare_version(pages: Evidence) -> Iterator[Finding]:
    if pages.version is None:
        return
    yield from compare_counters("version", pages.version.downloads, pages.row)
    if pages.images and pages.version.manifest is None:
        yield Finding("version", "it shows no manifest", disagrees=False)
    if pages.package and pages.images and len(pages.package.days) == MONTH:
        month, whole = pages.version.downloads.month.value, sum(count for _, count in pages.package.days)
        if _exceeds(month, whole):
            text = f"its month is {month:,}, more than the package's daily counts, which come to {whole:,}"
            yield Finding("version", text, disagrees=False)


def compare_counters(
    kind: PageKind, counters: Counters, row: VersionRow | MavenRow | None = None
) -> Iterator[Finding]:
    """Compare the four counters of a page with each other, and its total with the version's row."""
    total, month, week, day = (
        count.value for count in (counters.total, counters.month, counters.week, counters.day)
    )
    if row and not are_close(total, row.downloads):
        yield Finding(kind, f"its total is {total:,}, in the list of versions {row.downloads:,}")
    names = (("its total", total), ("its month", month), ("its week", week), ("its day", day))
    for (more, most), (less, least) in pairwise(names):
        if _exceeds(least, most):
            yield Finding(kind, f"{less} is {least:,}, more than {more}")


def _compare_manifests(pages: Evidence) -> Iterator[Finding]:
    shown, manifest = pages.embedded, pages.manifest
    if shown is None or manifest is None:
        return
    if shown.size != manifest.size:
        sizes = [f"{each.size:,} bytes" if each.size is not None else "no size" for each in (manifest, shown)]
        yield Finding("manifest", f"it has {sizes[0]}, on the version's page {sizes[1]}")
    if {child.digest for child in shown.children} != {child.digest for child in manifest.children}:
        yield Finding("manifest", "it names other manifests than the version's page")
