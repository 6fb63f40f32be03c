"""`backage update`, the main job: a client with the real clock, a run with its progress, and its report."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from backage.cli import options
from backage.cli.options import Messages, option
from backage.cli.report import (
    format_run_markdown,
    list_run_values,
    show_progress,
    summarize_run,
    write_summary,
)
from backage.cli.text import json_text, print_stderr, printable
from backage.config import Settings, load_settings
from backage.crawl.job import LookupLimits, Plan
from backage.crawl.tally import Tally
from backage.crawl.update import keep_page
from backage.errors import ConfigError
from backage.fetch.budget import Budget
from backage.fetch.client import Client
from backage.fetch.limiter import Limiter
from backage.models.history import Failure
from backage.owners import Entry, is_login, merge
from backage.pipeline.update import update
from backage.plan.order import choose_shard
from backage.store.runs import keep_failures

MOST_LOOKUPS = 500
"""Pages of versions, and sizes, that a run reads by default; --full lifts both limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a run: parallel requests, requests per second (0: no limit) and in all, and minutes."""

    jobs: int
    rate: float
    max_requests: int | None = None
    max_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """The two lists, the history, and the folder of the index."""

    owners: Path
    optout: Path
    history: Path
    index: Path


def follow_clock(day: date) -> Callable[[], date]:
    """Return a function that returns the current day, if today is `day`: a run may last beyond midnight."""
    began = options.find_today()
    return lambda: day + (options.find_today() - began)


def run_update(
    plan: Plan,
    listed: Sequence[Entry] | None,
    history: Path,
    index: Path,
    settings: Settings,
    limits: Limits,
    tally: Tally,
    *,
    messages: Messages,
) -> None:
    """Run an update with the real clock. Results and failures are counted in `tally`.

    `listed` are all owners of owners.txt, those of other shards too; None if they are unknown.
    """
    started = time.monotonic()
    with (
        options.use_history(history) as opened,
        connect(settings, limits, quiet=messages.quiet) as (client, limiter),
        show_progress(
            tally, client.budget, limiter, verbose=messages.verbose, quiet=messages.quiet
        ) as listener,
    ):
        if listed is not None:
            keep_failures(opened, (entry.login for entry in listed))
        update(opened, client, settings, plan, index, tally, listener)
    keep_page(tally, history)
    tally.seconds = time.monotonic() - started


@contextmanager
def connect(settings: Settings, limits: Limits, *, quiet: bool = False) -> Iterator[tuple[Client, Limiter]]:
    """Open a client with the real clock, and its limiter. Ctrl-C and SIGTERM end the run in order."""
    stop = threading.Event()

    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    budget = Budget(time.monotonic, limits.max_requests, limits.max_minutes)
    limiter = Limiter(limits.rate, time.monotonic, sleep, lambda text: None if quiet else print_stderr(text))
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


@contextmanager
def _stopping(budget: Budget, stop: threading.Event) -> Iterator[None]:
    """End the run in order on Ctrl-C or SIGTERM: read packages are stored, and the index is written."""

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


def _choose_lookups(
    max_version_pages: int | None, max_size_lookups: int | None, *, full: bool
) -> LookupLimits:
    default = None if full else MOST_LOOKUPS
    return LookupLimits(
        default if max_version_pages is None else max_version_pages,
        default if max_size_lookups is None else max_size_lookups,
        full,
    )


@click.command("update")
@click.argument("owner", nargs=-1)
@options.collect(
    "files", Files, options.owners_option, options.optout_option, options.history_option, options.index_option
)
@options.date_option
@options.collect(
    "limits",
    Limits,
    option("--jobs", type=click.IntRange(1, 64), default=4, help="Number of parallel requests."),
    options.rate_option,
    option("--max-requests", type=click.IntRange(min=0), help="Stop after so many requests."),
    option("--max-minutes", type=click.FloatRange(min=0), help="Stop after so many minutes."),
)
@options.collect(
    "lookups",
    _choose_lookups,
    option(
        "--max-version-pages",
        type=click.IntRange(min=0),
        help="Version pages to read; 500 by default, 0: none.",
    ),
    option(
        "--max-size-lookups", type=click.IntRange(min=0), help="Sizes to look up; 500 by default, 0: none."
    ),
    option("--full", is_flag=True, help="Read the page of every version, and look up every size."),
)
@option(
    "--shard", type=options.Shard(), help="Read the I-th of N parts of the owners, as one of N parallel jobs."
)
@option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@options.message_options
def update_command(
    *,
    owner: tuple[str, ...],
    files: Files,
    day: date,
    limits: Limits,
    lookups: LookupLimits,
    shard: tuple[int, int] | None,
    as_json: bool,
    messages: Messages,
) -> None:
    """Read GitHub, store the numbers, and write the index.

    Reads the owners of owners.txt, or only those named, least recently read first. Exit codes: 0 if the run
    is complete or its budget is spent, 1 if some owners or packages failed (the rest is saved), 3 if GitHub
    changed its pages, and 4 if nothing could be read.
    """
    settings = load_settings(os.environ)
    entries, complaints = _choose_entries(owner, files.owners, settings)
    listed = None if owner else entries
    if shard is not None:
        entries = choose_shard(entries, *shard)
    optout, more = options.load_optout(files.optout)
    tally = Tally(
        failures=[Failure("", complaint) for complaint in (*complaints, *more)],
        notes=[f"{entry.login} is opted out" for entry in entries if optout.owner(entry.login)],
    )
    plan = Plan(entries, optout, day, follow_clock(day), limits.jobs, lookups)
    run_update(plan, listed, files.history, files.index, settings, limits, tally, messages=messages)
    _report(tally, settings, as_json=as_json, quiet=messages.quiet)
    raise SystemExit(tally.exit_code)


def _choose_entries(named: Sequence[str], path: Path, settings: Settings) -> tuple[list[Entry], list[str]]:
    """Return the owners to read, and a sentence for each invalid line of the list.

    Raises:
        ConfigError: a named owner is invalid, or there are none.
    """
    for name in named:
        if not is_login(name):
            raise ConfigError(f'"{printable(name)}" is not the name of a GitHub user or organization.')
    if named:
        return merge([], named), []
    own = [settings.own_owner] if settings.own_owner and is_login(settings.own_owner) else []
    entries, complaints = options.load_owners(path) if path.exists() or not own else ([], [])
    entries = merge(entries, own)
    if not entries:
        raise ConfigError(
            " ".join([*complaints, f"{path} names no owner: write one GitHub owner on each line."])
        )
    return entries, complaints


def _report(tally: Tally, settings: Settings, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        click.echo(json_text(list_run_values(tally)))
    elif not quiet:
        from backage.cli.terminal import make_pairs, print_stdout

        print_stdout(make_pairs((label, printable(text)) for label, text in summarize_run(tally)))
    if quiet:
        for failure in tally.failures:
            print_stderr(f"{failure.what}: {failure.reason} {failure.url}".strip(": "))
    write_summary(settings, format_run_markdown(tally))
