"""Folders and files that may not be written: one sentence, nothing lost, and the next run goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Machine, history_rows, sentence

pytestmark = pytest.mark.slow

DENIED = "Permission denied: this user has to be allowed to write there"


@pytest.fixture
def locked(machine: Machine) -> Iterator[list[Path]]:
    """Return a list for read-only paths; all of them are writable again at the end."""
    paths: list[Path] = []
    yield paths
    for path in (machine.folder, *paths):
        path.chmod(0o755 if path.is_dir() else 0o644)


def forbid(locked: list[Path], *paths: Path) -> None:
    """Make files and folders read-only."""
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
        locked.append(path)


def allow(locked: list[Path]) -> None:
    """Make all of them writable again."""
    for path in locked:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_the_index_is_read_only(machine: Machine, locked: list[Path], no_rights: str) -> None:
    """A read-only index is named; the history has the numbers, and the next run writes them."""
    index, before = machine.instance.index, machine.instance.files()
    rows = history_rows(machine.instance.history)
    forbid(locked, *(path for path in (index, *index.rglob("*")) if path.is_dir()))
    said = sentence(machine.update(under=no_rights))
    assert said.startswith("The index cannot be written: index/")
    assert said.endswith(f": {DENIED}.")
    assert machine.instance.files() == before
    assert len(history_rows(machine.instance.history)[1]) > len(rows[1])
    allow(locked)
    machine.check_recovers()


@pytest.mark.parametrize("whole", [True, False], ids=["folder", "file"])
def test_the_history_is_read_only(
    machine: Machine, locked: list[Path], no_rights: str, *, whole: bool
) -> None:
    """A read-only history is named and stays as it was, and so does the index."""
    before, rows = machine.instance.files(), history_rows(machine.instance.history)
    forbid(locked, machine.folder if whole else machine.instance.history)
    said = sentence(machine.update(under=no_rights))
    assert said.startswith("history.db cannot be used (")
    assert "writable" in said
    assert machine.instance.files() == before
    allow(locked)
    assert history_rows(machine.instance.history) == rows
    machine.check_recovers()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["snapshot", "save", "shut/kept.zst"], "shut/.kept.zst.db cannot be written ("),
        (["snapshot", "restore", "kept.zst", "--history", "shut/history.db"], "shut/.history.db.restored: "),
        (["export", "packages", "-o", "shut/packages.csv"], "shut/packages.csv cannot be written: "),
        (["merge", "history.db", "-o", "shut/new.db"], "shut/new.db cannot be opened ("),
        (["import", "history.db", "--history", "shut/new.db"], "shut/new.db cannot be opened ("),
        (["render", "--index", "shut/index"], "The index cannot be written: shut/index: "),
        (["demo", "-o", "shut/demo"], "shut/demo: "),
    ],
)
def test_a_target_is_read_only(
    machine: Machine, locked: list[Path], no_rights: str, arguments: list[str], said: str
) -> None:
    """A read-only target is named, and nothing is left there."""
    assert machine.run("snapshot", "save", "kept.zst").code == 0
    shut = machine.folder / "shut"
    shut.mkdir()
    forbid(locked, shut)
    assert said in sentence(machine.run(*arguments, under=no_rights))
    assert list(shut.iterdir()) == []
    machine.check_recovers()


def test_the_summary_is_read_only(machine: Machine, locked: list[Path], no_rights: str) -> None:
    """A read-only job summary causes a warning, and the run is otherwise the same."""
    summary = machine.folder / "summary.md"
    summary.touch()
    forbid(locked, summary)
    result = machine.update(under=no_rights, summary="summary.md")
    assert result.code == 0
    assert f"backage: the summary cannot be written: summary.md: {DENIED}" in result.err
    machine.check_recovers()


def test_a_read_only_history_can_be_saved(machine: Machine, locked: list[Path], no_rights: str) -> None:
    """A snapshot can be taken of a read-only history."""
    forbid(locked, machine.instance.history)
    assert machine.run("snapshot", "save", "kept.zst", under=no_rights).code == 0
