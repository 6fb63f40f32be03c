"""The command `backage serve`, and options that it shares with `backage users`.

The web server is imported when the command starts it, so that other commands work without it.
"""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

import click

from backage.errors import ConfigError
from backage.owners import OptOut, is_login, parse_optout
from backage.store.database import undamaged

VARIABLES = {"auto_envvar_prefix": "BACKAGE"}
"""A variable can set each option: `BACKAGE_` and the option's name."""

PATH = click.Path(path_type=Path)

history_option = click.option(
    "--history",
    type=PATH,
    default=Path("history.db"),
    show_default=True,
    show_envvar=True,
    help="The SQLite history.",
)

TOKEN = "BACKAGE_WEBHOOK_TOKEN"  # noqa: S105 (the name of a variable)
LEAST = 16
"""Fewest characters of a token."""

_TOKEN = re.compile(rf"[A-Za-z0-9._~-]{{{LEAST},256}}")
EXTRA = {"flask", "waitress", "werkzeug"}


@click.command(context_settings=VARIABLES)
@click.option("--host", default="127.0.0.1", show_default=True, show_envvar=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, show_envvar=True)
@history_option
@click.option(
    "--optout",
    type=PATH,
    default=Path("optout.txt"),
    show_default=True,
    show_envvar=True,
    help="What is never counted.",
)
@click.option(
    "--organization",
    default="cloudrepo",
    show_default=True,
    show_envvar=True,
    help="The owner of what is downloaded, where an event names none.",
)
@click.option(
    "--open",
    "is_open",
    is_flag=True,
    envvar="BACKAGE_OPEN",
    show_envvar=True,
    help="Take events from anybody, without a token.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1024, 2**30),
    default=2**20,
    show_default=True,
    show_envvar=True,
    help="Bytes of an event, or of a batch.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=32,
    show_default=True,
    show_envvar=True,
    help="Requests that are answered at once.",
)
@click.option(
    "--trusted-proxies",
    type=click.IntRange(0, 8),
    default=0,
    show_default=True,
    show_envvar=True,
    help="How many proxies stand before it, whose X-Forwarded headers are believed.",
)
@click.option("--quiet", "-q", is_flag=True, show_envvar=True, help="Say nothing but errors.")
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
    """Count downloads that private registries tell of, and show them.

    Registries POST their events to /callback with the token of BACKAGE_WEBHOOK_TOKEN; what was counted is at
    /stats, for those whom `backage users add` lets in. Ctrl-C and SIGTERM end it with nothing lost. It needs
    `backage[webhook]`.
    """
    token = find_token(os.environ.get(TOKEN), is_open=is_open)
    if not is_login(organization):
        raise ConfigError("--organization can be no owner's name: 39 letters, digits, - and _ at most.")
    try:
        from backage.webhook import server  # noqa: PLC0415 (an extra)
        from backage.webhook.state import Setup  # noqa: PLC0415 (the same)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise ConfigError("The server needs more: install backage with its extra `webhook`.") from error
    say = _say if not quiet else _keep_silent
    if token is None:
        click.echo(
            "--open: whoever reaches this server can count downloads; no token is asked for.", err=True
        )
    setup = Setup(
        history, time.time, token, organization, load_optout(optout), max_body, trusted_proxies, say
    )
    with undamaged(history):
        server.serve(setup, host, port, threads)


def find_token(token: str | None, *, is_open: bool) -> str | None:
    """Return the token that events need; None if anybody may send them.

    Raises:
        ConfigError: the token is missing or too short, and the server is not open.
    """
    token = (token or "").strip()
    if is_open:
        return None
    if not token:
        raise ConfigError(
            f"Set {TOKEN} to a long random text, which registries have to send; with --open none is needed."
        )
    if not _TOKEN.fullmatch(token):
        raise ConfigError(f"{TOKEN} has to have {LEAST} characters or more: letters, digits, - and _.")
    return token


def load_optout(path: Path) -> OptOut:
    """Read the opt-outs. A file of the default name may be missing.

    Raises:
        ConfigError: it cannot be read.
    """
    if not path.exists() and path == Path("optout.txt"):
        return OptOut()
    try:
        optout, bad = parse_optout(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. Name it with --optout.") from error
    for line in bad:
        click.echo(f"{path}:{line.number}: {line.reason}; the line is skipped.", err=True)
    return optout


def _say(text: str) -> None:
    with suppress(OSError):  # a full log must not end the server
        click.echo(text, err=True)


def _keep_silent(text: str) -> None:
    """Write nothing."""
