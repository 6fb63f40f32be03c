"""Where the command starts: `backage` and `python -m backage`."""

from __future__ import annotations

import sys

import click

from backage.cli import cli
from backage.cli.text import printable
from backage.errors import BackageError, ConfigError

FAILED, WRONG_USAGE = 1, 2


def main() -> None:
    """Run the command; an error that is meant for the user is one sentence and an exit code."""
    try:
        cli(prog_name="backage")
    except BackageError as error:
        click.echo(f"backage: {printable(str(error))}", err=True)
        sys.exit(WRONG_USAGE if isinstance(error, ConfigError) else FAILED)


if __name__ == "__main__":
    main()
