"""The main job: crawl GitHub, then write the index."""

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
    """Read the owners of a plan, store each package as it is read, and write the index.

    What happened is in `tally`, which grows as the run goes on; failures are counted there and not raised.

    Raises:
        ConfigError: the history or the index cannot be written.
    """
    crawl(history, client, settings, replace(plan, optout=_follow(history, plan.optout)), tally, listener)
    tally.add_index(write_index(history, index, _follow(history, plan.optout)))


def _follow(history: History, optout: OptOut) -> OptOut:
    """Opt out renamed owners too, those that a run found out among them, and delete what is opted out."""
    optout = optout.follow(load_former(history))
    forget(history, optout)
    return optout
