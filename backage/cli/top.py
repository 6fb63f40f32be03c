"""`backage top`: the packages that are first by one of their numbers."""

from pathlib import Path
from typing import Any

import click

from backage.cli.options import history_option, known_owner, require, use_history
from backage.cli.text import json_text, say
from backage.pipeline.show import ORDERS, Ranked, find_top
from backage.render.format import SMALLEST_MONTH
from backage.render.package import render_head
from backage.store.database import History
from backage.store.versions import load_index_versions

LONGEST = 34
"""Columns of a package's name."""


@click.command()
@click.argument("owners", nargs=-1, metavar="[OWNER]...")
@history_option
@click.option(
    "--by", "order", type=click.Choice(list(ORDERS)), default="downloads", show_default=True, help="By what."
)
@click.option(
    "-n", "--number", type=click.IntRange(1), default=20, show_default=True, help="How many are shown."
)
@click.option("--json", "as_json", is_flag=True, help="Write the keys of the index, and `growth` in percent.")
def top(*, owners: tuple[str, ...], history: Path, order: str, number: int, as_json: bool) -> None:
    """Show the most downloaded packages, or those first by another number, of some owners or of all.

    Growth compares the downloads of the last 30 whole days with those of the 30 days before, in percent.
    Packages with fewer than 100 downloads in the earlier 30 have none, so that 1 and then 3 is no growth.
    """
    require(history)
    with use_history(history) as opened:
        logins = {known_owner(opened, login) for login in owners}
        ranked = find_top(opened, logins, order)[:number]
        heads = _heads(opened, ranked) if as_json else []
    if as_json:
        click.echo(json_text(heads))
    elif ranked:
        from backage.cli.cards import show_top

        say(show_top(ranked, order))
    else:
        why = f": it takes two months, and {SMALLEST_MONTH} downloads in the first"
        reason = why if order == "growth" else ""
        click.echo(f"Of no package is that number known{reason}.", err=True)


def _heads(history: History, ranked: list[Ranked]) -> list[dict[str, Any]]:
    return [
        {**render_head(each.shown, load_index_versions(history, each.shown.item.key)), "growth": each.growth}
        for each in ranked
    ]
