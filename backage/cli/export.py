"""`backage export`: the history for other programs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import click

from backage.cli.options import (
    PATH,
    Name,
    history_option,
    known_owner,
    option,
    require,
    use_history,
    verbosity,
)
from backage.cli.text import count, printable
from backage.errors import ConfigError
from backage.pipeline.snapshot import refuse_history_as_output
from backage.publish.dataset import write_csv, write_json_lines, write_parquet
from backage.store.export import VIEWS, Rows, Value, read_rows

TEXT = {"csv": write_csv, "jsonl": write_json_lines}
PARQUET = "parquet"
FORMATS = (*TEXT, PARQUET)


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
