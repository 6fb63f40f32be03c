"""What runs with the real clock, real sleep and real chance: a client, and an update with its progress."""

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from backage.cli.options import use_history
from backage.cli.progress import show_progress
from backage.cli.text import printable, tell
from backage.config import Settings
from backage.crawl.job import Lookups, Plan
from backage.crawl.tally import Tally
from backage.crawl.update import keep_page
from backage.fetch.budget import Budget
from backage.fetch.client import Client
from backage.fetch.limiter import Limiter
from backage.owners import Entry, OptOut
from backage.pipeline.update import update
from backage.store.runs import keep_failures


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


NO_LOOKUPS = Lookups()


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
    tell(printable(text))


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
