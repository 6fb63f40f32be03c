"""Which differences between the pages of one Maven package and the APIs are findings, and which are not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backage.models.history import Owner, Package
from backage.models.pages import Count, Counters, MavenAnswer, MavenList, MavenPage, MavenRow, OwnerPage
from backage.plan.agreement import Evidence
from backage.plan.maven_agreement import MavenEvidence, compare_maven

REEL = Package("maven", "org.acme.reel", "reel", number=7)
ROWS = (MavenRow("1.2", 100), MavenRow("1.1", 500))
PAGES = Evidence(
    day=date(2026, 8, 20),
    repo="reel",
    images=False,
    account=Owner("acme", "orgs", 1),
    owner=OwnerPage("acme", (REEL,), (), 1),
    listed=REEL,
    address=("acme", "reel"),
)


def page(version: str | None, total: int, month: int = 50, *, exact: bool = True) -> MavenPage:
    """Make a page of a version, whose total may be abbreviated."""
    counts = (Count(each, exact=True) for each in (month, 10, 1))
    return MavenPage("org.acme.reel", version, Counters(Count(total, exact=exact), *counts), frozenset())


def answer(
    rows: tuple[MavenRow, ...] | None = ROWS, total: int | None = 600, versions: int = 2
) -> MavenAnswer:
    """Make an answer of GraphQL."""
    return MavenAnswer(total, versions, rows, {}, None)


IDS = [("1.2", 12), ("1.1", 11)]
FINE = MavenEvidence(
    page=page("1.2", 100),
    listing=MavenList(ROWS, 1),
    row=ROWS[1],
    version=page("1.1", 500),
    answer=answer(),
    ids=IDS,
)


def find_faults(**changes: Any) -> list[tuple[str, str]]:
    """Return the findings that disagree, as kind and text."""
    findings = compare_maven(PAGES, replace(FINE, **changes))
    return [(each.kind, each.text) for each in findings if each.disagrees]


def find_notes(**changes: Any) -> list[str]:
    """Return the notes after checking that nothing disagrees."""
    assert find_faults(**changes) == []
    return [each.text for each in compare_maven(PAGES, replace(FINE, **changes))]


@pytest.mark.parametrize("name", ["page", "listing", "row", "version", "answer", "ids"])
def test_what_was_not_read_disagrees_with_nothing(name: str) -> None:
    """A page that was not read causes no finding."""
    assert find_faults(**{name: None}) == []


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        (
            {"page": page("1.1", 100)},
            "maven",
            "its dependency has version 1.1, the newest in the list is 1.2",
        ),
        (
            {"page": page(None, 100)},
            "maven",
            "its dependency has version None, the newest in the list is 1.2",
        ),
        ({"page": page("1.2", 100, 120)}, "maven", "its month is 120, more than its total"),
        ({"version": page("1.1", 480)}, "maven-version", "its total is 480, in the list of versions 500"),
        ({"version": page("1.1", 500, 520)}, "maven-version", "its month is 520, more than its total"),
        ({"listing": MavenList((), 1)}, "maven-versions", "it has no versions"),
        ({"answer": answer(versions=3)}, "graphql", "it has 3 versions, the list 2"),
        ({"answer": answer(total=580)}, "graphql", "its total is 580, and its versions come to 600"),
        (
            {"answer": answer((ROWS[0], MavenRow("1.1", 520)))},
            "graphql",
            "version 1.1 has 520 downloads, in the list of versions 500",
        ),
        ({"answer": answer(ROWS[:1])}, "graphql", "it lacks version 1.1, 1 in all"),
        ({"ids": [("1.2", 11), ("1.1", 12)]}, "ids", "its ids do not descend"),
        ({"ids": [("1.2", 11), ("1.1", 11)]}, "ids", "its ids do not descend"),
        ({"ids": []}, "ids", "it lacks version 1.1, 2 in all"),
        ({"ids": [*IDS, ("1.0", 10)]}, "ids", "the list lacks version 1.0, 1 in all"),
    ],
)
def test_what_disagrees(changes: dict[str, Any], kind: str, text: str) -> None:
    """Each has one sentence."""
    assert find_faults(**changes) == [(kind, text)]


def test_an_owner_or_an_address_that_disagrees() -> None:
    """They are compared as for other packages."""
    findings = compare_maven(replace(PAGES, repo="other", address=("other", "reel")), FINE)
    assert [each.kind for each in findings if each.disagrees] == ["owner", "maven"]


def test_downloads_that_come_meanwhile_agree() -> None:
    """Two totals are close, not equal."""
    assert find_faults(version=page("1.1", 510), answer=answer((ROWS[0], MavenRow("1.1", 510)), 610)) == []


def test_a_list_of_several_pages_has_fewer_versions_than_the_answers() -> None:
    """The answers have 100, of which the first page has the newest."""
    ids = [*IDS, ("1.0", 10)]
    assert (
        find_faults(listing=MavenList(ROWS, 2), answer=answer((*ROWS, MavenRow("1.0", 9)), 609, 3), ids=ids)
        == []
    )


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, "its counters are its newest version's"),
        ({"page": page("1.2", 600)}, "its counters are the package's"),
        ({"listing": MavenList(ROWS, 2), "page": page("1.2", 600)}, "its counters are the package's"),
        (
            {"listing": MavenList(ROWS[:1], 1), "row": None, "version": None, "answer": None, "ids": None},
            "its counters are the package's and its newest version's",
        ),
        (
            {"page": page("1.2", 300)},
            (
                "it is unclear whose its counters are: its total is 300, its newest version's 100, "
                "and the 2 versions read come to 600"
            ),
        ),
    ],
)
def test_match_counters_the_page_shows(changes: dict[str, Any], note: str) -> None:
    """The total proves it: that of a list of one page, or GraphQL's."""
    assert find_notes(**changes) == [note]


@pytest.mark.parametrize("partial", [answer(None, None), answer(total=610), None])
def test_a_list_of_several_pages_proves_no_total(partial: MavenAnswer | None) -> None:
    """Without GraphQL's total, or with an abbreviated one, whose the counters are is unclear."""
    changes = {
        "listing": MavenList(ROWS, 2),
        "page": page("1.2", 600, exact=partial is not None),
        "answer": partial,
    }
    assert any(note.startswith("it is unclear whose") for note in find_notes(**changes))


def test_an_answer_without_downloads_is_a_note() -> None:
    """GitHub has no statistics of some versions."""
    assert find_notes(answer=answer(None, None))[0] == "it has no downloads of some versions"
