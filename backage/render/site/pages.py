"""The HTML pages of the site, from templates that escape every value."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined

from backage.config import PROJECT
from backage.models.events import SOURCES
from backage.models.history import Failure, Version
from backage.render.format import UNKNOWN, day_name, format_count, format_size, format_trend, one_line, plural
from backage.render.site.scripts import Entry
from backage.render.totals import Totals
from backage.urls import package_url, plain

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy: nothing from another host, no script or style within a page."""

MOST_ROWS, MOST_VERSIONS = 50, 20
"""The most rows of lists within a page, for readers without scripts."""

_MOST_ADDRESSES = 50_000
"""The most addresses of a sitemap."""


@dataclass(frozen=True, slots=True)
class SiteAddresses:
    """The addresses of the site and of the raw index, with a slash at the end, empty if unknown."""

    site: str = ""
    raw: str = ""
    repository: str = ""
    server: str = "https://github.com"


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the instance: the day of its last run, the failures, and the number of failing owners."""

    last_run: dt.date | None
    failures: Sequence[Failure]
    failing: int


class Pages:
    """The templates, ready to be filled. `assets` are the addresses of files that pages load, by name."""

    def __init__(
        self, templates: Mapping[str, str], assets: Mapping[str, str], place: SiteAddresses, health: Health
    ) -> None:
        """Prepare the values that all pages share."""
        self._place = place
        self._environment = Environment(
            loader=DictLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters, shared = self._environment.filters, self._environment.globals
        filters.update(exact=_exact, short=format_count, size=format_size, count=_count)
        filters.update(plain=plain, line=one_line, day=day_name, trend=format_trend)
        shared.update(assets=assets, place=place, health=health, policy=POLICY, project=PROJECT)

    def render_index(self, entries: Sequence[Entry], totals: Totals, packages: str) -> bytes:
        """Render the page with all packages; `entries` come with most downloads first."""
        return self._fill(
            "index.html",
            here="index",
            packages=packages,
            totals=totals,
            github=not any(entry.view.owner.type in SOURCES for entry in entries),
            types=sorted({entry.view.item.package.type for entry in entries}),
            entries=entries[:MOST_ROWS],
        )

    def render_package(self, entry: Entry, versions: Sequence[Version], data: str) -> bytes:
        """Render the page of a package, without a link to GitHub if its downloads come as events."""
        owner, package = entry.view.owner, entry.view.item.package
        return self._fill(
            "package.html",
            root="../../../",
            entry=entry,
            versions=versions[:MOST_VERSIONS],
            listed=len(versions),
            github="" if owner.type in SOURCES else package_url(self._place.server, owner, package),
            data=data,
        )

    def render_compare(self, packages: str) -> bytes:
        """Render the page that compares packages."""
        return self._fill("compare.html", here="compare", packages=packages)

    def render_missing(self) -> bytes:
        """Render the page for missing addresses. It is served at any depth, so its links are absolute."""
        return self._fill("404.html", root=urlsplit(self._place.site).path or "/")

    def render_sitemap(self, entries: Sequence[Entry]) -> bytes:
        """Render the addresses of all pages, up to the limit of a sitemap."""
        return self._fill("sitemap.xml", entries=entries[: _MOST_ADDRESSES - 1]) + b"\n"

    def _fill(self, template: str, **values: object) -> bytes:
        return self._environment.get_template(template).render({"root": "", "here": "", **values}).encode()


def page_path(path: str) -> str:
    """Return the path of a package's page below the site."""
    return f"package/{path}.html"


def render_robots(place: SiteAddresses) -> bytes:
    """Render `robots.txt`, which allows everything."""
    sitemap = f"Sitemap: {place.site}sitemap.xml\n" if place.site else ""
    return f"User-agent: *\nAllow: /\n{sitemap}".encode()


def _exact(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {plural(number, thing)}"
