"""`backage import` and `export`: history from and for other programs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from backage.cli.options import (
    PATH,
    Name,
    history_option,
    known_owner,
    load_optout,
    option,
    optout_option,
    require,
    use_history,
    verbosity,
)
from backage.cli.report import show_steps
from backage.cli.text import count, number, printable
from backage.crawl.tally import DONE, NOTHING_READ, SOME_FAILED
from backage.errors import ConfigError
from backage.owners import is_login
from backage.pipeline.imports import Intake, import_history
from backage.pipeline.snapshot import refuse_history_as_output
from backage.publish.dataset import write_csv, write_json_lines, write_parquet
from backage.store.export import VIEWS, Rows, Value, read_rows
from backage.store.runs import Counts, count_rows

TEXT = {"csv": write_csv, "jsonl": write_json_lines}

PARQUET = "parquet"

FORMATS = (*TEXT, PARQUET)


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
    _print_intake(intake, before, after, verbose=verbose, quiet=quiet)
    if intake.unread:
        raise SystemExit(SOME_FAILED if intake.read else NOTHING_READ)
    raise SystemExit(DONE)


def _print_intake(intake: Intake, before: Counts, after: Counts, *, verbose: bool, quiet: bool) -> None:
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


@click.command()
@click.argument("dataset", type=click.Choice(VIEWS))
@click.argument("name", type=Name(), required=False)
@history_option
@option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@option("--format", "form", type=click.Choice(FORMATS), help="By default what --output ends in, else csv.")
@option("--output", "-o", type=PATH, help="The file to write; by default standard output.")
@verbosity
def export(  # noqa: PLR0913 (one for each option)
    *,
    dataset: str,
    name: tuple[str, ...] | None,
    history: Path,
    since: datetime | None,
    until: datetime | None,
    form: str | None,
    output: Path | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Write the history as CSV, JSON lines or Parquet.

    It is that of packages or of versions, of all or of OWNER[/REPO[/PACKAGE]], with the columns of the
    dataset's views. A row is a day on which a number changed, and what it says holds until the next one.
    Parquet needs `backage[parquet]`.
    """
    require(history)
    form = form or next((known for known in FORMATS if output and output.suffix == f".{known}"), "csv")
    if form == PARQUET and output is None:
        raise ConfigError("Parquet is no text: name a file with --output.")
    if output is not None:
        refuse_history_as_output(history, output)
    with use_history(history) as opened:
        days = (day.date() if day else None for day in (since, until))
        place = (known_owner(opened, name[0]), *name[1:]) if name else ()
        rows = read_rows(opened, dataset, place, *days)
        if output is None:
            written = TEXT[form](sys.stdout, rows.columns, map(_shown, rows.rows))
        else:
            with _replaced(output) as scratch:
                written = _write(scratch, rows, form)
    if verbose or (output is not None and not quiet):
        click.echo(f"{count(written, 'row')} of {dataset} written", err=True)


def _shown(row: Sequence[Value]) -> list[Value]:
    """Make sure that nothing of a row steers a terminal or a log; a file has it as it is."""
    return [printable(cell) if isinstance(cell, str) else cell for cell in row]


def _write(path: Path, rows: Rows, form: str) -> int:
    if form == PARQUET:
        with path.open("wb") as stream:
            return write_parquet(stream, rows.columns, rows.rows)
    with path.open("w", encoding="utf-8", newline="") as text:
        return TEXT[form](text, rows.columns, rows.rows)


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Give the name of a file that takes the place of another when it is whole; a device keeps its own."""
    device = path.exists() and not path.is_file()
    scratch = path if device else path.with_name(f".{path.name}.tmp")
    try:
        yield scratch
        if not device:
            scratch.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            if not device:
                scratch.unlink(missing_ok=True)
