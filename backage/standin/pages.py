"""The pages of an owner and of a package, from data alone."""

from datetime import date
from html import escape

from backage.demo.layout import (
    abbreviated,
    age_in_words,
    document,
    heading,
    icon,
    package_path,
    pagination,
    view_path,
)
from backage.demo.model import DAY, Owner, Package
from backage.demo.version_pages import image_name, version_row

PACKAGES_PER_PAGE = 30
CHART_DAYS = 30
RECENT = 5


def list_page(owner: Owner, page: int, today: date, *, twice: bool = False) -> str:
    """One page of an owner's packages; a page past the end looks like the list of an empty owner.

    With `twice` the first package has two rows. The heading counts rows.
    """
    listed = owner.packages[: int(twice)] + owner.packages
    shown = listed[(page - 1) * PACKAGES_PER_PAGE :][:PACKAGES_PER_PAGE]
    pages = -(-len(listed) // PACKAGES_PER_PAGE)
    container, address = "org-packages", f"/orgs/{owner.login}/packages?"
    if owner.kind == "users":
        container, address = "user-packages-list", f"/{owner.login}?tab=packages&"
    if shown:
        rows = f"<ul>\n{''.join(_list_row(owner, package, today) for package in shown)}</ul>\n"
        rows += pagination(address, page, pages)
    else:
        rows = '<div class="blankslate"><h3>No results matched your search.</h3></div>\n'
    counted = "1 package" if len(shown) == 1 else f"{len(shown)} packages"
    header = f'<div class="Box-header"><h3 class="f5">{icon("package")}{counted}</h3></div>'
    return document(f"Packages · {owner.login}", f'<div id="{container}">\n{header}\n{rows}</div>')


def profile_page(owner: Owner) -> str:
    """The page of an owner without any list of packages, as an organisation has it at `/LOGIN`."""
    return document(owner.login, f'<h1 class="h2 lh-condensed">{escape(owner.login)}</h1>')


def missing_page() -> str:
    """The body of a 404."""
    return document("Page not found", "<p>This is not the web page you are looking for.</p>")


def package_page(owner: Owner, package: Package, today: date) -> str:
    """One package: its exact total, its last 30 days and its newest tagged versions."""
    tag = package.tagged[0].tags[0] if package.tagged else package.newest.name
    image = escape(f"docker pull {image_name(owner, package)}:{tag}")
    rows = "".join(version_row(owner, package, version, today) for version in package.tagged[:RECENT])
    versions = package_path(owner, package, "/versions")
    content = (
        f"{heading(package.name, tag)}"
        f'<clipboard-copy aria-label="Copy" value="{image}" class="CopyBlock"></clipboard-copy>\n'
        f'<div class="Box"><h3 class="f5">Recent tagged image versions</h3>\n<ul>\n{rows}</ul>\n'
        f'<a href="{versions}?filters%5Bversion_type%5D=tagged">View all tagged versions</a></div>\n'
        '<include-fragment><div class="blankslate"><h3>Uh oh!</h3></div></include-fragment>\n'
        f"{_details(owner, package, today)}"
        '<div class="container-lg tmp-my-3 d-flex clearfix">\n'
        f"{_figure('Total downloads', package.total(today))}{_chart(package, today)}</div>\n"
        f'<a class="Link" href="{versions}">View all versions</a>\n'
    )
    return document(f"Package {package.name}", content, ("registry_two_packages", "package_view"))


def _list_row(owner: Owner, package: Package, today: date) -> str:
    newest = package.newest.published
    repo = ""
    if package.repo is not None:
        path = escape(f"{owner.login}/{package.repo}")
        repo = f' in <a class="Link--muted" href="/{path}">{path}</a>'
    name, login = escape(package.name), escape(owner.login)
    return (
        f'<li class="Box-row"><div class="d-flex">\n{icon(package.type)}\n<div class="flex-auto">\n'
        f'<a class="text-bold f4 Link--primary" style="text-overflow: ellipsis" title="{name}" '
        f'href="{view_path(owner, package)}">{name}</a>\n'
        '<div class="text-small color-fg-muted">Published on '
        f'<relative-time class="no-wrap" datetime="{newest}T09:12:44Z">{newest:%b %d, %Y}</relative-time>'
        f' by <a class="Link--muted" href="/{login}">{login.title()}</a>{repo}</div>\n</div>\n'
        f'<span class="d-flex color-fg-muted f6 tmp-mr-3">{icon("download")}\n'
        f"        {abbreviated(package.total(today), 'kmb')}\n      </span>\n</div></li>\n"
    )


def _details(owner: Owner, package: Package, today: date) -> str:
    """The sidebar, with figures that have the very shape of the total."""
    newest = package.newest.published
    age = age_in_words((today - newest).days * 1440 + 300)
    home = f"https://github.com/{escape(owner.login)}"
    repo = figures = ""
    if package.repo is not None:
        name = escape(package.repo)
        repo = f'<li><a class="Link Link--muted" href="{home}/{name}">{icon("repo")}\n{name}</a></li>\n'
        figures = _figure("Discussions", 209) + _figure("Issues", 217)
    return (
        '<h4 class="tmp-mb-3">Details</h4>\n<ul>\n'
        f'<li><a class="Link--primary" href="{home}">{escape(owner.login)}</a></li>\n{repo}</ul>\n'
        '<div class="lh-condensed">\n<span class="d-block color-fg-muted">\n  Last published\n</span>\n'
        f'<h3 title="{newest}T02:35:54-07:00">{age} ago</h3>\n</div>\n'
        f'<div class="container-lg tmp-my-3 d-flex clearfix">\n{figures}</div>\n'
    )


def _figure(label: str, number: int) -> str:
    return (
        '<div class="lh-condensed d-flex flex-column">\n'
        f'  <span class="d-block color-fg-muted text-small tmp-mb-1">{label}</span>\n'
        f'  <h3 title="{number}">{abbreviated(number, "KMB")}</h3>\n</div>\n'
    )


def _chart(package: Package, today: date) -> str:
    """30 bars, today first."""
    counts = [package.downloads_on(today - back * DAY) for back in range(CHART_DAYS)]
    highest = max(*counts, 1)
    bars = "".join(
        f'<rect\n  x="{120 - 4 * back}"\n  y="{24 - round(count * 24 / highest)}"\n'
        f'  data-merge-count="{count}"\n  data-date="{today - back * DAY}"\n  width="2"\n'
        f'  height="{round(count * 24 / highest)}"\n  rx="1"\n  fill="#28A745"></rect>\n'
        for back, count in enumerate(counts)
    )
    return f'<div aria-label="Downloads for the last 30 days">\n<svg width="120">\n{bars}</svg></div>\n'
