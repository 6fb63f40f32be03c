"""The history: one SQLite file, change-only, with two views as its documented dataset."""

from __future__ import annotations

from backage.store.board import NAMES, ORDERS, Board, Choice, first_day, load_today, open_board
from backage.store.counted import CountedPackage, CountedVersion, load_counted, load_counts, save_counted
from backage.store.database import undamaged
from backage.store.export import VIEWS, Rows, Value, read_rows
from backage.store.failures import keep_failures, load_failures, save_failures
from backage.store.files import save_baselines
from backage.store.flat import count_flat, is_flat, read_flat
from backage.store.history import Counts, History, open_history
from backage.store.ledger import Ledger
from backage.store.lists import (
    is_doubtful,
    load_fresh,
    load_gone,
    load_package_runs,
    load_packages,
    mark_gone,
)
from backage.store.merge import merge_history
from backage.store.migrations import REPAIR
from backage.store.packages import RECENT, load_days, load_index, load_package, save_package
from backage.store.published import save_published
from backage.store.snapshot import check_copy, copy_history, replace_history
from backage.store.thin import shrink, thin_history
from backage.store.top import load_months
from backage.store.users import load_password, load_secret, load_users, remove_user, save_users
from backage.store.versions import (
    assign_ids,
    is_placeholder,
    load_index_versions,
    load_versions,
    save_version_ids,
)

__all__ = [
    "NAMES",
    "ORDERS",
    "RECENT",
    "REPAIR",
    "VIEWS",
    "Board",
    "Choice",
    "CountedPackage",
    "CountedVersion",
    "Counts",
    "History",
    "Ledger",
    "Rows",
    "Value",
    "assign_ids",
    "check_copy",
    "copy_history",
    "count_flat",
    "first_day",
    "is_doubtful",
    "is_flat",
    "is_placeholder",
    "keep_failures",
    "load_counted",
    "load_counts",
    "load_days",
    "load_failures",
    "load_fresh",
    "load_gone",
    "load_index",
    "load_index_versions",
    "load_months",
    "load_package",
    "load_package_runs",
    "load_packages",
    "load_password",
    "load_secret",
    "load_today",
    "load_users",
    "load_versions",
    "mark_gone",
    "merge_history",
    "open_board",
    "open_history",
    "read_flat",
    "read_rows",
    "remove_user",
    "replace_history",
    "save_baselines",
    "save_counted",
    "save_failures",
    "save_package",
    "save_published",
    "save_users",
    "save_version_ids",
    "shrink",
    "thin_history",
    "undamaged",
]
