"""`backage inspect`: what the parsers read from a saved page."""

import dataclasses
from datetime import date
from pathlib import Path

import click

from backage.cli.text import json_text, printable
from backage.errors import PageChangedError
from backage.models.pages import Page
from backage.parse.inspect import inspect_page

LAYOUT_CHANGED = 3


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
