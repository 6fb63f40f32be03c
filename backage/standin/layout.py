"""What all pages share: the document around the content, and how numbers and ages are written."""

from datetime import date
from html import escape
from urllib.parse import quote

from backage.standin.model import MAVEN, Owner, Package, Version

MINUTES_PER_DAY = 1440
MINUTES_PER_MONTH = 43_200
MINUTES_PER_YEAR = 525_600
EXACT_BELOW = 1_000_000
"""From this number on, the counters of a version's page are abbreviated, each on its own."""

# A healthy page carries what looks like an error or like an empty page: none of it may be read as one.
FALSE_FRIENDS = """
<a class="HeaderMenu-link" href="/login?return_to=%2Fpackages">Sign in</a>
<template><div class="blankslate"><h3 class="blankslate-heading">Uh oh!</h3>
<p>There was an error while loading. <a href="">Please reload this page</a>.</p></div></template>
<script type="application/json" id="client-env">{"locale":"en","featureFlags":["api_rate_limit_banner","secondary_nav"]}</script>
"""  # noqa: E501 - one line on the wire

FOOTER = "<footer><p>Total downloads of a package are public. You can't perform that now.</p></footer>"


def document(title: str, content: str, route: tuple[str, str] | None = None) -> str:
    """A whole page; `route` is controller and action of a package's page, None on other pages."""
    kind = ""
    if route is not None:
        kind = (
            f'<meta name="route-controller" content="{route[0]}" data-turbo-transient>\n'
            f'<meta name="route-action" content="{route[1]}" data-turbo-transient>\n'
        )
        content = (
            '<turbo-frame id="repo-content-turbo-frame" target="_top" class="">\n'
            f'<div  class="repository-content " >\n{content}</div>\n</turbo-frame>'
        )
    return (
        '\n\n<!DOCTYPE html>\n<html\n  lang="en"\n  \n  data-color-mode="auto"\n  >\n'
        f'<head>\n<meta charset="utf-8">\n<title>{escape(title)} · GitHub</title>\n'
        f'{kind}<meta name="user-login" content="">\n</head>\n'
        f'<body class="logged-out env-production page-responsive">\n{FALSE_FRIENDS}'
        f"<main>\n{content}\n</main>\n{FOOTER}\n</body>\n</html>\n"
    )


def icon(name: str) -> str:
    """An octicon without its path."""
    return (
        '<svg aria-hidden="true" data-component="Octicon" height="16" width="16" '
        f'class="octicon octicon-{name}">\n    <path d="M0 0"></path>\n</svg>'
    )


def package_path(owner: Owner, package: Package, rest: str = "") -> str:
    """`/orgs/O/packages/TYPE/NAME`, for Maven `/O/REPO/packages/NUMBER`, and what follows; escaped."""
    if package.type == MAVEN:
        return escape(f"/{owner.login}/{package.repo}/packages/{package.number}{rest}")
    return escape(f"/{owner.kind}/{owner.login}/packages/{package.type}/{package.slug}{rest}")


def view_path(owner: Owner, package: Package) -> str:
    """`/orgs/O/packages/TYPE/package/NAME`, as lists of packages link to it, escaped for an attribute."""
    if package.type == MAVEN:
        return package_path(owner, package)
    return escape(f"/{owner.kind}/{owner.login}/packages/{package.type}/package/{package.slug}")


def version_path(owner: Owner, package: Package, version: Version) -> str:
    """The address of a version's page: by id, for Maven by name; escaped for an attribute."""
    if package.type == MAVEN:
        return package_path(owner, package, f"?version={quote(version.name, safe='')}")
    return package_path(owner, package, f"/{version.id}")


def heading(name: str, tag: str) -> str:
    """The name of a package and one of its tags, at the top of its pages."""
    return (
        f'<h1 class="mb-2">\n<span class="overflow-hidden lh-condensed" >\n  {escape(name)}\n</span>\n'
        f'<span class="text-normal h2 mr-1 color-fg-muted" >{escape(tag)}</span>\n'
        '<span title="Label: Visibility" class="Label v-align-middle">\n  Public\n</span></h1>\n'
    )


def abbreviated(number: int, units: str) -> str:
    """Three significant digits with one of the three units: 51098 is `51.1k`, 570175446 is `570m`."""
    thousand = 1000
    value, unit = float(number), ""
    for larger in units:
        if value < thousand:
            break
        value, unit = float(f"{value / thousand:.3g}"), larger
    return f"{value:g}{unit}"


def activity(counted: Package | Version, today: date) -> str:
    """The four counters on the page of a version."""
    counters = {
        "Total downloads": counted.total(today),
        "Last 30 days": counted.window(today, 30),
        "Last week": counted.window(today, 7),
        "Today": counted.downloads_on(today),
    }
    items = "".join(
        f'<li class="d-flex flex-items-center mb-2">\n  <span class="flex-auto">{label}</span>\n'
        f'  <span class="flex-auto text-right text-bold">{_counter(count)}</span>\n</li>\n'
        for label, count in counters.items()
    )
    return f'<h4 class="tmp-mb-3">Download activity</h4>\n<ul class="list-style-none">\n{items}</ul>\n'


def age_in_words(minutes: int) -> str:
    """An age as the site writes it, without the `ago`: `about 5 hours`, `12 days`, `over 2 years`."""
    steps = [
        (1, "less than a minute"),
        (45, _counted(minutes, "minute")),
        (90, "about 1 hour"),
        (MINUTES_PER_DAY, f"about {_counted(round(minutes / 60), 'hour')}"),
        (2520, "1 day"),
        (MINUTES_PER_MONTH, _counted(round(minutes / MINUTES_PER_DAY), "day")),
        (2 * MINUTES_PER_MONTH, f"about {_counted(round(minutes / MINUTES_PER_MONTH), 'month')}"),
        (MINUTES_PER_YEAR, _counted(round(minutes / MINUTES_PER_MONTH), "month")),
    ]
    return next((words for limit, words in steps if minutes < limit), None) or _years(minutes)


def published(version: Version, today: date) -> str:
    """`Published 3 days ago`; on its own day a version is some hours old."""
    hours = 2 + version.id % 9
    age = age_in_words((today - version.published).days * MINUTES_PER_DAY + hours * 60)
    return f"Published {age} ago"


def pagination(address: str, page: int, pages: int) -> str:
    """Links to the other pages, nothing where there is only one; `address` lacks `page=N` alone."""
    if pages <= 1:
        return ""

    def link(target: int, inner: str, attributes: str) -> str:
        return f'<a {attributes} href="{escape(address)}page={target}">{inner}</a>'

    parts = []
    for number in range(1, pages + 1):
        if number == page:
            current = (
                f'class="current" aria-label="Page {number}" aria-current="page" data-total-pages="{pages}"'
            )
            parts.append(link(number, str(number), current))
        else:
            rel = 'rel="next" ' if number == page + 1 else 'rel="prev" ' if number == page - 1 else ""
            parts.append(link(number, str(number), f'{rel}aria-label="Page {number}"'))
    previous = '<span class="previous_page disabled" aria-disabled="true">Previous</span>'
    if page > 1:
        previous = link(page - 1, "Previous", 'class="previous_page" rel="prev"')
    following = '<span class="next_page disabled" aria-disabled="true">Next</span>'
    if page < pages:
        following = link(page + 1, "Next", 'class="next_page" aria-label="Next page" rel="next"')
    links = " ".join([previous, *parts, following])
    return f'<div class="paginate-container"><div role="navigation" class="pagination">{links}</div></div>\n'


def _counter(number: int) -> str:
    return f"{number:,}" if number < EXACT_BELOW else abbreviated(number, "KMB")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _years(minutes: int) -> str:
    years, rest = divmod(minutes, MINUTES_PER_YEAR)
    quarters = rest * 4 // MINUTES_PER_YEAR
    if quarters == 3:  # noqa: PLR2004 - the last quarter of a year
        return f"almost {_counted(years + 1, 'year')}"
    return f"{'over' if quarters else 'about'} {_counted(years, 'year')}"
