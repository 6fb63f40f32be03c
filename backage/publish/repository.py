"""Committing and pushing an index, with git itself.

The index is generated, so nothing is merged: its changes are committed on top of the remote branch's current
tip, whatever others pushed meanwhile. Nothing else is committed, and the staging area is not touched.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from backage.errors import ConfigError, RemoteError
from backage.publish.files import SCRATCH, IndexFiles
from backage.publish.process import read_changes, run_git

TRAILER = "Backage-Index: yes"
"""A line in each commit of the index. Only commits with it are ever replaced."""

_EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"
DEFAULT_COMMITTER = {
    "GIT_AUTHOR_NAME": "github-actions[bot]",
    "GIT_AUTHOR_EMAIL": _EMAIL,
    "GIT_COMMITTER_NAME": "github-actions[bot]",
    "GIT_COMMITTER_EMAIL": _EMAIL,
}
"""The committer if git has none configured: the account that Actions uses."""

DEPTH = 2
"""Commits fetched into a shallow clone: the tip, and its parent for an amending commit."""


class Change(NamedTuple):
    """A path below the index that changes on the branch: `A` added, `M` modified, `D` removed."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tree to commit on top of `tip` (None on a new branch), and its changes.

    `here` is the tree of `base` with the local index in it.
    """

    tip: str | None
    tree: str
    changes: tuple[Change, ...]
    base: str
    here: str


class Repository:
    """The working tree that contains an index, and a branch of a remote."""

    def __init__(self, index: Path, remote: str, branch: str | None) -> None:
        """Find the repository. The default branch is the one that is checked out.

        Raises:
            ConfigError: there is no repository, no such remote, or no branch.
        """
        if not index.is_dir():
            raise ConfigError(f"{index} is no folder: `backage update` writes it; --index names another.")
        self._committer: dict[str, str] = {}
        self._index = self._folder = index
        self._folder = Path(
            self._must("rev-parse", "--show-toplevel", reason=f"{index} is in no git repository")
        )
        path = index.resolve().relative_to(self._folder.resolve())
        self._path = path.as_posix() if path.parts else ""
        self._below_it = f"{self._path}/" if self._path else ""
        self._must("remote", "get-url", "--", remote, reason=f'The repository has no remote "{remote}"')
        self._remote = remote
        self._checked_out = self._try("symbolic-ref", "--short", "HEAD")
        self.branch = branch or self._checked_out or ""
        self._ref = f"refs/heads/{self.branch}"
        self._must(
            "check-ref-format", self._ref, reason=f'"{self.branch}" is no branch: name one with --branch'
        )
        if self._try("var", "GIT_COMMITTER_IDENT") is None:
            self._committer = DEFAULT_COMMITTER

    def propose(self) -> Proposal:
        """Fetch the branch, and apply the changes of the index to its tip.

        If the branch is checked out here, changes are relative to the local commit. Otherwise they are
        relative to the tip, so that the local index is published as a whole.

        Raises:
            ConfigError: the remote lacks the branch that is checked out here.
            RemoteError: the remote cannot be read.
        """
        tip = self._fetch()
        is_here = self.branch == self._checked_out
        head = self._try("rev-parse", "--verify", "--quiet", "HEAD^{commit}") if is_here else None
        if head and tip is None:
            raise ConfigError(f"{self._remote} has no branch {self.branch}: push it once, then publish.")
        nothing = self._git("hash-object", "-t", "tree", "-w", "/dev/null")
        base = head or tip or nothing
        with IndexFiles(self._index).hold_lock():
            here = self._tree_here(base)
        ours = self._diff(base, here)
        with self._staging(tip or nothing) as area:
            lines = "".join(f"{mode} {content}\t{path}\0" for mode, content, _, path in ours)
            self._git("update-index", "-z", "--index-info", text=lines, **area)
            tree = self._git("write-tree", **area)
        changes = (
            Change(kind, path.removeprefix(self._below_it))
            for _, _, kind, path in self._diff(tip or nothing, tree)
        )
        return Proposal(tip, tree, tuple(changes), base, here)

    @contextmanager
    def _staging(self, tree: str) -> Iterator[dict[str, str]]:
        """Yield git's variable for a temporary staging area with a tree in it."""
        with TemporaryDirectory() as folder:
            area = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git("read-tree", tree, **area)
            yield area

    def _tree_here(self, base: str) -> str:
        """Write the tree of a commit with the local index in it."""
        with self._staging(base) as area:
            self._add(**area)
            return self._git("write-tree", **area)

    def _add(self, **variables: str) -> None:
        paths = [f":(top,literal){self._path}", f":(top,exclude,literal){self._below_it}{SCRATCH}"]
        self._git("add", "--all", "--force", "--", *paths, **variables)

    def push(self, proposal: Proposal, message: str, *, amend: bool) -> str:
        """Commit a proposal and push it; return the hash of the commit.

        With `amend` the commit replaces the tip, if the tip changes only the index.

        Raises:
            RemoteError: the branch moved meanwhile, or the remote rejects the commit.
        """
        parent = self._find_parent(proposal.tip) if amend and proposal.tip else proposal.tip
        parents = ["-p", parent] if parent else []
        commit = self._git("commit-tree", *parents, "-m", message, "-m", TRAILER, proposal.tree)
        lease = f"--force-with-lease={self._ref}:{proposal.tip or ''}"
        self._git("push", "--quiet", lease, "--", self._remote, f"{commit}:{self._ref}")
        with suppress(ConfigError), IndexFiles(self._index).hold_lock():
            self._follow(commit, proposal)
        return commit

    def _fetch(self) -> str | None:
        """Fetch the branch and return its tip, None if the remote has no such branch."""
        if not self._git("ls-remote", "--", self._remote, self._ref):
            return None
        shallow = self._git("rev-parse", "--is-shallow-repository") == "true"
        depth = [f"--depth={DEPTH}"] if shallow else []
        self._git("fetch", "--quiet", "--no-tags", *depth, "--", self._remote, self._ref)
        return self._git("rev-parse", "FETCH_HEAD")

    def _find_parent(self, tip: str) -> str | None:
        """Return the parent for an amending commit.

        This is the tip's parent if the tip changes only the index, otherwise the tip. It is None if a commit
        of the index has no parent. The raw commit is read, because git hides parents in a shallow clone.
        """
        head, _, message = self._git("cat-file", "commit", tip).partition("\n\n")
        parents = [line.partition(" ")[2] for line in head.splitlines() if line.startswith("parent ")]
        if TRAILER not in message.splitlines() or len(parents) > 1:
            return tip
        if not parents:
            return None
        touched = self._diff(parents[0], tip)
        return parents[0] if all(path.startswith(self._below_it) for *_, path in touched) else tip

    def _follow(self, commit: str, proposal: Proposal) -> None:
        """Move the checked-out branch to the pushed commit, if it is that branch and has no other changes.

        An index that was rewritten meanwhile is not touched.
        """
        if self.branch != self._checked_out or self._tree_here(proposal.base) != proposal.here:
            return
        behind = self._try("merge-base", "--is-ancestor", "HEAD", "FETCH_HEAD") is not None
        others = [":/", f":(top,exclude,literal){self._path}"]
        if behind and self._try("diff", "--quiet", "HEAD", "--", *others) is not None:
            self._add()  # otherwise git would rewrite files that are up to date
            self._git("reset", "--quiet", "--hard", commit)

    def _diff(self, before: str, after: str) -> list[tuple[str, str, str, str]]:
        """Return the differences of two trees: new mode, new content, kind and path."""
        return list(read_changes(self._git("diff-tree", "-r", "-z", "--no-renames", before, after)))

    def _must(self, *arguments: str, reason: str) -> str:
        """Return the output of git; a failure is a ConfigError with this reason."""
        found = self._try(*arguments)
        if found is None:
            raise ConfigError(f"{reason}.")
        return found

    def _try(self, *arguments: str) -> str | None:
        """Return the output of git, None if it fails."""
        try:
            return self._git(*arguments)
        except RemoteError:
            return None

    def _git(self, *arguments: str, text: str = "", **variables: str) -> str:
        variables = {**self._committer, **variables}
        return run_git("-C", str(self._folder), *arguments, text=text, **variables).removesuffix("\n")


def last_other_commit() -> str | None:
    """Return the hash of the last commit that is not of the index, else the oldest in a shallow clone.

    Amending never replaces it, so a tag on it keeps no replaced commit alive.
    """
    other = ("log", "-1", "--format=%H", "--invert-grep", f"--grep=^{TRAILER}$")
    oldest = ("rev-list", "--max-parents=0", "--max-count=1", "HEAD")
    try:
        found = [run_git(*asked).strip() for asked in (other, oldest)]
    except ConfigError:
        return None
    return found[0] or found[1] or None
