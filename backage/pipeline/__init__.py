"""The one place that joins the steps: owners -> plan -> fetch -> parse -> store -> render -> publish."""

from __future__ import annotations

from backage.pipeline.check import Kept, Known, find_known
from backage.pipeline.imports import import_history
from backage.pipeline.index import IndexChanges, write_index
from backage.pipeline.job import Lookups
from backage.pipeline.live import read_live
from backage.pipeline.live_reader import LivePage
from backage.pipeline.publish import Pushed, publish_index, size_of
from backage.pipeline.releases import Resumed, Saved, resume_history, save_release
from backage.pipeline.settle import settle
from backage.pipeline.show import Found, find_packages
from backage.pipeline.snapshot import restore_snapshot, save_snapshot, spare
from backage.pipeline.sources import Intake
from backage.pipeline.tally import OwnerResult, Tally
from backage.pipeline.top import ORDERS, Ranked, find_top
from backage.pipeline.update import keep_page, update
from backage.pipeline.verdicts import Checked, check_optout, check_owners

__all__ = [
    "ORDERS",
    "Checked",
    "Found",
    "IndexChanges",
    "Intake",
    "Kept",
    "Known",
    "LivePage",
    "Lookups",
    "OwnerResult",
    "Pushed",
    "Ranked",
    "Resumed",
    "Saved",
    "Tally",
    "check_optout",
    "check_owners",
    "find_known",
    "find_packages",
    "find_top",
    "import_history",
    "keep_page",
    "publish_index",
    "read_live",
    "restore_snapshot",
    "resume_history",
    "save_release",
    "save_snapshot",
    "settle",
    "size_of",
    "spare",
    "update",
    "write_index",
]
