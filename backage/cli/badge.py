"""`backage badge`: a badge to paste into a README."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import click

from backage.cli.options import (
    Name,
    branch_option,
    find_repository,
    history_option,
    option,
    repository_option,
    require,
    use_history,
)
from backage.cli.text import printable
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
"""Of the name of one package."""

TYPES = ("container", "npm", "maven", "nuget", "rubygems", "docker", "python", "generic")
STYLES = ("flat", "flat-square", "plastic", "for-the-badge", "social")
ALL = "all"

METRICS = (
    f"What it shows: {', '.join(links.LABELS)}, or all of these; raw_downloads and the like are exact, and"
    " -1 where unknown. May be given again."
)

_COLOR = re.compile(r"#?[0-9A-Za-z]{1,30}")


@dataclass(frozen=True, slots=True)
class Place:
    """A package, with the path of its files below the index."""

    owner: Owner
    package: Package
    path: str


@click.command()
@click.argument("name", type=Name())
@history_option
@repository_option
@branch_option
@option("--endpoint", metavar="URL", help="The address of a `backage site`: badges of its files instead.")
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
    help="The language.",
)
@click.option(
    "--type", "kind", type=click.Choice(TYPES), help="Of the package; container where it is unknown."
)
@click.option("--label", help="What stands before the number.")
@click.option("--color", help="A name that shields.io knows, or hexadecimal digits.")
@click.option("--style", type=click.Choice(STYLES), help="How it is drawn.")
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
    """Write badges of a package, or of all of an owner or a repository, ready to paste.

    They lead to the package's page, if it has one on GitHub. A package that no history knows has to be named
    in full, and in the case that GitHub gives it.
    """
    source = _check(look.get("color"), endpoint) or find_repository(repository)
    if source is None:
        raise ConfigError("Name the repository of the index with --repository OWNER/NAME.")
    from backage.cli.terminal import print_stdout

    label = look.pop("label")
    look["color"] = (look["color"] or "").removeprefix("#") or None
    server = load_settings(os.environ).server
    for place in _find_places(name, history, kind):
        page = "" if place.owner.type in SOURCES else package_url(server, place.owner, place.package)
        package = plain(place.package.name)
        for metric in _chosen(metrics, endpoint):
            if endpoint:
                image = links.endpoint_url(source, place.path, metric, label, look)
            else:
                file = links.file_url(source, branch, f"index/{place.path}.json")
                image = links.badge_url(file, metric, label, look)
            shown = links.choose_label(metric, label)
            text = printable(f"{shown} of {package}" if shown else package)
            print_stdout(links.render_badge_link(links.BadgeLink(image, text, page), form))


def _check(color: str | None, endpoint: str | None) -> str | None:
    """Give the site's address, where one is named.

    Raises:
        ConfigError: it is no address, or the colour is none.
    """
    if color is not None and not _COLOR.fullmatch(color):
        raise ConfigError(f'"{printable(color)}" is no colour: name one, or give its hexadecimal digits.')
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


def _chosen(metrics: Sequence[str], endpoint: str | None) -> list[str]:
    """Give what is to be shown, once each.

    Raises:
        ConfigError: a site has no such badge.
    """
    each = (links.LABELS if metric == ALL else [metric] for metric in metrics)
    chosen = list(dict.fromkeys(chain.from_iterable(each)))
    exact = [metric for metric in chosen if metric in links.RAW_LABELS]
    if endpoint and exact:
        raise ConfigError(f"A site has no badge of {exact[0]}: leave --endpoint out, or its raw_.")
    return chosen


def _find_places(name: tuple[str, ...], history: Path, kind: str | None) -> list[Place]:
    """Find what is meant; of what is not known, what it will be when it is.

    Raises:
        ConfigError: it is not known, and not named in full.
    """
    if history != Path("history.db"):
        require(history)
    if not history.exists():
        return [_expect(name, kind, None)]
    with use_history(history) as opened:
        known = find_known(opened, name, OptOut())
    kept = [each for each in known.packages if kind in {None, each.package.type}]
    there = [each for each in kept if each.shown]
    if not there:
        gone = next((f", gone since {each.gone}" for each in kept if each.gone), "")
        told = printable(plain("/".join(name)))
        click.echo(f'The history knows no package of "{told}"{gone}: its badge has no number.', err=True)
    if known.owner and kept:
        return [Place(known.owner, each.package, each.path) for each in there or kept]
    return [_expect(name, kind, known)]


def _expect(name: tuple[str, ...], kind: str | None, known: Known | None) -> Place:
    """Say where a package will be; beside one of another type that has its place, if there is one."""
    if len(name) < PARTS:
        raise ConfigError("Name the package in full, as OWNER/REPO/PACKAGE: no history knows it.")
    if not is_repo(name[1]) and name[1].lower() != name[2].lower():
        raise ConfigError(f'"{printable(plain(name[1]))}" is no name of a repository.')
    if kind is None:
        click.echo("Taken for a container; --type names another, for the page it leads to.", err=True)
    repo = name[1] if is_repo(name[1]) else None  # a package without one stands under its own name
    package = Package(kind or TYPES[0], name[2], repo)
    owner = (known.owner if known else None) or Owner(name[0], "users")
    beside = [each.package for each in known.packages] if known else []
    return Place(owner, package, index_paths(owner, [*beside, package])[package])
