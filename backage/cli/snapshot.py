"""`backage snapshot`: the history between runs."""

from __future__ import annotations

from pathlib import Path

import click
import humanize

from backage.cli.options import history_option, require, verbosity
from backage.pipeline import restore_snapshot, save_snapshot

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def snapshot() -> None:
    """Save the history as one compressed file, and restore it."""


@snapshot.command()
@click.argument("file", type=FILE)
@history_option
@verbosity
def save(*, file: Path, history: Path, verbose: bool, quiet: bool) -> None:
    """Write a consistent copy of the history, which may be in use.

    FILE is compressed with Zstandard (history.db.zst is a good name); FILE.sha256 beside it has its size and
    its SHA-256. Both appear whole or not at all.
    """
    require(history)
    archive = save_snapshot(history, file)
    if verbose:
        click.echo(f"sha256 {archive.sha256}", err=True)
    if not quiet:
        click.echo(f"{history} saved as {file}, {humanize.naturalsize(archive.size)}")


@snapshot.command()
@click.argument("file", type=FILE)
@history_option
@verbosity
def restore(*, file: Path, history: Path, verbose: bool, quiet: bool) -> None:
    """Put a saved history in the place of the one there is.

    Its size, its SHA-256, the database's integrity and its schema are checked first; where one is wrong
    nothing is replaced.
    """
    archive = restore_snapshot(file, history)
    if verbose:
        click.echo(f"sha256 {archive.sha256}", err=True)
    if not quiet:
        click.echo(f"{file} restored as {history}")
