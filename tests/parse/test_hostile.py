from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backage.errors import PageChangedError
from backage.models.pages import (
    Counters,
    MavenList,
    MavenPage,
    OwnerPage,
    PackagePage,
    Page,
    VersionPage,
    VersionsPage,
)
from backage.parse.inspect import inspect_page
from backage.parse.owner import parse_owner
from backage.parse.package import parse_package, parse_version
from backage.parse.versions import parse_versions
from tests.parse.cases import ADDRESS, AnyPage, case_names, load_case

GOOD = case_names("expected.json")
BODIES = [load_case(name).body for name in case_names()]
SPLINTERS = [
    b"<",
    b">",
    b'"',
    b"</li>",
    b"<li>",
    b"</span>",
    b"<template>",
    b"<!--",
    b"<script>",
    b"<table>",
    b"\x00",
    b"\xff\xfe",
    b"&#0;",
    b"&#xD800;",
    b"%00",
    b"-1",
    b"9" * 400,
    b",",
    "\uff17".encode(),
    b"Total downloads",
    b"Version downloads",
    b' title="12"',
    b' data-total-pages="7"',
    b' data-merge-count="3" data-date="0001-01-01"',
]

PAGE = b"""<div id="org-packages"><h3>1 package</h3><ul><li>
<a href="/orgs/octo-forge/packages/container/package/%s">beacon</a></li></ul></div>"""


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """Draw a version of a page that was cut, spliced with another page, or had parts replaced."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 300)))
        other = draw(st.sampled_from(BODIES))
        at = draw(st.integers(0, len(other)))
        piece = draw(
            st.one_of(
                st.just(b""),
                st.sampled_from(SPLINTERS),
                st.binary(max_size=8),
                st.just(other[at : at + 400]),
                st.just(body[end:]),
            )
        )
        body = body[:start] + piece + draw(st.sampled_from([body[end:], b""]))
    return body


def outcome(read: Callable[[], AnyPage | None]) -> AnyPage | PageChangedError | None:
    """Read a page, or say how it was refused; any other error is a bug and goes through."""
    try:
        return read()
    except PageChangedError as error:
        return error


def check_outcome(value: AnyPage | PageChangedError | None) -> None:
    """Check that nothing impossible came out of a page."""
    match value:
        case PageChangedError():
            assert value.url == ADDRESS
            assert value.missing
        case OwnerPage():
            assert not any({"", ".", ".."} & set(package.name.split("%2F")) for package in value.packages)
            assert 1 <= value.pages <= 20_000
        case PackagePage():
            assert value.downloads.value >= 0
            assert all(isinstance(day, date) and count >= 0 for day, count in value.days)
        case VersionsPage():
            assert all(row.id >= 0 and row.downloads >= 0 and row.name for row in value.rows)
            assert 1 <= value.pages <= 20_000
        case MavenList():
            assert all(row.name and row.downloads >= 0 for row in value.rows)
            assert 1 <= value.pages <= 20_000
        case (
            VersionPage(downloads=Counters(total, month, week, day))
            | MavenPage(downloads=Counters(total, month, week, day))
        ):
            assert all(count.value >= 0 for count in (total, month, week, day))


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_pages_parse_or_are_refused(name: str, data: st.DataObject) -> None:
    """A cut, spliced or mutated page is read or is a page that changed, and never anything else."""
    case = load_case(name)
    body = data.draw(damaged(case.body))
    check_outcome(outcome(lambda: case.parse(body)))
    check_outcome(outcome(lambda: inspect_page(Page(ADDRESS, body)).value))


@pytest.mark.parametrize("name", GOOD)
def test_page_cut_before_its_content_is_refused(name: str) -> None:
    """A page of which only the head arrived is never taken for an empty one, or for a Maven package's."""
    case = load_case(name)
    head, _, _ = case.body.partition(b"<body")
    if case.kind == "maven":
        assert case.parse(head) is None
    else:
        with pytest.raises(PageChangedError):
            case.parse(head)


@pytest.mark.parametrize("pages", ["20001", "99999", "0", "00"])
def test_absurd_page_counts_are_refused(pages: str) -> None:
    """A page that claims more pages than any list has is refused."""
    with pytest.raises(PageChangedError, match="no believable count of pages"):
        parse_owner(Page(ADDRESS, PAGE % b"x" + f'<a data-total-pages="{pages}">1</a>'.encode()))


@pytest.mark.parametrize("pages", ["100000", "9" * 5000, "-1", "1e3", "3.5", "many", ""])
def test_unreadable_page_counts_are_refused(pages: str) -> None:
    """A count of pages that is no number is not taken for one page."""
    with pytest.raises(PageChangedError, match="no count of pages"):
        parse_owner(Page(ADDRESS, PAGE % b"x" + f'<a data-total-pages="{pages}">1</a>'.encode()))


def test_absurd_page_links_are_refused() -> None:
    """Without a total the links count, and they are held to the same limit."""
    link = b'<div class="pagination"><a href="?page=999999">Last</a></div>'
    with pytest.raises(PageChangedError, match="no believable count of pages"):
        parse_owner(Page(ADDRESS, PAGE % b"x" + link))


def test_largest_believable_page_count_is_read() -> None:
    """The limit itself is still believed."""
    page = Page(ADDRESS, PAGE % b"x" + b'<a data-total-pages="20000">1</a>')
    assert parse_owner(page).pages == 20_000


@pytest.mark.parametrize(
    "name",
    [
        b"..",
        b".",
        b"%2e%2e",
        b"..%2Fpasswd",
        b"a%2F..%2Fb",
        b"a%2F%2Fb",
        b"%2Fa",
        b"a%2F",
        b"a%00b",
        b"%00",
        b"a\\b",
        b"a%5Cb",
        b"a%5cb",
        b"a%0Ab",
        b"a%7F",
        b"a%",
        b"a%2",
        b"a%zz",
        b"a" * 300,
        b"a" * 100_000,
        b"a%E2%80%AEb",
    ],
    ids=lambda name: name[:20].decode(),
)
def test_unsafe_names_are_told_from_the_others(name: bytes) -> None:
    """A name that could leave its folder or break a path is not mended, and costs its neighbours nothing."""
    row = b'<li><a href="/orgs/octo-forge/packages/npm/package/%s">x</a></li>'
    more = row % b"buoy" + row % name + b"</ul>"
    page = PAGE.replace(b"1 package", b"3 packages") % b"beacon"
    found = parse_owner(Page(ADDRESS, page.replace(b"</ul>", more)))
    assert [package.name for package in found.packages] == ["beacon", "buoy"]
    (shown,) = found.unfit
    assert shown.isprintable()
    assert len(shown) < 80


@pytest.mark.parametrize("repo", [b"..", b".", b"a%2Fb", b"a%00", b"a\\b", b"a b", b"a" * 101])
def test_unsafe_repositories_are_not_taken(repo: bytes) -> None:
    """A link that cannot be a repository's leaves the package without one."""
    page = PAGE.replace(b"</li>", b'<a href="/octo-forge/REPO">there</a></li>') % b"beacon"
    packages = parse_owner(Page(ADDRESS, page.replace(b"REPO", repo))).packages
    assert [(package.name, package.repo) for package in packages] == [("beacon", None)]


@pytest.mark.parametrize("login", [b"..", b"a%2Fb", b"a%00"])
def test_unsafe_logins_are_refused(login: bytes) -> None:
    """A login that could leave its folder is refused like such a name."""
    with pytest.raises(PageChangedError):
        parse_owner(Page(ADDRESS, (PAGE % b"beacon").replace(b"octo-forge", login)))


DEEP = {
    "span": 100_000,
    "b": 100_000,
    "a": 100_000,
    "h3": 100_000,
    "li": 100_000,
    "x-y": 100_000,
    "div": 5_000,
}
"""Tags to nest and how deep; blocks less deep, for each makes the HTML parser look at all around it."""


@pytest.mark.parametrize(("tag", "depth"), DEEP.items())
def test_deep_nesting_neither_crashes_nor_hangs(tag: str, depth: int) -> None:
    """Deeply nested tags are read like any page: a fact in them is found or missing."""
    tower = f"<{tag}>".encode() * depth
    total = b"<p><i>Total downloads</i><u>12</u></p>"
    assert parse_package(Page(ADDRESS, tower + total)).downloads.value == 12
    assert parse_versions(Page(ADDRESS, b'<div id="versions-list">' + tower)).rows == ()
    with pytest.raises(PageChangedError, match="no package, nor a heading that says so"):
        parse_owner(Page(ADDRESS, b'<div id="org-packages">' + tower))
    with pytest.raises(PageChangedError, match='no "Last 30 days"'):
        parse_version(Page(ADDRESS, tower + total))


def test_deep_manifest_is_refused() -> None:
    """A manifest of nothing but brackets is refused and does not exhaust the stack."""
    body = load_case("version/image").body
    start, end = body.index(b'<pre class="color-fg-muted">') + 28, body.index(b"</pre>")
    with pytest.raises(PageChangedError, match="no manifest in JSON"):
        parse_version(Page(ADDRESS, body[:start] + b"[" * 100_000 + body[end:]))
