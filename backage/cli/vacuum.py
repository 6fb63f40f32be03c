"""`backage vacuum`: a smaller history."""

from datetime import UTC, datetime
from pathlib import Path

import click
import humanize

from backage.cli.options import history_option, option, require, use_history, verbosity
from backage.cli.text import count
from backage.store.packages import RECENT
from backage.store.runs import count_rows
from backage.store.thin import shrink, thin_history


@click.command()
@history_option
@option(
    "--keep", type=click.IntRange(min=RECENT.days), help="Keep all of so many days; what is older thins out."
)
@option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day it is, in UTC; by default today.")
@verbosity
def vacuum(*, history: Path, keep: int | None, day: datetime | None, verbose: bool, quiet: bool) -> None:
    """Make the history smaller.

    With --keep 365 all days of the last year stay as they are; of the year before it, one day a week stays,
    and of what is older one a month: the last known day of each, with its exact numbers. Without --keep only
    the room that nothing needs is given back.
    """
    require(history)
    before = history.stat().st_size
    with use_history(history) as opened:
        known = count_rows(opened).observations
        if keep is not None:
            thin_history(opened, day.date() if day else datetime.now(UTC).date(), keep)
        shrink(opened)
        gone = known - count_rows(opened).observations
    if verbose:
        click.echo(f"{count(gone, 'observation')} thinned out", err=True)
    if not quiet:
        sizes = (humanize.naturalsize(size) for size in (before, history.stat().st_size))
        click.echo(f"{history}: {' before, '.join(sizes)} now")
