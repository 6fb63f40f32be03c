"""`backage update`: crawl GitHub, then write the index."""

from dataclasses import replace
from pathlib import Path

from backage.config import Settings
from backage.crawl.job import Listener, Plan
from backage.crawl.tally import Tally
from backage.crawl.update import crawl
from backage.fetch.client import Client
from backage.owners import OptOut
from backage.pipeline.index import write_index
from backage.store.database import History
from backage.store.owners import forget, load_former

SILENT = Listener()


def update(
    history: History,
    client: Client,
    settings: Settings,
    plan: Plan,
    index: Path,
    tally: Tally,
    listener: Listener = SILENT,
) -> None:
    """Read the owners of a plan, store each package at once, and write the index.

    Results and failures are counted in `tally` during the run; failures are not raised.

    Raises:
        ConfigError: the history or the index cannot be written.
    """
    crawl(history, client, settings, replace(plan, optout=_follow(history, plan.optout)), tally, listener)
    tally.add_index(write_index(history, index, _follow(history, plan.optout)))


def _follow(history: History, optout: OptOut) -> OptOut:
    """Return the opt-outs with renamed owners, and delete opted-out packages from the history."""
    optout = optout.follow(load_former(history))
    forget(history, optout)
    return optout
