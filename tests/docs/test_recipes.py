"""What the documentation says to do by hand in git, done to a fork and what it was forked from."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from backage.publish.repository import Repository as Publisher
from tests.docs.text import ROOT, find_blocks
from tests.support.repositories import Repository

PROJECT = "https://github.com/ipitio/backage"


@dataclass(frozen=True)
class Fork:
    """A clone of a fork, both repositories that lie behind it, and a clone of the upstream one."""

    upstream: Repository
    theirs: Repository
    bare: Repository
    mine: Repository

    def publish(self, clone: Repository, name: str, text: str, *, amend: bool = False) -> None:
        """Publish a file of an index, as a run does, and the totals with it."""
        clone.git("pull", "--quiet", "--rebase")
        for path in (f"index/{name}/lamp/lamp.json", "index/.json"):
            target = clone.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(f"{name} {text}\n")
        publisher = Publisher(clone.folder / "index", "origin", None)
        publisher.push(publisher.propose(), "index", amend=amend)

    def push(self, clone: Repository, path: str, text: str) -> None:
        """Commit and push a file as a person does."""
        clone.git("pull", "--quiet", "--rebase")
        (clone.folder / path).write_text(text)
        clone.commit("2026-08-20T12:00:00+00:00")
        clone.git("push", "--quiet", "origin", "HEAD:main")

    def follow(self, mark: str, document: str = "docs/operating.md") -> None:
        """Do in the clone of the fork what the block of a document says that has a mark in it."""
        (block,) = [block for block in find_blocks(ROOT / document) if mark in block.text]
        text = dedent(block.text).replace(PROJECT, str(self.upstream.folder))
        subprocess.run(["bash", "-ec", text], cwd=self.mine.folder, check=True)  # noqa: S603, S607
        assert self.mine.git("status", "--porcelain") == ""
        assert self.mine.git("rev-parse", "HEAD") == self.bare.git("rev-parse", "main")

    def tree(self) -> dict[str, str]:
        """Return the fork's content."""
        names = self.bare.git("ls-tree", "-r", "--name-only", "main").splitlines()
        return {name: self.bare.git("cat-file", "blob", f"main:{name}") for name in names}

    def index_commits(self) -> int:
        """Count the commits of the fork that touch its own index."""
        return len(self.bare.git("rev-list", "main", "--", "index/mona/lamp/lamp.json").split())


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fork:
    """Return a fork; since it was made, both repositories published an index and changed their lists."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {"NAME": "Mona", "EMAIL": "mona@example.org"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    theirs = Repository(tmp_path / "theirs").begin()
    (theirs.folder / "index").mkdir()
    for path in ("index/.gitkeep", "owners.txt", "optout.txt", "program.py"):
        (theirs.folder / path).write_text("")
    theirs.commit("2026-08-20T12:00:00+00:00")
    upstream = theirs.clone(tmp_path / "upstream.git", "--bare")
    bare = theirs.clone(tmp_path / "fork.git", "--bare")
    theirs.git("remote", "add", "origin", str(upstream.folder))
    theirs.git("fetch", "--quiet")
    theirs.git("branch", "--quiet", "--set-upstream-to=origin/main")
    fork = Fork(upstream, theirs, bare, bare.clone(tmp_path / "mine"))
    fork.push(fork.mine, "owners.txt", "mona\n")
    fork.push(fork.theirs, "owners.txt", "octo\n")
    for number in range(3):
        fork.publish(fork.mine, "mona", str(number))
        fork.publish(fork.theirs, "octo", str(number))
    return fork


def test_a_fork_takes_the_program_and_keeps_its_numbers(fork: Fork) -> None:
    """Again and again; what publishes goes on in between."""
    for number in range(2):
        before = fork.tree()
        fork.push(fork.theirs, "program.py", f"print({number})\n")
        fork.follow("git merge --quiet --no-commit")
        assert fork.tree() == {**before, "program.py": f"print({number})"}
        fork.publish(fork.mine, "mona", f"after {number}")
        fork.publish(fork.theirs, "octo", f"after {number}")


def test_a_grown_fork_is_made_small_and_can_be_synced_after(fork: Fork) -> None:
    """Its commits of the index become one, which can be amended; people's commits, and upstream's, stay."""
    before = fork.tree()
    fork.follow("git filter-branch")
    assert fork.tree() == before
    assert fork.index_commits() == 1
    assert fork.bare.git("log", "--format=%s", "main", "--", "owners.txt").count("More") == 2
    fork.publish(fork.mine, "mona", "amended", amend=True)
    assert fork.index_commits() == 1
    fork.push(fork.theirs, "program.py", "print()\n")
    fork.follow("git merge --quiet --no-commit")
    assert fork.tree() == {
        **before,
        "index/mona/lamp/lamp.json": "mona amended",
        "index/.json": "mona amended",
        "program.py": "print()",
    }


def test_another_program_takes_its_place_beside_the_same_index(fork: Fork) -> None:
    """Its files go, ours come, and every address of the index stays."""
    fork.push(fork.mine, "old-program.sh", "true\n")
    before = fork.tree()
    fork.push(fork.theirs, "program.py", "print()\n")
    fork.follow("git read-tree", "docs/moving.md")
    del before["old-program.sh"]
    assert fork.tree() == {**before, "program.py": "print()"}
    assert not (fork.mine.folder / "old-program.sh").exists()


def test_a_fork_begins_anew(fork: Fork) -> None:
    """Without the packages and the owners of others; all else stays."""
    fork.follow("Begin anew", "README.md")
    assert fork.tree() == {"index/.gitkeep": "", "optout.txt": "", "owners.txt": "", "program.py": ""}
