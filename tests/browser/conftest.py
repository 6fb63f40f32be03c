"""A headless Chromium, a built site, and a server that has the site below a path of its own."""

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from backage.standin.server import StandinServer
from backage.standin.world import World
from tests.browser.examples import make_site
from tests.conftest import START, Instance
from tests.support.npm import install

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--window-size=1280,900",
)
WAIT = 20

HERE = Path(__file__).parent
GRAVE = {"serious", "critical"}
FIND = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(({ violations }) => done(violations.map((one) =>
  [one.impact, one.id, one.nodes.map(({ html, any }) => [html, ...any.map((check) => check.message)])])));
"""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not log."""

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


class Browser:
    """A Chromium with its console messages and its requests."""

    def __init__(self, driver: webdriver.Chrome, base: str, folder: Path) -> None:
        """Use a driver that logs."""
        self.driver, self.base, self.folder = driver, base, folder

    def open(self, path: str, base: str | None = None) -> None:
        """Load a page, by default from the test's server."""
        self.driver.get("about:blank")
        self.driver.get((self.base if base is None else base) + path)

    def all(self, selector: str) -> list[WebElement]:
        """Find elements by a CSS selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """Wait for the first of them."""
        return WebDriverWait(self.driver, WAIT).until(lambda _: next(iter(self.all(selector)), None))  # type: ignore[return-value]

    def wait(self, script: str) -> Any:
        """Wait until a script returns something."""
        return WebDriverWait(self.driver, WAIT).until(
            lambda driver: driver.execute_script(f"return {script}")
        )

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script."""
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of elements."""
        return [
            str(text)
            for text in self.run(
                "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector
            )
        ]

    def screen(self, width: int = 1280, *, dark: bool = False) -> None:
        """Set the width and the colour scheme."""
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def _log(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return found

    def complaints(self) -> list[str]:
        """Return new messages of the console: errors of scripts, of the policy, missing files."""
        return [str(entry["message"]) for entry in self._log("browser")]

    def requested_urls(self) -> set[str]:
        """Return the addresses requested since the last call."""
        found = set()
        for entry in self._log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(str(message["params"]["request"]["url"]))
        return found


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site once, in a folder of the name that a server's path has."""
    with StandinServer(World(START)) as server:
        instance = Instance(tmp_path_factory.mktemp("instance"), server)
        return make_site(instance, tmp_path_factory.mktemp("served") / "backage")


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    """Start a Chromium with a fresh profile; nothing is downloaded for it."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and chromedriver, in which these look at the site, are missing")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield started
    started.quit()


@pytest.fixture
def browser(driver: webdriver.Chrome, pages: Path) -> Iterator[Browser]:
    """Open the site at a sub-path; an error on the console fails the test."""
    handler = partial(Quiet, directory=str(pages.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ready = Browser(driver, f"http://127.0.0.1:{server.server_port}/backage/", pages)
        ready.complaints()
        ready.requested_urls()
        ready.screen()
        yield ready
        assert ready.complaints() == []
        ready.open("about:blank", "")
        server.shutdown()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install the version of axe-core that is locked here."""
    folder = tmp_path_factory.mktemp("axe")
    install(HERE, folder)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def find_barriers(browser: Browser, axe: str) -> list[Any]:
    """Return the serious barriers on the open page."""
    browser.run(axe)
    found = browser.driver.execute_async_script(FIND)
    return [violation for violation in found if violation[0] in GRAVE]
