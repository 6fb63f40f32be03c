"""Whom a run reads, and in which order."""

from datetime import date

from backage.models.history import KnownPackage, Owner, Package
from backage.models.pages import Count, PackagePage
from backage.owners import Entry, OptOut, parse_optout
from backage.plan.order import needs_versions, plan_owners, plan_packages

OWNER = Owner("Octo-Forge", "orgs", 1)
TODAY = date(2026, 8, 20)


def test_owners_come_oldest_refresh_first() -> None:
    """Owners that were never read come first, in the order of the list."""
    entries = [Entry("a"), Entry("B"), Entry("c"), Entry("d")]
    assert [entry.login for entry in plan_owners(entries, {"a": 3, "b": 1}, OptOut())] == ["c", "d", "B", "a"]


def test_an_opted_out_owner_is_not_read() -> None:
    """An opted-out owner is not read, whatever the case of its name."""
    optout, _ = parse_optout("octo-forge\n")
    assert plan_owners([Entry("Octo-Forge"), Entry("x")], {}, optout) == [Entry("x")]


def test_packages_come_oldest_refresh_first() -> None:
    """Packages that the list lacks are read too, and marked as such."""
    beacon, chart, old = (Package("container", name, "beacon") for name in ("beacon", "chart", "old"))
    reading = plan_packages(OWNER, [beacon, chart], {beacon: 4, old: 2}, OptOut())
    assert reading.packages == (chart, old, beacon)
    assert reading.missing == {old}


def test_a_package_listed_twice_is_read_once() -> None:
    """Rows move between the pages of a list while it is read; case and repository may change."""
    known = {Package("npm", "Kit", "old"): 7}
    now = Package("npm", "kit", "new")
    reading = plan_packages(OWNER, [now, now], known, OptOut())
    assert (reading.packages, reading.missing) == ((now,), frozenset())


def test_opted_out_packages_are_not_read() -> None:
    """By their repository, by themselves, and without a repository by their own name."""
    optout, _ = parse_optout("octo-forge/beacon\nocto-forge/solo/solo\n")
    packages = [Package("container", "a", "beacon"), Package("container", "solo"), Package("npm", "b", "kit")]
    assert plan_packages(OWNER, packages, {}, optout).packages == (packages[2],)


def known(listed: date | None, walk: int = 1) -> KnownPackage:
    """Make a package whose versions 1 and 2 are known."""
    return KnownPackage({}, None, (), listed, None, walk, frozenset({1, 2}))


def test_versions_are_listed_once_a_day() -> None:
    """By the day's first run, and again when the page names one that is not known or a list was cut short."""
    page = PackagePage(Count(5, exact=True), (), frozenset({2}))
    assert needs_versions(known(None), page, TODAY)
    assert needs_versions(known(date(2026, 8, 19)), page, TODAY)
    assert not needs_versions(known(TODAY), page, TODAY)
    assert needs_versions(known(TODAY, walk=2), page, TODAY)
    both = PackagePage(Count(5, exact=True), (), frozenset({1, 2}))
    assert not needs_versions(known(TODAY), both, TODAY)
    assert needs_versions(known(TODAY), PackagePage(Count(5, exact=True), (), frozenset({2, 3})), TODAY)
