"""The page of a Maven package, and of one version of it, from data alone."""

from datetime import date
from html import escape

from backage.demo.layout import activity, document, heading, package_path, published, version_path
from backage.demo.model import Owner, Package, Version

RECENT = 5


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
