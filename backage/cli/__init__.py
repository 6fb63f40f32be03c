"""The command line: options in, text and exit codes out. What is done stands in `pipeline`."""

import click

from backage import __version__
from backage.cli.badge import badge
from backage.cli.check import check
from backage.cli.exchange import export, import_command
from backage.cli.history import merge, snapshot, vacuum
from backage.cli.owners import owners
from backage.cli.publish import publish, render, site
from backage.cli.serve import demo, serve, users
from backage.cli.show import inspect, show, top
from backage.cli.update import update_command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="backage")
def cli() -> None:
    """Keep and publish the download statistics of GitHub Packages.

    GitHub shows how often a package was downloaded, keeps it for 30 days and gives it out through no API.
    This reads its pages, keeps a history, and writes an index of JSON and CSV files for badges and people.
    """


for command in (
    update_command,
    owners,
    render,
    publish,
    check,
    show,
    top,
    badge,
    import_command,
    export,
    merge,
    snapshot,
    site,
    vacuum,
    inspect,
    demo,
    serve,
    users,
):
    cli.add_command(command)
