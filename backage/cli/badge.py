"""`backage badge`: a badge to paste into a README."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import click

from backage.cli import options
from backage.cli.options import option
from backage.cli.text import print_stderr, printable
from backage.config import load_settings
from backage.errors import ConfigError
from backage.models.events import SOURCES
from backage.models.history import Owner, Package
from backage.owners import OptOut
from backage.pipeline.show import Known, find_known
from backage.render.paths import index_paths
from backage.render.site import links
from backage.urls import is_repo, package_url, plain

PARTS = 3
"""Parts of a package's name."""

TYPES = ("container", "npm", "maven", "nuget", "rubygems", "docker", "python", "generic")
STYLES = ("flat", "flat-square", "plastic", "for-the-badge", "social")
ALL = "all"

METRICS = (
    f"The number to show: {', '.join(links.LABELS)}, or all of these. raw_downloads and the like are exact,"
    " and -1 if unknown. Repeatable."
)

_COLOR = re.compile(r"#?[0-9A-Za-z]{1,30}")


@dataclass(frozen=True, slots=True)
class BadgePackage:
    """A package, and the path of its files below the index, without a suffix."""

    owner: Owner
    package: Package
    path: str


@click.command()
@click.argument("name", type=options.Name())
@options.history_option
@options.repository_option
@options.branch_option
@option("--endpoint", metavar="URL", help="The address of a `backage site`, for badges from its files.")
@click.option(
    "--metric",
    "metrics",
    type=click.Choice([*links.LABELS, *links.RAW_LABELS, ALL]),
    multiple=True,
    default=["downloads"],
    metavar="METRIC",
    show_default=True,
    help=METRICS,
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(links.FORMS)),
    default="markdown",
    show_default=True,
    help="The markup language.",
)
@click.option(
    "--type", "kind", type=click.Choice(TYPES), help="The package's type; container if it is unknown."
)
@click.option("--label", help="The text before the number.")
@click.option("--color", help="A colour's name at shields.io, or hexadecimal digits.")
@click.option("--style", type=click.Choice(STYLES), help="The style at shields.io.")
def badge(
    *,
    name: tuple[str, ...],
    history: Path,
    repository: str | None,
    branch: str,
    endpoint: str | None,
    metrics: tuple[str, ...],
    form: str,
    kind: str | None,
    **look: str | None,
) -> None:
    """Print badges of packages, ready to paste.

    NAME is a package, or an owner or a repository with all of its packages. A badge links to the package's
    page on GitHub, if there is one. Name a package that the history does not know in full, and with GitHub's
    capitals.
    """
    source = _check(look.get("color"), endpoint) or options.find_repository(repository)
    if source is None:
        raise ConfigError("Name the repository of the index with --repository OWNER/NAME.")
    from backage.cli.terminal import print_stdout

    label = look.pop("label")
    look["color"] = (look["color"] or "").removeprefix("#") or None
    server = load_settings(os.environ).server
    for place in _find_badge_packages(name, history, kind):
        page = "" if place.owner.type in SOURCES else package_url(server, place.owner, place.package)
        package = plain(place.package.name)
        for metric in _choose_metrics(metrics, endpoint):
            if endpoint:
                image = links.endpoint_url(source, place.path, metric, label, look)
            else:
                file = links.file_url(source, branch, f"index/{place.path}.json")
                image = links.badge_url(file, metric, label, look)
            shown = links.choose_label(metric, label)
            text = printable(f"{shown} of {package}" if shown else package)
            print_stdout(links.render_badge_link(links.BadgeLink(image, text, page), form))


def _check(color: str | None, endpoint: str | None) -> str | None:
    """Check the colour, and return the site's address, if one is named.

    Raises:
        ConfigError: the colour or the address is invalid.
    """
    if color is not None and not _COLOR.fullmatch(color):
        raise ConfigError(f'"{printable(color)}" is not a colour: use a name or hexadecimal digits.')
    if endpoint is None:
        return None
    try:
        parts = urlsplit(endpoint)
        valid = (
            parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
        )
    except ValueError:
        valid = False
    if not valid or not endpoint.isprintable() or " " in endpoint:
        raise ConfigError(f'"{printable(endpoint)}" is not the http or https address of a site.')
    return endpoint


def _choose_metrics(metrics: Sequence[str], endpoint: str | None) -> list[str]:
    """Return the metrics to show, without repeats.

    Raises:
        ConfigError: a site has no such badge.
    """
    each = (links.LABELS if metric == ALL else [metric] for metric in metrics)
    chosen = list(dict.fromkeys(chain.from_iterable(each)))
    exact = [metric for metric in chosen if metric in links.RAW_LABELS]
    if endpoint and exact:
        raise ConfigError(f"A site has no badge of {exact[0]}: omit --endpoint, or the raw_ of the metric.")
    return chosen


def _find_badge_packages(name: tuple[str, ...], history: Path, kind: str | None) -> list[BadgePackage]:
    """Return the packages of that name. If the history has none, expect the one that is named.

    Raises:
        ConfigError: a package that the history does not know is not named in full.
    """
    if history != Path("history.db"):
        options.require(history)
    if not history.exists():
        return [_expect_package(name, kind, None)]
    with options.use_history(history) as opened:
        known = find_known(opened, name, OptOut())
    kept = [each for each in known.packages if kind in {None, each.package.type}]
    there = [each for each in kept if each.shown]
    if not there:
        gone = next((f", gone since {each.gone}" for each in kept if each.gone), "")
        print_stderr(
            f'The history knows no package of "{plain("/".join(name))}"{gone}: its badge has no number.'
        )
    if known.owner and kept:
        return [BadgePackage(known.owner, each.package, each.path) for each in there or kept]
    return [_expect_package(name, kind, known)]


def _expect_package(name: tuple[str, ...], kind: str | None, known: Known | None) -> BadgePackage:
    """Return a package that the history does not know, with the path that its files will have."""
    if len(name) < PARTS:
        raise ConfigError("Name the package in full, as OWNER/REPO/PACKAGE: the history does not know it.")
    if not is_repo(name[1]) and name[1].lower() != name[2].lower():
        raise ConfigError(f'"{printable(plain(name[1]))}" is not a valid name of a repository.')
    if kind is None:
        print_stderr("Assuming a container package. Pass --type for another kind; it only changes the link.")
    repo = name[1] if is_repo(name[1]) else None  # a package without one stands under its own name
    package = Package(kind or TYPES[0], name[2], repo)
    owner = (known.owner if known else None) or Owner(name[0], "users")
    beside = [each.package for each in known.packages] if known else []
    return BadgePackage(owner, package, index_paths(owner, [*beside, package])[package])
