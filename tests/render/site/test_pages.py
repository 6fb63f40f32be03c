"""What readers of the site's pages see without scripts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html import unescape
from importlib import resources
from re import DOTALL, findall, sub
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from backage.models.history import Downloads, Failure, Owner, Package
from backage.render.package import PackageView, render_head
from backage.render.site import pages as module
from backage.render.site.pages import POLICY, Health, Pages, SiteAddresses, render_robots
from backage.render.site.scripts import Entry
from backage.render.totals import sum_packages
from tests.render.examples import TODAY, VERSIONS, shown

FOUND = resources.files("backage.render.site")
TEMPLATES = {file.name: file.read_text() for file in (FOUND / "templates").iterdir()}
ASSETS = {file.name: f"assets/{file.name}" for file in (FOUND / "assets").iterdir()}
ASSETS["palette.js"] = "assets/palette.js"
SITE = SiteAddresses(
    "https://acme.example/stats/", "https://raw.example/", "Acme/stats", "https://github.com"
)
WELL = Health(TODAY, [], 0)
COUNTS = (None,) * 15 + (2,) * 7 + (3,) * 7 + (99,)


def entry(given: PackageView | None = None, counts: Sequence[int | None] = COUNTS, path: str = "") -> Entry:
    """Return a package as the site knows it."""
    item = given or shown()
    head = render_head(item, VERSIONS)
    return Entry(item, head, path or f"{item.owner.login}/{head['repo']}/{item.item.package.name}", counts)


def pages(health: Health = WELL, place: SiteAddresses = SITE) -> Pages:
    """Return the real templates with assets at plain addresses."""
    return Pages(TEMPLATES, ASSETS, place, health)


def index(entries: Sequence[Entry], health: Health = WELL, **changes: Any) -> str:
    """Return the first page."""
    totals = sum_packages(one.view for one in entries)
    numbers = {**totals.numbers, "packages": changes.pop("packages", len(entries))}
    totals = replace(totals, numbers=numbers, **changes)
    return pages(health).render_index(entries, totals, "packages.js").decode()


def package(one: Entry, count: int = 2, place: SiteAddresses = SITE) -> str:
    """Return the page of a package with this number of versions."""
    versions = [replace(VERSIONS[number % 2], id=100 - number) for number in range(count)]
    return pages(place=place).render_package(one, versions, "data/a.js?v=1").decode()


def text(page: str) -> str:
    """Return the text of a part of a page."""
    return " ".join(unescape(sub("<[^>]*>", " ", page)).split())


def cells(page: str) -> list[list[str]]:
    """Return the texts in the rows of a page's table."""
    rows = findall("<tr>(.*?)</tr>", page.partition("<tbody")[2], DOTALL)
    return [[text(cell) for cell in findall("<t[hd].*?</t[hd]>", row, DOTALL)] for row in rows]


def figures(page: str) -> dict[str, str]:
    """Return the numbers at the top by their names."""
    return {text(name): text(value) for name, value in findall("<dt>(.*?)</dt>(.*?)</div>", page, DOTALL)}


def targets(page: str) -> list[str]:
    """Return the addresses of all links and loaded files, in order."""
    return [unescape(found) for found in findall(r' (?:href|src)="([^"]*)"', page)]


def test_the_list_has_a_row_for_each_package() -> None:
    """A row has exact numbers, the trend of whole weeks and a readable name; unknown values say so."""
    bare = replace(shown(Downloads(), Package("npm", "gadget"), size=None), stale=True)
    page = index([entry(), entry(bare, (None,) * 30)])
    assert cells(page) == [
        ["", "charts/widget Acme/tools container", "570,175,446", "1,043", "+50 %", "325 MB", ""],
        ["", "gadget Acme/gadget npm", "unknown", "unknown", "\u2013", "unknown", ""],
    ]
    assert targets(page)[-7:] == [
        "index.html",
        "compare.html",
        "package/Acme/tools/charts%252Fwidget.html",
        "package/Acme/gadget/gadget.html",
        "index/.json",
        "https://github.com/ipitio/backage",
        "https://github.com/Acme/stats",
    ]
    assert "The 2 most downloaded of 2 packages" in text(page)
    assert findall("<option>(.*?)</option>", page) == ["container", "npm"]


def test_the_list_has_the_totals() -> None:
    """Totals are cut, with exact numbers as their titles; owners are fresh unless they are stale."""
    page = index([entry()], owners=1200, stale=1, packages=3400)
    assert figures(page) == {
        "Packages": "3,400",
        "Owners": "1,200",
        "Downloads": "570.1M",
        "Last 30 days": "1k",
    }
    assert findall('<dd title="(.*?)"', page) == ["570,175,446", "1,043"]
    assert "1,199 of 1,200 owners fresh, 1 stale, 0 failing." in text(page)
    assert "Last run 2026-11-22, oldest numbers 2026-11-22." in text(page)
    assert "0 of 1 owner fresh" in text(index([entry()], stale=1))


@pytest.mark.parametrize(
    ("kind", "heading"), [("orgs", "Downloads of GitHub Packages"), ("harbor", "Downloads of packages")]
)
def test_packages_of_events_are_not_githubs(kind: Any, heading: str) -> None:
    """With one owner whose downloads come as events, the page does not say GitHub."""
    other = replace(shown(), owner=Owner("Other", kind))
    page = index([entry(), entry(other)])
    assert text(page.partition("<h1>")[2].partition("</h1>")[0]) == heading
    assert ("on GitHub" in package(entry(other))) == (kind == "orgs")


@pytest.mark.parametrize(("failures", "listed", "more"), [(0, 0, ""), (100, 100, ""), (101, 100, "1")])
def test_failures_are_listed(failures: int, listed: int, more: str) -> None:
    """At most 100 failures are listed and the others counted; a reason is never markup."""
    found = [Failure(f"Acme/{n}", "<b>\u202ereason</b>", since=TODAY) for n in range(failures)]
    page = index([entry()], Health(TODAY, found, 7))
    assert [text(item) for item in findall("<li>.*?</li>", page)] == [
        f"Acme/{n} : <b>reason</b>, since 2026-11-22" for n in range(listed)
    ]
    assert findall("<p>And (.*?) more", page) == ([more] if more else [])
    assert "7 failing" in text(page)


def test_the_list_is_cut() -> None:
    """The page itself has the first 50 rows."""
    page = index([entry()] * 51)
    assert len(cells(page)) == 50
    assert "The 50 most downloaded of 51 packages" in text(page)


def test_before_the_first_run() -> None:
    """Before the first run the page names no day."""
    page = index([], Health(None, [], 0))
    assert "There was no run yet." in text(page)
    assert "There is no package here yet." in text(page)
    assert "Numbers; what is unknown says so. Kept by backage in Acme/stats ." in text(page)
    assert "Numbers until 2026-11-22 (UTC);" in text(index([]))


def test_a_package_has_its_numbers() -> None:
    """Numbers are exact, today's with its date, and the trend is beside the week."""
    page = package(entry())
    assert figures(page) == {
        "Downloads": "570,175,446",
        "30 days": "1,043",
        "7 days": "50 +50 % on the week before",
        "22 Nov": "1 so far",
        "Size": "325 MB",
        "Versions": "2 1 tagged",
        "Latest": "1.2.3",
        "Rank": "#1 of its owner's",
    }
    assert cells(page) == [
        ["latest, 1.2.3", "3,039", "999", "0", "unknown", "36.8 kB", "2026-11-20"],
        ["sha256:aaa", "5", "unknown", "unknown", "unknown", "unknown", "2026-11-01"],
    ]
    assert "The newest 2 of 2 versions" in text(page)
    assert "These numbers are of" not in page
    assert "Acme / tools / charts/widget container Refreshed 2026-11-22 · on GitHub" in text(page)
    assert "<title>charts/widget of Acme/tools: downloads</title>" in page
    assert 'content="Downloads of the container package charts/widget of Acme/tools: 570.1M"' in page


def test_an_unknown_package() -> None:
    """Each unknown number says so, without a trend."""
    bare = replace(shown(Downloads(), size=None, versions=None, tagged=None, rank=None), stale=True)
    page = package(entry(bare, (None,) * 30), 0)
    found = figures(page)
    assert (found.pop("Latest"), found.pop("Versions")) == ("1.2.3", "unknown unknown tagged")
    assert found == {
        "Downloads": "unknown",
        "30 days": "unknown",
        "7 days": "unknown",
        "22 Nov": "unknown so far",
        "Size": "unknown",
        "Rank": "unknown",
    }
    assert "These numbers are of 2026-11-22: since then the package could not be read." in text(page)
    assert "No version was read yet." in text(page)


@pytest.mark.parametrize(("count", "ending"), [(1, "1 of 1 version"), (21, "20 of 21 versions")])
def test_versions_are_cut(count: int, ending: str) -> None:
    """The page itself has the newest 20 versions."""
    page = package(entry(), count)
    assert text(page.partition('id="listed"')[2].partition("</p>")[0]).endswith(f"The newest {ending}")
    assert len(cells(page)) == min(count, 20)


def test_a_package_links_to_its_files() -> None:
    """Links go up three folders, with `%252F` for a slash in the name."""
    page = package(entry())
    path = "Acme/tools/charts%252Fwidget"
    assert set(targets(page)) - {f"../../../{asset}" for asset in ASSETS.values()} == {
        "#main",
        "#badge",
        "#versions",
        "#files",
        "../../../index.html",
        "../../../index.html#q=Acme/",
        "../../../index.html#q=Acme/tools/",
        "../../../compare.html",
        f"../../../compare.html#p={path}",
        "../../../data/a.js?v=1",
        f"../../../index/{path}.json",
        f"../../../index/{path}.csv",
        f"../../../index/{path}.xml",
        f"../../../chart/{path}.svg",
        f"../../../badge/{path}/downloads.svg",
        "https://github.com/Acme/tools/pkgs/container/charts%2Fwidget",
        "https://github.com/ipitio/backage",
        "https://github.com/Acme/stats",
    }


def test_names_are_text() -> None:
    """Names of packages, failures and tags are never markup and never change the direction of text."""
    name = "%3Cb%3E%E2%80%AE%26"
    hostile = entry(shown(package=Package("npm", name, "tools")))
    for page in (index([hostile]), package(hostile)):
        assert "<b>" not in page
        assert "\u202e" not in page
        assert "<bdi>&lt;b&gt;&amp;</bdi>" in page


def test_the_menu_marks_the_page() -> None:
    """The menu marks the current page, and each page loads its own script."""
    marks = {}
    for name, page in (
        ("index", index([])),
        ("compare", pages().render_compare("packages.js").decode()),
        ("package", package(entry())),
        ("404", pages().render_missing().decode()),
    ):
        marks[name] = [text(found) for found in findall('<a [^>]*aria-current="page">.*?</a>', page)]
        assert f'content="{escape(POLICY)}"' in page
        if name in {"index", "compare"}:
            assert {"packages.js", f"assets/{name}.js"} <= set(targets(page))
    assert marks == {"index": ["Packages"], "compare": ["Compare"], "package": [], "404": []}


@pytest.mark.parametrize(
    ("site", "root"),
    [("", "/"), ("https://acme.example", "/"), ("https://acme.example/stats/", "/stats/")],
)
def test_the_page_for_missing_addresses_works_at_any_depth(site: str, root: str) -> None:
    """Its links begin at the root of the site's host."""
    page = pages(place=SiteAddresses(site)).render_missing().decode()
    assert f"{root}index.html" in targets(page)
    assert all(link.startswith((root, "#main", "https://github.com/")) for link in targets(page))


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    """It would leave an empty place in a page."""
    with pytest.raises(UndefinedError):
        Pages({"compare.html": "{{ downloads }}"}, {}, SITE, WELL).render_compare("")


def test_sitemap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sitemap has the whole addresses of all pages, with the day of each package, up to its limit."""
    entries = [entry(shown(refreshed=TODAY - timedelta(days=back))) for back in range(3)]
    place = replace(SITE, site="https://acme.example/a&b/")
    address = "https://acme.example/a&amp;b/"
    start = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"<url><loc>{address}</loc></url>\n"
    )
    lines = [
        f"<url><loc>{address}package/Acme/tools/charts%252Fwidget.html</loc>"
        f"<lastmod>2026-11-{day}</lastmod></url>\n"
        for day in (22, 21, 20)
    ]
    assert pages(place=place).render_sitemap(entries).decode() == f"{start}{''.join(lines)}</urlset>\n"
    monkeypatch.setattr(module, "_MOST_ADDRESSES", 3)
    assert len(ET.fromstring(pages(place=place).render_sitemap(entries))) == 3  # noqa: S314 (our own)


def test_robots() -> None:
    """Everything is allowed; the sitemap is named if its address is known."""
    assert render_robots(SiteAddresses()) == b"User-agent: *\nAllow: /\n"
    assert render_robots(SITE) == (
        b"User-agent: *\nAllow: /\nSitemap: https://acme.example/stats/sitemap.xml\n"
    )
