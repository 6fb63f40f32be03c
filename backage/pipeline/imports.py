"""History from elsewhere: an index, a repository's log, a flat database, or another history.

What is read goes into a history of its own, which is then merged: so there is one rule for what is better
than what, an import that is cut short changes nothing, and a second one neither.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from backage.errors import ConfigError
from backage.owners import OptOut
from backage.pipeline.sources import Intake, read_database, read_index, read_log, read_saved
from backage.publish.files import IndexFiles
from backage.publish.git import GitLog
from backage.store.counters.users import save_users
from backage.store.database import History, open_history
from backage.store.imports import is_flat
from backage.store.merge import merge_history
from backage.store.owners import forget, load_former

SQLITE = b"SQLite format 3\0"
JSON = (b"{", b"\xef", b" ", b"\n", b"\r", b"\t")
"""How a file of JSON may begin."""

INDEX = "index"


def import_history(
    history: History,
    source: Path,
    *,
    optout: OptOut,
    today: date,
    revision: str,
    organization: str = "cloudrepo",
    on_step: Callable[[int, int], None],
) -> Intake:
    """Take in what a source knows, but for what is opted out; `on_step` gets how many of how many are read.

    Raises:
        ConfigError: the source is none, or cannot be read at all.
    """
    with TemporaryDirectory() as folder:
        scratch = Path(folder) / "history.db"
        with open_history(scratch) as taken:
            intake = Intake(taken, today, on_step)
            is_history = _read(intake, source, revision, organization)
            forget(taken, optout)
        if not (is_history or intake.read or intake.unread):
            raise ConfigError(f"{source} holds no package: nothing at OWNER/REPO/PACKAGE.json.")
        merge_history(history, source if is_history else scratch)
    forget(history, optout.follow(load_former(history)))
    new = save_users(history, intake.users)
    intake.warnings += [
        f"{name} is a user already, and keeps the password" for name in intake.users.keys() - new
    ]
    if is_history:
        on_step(1, 1)
    return intake


def _read(intake: Intake, source: Path, revision: str, organization: str) -> bool:
    """Read a source by its kind; tell whether it is a history, which is merged as it is."""
    if source.is_dir():
        if (source / ".git").exists() or ((source / "HEAD").is_file() and (source / "objects").is_dir()):
            with GitLog(source, revision) as log:
                read_log(intake, log, INDEX)
        else:
            read_index(intake, IndexFiles(source / INDEX if (source / INDEX).is_dir() else source))
        return False
    if not source.exists():
        raise ConfigError(f"{source} does not exist.")
    with source.open("rb") as stream:
        beginning = stream.read(len(SQLITE))
    if beginning[:1] in JSON:
        read_saved(intake, source, organization)
        return False
    if beginning != SQLITE:
        raise ConfigError(f"{source} is neither an index, nor a repository, nor a database.")
    if not is_flat(source):
        return True
    read_database(intake, source)
    return False
