import html
import json
import re
from datetime import date, timedelta

import pytest

from backage.standin.model import Owner, Package, Version
from backage.standin.pages import (
    abbreviated,
    age_in_words,
    list_page,
    package_page,
    version_page,
    versions_page,
)
from backage.standin.world import World

START = date(2026, 11, 20)
ROW = re.compile(
    r'<li class="Box-row">.*?/(\d+)(?:\?tag=[^"]*)?".*?([\d,]+)\s*<span class="sr-only">Version downloads',
    re.DOTALL,
)
TOTAL = re.compile(r'>Total downloads</span>\s*<h3 title="(\d+)">')
BAR = re.compile(r'data-merge-count="(\d+)"\s+data-date="([\d-]+)"')


def number(text: str) -> int:
    """Return an integer that is written with commas."""
    return int(text.replace(",", ""))


def one_package() -> tuple[Owner, Package]:
    """Return an owner with one package whose name and tag try to break out."""
    version = Version(11, "sha256:" + "a" * 64, START, ('"<b>&',))
    package = Package("container", "a<b>&\"c/d'", "r", (version,))
    return Owner("o", 1, "orgs", [package]), package


@pytest.mark.parametrize("days", [0, 10])
def test_pages_have_the_truth(days: int) -> None:
    """The package page and the list of versions together have every count of the truth."""
    world = World(START)
    world.advance(days)
    truth = iter(world.truth())
    for owner in world.owners:
        for package in owner.packages:
            expected = next(truth)
            page = package_page(owner, package, world.today)
            assert TOTAL.findall(page) == [str(expected["raw_downloads"])]
            counts = [int(count) for count, _ in BAR.findall(page)]
            assert len(counts) == 30
            assert sum(counts) == expected["raw_downloads_month"]
            assert sum(counts[:7]) == expected["raw_downloads_week"]
            assert BAR.search(page).groups() == (str(expected["raw_downloads_day"]), str(world.today))  # type: ignore[union-attr] # a missing bar fails
            rows: list[tuple[str, str]] = []
            for at in range(1, -(-len(package.versions) // 50) + 1):
                rows += ROW.findall(versions_page((owner, package), "/p", at, "", world.today))
            assert [(int(i), number(n)) for i, n in rows] == [
                (v["id"], v["raw_downloads"]) for v in expected["version"]
            ]


def test_version_page_has_the_truth() -> None:
    """The four counters and, for a single image, the layers of the manifest equal the truth."""
    world = World(START)
    owner = world.owners[1]
    package = owner.packages[0]
    for version, expected in zip(package.versions, world.truth()[6]["version"], strict=True):
        page = version_page(owner, package, version, world.today)
        labels = {"Total downloads": "", "Last 30 days": "_month", "Last week": "_week", "Today": "_day"}
        for label, suffix in labels.items():
            found = re.findall(rf">{label}</span>\s*<span[^>]*>([\d,]+)</span>", page)
            assert [number(text) for text in found] == [expected[f"raw_downloads{suffix}"]]
        text = re.search(r"Manifest</h4>.*?<code[^>]*><pre[^>]*>(.*?)</pre></code>", page, re.DOTALL)
        assert text
        manifest = json.loads(html.unescape(text[1]))
        assert manifest["digest"] == expected["name"]
        if not version.index:
            assert sum(layer["size"] for layer in manifest["layers"]) == expected["raw_size"]
        else:
            assert [m["platform"]["architecture"] for m in manifest["manifests"]] == [
                "arm64",
                "amd64",
                "unknown",
            ]
    assert any(version.index for version in package.versions)


def test_versions_list_filters_and_pages() -> None:
    """50 versions a page; the filter keeps its kind, the links keep the route and the filter."""
    world = World(START)
    owner = world.owners[0]
    package = owner.packages[0]
    page = versions_page(
        (owner, package), "/Octo-Forge/beacon/pkgs/container/beacon/versions", 2, "tagged", START
    )
    tagged = len(package.tagged)
    assert len(ROW.findall(page)) == tagged - 50
    assert f"{tagged} tagged" in page
    assert f"{len(package.versions) - tagged} untagged" in page
    assert re.search(r'class="current"[^>]*data-total-pages="2"', page)
    assert "beacon/versions?filters%5Bversion_type%5D=tagged&amp;page=1" in page
    untagged = versions_page((owner, package), "/p", 1, "untagged", START)
    assert len(ROW.findall(untagged)) == len(package.versions) - tagged
    assert "?tag=" not in untagged
    assert "paginate-container" not in untagged
    assert not ROW.findall(versions_page((owner, package), "/p", 9, "", START))


def test_list_has_thirty_packages_a_page() -> None:
    """An owner's list has 30 packages a page, its heading counts the page, and past the end it is empty."""
    versions = (Version(5, "1.0.0", START),)
    owner = Owner(
        "Many", 5, "users", [Package("npm", f"p{n}", "r" if n % 2 else None, versions) for n in range(31)]
    )
    first, second, third = (list_page(owner, page, START) for page in (1, 2, 3))
    assert "</svg>30 packages</h3>" in first
    assert "</svg>1 package</h3>" in second
    assert "</svg>0 packages</h3>" in third
    assert "No results matched" in third
    assert first.count('class="Box-row"') == 30
    assert first.count(' in <a class="Link--muted" href="/Many/r">Many/r</a>') == 15
    assert 'href="/Many?tab=packages&amp;page=2"' in first
    assert re.search(r'class="current"[^>]*data-total-pages="2"', first)
    assert 'id="user-packages-list"' in first


def test_hostile_text_is_escaped() -> None:
    """Names and tags cannot break out of text or attributes."""
    owner, package = one_package()
    pages = [
        list_page(owner, 1, START),
        package_page(owner, package, START),
        versions_page((owner, package), '/"><b>', 1, "", START),
        version_page(owner, package, package.newest, START),
    ]
    for page in pages:
        assert "<b>" not in page
    assert "a%3Cb%3E%26%22c%2Fd%27" in pages[0]
    assert "a&lt;b&gt;&amp;&#34;c/d&#39;" in pages[0]


def test_healthy_pages_carry_false_friends() -> None:
    """Every page has a blankslate, a sign-in link and the words of the label outside the label."""
    owner, package = one_package()
    page = package_page(owner, package, START)
    assert page.startswith("\n\n<!DOCTYPE html>")
    assert page.index('<h3 title="217">') < page.index(">Total downloads</span>")
    for words in ("blankslate", "Sign in", "Total downloads of", "rate_limit", "Please reload this page"):
        assert words in page


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "less than a minute"),
        (300, "about 5 hours"),
        (1500, "1 day"),
        (12 * 1440 + 300, "12 days"),
        (35 * 1440, "about 1 month"),
        (92 * 1440, "3 months"),
        (366 * 1440, "about 1 year"),
        (850 * 1440, "over 2 years"),
        (700 * 1440, "almost 2 years"),
    ],
)
def test_ages_are_written_as_on_the_site(minutes: int, words: str) -> None:
    """An age is written in the site's rounded words."""
    assert age_in_words(minutes) == words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (9490, "9.49k"),
        (51098, "51.1k"),
        (999_960, "1m"),
        (570_175_446, "570m"),
    ],
)
def test_counts_are_cut_to_three_digits(count: int, text: str) -> None:
    """A long count has three significant digits and a unit."""
    assert abbreviated(count, "kmb") == text


def test_counters_of_a_version_are_cut_from_a_million_on() -> None:
    """Each counter on a version's page is abbreviated from a million on, alone; its row stays exact."""
    version = Version(11, "sha256:" + "a" * 64, date(2026, 1, 1), ("t",), pace=100_000)
    package = Package("container", "p", "r", (version,))
    owner = Owner("o", 1, "users", [package])
    page = version_page(owner, package, version, START)
    found = re.findall(r'text-right text-bold">([^<]+)</span>', page)
    exact = [version.total(START), *(version.window(START, days) for days in (30, 7, 1))]
    assert exact[1] > 1_000_000 > exact[2]
    assert found == [f"{exact[0] / 1e6:.1f}M", f"{exact[1] / 1e6:.2f}M", f"{exact[2]:,}", f"{exact[3]:,}"]
    rows = versions_page((owner, package), "/p", 1, "", START)
    assert f"        {exact[0]:,}\n" in rows


def test_published_text_is_of_the_world_s_day() -> None:
    """A row shows how long before the page's day its version was published."""
    owner, package = one_package()
    page = versions_page((owner, package), "/p", 1, "", START + timedelta(days=3))
    assert "Published 3 days ago · Digest" in page
    assert "Published about 4 hours ago" in versions_page((owner, package), "/p", 1, "", START)
