"""The commands that carry, join, take in, thin out and give away the history, as their users meet them."""

import csv
import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from backage.__main__ import main
from backage.publish.archive import pack
from backage.standin.server import StandinServer
from backage.standin.world import World
from tests.cli.test_commands import Result, listed
from tests.conftest import Instance, differences
from tests.store.databases import ask, dump
from tests.support.repositories import Repository

FIRST = date(2024, 2, 27)
DAYS = 4
LAST = FIRST + timedelta(days=DAYS - 1)
BEACON = Path("index/Octo-Forge/beacon/beacon.json")
LEFT_OVER = ("*.tmp", "*.restored*", ".tmp", "*.zst.db", ".*.db*")


@dataclass(frozen=True)
class Command:
    """The command, run in this process in the folder that is the current one."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Result:
        """Run it; anything but an exit code fails the test with its traceback."""
        self.monkeypatch.setattr(sys, "argv", ["backage", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capsys.readouterr()
        assert ended.value.code is None or isinstance(ended.value.code, int)
        return Result(ended.value.code or 0, out, err)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a history and an index of four days, made once for all tests."""
    folder = tmp_path_factory.mktemp("grown")
    with StandinServer(World(FIRST)) as server:
        instance = Instance(folder, server)
        for number in range(DAYS):
            instance.update()
            if number < DAYS - 1:
                server.world.advance()
    return folder


@pytest.fixture
def folder(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand in a copy of that folder; at the end nothing temporary may be left in it."""
    path = tmp_path / "here"
    shutil.copytree(grown, path)
    monkeypatch.chdir(path)
    yield path
    assert [found for pattern in LEFT_OVER for found in path.rglob(pattern)] == []


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command."""
    return Command(monkeypatch, capsys)


def files(path: Path) -> dict[str, bytes]:
    """Read all files below a folder, but for those that SQLite has beside a database that is open."""
    found = (file for file in path.rglob("*") if file.is_file() and not file.name.endswith(("-wal", "-shm")))
    return {str(file.relative_to(path)): file.read_bytes() for file in found}


def sentence(result: Result) -> str:
    """Check that a command said one sentence and ended with 2, and give the sentence."""
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    return result.err.removeprefix("backage: ").removesuffix("\n")


# --- snapshot ---------------------------------------------------------------------------------


def test_a_snapshot_brings_the_history_back(folder: Path, command: Command) -> None:
    """Two files, one sentence each way, and every row as it was."""
    before = dump(folder / "history.db")
    result = command("snapshot", "save", "history.db.zst")
    size = (folder / "history.db.zst").stat().st_size
    assert (result.code, result.err) == (0, "")
    assert result.out == f"history.db saved as history.db.zst, {size / 1000:.1f} kB\n"
    (folder / "history.db").unlink()
    result = command("snapshot", "restore", "history.db.zst")
    assert result == Result(0, "history.db.zst restored as history.db\n", "")
    assert dump(folder / "history.db") == before
    assert command("render").out == "0 files written, 0 removed in index\n"


def test_what_stands_beside_a_snapshot_can_be_checked_by_others(folder: Path, command: Command) -> None:
    """It is what `sha256sum --check` reads, with the size in a comment."""
    result = command("snapshot", "save", "kept.zst", "--verbose")
    data = (folder / "kept.zst").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    assert (folder / "kept.zst.sha256").read_text() == f"# {len(data)} bytes\n{digest}  kept.zst\n"
    assert result.err == f"sha256 {digest}\n"
    assert command("snapshot", "restore", "kept.zst", "-v").err == f"sha256 {digest}\n"


def test_a_quiet_snapshot_says_nothing(folder: Path, command: Command) -> None:
    """Neither way."""
    assert command("snapshot", "save", "-q", "kept.zst", "--history", "history.db") == Result(0, "", "")
    assert command("snapshot", "restore", "-q", "kept.zst", "--history", "new.db") == Result(0, "", "")
    assert dump(folder / "new.db") == dump(folder / "history.db")


def test_a_snapshot_replaces_what_was_there(folder: Path, command: Command) -> None:
    """Both files of the archive, and all of the history."""
    command("snapshot", "save", "kept.zst")
    before, kept = dump(folder / "history.db"), files(folder)
    with closing(sqlite3.connect(folder / "history.db")) as database:
        database.execute("DELETE FROM owner")
        database.commit()
    (folder / "kept.zst.sha256").rename(folder / "older.zst.sha256")
    (folder / "kept.zst").rename(folder / "older.zst")
    assert command("snapshot", "save", "older.zst").code == 0
    assert (folder / "older.zst").read_bytes() != kept["kept.zst"]
    for name in ("kept.zst", "kept.zst.sha256"):
        (folder / name).write_bytes(kept[name])
    assert command("snapshot", "restore", "kept.zst").code == 0
    assert dump(folder / "history.db") == before


GH = """#!/bin/sh
echo "$@" >> calls
case "$2" in
  list) echo "[]" ;;
  create) cp "$4" "$5" assets ;;
  view) echo '{"assets": [{"name": "history.db.zst"}, {"name": "history.db.zst.sha256"}]}' ;;
  download) while [ "$1" != --dir ]; do shift; done; cp assets/* "$2" ;;
esac
"""


@pytest.fixture
def calls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file in which a stand-in for gh notes how it was called, in a clone of a fork."""
    clone = Repository(folder).begin()
    clone.commit("2026-08-20T12:00:00+00:00")
    clone.git("remote", "add", "origin", "git@github.com:mona/backage.git")
    clone.git("remote", "add", "upstream", "https://github.com/octo/backage")
    for name in ("bin", "assets"):
        (folder / name).mkdir()
    (folder / "bin" / "gh").write_text(GH)
    (folder / "bin" / "gh").chmod(0o755)
    for name in ("GITHUB_REPOSITORY", "BACKAGE_REPOSITORY", "GH_REPO", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    return folder / "calls"


@pytest.mark.parametrize(
    ("options", "variables", "expected", "here"),
    [
        ("", {}, " --repo mona/backage", True),
        ("", {"GITHUB_REPOSITORY": "octo/forge"}, " --repo octo/forge", True),
        (
            "",
            {"GITHUB_REPOSITORY": "octo/forge", "BACKAGE_REPOSITORY": "octo/lab"},
            " --repo octo/lab",
            False,
        ),
        ("--repository acme/lab", {"GH_REPO": "octo/own"}, " --repo acme/lab", False),
        ("--repository mona/backage", {}, " --repo mona/backage", True),
        ("", {"GH_REPO": "octo/own", "GITHUB_REPOSITORY": "octo/forge"}, "", True),  # which gh reads itself
        (
            "--repository acme/lab",
            {"GITHUB_SERVER_URL": "https://forge.example"},
            " --repo forge.example/acme/lab",
            False,
        ),
    ],
)
def test_releases_are_those_of_the_origin(
    calls: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    options: str,
    variables: dict[str, str],
    expected: str,
    here: bool,  # noqa: FBT001 (of the table)
) -> None:
    """Not those of `upstream`, which gh would take in a clone of a fork; unless something else is named."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert command("snapshot", "pull", "--quiet", *options.split()).code == 0
    assert command("snapshot", "push", "--quiet", *options.split()).code == 0
    made = calls.read_text().splitlines()
    assert [line.split()[1] for line in made] == ["list", "create", "view", "download", "edit", "list"]
    assert {line.partition(" --repo")[1] + line.partition(" --repo")[2] for line in made} == {expected}
    assert (" --target " in made[1]) == here


@pytest.mark.parametrize("url", ["git@work:mona/backage.git", "https://forge.example/mona/backage"])
def test_releases_of_nobody_knows_whom(folder: Path, calls: Path, command: Command, url: str) -> None:
    """An origin that tells of no repository is a question, and no guess of gh's."""
    Repository(folder).git("remote", "set-url", "origin", url)
    for way in ("pull", "push"):
        assert "with --repository" in sentence(command("snapshot", way))
    assert command("snapshot", "pull", "--repository", "acme").code == 2
    assert not calls.exists()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: bytes([data[0] ^ 1]) + data[1:], "has another SHA-256"),
        (lambda data: data[:5000] + bytes([data[5000] ^ 64]) + data[5001:], "has another SHA-256"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 128]), "has another SHA-256"),
        (lambda data: data[:-1], "it is damaged"),
        (lambda data: data + b"\0", "it is damaged"),
        (lambda _: b"", "has 0 bytes where"),
    ],
    ids=["first bit", "a bit", "last bit", "cut", "longer", "empty"],
)
def test_a_damaged_snapshot_replaces_nothing(
    folder: Path, command: Command, damage: Callable[[bytes], bytes], reason: str
) -> None:
    """One sentence says so, and the history that is there stays as it is."""
    command("snapshot", "save", "kept.zst")
    path = folder / "kept.zst"
    path.write_bytes(damage(path.read_bytes()))
    before = files(folder)
    assert reason in sentence(command("snapshot", "restore", "kept.zst"))
    assert files(folder) == before


@pytest.mark.parametrize("note", [None, "", "# 5 bytes\n", "hello\n", "# 5 bytes\nff  kept.zst\n"])
def test_a_snapshot_that_cannot_be_checked_replaces_nothing(
    folder: Path, command: Command, note: str | None
) -> None:
    """What says its size and SHA-256 is not there, or says none."""
    command("snapshot", "save", "kept.zst")
    beside = folder / "kept.zst.sha256"
    beside.unlink()
    if note is not None:
        beside.write_text(note)
    before = files(folder)
    assert sentence(command("snapshot", "restore", "kept.zst")) == (
        "kept.zst.sha256 is missing or says no size and SHA-256, so kept.zst cannot be checked."
    )
    assert files(folder) == before


def test_what_is_no_archive_replaces_nothing(folder: Path, command: Command) -> None:
    """Its size and SHA-256 may be right."""
    (folder / "kept.zst").write_bytes(b"hello")
    digest = hashlib.sha256(b"hello").hexdigest()
    (folder / "kept.zst.sha256").write_text(f"# 5 bytes\n{digest}  kept.zst\n")
    before = files(folder)
    assert sentence(command("snapshot", "restore", "kept.zst")).startswith("kept.zst cannot be decompressed")
    assert files(folder) == before


@pytest.mark.parametrize(
    ("queries", "reason"),
    [
        (None, "kept.zst cannot be read as a database: file is not a database."),
        (["CREATE TABLE x (y)"], "kept.zst is a database of another program: name another file"),
        (["CREATE TABLE package_day (x)", "PRAGMA user_version = 99"], "kept.zst has schema 99"),
    ],
    ids=["text", "other", "newer"],
)
def test_an_archive_of_something_else_replaces_nothing(
    folder: Path, command: Command, queries: list[str] | None, reason: str
) -> None:
    """It is looked into before anything is put in the place of the history."""
    plain = folder / "plain.db"
    plain.write_bytes(b"hello, this is no database" * 99 if queries is None else b"")
    with closing(sqlite3.connect(plain)) as database:
        for query in queries or []:
            database.execute(query)
    pack(plain, folder / "kept.zst")
    before = files(folder)
    assert sentence(command("snapshot", "restore", "kept.zst")).startswith(reason)
    assert files(folder) == before


def test_a_history_in_use_is_saved_and_not_replaced(folder: Path, command: Command) -> None:
    """A copy is consistent whatever is being written; but nothing is put in the place of an open file."""
    before = dump(folder / "history.db")
    with closing(sqlite3.connect(folder / "history.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM version_day")
        assert command("snapshot", "save", "kept.zst").code == 0
        said = sentence(command("snapshot", "restore", "kept.zst"))
        assert said == "history.db is in use (database is locked): end the other backage first."
    assert dump(folder / "history.db") == before
    assert command("snapshot", "restore", "kept.zst", "--history", "new.db").code == 0
    assert dump(folder / "new.db") == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["save", "kept.zst", "--history", "none.db"], "none.db does not exist."),
        (["save", "none/kept.zst"], "none"),
        (["restore", "none.zst"], "none.zst does not exist."),
    ],
)
def test_what_is_not_there_is_one_sentence(
    folder: Path, command: Command, arguments: list[str], said: str
) -> None:
    """It is named."""
    before = files(folder)
    assert said in sentence(command("snapshot", *arguments))
    assert files(folder) == before


@pytest.mark.usefixtures("folder")
def test_a_history_that_cannot_be_written_is_one_sentence(command: Command) -> None:
    """Its folder is not there."""
    command("snapshot", "save", "kept.zst")
    said = sentence(command("snapshot", "restore", "kept.zst", "--history", "none/history.db"))
    assert said.startswith("The history cannot be written: none/")


# --- import -----------------------------------------------------------------------------------


def test_an_import_says_what_is_new(folder: Path, command: Command) -> None:
    """How much is known and how much of it is new, and on standard error how far it has come."""
    result = command("import", "index", "--history", "new.db")
    versions, observations = ask(
        folder / "new.db",
        "SELECT (SELECT count(*) FROM version),"
        " (SELECT count(*) FROM version_day) + (SELECT count(*) FROM package_day)",
    )[0]
    assert result.code == 0
    assert result.out.splitlines() == [
        "owners        3 (3 new)",
        "packages      12 (12 new)",
        f"versions      {versions} ({versions} new)",
        f"observations  {observations} ({observations} new)",
        "read          12 files",
        "not read      0",
    ]
    assert result.err.splitlines() == [
        f"Reading: {number} of 12" for number in (2, 3, 4, 5, 6, 8, 9, 10, 11, 12)
    ]
    again = command("import", "index", "--history", "new.db").out.splitlines()
    assert again[:2] == ["owners        3 (0 new)", "packages      12 (0 new)"]
    assert again[3] == f"observations  {observations} (0 new)"


def test_an_import_goes_into_the_history(folder: Path, command: Command) -> None:
    """What was rendered from a lost one is rendered again."""
    before = files(folder / "index")
    (folder / "history.db").unlink()
    assert command("import", "index").code == 0
    assert command("render").out == "0 files written, 0 removed in index\n"
    assert files(folder / "index") == before


def test_every_kind_of_source_is_known_by_itself(folder: Path, command: Command) -> None:
    """A folder, a repository, a history."""
    Repository(folder / "repository").begin()
    shutil.copytree(folder / "index", folder / "repository" / "index")
    Repository(folder / "repository").commit_on(LAST)
    lines = {
        source: command("import", source, "--history", f"{number}.db").err.splitlines()[-1]
        for number, source in enumerate(("index", "repository", "history.db"))
    }
    assert lines == {
        "index": "Reading: 12 of 12",
        "repository": "Reading: 1 of 1",
        "history.db": "Reading: 1 of 1",
    }
    query = "SELECT owner, package, downloads FROM packages WHERE date = (SELECT max(date) FROM packages)"
    found = [sorted(ask(folder / f"{number}.db", query)) for number in range(3)]
    assert found == [sorted(ask(folder / "history.db", query))] * 3


def test_files_that_cannot_be_read_are_listed(folder: Path, command: Command) -> None:
    """With their reason; the others are taken in, and the run ends with 1."""
    (folder / BEACON).write_text("{}{}")
    (folder / "index/mona-lab/moon-phase/moon-phase.json").write_text("\x1b[31m[]")
    result = command("import", "index", "--history", "new.db")
    assert result.code == 1
    assert result.out.splitlines()[4:] == [
        "read          10 files",
        "not read      2",
        "  Octo-Forge/beacon/beacon.json: is no JSON: Extra data: line 1 column 3 (char 2)",
        "  mona-lab/moon-phase/moon-phase.json: is no JSON: Expecting value: line 1 column 1 (char 0)",
    ]
    assert result.err.endswith("Reading: 12 of 12\n")


def test_a_quiet_import_says_only_what_failed(folder: Path, command: Command) -> None:
    """On standard error, so that a cron job mails it."""
    assert command("import", "-q", "index", "--history", "new.db") == Result(0, "", "")
    (folder / BEACON).write_text("{}{}")
    assert command("import", "-q", "index", "--history", "new.db") == Result(
        1, "", "  Octo-Forge/beacon/beacon.json: is no JSON: Extra data: line 1 column 3 (char 2)\n"
    )


def test_an_import_of_which_nothing_could_be_read_ends_with_4(folder: Path, command: Command) -> None:
    """No file of an index was one."""
    (folder / "other/a/b").mkdir(parents=True)
    (folder / "other/a/b/c.json").write_text("[]")
    result = command("import", "other", "--history", "new.db")
    assert result.code == 4
    assert result.out.splitlines()[-2:] == [
        "not read      1",
        "  a/b/c.json: holds a list and not an object",
    ]


def test_a_verbose_import_says_what_was_left_out_of_a_file(folder: Path, command: Command) -> None:
    """The package is read all the same."""
    document = json.loads((folder / BEACON).read_text())
    document["version"].append({"id": "none"})
    (folder / BEACON).write_text(json.dumps(document))
    note = "  Octo-Forge/beacon/beacon.json: 1 entry is no version"
    assert note not in command("import", "index", "--history", "1.db").err.splitlines()
    result = command("import", "-v", "index", "--history", "2.db")
    assert result.code == 0
    assert result.err.splitlines()[-1] == note


def test_an_import_leaves_out_what_is_opted_out(folder: Path, command: Command) -> None:
    """By optout.txt, of which a bad line is named."""
    (folder / "optout.txt").write_text("mona-lab\npaper-lantern/gateway\n-x\n")
    result = command("import", "index", "--history", "new.db")
    assert result.code == 0
    assert result.err.splitlines()[0].startswith('optout.txt:3: "-x" is not owner')
    assert ask(folder / "new.db", "SELECT DISTINCT owner FROM packages") == [("Octo-Forge",)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], "Path 'none' does not exist."),
        (["notes.txt"], "notes.txt is neither an index, nor a repository, nor a database."),
        (["index/Octo-Forge/beacon"], "holds no package"),
        (["index", "--optout", "none.txt"], "none.txt does not exist. Name it with --optout."),
        (["other.db"], "other.db is a database of another program"),
        (["repository"], "git says: fatal: bad revision 'HEAD'."),
        (["repository", "--revision", "--all"], "git says: fatal: bad revision '--all'."),
        (["index", "--history", "notes.txt"], "notes.txt is not a history"),
        (["index", "--history", "none/history.db"], "cannot be opened"),
        ([], "Missing argument 'SOURCE'."),
    ],
)
def test_an_import_of_nothing_is_wrong_usage(
    folder: Path, command: Command, arguments: list[str], said: str
) -> None:
    """A sentence says what is wrong, and the history stays as it is."""
    (folder / "notes.txt").write_text("hello")
    Repository(folder / "repository").begin()
    with closing(sqlite3.connect(folder / "other.db")) as database:
        database.execute("CREATE TABLE x (y)")
    before = dump(folder / "history.db")
    result = command("import", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert dump(folder / "history.db") == before


# --- export -----------------------------------------------------------------------------------


def expected(folder: Path, view: str, where: str = "true") -> list[dict[str, Any]]:
    """Read the rows of a view as objects."""
    with closing(sqlite3.connect(folder / "history.db")) as database:
        cursor = database.execute(f"SELECT * FROM {view} WHERE {where}")  # noqa: S608 (the tests' own)
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor]


@pytest.mark.parametrize("view", ["packages", "versions"])
def test_an_export_is_csv_on_standard_output(folder: Path, command: Command, view: str) -> None:
    """A header, a line a row, and nothing for unknown."""
    result = command("export", view)
    assert (result.code, result.err) == (0, "")
    rows = [
        {key: "" if value is None else str(value) for key, value in row.items()}
        for row in expected(folder, view)
    ]
    assert list(csv.DictReader(io.StringIO(result.out))) == rows
    assert result.out.splitlines()[0] == ",".join(rows[0])
    assert "\r" not in result.out


@pytest.mark.parametrize("view", ["packages", "versions"])
def test_an_export_can_be_lines_of_json(folder: Path, command: Command, view: str) -> None:
    """Numbers are numbers, and unknown is null."""
    result = command("export", view, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert [json.loads(line) for line in result.out.splitlines()] == expected(folder, view)


@pytest.mark.parametrize("view", ["packages", "versions"])
def test_an_export_can_be_parquet(folder: Path, command: Command, view: str) -> None:
    """With days as days; the file's ending says so."""
    result = command("export", view, "-o", "out.parquet")
    rows = expected(folder, view)
    assert result == Result(0, "", f"{len(rows):,} rows of {view} written\n")
    found = parquet.read_table(folder / "out.parquet").to_pylist()
    assert found == [{**row, "date": date.fromisoformat(row["date"])} for row in rows]


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (["-o", "out.csv"], b"owner_id,"),
        (["-o", "out.jsonl"], b'{"owner_id":'),
        (["-o", "out.parquet"], b"PAR1"),
        (["-o", "out"], b"owner_id,"),
        (["-o", "out.txt"], b"owner_id,"),
        (["-o", "out.csv", "--format", "jsonl"], b'{"owner_id":'),
        (["-o", "out.jsonl", "--format", "parquet"], b"PAR1"),
    ],
)
def test_the_format_is_what_is_told_or_what_the_file_ends_in(
    folder: Path, command: Command, arguments: list[str], first: bytes
) -> None:
    """Else it is CSV."""
    assert command("export", "packages", "-q", *arguments) == Result(0, "", "")
    assert (folder / arguments[1]).read_bytes().startswith(first)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("OCTO-forge", "owner = 'Octo-Forge'"),
        ("octo-forge/Beacon", "owner = 'Octo-Forge' AND repo = 'beacon'"),
        ("octo-forge/beacon/charts/beacon", "package = 'charts%2Fbeacon'"),
        ("octo-forge/beacon/charts%2fBeacon", "package = 'charts%2Fbeacon'"),
        ("octo-forge/scratchpad", "package = 'scratchpad'"),
        ("octo-forge/none", "false"),
    ],
)
def test_an_export_can_be_of_a_part(folder: Path, command: Command, name: str, where: str) -> None:
    """Of an owner, of a repository, of a package, in any case."""
    result = command("export", "packages", name, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert [json.loads(line) for line in result.out.splitlines()] == expected(folder, "packages", where)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["--from", "2024-02-20"], "date >= '2024-02-20'"),
        (["--to", "2024-02-20"], "date <= '2024-02-20'"),
        (["--from", "2024-02-20", "--to", "2024-02-29"], "date BETWEEN '2024-02-20' AND '2024-02-29'"),
        (["--from", "2024-02-29", "--to", "2024-02-28"], "false"),
    ],
)
def test_an_export_can_be_of_some_days(
    folder: Path, command: Command, arguments: list[str], where: str
) -> None:
    """Both days are among them."""
    result = command("export", "versions", *arguments, "--format", "jsonl")
    assert result.code == 0
    assert [json.loads(line) for line in result.out.splitlines()] == expected(folder, "versions", where)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["packages", "nobody"], 'The history knows no owner "nobody".'),
        (["packages", "a b"], '"a b" is not owner, owner/repo or owner/repo/package.'),
        (["packages", "../x"], '"../x" is not owner'),
        (["packages", "octo-forge/../x"], "is not owner"),
        (["packages", "\x1b[31m"], '"\ufffd[31m" is not owner'),
        (["runs"], "Invalid value for '{packages|versions}'"),
        (["packages", "--from", "yesterday"], "Invalid value for '--from'"),
        (["packages", "--format", "xlsx"], "Invalid value for '--format'"),
        (["packages", "--format", "parquet"], "Parquet is not text: name a file with --output."),
        (["packages", "--history", "none.db"], "none.db does not exist."),
        (["packages", "-o", "none/out.csv"], "none/out.csv cannot be written"),
        (["packages", "-o", "index"], "index cannot be written"),
    ],
)
def test_an_export_of_nothing_is_wrong_usage(
    folder: Path, command: Command, arguments: list[str], said: str
) -> None:
    """A sentence says what is wrong, and no file is written."""
    before = files(folder)
    result = command("export", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert files(folder) == before


def test_an_export_replaces_a_file_whole_or_not_at_all(
    folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the library for Parquet there is a sentence, and the file that was there."""
    (folder / "out.parquet").write_text("mine")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = sentence(command("export", "packages", "-o", "out.parquet"))
    assert said == "Parquet needs more: install backage with its extra `parquet`."
    assert (folder / "out.parquet").read_text() == "mine"
    assert command("export", "packages", "-o", "out.parquet", "--format", "csv").code == 0
    assert (folder / "out.parquet").read_text().startswith("owner_id,")


# --- merge ------------------------------------------------------------------------------------


@pytest.fixture
def shards(folder: Path) -> list[str]:
    """Give the names of three histories, each with one of the owners."""
    names = []
    for (login,) in ask(folder / "history.db", "SELECT login FROM owner ORDER BY login"):
        names.append(f"{login}.db")
        shutil.copyfile(folder / "history.db", folder / names[-1])
        with closing(sqlite3.connect(folder / names[-1])) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("DELETE FROM owner WHERE login <> ?", (login,))
            database.commit()
    return names


def test_shards_become_one(folder: Path, command: Command, shards: list[str]) -> None:
    """Every row is there, the shards stay as they are, and a second time adds nothing."""
    before = {name: (folder / name).read_bytes() for name in shards}
    result = command("merge", *shards, "-o", "out.db")
    versions, observations = ask(
        folder / "history.db",
        "SELECT (SELECT count(*) FROM version),"
        " (SELECT count(*) FROM version_day) + (SELECT count(*) FROM package_day)",
    )[0]
    said = f"out.db has 3 owners, 12 packages, {versions} versions, {observations:,} observations\n"
    assert result == Result(0, said, "")
    assert dump(folder / "out.db") == dump(folder / "history.db")
    assert command("merge", *reversed(shards), "-o", "out.db").out == said
    assert dump(folder / "out.db") == dump(folder / "history.db")
    assert {name: (folder / name).read_bytes() for name in shards} == before


def test_a_merge_into_a_history_lets_it_grow(folder: Path, command: Command, shards: list[str]) -> None:
    """What it had stays."""
    assert command("merge", shards[1], "-q", "-o", shards[0]) == Result(0, "", "")
    assert ask(folder / shards[0], "SELECT count(*) FROM owner") == [(2,)]


def test_a_verbose_merge_says_how_far_it_has_come(command: Command, shards: list[str]) -> None:
    """On standard error."""
    result = command("merge", *shards, "-v", "-o", "out.db")
    assert result.err.splitlines() == ["Merging: 1 of 3", "Merging: 2 of 3", "Merging: 3 of 3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.db", "-o", "out.db"], "'none.db' does not exist"),
        (["history.db"], "Missing option '-o' / '--output'"),
        (["-o", "out.db"], "Missing argument 'SHARD...'"),
        (["index", "-o", "out.db"], "'index' is a directory"),
        (["history.db", "notes.txt", "-o", "out.db"], "notes.txt cannot be read as a database"),
        (["history.db", "other.db", "-o", "out.db"], "other.db is a database of another program"),
        (["history.db", "newer.db", "-o", "out.db"], "newer.db has schema 99"),
        (["history.db", "-o", "notes.txt"], "notes.txt is not a history"),
    ],
)
def test_a_merge_of_nothing_is_wrong_usage(
    folder: Path, command: Command, arguments: list[str], said: str
) -> None:
    """The file is named."""
    (folder / "notes.txt").write_text("hello, this is no database" * 99)
    shutil.copyfile(folder / "history.db", folder / "newer.db")
    for name, query in (("other.db", "CREATE TABLE x (y)"), ("newer.db", "PRAGMA user_version = 99")):
        with closing(sqlite3.connect(folder / name)) as database:
            database.execute(query)
    result = command("merge", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


# --- vacuum -----------------------------------------------------------------------------------


def test_a_vacuum_without_days_thins_nothing_out(folder: Path, command: Command) -> None:
    """It only gives room back, and says how much."""
    path = folder / "history.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE ballast (text)")
        database.execute("INSERT INTO ballast VALUES (zeroblob(3000000))")
        database.execute("DROP TABLE ballast")
        database.commit()
    before, size = dump(path), path.stat().st_size
    result = command("vacuum", "-v")
    assert result.code == 0
    assert result.err == "0 observations thinned out\n"
    assert path.stat().st_size < size - 2_900_000
    assert result.out == f"history.db: {size / 1e6:.1f} MB before, {path.stat().st_size / 1e3:.1f} kB now\n"
    assert dump(path) == before


def test_a_vacuum_with_days_thins_out_what_is_older(folder: Path, command: Command) -> None:
    """One day a week stays of the days before them, and the tables of the index keep their lines."""
    query = "SELECT count(*) FROM packages WHERE package = 'gateway'"
    ((before,),) = ask(folder / "history.db", query)
    tables = {path: data for path, data in files(folder / "index").items() if path.endswith(".csv")}
    day = (LAST + timedelta(days=80)).isoformat()
    result = command("vacuum", "--keep", "62", "--date", day, "-v")
    assert result.code == 0
    thinned = int(result.err.removesuffix(" observations thinned out\n").replace(",", ""))
    assert thinned > 12 * 20
    assert "before, " in result.out
    ((after,),) = ask(folder / "history.db", query)
    assert 0 < after < before // 2
    assert command("render").code == 0
    for path, data in tables.items():
        lines, now = data.splitlines(), (folder / "index" / path).read_bytes().splitlines()
        assert (len(now), now[:-2], now[-1]) == (len(lines), lines[:-2], lines[-1])


def test_a_vacuum_keeps_recent_days_as_they_are(folder: Path, command: Command) -> None:
    """A history of a few days has nothing that is old."""
    before = dump(folder / "history.db")
    day = LAST.isoformat()
    assert command("vacuum", "-q", "--keep", "62", "--date", day) == Result(0, "", "")
    assert dump(folder / "history.db") == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--keep", "30"], "30 is not in the range x>=62"),
        (["--keep", "61"], "61 is not in the range x>=62"),
        (["--keep", "year"], "'year' is not a valid integer range"),
        (["--keep", "-1"], "-1 is not in the range x>=62"),
        (["--date", "2024-13-01"], "Invalid value for '--date'"),
        (["--history", "none.db"], "none.db does not exist."),
    ],
)
def test_a_vacuum_that_would_take_too_much_is_refused(
    folder: Path, command: Command, arguments: list[str], said: str
) -> None:
    """Two months are what planning looks at."""
    before = dump(folder / "history.db")
    result = command("vacuum", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert dump(folder / "history.db") == before


# --- render OWNER -----------------------------------------------------------------------------


def test_only_a_named_owner_s_files_are_rendered(folder: Path, command: Command) -> None:
    """The others stay as they are, damaged or missing; the instance's totals count all."""
    before = files(folder / "index")
    for path in before:
        (folder / "index" / path).write_text("damaged")
    (folder / "index/paper-lantern/.json").unlink()
    result = command("render", "MONA-lab")
    after = files(folder / "index")
    mine = {path for path in before if path == ".json" or path.startswith("mona-lab/")}
    assert result == Result(0, f"{len(mine)} files written, 0 removed in index\n", "")
    assert {path: after[path] for path in mine} == {path: before[path] for path in mine}
    others = before.keys() - mine - {"paper-lantern/.json"}
    assert {path: data for path, data in after.items() if path not in mine} == dict.fromkeys(
        others, b"damaged"
    )


def test_several_owners_can_be_named(folder: Path, command: Command) -> None:
    """Together with the others' numbers from the history they make the totals."""
    before = files(folder / "index")
    shutil.rmtree(folder / "index")
    assert command("render", "mona-lab", "octo-forge", "mona-lab").code == 0
    after = files(folder / "index")
    assert after == {path: data for path, data in before.items() if not path.startswith("paper-lantern/")}


def test_an_owner_is_found_under_a_login_that_it_had(folder: Path, command: Command) -> None:
    """By every command that takes a name."""
    with closing(sqlite3.connect(folder / "history.db")) as database:
        database.execute("INSERT INTO former SELECT 'mona-pond', key FROM owner WHERE login = 'mona-lab'")
        database.commit()
    assert command("export", "packages", "Mona-Pond").out == command("export", "packages", "mona-lab").out
    shutil.rmtree(folder / "index/mona-lab")
    assert command("render", "mona-POND").code == 0
    assert len(files(folder / "index/mona-lab")) == 4 * 3 + 1


def test_an_owner_that_is_not_known_is_not_rendered(folder: Path, command: Command) -> None:
    """It is named, and nothing is written, not even for those that are known."""
    shutil.rmtree(folder / "index")
    said = sentence(command("render", "mona-lab", "nobody"))
    assert said == 'The history knows no owner "nobody".'
    assert not (folder / "index").exists()


# --- update --shard ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["0/3", "4/3", "x", "1", "1/", "/2", "1/0", "-1/2", "1/2/3", "1.0/2", "", "\uff11/\uff12"]
)
def test_a_shard_that_is_none_is_wrong_usage(command: Command, folder: Path, value: str) -> None:
    """The sentence says how one looks, and nothing is read."""
    before = files(folder)
    result = command("update", "--shard", value, "mona-lab")
    assert (result.code, result.out) == (2, "")
    assert "Invalid value for '--shard'" in result.err
    assert f"{value!r} is not a part and the number of parts, such as 2/4." in result.err
    assert files(folder) == before


def test_parallel_jobs_are_merged_into_one(
    instance: Instance, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a workflow does it: each job updates its shard, and one merges them and writes the index."""
    monkeypatch.chdir(instance.folder)
    for name, value in {**instance.server.environment(), "GITHUB_TOKEN": "token"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BACKAGE_DATE", instance.server.world.today.isoformat())
    listed(instance, "octo-forge", "mona-lab", "paper-lantern")
    for number in ("1", "2"):
        names = ("--shard", f"{number}/2", "--history", f"{number}.db", "--index", f"index-{number}")
        result = command("update", "--max-version-pages", "0", "--max-size-lookups", "0", *names)
        assert result.code == 0
        assert 0 < len(ask(instance.folder / f"{number}.db", "SELECT login FROM owner")) < 3
    assert command("merge", "1.db", "2.db", "-o", "history.db").code == 0
    assert command("render").code == 0
    assert differences(instance) == []


@pytest.mark.parametrize(
    "arguments", [["snapshot", "save", "history.db"], ["export", "packages", "-o", "history.db"]]
)
def test_no_command_overwrites_the_history(folder: Path, command: Command, arguments: list[str]) -> None:
    """Whatever is named as its output."""
    before = (folder / "history.db").read_bytes()
    result = command(*arguments)
    assert (result.code, (folder / "history.db").read_bytes()) == (2, before)
    assert result.err == "backage: history.db is the history itself: name another file.\n"


def test_thinning_takes_nothing_from_the_published_tables(folder: Path, command: Command) -> None:
    """Also where a package's last days are among the old ones."""
    before = {path: path.read_bytes() for path in (folder / "index").rglob("*.csv")}
    long_after = (LAST + timedelta(days=80)).isoformat()
    assert command("vacuum", "--keep", "62", "--date", long_after).code == 0
    assert command("render").code == 0
    assert {path: path.read_bytes() for path in before} == before
