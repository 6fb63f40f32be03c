"""Requests and seconds of an instance: of its first run, a second one that day, and the next day's.

    python benchmarks/runs.py OWNERS.txt --next-day ADDRESS [--sizes]

Runs the command against the server that GITHUB_SERVER_URL and its companions name, in a folder that is
thrown away. ADDRESS is POSTed to before the last run: a stand-in for GitHub lets a day pass. With --sizes
each size is looked up; pages of single versions are never read, as in an instance whose history reaches back.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import requests

NO_LIMIT = str(10**9)


@click.command()
@click.argument("owners", type=click.Path(exists=True, path_type=Path))
@click.option("--next-day", required=True, help="The address that lets a day pass.")
@click.option("--sizes", is_flag=True, help="Look up every size.")
@click.option("--jobs", default=8, show_default=True)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The first day; by default today.")
def main(owners: Path, next_day: str, jobs: int, day: datetime | None, *, sizes: bool) -> None:
    """Print requests, sizes and seconds of three runs."""
    first = day.date() if day else datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as folder:
        for name, when in (("first", first), ("same day", first), ("next day", first + timedelta(days=1))):
            if when != first:
                requests.post(next_day, timeout=60).raise_for_status()
            options = ["--owners", str(owners.absolute()), "--date", when.isoformat()]
            options += ["--jobs", str(jobs)]
            options += [
                "--rate",
                "0",
                "--max-version-pages",
                "0",
                "--max-size-lookups",
                NO_LIMIT if sizes else "0",
            ]
            done = subprocess.run(  # noqa: S603 (our own command)
                [sys.executable, "-m", "backage", "update", "--json", "-q", *options],
                cwd=folder,
                env=os.environ,
                stdout=subprocess.PIPE,
                check=True,
            )
            run = json.loads(done.stdout)
            click.echo(
                f"{name:>8}: {run['requests']:7} requests, {run['sizes']:6} sizes,"
                f" {run['seconds']:6.1f} s, {run['packages']} packages, {run['versions']} versions read"
            )


if __name__ == "__main__":
    main()
