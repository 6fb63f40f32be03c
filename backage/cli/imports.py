"""`backage import`: history from elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import click

from backage.cli.options import history_option, load_optout, option, optout_option, use_history, verbosity
from backage.cli.progress import show_steps
from backage.cli.text import count, number, printable
from backage.crawl.tally import DONE, NOTHING_READ, SOME_FAILED
from backage.errors import ConfigError
from backage.owners import is_login
from backage.pipeline.imports import Intake, import_history
from backage.store.runs import Counts, count_rows


@click.command(name="import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@history_option
@optout_option
@option("--revision", default="HEAD", help="Of a repository: the commit whose past is read.")
@option("--organization", default="cloudrepo", help="Of a save.json: the owner of its files.")
@verbosity
def import_command(
    *,
    source: Path,
    history: Path,
    optout: Path,
    revision: str,
    organization: str,
    verbose: bool,
    quiet: bool,
) -> None:
    """Take history in from an index, its git log, or a database.

    What is known better already stays. SOURCE is an index directory, of this or the older published form; a
    git repository that holds such an index, whose every commit is read; another history.db; a database of the
    flat form, with a table for each package; or the save.json of the old counting server, whose counts have
    no dates. Doing it twice changes nothing. It ends with 1 when some
    files could not be read, and says which and why, and with 4 when none could.
    """
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    if not is_login(organization):
        raise ConfigError(f'"{printable(organization)}" can be no owner\'s name.')
    with use_history(history) as opened:
        before = count_rows(opened)
        with show_steps("Reading", quiet=quiet) as on_step:
            today = datetime.now(UTC).date()
            intake = import_history(
                opened,
                source,
                optout=opted_out,
                today=today,
                revision=revision,
                organization=organization,
                on_step=on_step,
            )
        after = count_rows(opened)
    _report(intake, before, after, verbose=verbose, quiet=quiet)
    if intake.unread:
        raise SystemExit(SOME_FAILED if intake.read else NOTHING_READ)
    raise SystemExit(DONE)


def _report(intake: Intake, before: Counts, after: Counts, *, verbose: bool, quiet: bool) -> None:
    """Say what is new, and what could not be read."""
    if not quiet:
        for label in ("owners", "packages", "versions", "observations"):
            known, new = getattr(after, label), getattr(after, label) - getattr(before, label)
            click.echo(f"{label:<13} {number(known)} ({number(new)} new)")
        if intake.read:
            click.echo(f"{'read':<13} {count(intake.read, 'file')}")
        click.echo(f"{'not read':<13} {number(len(intake.unread))}")
    for what, reason in intake.unread:
        click.echo(f"  {printable(f'{what}: {reason}')}", err=quiet)
    for warning in intake.warnings:
        click.echo(printable(f"Note: {warning}"), err=True)
    for what, reason in intake.notes if verbose else []:
        click.echo(f"  {printable(f'{what}: {reason}')}", err=True)
