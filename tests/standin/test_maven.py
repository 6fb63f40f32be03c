import html
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from backage.standin.model import Owner, Package, Version
from backage.standin.pages import list_page
from backage.standin.server import StandinServer
from backage.standin.world import World, default_owners, maven_owner
from tests.standin.client import ask

START = date(2026, 11, 20)
SMALL, LARGE = "/Lib-Works/reel/packages/3104512", "/Lib-Works/reel/packages/3104519"
LABELS = {"Total downloads": "", "Last 30 days": "_month", "Last week": "_week", "Today": "_day"}
ROW = re.compile(
    r'<li class="Box-row">.*?href="([^"]+)">([^<]+)</a>.*?Published [^<]+ ago\s.*?'
    r'\n +([\d,]+)\s*<span class="sr-only">Version downloads</span>',
    re.DOTALL,
)


@pytest.fixture
def server() -> Iterator[StandinServer]:
    """Serve the default owners and one with Maven packages."""
    with StandinServer(World(START, [*default_owners(START), maven_owner(START)])) as running:
        yield running


def truth_of(server: StandinServer, package: str) -> dict[str, Any]:
    """Return a package of the Maven owner as a complete index shows it."""
    return next(t for t in server.world.truth() if t["package"] == package)


def page(server: StandinServer, target: str) -> str:
    """Return the page at an address."""
    answer = ask(server, target)
    assert answer.status == 200
    return answer.body.decode()


def counters(text: str) -> dict[str, str]:
    """Return the four counters of a page as text, by the end of their key in the truth."""
    found = {
        label: re.findall(rf">{label}</span>\s*<span[^>]*text-bold[^>]*>([^<]+)</span>", text)
        for label in LABELS
    }
    return {LABELS[label]: only for label, (only,) in found.items()}


def written(truth: dict[str, Any]) -> dict[str, str]:
    """Return the four counters of the truth as pages write numbers below a million."""
    return {suffix: f"{truth[f'raw_downloads{suffix}']:,}" for suffix in LABELS.values()}


def recent(text: str, path: str) -> list[str]:
    """Return the names of the versions that a page links to."""
    return re.findall(rf'href="{path}\?version=([^"]+)"', text)


@pytest.mark.parametrize(
    ("package_type", "repo", "number"),
    [("maven", "r", None), ("maven", None, 5), ("npm", "r", 5)],
)
def test_only_maven_packages_have_numbers(package_type: str, repo: str | None, number: int | None) -> None:
    """A Maven package needs a number and a repository; another package must not have a number."""
    with pytest.raises(ValueError, match="a Maven package has a number and a repository"):
        Package(package_type, "g.a", repo, (Version(1, "1.0.0", START),), number=number)


def test_the_truth_has_maven_packages(server: StandinServer) -> None:
    """The truth has the Maven packages under their repository, with ids, and they publish as others do."""
    before = truth_of(server, "io.libworks.reel-core")
    assert (before["package_type"], before["repo"], before["raw_versions"]) == ("maven", "reel", 60)
    assert (before["version"][0]["name"], before["version"][-1]["name"]) == ("1.59.0", "1.0.0")
    assert before["raw_tagged"] == 0
    server.world.advance(3)
    after = truth_of(server, "io.libworks.reel-core")
    assert [v["name"] for v in after["version"][:2]] == ["1.59.1", "1.59.0"]
    assert after["version"][0]["id"] > before["version"][0]["id"]
    assert len({v["id"] for t in server.world.truth() for v in t["version"]}) == sum(
        t["raw_versions"] for t in server.world.truth()
    )
    assert len(truth_of(server, "io.libworks.reel")["version"]) == 3


def test_the_list_leads_to_numbers(server: StandinServer) -> None:
    """A row of an owner's list has the Maven package's name and leads to its number."""
    text = page(server, "/orgs/lib-works/packages")
    assert f'title="io.libworks.reel" href="{SMALL}">io.libworks.reel</a>' in text
    assert f'title="io.libworks.reel-core" href="{LARGE}"' in text
    assert 'href="/orgs/Lib-Works/packages/npm/package/reel-client"' in text
    assert text.count(' in <a class="Link--muted" href="/Lib-Works/reel">') == 2
    assert "</svg>3 packages</h3>" in text


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/lib-works/REEL/packages/3104512", 200),
        ("/Lib-Works/reel/packages/3104512?version=1.2.0", 200),
        ("/Lib-Works/reel/packages/3104512?version=9.9.9", 404),
        ("/Lib-Works/reel/packages/3104512/versions", 200),
        ("/Lib-Works/reel/packages/3104512/1026100019", 404),
        ("/Lib-Works/reel/packages/1", 404),
        ("/Lib-Works/reel/packages/None", 404),
        ("/Lib-Works/reel-client/packages/3104512", 404),
        ("/mona-lab/reel/packages/3104512", 404),
        ("/orgs/Lib-Works/packages/maven/package/io.libworks.reel", 404),
        ("/orgs/Lib-Works/packages/maven/io.libworks.reel/versions", 404),
        ("/orgs/Lib-Works/packages/maven/io.libworks.reel/1026100019", 404),
        ("/Lib-Works/reel/pkgs/maven/io.libworks.reel", 404),
    ],
)
def test_maven_pages_are_at_numbers(server: StandinServer, target: str, status: int) -> None:
    """A Maven package has pages only at its number, and its versions only at their names."""
    assert ask(server, target).status == status


def test_a_former_login_leads_to_a_maven_package(server: StandinServer) -> None:
    """The address of a Maven package below a former login redirects to the present one."""
    server.world.owners[-1].rename("Reel-Works")
    answer = ask(server, f"{SMALL}?version=1.0.0")
    moved = f"{server.url}/Reel-Works/reel/packages/3104512?version=1.0.0"
    assert (answer.status, answer.headers["Location"]) == (302, moved)


def test_a_maven_package_shows_its_newest_version(server: StandinServer) -> None:
    """The first page shows how to install the newest version, its counters, and five versions."""
    text = page(server, LARGE)
    (snippet,) = re.findall(r'<clipboard-copy [^>]*value="([^"]+)"', text)
    assert snippet.startswith("&lt;dependency&gt;")
    assert re.sub(r"\s", "", html.unescape(snippet)) == (
        "<dependency><groupId>io.libworks</groupId><artifactId>reel-core</artifactId>"
        "<version>1.59.0</version></dependency>"
    )
    assert re.search(r"<h1.*io\.libworks\.reel-core\s.*>1\.59\.0</span>.*</h1>", text, re.DOTALL)
    assert counters(text) == written(truth_of(server, "io.libworks.reel-core")["version"][0])
    assert recent(text, LARGE) == ["1.59.0", "1.58.0", "1.57.0", "1.56.0", "1.55.0"]
    assert f'<a href="{LARGE}/versions">View all versions</a>' in text
    assert recent(page(server, SMALL), SMALL) == ["1.2.0", "1.1.0", "1.0.0"]


def test_the_first_page_can_count_the_package(server: StandinServer) -> None:
    """With `maven_counters` the first page counts the whole package; pages of versions do not change."""
    server.world.maven_counters = "package"
    truth = truth_of(server, "io.libworks.reel")
    assert counters(page(server, SMALL)) == written(truth) != written(truth["version"][0])
    assert counters(page(server, f"{SMALL}?version=1.2.0")) == written(truth["version"][0])


def test_every_version_has_its_page(server: StandinServer) -> None:
    """A version's page has its own name and counters, and they add up to the package's."""
    truth = truth_of(server, "io.libworks.reel")
    found = []
    for version in truth["version"]:
        text = page(server, f"{SMALL}?version={version['name']}")
        assert f"&lt;version&gt;{version['name']}&lt;/version&gt;" in text
        assert counters(text) == written(version)
        found.append(int(counters(text)[""].replace(",", "")))
    assert sum(found) == truth["raw_downloads"]


def test_versions_are_listed_by_name(server: StandinServer) -> None:
    """The list has 50 versions a page with exact counts, links to names, and no header of tags."""
    truth = truth_of(server, "io.libworks.reel-core")["version"]
    first, second, third = (page(server, f"{LARGE}/versions?page={number}") for number in (1, 2, 3))
    assert [len(ROW.findall(text)) for text in (first, second, third)] == [50, 10, 0]
    rows = [(v["name"], f"{v['raw_downloads']:,}") for v in truth]
    assert [(name, count) for _, name, count in ROW.findall(first) + ROW.findall(second)] == rows
    assert ROW.findall(first)[0][0] == f"{LARGE}?version=1.59.0"
    assert 'id="versions-list"' in first
    assert "tagged" not in first
    assert str(truth[0]["id"]) not in first
    assert re.search(r'class="current"[^>]*data-total-pages="2"', first)
    assert f'rel="next" href="{LARGE}/versions?page=2"' in first
    assert 'class="next_page disabled"' in second
    assert "paginate-container" not in page(server, f"{SMALL}/versions")


def test_hostile_names_are_escaped() -> None:
    """The names of a Maven package and its versions cannot break out of text or attributes."""
    package = Package("maven", 'g."<b>.<i>', "r", (Version(1, '1 & "<b>', START),), number=7)
    with StandinServer(World(START, [Owner("o", 1, "users", [package])])) as server:
        for target in ("/o?tab=packages", "/o/r/packages/7", "/o/r/packages/7/versions"):
            text = page(server, target)
            assert "<b>" not in text
            assert "<i>" not in text
        assert page(server, "/o/r/packages/7?version=1%20%26%20%22%3Cb%3E")


def test_counters_are_abbreviated_from_a_million_on() -> None:
    """Each counter of a version's page is abbreviated from a million on; rows of lists stay exact."""
    version = Version(11, "1.0.0", date(2026, 1, 1), pace=100_000)
    package = Package("maven", "g.a", "r", (version,), number=7)
    owner = Owner("o", 1, "users", [package])
    with StandinServer(World(START, [owner])) as server:
        found = counters(page(server, "/o/r/packages/7"))
        total = version.total(START)
        assert f"{total:,}</" not in page(server, "/o/r/packages/7")
        assert f"        {total:,}\n" in page(server, "/o/r/packages/7/versions")
    assert re.fullmatch(r"\d\d\.\dM", found[""])
    assert abs(float(found[""][:-1]) * 1e6 - total) <= 50_000
    assert re.fullmatch(r"\d\.\d{1,2}M", found["_month"])
    assert [found["_week"], found["_day"]] == [f"{version.window(START, n):,}" for n in (7, 1)]


def test_a_package_can_be_listed_twice(server: StandinServer) -> None:
    """With `list_twice` an owner's first package has two rows, and the heading counts rows."""
    server.world.list_twice = True
    text = page(server, "/orgs/lib-works/packages")
    assert text.count(f'href="{SMALL}"') == 2
    assert text.count(f'href="{LARGE}"') == 1
    assert "</svg>4 packages</h3>" in text
    assert "</svg>5 packages</h3>" in page(server, "/mona-lab?tab=packages")


def test_a_second_row_moves_the_others() -> None:
    """A second row moves the others: the thirtieth package is on the second page."""
    versions = (Version(5, "1.0.0", START),)
    owner = Owner("o", 5, "users", [Package("npm", f"p{n}", "r", versions) for n in range(30)])
    assert "data-total-pages" not in list_page(owner, 1, START)
    assert "</svg>30 packages</h3>" in list_page(owner, 1, START, twice=True)
    assert "</svg>1 package</h3>" in list_page(owner, 2, START, twice=True)
    assert 'title="p29"' in list_page(owner, 2, START, twice=True)
