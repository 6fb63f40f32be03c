"""`backage import` and `export`: history from and for other programs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import click

from backage.cli import options
from backage.cli.options import Messages, option
from backage.cli.report import show_steps
from backage.cli.text import count, number, print_stderr, printable
from backage.crawl.tally import DONE, NOTHING_READ, SOME_FAILED
from backage.errors import ConfigError
from backage.owners import is_login
from backage.pipeline.imports import Intake, import_history
from backage.pipeline.snapshot import refuse_history_as_output
from backage.publish.dataset import write_csv, write_json_lines, write_parquet
from backage.store.queries import VIEWS, Rows, Value, read_rows
from backage.store.runs import Counts, count_rows

TEXT = {"csv": write_csv, "jsonl": write_json_lines}

PARQUET = "parquet"

FORMATS = (*TEXT, PARQUET)


@click.command(name="import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@options.history_option
@options.optout_option
@option("--revision", default="HEAD", help="The commit of a repository whose past is read.")
@option("--organization", default="cloudrepo", help="The owner of the files in a save.json.")
@options.message_options
def import_command(
    *, source: Path, history: Path, optout: Path, revision: str, organization: str, messages: Messages
) -> None:
    """Import history from an index, its git log, or a database.

    SOURCE is an index directory in this or the older published form; a git repository with such an index,
    all of whose commits are read; another history.db; a database of the flat form, with a table for each
    package; or the save.json of the old counting server, whose counts have no dates.

    Better numbers of the history stay. A second import changes nothing. Exit codes: 1 if some files could not
    be read, with a message for each; 4 if none could; 2 if SOURCE has no package at all.
    """
    opted_out = options.use_optout(optout)
    if not is_login(organization):
        raise ConfigError(f'"{printable(organization)}" is not a valid name of an owner.')
    with options.use_history(history) as opened:
        before = count_rows(opened)
        with show_steps("Reading", quiet=messages.quiet) as on_step:
            intake = import_history(
                opened,
                source,
                optout=opted_out,
                today=datetime.now(UTC).date(),
                revision=revision,
                organization=organization,
                on_step=on_step,
            )
        after = count_rows(opened)
    _print_intake(intake, before, after, messages)
    if intake.unread:
        raise SystemExit(SOME_FAILED if intake.read else NOTHING_READ)
    raise SystemExit(DONE)


def _print_intake(intake: Intake, before: Counts, after: Counts, messages: Messages) -> None:
    """Print how much is new, and which files could not be read."""
    for label in ("owners", "packages", "versions", "observations"):
        known = getattr(after, label)
        messages.print_result(f"{label:<13} {number(known)} ({number(known - getattr(before, label))} new)")
    if intake.read:
        messages.print_result(f"{'read':<13} {count(intake.read, 'file')}")
    messages.print_result(f"{'not read':<13} {number(len(intake.unread))}")
    for what, reason in intake.unread:
        click.echo(f"  {printable(f'{what}: {reason}')}", err=messages.quiet)
    for warning in intake.warnings:
        print_stderr(f"Note: {warning}")
    for what, reason in intake.notes:
        messages.print_detail(f"  {what}: {reason}")


@click.command()
@click.argument("dataset", type=click.Choice(VIEWS))
@click.argument("name", type=options.Name(), required=False)
@options.history_option
@option("--from", "since", type=options.Day(), help="The first day.")
@option("--to", "until", type=options.Day(), help="The last day.")
@option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="By default that of --output's ending, else csv.",
)
@option("--output", "-o", type=options.PATH, help="The file to write; by default standard output.")
@options.message_options
def export(
    *,
    dataset: str,
    name: tuple[str, ...] | None,
    history: Path,
    since: date | None,
    until: date | None,
    form: str | None,
    output: Path | None,
    messages: Messages,
) -> None:
    """Write the history as CSV, JSON lines or Parquet.

    Writes the packages or the versions of everybody, or of OWNER[/REPO[/PACKAGE]], with the columns of the
    dataset's view. A row is a day on which a number changed; its numbers hold until the next row. Parquet
    needs `backage[parquet]`.
    """
    options.require(history)
    form = form or next((known for known in FORMATS if output and output.suffix == f".{known}"), "csv")
    if form == PARQUET and output is None:
        raise ConfigError("Parquet is not text: name a file with --output.")
    if output is not None:
        refuse_history_as_output(history, output)
    with options.use_history(history) as opened:
        place = (options.known_owner(opened, name[0]), *name[1:]) if name else ()
        rows = read_rows(opened, dataset, place, since, until)
        if output is None:
            written = TEXT[form](sys.stdout, rows.columns, map(_make_printable, rows.rows))
        else:
            with _replace_file(output) as scratch:
                written = _write(scratch, rows, form)
    if messages.verbose or (output is not None and not messages.quiet):
        print_stderr(f"{count(written, 'row')} of {dataset} written")


def _make_printable(row: Sequence[Value]) -> list[Value]:
    """Return a row that cannot control a terminal or a log. A file gets the original."""
    return [printable(cell) if isinstance(cell, str) else cell for cell in row]


def _write(path: Path, rows: Rows, form: str) -> int:
    if form == PARQUET:
        with path.open("wb") as stream:
            return write_parquet(stream, rows.columns, rows.rows)
    with path.open("w", encoding="utf-8", newline="") as text:
        return TEXT[form](text, rows.columns, rows.rows)


@contextmanager
def _replace_file(path: Path) -> Iterator[Path]:
    """Yield a scratch file that replaces `path` when it is complete. A device is written directly."""
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
