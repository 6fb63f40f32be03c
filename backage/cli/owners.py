"""`backage owners`: check, extend and list owners.txt, whose lines may come from strangers."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from backage.cli.options import PATH, load_optout, load_owners, option, optout_option, owners_option
from backage.cli.report import (
    choose_exit_code,
    format_verdicts,
    format_verdicts_markdown,
    list_verdicts,
    write_summary,
)
from backage.cli.text import json_text
from backage.cli.update import Limits, connect
from backage.config import Settings, load_settings
from backage.crawl.tally import DONE, SOME_FAILED
from backage.errors import ConfigError
from backage.owners import append_owners, compare_lines, parse_optout, parse_request, show_line, split_lines
from backage.pipeline.verdicts import CheckedLine, check_optout, check_owners

Command = TypeVar("Command", bound="Callable[..., Any]")

JOBS, MINUTES = 4, 10.0
"""Requests in the air at once, and how long a check may take: a host that refuses could hold it for long."""

MOST_ASKED = 20
"""Owners that one issue may ask for."""

LONGEST_REQUEST = 65_536
"""Characters of an issue's text: GitHub's own limit."""

LARGEST_EVENT = 25_000_000
"""Bytes of an event: GitHub's own limit."""

WRITABLE = 0o222


def asking(command: Command) -> Command:
    """Add what the commands that ask GitHub share."""
    for each in (
        click.option("--json", "form", flag_value="json", help="Write the verdicts as JSON."),
        click.option(
            "--markdown", "form", flag_value="markdown", help="Write them as Markdown, for a comment."
        ),
        option("--rate", type=click.FloatRange(min=0), default=2.0, help="Requests a second; 0: no limit."),
        option(
            "--max-requests", type=click.IntRange(min=0), default=200, help="Stop after so many requests."
        ),
        optout_option,
        owners_option,
    ):
        command = each(command)
    return command


@click.group()
def owners() -> None:
    """Check, add to and list the owners that are read."""


@owners.command()
@click.argument("owner", nargs=-1)
@asking
@option(
    "--base",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="What is there already: a folder with files of the same names.",
)
def check(
    *,
    owner: tuple[str, ...],
    owners: Path,
    optout: Path,
    base: Path | None,
    max_requests: int,
    rate: float,
    form: str | None,
) -> None:
    """Tell whether lines of owners.txt and optout.txt are right.

    Checks the OWNERs named, else all lines of both files, with --base those alone that were added. It ends
    with 0 when all are fine, with 1 when some are not, and with 4 when nothing could be checked.
    """
    settings = load_settings(os.environ)
    opted_out = _load_optout(optout)
    there, optouts_there = [
        split_lines(decode(load_list(base / path.name))) if base else [] for path in (owners, optout)
    ]
    lines, removed = list(owner), list[str]()
    optouts, optouts_removed = list[str](), list[str]()
    if not owner:
        listed = split_lines(decode(load_list(owners, needed=True)))
        lines, there, removed = compare_lines(listed, there)
        optouts, optouts_there, optouts_removed = compare_lines(split_lines(opted_out), optouts_there)
    limits = Limits(JOBS, rate, max_requests, MINUTES)
    rows = _ask(settings, limits, lines, there, opted_out) + _removed(removed, owners)
    more = check_optout(optouts, existing=optouts_there) + _removed(optouts_removed, optout)
    code = choose_exit_code([*rows, *more])
    _report(settings, form, code, rows, more)
    raise SystemExit(code)


@owners.command()
@click.argument("owner", nargs=-1)
@option("--request", type=PATH, help="Add those whom an issue asks for: the file of GitHub's `issues` event.")
@asking
def add(
    *,
    owner: tuple[str, ...],
    request: Path | None,
    owners: Path,
    optout: Path,
    max_requests: int,
    rate: float,
    form: str | None,
) -> None:
    """Check owners, and write those that are fine at the end of owners.txt.

    It ends with 0 when all are in the list now, with 1 when some are not, and with 4 when nothing could be
    checked.
    """
    settings = load_settings(os.environ)
    if bool(owner) == bool(request):
        raise ConfigError("Name the owners to add, or with --request the event of an issue that does.")
    names = load_request(request) if request else list(owner)
    most = MOST_ASKED if request else len(names)
    data = load_list(owners)
    check_writable(owners)
    limits = Limits(JOBS, rate, max_requests, MINUTES)
    rows = _ask(settings, limits, names[:most], split_lines(decode(data)), _load_optout(optout))
    rows += [CheckedLine(show_line(name), "not checked", f"{most} owners a request") for name in names[most:]]
    entries = [row.entry for row in rows if row.verdict == "fine" and row.entry]
    if entries:
        replace_list(owners, append_owners(data, entries))
    rows = [replace(row, verdict="added") if row.verdict == "fine" else row for row in rows]
    code = choose_exit_code(rows, adding=True)
    _report(settings, form, code, rows)
    raise SystemExit(code)


@owners.command("list")
@owners_option
@optout_option
@click.option("--json", "as_json", is_flag=True, help="Write them as JSON.")
def list_command(*, owners: Path, optout: Path, as_json: bool) -> None:
    """Write the owners of owners.txt as they are understood.

    Each is a line that owners.txt may have; those opted out are marked. It ends with 1 when a line of one of
    the files is wrong.
    """
    entries, complaints = load_owners(owners)
    opted_out, more = load_optout(optout)
    for complaint in (*complaints, *more):
        click.echo(complaint, err=True)
    marked = [(entry, opted_out.owner(entry.login)) for entry in entries]
    if as_json:
        found = [{"login": entry.login, "id": entry.id, "opted_out": out} for entry, out in marked]
        click.echo(json_text(found))
    else:
        for entry, out in marked:
            click.echo(f"{entry.line}{'  # opted out' if out else ''}")
    raise SystemExit(SOME_FAILED if complaints or more else DONE)


def _ask(
    settings: Settings, limits: Limits, lines: Sequence[str], there: Iterable[str], optout: str
) -> list[CheckedLine]:
    """Check lines of owners.txt with a client of their own."""
    opted_out, _ = parse_optout(optout)
    most = limits.requests or 0
    with connect(settings, limits) as (client, _):
        return check_owners(
            client, settings, lines, existing=there, optout=opted_out, jobs=limits.jobs, max_owners=most
        )


def _load_optout(path: Path) -> str:
    """Read optout.txt, which may be missing under its usual name."""
    return decode(load_list(path, needed=path != Path("optout.txt")))


def _removed(lines: Iterable[str], path: Path) -> list[CheckedLine]:
    return [CheckedLine(show_line(line), "removed", f"from {path.name}") for line in lines]


def _report(
    settings: Settings,
    form: str | None,
    code: int,
    rows: Sequence[CheckedLine],
    more: Sequence[CheckedLine] = (),
) -> None:
    """Write the verdicts to standard output, and to the summary of an Actions job."""
    every = [*rows, *more]
    if form == "json":
        found = {"owners": list_verdicts(rows), "optout": list_verdicts(more)}
        click.echo(json_text(found))
    elif form == "markdown":
        click.echo(format_verdicts_markdown(every, code), nl=False)
    else:
        click.echo(format_verdicts(every, code))
    write_summary(settings, format_verdicts_markdown(every, code))


def load_list(path: Path, *, needed: bool = False) -> bytes:
    """Read a file that may be a stranger's; a link is not followed, for it may lead to anything here.

    Raises:
        ConfigError: it is a link, not readable, or needed and missing.
    """
    try:
        if path.is_symlink():
            raise ConfigError(f"{path} is a link, which may lead anywhere: put the file itself there.")
        return path.read_bytes()
    except FileNotFoundError as error:
        if needed:
            raise ConfigError(f"{path} does not exist.") from error
        return b""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error


def decode(data: bytes) -> str:
    """Decode as a file is read as text, whatever its line ends are."""
    return data.decode("utf-8", errors="replace").replace("\r", "\n")


def check_writable(path: Path) -> None:
    """Look before anybody is asked; a file that may not be written could be replaced all the same.

    Raises:
        ConfigError: it may not be written.
    """
    if path.exists() and not (path.stat().st_mode & WRITABLE and os.access(path, os.W_OK)):
        raise ConfigError(f"{path} may not be written.")


def replace_list(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("xb") as stream:
            stream.write(data)
        if path.exists():
            shutil.copymode(path, scratch)
        os.replace(scratch, path)  # noqa: PTH105 (Path.replace says nothing of being atomic)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            scratch.unlink()


def load_request(path: Path) -> list[str]:
    """Read whom an issue asks to add, from the file of its event.

    Raises:
        ConfigError: it is no such event, or it names nobody.
    """
    data = load_list(path, needed=True)
    try:
        event = json.loads(data) if len(data) <= LARGEST_EVENT else None
    except (ValueError, RecursionError):
        event = None
    issue = event.get("issue") if isinstance(event, dict) else None
    text = issue.get("body") if isinstance(issue, dict) else None
    if not isinstance(text, str):
        raise ConfigError(f"{path} is not the event of an issue with a text.")
    if len(text) > LONGEST_REQUEST:
        raise ConfigError(f"The issue's text is longer than {LONGEST_REQUEST} characters.")
    names = parse_request(text)
    if not names:
        raise ConfigError("The issue names no owner.")
    return names
