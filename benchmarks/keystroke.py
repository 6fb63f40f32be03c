"""How fast the list of packages answers in a browser: from a keystroke until the page is painted.

    python benchmarks/keystroke.py SITE [--times 15]

SITE is a folder that `backage site` wrote, such as the one that `site.py` leaves. It needs Chromium and its
driver.
"""

import argparse
import shutil
import statistics
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--window-size=1280,900",
)
TYPED = "owner-4 container"

PAINTED = """
const [act, done] = [arguments[0], arguments[arguments.length - 1]];
const search = document.querySelector("#search");
const typed = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
const sorted = (key) => document.querySelector(`th[data-sort="${key}"] button`).click();
const start = performance.now();
new Function("typed", "sorted", act)(typed, sorted);
const handled = performance.now();
requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done([handled - start, performance.now() - start]);
  channel.port2.postMessage(null);
});
"""
"""A message sent within a frame arrives once that frame is painted."""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not log."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def start() -> webdriver.Chrome:
    """Start a Chromium with a fresh profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def measure(driver: webdriver.Chrome, acts: list[str], times: int) -> None:
    """Print the milliseconds of each act: in the page's script, and until painted."""
    found = [driver.execute_async_script(PAINTED, act) for _ in range(times) for act in acts]
    for name, place in (("script", 0), ("painted", 1)):
        taken = sorted(each[place] for each in found)
        late = taken[len(taken) * 95 // 100]
        print(f"  {name:8} {statistics.median(taken):6.1f}, of 95 % at most {late:6.1f}")


def main() -> None:
    """Serve the site, and use its list."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path)
    parser.add_argument("--times", type=int, default=15)
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(given.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver = start()
    try:
        driver.get(f"http://127.0.0.1:{server.server_port}/index.html")
        loaded = driver.execute_script("return performance.getEntriesByType('navigation')[0].domComplete")
        packages = driver.execute_script("return backage.search('').length")
        print(f"{packages} packages, loaded in {loaded:.0f} ms")
        print("a keystroke, each of a search:")
        measure(driver, [f"typed('{TYPED[:end]}')" for end in range(1, len(TYPED) + 1)], given.times)
        print("the search emptied, so that all are listed:")
        measure(driver, ["typed('')"], given.times)
        print("a press of a head of the table, of all packages:")
        heads = ("name", "downloads", "month", "trend", "size")
        measure(driver, [f"sorted('{key}')" for key in heads for _ in range(2)], given.times)
    finally:
        driver.quit()
        server.shutdown()


if __name__ == "__main__":
    main()
