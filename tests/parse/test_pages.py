import json
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest

from backage.errors import PageChangedError
from backage.models.pages import Page
from backage.parse.inspect import inspect_page
from tests.parse.cases import ADDRESS, NAMED, PAGES, case_names, load_case


def plain_value(value: Any) -> Any:
    """Turn what a parser returns into what JSON can hold."""
    if isinstance(value, dict):
        return {key: plain_value(part) for key, part in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [plain_value(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", case_names())
def test_page_reads_as_its_folder_says(name: str) -> None:
    """A page gives what its `expected.json` holds, or fails with the sentence in its `error.txt`."""
    case, folder = load_case(name), PAGES / name
    if (folder / "error.txt").exists():
        with pytest.raises(PageChangedError) as caught:
            case.parse()
        assert str(caught.value) == f"{(folder / 'error.txt').read_text(encoding='utf-8').strip()}: {ADDRESS}"
        assert caught.value.kind == case.kind
        assert caught.value.url == ADDRESS
        return
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert expected.pop("kind", case.kind) == case.kind  # which `backage inspect` writes too
    value = case.parse()
    assert value is not None
    assert plain_value(asdict(value)) == expected


@pytest.mark.parametrize("name", case_names("expected.json"))
def test_inspect_finds_the_kind(name: str) -> None:
    """A good page of unknown kind is read as what it is, by the same parser."""
    case = load_case(name)
    saved = inspect_page(case.page)
    assert (saved.kind, saved.value) == (case.kind, case.parse())


@pytest.mark.parametrize("name", case_names())
def test_folder_is_a_whole_case(name: str) -> None:
    """A folder holds a page, one outcome, at most a name, and nothing misspelled beside them."""
    files = {path.name for path in (PAGES / name).iterdir()}
    assert len(files & {"expected.json", "error.txt"}) == 1
    assert files <= {"page.html", "name.txt", "expected.json", "error.txt"}


def test_every_folder_has_a_page() -> None:
    """No folder goes unread for want of its page, and there are cases of all kinds."""
    folders = {path.relative_to(PAGES).as_posix() for path in PAGES.glob("*/*")}
    assert folders == set(case_names())
    assert {name.partition("/")[0] for name in folders} == {"owner", *NAMED}


@pytest.mark.parametrize("name", ["owner/profile-page", "package/no-total", "versions/no-list"])
def test_inspect_refuses_other_pages(name: str) -> None:
    """A page without lists and counts is of no kind, and the error says what was looked for."""
    with pytest.raises(PageChangedError) as caught:
        inspect_page(load_case(name).page)
    assert caught.value.reason == (
        "the saved page has no list of packages or versions, nor a count of downloads"
    )


@pytest.mark.parametrize("body", [b"", b"<html><div", b"<html><div>", b"<html></html><p>"])
def test_inspect_says_of_a_page_that_was_cut_that_it_is(body: bytes) -> None:
    """Before its kind is known it is a saved page."""
    with pytest.raises(PageChangedError) as caught:
        inspect_page(Page(ADDRESS, body))
    assert caught.value.reason == "the saved page has no </html> at its end: it was cut"


@pytest.mark.parametrize("name", case_names("expected.json"))
def test_inspect_says_of_every_cut_page_that_it_is(name: str) -> None:
    """Whatever else the half page still says."""
    case = load_case(name)
    with pytest.raises(PageChangedError, match="it was cut"):
        inspect_page(Page(ADDRESS, case.body[: case.body.rindex(b"</body>")]))


def test_inspect_tells_where_a_saved_page_was() -> None:
    """GitHub names the final address of each page for its app, with the query."""
    address = "https://github.com/octo-forge/beacon/pkgs/container/beacon/versions?page=2"
    banner = f'<meta name="apple-itunes-app" content="app-id=1477376905, app-argument={address}" />'
    case = load_case("versions/tagged")
    body = case.body.replace(b"<head>", f"<head>{banner}".encode(), 1)
    assert inspect_page(Page("saved.html", body)).address == address
    assert inspect_page(Page("saved.html", case.body)).address is None
    hostile = banner.replace("https://", "javascript://").encode()
    assert (
        inspect_page(Page("saved.html", case.body.replace(b"<head>", b"<head>" + hostile, 1))).address is None
    )


@pytest.mark.parametrize("name", case_names("expected.json"))
def test_line_ends_and_a_byte_order_mark_change_nothing(name: str) -> None:
    """A page that was saved with other line ends and a byte order mark reads the same."""
    case = load_case(name)
    saved = b"\xef\xbb\xbf" + case.body.replace(b"\n", b"\r\n")
    assert case.parse(saved) == case.parse()


def test_parsers_keep_the_address_for_the_message() -> None:
    """An error ends with the address that the page came from in the end."""
    with pytest.raises(PageChangedError, match=r": https://github\.com/orgs/mona-lab/packages\?page=2$"):
        inspect_page(Page("https://github.com/orgs/mona-lab/packages?page=2", b""))
