"""Tags and names as they stand in links and rows: whose they are, and what can be none."""

import pytest

from backage.errors import PageChangedError, UnfitTextError
from backage.models.pages import Page
from backage.parse.document import LONGEST_TEXT, Document, is_text, query_value
from backage.parse.owner import parse_owner
from backage.parse.package import parse_version
from backage.parse.versions import parse_versions

ADDRESS = "https://github.com/octo-forge/beacon/pkgs/container/beacon"


@pytest.mark.parametrize(
    ("href", "text", "tag"),
    [
        ("/x/1?tag=v1.0", "v1.0", "v1.0"),
        ("/x/1?tag=a+b", "a b", "a b"),
        ("/x/1?tag=a+b", "a+b", "a+b"),
        ("/x/1?tag=1.0%2Bbuild", "1.0+build", "1.0+build"),
        ("/x/1?page=2&tag=v1&from=x#top?tag=v2", "anything", "v1"),
        ("/x/1?a?b&tag=v1", "", "v1"),
        ("/x/1?page=2", "text", ""),
    ],
)
def test_a_tag_is_what_its_address_says(href: str, text: str, tag: str) -> None:
    """The text of the link tells only whether a plus is a blank."""
    assert query_value(href, "tag", text) == tag


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", False),
        ("a", True),
        ("x" * LONGEST_TEXT, True),
        ("x" * (LONGEST_TEXT + 1), False),
        ("a\x1bb", False),
        ("\u202ea", False),
    ],
)
def test_what_can_be_stored(text: str, fits: bool) -> None:  # noqa: FBT001 (a case)
    """A name is not empty, no longer than npm allows, and has no control or direction characters."""
    assert is_text(text) is fits


@pytest.mark.parametrize(
    ("address", "tags"),
    [
        (f"{ADDRESS}/77", ("own",)),
        (f"{ADDRESS}/77?tag=own/8", ("own",)),
        (f"{ADDRESS}/versions", ("own", "other")),
    ],
)
def test_a_version_has_the_tags_that_lead_to_it(address: str, tags: tuple[str, ...]) -> None:
    """Its page links to others too, which its own address tells apart."""
    counters = "".join(
        f"<p><i>{label}</i><u>{count}</u></p>"
        for label, count in (("Total downloads", 9), ("Last 30 days", 5), ("Last week", 3), ("Today", 1))
    )
    links = "".join(
        f'<a href="{ADDRESS}/{number}?tag={tag}">{tag}</a>' for number, tag in ((77, "own"), (8, "other"))
    )
    assert parse_version(Page(address, f"{counters}{links}</html>".encode())).tags == tags


@pytest.mark.parametrize("tag", ["a,b", "a%1Bb", "x" * (LONGEST_TEXT + 1)])
def test_a_tag_that_is_none_is_a_stranger_s_doing(tag: str) -> None:
    """An invalid tag is not reported as a changed page; its error has address, kind and thing."""
    row = (
        f'<li><a href="{ADDRESS}/7?tag={tag}">t</a> sha256:{"a" * 64} <p>5 <i>Version downloads</i></p></li>'
    )
    counts = '<a href="#">1 tagged</a><a href="#">0 untagged</a>'
    body = f'<div id="versions-list">{counts}<ul>{row}</ul></div></html>'
    with pytest.raises(UnfitTextError) as caught:
        parse_versions(Page(ADDRESS, body.encode()))
    error = caught.value
    assert (error.url, error.kind) == (ADDRESS, "versions")
    assert error.missing == "valid name and tags in the row of a version"


def test_a_body_that_does_not_end_says_so() -> None:
    """The error for a cut page names its address, its kind, and the missing part."""
    with pytest.raises(PageChangedError) as caught:
        Document(Page(ADDRESS, b"<p>12"), "package")
    assert (caught.value.url, caught.value.kind, caught.value.missing) == (ADDRESS, "package", "end")


def test_a_list_of_several_owners_is_none() -> None:
    """Rows of two owners, or a row with two packages, are a page that changed."""
    link = '<a href="/orgs/{0}/packages/npm/package/{1}">x</a>'
    two_owners = "".join(f"<li>{link.format(owner, 'a')}</li>" for owner in ("one", "two"))
    two_packages = f"<li>{link.format('one', 'a')}{link.format('one', 'b')}</li>"
    for rows, missing in (
        (two_owners, "single valid owner in its links"),
        (two_packages, "single package in a row"),
    ):
        body = f'<div id="org-packages"><h3>2 packages</h3><ul>{rows}</ul></div></html>'
        with pytest.raises(PageChangedError) as caught:
            parse_owner(Page(ADDRESS, body.encode()))
        assert caught.value.missing == missing
