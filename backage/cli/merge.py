"""`backage merge`: histories of parallel jobs into one."""

from pathlib import Path

import click

from backage.cli.options import load_optout, optout_option, use_history, verbosity
from backage.cli.progress import show_steps
from backage.cli.text import count
from backage.store.merge import merge_history
from backage.store.owners import forget, load_former
from backage.store.runs import count_rows

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument(
    "shard", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o", "--output", type=FILE, required=True, help="The history to write; one that is there grows."
)
@optout_option
@verbosity
def merge(*, shard: tuple[Path, ...], output: Path, optout: Path, verbose: bool, quiet: bool) -> None:
    """Merge histories into one.

    Each SHARD is a history as `backage update --shard I/N` leaves it; none of them is changed. Of two
    observations of the same day the later counts, and what is opted out is left out. Doing it twice changes
    nothing.
    """
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    with use_history(output) as history:
        with show_steps("Merging", quiet=quiet or not verbose) as on_step:
            for number, path in enumerate(shard, 1):
                merge_history(history, path)
                on_step(number, len(shard))
        forget(history, opted_out.follow(load_former(history)))
        known = count_rows(history)
    if not quiet:
        things = ("owner", "package", "version", "observation")
        click.echo(
            f"{output} has " + ", ".join(count(getattr(known, f"{thing}s"), thing) for thing in things)
        )
