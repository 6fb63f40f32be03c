"""Options that commands share, each with its variable, and the files behind them."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from backage.cli.text import printable
from backage.config import load_settings
from backage.errors import ConfigError, DamagedError
from backage.owners import BadLine, Entry, OptOut, parse_name, parse_optout, parse_owners
from backage.pipeline.events import refresh_counted_days
from backage.publish.git import find_origin
from backage.store.database import History, open_history, undamaged
from backage.store.migrations import REPAIR
from backage.store.owners import load_owner

Command = TypeVar("Command", bound="Callable[..., Any]")

PATH = click.Path(path_type=Path)


class Shard(click.ParamType[Any]):
    """`I/N`: the I-th of N parts, counted from 1."""

    name = "I/N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read both numbers."""
        match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", value) if isinstance(value, str) else None
        number, shards = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= number <= shards:
            self.fail(f"{value!r} is not a part and how many there are, such as 2/4.", param, ctx)
        return number, shards


class Name(click.ParamType[Any]):
    """`OWNER[/REPO[/PACKAGE]]`, as a tuple."""

    name = "OWNER[/REPO[/PACKAGE]]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the parts."""
        name = parse_name(str(value))
        if name is None:
            self.fail(
                f'"{printable(str(value))}" is not owner, owner/repo or owner/repo/package.', param, ctx
            )
        return name


def option(name: str, *names: str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: ANN401 (click's own)
    """Declare an option that can also be set by `BACKAGE_` and its name."""
    variable = "BACKAGE_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, *names, envvar=variable, show_envvar=True, show_default=True, **attributes)


owners_option = option("--owners", type=PATH, default=Path("owners.txt"), help="Whom to read, one a line.")
optout_option = option("--optout", type=PATH, default=Path("optout.txt"), help="Who is never read.")
history_option = option("--history", type=PATH, default=Path("history.db"), help="The SQLite history.")
index_option = option("--index", type=PATH, default=Path("index"), help="Where the index is written.")


repository_option = click.option(
    "--repository",
    envvar=["BACKAGE_REPOSITORY", "GITHUB_REPOSITORY"],
    help="Where the index is: OWNER/NAME; by default GITHUB_REPOSITORY, else the remote of this folder.",
)
branch_option = option("--branch", default="main", help="The branch that the index is on.")


def find_repository(repository: str | None) -> str | None:
    """Give the repository of the index: the one that is named, else the one that this folder is a clone of.

    Raises:
        ConfigError: what was named is none.
    """
    named = repository or find_origin(Path(), load_settings(os.environ).server)
    valid = named is not None and len(parse_name(named) or ()) == len(("owner", "name"))
    if repository and not valid:
        raise ConfigError(f'"{printable(repository)}" is not OWNER/NAME of a repository.')
    return named if valid else None


def verbosity(command: Command) -> Command:
    """Add -v and -q."""
    command = option("--verbose", "-v", is_flag=True, help="Say more on standard error.")(command)
    return option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")(command)


def load_owners(path: Path) -> tuple[list[Entry], list[str]]:
    """Read owners.txt; return its owners, and a sentence for each bad line.

    Raises:
        ConfigError: it is missing or not readable.
    """
    entries, bad = parse_owners(
        _read(path, "Make it, with one GitHub owner a line, or name it with --owners.")
    )
    return entries, _sentences(path, bad)


def load_optout(path: Path) -> tuple[OptOut, list[str]]:
    """Read optout.txt, which may be missing under its usual name; return it, and what is wrong with it.

    Raises:
        ConfigError: it is missing under another name, or not readable.
    """
    if not path.exists() and path == Path("optout.txt"):
        return OptOut(), []
    optout, bad = parse_optout(_read(path, "Name it with --optout."))
    return optout, _sentences(path, bad)


def require(history: Path) -> None:
    """Make sure that a history is there, where a command would only make an empty one.

    Raises:
        ConfigError: it is not.
    """
    if not history.exists():
        raise ConfigError(f"{history} does not exist. `backage update` makes it; --history names another.")
    if history.is_file() and not history.stat().st_size:
        raise ConfigError(f"{history} is empty: {REPAIR}.")


@contextmanager
def use_history(path: Path) -> Iterator[History]:
    """Open a history for a command, to which all that SQLite has to say of it is one sentence.

    What was counted since it was last opened becomes days first, where it may be written.
    """
    with undamaged(path), open_history(path) as history:
        if os.access(path, os.W_OK):
            _settle(history)
        yield history


def _settle(history: History) -> None:
    """Let what was counted become days; where another program writes just now, those there are have to do."""
    try:
        refresh_counted_days(history, datetime.now(UTC).date())
    except DamagedError:
        raise
    except ConfigError as error:
        click.echo(printable(f"What was counted since it was last read is left out: {error}"), err=True)


def known_owner(history: History, login: str) -> str:
    """Give an owner's login as it is now.

    Raises:
        ConfigError: the history does not know it.
    """
    owner = load_owner(history, login)
    if owner is None:
        raise ConfigError(f'The history knows no owner "{printable(login)}".')
    return owner.login


def _read(path: Path, advice: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise ConfigError(f"{path} {reason}. {advice}") from error


def _sentences(path: Path, bad: list[BadLine]) -> list[str]:
    return [printable(f"{path}:{line.number}: {line.reason}; the line is skipped.") for line in bad]
