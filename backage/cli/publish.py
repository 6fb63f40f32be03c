"""`backage render`, `site` and `publish`: the index, the static site, and the push of the index."""

import os
import random
import re
import time
from pathlib import Path

import click
import humanize

from backage.cli.options import (
    PATH,
    branch_option,
    find_repository,
    history_option,
    index_option,
    known_owner,
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
from backage.crawl.tally import DONE, SOME_FAILED
from backage.errors import ConfigError
from backage.pipeline.index import write_index
from backage.pipeline.publish import publish_index, size_of
from backage.render.site.links import file_url, pages_url
from backage.render.site.pages import SiteAddresses

MEGABYTE = 1_000_000

LARGEST = 1000 * MEGABYTE
"""Bytes that GitHub Pages take."""

_GITHUB = "https://github.com"

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%-]+)*/?")

SHORT = 10
"""Characters of a commit's name that are shown."""


@click.command()
@click.argument("owner", nargs=-1)
@history_option
@index_option
@optout_option
@verbosity
def render(
    *, owner: tuple[str, ...], history: Path, index: Path, optout: Path, verbose: bool, quiet: bool
) -> None:
    """Write the index from the history, without the network.

    With OWNERs, the files of these alone, and the totals of the instance. It ends with 1 when a package can
    have no file, and says which and why.
    """
    require(history)
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    with use_history(history) as opened:
        only = frozenset(known_owner(opened, login).lower() for login in owner)
        changes = write_index(opened, index, opted_out, only)
    if verbose:
        click.echo(f"rendered {history} into {index}", err=True)
    for failure in changes.failures:
        click.echo(printable(f"{failure.what}: {failure.reason}"), err=True)
    if not quiet:
        click.echo(f"{changes.written} files written, {changes.removed} removed in {index}")
    raise SystemExit(SOME_FAILED if changes.failures else DONE)


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

    def print_login(login: str) -> None:
        if verbose:
            click.echo(printable(login), err=True)

    with use_history(history) as opened:
        largest = None if max_megabytes is None else max_megabytes * MEGABYTE
        built = write_site(opened, output, index, opted_out, place, largest, print_login)
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


@click.command()
@index_option
@option("--remote", default="origin", help="Where the branch lies.")
@option("--branch", help="The branch to commit to; by default the one that is checked out.")
@option("--amend", is_flag=True, help="Replace the branch's last commit where that is one of the index.")
@option("--amend-above", type=click.FloatRange(min=0), help="Amend where the index has more megabytes.")
@verbosity
def publish(
    *,
    index: Path,
    remote: str,
    branch: str | None,
    amend: bool,
    amend_above: float | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Commit what changed in the index, with a message that names it, and push it.

    Nothing else is committed. Where others push meanwhile, what changed is put on what they pushed; a branch
    that is not there is begun, with the index alone. With --amend the branch keeps one commit of the index on
    top, and all others: it stays small however long it runs.
    """

    def wait(seconds: float) -> None:
        pause = seconds * (1 + random.random())  # noqa: S311 (so that two who meet do not meet again)
        if verbose:
            click.echo(f"Refused; again in {pause:.0f} s", err=True)
        time.sleep(pause)

    amend = amend or (amend_above is not None and size_of(index) > amend_above * MEGABYTE)
    pushed = publish_index(index, remote=remote, branch=branch, amend=amend, sleep=wait)
    if quiet:
        return
    if pushed is None:
        click.echo("Nothing changed, so nothing was published.")
    else:
        files, name = count(pushed.files, "file"), pushed.commit[:SHORT]
        click.echo(printable(f"{files} published on {pushed.branch} as {name}: {pushed.subject}"))
