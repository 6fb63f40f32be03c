"""Compare the pages that describe one Maven package, and what the APIs say of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from backage.models.pages import MavenAnswer, MavenList, MavenPage, MavenRow
from backage.plan.agreement import (
    Evidence,
    Finding,
    PageKind,
    are_close,
    compare_address,
    compare_counters,
    compare_owner,
    compare_sum,
)
from backage.plan.maven import match_counters


@dataclass(frozen=True, slots=True)
class MavenEvidence:
    """What the pages of one Maven package say. A page that was not read is None.

    `listing` is the first page of its versions, and `row` the entry of `version` there.
    """

    page: MavenPage | None
    listing: MavenList | None
    row: MavenRow | None
    version: MavenPage | None
    answer: MavenAnswer | None
    ids: list[tuple[str, int]] | None


def compare_maven(pages: Evidence, maven: MavenEvidence) -> list[Finding]:
    """Compare the pages that were read. A page that was not read causes no finding."""
    findings = list(compare_owner(pages))
    if maven.page:
        findings += compare_address(pages, "maven")
        findings += compare_counters("maven", maven.page.downloads)
    if maven.version:
        findings += compare_counters("maven-version", maven.version.downloads, maven.row)
    if maven.ids and any(newer <= older for (_, newer), (_, older) in pairwise(maven.ids)):
        findings.append(Finding("ids", "its ids do not descend"))
    if maven.answer and (maven.answer.downloads is None or maven.answer.rows is None):
        findings.append(Finding("graphql", "it has no downloads of some versions", disagrees=False))
    if maven.listing and not maven.listing.rows:
        findings.append(Finding("maven-versions", "it has no versions"))
    elif maven.listing:
        findings += _compare_with_list(maven, maven.listing)
    return findings


def _compare_with_list(maven: MavenEvidence, listing: MavenList) -> Iterator[Finding]:
    if maven.page:
        newest = listing.rows[0].name
        if maven.page.version != newest:
            text = f"its dependency has version {maven.page.version}, the newest in the list is {newest}"
            yield Finding("maven", text)
        yield _describe_counters(maven.page, listing, maven.answer)
    if maven.answer:
        yield from _compare_answer(maven.answer, listing)
    if maven.ids is not None:
        yield from _compare_names("ids", {name for name, _ in maven.ids}, listing)


def _describe_counters(page: MavenPage, listing: MavenList, answer: MavenAnswer | None) -> Finding:
    """Return a note on whose counters the package's page shows.

    The sum is only known from a list of one page, or from GraphQL.
    """
    total, rows = page.downloads.total, listing.rows
    is_package, is_newest = match_counters(page.downloads, rows)
    if listing.pages > 1:
        is_package = answer is not None and total.exact and answer.downloads == total.value
    proven = [("the package's", is_package), ("its newest version's", is_newest)]
    text = f"its counters are {' and '.join(whose for whose, is_so in proven if is_so)}"
    if not is_package and not is_newest:
        newest, gained = rows[0].downloads, sum(row.downloads for row in rows)
        totals = f"its total is {total.value:,}, its newest version's {newest:,}"
        versions = f"the {len(rows)} versions read come to {gained:,}"
        text = f"it is unclear whose its counters are: {totals}, and {versions}"
    return Finding("maven", text, disagrees=False)


def _compare_answer(answer: MavenAnswer, listing: MavenList) -> Iterator[Finding]:
    """Compare GraphQL's totals and its number of versions with the list's rows."""
    if listing.pages == 1 and answer.versions != len(listing.rows):
        yield Finding("graphql", f"it has {answer.versions:,} versions, the list {len(listing.rows):,}")
    if answer.downloads is not None:
        yield from compare_sum("graphql", answer.downloads, [row.downloads for row in listing.rows])
    if answer.rows is None:
        return
    totals = {row.name: row.downloads for row in answer.rows}
    yield from _compare_names("graphql", set(totals), listing)
    for row in listing.rows:
        total = totals.get(row.name, row.downloads)
        if not are_close(total, row.downloads):
            texts = f"{total:,} downloads, in the list of versions {row.downloads:,}"
            yield Finding("graphql", f"version {row.name} has {texts}")


def _compare_names(kind: PageKind, names: set[str], listing: MavenList) -> Iterator[Finding]:
    """Compare an answer's 100 newest versions with the list's first page, which has fewer."""
    listed = {row.name for row in listing.rows}
    alone = {"it lacks": listed - names, "the list lacks": names - listed if listing.pages == 1 else set()}
    for text, missing in alone.items():
        if missing:
            yield Finding(kind, f"{text} version {min(missing)}, {len(missing)} in all")
