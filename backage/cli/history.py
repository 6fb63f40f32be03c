"""`backage snapshot`, `merge` and `vacuum`: save, join and shrink the history."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import humanize

from backage.cli.options import (
    find_repository,
    history_option,
    index_option,
    load_optout,
    option,
    optout_option,
    require,
    use_history,
    verbosity,
)
from backage.cli.report import show_steps
from backage.cli.text import count, printable
from backage.config import load_settings
from backage.errors import ConfigError
from backage.pipeline.snapshot import restore_snapshot, resume_history, save_release, save_snapshot
from backage.publish.git import find_origin
from backage.publish.releases import Releases
from backage.store.merge import merge_history
from backage.store.owners import forget, load_former
from backage.store.packages import RECENT
from backage.store.runs import count_rows
from backage.store.thin import shrink, thin_history

FILE = click.Path(dir_okay=False, path_type=Path)

releases_option = click.option(
    "--repository",
    envvar=["BACKAGE_REPOSITORY"],
    help="Whose releases: OWNER/NAME; by default GH_REPO, else GITHUB_REPOSITORY, else the remote origin.",
)

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def snapshot() -> None:
    """Save the history as one compressed file, and restore it."""


@snapshot.command()
@click.argument("file", type=FILE)
@history_option
@verbosity
def save(*, file: Path, history: Path, verbose: bool, quiet: bool) -> None:
    """Write a consistent copy of the history, which may be in use.

    FILE is compressed with Zstandard (history.db.zst is a good name); FILE.sha256 beside it has its size and
    its SHA-256. Both appear whole or not at all.
    """
    require(history)
    archive = save_snapshot(history, file)
    if verbose:
        click.echo(f"sha256 {archive.sha256}", err=True)
    if not quiet:
        click.echo(f"{history} saved as {file}, {humanize.naturalsize(archive.size)}")


@snapshot.command()
@click.argument("file", type=FILE)
@history_option
@verbosity
def restore(*, file: Path, history: Path, verbose: bool, quiet: bool) -> None:
    """Put a saved history in the place of the one there is.

    Its size, its SHA-256, the database's integrity and its schema are checked first; where one is wrong
    nothing is replaced.
    """
    archive = restore_snapshot(file, history)
    if verbose:
        click.echo(f"sha256 {archive.sha256}", err=True)
    if not quiet:
        click.echo(f"{file} restored as {history}")


@snapshot.command()
@history_option
@index_option
@optout_option
@releases_option
@verbosity
def pull(
    *, history: Path, index: Path, optout: Path, repository: str | None, verbose: bool, quiet: bool
) -> None:
    """Restore the newest whole history among the releases of the repository.

    Without one the index is imported; without an index a new history begins. Where GitHub does not tell what
    there is, nothing is done. It needs GitHub's command line, gh, and its GH_TOKEN.
    """
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    releases = _releases_of(repository)
    with show_steps("Importing", quiet=quiet or not verbose) as on_step:
        resumed = resume_history(
            history,
            index,
            releases=releases,
            optout=opted_out,
            today=datetime.now(UTC).date(),
            sleep=time.sleep,
            on_step=on_step,
        )
    for reason in resumed.bad:
        click.echo(printable(f"Not restored: {reason}"), err=True)
    for what, reason in resumed.intake.unread if resumed.intake else ():
        click.echo(printable(f"Not imported: {what}: {reason}"), err=True)
    if quiet:
        return
    if resumed.release:
        click.echo(f"{resumed.release.tag} restored as {history}")
    if resumed.intake:
        click.echo(f"{count(resumed.intake.read, 'package')} of {index} imported into {history}")
    if not (resumed.release or resumed.intake):
        click.echo(f"There is no saved history and no index, so {history} begins anew")


@snapshot.command()
@history_option
@releases_option
@verbosity
def push(*, history: Path, repository: str | None, verbose: bool, quiet: bool) -> None:
    """Save the history as a new release of the repository, check it, and retire old ones.

    Kept are the newest of each of the last 7 days, 8 weeks and 12 months that have any. It needs GitHub's
    command line, gh, and its GH_TOKEN, which may write contents.
    """
    require(history)
    saved = save_release(history, _releases_of(repository), lambda: datetime.now(UTC), time.sleep)
    if verbose:
        click.echo(f"sha256 {saved.archive.sha256}", err=True)
    if saved.left:
        click.echo(printable(f"Old ones were not retired: {saved.left}"), err=True)
    if not quiet:
        size, retired = humanize.naturalsize(saved.archive.size), count(saved.retired, "old one")
        click.echo(f"{history} saved as {saved.release.tag}, {size}; {retired} retired")


def _releases_of(named: str | None) -> Releases:
    """Give the releases of the repository that is named, else of this folder's remote `origin`.

    Left to itself `gh` takes the remote `upstream` first, which in a clone of a fork is another's.

    Raises:
        ConfigError: nothing names a repository.
    """
    if named is None and os.environ.get("GH_REPO"):
        return Releases(None, is_here=True)
    server = load_settings(os.environ).server
    repository = find_repository(named or os.environ.get("GITHUB_REPOSITORY"))
    if repository is None:
        raise ConfigError(f"Nothing tells whose releases: name the repository at {server} with --repository.")
    host = (urlsplit(server).hostname or "").lower()
    where = repository if host == "github.com" else f"{host}/{repository}"
    return Releases(where, is_here=named is None or repository == find_origin(Path(), server))


@click.command()
@click.argument(
    "shard", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o", "--output", type=FILE, required=True, help="The history to write; one that is there grows."
)
@optout_option
@verbosity
def merge(*, shard: tuple[Path, ...], output: Path, optout: Path, verbose: bool, quiet: bool) -> None:
    """Merge histories into one.

    Each SHARD is a history as `backage update --shard I/N` leaves it; none of them is changed. Of two
    observations of the same day the later counts, and what is opted out is left out. Doing it twice changes
    nothing.
    """
    opted_out, complaints = load_optout(optout)
    for complaint in complaints:
        click.echo(complaint, err=True)
    with use_history(output) as history:
        with show_steps("Merging", quiet=quiet or not verbose) as on_step:
            for number, path in enumerate(shard, 1):
                merge_history(history, path)
                on_step(number, len(shard))
        forget(history, opted_out.follow(load_former(history)))
        known = count_rows(history)
    if not quiet:
        things = ("owner", "package", "version", "observation")
        click.echo(
            f"{output} has " + ", ".join(count(getattr(known, f"{thing}s"), thing) for thing in things)
        )


@click.command()
@history_option
@option(
    "--keep", type=click.IntRange(min=RECENT.days), help="Keep all of so many days; what is older thins out."
)
@option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day it is, in UTC; by default today.")
@verbosity
def vacuum(*, history: Path, keep: int | None, day: datetime | None, verbose: bool, quiet: bool) -> None:
    """Make the history smaller.

    With --keep 365 all days of the last year stay as they are; of the year before it, one day a week stays,
    and of what is older one a month: the last known day of each, with its exact numbers. Without --keep only
    the room that nothing needs is given back.
    """
    require(history)
    before = history.stat().st_size
    with use_history(history) as opened:
        known = count_rows(opened).observations
        if keep is not None:
            thin_history(opened, day.date() if day else datetime.now(UTC).date(), keep)
        shrink(opened)
        gone = known - count_rows(opened).observations
    if verbose:
        click.echo(f"{count(gone, 'observation')} thinned out", err=True)
    if not quiet:
        sizes = (humanize.naturalsize(size) for size in (before, history.stat().st_size))
        click.echo(f"{history}: {' before, '.join(sizes)} now")
