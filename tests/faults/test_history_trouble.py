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
    """Return a runner of the command in this process and the machine's folder; it waits for no lock."""
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
def lock_history(path: Path, *, whole: bool) -> Iterator[None]:
    """Lock a history as another process does: `whole` for reading and writing, otherwise for writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA locking_mode = {'EXCLUSIVE' if whole else 'NORMAL'}")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE owner SET run = run + 1")
        yield
        other.execute("ROLLBACK")


def run_to_sentence(command: Command, *arguments: str) -> str:
    """Run the command and return the one sentence that it ends with."""
    result = command(*arguments)
    lines = [line for line in result.err.splitlines() if line.startswith("backage: ")]
    assert (result.code, len(lines)) == (2, 1), result
    return lines[0].removeprefix("backage: ")


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("arguments", [*READING, *WRITING], ids=lambda value: " ".join(value[:2]))
def test_a_locked_history(machine: Machine, command: Command, arguments: list[str]) -> None:
    """A locked history is named with advice, the other process is not disturbed, and the next run goes on."""
    before, rows = machine.instance.files(), history_rows(machine.instance.history)
    with lock_history(machine.instance.history, whole=True):
        sentence = run_to_sentence(command, *arguments)
    assert sentence.startswith("history.db ")
    assert "database is locked" in sentence
    assert "another backage" in sentence or "the other backage" in sentence
    assert (machine.instance.files(), history_rows(machine.instance.history)) == (before, rows)
    check_recovers(machine, command)


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("arguments", WRITING, ids=lambda value: " ".join(value[:2]))
def test_a_history_locked_for_writing(machine: Machine, command: Command, arguments: list[str]) -> None:
    """A command that writes refuses a history that another process writes."""
    with lock_history(machine.instance.history, whole=False):
        assert "database is locked" in run_to_sentence(command, *arguments)
    check_recovers(machine, command)


@pytest.mark.parametrize("arguments", READING, ids=lambda value: " ".join(value[:2]))
def test_a_history_can_be_read_while_it_is_written(
    machine: Machine, command: Command, arguments: list[str]
) -> None:
    """A command that only reads shows the committed numbers while another process writes."""
    with lock_history(machine.instance.history, whole=False):
        assert command(*arguments).code == 0


def check_recovers(machine: Machine, command: Command) -> None:
    """Check that the next run after the trouble ends with 0 and everything is right."""
    assert command("update", *OWNERS).code == 0
    machine.check_whole()
    assert differences(machine.instance) == []


# --- damage -----------------------------------------------------------------------------------


def cut(data: bytes) -> bytes:
    """Return the first half of all pages."""
    return data[: len(data) // 2 // PAGE * PAGE]


def overwritten(data: bytes) -> bytes:
    """Overwrite all pages but the first two with noise, so that the header looks right."""
    return data[: 2 * PAGE] + random.Random(1).randbytes(len(data) - 2 * PAGE)  # noqa: S311 (not for secrets)


def text(_: bytes) -> bytes:
    """Return no database at all."""
    return b"this is no database\n" * 999


@pytest.mark.parametrize("damage", [cut, overwritten, text])
@pytest.mark.parametrize(
    "arguments", [*READING, WRITING[0], WRITING[1]], ids=lambda value: " ".join(value[:2])
)
def test_a_damaged_history(
    machine: Machine, command: Command, damage: Callable[[bytes], bytes], arguments: list[str]
) -> None:
    """A damaged history is named with advice and stays as it is, and so does the index."""
    history, before = machine.instance.history, machine.instance.files()
    damaged = damage(history.read_bytes())
    history.write_bytes(damaged)
    sentence = run_to_sentence(command, *arguments)
    assert sentence.startswith("history.db ")
    assert any(fault in sentence for fault in ("malformed", "not a database", "nor a database"))
    assert machine.instance.files() == before
    assert history.read_bytes()[2 * PAGE :] == damaged[2 * PAGE :]


def test_advice_for_a_damaged_history_works(machine: Machine, command: Command) -> None:
    """The advice for a damaged history works: move the file away, import the index, run again."""
    history = machine.instance.history
    history.write_bytes(text(b""))
    assert "or move it away and begin anew with `backage import index`" in run_to_sentence(
        command, "update", *OWNERS
    )
    history.rename(history.with_name("damaged.db"))
    days = machine.instance.table("Octo-Forge/beacon/beacon")
    assert command("import", "index").code == 0
    check_recovers(machine, command)
    assert machine.instance.table("Octo-Forge/beacon/beacon")[: len(days) - 2] == days[:-2]


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes(machine: Machine, command: Command, seed: int) -> None:
    """Changed bytes beyond the schema cause a sentence or no error, never a traceback."""
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
    """A misspelt table or column counts as damage and causes no traceback."""
    chance, history = random.Random(seed), machine.instance.history  # noqa: S311 (not for secrets)
    data = bytearray(history.read_bytes())
    places = [match.start() for match in re.finditer(rb"(?<=\n    )[a-z_]+ (?:INTEGER|TEXT)", data)]
    place = chance.choice(places)
    data[place] = data[place] ^ 3
    for arguments in [*READING, WRITING[0]]:
        history.write_bytes(data)
        assert run_to_sentence(command, *arguments).startswith("history.db ")
        for path in machine.folder.glob("new.db*"):
            path.unlink()


@pytest.mark.parametrize("arguments", READING, ids=lambda value: " ".join(value[:2]))
def test_an_empty_history_is_refused(machine: Machine, command: Command, arguments: list[str]) -> None:
    """An empty file, as a full disk may leave it, makes no index of zeros."""
    machine.instance.history.write_bytes(b"")
    before = machine.instance.files()
    if arguments[0] in {"merge", "import"}:
        assert "history.db" in run_to_sentence(command, *arguments)
    else:
        assert run_to_sentence(command, *arguments).startswith("history.db is empty: restore a snapshot")
    assert machine.instance.files() == before


def test_the_main_job_starts_an_empty_history(machine: Machine, command: Command) -> None:
    """The main job starts an empty history anew, and loses no day of the published tables."""
    days = machine.instance.table("Octo-Forge/beacon/beacon")
    machine.instance.history.write_bytes(b"")
    check_recovers(machine, command)
    assert machine.instance.table("Octo-Forge/beacon/beacon")[: len(days) - 2] == days[:-2]


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
def test_a_journal_is_left_over(machine: Machine, command: Command, ending: str) -> None:
    """A journal of another program beside the history is not applied to it."""
    rows = history_rows(machine.instance.history)
    beside = machine.folder / f"history.db{ending}"
    beside.write_bytes(random.Random(2).randbytes(40_000))  # noqa: S311 (not for secrets)
    assert command("render").code == 0
    assert history_rows(machine.instance.history) == rows
    check_recovers(machine, command)


def test_a_log_that_a_killed_run_left_is_read(machine: Machine, command: Command) -> None:
    """The log that a killed run left beside the history is applied to it."""
    history, copy = machine.instance.history, machine.folder / "copy.db"
    with closing(sqlite3.connect(history, isolation_level=None)) as killed:
        killed.execute("INSERT INTO run (day) VALUES (1)")
        for ending in ("", "-wal"):
            shutil.copy(f"{history}{ending}", f"{copy}{ending}")
        wanted = killed.execute("SELECT count(*) FROM run").fetchall()
    assert command("render", "--history", "copy.db").code == 0
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM run").fetchall() == wanted
