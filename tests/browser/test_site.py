"""The site in a browser."""

from urllib.parse import quote, unquote

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from backage.urls import normalize
from tests.browser.conftest import Browser
from tests.browser.examples import HOSTILE, MANY, TURNED

pytestmark = pytest.mark.slow

BEACON = "package/Octo-Forge/beacon/beacon.html"
COMPARED = "compare.html#p=Octo-Forge/beacon/beacon&p=Octo-Forge/beacon/charts%252Fbeacon"
PAGES = ("index.html", BEACON, COMPARED, "404.html")
INK = """
const canvas = document.querySelector("#chart canvas");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
return data.some((value) => value > 0);
"""


def names(browser: Browser) -> list[str]:
    """Return the packages that the list shows."""
    return browser.texts("#packages th a")


def test_search_narrows_the_list(browser: Browser) -> None:
    """Every word must occur in owner, repository, package or type; the address has the search."""
    browser.open("index.html")
    search = browser.one("#search")
    search.send_keys("octo beacon npm")
    assert names(browser) == ["beacon-client"]
    assert "1 package" in browser.one("#found").text
    assert "q=octo+beacon+npm" in browser.driver.current_url
    search.send_keys(" nonsense")
    assert browser.one("#found").text == "No package matches."
    browser.open("index.html#q=mona-lab/&type=npm")
    assert names(browser) == ["moon-phase"]


def test_the_heads_of_the_table_sort_it(browser: Browser) -> None:
    """The first press sorts most first, the second least first; unknown is always last."""
    browser.open("index.html#q=octo-forge")
    assert names(browser)[0] == "beacon"
    head = browser.one('th[data-sort="size"] button')
    for end, order in (("descending", -1), ("ascending", 1)):
        head.click()
        assert browser.one('th[data-sort="size"]').get_attribute("aria-sort") == end
        sizes = browser.run("return backage.search('octo-forge').map((entry) => [entry.size, entry.name])")
        expected = [
            name for _, name in sorted(sizes, key=lambda pair: (pair[0] is None, order * (pair[0] or 0)))
        ]
        assert names(browser) == expected
    Select(browser.one("#order")).select_by_value("trend")
    assert browser.one('th[data-sort="trend"]').get_attribute("aria-sort") == "descending"


def test_a_packages_page(browser: Browser) -> None:
    """The chart is drawn and describes itself; the table behind it has the same numbers."""
    browser.open("index.html")
    browser.one("#packages th a").click()
    area = browser.one("#chart [role=slider]")
    assert browser.run(INK)
    total = browser.one(".numbers dd").text
    browser.one("#chart .choice button:nth-child(2)").click()
    assert total in str(browser.one("#chart [role=slider]").get_attribute("aria-valuetext"))
    assert total in browser.texts("#chart td")[0]
    before = area.get_attribute("aria-valuetext")
    area.send_keys(Keys.ARROW_LEFT)
    assert area.get_attribute("aria-valuetext") != before
    assert browser.all("#rows tr")


def test_versions_are_filtered_and_sorted(browser: Browser) -> None:
    """Versions are filtered by tag and name, with or without untagged ones."""
    browser.open(BEACON)
    browser.one("#filter").send_keys("latest")
    assert len(browser.all("#rows tr")) == 1
    assert "1 of 124" in browser.one("#listed").text
    browser.run(
        "const filter = backage.find('filter'); filter.value = ''; filter.dispatchEvent(new Event('input'))"
    )
    browser.one("#tagged").click()
    assert "83 of 124" in browser.one("#listed").text
    browser.one('th[data-sort="downloads"] button').click()
    shown = [int(text.replace(",", "")) for text in browser.texts("#rows td:nth-child(2)")]
    assert shown == sorted(shown, reverse=True)


def test_more_versions_are_loaded_on_request(browser: Browser) -> None:
    """A search loads all versions first; if they cannot be loaded, the page says so."""
    browser.open("package/evil/many/many.html")
    assert f"the newest 200 of {MANY}" in browser.one("#listed").text.lower()
    browser.one("#filter").send_keys("tag-13")
    browser.wait("backage.find('listed').textContent.startsWith('11 of 450')")
    browser.open("package/evil/many/many.html", f"{browser.folder.as_uri()}/")
    browser.one("#filter").send_keys("tag-13")
    browser.wait("backage.find('listed').textContent.includes('opened from a disk')")
    assert any(
        "blocked by CORS" in text or "Failed to load" in text or "URL scheme" in text
        for text in browser.complaints()
    )


def test_the_badge_maker(browser: Browser) -> None:
    """It draws and writes site, endpoint and dynamic badges, without requests to other hosts."""
    browser.open(BEACON)
    site = "https://octo-forge.github.io/backage/"
    markdown, html, asciidoc, address = (box.get_attribute("value") for box in browser.all(".outputs input"))
    assert address == f"{site}badge/Octo-Forge/beacon/beacon/downloads.svg"
    assert markdown == f"[![downloads]({address})]({site}{BEACON})"
    assert html == f'<a href="{site}{BEACON}"><img src="{address}" alt="downloads"></a>'
    assert asciidoc == f"image:{address}[downloads,link={site}{BEACON}]"
    number, source, style = browser.all("#maker select")
    Select(number).select_by_value("latest")
    Select(source).select_by_value("dynamic")
    assert "query=%24.latest_tag" in str(browser.all(".outputs input")[3].get_attribute("value"))
    Select(number).select_by_value("downloads_month")
    said = str(browser.one(".preview svg").get_attribute("aria-label"))
    assert said.startswith("downloads/month: ")
    assert not said.endswith("/month")
    Select(number).select_by_value("latest")
    Select(source).select_by_value("endpoint")
    label, color = browser.all("#maker input:not([readonly])")
    label.clear()
    label.send_keys("now <b>&")
    color.clear()
    color.send_keys("1f6f78")
    Select(style).select_by_value("for-the-badge")
    drawn = browser.one(".preview svg")
    assert str(drawn.get_attribute("aria-label")).startswith("now <b>&: ")
    assert browser.all(".preview rect")[2].get_attribute("fill") == "#1f6f78"
    endpoint = unquote(str(browser.all(".outputs input")[3].get_attribute("value")))
    assert endpoint.startswith(
        f"https://img.shields.io/endpoint?url={site}badge/Octo-Forge/beacon/beacon/latest.json&"
    )
    assert "color=1f6f78" in endpoint
    assert "style=for-the-badge" in endpoint


def test_the_copy_button(browser: Browser) -> None:
    """The button copies the text and says so."""
    allowed = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.driver.execute_cdp_cmd("Browser.grantPermissions", allowed)
    browser.open(BEACON)
    button = browser.one(".output button")
    button.click()
    browser.wait("document.querySelector('.output button').textContent === 'Copied'")
    script = "navigator.clipboard.readText().then(arguments[arguments.length - 1])"
    copied = browser.driver.execute_async_script(script)
    assert copied == browser.one(".outputs input").get_attribute("value")


def test_packages_are_compared_in_one_chart(browser: Browser) -> None:
    """Packages are ticked in the list or added by a search, and can be removed."""
    browser.open("index.html#q=octo-forge")
    for box in browser.all("#packages input")[:2]:
        box.click()
    browser.one("#picked a").click()
    browser.one("#chart canvas")
    assert len(browser.all("#chosen li")) == 2
    browser.one("#search").send_keys("tide-tables", Keys.ENTER)
    browser.wait("document.querySelectorAll('#chosen li').length === 3")
    browser.wait("document.querySelectorAll('#chart thead th').length === 4")
    assert browser.run(INK)
    browser.one("#chosen button").click()
    browser.wait("document.querySelectorAll('#chosen li').length === 2")


def test_the_keyboard_is_enough(browser: Browser) -> None:
    """Tab, Enter, Space and arrows lead from the list to a package, its chart and its badge."""
    browser.open("index.html")
    browser.one("#packages input")
    active = browser.driver.switch_to
    active.active_element.send_keys(Keys.TAB)
    assert active.active_element.get_attribute("class") == "skip"
    active.active_element.send_keys(Keys.ENTER)
    reach(browser, "search").send_keys("charts/beacon")
    box = reach(browser, "Compare Octo-Forge/beacon/charts/beacon")
    box.send_keys(Keys.SPACE)
    assert "1 package chosen" in browser.one("#picked").text
    active.active_element.send_keys(Keys.TAB)
    active.active_element.send_keys(Keys.ENTER)
    slider = reach(browser, "Day of the chart")
    before = slider.get_attribute("aria-valuetext")
    slider.send_keys(Keys.HOME)
    assert slider.get_attribute("aria-valuetext") != before
    reach(browser, "Copy Markdown")


def reach(browser: Browser, name: str) -> WebElement:
    """Press Tab until the element with an id or a label has the focus."""
    for _ in range(400):
        here = browser.driver.switch_to.active_element
        if name in {here.get_attribute("id"), here.get_attribute("aria-label")}:
            return here
        here.send_keys(Keys.TAB)
    raise AssertionError(name)


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_shows_it_without_scrolling_sideways(browser: Browser, page: str) -> None:
    """Nothing scrolls sideways at 360 pixels; in dark mode the background is dark."""
    browser.screen(360, dark=True)
    browser.open(page)
    browser.one("footer")
    assert browser.run("return document.documentElement.scrollWidth") == 360
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(20, 24, 26)"


@pytest.mark.parametrize("page", PAGES[:3])
def test_no_other_host_is_asked(browser: Browser, page: str) -> None:
    """Pages load only existing files of the site, below its path."""
    browser.open(page)
    browser.one("footer")
    asked = {url for url in browser.requested_urls() if not url.startswith(("data:", "about:"))}
    assert len(asked) > 3
    assert all(url.startswith(browser.base) for url in asked), asked


@pytest.mark.parametrize("page", PAGES[:3])
def test_a_disk_is_enough(browser: Browser, page: str) -> None:
    """Opened from a disk, the site shows list, chart and badge, and its links work."""
    browser.open(page, f"{browser.folder.as_uri()}/")
    if page == "index.html":
        browser.one("#search").send_keys("charts/beacon")
        browser.one("#packages th a").click()
        assert browser.one("h1 bdi").text == "charts/beacon"
    browser.one("#chart canvas")
    assert browser.run(INK)


def test_names_of_strangers_are_texts(browser: Browser) -> None:
    """Strangers' names never run as code: in the list, on pages, in versions and badges."""
    browser.open("index.html#q=evil/")
    listed = names(browser)
    straight = HOSTILE[3].removeprefix(TURNED)
    assert set(listed) >= {HOSTILE[0], HOSTILE[2], straight}
    for link in [str(link.get_attribute("href")) for link in browser.all("#packages th a")]:
        browser.open(link, "")
        browser.one("#chart canvas")
        assert browser.one("h1 bdi").text
        assert browser.run("return window.hurt") is None
        assert not browser.all("main script, main img")
        assert TURNED not in browser.run("return document.documentElement.textContent")
        for width in (360, 1280):
            browser.screen(width)
            assert browser.run("return document.documentElement.scrollWidth") <= width
    tags = {name for name in HOSTILE if "," not in name}
    part = quote(normalize(HOSTILE[0]))
    browser.open(f"package/evil/{part}/{part}.html")
    assert browser.texts("#rows .tag")[0] in tags
    browser.open("index.html#q=<script>&type=\"'><script>&order=__proto__")
    assert browser.run("return window.hurt") is None
