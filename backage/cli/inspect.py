"""`backage inspect`: what the parsers read from a saved page."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import click

from backage.cli.text import json_text, printable
from backage.errors import PageChangedError
from backage.models import Page
from backage.parse import inspect_page

CHANGED_SHAPE = 3


@click.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def inspect(*, page: Path) -> None:
    """Show what the parsers read from a saved page of GitHub, as JSON.

    It may be an owner's list of packages, a package's page, its list of versions, or a version's page. Ends
    with 3 and says what is missing where the page has changed.
    """
    try:
        kind, value = inspect_page(Page(str(page), page.read_bytes()))
    except PageChangedError as error:
        click.echo(f"backage: {printable(str(error))}", err=True)
        raise SystemExit(CHANGED_SHAPE) from error
    click.echo(json_text({"kind": kind, **dataclasses.asdict(value)}, _plain))


def _plain(value: object) -> object:
    """Write what JSON has no form for."""
    return (
        value.isoformat()
        if isinstance(value, date)
        else sorted(value)
        if isinstance(value, frozenset)
        else str(value)
    )
