"""`backage publish`: the index, committed and pushed."""

import random
import time
from pathlib import Path

import click

from backage.cli.options import index_option, option, verbosity
from backage.cli.text import count, printable
from backage.pipeline.publish import publish_index, size_of

MEGABYTE = 1_000_000
SHORT = 10
"""Characters of a commit's name that are shown."""


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
