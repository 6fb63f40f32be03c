"""What a reader of the site's pages sees without scripts."""

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

from backage.models.history import Downloads, Failure, Owner, Package
from backage.render.package import PackageView, render_head
from backage.render.site import pages as module
from backage.render.site.pages import Health, Pages, SiteAddresses, render_robots
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
    """What the site knows of a package."""
    item = given or shown()
    head = render_head(item, VERSIONS)
    return Entry(item, head, path or f"{item.owner.login}/{head['repo']}/{item.item.package.name}", counts)


def pages(health: Health = WELL, place: SiteAddresses = SITE) -> Pages:
    """The pages as they are, with assets at plain addresses."""
    return Pages(TEMPLATES, ASSETS, place, health)


def index(entries: Sequence[Entry], health: Health = WELL, **changes: Any) -> str:
    """The first page."""
    totals = sum_packages(one.view for one in entries)
    numbers = {**totals.numbers, "packages": changes.pop("packages", len(entries))}
    totals = replace(totals, numbers=numbers, **changes)
    return pages(health).render_index(entries, totals, "packages.js").decode()


def package(one: Entry, count: int = 2, place: SiteAddresses = SITE) -> str:
    """The page of a package with so many versions."""
    versions = [replace(VERSIONS[number % 2], id=100 - number) for number in range(count)]
    return pages(place=place).render_package(one, versions, "data/a.js?v=1").decode()


def text(page: str) -> str:
    """What is written in a piece of a page."""
    return " ".join(unescape(sub("<[^>]*>", " ", page)).split())


def cells(page: str) -> list[list[str]]:
    """What is written in the rows of a page's table."""
    rows = findall("<tr>(.*?)</tr>", page.partition("<tbody")[2], DOTALL)
    return [[text(cell) for cell in findall("<t[hd].*?</t[hd]>", row, DOTALL)] for row in rows]


def figures(page: str) -> dict[str, str]:
    """The numbers above, by their names."""
    return {text(name): text(value) for name, value in findall("<dt>(.*?)</dt>(.*?)</div>", page, DOTALL)}


def targets(page: str) -> list[str]:
    """The addresses of all that a page links to or loads, in order."""
    return [unescape(found) for found in findall(r' (?:href|src)="([^"]*)"', page)]


def test_the_list_has_a_row_a_package() -> None:
    """Exact numbers, the trend of whole weeks, a name as people write it; what is unknown says so."""
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
    """Cut, and exact for who points at them; what is fresh are the owners that are not stale."""
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
def test_what_comes_as_events_is_not_githubs(kind: Any, heading: str) -> None:
    """One owner whose downloads others tell of is enough, and its packages have no page on GitHub."""
    other = replace(shown(), owner=Owner("Other", kind))
    page = index([entry(), entry(other)])
    assert text(page.partition("<h1>")[2].partition("</h1>")[0]) == heading
    assert ("on GitHub" in package(entry(other))) == (kind == "orgs")


@pytest.mark.parametrize(("failures", "listed", "more"), [(0, 0, ""), (100, 100, ""), (101, 100, "1")])
def test_failures_are_listed(failures: int, listed: int, more: str) -> None:
    """So many at most, the rest counted; a reason is text, whatever a server said."""
    found = [Failure(f"Acme/{n}", "<b>\u202ereason</b>", since=TODAY) for n in range(failures)]
    page = index([entry()], Health(TODAY, found, 7))
    assert [text(item) for item in findall("<li>.*?</li>", page)] == [
        f"Acme/{n} : <b>reason</b>, since 2026-11-22" for n in range(listed)
    ]
    assert findall("<p>And (.*?) more", page) == ([more] if more else [])
    assert "7 failing" in text(page)


def test_the_list_is_cut() -> None:
    """The page itself has the first rows."""
    page = index([entry()] * 51)
    assert len(cells(page)) == 50
    assert "The 50 most downloaded of 51 packages" in text(page)


def test_before_the_first_run() -> None:
    """There is no day to name."""
    page = index([], Health(None, [], 0))
    assert "There was no run yet." in text(page)
    assert "There is no package here yet." in text(page)
    assert "Numbers; what is unknown says so. Kept by backage in Acme/stats ." in text(page)
    assert "Numbers until 2026-11-22 (UTC);" in text(index([]))


def test_a_package_has_its_numbers() -> None:
    """Exact, today's by its day, the trend beside the week."""
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


def test_a_package_of_which_nothing_is_known() -> None:
    """Each number says so, and no trend is told."""
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


@pytest.mark.parametrize(("count", "said"), [(1, "1 of 1 version"), (21, "20 of 21 versions")])
def test_versions_are_cut(count: int, said: str) -> None:
    """The page itself has the newest ones."""
    page = package(entry(), count)
    assert text(page.partition('id="listed"')[2].partition("</p>")[0]).endswith(f"The newest {said}")
    assert len(cells(page)) == min(count, 20)


def test_a_package_links_to_its_files() -> None:
    """From three folders down, with `%252F` where its name has a slash."""
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
    """Of a package, of what fails, of a tag: none is markup, and none turns the direction."""
    name = "%3Cb%3E%E2%80%AE%26"
    hostile = entry(shown(package=Package("npm", name, "tools")))
    for page in (index([hostile]), package(hostile)):
        assert "<b>" not in page
        assert "\u202e" not in page
        assert "<bdi>&lt;b&gt;&amp;</bdi>" in page


def test_where_a_page_is() -> None:
    """It is marked in the menu, and each page loads its own script."""
    marks = {}
    for name, page in (
        ("index", index([])),
        ("compare", pages().render_compare("packages.js").decode()),
        ("package", package(entry())),
        ("404", pages().render_missing().decode()),
    ):
        marks[name] = [text(found) for found in findall('<a [^>]*aria-current="page">.*?</a>', page)]
        if name in {"index", "compare"}:
            assert {"packages.js", f"assets/{name}.js"} <= set(targets(page))
    assert marks == {"index": ["Packages"], "compare": ["Compare"], "package": [], "404": []}


@pytest.mark.parametrize(
    ("site", "root"),
    [("", "/"), ("https://acme.example", "/"), ("https://acme.example/stats/", "/stats/")],
)
def test_the_page_for_nothing_is_served_at_any_depth(site: str, root: str) -> None:
    """Its links begin at the root of the site's host."""
    page = pages(place=SiteAddresses(site)).render_missing().decode()
    assert f"{root}index.html" in targets(page)
    assert all(link.startswith((root, "#main", "https://github.com/")) for link in targets(page))


def test_a_template_that_asks_for_what_is_not_there_is_an_error() -> None:
    """It would be an empty place in a page."""
    with pytest.raises(UndefinedError):
        Pages({"compare.html": "{{ downloads }}"}, {}, SITE, WELL).render_compare("")


def test_sitemap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole addresses of all pages, with the day of a package's numbers; so many as one may have."""
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
    """Everything may be read; the sitemap is named where its address is known."""
    assert render_robots(SiteAddresses()) == b"User-agent: *\nAllow: /\n"
    assert render_robots(SITE) == (
        b"User-agent: *\nAllow: /\nSitemap: https://acme.example/stats/sitemap.xml\n"
    )
