"""`backage publish`: commit and push the index, even if others push at the same time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backage.publish.process import retry
from backage.publish.repository import Repository
from backage.render.paths import render_message


@dataclass(frozen=True, slots=True)
class Pushed:
    """A published commit: its hash, its branch, the first line of its message, and the number of files."""

    commit: str
    branch: str
    subject: str
    files: int


def size_of(index: Path) -> int:
    """Return the bytes of all files of an index."""
    return sum(path.stat().st_size for path in index.rglob("*") if path.is_file())


def publish_index(
    index: Path, *, remote: str, branch: str | None, amend: bool, sleep: Callable[[float], None]
) -> Pushed | None:
    """Commit and push the changes of an index. Return None if nothing changed.

    If somebody else pushes first, or the remote does not answer, it starts again from the new state.

    Raises:
        ConfigError: there is no repository, or the remote refuses every time.
    """
    repository = Repository(index, remote, branch)

    def attempt() -> Pushed | None:
        proposal = repository.propose()
        if not proposal.changes:
            return None
        message = render_message(proposal.changes)
        commit = repository.push(proposal, message, amend=amend)
        return Pushed(commit, repository.branch, message.partition("\n")[0], len(proposal.changes))

    return retry(attempt, sleep)
