"""One run: read the owners of a plan, and store each package at once."""

from pathlib import Path

from backage.config import Settings
from backage.crawl.fetcher import Fetcher, gather, run_crawl
from backage.crawl.job import Job, Listener, Plan
from backage.crawl.owner import read_owner
from backage.crawl.tally import Tally
from backage.crawl.versions import look_up_version_details
from backage.errors import BackageError, describe_os_error
from backage.fetch.client import Client
from backage.owners import Entry
from backage.plan.order import plan_owners
from backage.store.database import History
from backage.store.owners import load_runs
from backage.store.runs import save_failures, start_run


def crawl(
    history: History, client: Client, settings: Settings, plan: Plan, tally: Tally, listener: Listener
) -> None:
    """Read the owners, oldest refresh first, and store what they have.

    Raises:
        ConfigError: the history cannot be written.
    """
    run = start_run(history, plan.day)
    ordered = plan_owners(plan.entries, load_runs(history), plan.optout)
    tally.owners_planned = len(ordered)
    budget = client.budget

    async def one(job: Job, entry: Entry) -> None:
        result = await read_owner(job, entry, first=entry is ordered[0])
        tally.add_owner(result)
        save_failures(history, entry.login, result.failures, plan.day, run, whole=result.reached)
        listener.on_owner(result)

    async def every() -> None:
        async with Fetcher(client.fetch, plan.jobs, budget, listener.on_answer) as fetcher:
            job = Job(settings, tally, fetcher.fetch, budget.stop, history, plan, run)
            for result in await gather(one(job, entry) for entry in ordered):
                if isinstance(result, BackageError):  # not a failure of an owner, which is in its result
                    raise result
            await look_up_version_details(job)

    run_crawl(every())
    tally.requests, tally.stopped, tally.refused = budget.spent, budget.reason, budget.refused


def keep_page(tally: Tally, history: Path) -> None:
    """Save the page that showed a layout change beside the history, for `backage inspect`."""
    if tally.layout_change is None:
        return
    path = history.with_name(f"{tally.layout_change.kind}.html")
    try:
        path.write_bytes(tally.page)
    except OSError as error:
        tally.notes.append(f"such a page cannot be kept: {describe_os_error(error, path)}")
    else:
        tally.notes.append(f"such a page is kept: backage inspect {path}")
