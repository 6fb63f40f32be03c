"""Badges to paste: one image in one link, for any package name."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from backage.models.history import Owner, Package
from backage.render.package import render_head
from backage.render.site.badge import package_badges
from backage.render.site.links import (
    FORMS,
    LABELS,
    RAW_LABELS,
    BadgeLink,
    badge_url,
    endpoint_url,
    file_url,
    metric_key,
    pages_url,
    render_badge_link,
)
from backage.urls import is_package, normalize, package_url
from tests.render.examples import VERSIONS, shown

NAMES = [
    "beacon",
    "charts/beacon",
    "a](http:x)|b`",
    "![x](y)",
    "<script>alert(1)</script>",
    "\"'>&amp;&lt;",
    "{name}--x..y...z(C)(TM)->",
    "__a__*b*_c_~d~^e^#f#",
    "two words",
    "🦊 é 日本",
    "x" * 200,
    "it's@home.org",
    "pass:[x]",
    "image:x[y]",
    "<<a,b>>((c))[[d]]",
    "&#60;b&#62;",
    "$`x`$",
    "_foo_",
    "a;b,c=d",
    "100%",
]


class Html(HTMLParser):
    """The elements that a browser reads."""

    def __init__(self, text: str) -> None:
        """Read a text."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep a text between elements."""
        self.text += data


def linked(name: str) -> BadgeLink:
    """Make the badge of a package with this name."""
    form = normalize(quote(name, safe=""))
    assert is_package(form)
    file = file_url("octo-forge/backage", "main", f"index/octo-forge/beacon/{form}.json")
    page = package_url("https://github.com", Owner("octo-forge", "orgs"), Package("npm", form, "beacon"))
    return BadgeLink(badge_url(file, "downloads_month"), f"downloads of {name}", page)


def test_every_metric_is_a_key_of_the_index() -> None:
    """A badge uses only keys that a package's file has."""
    head = render_head(shown(), VERSIONS)
    assert {metric_key(metric) for metric in (LABELS | RAW_LABELS)} <= head.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_badge_reads_the_file_and_leads_to_the_page(name: str) -> None:
    """The name is escaped in the file's name, again in its address, and again as part of a query."""
    fields = parse_qs(urlsplit(linked(name).image).query)
    assert fields["query"] == ["$.downloads_month"]
    file = unquote(urlsplit(fields["url"][0]).path).rpartition("/")[2]
    assert unquote(file) == f"{name}.json"
    assert "/" not in file


@pytest.mark.parametrize("name", NAMES)
def test_markdown_is_one_image_in_one_link(name: str) -> None:
    """In a paragraph and in a table's cell there is one link with one image and the whole text."""
    badge = linked(name)
    pasted = render_badge_link(badge, "markdown")
    paragraph = MarkdownIt("gfm-like", {"linkify": False}).render(pasted)
    table = MarkdownIt("gfm-like", {"linkify": False}).render(f"| a | b |\n|---|---|\n| {pasted} | c |")
    for rendered, around in (
        (paragraph, ["p"]),
        (table, ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]),
    ):
        read = Html(rendered)
        tags = [tag for tag, _ in read.found if tag not in {"a", "img"}]
        assert tags == around
        (link,) = [attributes for tag, attributes in read.found if tag == "a"]
        (image,) = [attributes for tag, attributes in read.found if tag == "img"]
        assert unquote(link["href"] or "") == unquote(badge.page)
        assert (image["src"], image["alt"]) == (badge.image, badge.text)
        assert set(read.text.split()) <= {"a", "b", "c"}


@pytest.mark.parametrize("name", NAMES)
def test_html_is_one_image_in_one_link(name: str) -> None:
    """No name ends an attribute."""
    badge = linked(name)
    read = Html(render_badge_link(badge, "html"))
    (link, href), (image, attributes) = read.found
    assert (link, image, read.text) == ("a", "img", "")
    assert unquote(href["href"] or "") == unquote(badge.page)
    assert attributes == {"src": badge.image, "alt": badge.text}


@pytest.mark.parametrize("name", NAMES)
def test_asciidoc_is_one_macro(name: str) -> None:
    """No name is markup: the text has words and numbered characters."""
    badge = linked(name)
    head, _, rest = render_badge_link(badge, "asciidoc").partition("[")
    text, _, page = rest.removesuffix("]").partition(",link=")
    assert unquote(unquote(head)) == unquote(unquote(f"image:{badge.image}"))
    assert unquote(page) == unquote(badge.page)
    assert Html(f'<img alt="{text}">').found[0][1]["alt"] == badge.text
    for part in (head.removeprefix("image:https:"), page.removeprefix("https:")):
        assert not any(mark in part for mark in ("__", "--", "..", *"~*^#+`'\"()[]{}<>|! "))
    plain = "".join(c for c in text if not (c.isalnum() or c in " /.-_"))
    assert set(plain) <= set("&#;")


def test_asciidoc_as_asciidoctor_reads_it() -> None:
    """A plain name stays readable. Asciidoctor.js 2.2 read all names above correctly in November 2026."""
    badge = BadgeLink("https://host/x__y?a=b_c", "downloads of x/y", "https://host/--/_z_")
    assert render_badge_link(badge, "asciidoc") == (
        "image:https://host/x%5F%5Fy?a=b_c[downloads of x/y,link=https://host/%2D%2D/%5Fz%5F]"
    )


@pytest.mark.parametrize(
    ("form", "pasted"),
    [
        ("markdown", "![size of a\\&b](https://host/a)"),
        ("html", '<img src="https://host/a" alt="size of a&amp;b">'),
        ("asciidoc", "image:https://host/a[size of a&#38;b]"),
        ("url", "https://host/a"),
    ],
)
def test_without_a_page_there_is_no_link(form: str, pasted: str) -> None:
    """Without a page only the image is written."""
    assert render_badge_link(BadgeLink("https://host/a", "size of a&b", ""), form) == pasted


def test_url_is_the_image_alone() -> None:
    """The form `url` is the image's address, for other languages."""
    assert render_badge_link(linked("beacon"), "url") == linked("beacon").image
    assert list(FORMS) == ["markdown", "html", "asciidoc", "url"]


def test_look() -> None:
    """Label, colour and style are parameters; a label may be empty or hostile."""
    url = badge_url("https://x/y.json", "size", "a&b=c#", {"color": "blue", "style": None})
    assert url.endswith("&query=%24.size&label=a%26b%3Dc%23&color=blue")
    assert badge_url("https://x/y.json", label="") == (
        "https://img.shields.io/badge/dynamic/json?url=https%3A%2F%2Fx%2Fy.json&query=%24.downloads&label="
    )
    assert badge_url("https://x/y.json", "latest").endswith("&query=%24.latest_tag&label=latest")


def test_endpoint() -> None:
    """An endpoint badge reads a site's file; a slash in a name is escaped twice, and the label may be set."""
    url = endpoint_url("https://octo-forge.github.io/backage/", "octo-forge/beacon/charts%2Fbeacon", "latest")
    assert url == (
        "https://img.shields.io/endpoint?url=https%3A%2F%2Focto-forge.github.io%2Fbackage%2Fbadge"
        "%2Focto-forge%2Fbeacon%2Fcharts%25252Fbeacon%2Flatest.json"
    )
    url = endpoint_url("https://octo-forge.github.io/X/", "a/b/c", label="all & more")
    assert url.endswith("github.io%2FX%2Fbadge%2Fa%2Fb%2Fc%2Fdownloads.json&label=all%20%26%20more")
    assert endpoint_url("https://x", "a/b/c", look={"style": "flat"}).endswith("downloads.json&style=flat")


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("Octo-Forge/Stats", "https://octo-forge.github.io/Stats/"),
        ("Octo-Forge/octo-forge.GitHub.io", "https://octo-forge.github.io/"),
        ("mona/octo-forge.github.io", "https://mona.github.io/octo-forge.github.io/"),
    ],
)
def test_a_repository_has_a_site(repository: str, site: str) -> None:
    """A site is below its owner's host, or at the root if the repository is named after the host."""
    assert pages_url(repository) == site


def test_folder() -> None:
    """Names of branches and folders are escaped, except slashes."""
    assert file_url("Octo/stats", "a/b#1", "my index/x/") == (
        "https://raw.githubusercontent.com/Octo/stats/a/b%231/my%20index/x/"
    )


def test_every_badge_has_one_name() -> None:
    """`backage badge` can ask a site for exactly the badges that it has, in the same order."""
    assert list(LABELS) == list(package_badges(render_head(shown(), VERSIONS)))
