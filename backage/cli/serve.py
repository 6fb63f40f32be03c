"""`backage serve`: the server that counts downloads; and `backage users`: who may see its dashboard.

The web server is imported when the command starts it, so that other commands work without it.
"""

import os
import sys
import time
from pathlib import Path

import click

from backage.cli.options import history_option, load_optout, option, optout_option
from backage.cli.text import tell
from backage.errors import ConfigError
from backage.owners import is_login
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
        tell("--open: whoever reaches this server can count downloads; no token is asked for.")
    opted_out, bad = load_optout(optout)
    for sentence in bad:
        tell(sentence)
    log = (lambda _: None) if quiet else tell
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
