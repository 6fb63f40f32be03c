"""`backage show`, `top` and `inspect`: numbers of packages and of saved pages, on a terminal or as JSON."""

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from backage.cli import options
from backage.cli.options import option
from backage.cli.text import json_text, print_stderr
from backage.crawl.tally import LAYOUT_CHANGED
from backage.errors import PageChangedError
from backage.models.pages import Page
from backage.parse.inspect import inspect_page
from backage.pipeline.show import ORDERS, Found, Ranked, find_packages, find_top
from backage.render.format import SMALLEST_MONTH
from backage.render.package import render_head, render_package
from backage.render.table import list_days
from backage.store.database import History
from backage.store.versions import load_index_versions

LISTED = 20
"""Versions in a table by default."""

PARTS = 3
"""Parts of a package's name."""

_NUMBER = re.compile(r"[0-9]{1,6}")
_FILE = "history.db"


def _history_or_days(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[Path, int | None]:
    """Split the values of --history into a file and a number of days, which is a number that names no file.

    The variable always names a file.
    """
    source = context.get_parameter_source(parameter.name or "")
    given = values if source is ParameterSource.COMMANDLINE else ()
    days = [value for value in given if _NUMBER.fullmatch(value) and not Path(value).exists()]
    files = [value for value in given if value not in days]
    if any(int(number) == 0 for number in days):
        raise click.BadParameter("a history has at least one day.", context, parameter)
    file = files[-1] if files else parameter.resolve_envvar_value(context) or _FILE
    return Path(file), int(days[-1]) if days else None


@click.command()
@click.argument("name", type=options.Name())
@option(
    "--history",
    multiple=True,
    default=[_FILE],
    metavar="PATH|N",
    callback=_history_or_days,
    help="The SQLite history. A number that names no file is taken for --days, so both may be given.",
)
@click.option("--days", type=click.IntRange(1), help="Print a table of the last N days, including today.")
@click.option("--versions", is_flag=True, help="Print a table of the versions, newest first.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    help=f"Number of versions, 0 for all; by default {LISTED} in a table, and all in JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with the keys of the index.")
def show(
    *,
    name: tuple[str, ...],
    history: tuple[Path, int | None],
    days: int | None,
    versions: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show the numbers and the trend of packages."""
    file, last = history[0], days or history[1] or 0
    options.require(file)
    single = len(name) == PARTS
    with options.use_history(file) as opened:
        found = find_packages(opened, name, versions=as_json or versions or single)
    if as_json:
        heads = [_list_values(each, last, limit if versions else None, versions=versions) for each in found]
        click.echo(json_text(heads[0] if single else heads))
    else:
        from backage.cli.terminal import draw_packages, print_stdout

        most = LISTED if limit is None else limit or sys.maxsize
        print_stdout(*draw_packages(found, last, most, single=single, versions=versions))


def _list_values(each: Found, days: int, limit: int | None, *, versions: bool) -> dict[str, Any]:
    """Return the keys of the index, then `days` and `version` if they are requested."""
    head = render_head(each.shown, each.versions)
    shown: dict[str, Any] = {**head, "days": list_days(each.days[-days:])} if days else dict(head)
    if versions:
        listed = json.loads(render_package(head, each.versions, sys.maxsize))["version"]
        shown["version"] = listed[: limit or None]
    return shown


@click.command()
@click.argument("owners", nargs=-1, metavar="[OWNER]...")
@options.history_option
@click.option(
    "--by", "order", type=click.Choice([*ORDERS]), default="downloads", show_default=True, help="The order."
)
@click.option(
    "-n", "--number", type=click.IntRange(1), default=20, show_default=True, help="Number of packages."
)
@click.option("--json", "as_json", is_flag=True, help="Print the keys of the index, and growth in percent.")
def top(*, owners: tuple[str, ...], history: Path, order: str, number: int, as_json: bool) -> None:
    """Show the packages with the most downloads.

    Ranks the packages of some OWNERs or of all, with --by in another order. Growth compares the downloads of
    the last 30 whole days with those of the 30 days before, in percent. Packages with fewer than 100
    downloads in the earlier 30 days have no growth, because few downloads grow fast.
    """
    options.require(history)
    with options.use_history(history) as opened:
        logins = {options.known_owner(opened, login) for login in owners}
        ranked = find_top(opened, logins, order)[:number]
        heads = _list_ranked_values(opened, ranked) if as_json else []
    if as_json:
        click.echo(json_text(heads))
    elif ranked:
        from backage.cli.terminal import draw_ranking, print_stdout

        print_stdout(draw_ranking(ranked, order))
    else:
        needs = f": it needs two months, and {SMALLEST_MONTH} downloads in the first"
        print_stderr(f"No package has that number{needs if order == 'growth' else ''}.")


def _list_ranked_values(history: History, ranked: list[Ranked]) -> list[dict[str, Any]]:
    return [
        {**render_head(each.shown, load_index_versions(history, each.shown.item.key)), "growth": each.growth}
        for each in ranked
    ]


@click.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def inspect(*, page: Path) -> None:
    """Show the numbers in a saved page of GitHub, as JSON.

    PAGE is an owner's list of packages, the page of a package, of its versions or of a version, also of
    Maven. A number that GitHub abbreviated is not exact. Exit code 3 means that the page is incomplete or has
    changed; the message says what is missing.
    """
    try:
        saved = inspect_page(Page(str(page), page.read_bytes()))
    except PageChangedError as error:
        print_stderr(f"backage: {error}")
        raise SystemExit(LAYOUT_CHANGED) from error
    where = {"address": saved.address} if saved.address else {}
    click.echo(json_text({"kind": saved.kind, **where, **dataclasses.asdict(saved.value)}, _to_plain))


def _to_plain(value: object) -> object:
    """Return a value that JSON has no form for as one that it has."""
    return sorted(value) if isinstance(value, frozenset) else str(value)
