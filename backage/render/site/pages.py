"""The HTML pages of the site, from templates that escape every value."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined

from backage.config import PROJECT
from backage.models.events import SOURCES
from backage.models.history import Failure, Version
from backage.render.format import (
    UNKNOWN,
    day_name,
    escape_xml,
    format_count,
    format_size,
    format_trend,
    one_line,
    plural,
)
from backage.render.site.scripts import Entry
from backage.render.totals import Totals
from backage.urls import package_url, plain

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy: nothing from another host, no script or style within a page."""

MOST_ROWS, MOST_VERSIONS, MOST_FAILURES = 50, 20, 100
"""The most rows of lists within a page, for readers without scripts."""

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_ADDRESSES = 50_000


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
        self._place, self._health = place, health
        self._environment = Environment(
            loader=DictLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "exact": _exact,
            "line": one_line,
            "short": format_count,
            "size": format_size,
            "count": _count,
        }
        self._environment.globals |= {
            "assets": assets,
            "place": place,
            "policy": POLICY,
            "last_run": health.last_run.isoformat() if health.last_run else "",
            "project": PROJECT,
            "root": "",
            "here": "",
        }

    def render_index(self, entries: Sequence[Entry], totals: Totals, packages: str) -> bytes:
        """Write the page with all packages; `entries` come with most downloads first."""
        listed = self._health.failures
        return self._fill(
            "index.html",
            here="index",
            packages=packages,
            totals=totals,
            github=not any(entry.view.owner.type in SOURCES for entry in entries),
            fresh=totals.owners - totals.stale,
            failing=self._health.failing,
            failures=listed[:MOST_FAILURES],
            more_failures=max(0, len(listed) - MOST_FAILURES),
            types=sorted({entry.view.package.type for entry in entries}),
            rows=[_row(entry) for entry in entries[:MOST_ROWS]],
        )

    def render_package(self, entry: Entry, versions: Sequence[Version], data: str) -> bytes:
        """Write the page of a package."""
        numbers, path = entry.view.latest, quote(entry.path)
        tagged = f"{_exact(numbers.tagged)} tagged"
        return self._fill(
            "package.html",
            root="../../../",
            head=entry.head,
            stale=entry.view.stale,
            name=_named(entry.view.package.name),
            repo=_named(entry.head["repo"]),
            of=_of(entry),
            path=entry.path,
            numbers=numbers,
            day=day_name(entry.view.refreshed),
            tagged=tagged,
            rank=entry.view.owner_rank,
            trend=_trend(entry),
            versions=versions[:MOST_VERSIONS],
            listed=len(versions),
            github=_page_of(self._place.server, entry),
            data=data,
            index=f"index/{path}",
            chart=f"chart/{path}.svg",
            badge=f"badge/{path}/downloads.svg",
        )

    def render_compare(self, packages: str) -> bytes:
        """Write the page that compares packages."""
        return self._fill("compare.html", here="compare", packages=packages)

    def render_missing(self) -> bytes:
        """Write the page for missing addresses. It is served at any depth, so its links are absolute."""
        return self._fill("404.html", root=urlsplit(self._place.site).path or "/")

    def _fill(self, template: str, **values: object) -> bytes:
        return self._environment.get_template(template).render(values).encode()


def _page_of(server: str, entry: Entry) -> str:
    """Return the address of a package on GitHub, empty if its downloads come as events from elsewhere."""
    view = entry.view
    return "" if view.owner.type in SOURCES else package_url(server, view.owner, view.package)


def page_path(path: str) -> str:
    """Return the path of a package's page below the site."""
    return f"package/{path}.html"


def render_robots(place: SiteAddresses) -> bytes:
    """Write `robots.txt`, which allows everything."""
    sitemap = f"Sitemap: {place.site}sitemap.xml\n" if place.site else ""
    return f"User-agent: *\nAllow: /\n{sitemap}".encode()


def render_sitemap(place: SiteAddresses, entries: Sequence[Entry]) -> bytes:
    """Write the addresses of all pages, up to the limit of a sitemap."""
    pages = [("", None), *((page_path(entry.path), entry.view.refreshed) for entry in entries)]
    lines = [
        f"<url><loc>{escape_xml(place.site + quote(path))}</loc>"
        f"{f'<lastmod>{day.isoformat()}</lastmod>' if day else ''}</url>\n"
        for path, day in pages[:_MOST_ADDRESSES]
    ]
    start = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}">\n'
    return f"{start}{''.join(lines)}</urlset>\n".encode()


def _row(entry: Entry) -> dict[str, Any]:
    numbers = entry.view.latest
    return {
        "page": quote(page_path(entry.path)),
        "name": _named(entry.view.package.name),
        "of": _of(entry),
        "type": entry.view.package.type,
        "downloads": numbers.downloads.total,
        "month": numbers.downloads.month,
        "trend": format_trend(entry.counts[:-1]),
        "size": numbers.size,
    }


def _named(name: str) -> str:
    return one_line(plain(name))


def _of(entry: Entry) -> str:
    return f"{entry.view.owner.login}/{_named(entry.head['repo'])}"


def _trend(entry: Entry) -> str:
    change = format_trend(entry.counts[:-1])
    return f"{change} on the week before" if change else ""


def _exact(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {plural(number, thing)}"
