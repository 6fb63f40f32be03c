"""Addresses that people paste: of a file of the index, and of badges, in the markup of a README."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from operator import attrgetter
from urllib.parse import quote

SHIELDS = "https://img.shields.io/badge/dynamic/json"
_ENDPOINT = "https://img.shields.io/endpoint"
_RAW = "https://raw.githubusercontent.com"

LABELS = {
    "downloads": "downloads",
    "downloads_month": "downloads/month",
    "downloads_week": "downloads/week",
    "downloads_day": "downloads/day",
    "size": "size",
    "versions": "versions",
    "tagged": "tagged",
    "latest": "latest",
    "newest": "newest",
    "owner_rank": "owner rank",
}
"""The labels of badges by metric. Endpoint badges use the same names."""

TAG_KEYS = {"latest": "latest_tag", "newest": "newest_tag"}
"""The keys of a package's file for two metrics. The keys of the others are their names."""

RAW_LABELS = {
    f"raw_{metric}": label for metric, label in LABELS.items() if metric not in {*TAG_KEYS, "owner_rank"}
}
"""Exact numbers, only for badges of the index. Unknown is -1."""

Look = Mapping[str, str | None] | None
"""The colour and the style of a badge."""

_MARKDOWN = frozenset("\\`*_{}[]<>&|~!$#")
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:[ /_.-][A-Za-z0-9]+)*")
_LOOSE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|~|--+|\.\.+")


@dataclass(frozen=True, slots=True)
class BadgeLink:
    """A badge to paste: its image, its alternative text, and the page that it links to, if any."""

    image: str
    text: str
    page: str


def file_url(repository: str, branch: str, path: str) -> str:
    """Return the raw address of a file or a folder on GitHub. A `%2F` in its name becomes `%252F`."""
    return f"{_RAW}/{repository}/{quote(branch)}/{quote(path)}"


def metric_key(metric: str) -> str:
    """Return the key of a package's file that a badge shows."""
    return TAG_KEYS.get(metric, metric)


def choose_label(metric: str, label: str | None) -> str:
    """Return the label of a badge: the given one, which may be empty, or the default for None."""
    return (LABELS | RAW_LABELS)[metric] if label is None else label


def badge_url(file: str, metric: str = "downloads", label: str | None = None, look: Look = None) -> str:
    """Return the address of a badge for one key of a package's file."""
    fields = {"url": file, "query": f"$.{metric_key(metric)}", "label": choose_label(metric, label)}
    return f"{SHIELDS}?{_query({**fields, **(look or {})})}"


def endpoint_url(
    site: str, path: str, metric: str = "downloads", label: str | None = None, look: Look = None
) -> str:
    """Return the address of an endpoint badge. The site's file for it has its label and colour."""
    file = f"{site.rstrip('/')}/badge/{quote(path)}/{metric}.json"
    return f"{_ENDPOINT}?{_query({'url': file, 'label': label, **(look or {})})}"


def render_badge_link(badge: BadgeLink, form: str) -> str:
    """Render a badge in one of `FORMS`. The page's address is quoted, so that it holds no markup."""
    return FORMS[form](BadgeLink(badge.image, badge.text, quote(badge.page, safe="/:%")))


def _query(fields: Mapping[str, str | None]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value is not None)


def _markdown(badge: BadgeLink) -> str:
    text = "".join(f"\\{c}" if c in _MARKDOWN else c for c in badge.text)
    image = f"![{text}]({badge.image})"
    return f"[{image}]({badge.page})" if badge.page else image


def _html(badge: BadgeLink) -> str:
    image, text, page = escape(badge.image), escape(badge.text), escape(badge.page)
    shown = f'<img src="{image}" alt="{text}">'
    return f'<a href="{page}">{shown}</a>' if page else shown


def _asciidoc(badge: BadgeLink) -> str:
    """Render a macro. Characters other than letters, digits and spaces are numbered: they may be markup."""
    text = badge.text
    if not _PLAIN.fullmatch(text):
        text = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in text)
    link = f",link={_escape_asciidoc(badge.page)}" if badge.page else ""
    return f"image:{_escape_asciidoc(badge.image)}[{text}{link}]"


def _escape_asciidoc(url: str) -> str:
    """Escape what AsciiDoc would turn into emphasis, dashes or dots within an address."""
    return _LOOSE.sub(lambda match: "".join(f"%{ord(c):02X}" for c in match[0]), url)


FORMS: Mapping[str, Callable[[BadgeLink], str]] = {
    "markdown": _markdown,
    "html": _html,
    "asciidoc": _asciidoc,
    "url": attrgetter("image"),
}
"""Functions that write a badge, by the name of the language."""


def pages_url(repository: str) -> str:
    """Return the address of a repository's site on GitHub Pages, if it has no domain of its own."""
    owner, _, name = repository.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{quote(name)}/"
