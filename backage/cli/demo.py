"""`backage demo`: the main job on a small GitHub of its own, to see it work before trusting it."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import humanize

from backage.cli.run import Instance, Limits, run_update
from backage.config import load_settings
from backage.crawl.job import Lookups
from backage.crawl.tally import Tally
from backage.errors import BackageError, ConfigError
from backage.owners import OptOut, merge
from backage.standin.server import StandinServer
from backage.standin.world import World

DAYS = 3
MARK = ".backage-demo"


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("backage-demo"), show_default=True
)
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Its last day; by default today, in UTC."
)
def demo(*, output: Path, day: datetime | None) -> None:
    """Show the whole job in a minute, offline.

    Starts a stand-in for GitHub on this machine with a dozen packages, updates on three days of its time,
    and compares the index with what the stand-in counted.
    """
    last = day.date() if day else datetime.now(UTC).date()
    if last <= date.min + timedelta(days=5000):
        raise ConfigError(f"{last} is too long ago for a demonstration: name another day with --date.")
    _prepare(output)
    world = World(last - timedelta(days=DAYS - 1))
    with StandinServer(world) as server:
        click.echo(f"A small GitHub on this machine at {server.url}, with {len(world.owners)} owners.\n")
        click.echo("day          packages   new   changed   versions read   requests")
        for number in range(DAYS):
            if number:
                world.advance()
            click.echo(_update(server, output, world.today))
        _compare(world.truth(), output / "index")
    _explain(output, world.truth())


def _prepare(output: Path) -> None:
    """Make the folder new; only one that an earlier demo made is removed."""
    if output.exists() and not (output / MARK).exists():
        raise ConfigError(f"{output} exists and was not made by `backage demo`: name another folder with -o.")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    (output / MARK).write_text("Made by `backage demo`, which removes this folder when it runs again.\n")


def _update(server: StandinServer, output: Path, day: date) -> str:
    settings = load_settings({**server.environment(), "GITHUB_TOKEN": "any"})
    entries = merge([], (owner.login for owner in server.world.owners))
    tally = Tally()
    instance = Instance(entries, entries, OptOut(), output / "history.db", output / "index", day)
    run_update(instance, settings, Limits(jobs=4, rate=0, lookups=Lookups(None, None)), tally, quiet=True)
    if tally.failures:
        failure = tally.failures[0]
        raise BackageError(f"{failure.what}: {failure.reason} {failure.url}")
    counts = f"{tally.packages:8}   {tally.new:3}   {tally.changed:7}   {tally.versions:13}"
    return f"{day}   {counts}   {tally.requests:8}"


def _compare(truth: list[dict[str, Any]], index: Path) -> None:
    """Hold every number of the index against what the stand-in counted."""
    for package in truth:
        path = index / package["owner"] / package["repo"] / f"{package['package']}.json"
        shown = json.loads(path.read_text(encoding="utf-8"))
        versions = zip(shown["version"], package["version"], strict=True)
        same = all(_equal(mine, theirs) for mine, theirs in ((shown, package), *versions))
        if not same or len(shown["version"]) != package["raw_versions"]:
            raise BackageError(
                f"{path} differs from what the stand-in counted: this is a bug, please report it."
            )
    count = sum(len(package["version"]) for package in truth)
    click.echo(f"\nAll {len(truth)} packages and {count} versions equal what the stand-in counted.\n")


def _equal(shown: dict[str, Any], counted: dict[str, Any]) -> bool:
    return all(shown[key] == value for key, value in counted.items() if key.startswith("raw_") or key == "id")


def _explain(output: Path, truth: list[dict[str, Any]]) -> None:
    """Say where to look."""
    top = max(truth, key=lambda package: int(package["raw_downloads"]))
    name = f"{top['owner']}/{top['repo']}/{top['package']}"
    path = output / "index" / name
    click.echo(f"Most downloaded: {name} with {humanize.intcomma(top['raw_downloads'])} downloads.\n")
    for file, meaning in (
        (f"{path}.json", "everything about a package; a badge reads $.downloads from it"),
        (f"{path}.csv", "its history, one line a day"),
        (str(output / "index" / top["owner"] / ".json"), "the packages of its owner"),
        (str(output / "index" / ".json"), "the totals of the instance"),
        (str(output / "history.db"), "the history: SQLite with the views packages and versions"),
    ):
        click.echo(f"  {file}\n      {meaning}")
    click.echo("\nNext: write a GitHub owner into owners.txt and run `backage update`.")
