"""Parallel jobs with a history each: merged they are what one job would have found out."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from backage.owners import Entry
from backage.pipeline.index import write_index
from backage.plan.order import choose_shard
from backage.standin.model import Owner, Package, Version
from backage.standin.server import StandinServer
from backage.store.database import open_history
from backage.store.merge import merge_history
from tests.conftest import START, Instance, differences
from tests.store.databases import dump

SHARDS = 2


@dataclass
class Jobs:
    """An instance that reads all owners, two that read a part each, and one into which these are merged."""

    whole: Instance
    parts: list[Instance]
    merged: Instance

    def update(self) -> None:
        """Read everything twice: in one go, and by parallel jobs."""
        self.whole.update()
        entries = [Entry(owner.login) for owner in self.whole.server.world.owners]
        for number, part in enumerate(self.parts, 1):
            chosen = choose_shard(entries, number, SHARDS)
            assert 0 < len(chosen) < len(entries)
            part.update(entries=chosen)

    def merge(self) -> None:
        """Merge the parts, and write the index."""
        with open_history(self.merged.history) as history:
            for part in self.parts:
                merge_history(history, part.history)
            write_index(history, self.merged.index, self.merged.optout)

    def check(self) -> None:
        """Compare every row of every table, and every byte of the index."""
        assert dump(self.merged.history) == dump(self.whole.history)
        assert self.merged.files() == self.whole.files()
        assert differences(self.merged) == []


@pytest.fixture(params=["nothing", "a common history"])
def jobs(request: pytest.FixtureRequest, tmp_path: Path, server: StandinServer) -> Jobs:
    """Give jobs that begin with nothing, or with the same history of a few days."""
    whole, *parts, merged = (Instance(tmp_path / name, server) for name in ("whole", "1", "2", "merged"))
    for instance in (whole, *parts, merged):
        instance.folder.mkdir()
    if request.param == "a common history":
        for _ in range(3):
            whole.update()
            server.world.advance()
        for part in parts:
            shutil.copyfile(whole.history, part.history)
    return Jobs(whole, parts, merged)


def test_parts_that_are_merged_equal_the_whole(jobs: Jobs) -> None:
    """Row for row and byte for byte, on the first day and on the next ones."""
    for _ in range(3):
        jobs.update()
        jobs.merge()
        jobs.check()
        jobs.whole.server.world.advance()


def test_merging_late_is_merging(jobs: Jobs) -> None:
    """Whether it was done every day or once, and in which order."""
    for _ in range(2):
        jobs.update()
        jobs.whole.server.world.advance()
    jobs.update()
    jobs.parts.reverse()
    jobs.merge()
    jobs.check()


def test_what_was_merged_is_what_the_next_jobs_begin_with(jobs: Jobs) -> None:
    """As where the one history is what stays between runs."""
    for _ in range(3):
        jobs.update()
        jobs.merge()
        jobs.check()
        for part in jobs.parts:
            shutil.copyfile(jobs.merged.history, part.history)
        jobs.whole.server.world.advance()


def test_merging_twice_changes_nothing(jobs: Jobs) -> None:
    """Neither in the result nor in the parts."""
    jobs.update()
    jobs.merge()
    merged, parts = dump(jobs.merged.history), [part.history.read_bytes() for part in jobs.parts]
    files = jobs.merged.files()
    jobs.merge()
    assert dump(jobs.merged.history) == merged
    assert [part.history.read_bytes() for part in jobs.parts] == parts
    assert jobs.merged.files() == files


def test_an_owner_that_changes_its_job_loses_nothing(jobs: Jobs) -> None:
    """One owner more in the list moves another to the next job, which knows nothing of it yet."""
    jobs.update()
    jobs.merge()
    world = jobs.whole.server.world
    before = choose_shard([Entry(owner.login) for owner in world.owners], SHARDS, SHARDS)
    package = Package("npm", "kit", "kit", (Version(1, "1.0.0", START, ()),))
    world.owners.append(Owner("acme", 7, "users", [package]))
    after = choose_shard([Entry(owner.login) for owner in world.owners], SHARDS, SHARDS)
    assert not set(before) <= set(after)
    for _ in range(2):
        world.advance()
        jobs.update()
        jobs.merge()
        assert differences(jobs.merged) == []
        merged, whole = jobs.merged.files(), jobs.whole.files()
        assert merged.keys() == whole.keys()
        assert [path for path in whole if path.endswith(".csv") and merged[path] != whole[path]] == []
