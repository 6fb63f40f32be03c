"""Real git repositories, the same on every machine."""

import os
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Repository:
    """A repository in a folder; each commit has a given time."""

    folder: Path

    def git(self, *arguments: str, time: str = "2026-08-20T12:00:00+00:00", text: str = "") -> str:
        """Run git at a given time, without anybody's settings, and return its output."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Mona",
            "GIT_AUTHOR_EMAIL": "mona@example.org",
            "GIT_COMMITTER_NAME": "Mona",
            "GIT_COMMITTER_EMAIL": "mona@example.org",
            "GIT_AUTHOR_DATE": time,
            "GIT_COMMITTER_DATE": time,
        }
        done = subprocess.run(  # noqa: S603 (our own arguments)
            ["git", "-C", str(self.folder), *arguments],  # noqa: S607 (the same git as the program's)
            check=True,
            capture_output=True,
            env=environment,
            input=text.encode(),
        )
        return done.stdout.decode().strip()

    def begin(self) -> "Repository":
        """Make the folder a repository without commits."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        return self

    def commit(self, time: str) -> str:
        """Commit all files of the folder and return the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=More", time=time)
        return self.git("rev-parse", "HEAD")

    def commit_on(self, day: date) -> str:
        """Commit all that the folder holds at noon of a day, in UTC."""
        return self.commit(f"{day}T12:00:00+00:00")

    def clone(self, target: Path, *options: str) -> "Repository":
        """Clone the repository."""
        self.git("clone", "--quiet", *options, str(self.folder), str(target))
        return Repository(target)

    def merge(self, time: str) -> str:
        """Commit all that the folder holds as a merge with a branch on which everything was removed."""
        branch = self.git("commit-tree", self.git("mktree"), "-p", "HEAD", "-m", "Nothing", time=time)
        self.git("add", "--all")
        parents = ("-p", "HEAD", "-p", branch)
        name = self.git("commit-tree", self.git("write-tree"), *parents, "-m", "Merge", time=time)
        self.git("reset", "--quiet", "--soft", name)
        return name


def begin_bare(folder: Path) -> "Repository":
    """Make a bare repository, like a remote, whose branch has one empty commit."""
    folder.mkdir()
    bare = Repository(folder)
    bare.git("init", "--quiet", "--bare", "--initial-branch=main")
    bare.git("update-ref", "refs/heads/main", bare.git("commit-tree", bare.git("mktree"), "-m", "First"))
    return bare
