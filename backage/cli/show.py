"""`backage show`: numbers and trend in the terminal."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from backage.cli.options import Name, option, require, use_history
from backage.cli.text import json_text, say
from backage.pipeline.show import Found, find_packages
from backage.render.package import render_head, render_package
from backage.render.table import list_days

LISTED = 20
"""Versions in a table, where nothing else is said."""

PARTS = 3
"""Of the name of one package."""

_NUMBER = re.compile(r"[0-9]{1,6}")
_FILE = "history.db"


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
        heads = [_as_json(each, last, limit if versions else None, versions=versions) for each in found]
        click.echo(json_text(heads[0] if single else heads))
    else:
        from backage.cli.cards import show_found

        most = LISTED if limit is None else limit or sys.maxsize
        say(*show_found(found, last, most, single=single, versions=versions))


def _as_json(each: Found, days: int, limit: int | None, *, versions: bool) -> dict[str, Any]:
    """Give the keys of the index, then `days` and `version` where they are asked for."""
    head = render_head(each.shown, each.versions)
    shown: dict[str, Any] = {**head, "days": list_days(each.days[-days:])} if days else dict(head)
    if versions:
        listed = json.loads(render_package(head, each.versions, sys.maxsize))["version"]
        shown["version"] = listed[: limit or None]
    return shown
