"""Which differences between two pages of one package are findings, and which are not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from backage.models.history import Owner, Package
from backage.models.pages import (
    Child,
    Count,
    Counters,
    Manifest,
    OwnerPage,
    PackagePage,
    VersionPage,
    VersionRow,
    VersionsPage,
)
from backage.plan.agreement import Evidence, compare_pages

DAY = date(2026, 8, 20)
BEACON = Package("container", "beacon", "lights")
DAYS = tuple((DAY - timedelta(days=back), 10) for back in range(30))
TAGGED = tuple(VersionRow(number, f"sha256:{number:064x}", (f"1.{number}",), 100) for number in (9, 8))
BARE = (VersionRow(7, f"sha256:{7:064x}", (), 500),)
IMAGE = Manifest(1000, ())
INDEX = Manifest(None, (Child("sha256:a", "linux/amd64", runnable=True),))


def counters(total: int, month: int, week: int, day: int, *, exact: bool = True) -> Counters:
    """Make the counters of a version's page, of which only the total may be abbreviated."""
    return Counters(Count(total, exact=exact), *(Count(each, exact=True) for each in (month, week, day)))


FINE = Evidence(
    day=DAY,
    repo="lights",
    images=True,
    account=Owner("acme", "orgs", 1),
    owner=OwnerPage("acme", (BEACON,), (), 1),
    listed=BEACON,
    address=("acme", "lights"),
    package=PackagePage(Count(700, exact=True), DAYS, frozenset({9, 8})),
    lists={
        "versions": VersionsPage((*TAGGED, *BARE), 2, 1, 1),
        "versions-tagged": VersionsPage(TAGGED, 2, 1, 1),
        "versions-untagged": VersionsPage(BARE, 2, 1, 1),
    },
    row=TAGGED[0],
    version=VersionPage(counters(100, 50, 10, 1), ("1.9",), {"layers": []}),
    embedded=IMAGE,
    manifest=IMAGE,
)


def find_faults(**changes: Any) -> list[tuple[str, str]]:
    """Return the findings that disagree, as kind and text."""
    return [(each.kind, each.text) for each in compare_pages(replace(FINE, **changes)) if each.disagrees]


def find_notes(**changes: Any) -> list[tuple[str, str]]:
    """Return the notes, as kind and text, after checking that nothing disagrees."""
    findings = compare_pages(replace(FINE, **changes))
    assert not [each for each in findings if each.disagrees]
    return [(each.kind, each.text) for each in findings]


def lists(**changes: VersionsPage) -> dict[str, VersionsPage]:
    """Return the three lists, some of them changed, by the last part of their kind."""
    return {kind: changes.get(kind.rpartition("-")[2], page) for kind, page in FINE.lists.items()}


def package(
    total: int = 700, days: tuple[tuple[date, int], ...] = DAYS, *, exact: bool = True
) -> PackagePage:
    """Return a package's page."""
    return PackagePage(Count(total, exact=exact), days, frozenset({9, 8}))


def test_what_agrees() -> None:
    """There is nothing to say."""
    assert compare_pages(FINE) == []


@pytest.mark.parametrize("name", ["account", "owner", "package", "row", "version", "embedded", "manifest"])
def test_what_was_not_read_disagrees_with_nothing(name: str) -> None:
    """A page that was not read causes no finding."""
    assert find_faults(**{name: None}) == []
    assert find_faults(lists={kind: page for kind, page in FINE.lists.items() if kind != "versions"}) == []
    assert find_faults(lists={}) == []


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        ({"owner": OwnerPage("Acme", (BEACON,), (), 1)}, "owner", "its packages are those of Acme, the"),
        ({"listed": None}, "owner", "the package is not in it"),
        ({"repo": "other"}, "owner", "the package is in the repository lights, not in other"),
        ({"address": ("other", "lights")}, "package", "its address is now that of another owner, other"),
        (
            {"address": ("acme", "new")},
            "package",
            "its address names the repository new, the owner's list the",
        ),
        ({"package": package(exact=False)}, "package", "its total is abbreviated"),
        ({"package": package(days=())}, "package", "it has 0 daily counts, not 30"),
        ({"package": package(days=DAYS[:29])}, "package", "it has 29 daily counts, not 30"),
        (
            {"day": DAY + timedelta(days=2)},
            "package",
            "its daily counts end on 2026-08-20, and today is 2026-08-22",
        ),
        (
            {"day": DAY - timedelta(days=2)},
            "package",
            "its daily counts end on 2026-08-20, and today is 2026-08-18",
        ),
        ({"package": package(680)}, "package", "its total is 680, and its versions come to 700"),
        (
            {"package": package(720, tuple((day, 30) for day, _ in DAYS))},
            "package",
            "its daily counts come to 900, more than its total",
        ),
        (
            {"version": VersionPage(counters(80, 50, 10, 1), (), {})},
            "version",
            "its total is 80, in the list of",
        ),
        (
            {"version": VersionPage(counters(130, 50, 10, 1), (), {})},
            "version",
            "its total is 130, in the list",
        ),
        (
            {"version": VersionPage(counters(100, 120, 10, 1), (), {})},
            "version",
            "its month is 120, more than its",
        ),
        (
            {"version": VersionPage(counters(100, 50, 90, 1), (), {})},
            "version",
            "its week is 90, more than its",
        ),
        (
            {"version": VersionPage(counters(100, 50, 10, 25), (), {})},
            "version",
            "its day is 25, more than its",
        ),
        ({"embedded": Manifest(999, ())}, "manifest", "it has 1,000 bytes, on the version's page 999 bytes"),
        ({"manifest": INDEX}, "manifest", "it has no size, on the version's page 1,000 bytes"),
        (
            {"manifest": INDEX, "embedded": Manifest(None, (Child("sha256:b", None, runnable=True),))},
            "manifest",
            "it names other manifests than the version's page",
        ),
        (
            {"lists": lists(tagged=VersionsPage(TAGGED[:1], 2, 1, 1))},
            "versions-tagged",
            "it has 1 rows, and by its heading 2",
        ),
        (
            {"lists": lists(untagged=VersionsPage(BARE, 2, 1, 2))},
            "versions-untagged",
            "it has 2 pages, and by its",
        ),
        (
            {"lists": lists(untagged=VersionsPage(BARE, 3, 1, 1))},
            "versions-untagged",
            "its heading says 3 tagged",
        ),
        (
            {"lists": lists(tagged=VersionsPage((TAGGED[0], BARE[0]), 2, 1, 1))},
            "versions-tagged",
            "1 of its rows have no tag",
        ),
        (
            {"lists": lists(untagged=VersionsPage(TAGGED[:1], 2, 1, 1))},
            "versions-untagged",
            "1 of its rows have a tag",
        ),
        (
            {"lists": lists(untagged=VersionsPage(BARE, None, None, 1))},
            "versions-untagged",
            "it does not say how",
        ),
        (
            {"lists": lists(untagged=VersionsPage((replace(BARE[0], downloads=480),), 2, 1, 1))},
            "versions-untagged",
            "version 7 has 480 downloads, in the list of all versions 500",
        ),
        (
            {"lists": lists(untagged=VersionsPage((replace(BARE[0], name="sha256:0"),), 2, 1, 1))},
            "versions-untagged",
            "version 7 has another name in the list of all versions",
        ),
        (
            {"lists": lists(untagged=VersionsPage((replace(BARE[0], id=6, downloads=0),), 2, 1, 1))},
            "versions",
            "1 of its rows are in neither of the others: 7",
        ),
    ],
)
def test_what_disagrees(changes: dict[str, Any], kind: str, text: str) -> None:
    """One sentence at the page that it is about."""
    found = find_faults(**changes)
    assert any(place == kind and each.startswith(text) for place, each in found), found
    assert {place for place, _ in found} <= {kind, "versions"}


def test_what_is_only_noted() -> None:
    """Deleted versions stay in a total, a chart may end yesterday, and windows may begin at another hour."""
    assert find_notes(package=package(800)) == [
        ("package", "the 3 versions read come to 700 of its total, which counts deleted ones too")
    ]
    assert find_notes(day=DAY + timedelta(days=1)) == [("package", "its daily counts end on 2026-08-20")]
    assert find_notes(package=PackagePage(Count(700, exact=True), DAYS, frozenset({9, 5}))) == [
        ("package", "it names 1 versions that no list has: 5")
    ]
    assert find_notes(version=replace(FINE.version, manifest=None), embedded=None) == [  # type: ignore[type-var]
        ("version", "it shows no manifest")
    ]
    quiet = tuple((day, 1) for day, _ in DAYS)
    assert find_notes(package=package(days=quiet)) == [
        ("version", "its month is 50, more than the package's daily counts, which come to 30")
    ]


def test_what_came_meanwhile_is_no_contradiction() -> None:
    """Numbers are close that differ by 10, or by a hundredth, as abbreviated ones do."""
    assert find_notes(package=package(690)) == []
    assert find_notes(version=VersionPage(counters(110, 50, 10, 1), (), {"layers": []})) == []
    row = replace(TAGGED[0], downloads=1_189_999)
    million = VersionPage(counters(1_180_000, 50, 10, 1, exact=False), (), {"layers": []})
    assert find_faults(row=row, version=million) == []
    assert find_faults(row=replace(row, downloads=1_210_000), version=million) != []


def test_packages_of_other_types() -> None:
    """Their versions have no tags and no manifests, and do not add up to their total."""
    rows = VersionsPage((VersionRow(1, "1.0.0", (), 9000),), None, None, 1)
    changes = {"images": False, "lists": {"versions": rows}, "row": None, "version": None}
    assert find_notes(**changes, embedded=None, manifest=None) == []


def test_a_package_without_a_repository() -> None:
    """It stands under its own name, and its address names none."""
    alone = Package("container", "beacon")
    changes = {"owner": OwnerPage("acme", (alone,), (), 1), "listed": alone, "address": ("acme", None)}
    assert find_faults(**changes, repo="Beacon") == []
    assert find_faults(**changes, repo="lights") == [
        ("owner", "the package is in no repository, not in lights")
    ]


def test_lists_of_several_pages() -> None:
    """A full page of 50, and as many pages as its heading needs."""
    rows = tuple(VersionRow(number, str(number), ("x",), 1) for number in range(50))
    page = VersionsPage(rows, 120, 0, 3)
    full = {"versions": page, "versions-tagged": page, "versions-untagged": VersionsPage((), 120, 0, 1)}
    only = {"version": None, "row": None}
    assert find_faults(lists=full, **only) == []
    assert find_faults(lists={**full, "versions": replace(page, pages=2)}, **only) == [
        ("versions", "it has 2 pages, and by its heading 3")
    ]
