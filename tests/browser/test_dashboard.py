"""The dashboard and its login as a user meets them, in a browser."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from werkzeug.serving import WSGIRequestHandler, make_server

from backage.store.counters.users import hash_password, save_users
from backage.store.database import open_history
from tests.browser.conftest import Browser, find_barriers
from tests.support.npm import NPM
from tests.webhook.conftest import DAY, JAR, PASSWORD, Receiver, run_receiver

pytestmark = pytest.mark.slow

HOSTILE = (
    "</script><script>window.hurt=1</script>.zip",
    "\"'><img src=x onerror='window.hurt=1'>.zip",
    "=cmd|' /C calc'!A0.zip",
    "\u05e9\u05dc\u05d5\u05dd \U0001f680.zip",
    "long-" * 40 + ".zip",
)
LISTS = ("/stats", "/stats?by=packages&days=all", "/stats?by=kinds&show=all", "/stats?search=nothing-of-it")
INK = """
const canvas = document.querySelector("#chart canvas");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
return data.some((value) => value > 0);
"""
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""What makes the page ask at once, as when somebody comes back to it."""


class Silent(WSGIRequestHandler):
    """Answers without a log."""

    def log(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Return a server with a user and nothing else."""
    with run_receiver(tmp_path) as running:
        with open_history(running.history) as history:
            save_users(history, {"ada": hash_password(PASSWORD)})
        yield running


@pytest.fixture
def visitor(driver: webdriver.Chrome, receiver: Receiver, tmp_path: Path) -> Iterator[Browser]:
    """Look at the server; a complaint of the console fails the test."""
    server = make_server("127.0.0.1", 0, receiver.app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    ready = Browser(driver, f"http://127.0.0.1:{server.server_port}", tmp_path)
    ready.complaints()
    ready.requested_urls()
    ready.screen()
    yield ready
    assert ready.complaints() == []
    driver.delete_all_cookies()
    driver.get("about:blank")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def user(visitor: Browser, receiver: Receiver) -> Browser:
    """Return a user of a server that counted for three weeks."""
    for back in range(20, -1, -1):
        receiver.clock[0] += DAY
        for file in (JAR, f"{JAR}.sha1", *(HOSTILE if back == 1 else ())):
            receiver.download(file)
    enter(visitor)
    return visitor


def enter(browser: Browser, password: str = PASSWORD) -> None:
    """Fill in the form."""
    browser.open("/login")
    browser.one("[name=name]").send_keys("ada")
    browser.one("[name=password]").send_keys(password, Keys.ENTER)
    browser.one(".leave, [role=alert]")


def reach(browser: Browser, text: str) -> WebElement:
    """Press Tab until something of a text, a name or a label has the focus."""
    for _ in range(200):
        here = browser.driver.switch_to.active_element
        if text in {here.text, here.get_attribute("name"), here.get_attribute("aria-label")}:
            return here
        here.send_keys(Keys.TAB)
    raise AssertionError(text)


def names(browser: Browser) -> list[str]:
    """Return the names in the list."""
    return browser.texts(".packages tbody th > :first-child")


def test_logging_in_and_out(visitor: Browser, receiver: Receiver) -> None:
    """A wrong password is told without saying whether there is such a user; the name stays."""
    enter(visitor, "wrong horse")
    assert visitor.one("[role=alert]").text == "Name or password is wrong."
    assert visitor.one("[name=name]").get_attribute("value") == "ada"
    assert any("403" in text for text in visitor.complaints())
    assert visitor.driver.switch_to.active_element.get_attribute("name") == "password"
    visitor.driver.switch_to.active_element.send_keys(PASSWORD, Keys.ENTER)
    assert visitor.one(".who").text == "ada"
    visitor.one(".leave button").click()
    visitor.one("[name=password]")
    visitor.open("/stats")
    assert visitor.driver.current_url.endswith("/login")
    assert receiver.log


def test_an_empty_server_shows_its_first_download_by_itself(visitor: Browser, receiver: Receiver) -> None:
    """Until then it says what to do."""
    enter(visitor)
    assert visitor.base in visitor.one("#empty .address").text
    visitor.wait("document.querySelector('#live').textContent === 'Live'")
    receiver.download()
    visitor.run(LOOK)
    assert visitor.one(".numbers dd strong").text == "1"


def test_the_chart_and_the_tables_of_shares(user: Browser) -> None:
    """The chart is drawn and says in words what it shows; meters stand beside their numbers."""
    area = user.one("#chart [role=slider]")
    assert user.run(INK)
    assert str(area.get_attribute("aria-valuetext")).endswith(": 1")
    area.send_keys(Keys.ARROW_LEFT)
    assert str(area.get_attribute("aria-valuetext")).endswith(f": {1 + len(HOSTILE)}")
    user.one("#chart .choice button:nth-child(2)").click()
    assert str(area.get_attribute("aria-valuetext")).endswith(f": {21 + len(HOSTILE)}")
    assert len(user.all(".cards table")) == 3
    assert user.texts("[aria-labelledby=share-repositories] tbody td") == [str(21 + len(HOSTILE)), "100 %"]
    meters = user.run("return [...document.querySelectorAll('meter')].map((one) => [one.value, one.max])")
    assert meters[0] == [21 + len(HOSTILE)] * 2
    assert len(meters) == len(user.all(".cards tbody tr"))
    assert [len(user.all(f"[aria-labelledby=share-{by}] tbody tr")) for by in ("files", "kinds")] == [6, 2]


def test_search_order_and_lists(user: Browser) -> None:
    """All of it stands in the address, so that it can be passed on, and works without a script."""
    assert names(user)[0] == "lamp-1.0.jar"
    user.one("#search").send_keys("script", Keys.ENTER)
    user.one(".chip")
    assert names(user) == [HOSTILE[0]]
    assert user.one(".numbers dd strong").text == "1"
    user.one(".chip").click()
    user.wait("!document.querySelector('.chip')")
    user.run("document.querySelector('th[scope=col] a').click()")
    user.wait("document.querySelector('[aria-sort=ascending]')")
    assert names(user)[-2:] == ["lamp-1.0.jar", HOSTILE[3]]  # by their paths
    user.run("[...document.querySelectorAll('.bar .choice a')].at(-1).click()")
    user.wait("document.querySelector('.packages tbody th a')?.textContent === 'jar'")
    assert "by=kinds" in user.driver.current_url


def test_counts_go_on_while_somebody_looks(user: Browser, receiver: Receiver) -> None:
    """And rest while nobody does; a new day and the end of the session are told."""
    user.wait("document.querySelector('#live').textContent === 'Live'")
    before = int(user.one(".numbers dd strong").text)
    receiver.download()
    receiver.download(f"{JAR}.sha1")
    user.run(LOOK)
    user.wait("document.querySelector('#live').textContent.includes('1 more')")
    assert user.one(".numbers dd strong").text == str(before + 1)
    user.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    user.run(LOOK)
    user.requested_urls()
    user.run(LOOK)
    assert not [url for url in user.requested_urls() if "/api/" in url]
    user.run("delete document.hidden")
    receiver.clock[0] += DAY / 3
    user.run(LOOK)
    user.wait("document.querySelector('#live').textContent.includes('1 more')")
    receiver.clock[0] += DAY / 4
    user.run(LOOK)
    user.wait("document.querySelector('#live').textContent.includes('session has ended')")
    assert all("401" in text for text in user.complaints())


def test_it_is_used_by_the_keyboard_alone(visitor: Browser, receiver: Receiver) -> None:
    """From the login to the chart, the lists and out again."""
    receiver.download()
    receiver.download(HOSTILE[0])
    visitor.open("/login")
    reach(visitor, "name").send_keys("ada", Keys.TAB)
    visitor.driver.switch_to.active_element.send_keys(PASSWORD, Keys.TAB)
    visitor.driver.switch_to.active_element.send_keys(Keys.ENTER)
    visitor.one("#chart canvas")
    visitor.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert visitor.driver.switch_to.active_element.get_attribute("class") == "skip"
    reach(visitor, "search").send_keys("lamp", Keys.ENTER)
    visitor.one(".chip")
    assert names(visitor) == ["lamp-1.0.jar"]
    reach(visitor, "Day of the chart")
    reach(visitor, "Packages").send_keys(Keys.ENTER)
    visitor.wait("document.querySelector('.packages tbody th a')")
    assert names(visitor) == ["org.example.lamp"]
    visitor.open("/stats")
    reach(visitor, "Log out").send_keys(Keys.ENTER)
    visitor.one("[name=password]")


@pytest.mark.parametrize("page", LISTS)
def test_a_phone_shows_it_without_scrolling_sideways(user: Browser, page: str) -> None:
    """At 360 pixels, in the dark too; the ground is dark then."""
    user.screen(360, dark=True)
    user.open(page)
    user.one("footer")
    assert user.run("return document.documentElement.scrollWidth") == 360
    assert user.run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 26)"


def test_no_other_host_is_asked(user: Browser) -> None:
    """All that a page loads is the server's own, and nothing is missing."""
    user.open("/stats?days=all")
    user.one("#chart canvas")
    requested = {url for url in user.requested_urls() if not url.startswith(("data:", "about:"))}
    assert len(requested) > 7
    assert all(url.startswith(user.base) for url in requested), requested


def test_names_of_strangers_are_texts(user: Browser) -> None:
    """In lists, shares and chips, and in the address: nothing of them runs."""
    for page in (
        "/stats",
        "/stats?by=packages",
        "/stats?search=%3C/script%3E%3Cscript%3Ewindow.hurt=1%3C/script%3E",
    ):
        user.open(page)
        user.one("#chart canvas")
        assert user.run("return window.hurt") is None
        assert not user.all("main script, main img")
    user.open("/stats")
    assert set(HOSTILE) <= set(names(user))
    for width in (360, 1280):
        user.screen(width)
        assert user.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.skipif(not NPM, reason="npm, whose axe-core looks for barriers, is missing")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_serious_barrier_is_found(user: Browser, axe: str, *, dark: bool) -> None:
    """On each list, on the login with and without an error, and on a server that counted nothing."""
    for page in (*LISTS, "/login"):
        for width in (1280, 360):
            user.screen(width, dark=dark)
            user.open(page)
            user.one("footer")
            user.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert find_barriers(user, axe) == [], page


@pytest.mark.skipif(not NPM, reason="npm, whose axe-core looks for barriers, is missing")
def test_no_serious_barrier_is_found_where_nothing_is(visitor: Browser, axe: str) -> None:
    """On a server that counted nothing, after a login that failed, and where there is no user."""
    enter(visitor, "wrong horse")
    assert find_barriers(visitor, axe) == []
    assert visitor.complaints()
    enter(visitor)
    visitor.one("#empty")
    assert find_barriers(visitor, axe) == []
