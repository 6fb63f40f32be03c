"""`backage serve`, `users` and `demo`: the server that counts downloads, its users, and a rehearsal.

The web server is imported when `serve` starts it, so that other commands work without it.
"""

import json
import os
import shutil
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from backage.cli.options import (
    PATH,
    Day,
    Messages,
    find_today,
    history_option,
    option,
    optout_option,
    use_optout,
)
from backage.cli.text import number, print_stderr
from backage.cli.update import Limits, follow_clock, run_update
from backage.config import load_settings
from backage.crawl.job import LookupLimits, Plan
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
@option("--host", default="127.0.0.1", help="The address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=8080, help="The port to listen on.")
@history_option
@optout_option
@option("--organization", default="cloudrepo", help="The owner of downloads whose event names no owner.")
@option("--open", "is_open", is_flag=True, help="Accept events from anybody, without a token.")
@option("--max-body", type=click.IntRange(1024, 2**30), default=MEGABYTE, help="Maximum bytes of a request.")
@option("--threads", type=click.IntRange(1, 256), default=32, help="Maximum number of parallel requests.")
@option(
    "--trusted-proxies",
    type=click.IntRange(0, 8),
    default=0,
    help="Number of proxies in front of it whose X-Forwarded headers are trusted.",
)
@option("--quiet", "-q", is_flag=True, help="Print errors only.")
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
    """Count and show downloads that private registries report.

    Registries POST their events to /callback with the token of BACKAGE_WEBHOOK_TOKEN. The counts are at
    /stats, for users that `backage users add` creates. Ctrl-C and SIGTERM stop it without loss. Needs
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
        raise ConfigError("--organization is not a valid name: at most 39 letters, digits, - and _.")
    if token is None:
        print_stderr("--open: whoever reaches this server can count downloads, without a token.")
    opted_out = use_optout(optout)
    log = (lambda _: None) if quiet else print_stderr
    setup = Setup(history, time.time, token, organization, opted_out, max_body, trusted_proxies, log)
    with undamaged(history):
        server.serve(setup, host, port, threads)


@click.group()
def users() -> None:
    """Choose the users who may see the dashboard of `backage serve`."""


@users.command()
@click.argument("name")
@history_option
def add(*, name: str, history: Path) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME or name != name.strip():
        raise ConfigError(f"A name has at most {LONGEST_NAME} printable characters.")
    with undamaged(history), open_history(history) as opened:
        if name.casefold() in {known.casefold() for known in load_users(opened)}:
            raise ConfigError(f"{name} exists already: `backage users password {name}` changes the password.")
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
    """Ask for a password twice, or read a line of standard input if that is not a terminal.

    Raises:
        ConfigError: the password is too short or too long.
    """
    if sys.stdin.isatty():
        text = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise ConfigError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return text


@click.command()
@click.option(
    "-o", "--output", type=PATH, default=Path("backage-demo"), show_default=True, help="The folder to write."
)
@click.option("--date", "day", type=Day(), default=find_today, help="The last day, in UTC; today by default.")
def demo(*, output: Path, day: date) -> None:
    """Show the whole job in a minute, offline.

    Starts a stand-in for GitHub on this machine with a dozen packages, runs an update on each of three days,
    and compares the index with the stand-in's own counts.
    """
    if day <= date.min + timedelta(days=5000):
        raise ConfigError(f"{day} is too long ago for a demonstration: name another day with --date.")
    _prepare(output)
    world = World(day - timedelta(days=DAYS - 1))
    with StandinServer(world) as server:
        click.echo(f"A small GitHub on this machine at {server.url}, with {len(world.owners)} owners.\n")
        click.echo("day          packages   new   changed   versions read   requests")
        for day_number in range(DAYS):
            if day_number:
                world.advance()
            click.echo(_update_day(server, output, world.today))
        _compare(world.truth(), output / "index")
    _explain(output, world.truth())


def _prepare(output: Path) -> None:
    """Create the folder. Only a folder of an earlier demo is replaced."""
    if output.exists() and not (output / MARK).exists():
        raise ConfigError(f"{output} exists and was not made by `backage demo`: name another folder with -o.")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    (output / MARK).write_text("Made by `backage demo`, which removes this folder when it runs again.\n")


def _update_day(server: StandinServer, output: Path, day: date) -> str:
    settings = load_settings({**server.environment(), "GITHUB_TOKEN": "any"})
    entries = merge([], (owner.login for owner in server.world.owners))
    tally = Tally()
    limits = Limits(jobs=4, rate=0)
    plan = Plan(entries, OptOut(), day, follow_clock(day), limits.jobs, LookupLimits(None, None))
    history, index = output / "history.db", output / "index"
    run_update(plan, entries, history, index, settings, limits, tally, messages=Messages(quiet=True))
    if tally.failures:
        failure = tally.failures[0]
        raise BackageError(f"{failure.what}: {failure.reason} {failure.url}")
    counts = f"{tally.packages:8}   {tally.new:3}   {tally.changed:7}   {tally.versions:13}"
    return f"{day}   {counts}   {tally.requests:8}"


def _compare(truth: list[dict[str, Any]], index: Path) -> None:
    """Compare every number of the index with the stand-in's own counts."""
    for package in truth:
        path = index / package["owner"] / package["repo"] / f"{package['package']}.json"
        shown = json.loads(path.read_text(encoding="utf-8"))
        versions = zip(shown["version"], package["version"], strict=True)
        same = all(_equal(mine, theirs) for mine, theirs in ((shown, package), *versions))
        if not same or len(shown["version"]) != package["raw_versions"]:
            raise BackageError(f"{path} differs from the stand-in's counts. This is a bug, please report it.")
    count = sum(len(package["version"]) for package in truth)
    click.echo(f"\nAll {len(truth)} packages and {count} versions equal what the stand-in counted.\n")


def _equal(shown: dict[str, Any], counted: dict[str, Any]) -> bool:
    return all(shown[key] == value for key, value in counted.items() if key.startswith("raw_") or key == "id")


def _explain(output: Path, truth: list[dict[str, Any]]) -> None:
    """Print the most interesting files."""
    top = max(truth, key=lambda package: int(package["raw_downloads"]))
    name = f"{top['owner']}/{top['repo']}/{top['package']}"
    path = output / "index" / name
    click.echo(f"Most downloaded: {name} with {number(top['raw_downloads'])} downloads.\n")
    for file, meaning in (
        (f"{path}.json", "everything about a package; a badge reads $.downloads from it"),
        (f"{path}.csv", "its history, one line a day"),
        (str(output / "index" / top["owner"] / ".json"), "the packages of its owner"),
        (str(output / "index" / ".json"), "the totals of the instance"),
        (str(output / "history.db"), "the history: SQLite with the views packages and versions"),
    ):
        click.echo(f"  {file}\n      {meaning}")
    click.echo("\nNext: write a GitHub owner into owners.txt and run `backage update`.")
