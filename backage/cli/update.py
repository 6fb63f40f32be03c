"""`backage update`, the main job: a client with the real clock, a run with its progress, and its report."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import click

from backage.cli.options import (
    Shard,
    history_option,
    index_option,
    load_optout,
    load_owners,
    option,
    optout_option,
    owners_option,
    use_history,
    verbosity,
)
from backage.cli.report import (
    format_run_markdown,
    list_run_values,
    show_progress,
    summarize_run,
    write_summary,
)
from backage.cli.text import json_text, print_stderr, printable
from backage.config import Settings, load_settings
from backage.crawl.job import Lookups, Plan
from backage.crawl.tally import Tally
from backage.crawl.update import keep_page
from backage.errors import ConfigError
from backage.fetch.budget import Budget
from backage.fetch.client import Client
from backage.fetch.limiter import Limiter
from backage.models.history import Failure
from backage.owners import Entry, OptOut, is_login, merge
from backage.pipeline.update import update
from backage.plan.order import choose_shard
from backage.store.runs import keep_failures

NO_LOOKUPS = Lookups()

MOST_LOOKUPS = 500
"""Pages of single versions, and sizes, that a run reads by default; with --full there is no limit."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Whom to read, for which day, and where that is kept.

    Who is `listed` in all is None where it is not known.
    """

    entries: Sequence[Entry]
    listed: Sequence[Entry] | None
    optout: OptOut
    history: Path
    index: Path
    day: date


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do: requests in the air, a second and in all, and its minutes; None is no limit."""

    jobs: int
    rate: float
    requests: int | None = None
    minutes: float | None = None
    lookups: Lookups = NO_LOOKUPS


def run_update(
    instance: Instance,
    settings: Settings,
    limits: Limits,
    tally: Tally,
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Run an update; what happens is counted in `tally`."""
    started, began = time.monotonic(), datetime.now(UTC).date()
    with (
        use_history(instance.history) as history,
        connect(settings, limits, quiet=quiet) as (client, limiter),
        show_progress(tally, client.budget, limiter, verbose=verbose, quiet=quiet) as listener,
    ):
        if instance.listed is not None:
            keep_failures(history, (entry.login for entry in instance.listed))
        plan = Plan(
            instance.entries,
            instance.optout,
            instance.day,
            lambda: instance.day + (datetime.now(UTC).date() - began),
            limits.jobs,
            limits.lookups,
        )
        update(history, client, settings, plan, instance.index, tally, listener)
    keep_page(tally, instance.history)
    tally.seconds = time.monotonic() - started


@contextmanager
def connect(settings: Settings, limits: Limits, *, quiet: bool = False) -> Iterator[tuple[Client, Limiter]]:
    """Give a client with the real clock, and what paces it; Ctrl-C and SIGTERM end its requests in order."""
    stop = threading.Event()

    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    budget = Budget(time.monotonic, limits.requests, limits.minutes)
    limiter = Limiter(limits.rate, time.monotonic, sleep, lambda text: None if quiet else _say(text))
    client = Client(
        settings,
        budget,
        limiter,
        clock=time.monotonic,
        wall_clock=time.time,
        sleep=sleep,
        chance=random.random,
    )
    with closing(client), _stopping(budget, stop):
        yield client, limiter


def _say(text: str) -> None:
    print_stderr(printable(text))


@contextmanager
def _stopping(budget: Budget, stop: threading.Event) -> Iterator[None]:
    """End the run in order at Ctrl-C or SIGTERM: what was read is stored, and the index written."""

    def handle(number: int, _: object) -> None:
        budget.stop(f"stopped by {signal.Signals(number).name}")
        stop.set()
        signal.signal(number, previous[signal.Signals(number)])

    previous = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    for kind in previous:
        signal.signal(kind, handle)
    try:
        yield
    finally:
        for kind, handler in previous.items():
            signal.signal(kind, handler)


@click.command("update")
@click.argument("owner", nargs=-1)
@owners_option
@optout_option
@history_option
@index_option
@option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day it is, in UTC; by default today.")
@option("--jobs", type=click.IntRange(1, 64), default=4, help="Requests in the air at once.")
@option(
    "--rate", type=click.FloatRange(min=0), default=2.0, help="Requests a second to one host; 0: no limit."
)
@option("--max-requests", type=click.IntRange(min=0), help="Stop after so many requests.")
@option("--max-minutes", type=click.FloatRange(min=0), help="Stop after so many minutes.")
@option("--max-version-pages", type=click.IntRange(min=0), help="Version pages to read; 500, 0 for none.")
@option("--max-size-lookups", type=click.IntRange(min=0), help="Sizes to look up; 500, 0 for none.")
@option("--full", is_flag=True, help="Read the page of every version, and look up every size.")
@option("--shard", type=Shard(), help="Read one part of the owners in N, as one of N parallel jobs: I/N.")
@option("--json", "as_json", is_flag=True, help="Write what happened as JSON.")
@verbosity
def update_command(  # noqa: PLR0913 (one for each option)
    *,
    owner: tuple[str, ...],
    owners: Path,
    optout: Path,
    history: Path,
    index: Path,
    day: datetime | None,
    jobs: int,
    rate: float,
    max_requests: int | None,
    max_minutes: float | None,
    max_version_pages: int | None,
    max_size_lookups: int | None,
    full: bool,
    shard: tuple[int, int] | None,
    as_json: bool,
    verbose: bool,
    quiet: bool,
) -> None:
    """Read GitHub, store what it says, and write the index.

    Reads the owners of owners.txt, or only those named, oldest refresh first. It ends with 0 when it is
    done or its budget is spent, with 1 when some owners or packages failed (the rest is saved), with 3
    when GitHub changed its pages, and with 4 when nothing could be read.
    """
    settings = load_settings(os.environ)
    entries, complaints = _entries(owner, owners, settings)
    listed = None if owner else entries
    if shard is not None:
        entries = choose_shard(entries, *shard)
    opted_out, more = load_optout(optout)
    left_out = [f"{entry.login} is opted out" for entry in entries if opted_out.owner(entry.login)]
    instance = Instance(
        entries, listed, opted_out, history, index, day.date() if day else datetime.now(UTC).date()
    )
    tally = Tally(failures=[Failure("", complaint) for complaint in (*complaints, *more)], notes=left_out)
    most = None if full else MOST_LOOKUPS
    lookups = Lookups(
        most if max_version_pages is None else max_version_pages,
        most if max_size_lookups is None else max_size_lookups,
        full,
    )
    limits = Limits(jobs, rate, max_requests, max_minutes, lookups)
    run_update(instance, settings, limits, tally, verbose=verbose, quiet=quiet)
    _report(tally, settings, as_json=as_json, quiet=quiet)
    raise SystemExit(tally.exit_code)


def _entries(named: Sequence[str], path: Path, settings: Settings) -> tuple[list[Entry], list[str]]:
    """Give the owners to read, and what is wrong with the list.

    Raises:
        ConfigError: a named owner cannot be one, or there is none at all.
    """
    if named:
        for name in named:
            if not is_login(name):
                raise ConfigError(f'"{printable(name)}" is not the name of a GitHub user or organization.')
        return merge([], named), []
    own = [settings.own_owner] if settings.own_owner and is_login(settings.own_owner) else []
    entries, complaints = load_owners(path) if path.exists() or not own else ([], [])
    entries = merge(entries, own)
    if not entries:
        raise ConfigError(" ".join([*complaints, f"{path} names no owner: write one GitHub owner a line."]))
    return entries, complaints


def _report(tally: Tally, settings: Settings, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        click.echo(json_text(list_run_values(tally)))
    elif not quiet:
        from backage.cli.terminal import make_pairs, print_stdout

        print_stdout(make_pairs((label, printable(text)) for label, text in summarize_run(tally)))
    if quiet:
        for failure in tally.failures:
            click.echo(printable(f"{failure.what}: {failure.reason} {failure.url}".strip(": ")), err=True)
    write_summary(settings, format_run_markdown(tally))
