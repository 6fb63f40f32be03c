"""The command line: options in, text and exit codes out. What is done stands in `pipeline`."""

from __future__ import annotations

import click

from backage import __version__
from backage.cli.demo import demo
from backage.cli.inspect import inspect
from backage.cli.render import render
from backage.cli.update import update


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="backage")
def cli() -> None:
    """Keep and publish the download statistics of GitHub Packages.

    GitHub shows how often a package was downloaded, keeps it for 30 days and gives it out through no API.
    This reads its pages, keeps a history, and writes an index of JSON and CSV files for badges and people.
    """


for command in (update, render, inspect, demo):
    cli.add_command(command)
