"""The pages of owners, packages and versions, from data alone: `templates/` has their HTML."""

import json
from datetime import date
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from backage.standin.model import DAY, IMAGES, MAVEN, Owner, Package, Version, encode

PACKAGES_PER_PAGE, VERSIONS_PER_PAGE = 30, 50
CHART_DAYS, CHART_HEIGHT = 30, 24
MINUTES_PER_DAY = 1440
MINUTES_PER_MONTH = 43_200
MINUTES_PER_YEAR = 525_600
EXACT_BELOW = 1_000_000
"""From this number on, the counters of a version's page are abbreviated, each on its own."""


def list_page(owner: Owner, page: int, today: date, *, twice: bool = False) -> str:
    """Return one page of an owner's packages; a page past the end looks like the list of an empty owner.

    With `twice` the first package has two rows. The heading counts rows.
    """
    listed = owner.packages[: int(twice)] + owner.packages
    shown = listed[(page - 1) * PACKAGES_PER_PAGE :][:PACKAGES_PER_PAGE]
    pages = -(-len(listed) // PACKAGES_PER_PAGE)
    return _render("list.html", owner=owner, shown=shown, page=page, pages=pages, today=today)


def profile_page(owner: Owner) -> str:
    """Return the page of an owner without any list of packages, as an organisation has it at `/LOGIN`."""
    return _render("profile.html", owner=owner)


def missing_page() -> str:
    """Return the body of a 404."""
    return _render("missing.html")


def package_page(owner: Owner, package: Package, today: date) -> str:
    """Return a package's page: its exact total, its last 30 days and its newest tagged versions."""
    days = [today - back * DAY for back in range(CHART_DAYS)]
    counts = [package.downloads_on(day) for day in days]
    heights = [round(count * CHART_HEIGHT / max(*counts, 1)) for count in counts]
    bars = list(zip(days, counts, heights, strict=True))
    age = age_in_words((today - package.newest.published).days * MINUTES_PER_DAY + 300)
    return _render("package.html", owner=owner, package=package, today=today, bars=bars, age_of_package=age)


def versions_page(package_of: tuple[Owner, Package], route: str, page: int, wanted: str, today: date) -> str:
    """Return a list of 50 versions, newest first. `wanted` is `tagged`, `untagged` or empty for all.

    `route` is the requested path, which the links to the other pages keep. A page past the end
    has the header and no rows. The list of a Maven package has no header.
    """
    owner, package = package_of
    listed = [v for v in package.versions if not wanted or bool(v.tags) == (wanted == "tagged")]
    shown = listed[(page - 1) * VERSIONS_PER_PAGE :][:VERSIONS_PER_PAGE]
    return _render(
        "versions.html",
        owner=owner,
        package=package,
        today=today,
        shown=shown,
        page=page,
        pages=-(-len(listed) // VERSIONS_PER_PAGE),
        requested_path=route,
        wanted=wanted,
    )


def version_page(owner: Owner, package: Package, version: Version, today: date) -> str:
    """Return a version's page: four counters, its tags, and for an image the document of the registry."""
    manifest = _describe_manifest(owner, version) if package.type in IMAGES else None
    return _render(
        "version.html", owner=owner, package=package, version=version, today=today, manifest=manifest
    )


def maven_page(
    owner: Owner, package: Package, version: Version, counted: Package | Version, today: date
) -> str:
    """Return the snippet that installs `version`, the counters of `counted`, and the newest versions."""
    return _render("maven.html", owner=owner, package=package, version=version, counted=counted, today=today)


def abbreviated(number: int, units: str) -> str:
    """Return three significant digits with one of the three units: 51098 is `51.1k`, 570175446 is `570m`."""
    thousand = 1000
    value, unit = float(number), ""
    for larger in units:
        if value < thousand:
            break
        value, unit = float(f"{value / thousand:.3g}"), larger
    return f"{value:g}{unit}"


def age_in_words(minutes: int) -> str:
    """Return an age as the site writes it, without the `ago`: `about 5 hours`, `12 days`, `over 2 years`."""
    steps = [
        (1, "less than a minute"),
        (45, _plural(minutes, "minute")),
        (90, "about 1 hour"),
        (MINUTES_PER_DAY, f"about {_plural(round(minutes / 60), 'hour')}"),
        (2520, "1 day"),
        (MINUTES_PER_MONTH, _plural(round(minutes / MINUTES_PER_DAY), "day")),
        (2 * MINUTES_PER_MONTH, f"about {_plural(round(minutes / MINUTES_PER_MONTH), 'month')}"),
        (MINUTES_PER_YEAR, _plural(round(minutes / MINUTES_PER_MONTH), "month")),
    ]
    return next((words for limit, words in steps if minutes < limit), None) or _years(minutes)


def _years(minutes: int) -> str:
    years, rest = divmod(minutes, MINUTES_PER_YEAR)
    quarters = rest * 4 // MINUTES_PER_YEAR
    if quarters == 3:  # noqa: PLR2004 - the last quarter of a year
        return f"almost {_plural(years + 1, 'year')}"
    return f"{'over' if quarters else 'about'} {_plural(years, 'year')}"


def _plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _age(version: Version, today: date) -> str:
    """Return `Published 3 days ago`; on its own day a version is some hours old."""
    hours = 2 + version.id % 9
    age = age_in_words((today - version.published).days * MINUTES_PER_DAY + hours * 60)
    return f"Published {age} ago"


def _counter(number: int) -> str:
    return f"{number:,}" if number < EXACT_BELOW else abbreviated(number, "KMB")


def _image_name(package: Package, owner: Owner) -> str:
    """Return the name under which an image is pulled, which is all lower case."""
    return f"ghcr.io/{owner.login}/{package.name}".lower()


def _path(package: Package, owner: Owner, rest: str = "") -> str:
    """Return `/orgs/O/packages/TYPE/NAME`, for Maven `/O/REPO/packages/NUMBER`, and what follows."""
    if package.type == MAVEN:
        return f"/{owner.login}/{package.repo}/packages/{package.number}{rest}"
    return f"/{owner.kind}/{owner.login}/packages/{package.type}/{package.slug}{rest}"


def _version_path(package: Package, owner: Owner, version: Version) -> str:
    """Return the address of a version's page: by id, for Maven by name."""
    rest = f"?version={quote(version.name, safe='')}" if package.type == MAVEN else f"/{version.id}"
    return _path(package, owner, rest)


def _view_path(package: Package, owner: Owner) -> str:
    """Return `/orgs/O/packages/TYPE/package/NAME`, as lists of packages link to it."""
    if package.type == MAVEN:
        return _path(package, owner)
    return f"/{owner.kind}/{owner.login}/packages/{package.type}/package/{package.slug}"


def _describe_manifest(owner: Owner, version: Version) -> str:
    """Return the members of the version's document as its page shows them, with its digest and labels."""
    document = version.documents[0]
    shown = {"digest": version.name, "mediaType": document["mediaType"], "size": len(encode(document))}
    if "config" in document:
        labels = {
            "org.opencontainers.image.description": f'Lights & "signals" <of {owner.login}>',
            "org.opencontainers.image.version": (*version.tags, "none")[0],
        }
        shown |= {"config": {**document["config"], "labels": labels}, "layers": document["layers"]}
    else:
        shown |= {"manifests": document["manifests"]}
    return json.dumps(shown, indent=2)


def _quote(text: str) -> str:
    return quote(text, safe="")


_TEMPLATES = Environment(
    loader=PackageLoader("backage.standin"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters |= {
    "abbreviated": abbreviated,
    "age": _age,
    "counter": _counter,
    "image_name": _image_name,
    "path": _path,
    "quote": _quote,
    "version_path": _version_path,
    "view_path": _view_path,
}


def _render(template: str, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(values)
