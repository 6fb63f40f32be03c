"""`backage serve`, `users` and `demo`: the server that counts downloads, its users, and a rehearsal.

The web server is imported when `serve` starts it, so that other commands work without it.
"""

import json
import os
import shutil
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import humanize

from backage.cli.options import Messages, history_option, load_optout, option, optout_option
from backage.cli.text import print_stderr
from backage.cli.update import Instance, Limits, run_update
from backage.config import load_settings
from backage.crawl.job import Lookups
from backage.crawl.tally import Tally
from backage.errors import BackageError, ConfigError
from backage.owners import OptOut, is_login, merge
from backage.standin.server import StandinServer
from backage.standin.world import World
from backage.store.counters.users import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    hash_password,
    load_users,
    remove_user,
    save_users,
)
from backage.store.database import History, open_history, undamaged

EXTRA = {"flask", "waitress", "werkzeug"}
LONGEST_NAME = 64
MEGABYTE = 1024 * 1024

DAYS = 3

MARK = ".backage-demo"


@click.command()
@option("--host", default="127.0.0.1", help="Where to listen.")
@option("--port", type=click.IntRange(0, 65535), default=8080)
@history_option
@optout_option
@option(
    "--organization",
    default="cloudrepo",
    help="The owner of what is downloaded, if an event names none.",
)
@option("--open", "is_open", is_flag=True, help="Accept events from anybody, without a token.")
@option("--max-body", type=click.IntRange(1024, 2**30), default=MEGABYTE, help="Most bytes of a request.")
@option("--threads", type=click.IntRange(1, 256), default=32, help="Most requests answered at once.")
@option(
    "--trusted-proxies",
    type=click.IntRange(0, 8),
    default=0,
    help="Number of proxies in front of it whose X-Forwarded headers are trusted.",
)
@option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
def serve(  # noqa: PLR0913 (one for each option)
    *,
    host: str,
    port: int,
    history: Path,
    optout: Path,
    organization: str,
    is_open: bool,
    max_body: int,
    threads: int,
    trusted_proxies: int,
    quiet: bool,
) -> None:
    """Count downloads that private registries report, and show them.

    Registries POST their events to /callback with the token of BACKAGE_WEBHOOK_TOKEN. The counts are at
    /stats, for users that `backage users add` makes. Ctrl-C and SIGTERM end it with nothing lost. It needs
    `backage[webhook]`.
    """
    try:
        from backage.webhook import server  # noqa: PLC0415 (an extra)
        from backage.webhook.state import Setup, find_token  # noqa: PLC0415 (the same)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise ConfigError("The server needs more: install backage with its extra `webhook`.") from error
    token = find_token(os.environ, is_open=is_open)
    if not is_login(organization):
        raise ConfigError("--organization can be no owner's name: 39 letters, digits, - and _ at most.")
    if token is None:
        print_stderr("--open: whoever reaches this server can count downloads; no token is asked for.")
    opted_out, bad = load_optout(optout)
    for sentence in bad:
        print_stderr(sentence)
    log = (lambda _: None) if quiet else print_stderr
    setup = Setup(history, time.time, token, organization, opted_out, max_body, trusted_proxies, log)
    with undamaged(history):
        server.serve(setup, host, port, threads)


@click.group()
def users() -> None:
    """Choose who may see the dashboard of `backage serve`."""


@users.command()
@click.argument("name")
@history_option
def add(*, name: str, history: Path) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME or name != name.strip():
        raise ConfigError(f"A name has {LONGEST_NAME} printable characters at most.")
    with undamaged(history), open_history(history) as opened:
        if name.casefold() in {known.casefold() for known in load_users(opened)}:
            raise ConfigError(
                f"{name} is a user already: `backage users password {name}` changes the password."
            )
        save_users(opened, {name: hash_password(_read_password())})
    click.echo(f"{name} may see the dashboard")


@users.command()
@click.argument("name")
@history_option
def password(*, name: str, history: Path) -> None:
    """Change a user's password. This ends the user's sessions."""
    with undamaged(history), open_history(history) as opened:
        known = _find_user(opened, name)
        save_users(opened, {known: hash_password(_read_password())}, replace=True)
    click.echo(f"{known} has a new password")


@users.command()
@click.argument("name")
@history_option
def remove(*, name: str, history: Path) -> None:
    """Remove a user."""
    with undamaged(history), open_history(history) as opened:
        known = _find_user(opened, name)
        remove_user(opened, known)
    click.echo(f"{known} may not see the dashboard any more")


@users.command(name="list")
@history_option
def list_users(*, history: Path) -> None:
    """List the users."""
    with undamaged(history), open_history(history) as opened:
        for name in load_users(opened):
            click.echo(name)


def _find_user(history: History, name: str) -> str:
    found = {known.casefold(): known for known in load_users(history)}.get(name.casefold())
    if found is None:
        raise ConfigError("There is no such user: `backage users list` names them.")
    return found


def _read_password() -> str:
    """Ask for a password twice, or read a line of standard input if that is no terminal.

    Raises:
        ConfigError: the password is too short or too long.
    """
    if sys.stdin.isatty():
        text = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise ConfigError(
            f"A password has {SHORTEST_PASSWORD} characters or more, and {LONGEST_PASSWORD} at most."
        )
    return text


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("backage-demo"), show_default=True
)
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Its last day; by default today, in UTC."
)
def demo(*, output: Path, day: datetime | None) -> None:
    """Show the whole job in a minute, offline.

    Starts a stand-in for GitHub on this machine with a dozen packages, updates on three days of its time,
    and compares the index with what the stand-in counted.
    """
    last = day.date() if day else datetime.now(UTC).date()
    if last <= date.min + timedelta(days=5000):
        raise ConfigError(f"{last} is too long ago for a demonstration: name another day with --date.")
    _prepare(output)
    world = World(last - timedelta(days=DAYS - 1))
    with StandinServer(world) as server:
        click.echo(f"A small GitHub on this machine at {server.url}, with {len(world.owners)} owners.\n")
        click.echo("day          packages   new   changed   versions read   requests")
        for number in range(DAYS):
            if number:
                world.advance()
            click.echo(_update_day(server, output, world.today))
        _compare(world.truth(), output / "index")
    _explain(output, world.truth())


def _prepare(output: Path) -> None:
    """Make the folder new; only one that an earlier demo made is removed."""
    if output.exists() and not (output / MARK).exists():
        raise ConfigError(f"{output} exists and was not made by `backage demo`: name another folder with -o.")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    (output / MARK).write_text("Made by `backage demo`, which removes this folder when it runs again.\n")


def _update_day(server: StandinServer, output: Path, day: date) -> str:
    settings = load_settings({**server.environment(), "GITHUB_TOKEN": "any"})
    entries = merge([], (owner.login for owner in server.world.owners))
    tally = Tally()
    lookups = Lookups(None, None)
    instance = Instance(entries, entries, OptOut(), output / "history.db", output / "index", day, lookups)
    run_update(instance, settings, Limits(jobs=4, rate=0), tally, Messages(quiet=True))
    if tally.failures:
        failure = tally.failures[0]
        raise BackageError(f"{failure.what}: {failure.reason} {failure.url}")
    counts = f"{tally.packages:8}   {tally.new:3}   {tally.changed:7}   {tally.versions:13}"
    return f"{day}   {counts}   {tally.requests:8}"


def _compare(truth: list[dict[str, Any]], index: Path) -> None:
    """Hold every number of the index against what the stand-in counted."""
    for package in truth:
        path = index / package["owner"] / package["repo"] / f"{package['package']}.json"
        shown = json.loads(path.read_text(encoding="utf-8"))
        versions = zip(shown["version"], package["version"], strict=True)
        same = all(_equal(mine, theirs) for mine, theirs in ((shown, package), *versions))
        if not same or len(shown["version"]) != package["raw_versions"]:
            raise BackageError(
                f"{path} differs from what the stand-in counted: this is a bug, please report it."
            )
    count = sum(len(package["version"]) for package in truth)
    click.echo(f"\nAll {len(truth)} packages and {count} versions equal what the stand-in counted.\n")


def _equal(shown: dict[str, Any], counted: dict[str, Any]) -> bool:
    return all(shown[key] == value for key, value in counted.items() if key.startswith("raw_") or key == "id")


def _explain(output: Path, truth: list[dict[str, Any]]) -> None:
    """Say where to look."""
    top = max(truth, key=lambda package: int(package["raw_downloads"]))
    name = f"{top['owner']}/{top['repo']}/{top['package']}"
    path = output / "index" / name
    click.echo(f"Most downloaded: {name} with {humanize.intcomma(top['raw_downloads'])} downloads.\n")
    for file, meaning in (
        (f"{path}.json", "everything about a package; a badge reads $.downloads from it"),
        (f"{path}.csv", "its history, one line a day"),
        (str(output / "index" / top["owner"] / ".json"), "the packages of its owner"),
        (str(output / "index" / ".json"), "the totals of the instance"),
        (str(output / "history.db"), "the history: SQLite with the views packages and versions"),
    ):
        click.echo(f"  {file}\n      {meaning}")
    click.echo("\nNext: write a GitHub owner into owners.txt and run `backage update`.")
