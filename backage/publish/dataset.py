"""Writing rows for other programs: CSV, JSON lines and Parquet. Rows are written as they are read."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import IO, Any

from backage.errors import ConfigError

Row = Sequence[int | str | None]

ROWS_IN_A_GROUP = 5_000
"""Rows of a Parquet file that are in memory at once."""

TEXTS = frozenset({"owner_type", "package_type", "owner", "repo", "package", "name", "tags"})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The first characters of cells that spreadsheets calculate instead of showing."""

DATE = "date"


def write_csv(stream: IO[str], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write a header and a line for each row; return the number of rows. Unknown is empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, as spreadsheets do it.
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 (the last one is what is asked for)
        writer.writerow([_inert(cell) if isinstance(cell, str) else cell for cell in row])
    return count


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def write_json_lines(stream: IO[str], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write an object for each row; return the number of rows. Unknown is null."""
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 (the last one is what is asked for)
        record = dict(zip(columns, row, strict=True))
        stream.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def write_parquet(stream: IO[bytes], columns: Sequence[str], rows: Iterator[Row]) -> int:
    """Write rows in groups, with typed dates; return the number of rows. Unknown is null.

    Raises:
        ConfigError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 (an extra, and large)
        from pyarrow import parquet  # noqa: PLC0415 (the same)
    except ImportError as error:
        raise ConfigError("Parquet needs more: install backage with its extra `parquet`.") from error
    known: dict[str, Any] = {DATE: pa.date32(), **dict.fromkeys(TEXTS, pa.string())}
    types = [known.get(name, pa.int64()) for name in columns]
    schema, count = pa.schema(list(zip(columns, types, strict=True))), 0
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        while group := list(islice(rows, ROWS_IN_A_GROUP)):
            count += len(group)
            arrays = [
                pa.array([date.fromisoformat(str(cell)) for cell in cells] if name == DATE else cells, kind)
                for name, kind, cells in zip(columns, types, zip(*group, strict=True), strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return count
