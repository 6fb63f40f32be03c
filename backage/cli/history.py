"""`backage snapshot`, `merge` and `vacuum`: save, join and shrink the history."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import humanize

from backage.cli import options
from backage.cli.options import Messages, option
from backage.cli.report import show_steps
from backage.cli.text import count, print_stderr
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
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

file_argument = click.argument("file", type=FILE)
releases_option = click.option(
    "--repository",
    envvar=["BACKAGE_REPOSITORY"],
    help="The repository of the releases, OWNER/NAME; by default GH_REPO, GITHUB_REPOSITORY or the remote.",
)

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def snapshot() -> None:
    """Save the history as one compressed file, and restore it."""


@snapshot.command()
@file_argument
@options.history_option
@options.message_options
def save(*, file: Path, history: Path, messages: Messages) -> None:
    """Write a consistent copy of the history, which may be in use.

    FILE is compressed with Zstandard (history.db.zst is a good name). FILE.sha256 beside it has its size and
    its SHA-256. Both are written completely or not at all.
    """
    options.require(history)
    archive = save_snapshot(history, file)
    messages.print_detail(f"sha256 {archive.sha256}")
    messages.print_result(f"{history} saved as {file}, {humanize.naturalsize(archive.size)}")


@snapshot.command()
@file_argument
@options.history_option
@options.message_options
def restore(*, file: Path, history: Path, messages: Messages) -> None:
    """Replace the history by a saved one.

    First checks the size, the SHA-256, the integrity of the database, and its schema. If one of them is
    wrong, nothing is replaced.
    """
    archive = restore_snapshot(file, history)
    messages.print_detail(f"sha256 {archive.sha256}")
    messages.print_result(f"{file} restored as {history}")


@snapshot.command()
@options.history_option
@options.index_option
@options.optout_option
@releases_option
@options.message_options
def pull(*, history: Path, index: Path, optout: Path, repository: str | None, messages: Messages) -> None:
    """Restore the newest intact history from the releases of the repository.

    If there is none, imports the index; if there is no index, a new history begins. If GitHub cannot list
    the releases, nothing is done. Needs GitHub's command line, gh, and its GH_TOKEN.
    """
    opted_out = options.use_optout(optout)
    releases = _find_releases(repository)
    with show_steps("Importing", quiet=messages.quiet or not messages.verbose) as on_step:
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
        print_stderr(f"Not restored: {reason}")
    for what, reason in resumed.intake.unread if resumed.intake else ():
        print_stderr(f"Not imported: {what}: {reason}")
    if resumed.release:
        messages.print_result(f"{resumed.release.tag} restored as {history}")
    if resumed.intake:
        messages.print_result(f"{count(resumed.intake.read, 'package')} of {index} imported into {history}")
    if not (resumed.release or resumed.intake):
        messages.print_result(f"There is no saved history and no index, so {history} begins anew")


@snapshot.command()
@options.history_option
@releases_option
@options.message_options
def push(*, history: Path, repository: str | None, messages: Messages) -> None:
    """Save the history as a new release of the repository, check it, and delete old ones.

    Keeps the newest release of each of the last 7 days, 8 weeks and 12 months. Needs GitHub's command line,
    gh, and its GH_TOKEN, which must be allowed to write contents.
    """
    options.require(history)
    saved = save_release(history, _find_releases(repository), lambda: datetime.now(UTC), time.sleep)
    messages.print_detail(f"sha256 {saved.archive.sha256}")
    if saved.left:
        print_stderr(f"Old ones were not retired: {saved.left}")
    size, retired = humanize.naturalsize(saved.archive.size), count(saved.retired, "old one")
    messages.print_result(f"{history} saved as {saved.release.tag}, {size}; {retired} retired")


def _find_releases(named: str | None) -> Releases:
    """Return the releases of the repository that is named, else of this folder's remote `origin`.

    Without a name, `gh` would prefer the remote `upstream`, which in a clone of a fork is another repository.

    Raises:
        ConfigError: nothing names a repository.
    """
    if named is None and os.environ.get("GH_REPO"):
        return Releases(None, is_here=True)
    server = load_settings(os.environ).server
    repository = options.find_repository(named or os.environ.get("GITHUB_REPOSITORY"))
    if repository is None:
        raise ConfigError(f"Nothing tells whose releases: name the repository at {server} with --repository.")
    host = (urlsplit(server).hostname or "").lower()
    where = repository if host == "github.com" else f"{host}/{repository}"
    return Releases(where, is_here=named is None or repository == find_origin(Path(), server))


@click.command()
@click.argument(
    "shard", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("-o", "--output", type=FILE, required=True, help="The history to write, or to extend.")
@options.optout_option
@options.message_options
def merge(*, shard: tuple[Path, ...], output: Path, optout: Path, messages: Messages) -> None:
    """Merge histories into one.

    Each SHARD is a history that `backage update --shard I/N` has written. It is not changed. Of two
    observations of the same day, the later one counts. What is opted out is left out. A second merge of the
    same histories changes nothing.
    """
    opted_out = options.use_optout(optout)
    with options.use_history(output) as history:
        with show_steps("Merging", quiet=messages.quiet or not messages.verbose) as on_step:
            for number, path in enumerate(shard, 1):
                merge_history(history, path)
                on_step(number, len(shard))
        forget(history, opted_out.follow(load_former(history)))
        known = count_rows(history)
    things = ("owner", "package", "version", "observation")
    counts = ", ".join(count(getattr(known, f"{thing}s"), thing) for thing in things)
    messages.print_result(f"{output} has {counts}")


@click.command()
@options.history_option
@option(
    "--keep",
    type=click.IntRange(min=RECENT.days),
    help="Keep this many days, and thin out older ones.",
)
@options.date_option
@options.message_options
def vacuum(*, history: Path, keep: int | None, day: date, messages: Messages) -> None:
    """Make the history smaller.

    With --keep 365, keeps all days of the last year, one day a week of the year before, and one day a month
    before that: the last known day of each, with its exact numbers. Without --keep, only frees unused space.
    """
    options.require(history)
    before = history.stat().st_size
    with options.use_history(history) as opened:
        known = count_rows(opened).observations
        if keep is not None:
            thin_history(opened, day, keep)
        shrink(opened)
        gone = known - count_rows(opened).observations
    messages.print_detail(f"{count(gone, 'observation')} thinned out")
    sizes = (humanize.naturalsize(size) for size in (before, history.stat().st_size))
    messages.print_result(f"{history}: {' before, '.join(sizes)} now")
