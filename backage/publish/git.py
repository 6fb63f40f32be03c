"""Reading a repository with git: what its commits changed, and where it was cloned from."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from backage.errors import ConfigError
from backage.publish.process import git_environment, read_changes, run_git

_FILE = "100"
"""The beginning of the mode of a regular file. Links and submodules have other modes."""

_SHORT = re.compile(r"(?:[^@/:]+@)?([^@/:]+):(?!/)(.+)")
"""As in `git@github.com:owner/name`."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The changes of a commit: the object name of each path's new content, None for a removed file."""

    day: date
    changed: dict[str, str | None]


class GitLog:
    """The commits up to a revision along first parents, oldest first."""

    def __init__(self, repository: Path, revision: str) -> None:
        """Use a repository, with a working tree or bare.

        Raises:
            ConfigError: git is not installed, or the repository has no such revision.
        """
        inner = repository / ".git"
        self._folder = f"--git-dir={inner if inner.exists() else repository}"
        fields = ["--format=%H%x09%P%x09%ct", "--no-show-signature", "--first-parent", "--reverse"]
        listed = self._run("log", *fields, "--end-of-options", revision, "--")
        self._revision = revision
        self._commits = [line.split("\t") for line in listed.splitlines()]
        self._reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the process that reads contents."""
        command = ["git", self._folder, "cat-file", "--batch"]
        self._reader = subprocess.Popen(  # noqa: S603 (no shell, nothing from strangers)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=git_environment()
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the reading process."""
        if self._reader is not None:
            self._reader.communicate()

    def __len__(self) -> int:
        """Count the commits."""
        return len(self._commits)

    def __iter__(self) -> Iterator[Commit]:
        """Iterate over the commits with their changes."""
        for name, parents, seconds in self._commits:
            between = [parents.partition(" ")[0], name] if parents else ["--root", name]
            listed = self._run("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", *between)
            changed = {
                path: content if mode.startswith(_FILE) else None
                for mode, content, kind, path in read_changes(listed)
                if mode.startswith(_FILE) or kind in {"D", "T"}
            }
            yield Commit(_day(seconds), changed)

    def has(self, folder: str) -> bool:
        """Return whether the last commit has a folder."""
        return bool(self._run("ls-tree", "-d", "--end-of-options", self._revision, folder))

    def read(self, content: str) -> bytes:
        """Return a content by its object name."""
        if self._reader is None or self._reader.stdin is None or self._reader.stdout is None:
            raise RuntimeError("contents are read within a `with`")
        self._reader.stdin.write(f"{content}\n".encode())
        self._reader.stdin.flush()
        head = self._reader.stdout.readline().split()
        if len(head) != len(("name", "type", "size")):
            raise ConfigError(f"git cannot read {content} of the repository: is it a whole clone?")
        return self._reader.stdout.read(int(head[2]) + 1)[:-1]

    def _run(self, *arguments: str) -> str:
        return run_git(self._folder, *arguments)


def _day(seconds: str) -> date:
    """Return the UTC day of a commit; 1970-01-01 if its time is invalid."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC).date()


def find_origin(folder: Path, server: str) -> str | None:
    """Return the path in the address of the remote `origin` if that is on `server`, else None.

    No request is sent. The caller must check the path.
    """
    try:
        url = run_git("-C", str(folder), "remote", "get-url", "origin").strip()
        short = _SHORT.fullmatch(url)
        host, path = (short[1], short[2]) if short else (urlsplit(url).hostname, urlsplit(url).path)
    except (ConfigError, ValueError):
        return None
    is_there = (host or "").lower() == urlsplit(server).hostname
    return path.strip("/").removesuffix(".git") if is_there else None
