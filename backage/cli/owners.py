"""`backage owners`: check, extend and list owners.txt, whose lines may come from strangers."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from backage.cli import options
from backage.cli.options import option
from backage.cli.report import (
    choose_exit_code,
    format_verdicts,
    format_verdicts_markdown,
    list_verdicts,
    write_summary,
)
from backage.cli.text import json_text, print_stderr
from backage.cli.update import Limits, connect
from backage.config import load_settings
from backage.crawl.tally import DONE, SOME_FAILED
from backage.errors import ConfigError
from backage.owners import append_owners, compare_lines, parse_optout, parse_request, show_line, split_lines
from backage.pipeline.verdicts import CheckedLine, check_optout, check_owners

Command = TypeVar("Command", bound="Callable[..., Any]")

JOBS, MINUTES = 4, 10.0
"""Parallel requests, and the longest time of a check, which a host that refuses could delay for hours."""

MOST_ASKED = 20
"""Owners that one issue may request."""

LONGEST_REQUEST = 65_536
"""Characters of an issue's text: GitHub's own limit."""

LARGEST_EVENT = 25_000_000
"""Bytes of an event: GitHub's own limit."""

WRITABLE = 0o222


def _make_limits(rate: float, max_requests: int) -> Limits:
    return Limits(JOBS, rate, max_requests, MINUTES)


limit_options = options.collect(
    "limits",
    _make_limits,
    options.rate_option,
    option("--max-requests", type=click.IntRange(min=0), default=200, help="Stop after so many requests."),
)


def form_options(command: Command) -> Command:
    """Add the form of the verdicts: `json`, `markdown`, or None for text."""
    for form, text in (("markdown", "Markdown, for a comment"), ("json", "JSON")):
        add_option = click.option(f"--{form}", "form", flag_value=form, help=f"Print the verdicts as {text}.")
        command = add_option(command)
    return command


@click.group()
def owners() -> None:
    """Check, extend and list the owners to read."""


@owners.command()
@click.argument("owner", nargs=-1)
@options.owners_option
@options.optout_option
@limit_options
@form_options
@option(
    "--base",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with the lists as they were before: only added lines are checked.",
)
def check(
    *,
    owner: tuple[str, ...],
    owners: Path,
    optout: Path,
    base: Path | None,
    limits: Limits,
    form: str | None,
) -> None:
    """Check lines of owners.txt and optout.txt.

    Checks the named OWNERs, else all lines of both files, with --base only the added ones. Exit codes: 0 if
    all lines are right, 1 if some are not, and 4 if nothing could be checked.
    """
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
    rows = _ask(limits, lines, there, opted_out) + _list_removed(removed, owners)
    more = check_optout(optouts, existing=optouts_there) + _list_removed(optouts_removed, optout)
    _report(form, choose_exit_code([*rows, *more]), rows, more)


@owners.command()
@click.argument("owner", nargs=-1)
@option("--request", type=options.PATH, help="Add the owners that an issue requests: the file of its event.")
@options.owners_option
@options.optout_option
@limit_options
@form_options
def add(
    *,
    owner: tuple[str, ...],
    request: Path | None,
    owners: Path,
    optout: Path,
    limits: Limits,
    form: str | None,
) -> None:
    """Check owners, and append the right ones to owners.txt.

    Exit codes: 0 if the list has all of them now, 1 if some are missing, and 4 if nothing could be checked.
    """
    if bool(owner) == bool(request):
        raise ConfigError("Name the owners to add, or with --request the event of an issue that names them.")
    names = load_request(request) if request else list(owner)
    most = MOST_ASKED if request else len(names)
    data = load_list(owners)
    check_writable(owners)
    rows = _ask(limits, names[:most], split_lines(decode(data)), _load_optout(optout))
    rows += [CheckedLine(show_line(name), "not checked", f"{most} owners a request") for name in names[most:]]
    entries = [row.entry for row in rows if row.verdict == "fine" and row.entry]
    if entries:
        replace_list(owners, append_owners(data, entries))
    rows = [replace(row, verdict="added") if row.verdict == "fine" else row for row in rows]
    _report(form, choose_exit_code(rows, adding=True), rows)


@owners.command("list")
@options.owners_option
@options.optout_option
@click.option("--json", "as_json", is_flag=True, help="Print the owners as JSON.")
def list_command(*, owners: Path, optout: Path, as_json: bool) -> None:
    """List the owners of owners.txt as backage understands them.

    Prints each as a line that owners.txt may have, and marks those that are opted out. Exit code 1 means that
    a line of one of the files is invalid.
    """
    entries, complaints = options.load_owners(owners)
    opted_out, more = options.load_optout(optout)
    for complaint in (*complaints, *more):
        print_stderr(complaint)
    marked = [(entry, opted_out.owner(entry.login)) for entry in entries]
    if as_json:
        found = [{"login": entry.login, "id": entry.id, "opted_out": out} for entry, out in marked]
        click.echo(json_text(found))
    else:
        for entry, out in marked:
            click.echo(f"{entry.line}{'  # opted out' if out else ''}")
    raise SystemExit(SOME_FAILED if complaints or more else DONE)


def _ask(limits: Limits, lines: Sequence[str], there: Iterable[str], optout: str) -> list[CheckedLine]:
    """Check lines of owners.txt with a client of their own."""
    settings = load_settings(os.environ)
    opted_out, _ = parse_optout(optout)
    most = limits.max_requests or 0
    with connect(settings, limits) as (client, _):
        return check_owners(
            client, settings, lines, existing=there, optout=opted_out, jobs=limits.jobs, max_owners=most
        )


def _load_optout(path: Path) -> str:
    """Return the text of optout.txt, which may be missing under its usual name."""
    return decode(load_list(path, needed=path != Path("optout.txt")))


def _list_removed(lines: Iterable[str], path: Path) -> list[CheckedLine]:
    return [CheckedLine(show_line(line), "removed", f"from {path.name}") for line in lines]


def _report(
    form: str | None, code: int, rows: Sequence[CheckedLine], more: Sequence[CheckedLine] = ()
) -> NoReturn:
    """Print the verdicts, add them to the summary of an Actions job, and exit with the code."""
    every = [*rows, *more]
    if form == "json":
        click.echo(json_text({"owners": list_verdicts(rows), "optout": list_verdicts(more)}))
    elif form == "markdown":
        click.echo(format_verdicts_markdown(every, code), nl=False)
    else:
        click.echo(format_verdicts(every, code))
    write_summary(load_settings(os.environ), format_verdicts_markdown(every, code))
    raise SystemExit(code)


def load_list(path: Path, *, needed: bool = False) -> bytes:
    """Read a file that may come from a stranger. A link is refused, because it may lead to any file here.

    Raises:
        ConfigError: the file is a link, unreadable, or needed and missing.
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
    """Decode a list. A carriage return ends a line too."""
    return data.decode("utf-8", errors="replace").replace("\r", "\n")


def check_writable(path: Path) -> None:
    """Check a list before the first request. Replacing a file would ignore that it is write-protected.

    Raises:
        ConfigError: the file is write-protected.
    """
    if path.exists() and not (path.stat().st_mode & WRITABLE and os.access(path, os.W_OK)):
        raise ConfigError(f"{path} may not be written.")


def replace_list(path: Path, data: bytes) -> None:
    """Replace a list completely or not at all.

    Raises:
        ConfigError: the file cannot be written.
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
    """Return the owners that an issue asks to add, from the file of GitHub's `issues` event.

    Raises:
        ConfigError: the file is not such an event, or names nobody.
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
