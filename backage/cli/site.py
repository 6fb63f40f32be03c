"""`backage site`: the static site."""

import os
import re
from pathlib import Path

import click
import humanize

from backage.cli.options import (
    PATH,
    branch_option,
    find_repository,
    history_option,
    index_option,
    load_optout,
    option,
    optout_option,
    repository_option,
    require,
    use_history,
    verbosity,
)
from backage.cli.text import count, printable
from backage.config import load_settings
from backage.errors import ConfigError
from backage.render.site.links import file_url, pages_url
from backage.render.site.pages import SiteAddresses

MEGABYTE = 1_000_000
LARGEST = 1000 * MEGABYTE
"""Bytes that GitHub Pages take."""

_GITHUB = "https://github.com"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%-]+)*/?")


@click.command()
@option("--output", "-o", type=PATH, required=True, help="The folder to write, which is the site's alone.")
@history_option
@index_option
@optout_option
@option("--url", help="Where the site will be; by default the GitHub Pages of --repository.")
@repository_option
@branch_option
@option(
    "--max-megabytes", type=click.IntRange(min=1), help="Leave old versions out where it would be larger."
)
@verbosity
def site(  # noqa: PLR0913 (one for each option)
    *,
    output: Path,
    history: Path,
    index: Path,
    optout: Path,
    url: str | None,
    repository: str | None,
    branch: str,
    max_megabytes: int | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Write the static site: pages to search and compare, badges, charts, and the index.

    Any file server can serve the folder, and a browser opens its index.html from a disk. Files that are as
    they should be stay untouched, and what an earlier build left is removed.
    """
    from backage.pipeline.site import write_site  # noqa: PLC0415 (templates take a tenth of a second to load)

    require(history)
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    place = _find_place(url, repository, branch, index)
    if not place.site and not quiet:
        click.echo("Without --url there is no sitemap.xml, for that needs whole addresses.", err=True)

    def tell(login: str) -> None:
        if verbose:
            click.echo(printable(login), err=True)

    with use_history(history) as opened:
        largest = None if max_megabytes is None else max_megabytes * MEGABYTE
        built = write_site(opened, output, index, opted_out, place, largest, tell)
    if built.archived > LARGEST:
        size, most = map(humanize.naturalsize, (built.archived, LARGEST))
        advice = "" if max_megabytes else " --max-megabytes leaves old versions out."
        click.echo(f"The site's archive has {size}, and GitHub Pages take {most}.{advice}", err=True)
    if not quiet:
        click.echo(
            f"{count(built.packages, 'package')} in {output}: {count(built.files, 'file')},"
            f" {humanize.naturalsize(built.bytes)}; {built.written} written, {built.removed} removed"
        )


def _find_place(url: str | None, repository: str | None, branch: str, index: Path) -> SiteAddresses:
    """Find out where the site and the index will be.

    Raises:
        ConfigError: one of the two is no such thing.
    """
    from backage.render.site.pages import SiteAddresses  # noqa: PLC0415 (as above)

    repository = find_repository(repository)
    if url is not None and not _ADDRESS.fullmatch(url):
        raise ConfigError(f'"{printable(url)}" is not an http or https address.')
    server = load_settings(os.environ).server
    public = repository if server == _GITHUB else None
    address = url or (pages_url(public) if public else "")
    return SiteAddresses(
        f"{address.rstrip('/')}/" if address else "",
        file_url(public, branch, f"{index.name}/") if public else "",
        repository or "",
        server,
    )
