"""`backage render`: the index from the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backage.cli.options import history_option, index_option, load_optout, optout_option
from backage.errors import ConfigError
from backage.pipeline import write_index
from backage.store import open_history

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@history_option
@index_option
@optout_option
def render(*, history: Path, index: Path, optout: Path) -> None:
    """Write the index from the history, without the network."""
    if not history.exists():
        raise ConfigError(f"{history} does not exist. `backage update` makes it; --history names another.")
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    with open_history(history) as opened:
        changes = write_index(opened, index, opted_out)
    click.echo(f"{changes.written} files written, {changes.removed} removed in {index}")
