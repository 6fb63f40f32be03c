"""`backage import`: history from an index, a repository's log, a flat database, or another history.

A source is read into a temporary history, which is then merged. So one rule decides between two values, an
interrupted import changes nothing, and neither does a repeated one.
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
"""The possible first bytes of a JSON file."""

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
    """Import a source, except opted-out packages; `on_step` gets the number of items read and of all.

    Raises:
        ConfigError: the source has an unknown kind, holds no package, or cannot be read.
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
    """Read a source by its kind; return True for a history, which is left to be merged directly."""
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
