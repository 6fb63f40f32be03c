"""`backage render`: the index from the history."""

from pathlib import Path

import click

from backage.cli.options import (
    history_option,
    index_option,
    known_owner,
    load_optout,
    optout_option,
    require,
    use_history,
    verbosity,
)
from backage.cli.text import printable
from backage.crawl.tally import DONE, SOME_FAILED
from backage.pipeline.index import write_index


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
