"""The command line: options in, text and exit codes out. The work itself is in `pipeline`."""

import signal
from importlib import import_module

import click

from backage import __version__

COMMANDS = {
    "badge": ("badge:badge", "Print badges of packages, ready to paste."),
    "check": ("check:check", "Show what is known about an owner, a repository or a package, and its URL."),
    "demo": ("serve:demo", "Show the whole job in a minute, offline."),
    "export": ("exchange:export", "Write the history as CSV, JSON lines or Parquet."),
    "import": ("exchange:import_command", "Import history from an index, its git log, or a database."),
    "inspect": ("show:inspect", "Show the numbers in a saved page of GitHub, as JSON."),
    "merge": ("history:merge", "Merge histories into one."),
    "owners": ("owners:owners", "Check, extend and list the owners to read."),
    "publish": ("publish:publish", "Commit the changed files of the index, and push."),
    "render": ("publish:render", "Write the index from the history, without the network."),
    "serve": ("serve:serve", "Count and show downloads that private registries report."),
    "show": ("show:show", "Show the numbers and the trend of packages."),
    "site": ("publish:site", "Write the static site: pages, badges, charts, and the index."),
    "snapshot": ("history:snapshot", "Save the history as one compressed file, and restore it."),
    "top": ("show:top", "Show the packages with the most downloads."),
    "update": ("update:update_command", "Read GitHub, store the numbers, and write the index."),
    "users": ("serve:users", "Choose the users who may see the dashboard of `backage serve`."),
    "vacuum": ("history:vacuum", "Make the history smaller."),
}
"""The module and the function of each command, and its line in the help."""


class Commands(click.Group):
    """The commands. Each is imported when it is used, so that `--help` is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's own)
        """Return their names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's own)
        """Import a command; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(f"backage.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's own)
        """Write the lines of the help, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="backage")
def cli() -> None:
    """Record and publish the download statistics of GitHub Packages.

    GitHub shows a package's total downloads and its last 30 days, but offers no API for them. backage reads
    the pages, keeps a history, and writes an index of JSON and CSV files for badges and people.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # the command is imported now
        signal.signal(signal.SIGINT, signal.default_int_handler)
