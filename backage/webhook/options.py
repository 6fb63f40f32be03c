"""Options of both commands, each with its variable; `cli` has its own, which this cannot see."""

from pathlib import Path

import click

VARIABLES = {"auto_envvar_prefix": "BACKAGE"}
"""Every option can be set by a variable, `BACKAGE_` and its name."""

PATH = click.Path(path_type=Path)

history_option = click.option(
    "--history",
    type=PATH,
    default=Path("history.db"),
    show_default=True,
    show_envvar=True,
    help="The SQLite history.",
)
