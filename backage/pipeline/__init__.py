"""The one place that joins the steps: owners -> plan -> fetch -> parse -> store -> render -> publish."""

from __future__ import annotations

from backage.pipeline.imports import import_history
from backage.pipeline.index import IndexChanges, write_index
from backage.pipeline.job import Lookups
from backage.pipeline.show import Found, find_packages
from backage.pipeline.snapshot import restore_snapshot, save_snapshot, spare
from backage.pipeline.sources import Intake
from backage.pipeline.tally import Failure, OwnerResult, Tally
from backage.pipeline.update import update

__all__ = [
    "Failure",
    "Found",
    "IndexChanges",
    "Intake",
    "Lookups",
    "OwnerResult",
    "Tally",
    "find_packages",
    "import_history",
    "restore_snapshot",
    "save_snapshot",
    "spare",
    "update",
    "write_index",
]
