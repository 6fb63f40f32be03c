"""The history: one SQLite file, change-only, with two views as its documented dataset."""

from __future__ import annotations

from backage.store.database import undamaged
from backage.store.export import VIEWS, Rows, Value, read_rows
from backage.store.failures import load_gone
from backage.store.flat import count_flat, is_flat, read_flat
from backage.store.history import RECENT, Counts, History, open_history
from backage.store.index import IndexPackage
from backage.store.merge import merge_history
from backage.store.migrations import REPAIR
from backage.store.published import save_published
from backage.store.snapshot import check_copy, copy_history, replace_history
from backage.store.thin import shrink, thin_history
from backage.store.top import load_months

__all__ = [
    "RECENT",
    "REPAIR",
    "VIEWS",
    "Counts",
    "History",
    "IndexPackage",
    "Rows",
    "Value",
    "check_copy",
    "copy_history",
    "count_flat",
    "is_flat",
    "load_gone",
    "load_months",
    "merge_history",
    "open_history",
    "read_flat",
    "read_rows",
    "replace_history",
    "save_published",
    "shrink",
    "thin_history",
    "undamaged",
]
