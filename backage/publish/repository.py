"""Committing and pushing an index, with git itself.

The index is generated: what changed in it is put on the tip that the branch has on the remote, whatever was
pushed there meanwhile, and never merged. Nothing else is committed, and the staging area stays as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from backage.errors import ConfigError, RemoteError
from backage.publish.files import SCRATCH, IndexFiles
from backage.publish.process import call, git_environment

TRAILER = "Backage-Index: yes"
"""What a commit of the index says of itself, so that no other is ever replaced."""

DEFAULT_COMMITTER = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (
        ("NAME", "github-actions[bot]"),
        ("EMAIL", "41898282+github-actions[bot]@users.noreply.github.com"),
    )
}
"""Who commits where git knows nobody: the account that Actions commits as."""

DEPTH = 2
"""Commits fetched into a shallow clone: the tip, and its parent, to which `amend` goes back."""


@dataclass(frozen=True, slots=True)
class Change:
    """A path below the index, in which the branch will differ: `A` added, `M` modified, `D` removed."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What there is to publish: the tip that it goes on (None on a new branch), a tree, what that changes.

    `here` is the tree of `base` with the index as it lay here.
    """

    tip: str | None
    tree: str
    changes: tuple[Change, ...]
    base: str
    here: str


class Repository:
    """The working tree that an index lies in, and a branch of a remote."""

    def __init__(self, index: Path, remote: str, branch: str | None) -> None:
        """Find the repository; the branch is by default the one that is checked out.

        Raises:
            ConfigError: there is no repository, no such remote, or no branch.
        """
        if not index.is_dir():
            raise ConfigError(f"{index} is no folder: `backage update` writes it; --index names another.")
        self._environment = git_environment()
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
        name = f"refs/heads/{self.branch}"
        self._must("check-ref-format", name, reason=f'"{self.branch}" is no branch: name one with --branch')
        if self._try("var", "GIT_COMMITTER_IDENT") is None:
            self._environment.update(DEFAULT_COMMITTER)

    def propose(self) -> Proposal:
        """Fetch the branch, and put what changed in the index on its tip.

        What changed is told against the commit that is checked out, if it is of that branch; else against the
        tip, so that the index is published as it lies here.

        Raises:
            ConfigError: the remote lacks the branch that is checked out here.
            RemoteError: the remote cannot be read.
        """
        tip = self._fetch()
        own = self.branch == self._checked_out
        head = self._try("rev-parse", "--verify", "--quiet", "HEAD^{commit}") if own else None
        if head and tip is None:
            raise ConfigError(f"{self._remote} has no branch {self.branch}: push it once, then publish.")
        nothing = self._git("hash-object", "-t", "tree", "-w", "/dev/null")
        base = head or tip or nothing
        with IndexFiles(self._index).alone():
            here = self._tree_here(base)
        ours = self._diff(base, here)
        with self._staging(tip or nothing) as area:
            lines = "".join(f"{mode} {content}\t{path}\0" for mode, content, _, path in ours)
            self._git("update-index", "-z", "--index-info", text=lines, **area)
            tree = self._git("write-tree", **area)
        changes = (Change(kind, self._below(path)) for _, _, kind, path in self._diff(tip or nothing, tree))
        return Proposal(tip, tree, tuple(changes), base, here)

    @contextmanager
    def _staging(self, tree: str) -> Iterator[dict[str, str]]:
        """Give git's variable for a staging area of its own, with a tree in it; that of the folder stays."""
        with TemporaryDirectory() as folder:
            area = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git("read-tree", tree, **area)
            yield area

    def _tree_here(self, base: str) -> str:
        """Make a tree of a commit with the index as it lies here."""
        with self._staging(base) as area:
            self._add(**area)
            return self._git("write-tree", **area)

    def _add(self, **variables: str) -> None:
        paths = [f":(top,literal){self._path}", f":(top,exclude,literal){self._below_it}{SCRATCH}"]
        self._git("add", "--all", "--force", "--", *paths, **variables)

    def push(self, proposal: Proposal, message: str, *, amend: bool) -> str:
        """Commit a proposal and push it; return the name of the commit.

        With `amend` it takes the place of the tip, where that is a commit of the index and nothing else.

        Raises:
            RemoteError: the branch has moved meanwhile, or the remote does not take it.
        """
        parent = proposal.tip
        if amend and parent:
            parent = self._before(parent)
        parents = ["-p", parent] if parent else []
        commit = self._git("commit-tree", *parents, "-m", message, "-m", TRAILER, proposal.tree)
        lease = f"--force-with-lease=refs/heads/{self.branch}:{proposal.tip or ''}"
        self._git("push", "--quiet", lease, "--", self._remote, f"{commit}:refs/heads/{self.branch}")
        with suppress(ConfigError), IndexFiles(self._index).alone():
            self._follow(commit, proposal)
        return commit

    def _fetch(self) -> str | None:
        """Fetch the tip of the branch; None where the remote has no such branch."""
        name = f"refs/heads/{self.branch}"
        if not self._git("ls-remote", "--", self._remote, name):
            return None
        shallow = self._git("rev-parse", "--is-shallow-repository") == "true"
        depth = [f"--depth={DEPTH}"] if shallow else []
        self._git("fetch", "--quiet", "--no-tags", *depth, "--", self._remote, name)
        return self._git("rev-parse", "FETCH_HEAD")

    def _before(self, tip: str) -> str | None:
        """Give what stays below a commit of the index that is replaced; the tip itself where it is none.

        A commit is read as it is, for a shallow clone does not show the parents of its oldest.
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
        """Let the checked-out branch be what was pushed, if it is that branch and has nothing of its own.

        An index that was written meanwhile stays as it is.
        """
        if self.branch != self._checked_out or self._tree_here(proposal.base) != proposal.here:
            return
        behind = self._try("merge-base", "--is-ancestor", "HEAD", "FETCH_HEAD") is not None
        others = [":/", f":(top,exclude,literal){self._path}"]
        if behind and self._try("diff", "--quiet", "HEAD", "--", *others) is not None:
            self._add()  # so that no file is written anew that is right already
            self._git("reset", "--quiet", "--hard", commit)

    def _diff(self, before: str, after: str) -> list[tuple[str, str, str, str]]:
        """List what differs between two trees: mode and content as they are after, the kind, the path."""
        listed = self._git("diff-tree", "-r", "-z", "--no-renames", before, after)
        fields = iter(listed.split("\0"))
        return [(*_after(head), path) for head, path in zip(fields, fields, strict=False)]

    def _below(self, path: str) -> str:
        return path.removeprefix(self._below_it)

    def _must(self, *arguments: str, reason: str) -> str:
        """Ask git what has to have an answer."""
        found = self._try(*arguments)
        if found is None:
            raise ConfigError(f"{reason}.")
        return found

    def _try(self, *arguments: str) -> str | None:
        """Ask git what may have no answer."""
        try:
            return self._git(*arguments)
        except RemoteError:
            return None

    def _git(self, *arguments: str, text: str = "", **variables: str) -> str:
        command = ["git", "-C", str(self._folder), *arguments]
        said = call(command, {**self._environment, **variables}, text=text.encode(errors="surrogateescape"))
        return said.decode(errors="surrogateescape").removesuffix("\n")


def last_other_commit() -> str | None:
    """Name the last commit here that is none of the index, else the oldest that a shallow clone has.

    It stays when the tip is replaced, so that a tag on it keeps nothing that was.
    """
    other = ("log", "-1", "--format=%H", "--invert-grep", f"--grep=^{TRAILER}$")
    oldest = ("rev-list", "--max-parents=0", "--max-count=1", "HEAD")
    try:
        found = [call(["git", *asked], git_environment()).decode().strip() for asked in (other, oldest)]
    except ConfigError:
        return None
    return found[0] or found[1] or None


def _after(head: str) -> tuple[str, str, str]:
    """Read `:MODE MODE CONTENT CONTENT KIND`."""
    _, mode, _, content, kind = head.split(" ")
    return mode, content, kind
