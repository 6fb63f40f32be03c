"""The command `backage users`: add, change, remove and list users of the dashboard."""

import sys
from pathlib import Path

import click

from backage.errors import ConfigError
from backage.passwords import LONGEST, SHORTEST, hash_password
from backage.store.counters.users import load_users, remove_user, save_users
from backage.store.database import History, open_history, undamaged
from backage.webhook.command import VARIABLES, history_option

LONGEST_NAME = 64


@click.group()
def users() -> None:
    """Say who may see the dashboard of `backage serve`."""


@users.command(context_settings=VARIABLES)
@click.argument("name")
@history_option
def add(*, name: str, history: Path) -> None:
    """Let a user in; the password is asked for, or read from standard input."""
    _check_name(name)
    with undamaged(history), open_history(history) as opened:
        if name.casefold() in {known.casefold() for known in load_users(opened)}:
            raise ConfigError(
                f"{name} is a user already: `backage users password {name}` changes the password."
            )
        save_users(opened, {name: hash_password(_read_password())})
    click.echo(f"{name} may see the dashboard")


@users.command(context_settings=VARIABLES)
@click.argument("name")
@history_option
def password(*, name: str, history: Path) -> None:
    """Change a user's password, which ends the user's sessions."""
    with undamaged(history), open_history(history) as opened:
        known = _find_user(opened, name)
        save_users(opened, {known: hash_password(_read_password())}, replace=True)
    click.echo(f"{known} has a new password")


@users.command(context_settings=VARIABLES)
@click.argument("name")
@history_option
def remove(*, name: str, history: Path) -> None:
    """Let a user in no more."""
    with undamaged(history), open_history(history) as opened:
        known = _find_user(opened, name)
        remove_user(opened, known)
    click.echo(f"{known} may not see the dashboard any more")


@users.command(name="list", context_settings=VARIABLES)
@history_option
def list_users(*, history: Path) -> None:
    """Write the names of those who may see the dashboard."""
    with undamaged(history), open_history(history) as opened:
        for name in load_users(opened):
            click.echo(name)


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME or name != name.strip():
        raise ConfigError(f"A name has {LONGEST_NAME} printable characters at most.")


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
    if not SHORTEST <= len(text) <= LONGEST:
        raise ConfigError(f"A password has {SHORTEST} characters or more, and {LONGEST} at most.")
    return text
