from collections.abc import Callable
from pathlib import Path

import pytest

from backage.errors import ConfigError, RemoteError
from backage.pipeline.publish import publish_index
from backage.publish.process import PAUSES, retry
from tests.conftest import Clock
from tests.support.repositories import Repository, begin_bare


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Return a remote with one commit, and beside it a clone whose index has a new package."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    bare = begin_bare(tmp_path / "bare.git")
    bare.clone(tmp_path / "clone")
    file = tmp_path / "clone" / "index" / "octo" / "forge" / "beacon.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}\n", encoding="utf-8")
    return bare


def push_between(bare: Repository, attempts: int) -> Callable[[float], None]:
    """Return a sleep during which somebody pushes, for so many attempts."""
    left = [attempts]

    def sleep(_: float) -> None:
        left[0] -= 1
        if left[0] == 0:
            (bare.folder / "hooks" / "pre-receive").unlink()
        tree, tip = bare.git("mktree"), bare.git("rev-parse", "main")
        bare.git("update-ref", "refs/heads/main", bare.git("commit-tree", tree, "-p", tip, "-m", f"{left}"))

    return sleep


def refuse(bare: Repository) -> None:
    """Make the remote refuse every push."""
    hook = bare.folder / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'no: the branch is protected' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)


def never(_: float) -> None:
    """Fail: there is nothing to wait for."""
    pytest.fail("waited")


def publish(bare: Repository, sleep: Callable[[float], None]) -> str | None:
    """Publish the clone's index."""
    index = bare.folder.parent / "clone" / "index"
    pushed = publish_index(index, remote="origin", branch=None, amend=False, sleep=sleep)
    return pushed.subject if pushed else None


def test_the_index_is_committed_on_top_of_other_pushes(bare: Repository) -> None:
    """It is published in the end, however often others push first, and their commits stay."""
    refuse(bare)
    assert publish(bare, push_between(bare, 3)) == "index: 1 package of 1 owner, 1 new"
    assert bare.git("rev-list", "--count", "main") == str(1 + 3 + 1)
    assert bare.git("ls-tree", "-r", "--name-only", "main") == "index/octo/forge/beacon.json"
    assert publish(bare, never) is None


def test_it_gives_up_with_what_the_remote_says(bare: Repository) -> None:
    """A branch that is protected is said to be; nothing is published."""
    refuse(bare)
    clock = Clock()
    before = clock.now
    with pytest.raises(RemoteError, match=r"git says: ! \[remote rejected\].*pre-receive hook declined"):
        publish(bare, clock.sleep)
    assert clock.now - before == sum(PAUSES)
    assert bare.git("rev-list", "--count", "main") == "1"


def test_what_cannot_help_is_not_tried_again() -> None:
    """Only a remote may change its mind."""

    def wrong() -> None:
        raise ConfigError("wrong")

    with pytest.raises(ConfigError, match="wrong"):
        retry(wrong, never)
