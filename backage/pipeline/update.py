"""The main job: read GitHub, store what it says, write the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backage.errors import BackageError, told
from backage.pipeline.crawl import Fetcher, gather, run_crawl
from backage.pipeline.details import read_details
from backage.pipeline.index import write_index
from backage.pipeline.job import Job, Lookups
from backage.pipeline.owner import read_owner
from backage.plan import plan_owners
from backage.store import save_failures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from backage.config import Settings
    from backage.fetch import Client
    from backage.owners import Entry, OptOut
    from backage.pipeline.tally import OwnerResult, Tally
    from backage.store import History


def update(  # noqa: PLR0913 (what the command line decides)
    history: History,
    client: Client,
    settings: Settings,
    *,
    entries: Sequence[Entry],
    optout: OptOut,
    index: Path,
    day: date,
    today: Callable[[], date],
    jobs: int,
    lookups: Lookups,
    tally: Tally,
    on_owner: Callable[[OwnerResult], None],
    on_answer: Callable[[], None],
) -> None:
    """Read the owners, oldest refresh first, store each package as it is read, and write the index.

    What happened is in `tally`, which grows as the run goes on; failures are counted there and not raised.

    Raises:
        ConfigError: the history or the index cannot be written.
    """
    optout = _follow(history, optout)
    run = history.start_run(day)
    ordered = plan_owners(entries, history.load_runs(), optout)
    tally.owners_planned = len(ordered)
    budget = client.budget

    async def one(job: Job, entry: Entry) -> None:
        result = await read_owner(job, entry, first=entry is ordered[0])
        tally.add_owner(result)
        save_failures(history, entry.login, result.failures, day, run, whole=result.reached)
        on_owner(result)

    async def every() -> None:
        async with Fetcher(client.fetch, jobs, budget, on_answer) as fetcher:
            job = Job(settings, tally, fetcher.fetch, budget.stop, history, optout, day, run, lookups, today)
            for result in await gather(one(job, entry) for entry in ordered):
                if isinstance(result, BackageError):  # no failure of an owner: those are in its result
                    raise result
            await read_details(job)

    run_crawl(every())
    tally.requests, tally.stopped, tally.refused = budget.spent, budget.reason, budget.refused
    tally.add_index(write_index(history, index, _follow(history, optout)))


def keep_page(tally: Tally, history: Path) -> None:
    """Keep a page that lacks what its parser needs beside the history, for `backage inspect`; note where."""
    if tally.shape is None:
        return
    path = history.with_name(f"{tally.shape.kind}.html")
    try:
        path.write_bytes(tally.page)
    except OSError as error:
        tally.notes.append(f"such a page cannot be kept: {told(error, path)}")
    else:
        tally.notes.append(f"such a page is kept: backage inspect {path}")


def _follow(history: History, optout: OptOut) -> OptOut:
    """Opt out renamed owners too, those that a run found out among them, and delete what is opted out."""
    optout = optout.follow(history.load_former())
    history.forget(optout)
    return optout
