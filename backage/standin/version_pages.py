"""The list of a package's versions and the page of one version, from data alone."""

import json
from datetime import date
from html import escape
from urllib.parse import quote

from backage.demo.layout import (
    activity,
    document,
    heading,
    icon,
    package_path,
    pagination,
    published,
    version_path,
)
from backage.demo.manifests import documents, embedded
from backage.demo.model import IMAGES, MAVEN, Owner, Package, Version

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
