"""A disk that is full: one sentence, nothing lost, and the next run goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from backage.standin.transport import Reply
from tests.faults.conftest import SMALL_FILES, Machine, history_rows, sentence

pytestmark = pytest.mark.slow

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
ROOM = "make room and run it again"


def limit(path: Path, less: int = 0) -> str:
    """Forbid files that are larger than this one."""
    return SMALL_FILES.format(path.stat().st_size - less)


def test_no_room_for_the_history(machine: Machine) -> None:
    """Without room the history stays whole with what was read before, and the index stays as it was."""
    before, rows = machine.instance.files(), history_rows(machine.instance.history)
    result = machine.update(under=SMALL_FILES.format(33_000))  # less than SQLite's log takes
    assert "history.db cannot be used (" in sentence(result)
    assert "run it again" in sentence(result)
    assert machine.instance.files() == before
    known = history_rows(machine.instance.history)
    assert all(set(old) <= set(new) for old, new in zip(rows, known, strict=True))
    machine.check_recovers()


def test_no_room_for_a_first_history(machine: Machine) -> None:
    """Without room for a first history no broken file is left for the next run."""
    machine.instance.history.unlink()
    result = machine.update(under=SMALL_FILES.format(2_000))
    assert "history.db" in sentence(result)
    machine.check_recovers()


def test_no_room_for_the_index(machine: Machine) -> None:
    """Without room for the index the file is named and stays as it was; the history has everything."""
    machine.update("--index", "elsewhere")
    beacon = machine.instance.index / "Octo-Forge" / "beacon" / "beacon.json"
    before = beacon.read_bytes()
    said = sentence(machine.run("render", under=limit(beacon, 5_000)))
    assert said.startswith("The index cannot be written: index/Octo-Forge/beacon/beacon.json: ")
    assert said.endswith(f": {ROOM}.")
    assert beacon.read_bytes() == before
    machine.check_recovers()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vacuum"], "history.db cannot be used ("),
        (["merge", "other.db", "-o", "new.db"], "new.db cannot be used ("),
        (["import", "other.db", "--history", "new.db"], "new.db cannot be used ("),
        (["snapshot", "save", "kept.zst"], ".kept.zst.db cannot be written ("),
        (["snapshot", "restore", "other.zst"], "The history cannot be written: "),
        (["export", "versions", "-o", "versions.csv"], "versions.csv cannot be written: "),
    ],
)
def test_no_room_for_any_command(machine: Machine, arguments: list[str], said: str) -> None:
    """Without room existing files stay as they are, and nothing half written is left."""
    machine.run("snapshot", "save", "other.zst")
    machine.run("snapshot", "restore", "other.zst", "--history", "other.db")
    machine.update()
    rows, names = history_rows(machine.instance.history), {path.name for path in machine.folder.iterdir()}
    assert said in sentence(machine.run(*arguments, under=SMALL_FILES.format(33_000)))
    left = {path.name for path in machine.folder.iterdir()} - names
    assert {name for name in left if not name.startswith("new.db") and "-" not in name} == set()
    assert history_rows(machine.instance.history) == rows
    machine.check_recovers()


@needs_full
@pytest.mark.parametrize(
    "arguments",
    [
        ["update", "mona-lab"],
        ["render"],
        ["check", "octo-forge"],
        ["show", "octo-forge"],
        ["show", "octo-forge", "--json"],
        ["export", "versions"],
        ["vacuum"],
        ["owners", "list"],
        ["snapshot", "save", "kept.zst"],
        ["export", "versions", "-o", "/dev/full"],
    ],
)
def test_no_room_for_output(machine: Machine, arguments: list[str]) -> None:
    """A run that cannot print its summary has done its work."""
    (machine.folder / "owners.txt").write_text("mona-lab\n")
    with FULL.open("wb") as full:
        said = sentence(machine.run(*arguments, stdout=full.fileno()))
    assert "No space left on device" in said
    assert FULL.is_char_device()
    machine.check_recovers()


@needs_full
def test_a_full_log_ends_no_run(machine: Machine) -> None:
    """If progress cannot be printed, the run goes on."""
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "backage", "update", "-v", "octo-forge", "mona-lab", "paper-lantern"],
            cwd=machine.folder,
            env=machine.environment(),
            stdout=subprocess.PIPE,
            stderr=full,
            timeout=120,
            check=False,
        )
    assert (done.returncode, b"3 of 3" in done.stdout) == (0, True)
    machine.check_recovers()


@needs_full
def test_no_room_for_the_summary(machine: Machine) -> None:
    """A job summary that cannot be written causes a warning, and the run is otherwise the same."""
    result = machine.update(summary=str(FULL))
    assert result.code == 0
    assert "backage: the summary cannot be written: /dev/full: No space left on device" in result.err
    machine.check_recovers()


def test_a_page_that_cannot_be_saved(machine: Machine) -> None:
    """If a changed page cannot be saved, the run still ends with 3 and gives the reason."""
    (machine.folder / "package.html").mkdir()
    server = machine.instance.server
    for owner in server.world.owners:
        for package in owner.packages:
            home = (
                f"{owner.login}/{package.repo}/pkgs"
                if package.repo
                else f"{owner.kind}/{owner.login}/packages"
            )
            part = package.type if package.repo else f"{package.type}/package"
            server.replies[f"/{home}/{part}/{package.slug}"] = [Reply(200, {}, b"<p>new</p></html>")]
    result = machine.update()
    assert result.code == 3
    assert "such a page cannot be kept: package.html: Is a directory" in result.out
    (machine.folder / "package.html").rmdir()
    server.replies.clear()
    machine.check_recovers()


def test_a_small_disk(machine: Machine) -> None:
    """A real full disk causes one sentence for the history and one for the index."""
    disk = machine.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(  # noqa: S603 (constants)
        ["mount", "-t", "tmpfs", "-o", "size=160k", "none", str(disk)],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a disk, or there is no mount")
    try:
        said = sentence(machine.update("--history", "disk/history.db"))
        assert "disk/history.db cannot be used (" in said
        assert "run it again" in said
        for path in disk.glob("history.db*"):
            path.unlink()
        said = sentence(machine.update("--index", "disk/index"))
        assert said.startswith("The index cannot be written: disk/index/")
        assert said.endswith(f"No space left on device: {ROOM}.")
    finally:
        subprocess.run(["umount", str(disk)], check=True)  # noqa: S603, S607 (constants)
    machine.check_recovers()
