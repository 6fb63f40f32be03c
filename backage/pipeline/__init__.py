"""The one place that joins the steps: owners -> plan -> fetch -> parse -> store -> render -> publish."""

from __future__ import annotations

from backage.pipeline.index import IndexChanges, write_index
from backage.pipeline.job import Lookups
from backage.pipeline.tally import Failure, OwnerResult, Tally
from backage.pipeline.update import update

__all__ = ["Failure", "IndexChanges", "Lookups", "OwnerResult", "Tally", "update", "write_index"]
