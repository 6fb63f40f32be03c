"""`backage show`, `top` and `inspect`: numbers of packages and of saved pages, on a terminal or as JSON."""

import dataclasses
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from backage.cli.options import Name, history_option, known_owner, option, require, use_history
from backage.cli.text import json_text, printable
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
"""Versions in a table, where nothing else is said."""

PARTS = 3
"""Of the name of one package."""

_NUMBER = re.compile(r"[0-9]{1,6}")
_FILE = "history.db"

LAYOUT_CHANGED = 3


def _history_or_days(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[Path, int | None]:
    """Tell a file from a number of days, which is a number that names no file; the variable names a file."""
    source = context.get_parameter_source(parameter.name or "")
    given = values if source is ParameterSource.COMMANDLINE else ()
    days = [value for value in given if _NUMBER.fullmatch(value) and not Path(value).exists()]
    files = [value for value in given if value not in days]
    if any(int(number) == 0 for number in days):
        raise click.BadParameter("a history has one day at least.", context, parameter)
    file = files[-1] if files else parameter.resolve_envvar_value(context) or _FILE
    return Path(file), int(days[-1]) if days else None


@click.command()
@click.argument("name", type=Name())
@option(
    "--history",
    multiple=True,
    default=[_FILE],
    metavar="PATH|N",
    callback=_history_or_days,
    help="The SQLite history; a number that names no file is taken for --days, so it may be given twice.",
)
@click.option(
    "--days", "days", type=click.IntRange(1), help="A table of the last N days, today being the last."
)
@click.option("--versions", is_flag=True, help="A table of the versions, newest first.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    help=f"How many versions, 0 for all; by default {LISTED} in a table, and all in JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the keys of the index.")
def show(
    *,
    name: tuple[str, ...],
    history: tuple[Path, int | None],
    days: int | None,
    versions: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show a package's numbers and how they go, or all of an owner or a repository."""
    file, last = history[0], days or history[1] or 0
    require(file)
    single = len(name) == PARTS
    with use_history(file) as opened:
        found = find_packages(opened, name, versions=as_json or versions or single)
    if as_json:
        heads = [_list_values(each, last, limit if versions else None, versions=versions) for each in found]
        click.echo(json_text(heads[0] if single else heads))
    else:
        from backage.cli.terminal import print_stdout, show_found

        most = LISTED if limit is None else limit or sys.maxsize
        print_stdout(*show_found(found, last, most, single=single, versions=versions))


def _list_values(each: Found, days: int, limit: int | None, *, versions: bool) -> dict[str, Any]:
    """Give the keys of the index, then `days` and `version` where they are asked for."""
    head = render_head(each.shown, each.versions)
    shown: dict[str, Any] = {**head, "days": list_days(each.days[-days:])} if days else dict(head)
    if versions:
        listed = json.loads(render_package(head, each.versions, sys.maxsize))["version"]
        shown["version"] = listed[: limit or None]
    return shown


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
        heads = _list_ranked_values(opened, ranked) if as_json else []
    if as_json:
        click.echo(json_text(heads))
    elif ranked:
        from backage.cli.terminal import print_stdout, show_top

        print_stdout(show_top(ranked, order))
    else:
        why = f": it takes two months, and {SMALLEST_MONTH} downloads in the first"
        reason = why if order == "growth" else ""
        click.echo(f"Of no package is that number known{reason}.", err=True)


def _list_ranked_values(history: History, ranked: list[Ranked]) -> list[dict[str, Any]]:
    return [
        {**render_head(each.shown, load_index_versions(history, each.shown.item.key)), "growth": each.growth}
        for each in ranked
    ]


@click.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def inspect(*, page: Path) -> None:
    """Show what the parsers read from a saved page of GitHub, as JSON.

    It may be an owner's list of packages, a package's page, its list of versions, or a version's page. A
    Maven package has pages of its own kind. A number that GitHub abbreviated is not exact. Ends with 3 if the
    page was cut or has changed, and says what is missing.
    """
    try:
        saved = inspect_page(Page(str(page), page.read_bytes()))
    except PageChangedError as error:
        click.echo(f"backage: {printable(str(error))}", err=True)
        raise SystemExit(LAYOUT_CHANGED) from error
    where = {"address": saved.address} if saved.address else {}
    click.echo(json_text({"kind": saved.kind, **where, **dataclasses.asdict(saved.value)}, _plain))


def _plain(value: object) -> object:
    """Write what JSON has no form for."""
    return (
        value.isoformat()
        if isinstance(value, date)
        else sorted(value)
        if isinstance(value, frozenset)
        else str(value)
    )
