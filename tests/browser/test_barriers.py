"""No page keeps anybody out: axe-core finds no serious violation, in light and in dark, wide and narrow."""

import pytest
from selenium.webdriver.support.ui import Select

from tests.browser.conftest import Browser, find_barriers
from tests.support.npm import NPM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not NPM, reason="npm, whose axe-core looks for barriers, is missing"),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "page",
    [
        "index.html",
        "package/Octo-Forge/beacon/beacon.html",
        "package/evil/many/many.html",
        "compare.html",
        "404.html",
        "compare.html#p=Octo-Forge/beacon/beacon&p=mona-lab/tide-tables/tide-tables",
    ],
)
def test_no_serious_barrier_is_found(browser: Browser, axe: str, page: str, *, dark: bool) -> None:
    """No page has a serious barrier, with all details open and the list's bar in sight."""
    for width in (1280, 360):
        browser.screen(width, dark=dark)
        browser.open(page)
        browser.one("footer")
        browser.run(
            "for (const box of [...document.querySelectorAll('#packages input')].slice(0, 2)) box.click()"
        )
        if sources := browser.all("#maker select"):
            Select(sources[1]).select_by_value("endpoint")
        browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert find_barriers(browser, axe) == []


def test_a_barrier_would_be_found(browser: Browser, axe: str) -> None:
    """axe-core works: it reports a field without a name."""
    browser.open("index.html")
    browser.run(
        "document.querySelector('#search').parentNode.firstChild.remove();"
        "document.querySelector('#search').removeAttribute('placeholder')"
    )
    assert "label" in [name for _, name, _ in find_barriers(browser, axe)]
