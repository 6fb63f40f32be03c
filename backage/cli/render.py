"""`backage render`: the index from the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backage.cli.options import history_option, index_option, load_optout, optout_option, verbosity
from backage.errors import ConfigError
from backage.pipeline import write_index
from backage.store import open_history

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@history_option
@index_option
@optout_option
@verbosity
def render(*, history: Path, index: Path, optout: Path, verbose: bool, quiet: bool) -> None:
    """Write the index from the history, without the network."""
    if not history.exists():
        raise ConfigError(f"{history} does not exist. `backage update` makes it; --history names another.")
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    with open_history(history) as opened:
        changes = write_index(opened, index, opted_out)
    if verbose:
        click.echo(f"rendered {history} into {index}", err=True)
    if not quiet:
        click.echo(f"{changes.written} files written, {changes.removed} removed in {index}")
