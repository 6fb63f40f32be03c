"""`backage render`, `site` and `publish`: the index, the static site, and the push of the index."""

import os
import random
import re
import time
from pathlib import Path

import click
import humanize

from backage.cli import options
from backage.cli.options import Messages, option
from backage.cli.text import count, print_stderr, printable
from backage.config import load_settings
from backage.crawl.tally import DONE, SOME_FAILED
from backage.errors import ConfigError
from backage.pipeline.index import write_index
from backage.pipeline.publish import publish_index, size_of
from backage.render.site.links import file_url, pages_url
from backage.render.site.pages import SiteAddresses

MEGABYTE = 1_000_000

LARGEST = 1000 * MEGABYTE
"""Bytes that GitHub Pages accept."""

_GITHUB = "https://github.com"

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%-]+)*/?")

SHORT = 10
"""Characters of a commit's hash that are printed."""


@click.command()
@click.argument("owner", nargs=-1)
@options.history_option
@options.index_option
@options.optout_option
@options.message_options
def render(*, owner: tuple[str, ...], history: Path, index: Path, optout: Path, messages: Messages) -> None:
    """Write the index from the history, without the network.

    With OWNERs, writes only their files and the totals of the instance. Exit code 1 means that a package
    cannot have a file; the message names it and says why.
    """
    options.require(history)
    opted_out = options.use_optout(optout)
    with options.use_history(history) as opened:
        only = frozenset(options.known_owner(opened, login).lower() for login in owner)
        changes = write_index(opened, index, opted_out, only)
    messages.print_detail(f"rendered {history} into {index}")
    for failure in changes.failures:
        print_stderr(f"{failure.what}: {failure.reason}")
    messages.print_result(f"{changes.written} files written, {changes.removed} removed in {index}")
    raise SystemExit(SOME_FAILED if changes.failures else DONE)


@click.command()
@option(
    "--output",
    "-o",
    type=options.PATH,
    required=True,
    help="The folder of the site, which holds nothing else.",
)
@options.history_option
@options.index_option
@options.optout_option
@option("--url", help="The address of the site; by default the GitHub Pages of --repository.")
@options.repository_option
@options.branch_option
@option("--max-megabytes", type=click.IntRange(min=1), help="Leave out old versions to stay below this size.")
@options.message_options
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
    messages: Messages,
) -> None:
    """Write the static site: pages, badges, charts, and the index.

    Any file server can serve the folder, and a browser can open its index.html from a disk. Files that did
    not change are not rewritten, and files that an earlier build left are removed.
    """
    from backage.pipeline.site import write_site  # noqa: PLC0415 (templates take a tenth of a second to load)

    options.require(history)
    opted_out = options.use_optout(optout)
    addresses = _find_addresses(url, repository, branch, index)
    if not addresses.site and not messages.quiet:
        print_stderr("Without --url there is no sitemap.xml, because it needs whole addresses.")
    with options.use_history(history) as opened:
        largest = None if max_megabytes is None else max_megabytes * MEGABYTE
        built = write_site(opened, output, index, opted_out, addresses, largest, messages.print_detail)
    if built.archived > LARGEST:
        size, most = map(humanize.naturalsize, (built.archived, LARGEST))
        advice = "" if max_megabytes else " --max-megabytes leaves out old versions."
        print_stderr(f"The site's archive has {size}, but GitHub Pages accept {most}.{advice}")
    messages.print_result(
        f"{count(built.packages, 'package')} in {output}: {count(built.files, 'file')},"
        f" {humanize.naturalsize(built.bytes)}; {built.written} written, {built.removed} removed"
    )


def _find_addresses(url: str | None, repository: str | None, branch: str, index: Path) -> SiteAddresses:
    """Return the addresses of the site and of the index.

    Raises:
        ConfigError: the address or the repository is invalid.
    """
    repository = options.find_repository(repository)
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
@options.index_option
@option("--remote", default="origin", help="The remote that has the branch.")
@option("--branch", help="The branch to commit to; by default the one that is checked out.")
@option("--amend", is_flag=True, help="Replace the branch's last commit if it is one of the index.")
@option("--amend-above", type=click.FloatRange(min=0), help="Amend if the index has more megabytes.")
@options.message_options
def publish(
    *,
    index: Path,
    remote: str,
    branch: str | None,
    amend: bool,
    amend_above: float | None,
    messages: Messages,
) -> None:
    """Commit the changed files of the index, and push.

    Commits nothing else. If others have pushed meanwhile, the commit is made again on top of theirs. A branch
    that does not exist is created, with the index alone. With --amend the branch keeps a single commit of the
    index on top, so it stays small for years; all other commits stay.
    """

    def wait(seconds: float) -> None:
        pause = seconds * (1 + random.random())  # noqa: S311 (two that collide should not collide again)
        messages.print_detail(f"Refused; again in {pause:.0f} s")
        time.sleep(pause)

    amend = amend or (amend_above is not None and size_of(index) > amend_above * MEGABYTE)
    pushed = publish_index(index, remote=remote, branch=branch, amend=amend, sleep=wait)
    if pushed is None:
        messages.print_result("Nothing changed, so nothing was published.")
    else:
        files, commit = count(pushed.files, "file"), pushed.commit[:SHORT]
        messages.print_result(
            printable(f"{files} published on {pushed.branch} as {commit}: {pushed.subject}")
        )
