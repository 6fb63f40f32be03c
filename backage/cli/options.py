"""Options that commands share, each with its variable, and the files behind them."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import click

from backage.cli.text import print_stderr, printable
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


def find_today() -> date:
    """Return the current day in UTC."""
    return datetime.now(UTC).date()


class Day(click.DateTime):
    """A day as `YYYY-MM-DD`."""

    name = "YYYY-MM-DD"

    def __init__(self) -> None:
        """Accept this form alone."""
        super().__init__(["%Y-%m-%d"])

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 (click's own)
        """Return the form, for the help."""
        return self.name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 (click's own)
        """Return the day as a date."""
        return value if type(value) is date else super().convert(value, param, ctx).date()


class Shard(click.ParamType[Any]):
    """`I/N`: the I-th of N parts, counted from 1."""

    name = "I/N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return both numbers."""
        match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", value) if isinstance(value, str) else None
        number, shards = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= number <= shards:
            self.fail(f"{value!r} is not a part and the number of parts, such as 2/4.", param, ctx)
        return number, shards


class Name(click.ParamType[Any]):
    """`OWNER[/REPO[/PACKAGE]]`, as a tuple."""

    name = "OWNER[/REPO[/PACKAGE]]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the parts, one to three."""
        name = parse_name(str(value))
        if name is None:
            self.fail(
                f'"{printable(str(value))}" is not owner, owner/repo or owner/repo/package.', param, ctx
            )
        return name


def option(name: str, *names: str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: ANN401 (click's own)
    """Declare an option that can also be set by `BACKAGE_` and its name."""
    variable = "BACKAGE_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(
        name, *names, envvar=variable, show_envvar=True, **{"show_default": True, **attributes}
    )


owners_option = option(
    "--owners", type=PATH, default=Path("owners.txt"), help="The list of owners to read, one on each line."
)
optout_option = option(
    "--optout",
    type=PATH,
    default=Path("optout.txt"),
    help="The list of owners, repositories and packages to leave out.",
)
history_option = option("--history", type=PATH, default=Path("history.db"), help="The SQLite history.")
index_option = option("--index", type=PATH, default=Path("index"), help="The folder of the index.")
rate_option = option(
    "--rate", type=click.FloatRange(min=0), default=2.0, help="Requests per second to one host; 0: no limit."
)
date_option = option(
    "--date",
    "day",
    type=Day(),
    default=find_today,
    show_default="today",
    help="The current day in UTC.",
)


repository_option = click.option(
    "--repository",
    envvar=["BACKAGE_REPOSITORY", "GITHUB_REPOSITORY"],
    help="The repository of the index, OWNER/NAME; by default GITHUB_REPOSITORY, else this folder's remote.",
)
branch_option = option("--branch", default="main", help="The branch of the index.")


def find_repository(repository: str | None) -> str | None:
    """Return the repository that is named, else the one that this folder is a clone of, else None.

    Raises:
        ConfigError: the name is invalid.
    """
    named = repository or find_origin(Path(), load_settings(os.environ).server)
    valid = named is not None and named.count("/") == 1 and parse_name(named) is not None
    if repository and not valid:
        raise ConfigError(f'"{printable(repository)}" is not OWNER/NAME of a repository.')
    return named if valid else None


def collect(
    name: str, make: Callable[..., Any], *options: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options to a command, which receives them as one value. `make` builds it from all of them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(**values: Any) -> Any:  # noqa: ANN401 (click's own)
            values[name] = make(
                **{parameter: values.pop(parameter) for parameter in signature(make).parameters}
            )
            return command(**values)

        for each in reversed(options):
            run = each(run)
        return run

    return decorate


@dataclass(frozen=True, slots=True)
class Messages:
    """How much a command prints: its result unless it is `quiet`, details if it is `verbose`."""

    verbose: bool = False
    quiet: bool = False

    def print_result(self, text: str) -> None:
        """Print to standard output, unless the command is quiet."""
        if not self.quiet:
            click.echo(text)

    def print_detail(self, text: str) -> None:
        """Print to standard error if the command is verbose."""
        if self.verbose:
            print_stderr(text)


message_options = collect(
    "messages",
    Messages,
    option("--verbose", "-v", is_flag=True, help="Print details to standard error."),
    option("--quiet", "-q", is_flag=True, help="Print errors only."),
)


def load_owners(path: Path) -> tuple[list[Entry], list[str]]:
    """Read owners.txt; return its owners, and a sentence for each invalid line.

    Raises:
        ConfigError: the file is missing or unreadable.
    """
    entries, bad = parse_owners(
        _read(path, "Create it, with one GitHub owner on each line, or name it with --owners.")
    )
    return entries, _describe_lines(path, bad)


def load_optout(path: Path) -> tuple[OptOut, list[str]]:
    """Read optout.txt, which may be missing under its usual name, and describe each invalid line.

    Raises:
        ConfigError: the file is missing under another name, or unreadable.
    """
    if not path.exists() and path == Path("optout.txt"):
        return OptOut(), []
    optout, bad = parse_optout(_read(path, "Name it with --optout."))
    return optout, _describe_lines(path, bad)


def use_optout(path: Path) -> OptOut:
    """Read optout.txt like `load_optout`, and print its invalid lines to standard error."""
    optout, complaints = load_optout(path)
    for complaint in complaints:
        print_stderr(complaint)
    return optout


def require(history: Path) -> None:
    """Check that a history exists, for a command that would only create an empty one.

    Raises:
        ConfigError: the file is missing or empty.
    """
    if not history.exists():
        raise ConfigError(
            f"{history} does not exist. `backage update` creates it; --history names another file."
        )
    if history.is_file() and not history.stat().st_size:
        raise ConfigError(f"{history} is empty: {REPAIR}.")


@contextmanager
def use_history(path: Path) -> Iterator[History]:
    """Open a history for a command. Errors of SQLite become one sentence.

    If the history is writable, downloads counted since it was last opened are added to their days first.
    """
    with undamaged(path), open_history(path) as history:
        if os.access(path, os.W_OK):
            try:
                refresh_counted_days(history, datetime.now(UTC).date())
            except DamagedError:
                raise
            except ConfigError as error:  # another program is writing
                print_stderr(
                    f"The newest downloads of events are missing, for the history cannot be updated: {error}"
                )
        yield history


def known_owner(history: History, login: str) -> str:
    """Return the current login of an owner.

    Raises:
        ConfigError: the history has no such owner.
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


def _describe_lines(path: Path, bad: list[BadLine]) -> list[str]:
    return [printable(f"{path}:{line.number}: {line.reason}; the line is skipped.") for line in bad]
