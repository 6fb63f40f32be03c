"""The dataset for other programs: the rows of the views, in each of the formats."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from backage.models.history import Downloads, Owner, Package, PackageDay, PackageUpdate
from backage.publish.dataset import ROWS_IN_A_GROUP, write_csv, write_json_lines, write_parquet
from backage.store.database import History, open_history
from backage.store.details import save_size
from backage.store.owners import save_owner
from backage.store.packages import save_package
from backage.store.queries import VIEWS, Rows, read_rows
from tests.store.databases import ask
from tests.store.histories import BUOY, LAB, day, save, saw

TYPES = {
    **dict.fromkeys(("owner_type", "package_type", "owner", "repo", "package", "name", "tags"), pa.string()),
    "date": pa.date32(),
}
ODD = Package("maven", "org.example.lamp%2Cpost", "lamps")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the file of the history."""
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    """Make a history of two owners with three packages over three days, with numbers that are unknown."""
    with open_history(path) as opened:
        for number in range(3):
            save(opened, number, 10 + number, {1: 5 + number, 2: 3})
        save(opened, 1, 2**60, {4: 2**60}, package=BUOY)
        save_owner(opened, Owner(LAB.login, LAB.type))
        full = PackageDay(day(2), Downloads(9, 8, 7, 6), size=500, versions=2, tagged=1)
        version = saw(2, 6, 4, ("latest", "v1", 'a"b'))
        told = PackageUpdate(
            day(2), (full,), None, None, 1, list_finished=True, complete=True, versions=(version,)
        )
        key = save_package(opened, LAB.login, ODD, told, 1)
        save_size(opened, key, 6, 500, {})
        yield opened


def read(
    history: History,
    view: str = "packages",
    place: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> list[dict[str, Any]]:
    """Read rows, each with the names of its columns."""
    found = read_rows(history, view, place, since, until)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


# --- what is read -----------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_rows_are_those_of_the_view(history: History, path: Path, view: str) -> None:
    """Names and order of the columns too."""
    found = read_rows(history, view, (), None, None)
    assert list(found.rows) == ask(path, f"SELECT * FROM {view}")  # noqa: S608 (a constant)
    assert list(found.columns) == [name for _, name, *_ in ask(path, f"PRAGMA table_info({view})")]


def test_the_columns_that_are_documented(history: History) -> None:
    """In the order of the README."""
    columns = {view: " ".join(read_rows(history, view, (), None, None).columns) for view in VIEWS}
    assert columns == {
        "packages": "owner_id owner_type package_type owner repo package size downloads downloads_month"
        " downloads_week downloads_day date",
        "versions": "owner_id owner repo package package_type id name size downloads downloads_month"
        " downloads_week downloads_day date tags",
    }


@pytest.mark.parametrize(
    ("place", "packages"),
    [
        ((), {"beacon", "buoy", ODD.name}),
        (("octo-forge",), {"beacon", "buoy"}),
        (("OCTO-FORGE",), {"beacon", "buoy"}),
        (("octo-forge", "lighthouse"), {"beacon"}),
        (("Octo-Forge", "LightHouse"), {"beacon"}),
        (("octo-forge", "lighthouse", "beacon"), {"beacon"}),
        (("octo-forge", "lighthouse", "BEACON"), {"beacon"}),
        (("octo-forge", "buoy"), {"buoy"}),
        (("octo-forge", "buoy", "buoy"), {"buoy"}),
        (("mona-lab", ODD.repo or "", "ORG.EXAMPLE.lamp%2cpost"), {ODD.name}),
        (("octo-forge", "buoy", "beacon"), set()),
        (("octo-forg_",), set()),
        (("octo-forge' OR '1' = '1",), set()),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_a_place_is_found_in_any_case(
    history: History, view: str, place: tuple[str, ...], packages: set[str]
) -> None:
    """An owner, a repository, a package; one without a repository stands under its own name."""
    assert {row["package"] for row in read(history, view, place)} == packages


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (None, None, [0, 1, 2]),
        (1, None, [1, 2]),
        (None, 1, [0, 1]),
        (1, 1, [1]),
        (2, 1, []),
        (-9, 9, [0, 1, 2]),
    ],
)
def test_days_are_limited(history: History, since: int | None, until: int | None, days: list[int]) -> None:
    """From the first to the last day, both with it."""
    limits = (None if number is None else day(number) for number in (since, until))
    found = read(history, "packages", ("octo-forge", "lighthouse"), *limits)
    assert [row["date"] for row in found] == [day(number).isoformat() for number in days]


def test_another_view_is_refused(history: History) -> None:
    """Only what is documented is read."""
    with pytest.raises(ValueError, match="package_day"):
        read_rows(history, "package_day", (), None, None)


def test_rows_are_read_as_they_are_taken(history: History) -> None:
    """One after the other, so that no more than one need be in memory."""
    rows = read_rows(history, "packages", (), None, None).rows
    first = next(rows)
    assert first[-1] == day(0).isoformat()
    assert len(list(rows)) == len(read(history)) - 1


# --- what is written --------------------------------------------------------------------------


def in_csv(rows: Rows) -> list[tuple[str, ...]]:
    """Write rows as CSV, and read them back as another program does."""
    stream = io.StringIO(newline="")
    written = write_csv(stream, rows.columns, rows.rows)
    header, *lines = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert tuple(header) == rows.columns
    assert written == len(lines)
    return [tuple(line) for line in lines]


def in_json(rows: Rows) -> list[tuple[Any, ...]]:
    """Write rows as JSON lines, and read them back."""
    stream = io.StringIO(newline="")
    written = write_json_lines(stream, rows.columns, rows.rows)
    records = [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]
    assert all(tuple(record) == rows.columns for record in records)
    assert written == len(records)
    return [tuple(record.values()) for record in records]


def in_parquet(rows: Rows) -> pa.Table:
    """Write rows as Parquet, and read them back."""
    stream = io.BytesIO()
    written = write_parquet(stream, rows.columns, rows.rows)
    stream.seek(0)
    table = parquet.read_table(stream)
    assert table.num_rows == written
    return table


@pytest.mark.parametrize("view", VIEWS)
def test_every_format_has_the_same_rows(history: History, path: Path, view: str) -> None:
    """Unknown is empty in CSV, and null in the others."""
    expected = ask(path, f"SELECT * FROM {view}")  # noqa: S608 (a constant)

    def rows() -> Rows:
        return read_rows(history, view, (), None, None)

    assert in_json(rows()) == expected
    texts = [tuple("" if value is None else str(value) for value in row) for row in expected]
    assert in_csv(rows()) == texts
    table = in_parquet(rows())
    found = [{**record, "date": record["date"].isoformat()} for record in table.to_pylist()]
    assert [tuple(record.values()) for record in found] == expected
    assert any(None in row for row in expected)


@pytest.mark.parametrize("view", VIEWS)
def test_parquet_has_types(history: History, view: str) -> None:
    """Numbers are 64 bits wide, days are days, all else is text; unknown is null, also where all of it is."""
    table = in_parquet(read_rows(history, view, (), None, None))
    assert {field.name: field.type for field in table.schema} == {
        name: TYPES.get(name, pa.int64()) for name in table.schema.names
    }
    nothing = in_parquet(read_rows(history, view, ("octo-forge", "lighthouse"), None, None))
    assert nothing.schema == table.schema
    assert nothing.column("size").null_count == nothing.num_rows > 0


@pytest.mark.parametrize("view", VIEWS)
def test_without_rows_the_columns_are_written(history: History, view: str) -> None:
    """A file of nothing is a file still, with the same types."""

    def rows() -> Rows:
        return read_rows(history, view, ("nobody",), None, None)

    assert (in_csv(rows()), in_json(rows())) == ([], [])
    table = in_parquet(rows())
    assert (table.num_rows, tuple(table.schema.names)) == (0, rows().columns)
    assert table.schema.field("date").type == pa.date32()


def test_texts_are_kept_as_they_are() -> None:
    """Quotes, commas, line breaks and letters of any script come back."""
    texts = ['a"b', "a,b", "a\nb", "\N{SNOWMAN} é", "'", ""]
    rows = [(text, number) for number, text in enumerate(texts)]
    stream = io.StringIO(newline="")
    write_csv(stream, ("name", "id"), rows)
    assert [line[0] for line in csv.reader(io.StringIO(stream.getvalue(), newline=""))] == ["name", *texts]
    lines = io.StringIO(newline="")
    write_json_lines(lines, ("name", "id"), rows)
    assert [json.loads(line)["name"] for line in lines.getvalue().split("\n")[:-1]] == texts
    assert texts[3] in lines.getvalue()
    packed = io.BytesIO()
    write_parquet(packed, ("name", "id"), iter(rows))
    assert parquet.read_table(packed).column("name").to_pylist() == texts


# --- how it is written ------------------------------------------------------------------------


class Counted:
    """Rows that are made when they are asked for, and how many that were."""

    def __init__(self, length: int) -> None:
        """Begin with none."""
        self.length = length
        self.taken = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Make the rows one by one."""
        for number in range(self.length):
            self.taken += 1
            yield number, "2026-03-02"


class Watched(io.BytesIO):
    """A file that notes how many rows were read each time something is written to it."""

    def __init__(self, rows: Counted) -> None:
        """Watch some rows."""
        super().__init__()
        self.rows = rows
        self.seen: set[int] = set()

    def write(self, content: Any) -> int:
        """Note it."""
        self.seen.add(self.rows.taken)
        return super().write(content)


def test_parquet_is_written_in_groups() -> None:
    """Each group is in the file before the next one is read."""
    rows = Counted(2 * ROWS_IN_A_GROUP + 5)
    stream = Watched(rows)
    assert write_parquet(stream, ("id", "date"), iter(rows)) == rows.length
    assert {0, ROWS_IN_A_GROUP, 2 * ROWS_IN_A_GROUP, rows.length} <= stream.seen
    file = parquet.ParquetFile(stream)
    sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    assert sizes == [ROWS_IN_A_GROUP, ROWS_IN_A_GROUP, 5]
    assert file.read(["id"]).column("id").to_pylist() == list(range(rows.length))


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_cell_begins_a_formula(begin: str) -> None:
    """A spreadsheet shows what a tag or a name says, and calculates nothing; numbers stay numbers."""
    stream = io.StringIO(newline="")
    write_csv(stream, ("name", "id"), [(f"{begin}HYPERLINK(1)", -1), (f"1{begin}1", 2), (None, None)])
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [
        ["name", "id"],
        [f"'{begin}HYPERLINK(1)", "-1"],
        [f"1{begin}1", "2"],
        ["", ""],
    ]


@pytest.mark.parametrize("write", [write_csv, write_json_lines])
def test_text_is_written_row_by_row(write: Any) -> None:
    """A row is in the file before the next one is read."""
    rows = Counted(4)
    seen = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            seen.append(rows.taken)
            return super().write(text)

    assert write(Stream(newline=""), ("id", "date"), iter(rows)) == 4
    assert seen[-4:] == [1, 2, 3, 4]
