"""A history that is in use or damaged: one sentence, nothing lost, and the next run goes on."""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.test_history_commands import Command
from tests.conftest import differences
from tests.faults.conftest import Machine, history_rows

PAGE = 4096
OWNERS = ("octo-forge", "mona-lab", "paper-lantern")
READING = [
    ["check", "octo-forge"],
    ["show", "octo-forge"],
    ["export", "versions"],
    ["snapshot", "save", "kept.zst"],
    ["merge", "history.db", "-o", "new.db"],
    ["import", "history.db", "--history", "new.db"],
    ["render"],
]
WRITING = [
    ["update", *OWNERS],
    ["vacuum"],
    ["merge", "other.db", "-o", "history.db"],
    ["import", "other.db", "--history", "history.db"],
    ["snapshot", "restore", "other.zst"],
]


@pytest.fixture
def command(machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command in the machine's folder, in this process; it waits for no lock."""
    monkeypatch.chdir(machine.folder)
    monkeypatch.setattr("backage.store.database.BUSY_SECONDS", 0)
    for name, value in machine.environment().items():
        monkeypatch.setenv(name, value)
    return Command(monkeypatch, capsys)


@pytest.fixture
def others(command: Command) -> None:
    """Keep a copy of the history, and a snapshot of it."""
    assert command("snapshot", "save", "other.zst").code == 0
    assert command("snapshot", "restore", "other.zst", "--history", "other.db").code == 0


@contextmanager
def held(path: Path, *, whole: bool) -> Iterator[None]:
    """Let somebody else hold a history: all of it, or the right to write it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA locking_mode = {'EXCLUSIVE' if whole else 'NORMAL'}")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE owner SET run = run + 1")
        yield
        other.execute("ROLLBACK")


def said(command: Command, *arguments: str) -> str:
    """Run the command, and give the one sentence that it ends with."""
    result = command(*arguments)
    lines = [line for line in result.err.splitlines() if line.startswith("backage: ")]
    assert (result.code, len(lines)) == (2, 1), result
    return lines[0].removeprefix("backage: ")


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("arguments", [*READING, *WRITING], ids=lambda value: " ".join(value[:2]))
def test_a_history_that_another_holds_whole(machine: Machine, command: Command, arguments: list[str]) -> None:
    """It is named, with what to do; the other's work is not disturbed, and the next run goes on."""
    before, rows = machine.instance.files(), history_rows(machine.instance.history)
    with held(machine.instance.history, whole=True):
        sentence = said(command, *arguments)
    assert sentence.startswith("history.db ")
    assert "database is locked" in sentence
    assert "another backage" in sentence or "the other backage" in sentence
    assert (machine.instance.files(), history_rows(machine.instance.history)) == (before, rows)
    recovers(machine, command)


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("arguments", WRITING, ids=lambda value: " ".join(value[:2]))
def test_a_history_that_another_writes(machine: Machine, command: Command, arguments: list[str]) -> None:
    """What would write too is refused."""
    with held(machine.instance.history, whole=False):
        assert "database is locked" in said(command, *arguments)
    recovers(machine, command)


@pytest.mark.parametrize("arguments", READING, ids=lambda value: " ".join(value[:2]))
def test_a_history_can_be_read_while_it_is_written(
    machine: Machine, command: Command, arguments: list[str]
) -> None:
    """What only reads is right, and without what is not written yet."""
    with held(machine.instance.history, whole=False):
        assert command(*arguments).code == 0


def recovers(machine: Machine, command: Command) -> None:
    """When the trouble is over the next run ends with 0, and all is right."""
    assert command("update", *OWNERS).code == 0
    machine.check_whole()
    assert differences(machine.instance) == []


# --- damage -----------------------------------------------------------------------------------


def cut(data: bytes) -> bytes:
    """Keep the first half of all pages."""
    return data[: len(data) // 2 // PAGE * PAGE]


def overwritten(data: bytes) -> bytes:
    """Make all pages but the first two noise, for the header says that all is well."""
    return data[: 2 * PAGE] + random.Random(1).randbytes(len(data) - 2 * PAGE)  # noqa: S311 (not for secrets)


def text(_: bytes) -> bytes:
    """Have no database at all."""
    return b"this is no database\n" * 999


@pytest.mark.parametrize("damage", [cut, overwritten, text])
@pytest.mark.parametrize(
    "arguments", [*READING, WRITING[0], WRITING[1]], ids=lambda value: " ".join(value[:2])
)
def test_a_damaged_history(
    machine: Machine, command: Command, damage: Callable[[bytes], bytes], arguments: list[str]
) -> None:
    """It is named, with what to do, and stays as it lies; what the index has stays too."""
    history, before = machine.instance.history, machine.instance.files()
    damaged = damage(history.read_bytes())
    history.write_bytes(damaged)
    sentence = said(command, *arguments)
    assert sentence.startswith("history.db ")
    assert any(fault in sentence for fault in ("malformed", "not a database", "nor a database"))
    assert machine.instance.files() == before
    assert history.read_bytes()[2 * PAGE :] == damaged[2 * PAGE :]


def test_what_a_damaged_history_leaves_to_begin_with(machine: Machine, command: Command) -> None:
    """As the sentence says: it is moved away, the index is imported, and the next run goes on."""
    history = machine.instance.history
    history.write_bytes(text(b""))
    assert "or move it away and begin anew with `backage import index`" in said(command, "update", *OWNERS)
    history.rename(history.with_name("damaged.db"))
    days = machine.instance.table("Octo-Forge/beacon/beacon")
    assert command("import", "index").code == 0
    recovers(machine, command)
    assert machine.instance.table("Octo-Forge/beacon/beacon")[: len(days) - 2] == days[:-2]


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes(machine: Machine, command: Command, seed: int) -> None:
    """Whatever they hit beyond the schema: a sentence, or no error at all; never a traceback."""
    chance, history = random.Random(seed), machine.instance.history  # noqa: S311 (not for secrets)
    data = bytearray(history.read_bytes())
    for _ in range(80):
        data[chance.randrange(4 * PAGE, len(data))] = chance.randrange(256)
    for arguments in [*READING, WRITING[0]]:
        history.write_bytes(data)
        result = command(*arguments)
        assert result.code in {0, 1, 2}
        if result.code == 2:
            assert result.err.splitlines()[-1].startswith("backage: history.db ")
        for path in machine.folder.glob("*.db*"):
            path.unlink(missing_ok=True)


@pytest.mark.parametrize("seed", range(12))
def test_flipped_letters_of_the_schema(machine: Machine, command: Command, seed: int) -> None:
    """A table or a column that is called otherwise is damage too, and no traceback."""
    chance, history = random.Random(seed), machine.instance.history  # noqa: S311 (not for secrets)
    data = bytearray(history.read_bytes())
    places = [match.start() for match in re.finditer(rb"(?<=\n    )[a-z_]+ (?:INTEGER|TEXT)", data)]
    place = chance.choice(places)
    data[place] = data[place] ^ 3
    for arguments in [*READING, WRITING[0]]:
        history.write_bytes(data)
        assert said(command, *arguments).startswith("history.db ")
        for path in machine.folder.glob("new.db*"):
            path.unlink()


@pytest.mark.parametrize("arguments", READING, ids=lambda value: " ".join(value[:2]))
def test_an_empty_history_is_none(machine: Machine, command: Command, arguments: list[str]) -> None:
    """A file of no bytes, as a full disk may leave it, makes no index of zeros."""
    machine.instance.history.write_bytes(b"")
    before = machine.instance.files()
    if arguments[0] in {"merge", "import"}:
        assert "history.db" in said(command, *arguments)
    else:
        assert said(command, *arguments).startswith("history.db is empty: restore a snapshot")
    assert machine.instance.files() == before


def test_an_empty_history_is_begun_anew(machine: Machine, command: Command) -> None:
    """The main job makes one, and takes no day from the published tables."""
    days = machine.instance.table("Octo-Forge/beacon/beacon")
    machine.instance.history.write_bytes(b"")
    recovers(machine, command)
    assert machine.instance.table("Octo-Forge/beacon/beacon")[: len(days) - 2] == days[:-2]


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
def test_a_journal_is_left_over(machine: Machine, command: Command, ending: str) -> None:
    """Noise of another program beside the history is not taken for a part of it."""
    rows = history_rows(machine.instance.history)
    beside = machine.folder / f"history.db{ending}"
    beside.write_bytes(random.Random(2).randbytes(40_000))  # noqa: S311 (not for secrets)
    assert command("render").code == 0
    assert history_rows(machine.instance.history) == rows
    recovers(machine, command)


def test_a_log_that_a_killed_run_left_is_read(machine: Machine, command: Command) -> None:
    """What it had written is in the log beside the history, and comes back with it."""
    history, copy = machine.instance.history, machine.folder / "copy.db"
    with closing(sqlite3.connect(history, isolation_level=None)) as killed:
        killed.execute("INSERT INTO run (day) VALUES (1)")
        for ending in ("", "-wal"):
            shutil.copy(f"{history}{ending}", f"{copy}{ending}")
        wanted = killed.execute("SELECT count(*) FROM run").fetchall()
    assert command("render", "--history", "copy.db").code == 0
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM run").fetchall() == wanted
