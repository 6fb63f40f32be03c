"""Two processes at once on one history and one index: each reports its end, and then all is right."""

import itertools
import threading
from pathlib import Path

import pytest

from backage.errors import ConfigError
from backage.publish.files import IndexFiles
from tests.conftest import differences
from tests.faults.conftest import Machine, wait_for_end
from tests.support.repositories import Repository, begin_bare

OWNERS = ("octo-forge", "mona-lab", "paper-lantern")
UPDATE = ("update", *OWNERS)


def in_git(machine: Machine) -> Repository:
    """Make the instance's folder a clone of a remote, whose index is published."""
    bare = begin_bare(machine.folder / "remote.git")
    repository = Repository(machine.folder).begin()
    (machine.folder / ".gitignore").write_text("history.db*\n*.zst*\nremote.git\n")
    repository.git("remote", "add", "origin", str(bare.folder))
    repository.git("fetch", "--quiet", "origin")
    repository.git("reset", "--quiet", "--hard", "origin/main")
    assert machine.run("publish").code == 0
    return repository


@pytest.mark.slow
@pytest.mark.parametrize(
    "other", [UPDATE, ("render",), ("snapshot", "save", "kept.zst"), ("vacuum",)], ids=" ".join
)
def test_two_at_once(machine: Machine, other: tuple[str, ...]) -> None:
    """A run and another command that meet on three days both end with 0, and all files are right."""
    for _ in range(3):
        both = [machine.start(*UPDATE), machine.start(*other)]
        for result in [wait_for_end(process) for process in both]:
            assert result.code == 0, result
        machine.check_whole()
        assert differences(machine.instance) == []
        machine.instance.server.world.advance()
    if other[0] == "snapshot":
        assert machine.run("snapshot", "restore", "kept.zst", "--history", "kept.db").code == 0
    machine.check_recovers()


@pytest.mark.slow
def test_a_new_history_and_index_by_two_at_once(machine: Machine) -> None:
    """One of two first runs creates the history and the index, and the other uses them."""
    machine.instance.history.unlink()
    for result in [wait_for_end(process) for process in [machine.start(*UPDATE), machine.start(*UPDATE)]]:
        assert result.code == 0, result
    machine.check_whole()
    assert differences(machine.instance) == []


@pytest.mark.slow
def test_an_index_that_is_published_while_it_is_written(machine: Machine) -> None:
    """Publishing an index during a run undoes no file, and a second publication has all of them."""
    repository = in_git(machine)
    for _ in range(3):
        both = [machine.start(*UPDATE), machine.start("publish")]
        for result in [wait_for_end(process) for process in both]:
            assert result.code == 0, result
        machine.check_whole()
        assert differences(machine.instance) == []
        machine.instance.server.world.advance()
    machine.check_recovers()
    assert machine.run("publish").code == 0
    repository.git("fetch", "--quiet", "origin")
    assert repository.git("diff", "--stat", "origin/main", "--", "index") == ""


@pytest.mark.slow
def test_what_was_written_while_it_was_pushed_stays(machine: Machine) -> None:
    """The checked-out branch follows a push except for files that were written meanwhile."""
    repository = in_git(machine)
    assert machine.update().code == 0
    hook = machine.folder / "remote.git" / "hooks" / "pre-receive"
    newer = machine.instance.index / "Octo-Forge" / "beacon" / "beacon.json"
    hook.write_text(f"#!/bin/sh\necho '{{\"newer\":1}}' > '{newer}'\n")
    hook.chmod(0o755)
    assert machine.run("publish").code == 0
    assert newer.read_text() == '{"newer":1}\n'
    hook.unlink()
    assert machine.run("publish").code == 0
    repository.git("fetch", "--quiet", "origin")
    assert repository.git("show", "origin/main:index/Octo-Forge/beacon/beacon.json") == '{"newer":1}'


def test_one_at_a_time_writes_an_index(tmp_path: Path) -> None:
    """A second writer of an index waits until the first has ended."""
    first, second = IndexFiles(tmp_path), IndexFiles(tmp_path)
    waited = itertools.count(1)
    ending = threading.Event()
    holds = first.hold_lock()
    holds.__enter__()

    def sleep(_: float) -> None:
        if next(waited) == 3:
            holds.__exit__(None, None, None)
            ending.set()

    with second.hold_lock(sleep):
        assert ending.is_set()
        second.write("a/b.json", b"1")
    assert next(waited) == 4


def test_a_writer_gives_up_after_a_while(tmp_path: Path) -> None:
    """A writer that waits too long ends with a sentence that names the index, and writes nothing."""
    with (
        IndexFiles(tmp_path).hold_lock(),
        pytest.raises(ConfigError, match="is being written by another backage: run it again"),
        IndexFiles(tmp_path).hold_lock(lambda _: None),
    ):
        pytest.fail("two wrote at once")
    with IndexFiles(tmp_path).hold_lock(lambda _: pytest.fail("the lock was not given back")):
        pass
