"""The pages of an owner, a package and a version, from data alone."""

import json
from datetime import date
from html import escape
from urllib.parse import quote

from backage.standin.layout import (
    abbreviated,
    activity,
    age_in_words,
    document,
    heading,
    icon,
    package_path,
    pagination,
    published,
    version_path,
    view_path,
)
from backage.standin.model import DAY, IMAGES, MAVEN, Owner, Package, Version, documents, embedded

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


VERSIONS_PER_PAGE = 50
FILTER = "filters%5Bversion_type%5D="


def versions_page(package_of: tuple[Owner, Package], route: str, page: int, wanted: str, today: date) -> str:
    """50 versions, newest first. `wanted` is `tagged`, `untagged` or empty for all.

    `route` is the path that was asked, which the links to the other pages keep. A page past the end
    has the header and no rows. The list of a Maven package has no header.
    """
    owner, package = package_of
    listed = [v for v in package.versions if not wanted or bool(v.tags) == (wanted == "tagged")]
    shown = listed[(page - 1) * VERSIONS_PER_PAGE :][:VERSIONS_PER_PAGE]
    path = package_path(owner, package, "/versions")
    header = "" if package.type == MAVEN else _kinds(package, path, wanted)
    rows = "".join(version_row(owner, package, version, today) for version in shown)
    address = f"{route}?{FILTER}{wanted}&" if wanted else f"{route}?"
    content = (
        f'<h1><a href="{path}">{escape(package.name)}</a></h1>\n<div id="versions-list" class="Box">\n'
        f"{header}<ul>\n{rows}</ul>\n</div>\n"
        f"{pagination(address, page, -(-len(listed) // VERSIONS_PER_PAGE))}"
    )
    kind = None if package.type == MAVEN else ("registry_two_package_versions", "show")
    return document(f"{package.name} versions", content, kind)


def version_page(owner: Owner, package: Package, version: Version, today: date) -> str:
    """One version: its four counters, its tags, and for an image the document of the registry."""
    content = (
        f"{heading(package.name, (*version.tags, version.name)[0])}"
        f"{_manifest(owner, package, version) if package.type in IMAGES else ''}"
        f"{activity(version, today)}"
        f'<h4 class="tmp-mb-3">Other tags on this version</h4>\n{_tags(owner, package, version)}'
        f'<a href="{package_path(owner, package, "/versions")}">View all versions</a>\n'
    )
    title = f"Package {package.name}"
    return document(title, content, ("registry_two_packages", "package_version"))


def version_row(owner: Owner, package: Package, version: Version, today: date) -> str:
    """One version as it stands in a list: a link to its page, its tags or name, its exact total."""
    name, age = escape(version.name), published(version, today)
    if version.tags:
        head = _tags(owner, package, version)
        note = (
            f'{age} · Digest\n<span class="Details js-details-container"><code>\n'
            f'  <clipboard-copy aria-label="Copy" value="{name}" class="CopyBlock">\n'
            f'    <span class="color-fg-muted">{name}</span>\n  </clipboard-copy></code></span>'
        )
    else:
        path = version_path(owner, package, version)
        head = f'<a class="Link--primary text-bold f4" href="{path}">{name}</a>\n'
        note = age
    return (
        f'<li class="Box-row">  <div class="d-flex" >\n<div class="col-10 d-flex flex-column">\n{head}'
        f'<div class="css-truncate"><small class="color-fg-muted">\n  {note}\n</small></div>\n</div>\n'
        '<div class="d-flex flex-items-center">\n'
        '<span class="d-flex gap-1 color-fg-muted f6 tmp-mr-3" style="white-space:nowrap;">\n'
        f"  {icon('download')}\n        {version.total(today):,}\n"
        '        <span class="sr-only">Version downloads</span>\n</span>\n</div>\n</div>\n</li>\n'
    )


def image_name(owner: Owner, package: Package) -> str:
    """The name under which an image is pulled, which is all lower case."""
    return f"ghcr.io/{owner.login}/{package.name}".lower()


def _kinds(package: Package, path: str, wanted: str) -> str:
    """How many versions have tags and how many have none, as links to the lists of them."""
    tagged = len(package.tagged)
    links = "".join(
        f'<a class="btn-link {"selected" if kind == wanted else ""}" href="{path}?{FILTER}{kind}">\n'
        f"  {icon('tag')}\n  {count:,} {kind}\n</a>"
        for kind, count in (("tagged", tagged), ("untagged", len(package.versions) - tagged))
    )
    return f'<div class="Box-header">{links}</div>\n'


def _tags(owner: Owner, package: Package, version: Version) -> str:
    path = package_path(owner, package, f"/{version.id}?tag=")
    looks = {"latest": "Label Label--success mr-1 mb-2"}
    links = "".join(
        f'<a class="{looks.get(tag, "Label mr-1 mb-2 text-normal")}" '
        f'href="{path}{quote(tag, safe="")}">{escape(tag)}</a>\n'
        for tag in version.tags
    )
    return f'<div class="d-inline-flex flex-wrap">\n{links}</div>\n'


def _manifest(owner: Owner, package: Package, version: Version) -> str:
    """The document, after a snippet in the same tags that is none."""
    labels = {
        "org.opencontainers.image.description": f'Lights & "signals" <of {owner.login}>',
        "org.opencontainers.image.version": (*version.tags, "none")[0],
    }
    document_of = documents(version.id, version.layers, index=version.index)[0]
    text = json.dumps(embedded(document_of, version.name, labels), indent=2)
    feature = f'"features": {{"{image_name(owner, package)}@{version.name}": {{}}}}'
    return (
        f"<h5>Use as a Feature in devcontainer.json</h5>\n<code><pre>{escape(feature)}</pre></code>\n"
        '<h4 class="mb-2">Manifest</h4>\n<div class="Box color-bg-subtle">\n'
        f'<code class="d-block"><pre class="color-fg-muted">{escape(text)}</pre></code>\n</div>\n'
    )


def maven_page(
    owner: Owner, package: Package, version: Version, counted: Package | Version, today: date
) -> str:
    """The snippet that installs `version`, the four counters of `counted`, and the newest versions."""
    recent = "".join(_recent(owner, package, version, today) for version in package.versions[:RECENT])
    content = (
        f"{heading(package.name, version.name)}"
        f'<clipboard-copy aria-label="Copy" value="{_dependency(package, version)}" class="CopyBlock">'
        f"</clipboard-copy>\n{activity(counted, today)}"
        f'<h4 class="tmp-mb-3">Recent versions</h4>\n<ul>\n{recent}</ul>\n'
        f'<a href="{package_path(owner, package, "/versions")}">View all versions</a>\n'
    )
    return document(f"Package {package.name}", content)


def _dependency(package: Package, version: Version) -> str:
    """What a `pom.xml` says to depend on the version, escaped for an attribute."""
    return escape(
        f"<dependency>\n  <groupId>{package.group}</groupId>\n  <artifactId>{package.artifact}</artifactId>\n"
        f"  <version>{version.name}</version>\n</dependency>"
    )


def _recent(owner: Owner, package: Package, version: Version, today: date) -> str:
    return (
        f'<li><a class="Link--primary" href="{version_path(owner, package, version)}">{escape(version.name)}'
        f"</a>\n<small>{published(version, today)}</small></li>\n"
    )
